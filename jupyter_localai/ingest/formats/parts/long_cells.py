"""Tables with paragraphs in their cells: the row stays a row, and the paragraph comes whole after the table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .flow import Flow

_LONG_CHARS = 400
_BEGIN_CHARS = 120


def add_table(flow: Flow, rows: Sequence[Sequence[str]], spans: Mapping[int, Collection[int]] | None = None) -> None:
    """Add the rows of a table; of long cells their beginning, and afterwards all of it under the row's name.

    Parameters
    ----------
    flow : Flow
        What the table is added to.
    rows : sequence
        The cells of each row.
    spans : mapping, optional
        For a row the places of cells that are merged with a neighbour.
    """
    short = []
    long: list[str] = []
    for number, row in enumerate(rows):
        cells = list(row)
        for place, cell in enumerate(cells):
            if len(cell) > _LONG_CHARS and place:
                cells[place] = cell[:_BEGIN_CHARS].rsplit(" ", 1)[0] + " …"
                name = rows[0][place] if number and place < len(rows[0]) and len(rows[0][place]) < _BEGIN_CHARS else ""
                row_name = cells[0] if len(cells[0]) < _BEGIN_CHARS else ""
                long.append(": ".join(filter(None, (row_name, name, cell))))
        short.append(cells)
    flow.table(short, spans)
    for text in long:
        flow.paragraph(text)
