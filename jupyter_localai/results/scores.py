"""The nouns of measuring retrieval: questions, where each should lead, and how well it did.

Definitions, with ``k`` the most hits looked at:

place
    What is expected: a file, a page, a quote, or several of these at once. Of alternatives (a list of
    files, say) any one will do. A question can expect several places, and then wants them all.
file
    Fits as for ``--file``: a name, a path relative to its root, an absolute path, or a glob for either.
page
    The page of the hit, counted from 1.
quote
    Is in a hit when the hit's text contains it, or when more than half of its characters are there and the
    rest is cut off by the hit's beginning or end. White space, case, soft hyphens and the shape of quotation marks
    and dashes do not count.
rank
    The position of the first hit that is the place, from 1; None when none of the first ``k`` is.
recall at n
    The share of a question's places with a rank of at most n, averaged over the questions. With one place per
    question it is the share of questions whose place is among the first n hits.
mrr
    Mean reciprocal rank: one divided by the best rank of a question, 0 without one, averaged over the questions.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from .base import DOCUMENT_TEXT, CallResult, frame_of, quoted_field
from .files import Notice
from .passages import Anchor

CUTS = (1, 3, 5, 10)
"""The n for which recall is told, as far as they are below ``k``; and ``k`` itself."""


@dataclasses.dataclass(frozen=True)
class Expected:
    """One place. Of each tuple any one will do; an empty one does not matter."""

    files: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    quotes: tuple[str, ...] = dataclasses.field(default=(), metadata=DOCUMENT_TEXT)

    def label(self, quoted: bool = True) -> str:
        """Return the place in words, with its quote or without."""
        pages = " or ".join(map(str, self.pages))
        quotes = " or ".join(f"“{quote}”" for quote in self.quotes) if quoted else "a quote" if self.quotes else ""
        return ", ".join(part for part in (" or ".join(self.files), pages and f"page {pages}", quotes) if part)


@dataclasses.dataclass(frozen=True)
class Question:
    """A question and where it should lead. ``number`` is its line in the file or its position in the list, from 1."""

    question: str
    expected: tuple[Expected, ...]
    number: int = 0


@dataclasses.dataclass(frozen=True)
class WrongHit:
    """A hit that came before an expected place, with its first words."""

    rank: int
    path: str
    document: str = dataclasses.field(metadata=DOCUMENT_TEXT)
    anchor: Anchor
    words: str = dataclasses.field(metadata=DOCUMENT_TEXT)

    def label(self) -> str:
        """Return the file's name and the place in it, in no words of the document."""
        where = dataclasses.replace(self.anchor, heading=None).label()
        return ", ".join(part for part in (os.path.basename(self.path), where) if part)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one question.

    ``ranks`` has the rank of each expected place, ``instead`` the best of the other hits that came before the last
    of them.
    """

    number: int
    question: str
    expected: tuple[Expected, ...]
    ranks: tuple[int | None, ...]
    seconds: float
    instead: tuple[WrongHit, ...] = ()

    @property
    def rank(self) -> int | None:
        """The best of the ranks."""
        return min((rank for rank in self.ranks if rank is not None), default=None)

    @property
    def missed(self) -> tuple[Expected, ...]:
        """The places that were not found."""
        return tuple(place for place, rank in zip(self.expected, self.ranks, strict=True) if rank is None)


@dataclasses.dataclass(frozen=True)
class Evaluation(CallResult):
    """How well questions found what they should: the measures, and what became of each question.

    ``recall`` has a value per n, ``compared`` is the same questions with other settings, ``file`` the glob that
    limited the documents, ``quoted`` as in `results.Hit`. Measures are defined in `jupyter_localai.results.scores`.
    """

    collection: str
    embedder: str
    k: int
    questions: int
    recall: dict[int, float]
    mrr: float
    outcomes: tuple[Outcome, ...]
    seconds: float
    file: str | None = None
    warnings: tuple[Notice, ...] = ()
    compared: Evaluation | None = None
    quoted: bool = quoted_field()

    @property
    def runs(self) -> tuple[Evaluation, ...]:
        """This one, and the one it is compared with."""
        return (self,) if self.compared is None else (self, self.compared)

    @property
    def misses(self) -> tuple[Outcome, ...]:
        """The questions with a place that was not found."""
        return tuple(outcome for outcome in self.outcomes if outcome.missed)

    @property
    def differences(self) -> tuple[tuple[Outcome, Outcome], ...]:
        """The questions whose places have other ranks in the two runs."""
        others = self.compared.outcomes if self.compared else ()
        pairs = zip(self.outcomes, others, strict=False)
        return tuple((one, other) for one, other in pairs if one.ranks != other.ranks)

    @property
    def labels(self) -> tuple[str, ...]:
        """A name per run, of what the runs have different."""
        settings = [
            {"collection": run.collection, "embedder": run.embedder, "file": run.file or "all files"}
            for run in self.runs
        ]
        names = [name for name in settings[0] if settings[0][name] != settings[-1][name]] or ["collection"]
        return tuple(" · ".join(run[name] for name in names) for run in settings)

    def to_frame(self) -> Any:
        """Return one row per question as a pandas DataFrame, or `Rows` without pandas."""
        rows = []
        for at, outcome in enumerate(self.outcomes):
            row: dict[str, Any] = {
                "number": outcome.number,
                "question": outcome.question,
                "expected": "; ".join(place.label(self.quoted) for place in outcome.expected),
                "rank": outcome.rank,
            }
            if self.compared is not None:
                row["compared"] = self.compared.outcomes[at].rank
            first = outcome.instead[0] if outcome.instead else None
            row["instead"] = first.label() if first else ""
            rows.append(row)
        return frame_of(rows)


def measured(outcomes: Sequence[Outcome], k: int) -> tuple[dict[int, float], float]:
    """Return the recall at each n, and the mean reciprocal rank."""
    cuts = [n for n in CUTS if n < k] + [k]
    recall = {
        n: sum(sum(r is not None and r <= n for r in o.ranks) / len(o.ranks) for o in outcomes) / len(outcomes)
        for n in cuts
    }
    return recall, sum(1 / o.rank if o.rank else 0.0 for o in outcomes) / len(outcomes)
