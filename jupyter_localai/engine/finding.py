"""What is found for a question: its passages, and which of them are versions of each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from ..answer.attached import query as query_about
from ..answer.relevance import relevant_hits, without_code
from ..answer.versions import Group, together
from ..embed.base import Embedder
from ..results.passages import Hit, Hits

DEEP = 50
"""Hits among which further versions, or rows of tables, are looked for."""


class Search(Protocol):
    """Returns the hits for a query; `most` of them, or as many as the request wants."""

    def __call__(self, query: str, most: int = 0) -> Hits: ...


@dataclasses.dataclass(frozen=True)
class Found:
    """What was searched for, what was found, which passages are versions of each other, and whether any is relevant."""

    searched: str
    hits: Hits
    groups: Sequence[Group]
    is_answered: bool

    @property
    def relevant(self) -> tuple[Hit, ...]:
        """The passages, if one of them has to do with the question; else none."""
        return self.hits.hits if self.is_answered else ()


def find(search: Search, query: str, context: str, embedder: Embedder) -> Found:
    """Search for what is said beside pasted code, or for all of the question if nothing is found without that."""
    for said in dict.fromkeys((without_code(query), query)):
        searched = query_about(said, context)
        hits = search(searched)
        is_answered = bool(relevant_hits(searched, hits.hits, embedder))
        if is_answered:
            break
    arranged, groups = together(searched, hits.hits, lambda: search(searched, DEEP).hits)
    return Found(searched, dataclasses.replace(hits, hits=tuple(arranged)), groups, is_answered)
