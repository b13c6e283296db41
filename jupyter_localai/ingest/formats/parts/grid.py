"""The cells of a sheet, of which most are empty: only the filled ones are kept, and handed out as tables."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection

from ....results.passages import Anchor
from .blocks import Cells, blocks
from .flow import Flow
from .rows import Row, lay_out

MAX_CELLS = 2_000_000
"""Of all sheets together; what is beyond is told and left out."""
MAX_CHARS = 64 * 2**20
"""Of all cells together: a text that is stored once can be shown in each of them."""
_CARRIED_CHARS = 100  # a merged cell that spans rows is repeated in each of them when it is as short as this
_SPARSE = 10  # times more empty than filled cells, and the columns are not told apart
_LOOKED_AT = 10  # first rows of a table, in which names can span columns


class Budget:
    """Counts what the sheets of a workbook hold; what is beyond the limits is told and left out."""

    def __init__(self) -> None:
        self._cells = MAX_CELLS
        self._chars = MAX_CHARS

    def allows(self, text: str, times: int = 1) -> bool:
        """Count cells with a text; False from when there are too many."""
        self._cells -= times
        self._chars -= times * len(text)
        return self._cells >= 0 and self._chars >= 0


class Grid:
    """The filled cells of one sheet, by row; rows and columns count from 1."""

    def __init__(self) -> None:
        self._rows: Cells = {}
        self._wide: dict[int, list[tuple[int, int]]] = {}
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()

    def put(self, row: int, column: int, text: str) -> None:
        """Fill a cell."""
        self._rows.setdefault(row, {})[column] = text

    def get(self, row: int, column: int) -> str:
        """Return what a cell shows; of a hidden one nothing."""
        return "" if self.hides(row, column) else self._rows.get(row, {}).get(column, "")

    def hides(self, row: int, column: int) -> bool:
        """Whether a cell stands in a hidden row or column."""
        return row in self._hidden_rows or column in self._hidden_columns

    def merge(self, ranges: list[tuple[int, int, int, int]]) -> None:
        """Repeat the texts of merged cells in the rows that they span: each row will have to stand for itself.

        Parameters
        ----------
        ranges : list of tuple
            First row, last row, first column and last column of each.
        """
        numbers = sorted(self._rows)
        room = MAX_CELLS
        for top, bottom, left, right in ranges:
            text = self._rows.get(top, {}).get(left, "")
            if not text or len(text) > _CARRIED_CHARS:
                continue
            if right > left:
                self._wide.setdefault(top, []).append((left, right))
            for number in numbers[bisect_right(numbers, top) : bisect_right(numbers, bottom)]:
                room -= 1
                if room < 0:
                    return
                if left not in self._rows[number]:
                    self.put(number, left, text)

    def hide(self, rows: Collection[int], columns: Collection[int]) -> str:
        """Leave rows and columns out; return how many of them have something in them, as words."""
        self._hidden_rows.update(rows)
        self._hidden_columns.update(columns)
        filled_columns = (
            {c for cells in self._rows.values() for c in cells if c in self._hidden_columns} if columns else ()
        )
        counts = ((len(self._hidden_rows & self._rows.keys()), "row"), (len(filled_columns), "column"))
        return " and ".join(f"{count} {name}{'s' * (count > 1)}" for count, name in counts if count)

    def add_to(self, flow: Flow, sheet: str) -> None:
        """Add the cells to a text: a line and an anchor per row, an empty line between tables."""
        for numbers, columns in blocks(self._rows):
            shown = [number for number in numbers if number not in self._hidden_rows]
            table, spans = self._table(shown, [column for column in columns if column not in self._hidden_columns])
            lines = list(lay_out(table, spans))
            for place, (number, line) in enumerate(lines, 1):
                flow.line(Anchor(sheet=sheet, row=number), line + ("\n" if place == len(lines) else ""))

    def _table(self, numbers: list[int], columns: list[int]) -> tuple[list[Row], dict[int, set[int]]]:
        """Return rows as lists, and for each row the places in it that are merged with a neighbour."""
        within = set(columns)
        filled = [{c: text for c, text in self._rows[n].items() if c in within} for n in numbers]
        if len(columns) * len(numbers) > _SPARSE * sum(map(len, filled)) + 10_000:
            return [(n, [cells[c] for c in sorted(cells)]) for n, cells in zip(numbers, filled, strict=True)], {}
        rows = [(n, [cells.get(c, "") for c in columns]) for n, cells in zip(numbers, filled, strict=True)]
        return list(rows), {n: spans for n, cells in rows[:_LOOKED_AT] if (spans := self._spread(n, cells, columns))}

    def _spread(self, number: int, cells: list[str], columns: list[int]) -> set[int]:
        """Return the places of a row's merged cells; the first column that is shown of each has its text."""
        places: set[int] = set()
        room = 2 * len(columns)
        for left, right in self._wide.get(number, ()):
            first, last = bisect_left(columns, left), bisect_right(columns, right)
            room -= last - first
            if first < last and room >= 0:
                cells[first] = cells[first] or self._rows[number].get(left, "")
                places.update(range(first, last))
        return places
