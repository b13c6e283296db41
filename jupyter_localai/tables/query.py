"""What is wanted of a table, as one SELECT whose values are bound and whose names are quoted, and in words."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from .cells import is_numbered
from .held import NAME, quoted
from .process import TableInfo

Measure = Literal["list", "count", "distinct", "sum", "average", "highest", "lowest"]
_SIGNS = {"=": "is", "!=": "is not", ">": "is over", ">=": "is at least", "<": "is under", "<=": "is at most"}
_SPOKEN = {"sum": "sum", "average": "average", "highest": "highest", "lowest": "lowest"}
_MOST_GROUPS = 50


@dataclasses.dataclass(frozen=True)
class Condition:
    """What the cells of a column must be: a sign and values, of which one must fit; without values, an empty cell.

    ``between`` has a first and a last value, both included. ``told`` is the condition in words, where the question has
    some that say it better.
    """

    column: int
    sign: Literal["=", "!=", ">", ">=", "<", "<=", "between"]
    values: tuple[Any, ...] = ()
    told: str = ""


@dataclasses.dataclass(frozen=True)
class Query:
    """What is wanted of one table."""

    table: TableInfo
    measure: Measure
    column: int | None = None
    conditions: tuple[Condition, ...] = ()
    group: int | None = None

    def _name(self, column: int) -> str:
        return quoted(self.table.names[column])

    def _where(self) -> tuple[str, list[Any]]:
        parts: list[str] = []
        values: list[Any] = []
        for condition in self.conditions:
            name = self._name(condition.column)
            if not condition.values:
                parts.append(f"{name} IS {'NOT ' if condition.sign == '!=' else ''}NULL")
                continue
            values += condition.values
            marks = ", ".join("?" * len(condition.values))
            if condition.sign == "between":
                parts.append(f"{name} BETWEEN ? AND ?")
            elif condition.sign == "!=":
                parts.append(f"({name} NOT IN ({marks}) OR {name} IS NULL)")
            elif condition.sign == "=":
                parts.append(f"{name} IN ({marks})")
            else:
                parts.append(f"{name} {condition.sign} ?")
        return (f" WHERE {' AND '.join(parts)}" if parts else ""), values

    def value(self) -> tuple[str, list[Any]]:
        """Return the SELECT of the result, and its values: one row, or one per group."""
        where, values = self._where()
        if self.group is not None:
            name = self._name(self.group)
            own = self._measured()
            return (
                f"SELECT {name}, {own} FROM {NAME}{where} GROUP BY {name} ORDER BY 2 DESC LIMIT {_MOST_GROUPS}",
                values,
            )
        counted = "*" if self.column is None else self._name(self.column)
        return f"SELECT {self._measured()}, count({counted}) FROM {NAME}{where}", values

    def _measured(self) -> str:
        if self.column is None or self.measure in ("count", "list"):
            return "count(*)"
        functions = {"distinct": "count(DISTINCT {})", "sum": "sum({})", "average": "avg({})"}
        functions |= {"highest": "max({})", "lowest": "min({})"}
        return functions[self.measure].format(self._name(self.column))

    def rows(self, result: Any, most: int) -> tuple[str, list[Any]]:
        """Return the SELECT of the rows that a result rests on, and its values."""
        where, values = self._where()
        if self.measure in ("highest", "lowest") and self.column is not None:
            where += f"{' AND' if where else ' WHERE'} {self._name(self.column)} = ?"
            values = [*values, result]
        elif self.column is not None:
            where += f"{' AND' if where else ' WHERE'} {self._name(self.column)} IS NOT NULL"
        return f'SELECT "row" FROM {NAME}{where} ORDER BY "row" LIMIT {most}', values

    def said(self) -> str:
        """Return the conditions in words; empty without any."""
        return " and ".join(self._say(condition) for condition in self.conditions)

    def spoken(self) -> str:
        """Return the measure in words, such as ``highest amount``."""
        assert self.column is not None
        name, is_day = self.table.names[self.column], self.table.kinds[self.column] == "date"
        if is_day:
            return f"{'latest' if self.measure == 'highest' else 'earliest'} {name}"
        return f"{_SPOKEN[self.measure]} of {name}" if self.measure == "sum" else f"{_SPOKEN[self.measure]} {name}"

    def _say(self, condition: Condition) -> str:
        name, values = self.table.names[condition.column], condition.values
        if condition.told:
            return f"{name} is {condition.told}"
        if not values:
            return f"{name} is {'not ' if condition.sign == '!=' else ''}empty"
        if condition.sign == "between":
            return f"{name} is from {self.shown(values[0], name)} to {self.shown(values[1], name)}"
        different = {str(value).casefold(): self.shown(value, name) for value in reversed(values)}
        return f"{name} {_SIGNS[condition.sign]} {' or '.join(reversed(different.values()))}"

    @staticmethod
    def shown(value: Any, name: str) -> str:
        """Return a value of the column of a name as people read it."""
        return str(value) if is_numbered(name) else shown(value)


def shown(value: Any) -> str:
    """Return a value of a result as people read it."""
    if value is None:
        return "nothing"
    if isinstance(value, float):
        value = round(value, 4)
        if not value.is_integer() and round(value, 2) == value:
            return f"{value:,.2f}"
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.4f}".rstrip("0")
    return f"{value:,}" if isinstance(value, int) else str(value)
