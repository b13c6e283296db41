"""The cells of a sheet, of which most are empty: only the filled ones are kept, and handed out as tables."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from ....results.passages import Anchor
from .flow import Flow
from .rows import Row, lay_out

MAX_CELLS = 2_000_000
"""Of all sheets together; what is beyond is told and left out."""
MAX_CHARS = 64 * 2**20
"""Of all cells together: a text that is stored once can be shown in each of them."""
_CARRIED_CHARS = 100  # a merged cell that spans rows is repeated in each of them when it is as short as this
_SPARSE = 10  # times more empty than filled cells, and the columns are not told apart


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
        self._rows: dict[int, dict[int, str]] = {}

    def put(self, row: int, column: int, text: str) -> None:
        """Fill a cell."""
        self._rows.setdefault(row, {})[column] = text

    def merge(self, ranges: list[tuple[int, int, int]]) -> None:
        """Repeat the texts of merged cells in the rows that they span: each row will have to stand for itself.

        Parameters
        ----------
        ranges : list of tuple
            First row, last row and first column of each.
        """
        numbers = sorted(self._rows)
        room = MAX_CELLS
        for top, bottom, column in ranges:
            text = self._rows.get(top, {}).get(column, "")
            if not text or len(text) > _CARRIED_CHARS:
                continue
            for number in numbers[bisect_right(numbers, top) : bisect_right(numbers, bottom)]:
                room -= 1
                if room < 0:
                    return
                if column not in self._rows[number]:
                    self.put(number, column, text)

    def add_to(self, flow: Flow, sheet: str) -> None:
        """Add the cells to a text: a line and an anchor per row, an empty line between tables."""
        for table in self._tables():
            lines = list(lay_out(table))
            for place, (number, line) in enumerate(lines, 1):
                flow.line(Anchor(sheet=sheet, row=number), line + ("\n" if place == len(lines) else ""))

    def _tables(self) -> Iterator[list[Row]]:
        """Yield runs of rows without an empty one between them."""
        run: list[int] = []
        for number in sorted(self._rows):
            if run and number != run[-1] + 1:
                yield self._table(run)
                run = []
            run.append(number)
        if run:
            yield self._table(run)

    def _table(self, run: list[int]) -> list[Row]:
        """Return the rows of a run as lists, without the columns that are empty in all of them."""
        columns = sorted({column for number in run for column in self._rows[number]})
        filled = sum(len(self._rows[number]) for number in run)
        if len(columns) * len(run) > _SPARSE * filled + 10_000:
            return [(number, [self._rows[number][column] for column in sorted(self._rows[number])]) for number in run]
        return [(number, [self._rows[number].get(column, "") for column in columns]) for number in run]
