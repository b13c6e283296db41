"""Put a document's text together piece by piece, and remember which headings each piece stands under."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from ....results.passages import Anchor, Document, Place
from .headings import SEPARATOR, HeadingPath
from .rows import lay_out

# control characters and marks that are not shown; a soft hyphen inside a word would hide it from searches
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\xad\ud800-\udfff\ufeff\ufffe\uffff]")

MAX_HEADING_CHARS = 300
"""A longer heading is a paragraph that was marked as one by mistake."""


class Flow:
    """A text that grows; ``text`` and ``places`` are what it has become."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._begun: list[tuple[int, Anchor]] = []
        self._path = HeadingPath()

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def places(self) -> tuple[Place, ...]:
        ends = [start for start, _ in self._begun[1:]] + [self._length]
        begun = zip(self._begun, ends, strict=True) if self._begun else ()
        return tuple(Place(start, end, anchor) for (start, anchor), end in begun if end > start)

    def begin(self, anchor: Anchor) -> None:
        """Let what follows stand at `anchor`; headings of before no longer count."""
        self._path = HeadingPath()
        if anchor.heading is not None:
            anchor = dataclasses.replace(anchor, heading=_FORBIDDEN.sub("", anchor.heading) or None)
        self._begun.append((self._length, anchor))

    def stand(self, anchor: Anchor) -> None:
        """Let what follows stand at `anchor`, as what comes before it may do already."""
        if not self._begun or self._begun[-1][1] != anchor:
            self.begin(anchor)

    def heading(self, level: int, text: str) -> None:
        """Add a heading; what follows stands under it and under those of lower levels before it."""
        text = " ".join(_FORBIDDEN.sub("", text).split())
        if not text or len(text) > MAX_HEADING_CHARS:
            self.paragraph(text)
            return
        self._path.enter(level, text)
        base = self._begun[-1][1] if self._begun else Anchor()
        self._begun.append((self._length, dataclasses.replace(base, heading=str(self._path))))
        self.paragraph(text)

    def paragraph(self, text: str) -> None:
        """Add a paragraph; one without text adds nothing."""
        text = _FORBIDDEN.sub("", text).strip()
        if text:
            self._add(text + "\n\n")

    def line(self, anchor: Anchor, text: str) -> None:
        """Add text as it is, at a place of its own."""
        self.begin(anchor)
        self._add(_FORBIDDEN.sub("", text))

    def table(self, rows: Iterable[Sequence[str]], spans: Mapping[int, Collection[int]] | None = None) -> None:
        """Add the rows of a table, with its column names repeated as `rows.lay_out` does."""
        lines = "".join(line for _, line in lay_out(enumerate(rows), spans))
        self.paragraph(lines)

    def document(self, document: Document, name: str) -> None:
        """Add all that another document says; its places stand under `name` and keep pages, slides, sheets and rows.

        Its lines and cells are left out, since they are none of this file.
        """
        anchors = [place.anchor for place in document.places] or [Anchor()]
        borders = [0, *(place.start for place in document.places[1:]), len(document.text)]
        for anchor, (start, end) in zip(anchors, pairwise(borders), strict=True):
            heading = SEPARATOR.join(filter(None, (name, anchor.heading)))
            self.begin(dataclasses.replace(anchor, line=None, cell=None, cell_id=None, heading=heading))
            self._add(_FORBIDDEN.sub("", document.text[start:end]))
        self._add("\n\n")

    def _add(self, piece: str) -> None:
        if not self._begun:
            self._begun.append((0, Anchor()))
        self._pieces.append(piece)
        self._length += len(piece)
