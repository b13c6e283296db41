"""What stands beside the cells of a sheet: text boxes, charts, comments, files of other programs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ....results.passages import Anchor
from . import charts, diagrams, scripts
from .attached import Attached
from .cell_places import place
from .flow import Flow
from .grid import Grid
from .office import Package, attribute, local

_SCRIPTS = {"superscript": scripts.UP, "subscript": scripts.DOWN}


class BesideCells:
    """Reads what stands beside the cells of a workbook's sheets.

    Parameters
    ----------
    package : Package
    flow : Flow
        The text that is made of it.
    """

    def __init__(self, package: Package, flow: Flow) -> None:
        self._package = package
        self._embedded = Attached(flow, "Embedded files")
        self._seen: set[str] = set()

    def texts(self, part: str, sheet: str, cells: Grid) -> Iterator[tuple[Anchor, str]]:
        """Yield place and text of what stands on a sheet, which is a part of the workbook.

        A comment on a hidden cell is left out.
        """
        for _, kind, other in self._package.related(part):
            root = self._package.xml(other) if kind in ("drawing", "comments") and other.endswith(".xml") else None
            for element in root.iter() if root is not None else ():
                if kind == "drawing" and local(element) == "p" and (text := text_of(element).strip()):
                    yield Anchor(sheet=sheet), text
                elif kind == "comments" and local(element) == "comment" and (text := text_of(element).strip()):
                    where = attribute(element, "ref")
                    row, column = place(where)
                    if not cells.hides(row, column):
                        yield Anchor(sheet=sheet, row=row or None), f"Comment on {where}: {text}"
            if kind in ("package", "oleObject") and other not in self._seen:
                self._seen.add(other)  # each once
                text = self._embedded.inline(posixpath.basename(other), self._package.data(other) or b"").strip()
                if text:
                    yield Anchor(sheet=sheet), f"Embedded file:\n{text}"
            if kind == "drawing":
                yield from ((Anchor(sheet=sheet), text) for text in self._drawn(other))

    def warnings(self) -> list[str]:
        """Return what is to be said of the files inside the workbook, after it was read."""
        return self._embedded.warnings()

    def _drawn(self, drawing: str) -> Iterator[str]:
        """Yield what is written on charts, whose figures stand in the cells, and in diagrams."""
        for _, kind, part in self._package.related(drawing):
            root = self._package.xml(part) if kind in ("chart", "diagramData") else None
            if root is not None and kind == "chart":
                yield from charts.titles(root)
            elif root is not None and (text := "\n".join(diagrams.texts(root)).strip()):
                yield text


def text_of(element: Any) -> str:
    """Return the text of its runs, without how to pronounce it."""
    pieces = [_run(e) for e in element.iter() if local(e) == "t" and local(e.getparent()) != "rPh"]
    return scripts.plain("".join(pieces))


def _run(text: Any) -> str:
    """Return what a run says, with marks where its letters are raised or lowered."""
    properties = text.getprevious()
    aligned = [e for e in properties if local(e) == "vertAlign"] if properties is not None else []
    mark = _SCRIPTS.get(attribute(aligned[0], "val")) if aligned else None
    return f"{mark}{text.text or ''}{scripts.END}" if mark else text.text or ""
