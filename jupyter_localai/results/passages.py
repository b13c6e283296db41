"""The nouns of the project, frozen: documents, passages of them, hits, and what they are made of.

Offsets are character offsets (Python string indices) into a document's extracted text;
``end`` is exclusive, so ``document.text[x.start:x.end]`` is always ``x.text``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Literal, overload

from .base import (
    DOCUMENT_TEXT,
    CallResult,
    CustomJson,
    Displayable,
    Redactable,
    frame_of,
    quoted_field,
    to_json,
)
from .files import Notice

UNSURE = 0.85
"""How sure OCR is at least of a page that is cited without a word about it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Anchor:
    """Where in a file a stretch of text is found, in the terms a person opens it by.

    ``page``, ``slide``, ``line`` and ``row`` count from 1 (a table's row of column names, too), ``cell``
    from 0. ``heading`` is the path of headings, outermost first, joined by `` > ``. ``ocr`` is how sure OCR is of
    what it read there, from 0 to 1. What does not apply is None.
    """

    page: int | None = None
    line: int | None = None
    cell: int | None = None
    cell_id: str | None = None
    slide: int | None = None
    sheet: str | None = None
    row: int | None = None
    heading: str | None = dataclasses.field(default=None, metadata=DOCUMENT_TEXT)
    ocr: float | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the named part, or `default` when it does not apply."""
        value = getattr(self, name, None)
        return default if value is None else value

    def label(self) -> str:
        """Return the anchor in words, such as ``page 3``; the heading when there is no other."""
        parts = [
            f"{name} {getattr(self, name)}"
            for name in ("page", "slide", "sheet", "row", "cell", "line")
            if getattr(self, name) is not None
        ]
        if self.ocr is not None and self.ocr < UNSURE:
            parts.append("uncertain OCR")
        return ", ".join(parts) or (self.heading or "").rsplit(" > ", 1)[-1]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document's text and its anchor."""

    start: int
    end: int
    anchor: Anchor


@dataclasses.dataclass(frozen=True)
class Document(CustomJson):
    """One source file, read.

    ``places`` are in order and do not overlap. A change of page, slide or sheet between
    two places is a hard border that no chunk crosses. ``needs_ocr`` are its pages, from 1, that only OCR can read and
    has not read.
    """

    path: str
    kind: str
    text: str
    title: str
    places: tuple[Place, ...] = ()
    warnings: tuple[str, ...] = ()
    needs_ocr: tuple[int, ...] = ()

    def json_shape(self) -> dict[str, Any]:
        """Return the JSON shape, in which places are anchors."""
        anchors = [{"start": place.start, "end": place.end, **to_json(place.anchor)} for place in self.places]
        kept = {"path": self.path, "kind": self.kind, "text": self.text}
        return {**kept, "anchors": anchors, "warnings": list(self.warnings)}


@dataclasses.dataclass(frozen=True)
class Chunk:
    """The stored unit: a span of a document, and what is known of where it stands.

    ``places`` starts with the place of the chunk's first character. ``context`` (title and
    headings) is embedded and searched together with the text but never shown or cited.
    ``after`` is the white space between this chunk and the next.
    """

    start: int
    end: int
    text: str
    places: tuple[Place, ...]
    context: str = ""
    after: str = ""

    @property
    def anchor(self) -> Anchor:
        return self.places[0].anchor


@dataclasses.dataclass(frozen=True)
class Explanation:
    """Why a hit ranks where it does, by its best chunk.

    The parts of the score, each 0 to 1, the best candidate having 1, and weighted as `answer.fuse` says: ``dense``,
    how near the chunk, its surroundings and the head of its page are in meaning; ``keyword``, its words; ``nearby``,
    its words and those next to it; ``whole``, the words of its document, a quarter of that and the mean of all for a
    short one; ``head``, those of the head of its page; ``name``, how well the query names its file. ``turn`` counts
    better pages of its document, where equally likely documents take turns; each costs a little. The ranks are
    1-based positions among the nearest and among the best worded chunks, None where it was not one of them. ``words``
    are the telling words of the query that the chunk has, ``around`` those that only its neighbours have.
    ``dense_weight`` is less where the embedding model reads the query badly. ``read`` is what a reranker says, None
    without one.
    """

    dense: float
    keyword: float
    dense_rank: int | None = None
    keyword_rank: int | None = None
    name: float = 0.0
    words: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    dense_weight: float = 0.4
    nearby: float = 0.0
    whole: float = 0.0
    head: float = 0.0
    turn: int = 0
    read: float | None = None


@dataclasses.dataclass(frozen=True)
class Hit(Displayable):
    """A chunk (or several adjacent ones) found for a query, with its score.

    ``similarity`` is the cosine of query and text, higher is better; ``score`` orders the hits.
    ``quoted`` is False where the text of documents is not to be shown by itself, see the setting ``quotes``.
    """

    rank: int
    score: float
    similarity: float
    path: str
    document: str = dataclasses.field(metadata=DOCUMENT_TEXT)
    chunk_id: str
    start: int
    end: int
    anchor: Anchor
    text: str = dataclasses.field(repr=False, metadata=DOCUMENT_TEXT)
    explain: Explanation | None = dataclasses.field(default=None, repr=False)
    places: tuple[Place, ...] = dataclasses.field(default=(), repr=False, metadata={"json": False})
    quoted: bool = quoted_field()


@dataclasses.dataclass(frozen=True, repr=False)
class Located(Redactable):
    """Where a span that was cited is now.

    ``state`` is ``same`` when the file is as it was indexed and the span says what was cited; ``moved`` when what was
    cited stands at another place of this document or in another one, which are the ones given; ``changed`` when the
    file, or what was indexed of it, is not what was cited, and the place is the best guess; ``missing`` when there is
    no such file now; ``unknown`` when no index has it. ``kind`` is the reader's name of what the file is; ``quoted`` as
    in `Hit`. ``text`` is the indexed text around the span, where it was asked for, and begins at ``text_start``.
    """

    path: str
    state: Literal["same", "moved", "changed", "missing", "unknown"]
    anchor: Anchor
    start: int
    end: int
    kind: str = ""
    text: str | None = dataclasses.field(default=None, metadata=DOCUMENT_TEXT)
    text_start: int | None = None
    quoted: bool = quoted_field()


@dataclasses.dataclass(frozen=True)
class Hits(CallResult, Sequence[Hit]):
    """The ranked result of a search; behaves as a sequence of `Hit`. ``quoted`` as there.

    ``warnings`` is None when there are none.
    """

    query: str
    collection: str
    hits: tuple[Hit, ...] = ()
    seconds: float = 0.0
    warnings: tuple[Notice, ...] | None = None
    quoted: bool = quoted_field()

    def __repr__(self) -> str:
        return f"<Hits {len(self.hits)} in {self.collection!r}>"

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def to_frame(self) -> Any:
        """Return one row per hit as a pandas DataFrame, or `Rows` without pandas."""
        rows = []
        for hit in self.hits:
            row = {"rank": hit.rank, "document": hit.document, **to_json(hit.anchor), **to_json(hit)}
            rows.append({name: value for name, value in row.items() if name not in ("anchor", "explain")})
        return frame_of(rows, () if self.quoted else ("document", "heading", "text"))
