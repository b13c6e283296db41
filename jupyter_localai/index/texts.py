"""The text of documents as it was indexed: by path and span, and by its words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

from ..results.passages import Anchor, Place
from ..text import keywords
from .catalogue import Catalogue

_WORDS = 8  # the longest of a text, which are seldom anywhere else
_PROBE_CHARS = 1000  # of a text, in which they are looked for
_SELDOM = 2000  # a word in more chunks than that tells little, and takes long to rank by
_CANDIDATES = 20  # per collection
_SLACK_CHARS = 1000  # white space may take other room than it did


@dataclasses.dataclass(frozen=True)
class Version:
    """A document in one collection, and its file as it was read for it."""

    id: int
    path: str
    kind: str
    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Part:
    """A stretch of a document's text that begins at the offset `start`, and its places."""

    start: int
    text: str
    places: tuple[Place, ...]

    @property
    def anchor(self) -> Anchor:
        return self.places[0].anchor if self.places else Anchor()


class Texts:
    """What the chunks of a catalogue say."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def versions(self, path: str) -> list[Version]:
        """Return a document as every collection has it, those of which nothing could be read included."""
        ids = [collection.id for collection in self._catalogue.registry.active()]
        return [version for number in ids for version in self._versions("collection_id = ? AND path = ?", number, path)]

    def part(self, document_id: int, start: int = 0, end: int = 2**53) -> Part:
        """Return the text of the chunks that reach into a span; of the whole document when left out."""
        sql = """SELECT start, text, after, places FROM chunks
                 WHERE document_id = ? AND start < ? AND "end" > ? ORDER BY seq"""
        rows = self._catalogue.rows(sql, (document_id, end, start))
        first = at = rows[0][0] if rows else 0
        pieces: list[str] = []
        places: list[Place] = []
        for begins, text, after, stored in rows:
            pieces += [" " * (begins - at), text, after]
            places += [Place(a, b, Anchor(**anchor)) for a, b, anchor in json.loads(stored)]
            at = begins + len(text) + len(after)
        return Part(first, "".join(pieces), tuple(places))

    def stored(self, document_id: int) -> list[tuple[int, str, str, str]]:
        """Return the chunks of a document as they are stored: start, text, what follows it, its places as JSON."""
        sql = "SELECT start, text, after, places FROM chunks WHERE document_id = ? ORDER BY seq"
        return [tuple(row) for row in self._catalogue.rows(sql, (document_id,))]

    def saying(self, text: str) -> Iterator[tuple[Version, Part]]:
        """Yield documents, with a part of each, that may well have `text` in it: the best by its longest words."""
        terms = sorted(keywords.query_terms(text[:_PROBE_CHARS]), key=lambda term: len(term.shown), reverse=True)
        room = len(text) + _SLACK_CHARS
        for collection in self._catalogue.registry.active() if terms else ():
            for number in self._candidates(collection.id, terms[:_WORDS]):
                sql = 'SELECT document_id, start, "end" FROM chunks WHERE id = ?'
                for document_id, start, end in self._catalogue.rows(sql, (number,)):
                    for version in self._versions("id = ?", document_id):
                        yield version, self.part(document_id, start - room, end + room)

    def _candidates(self, collection_id: int, terms: Sequence[keywords.Term]) -> list[int]:
        """Return the chunks that most likely have a text with these words; those that have all where all are common."""
        index = self._catalogue.fulltext
        seldom = [term for term in terms if index.having(collection_id, term.match, _SELDOM) is not None]
        if seldom:
            return [number for number, _ in index.search(collection_id, keywords.any_of(seldom), _CANDIDATES)]
        return index.having(collection_id, " AND ".join(term.match for term in terms), _CANDIDATES) or []

    def _versions(self, where: str, *values: object) -> list[Version]:
        sql = f"SELECT id, path, kind, size, mtime_ns, ctime_ns, sha256 FROM documents WHERE {where}"
        return [Version(*row) for row in self._catalogue.rows(sql, values)]
