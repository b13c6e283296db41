"""Rows of cells as lines of text, so that every passage cut from them still shows the column names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, pairwise

from .header_rows import AMOUNT, YEAR, joined

Row = tuple[int, Sequence[str]]

BLOCK_CHARS = 240
"""About what a chunk holds: after so many characters of rows the column names stand there again."""
WIDE_CHARS = 360
"""Longer column names are not repeated as a line."""
_NAME_CHARS = 80  # of which each is cut to this, so that a long one cannot fill the memory
_LOOKED_AT = 20  # rows in which the column names are looked for


def lay_out(rows: Iterable[Row], spans: Mapping[int, Collection[int]] | None = None) -> Iterator[tuple[int, str]]:
    """Yield ``(row number, text)`` for each row with something in it.

    The text is the row's line, ``a | b | c``. The rows come in blocks with an empty line between them,
    and each block begins with the column names. A table with very many columns has lines of
    ``name: value; name: value`` instead. Names that stand in several rows are joined.

    Parameters
    ----------
    rows : iterable of tuple
        Number and cells of each row.
    spans : mapping, optional
        For a row's number the places of the cells that are merged with a neighbour.
    """
    filled = ((number, [clean(cell) for cell in cells]) for number, cells in rows)
    filled = ((number, cells) for number, cells in filled if any(cells))
    first = joined(list(islice(filled, _LOOKED_AT)), spans or {})
    index = names_at([cells for _, cells in first])
    names = first[index][1] if index is not None else []
    header = _line(names) if names and len(_line(names)) <= WIDE_CHARS else ""
    short = [name[:_NAME_CHARS].rstrip() for name in names]
    size = 0
    for place, (number, cells) in enumerate(chain(first, filled)):
        if index is None or place < index:
            line = " | ".join(cell for cell in cells if cell) + "\n"
        else:
            line = _line(cells) if header or place == index else _record(short, cells)
        full = size and size + len(line) > max(BLOCK_CHARS - len(header), BLOCK_CHARS // 2)
        opening = ""
        if place and (full or place == index):
            opening = "\n" + (header if index is not None and place > index else "")
            size = 0
        size += len(line) if place != index else 0
        yield number, opening + line


def clean(cell: str) -> str:
    """Return a cell's text on one line."""
    return " ".join(cell.split())


def names_at(rows: list[list[str]]) -> int | None:
    """Return which row has the column names: the first that is nearly full and names no amounts.

    Where that has amounts, the row above it may leave some columns without a name.
    """
    widths = [sum(map(bool, cells)) + (len(cells) > 1 and not cells[0]) for cells in rows]
    enough = max(2.0, 0.8 * max(widths, default=0))
    for index, cells in enumerate(rows[:-1]):
        if widths[index] >= enough:
            if _are_names(cells):
                return index
            return index - 1 if index and _names_some(rows[index - 1], cells) else None
    return None


def _names_some(above: list[str], cells: list[str]) -> bool:
    """Whether a row names half of the columns of the one below, and nothing else."""
    places = [place for place, name in enumerate(above) if name]
    if len(places) < 2 or 2 * len(places) < len(cells) or not _are_names(above):
        return False
    return all(place < len(cells) and cells[place] for place in places)


def _are_names(cells: list[str]) -> bool:
    """Whether a row can be column names: no numbers, or a run of years beside a name or an empty corner."""
    numbers = [cell for cell in cells if AMOUNT.match(cell)]
    if not numbers:
        return True
    rising = all(a < b for a, b in pairwise(numbers)) or all(a > b for a, b in pairwise(numbers))
    return len(numbers) > 1 and rising and all(map(YEAR.match, numbers)) and cells[0] not in numbers


def _line(cells: Sequence[str]) -> str:
    return " | ".join(cells).rstrip(" |") + "\n"


def _record(names: Sequence[str], cells: Sequence[str]) -> str:
    pairs = []
    for place, cell in enumerate(cells):
        name = names[place] if cell and place < len(names) else ""
        if cell:
            pairs.append(f"{name}: {cell}" if name else cell)
    return "; ".join(pairs) + "\n"
