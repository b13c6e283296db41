"""The flow of measuring retrieval: ask every question, find the expected places among the hits, measure."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..ingest.discover import matches
from ..paths import inside
from ..results.files import Notice
from ..results.passages import Hit, Hits
from ..results.reports import Progress
from ..results.scores import Evaluation, Expected, Outcome, Question, WrongHit, measured
from ..text.clip import clipped

_INSTEAD = 3
_WORDS_CHARS = 160
_FOLDED = str.maketrans(
    {**dict.fromkeys("‘’‚‛`´", "'"), **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‐‑‒–—−", "-"), "\u00ad": None}
)


class Run(NamedTuple):
    """What is searched, and how: the collection, its embedding model, the hits looked at, the glob for documents."""

    collection: str
    embedder: str
    k: int
    file: str | None


def names(catalogue: Catalogue, collection: Collection) -> dict[str, str]:
    """Return the path of every document relative to its root, by its absolute path."""
    return {path: inside(path, root) for _, path, root in catalogue.readable(collection)}


def evaluate(
    questions: Sequence[Question],
    search: Callable[[str], Hits],
    names: Mapping[str, str],
    run: Run,
) -> Iterator[Progress | Evaluation]:
    """Ask `questions` and measure.

    Parameters
    ----------
    questions : sequence of Question
        At least one.
    search : callable
        Returns up to `k` hits.
    names : mapping
        Of every document, by its absolute path, its path relative to its root.
    run : Run
        What the result says about the search.

    Yields
    ------
    Progress, then one Evaluation
    """
    started = time.perf_counter()
    outcomes = []
    for at, question in enumerate(questions):
        yield Progress("evaluate", at, len(questions), "questions")
        outcomes.append(_outcome(question, search(question.question), names))
    recall, mrr = measured(outcomes, run.k)
    yield Evaluation(
        collection=run.collection,
        embedder=run.embedder,
        k=run.k,
        questions=len(questions),
        recall=recall,
        mrr=mrr,
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - started,
        file=run.file,
        warnings=_unknown_files(questions, names),
    )


def is_there(expected: Expected, hit: Hit, name: str) -> bool:
    """Whether a hit is an expected place; `name` is the document's path relative to its root."""
    if expected.files and not any(_fits(file, hit.path, name) for file in expected.files):
        return False
    if expected.pages and hit.anchor.page not in expected.pages:
        return False
    if not expected.quotes:
        return True
    text = folded(hit.text)
    return any(carries(text, folded(quote)) for quote in expected.quotes)


def carries(text: str, quote: str) -> bool:
    """Whether a folded text has a folded quote, or more than half of one that is cut off by the text's border."""
    if quote in text:
        return True
    most = min(len(quote) - 1, len(text))
    if text in quote:
        return 2 * most > len(quote)
    return any(
        text.endswith(quote[:size]) or text.startswith(quote[-size:]) for size in range(most, len(quote) // 2, -1)
    )


def folded(text: str) -> str:
    """Return `text` without what differs between a page and somebody's copy of it: space, case, typography."""
    return "".join(unicodedata.normalize("NFKC", text.translate(_FOLDED)).casefold().split())


def _outcome(question: Question, hits: Hits, names: Mapping[str, str]) -> Outcome:
    fits = [
        [is_there(expected, hit, names.get(hit.path, hit.path)) for hit in hits.hits] for expected in question.expected
    ]
    ranks = tuple(row.index(True) + 1 if True in row else None for row in fits)
    last = max(rank or len(hits) + 1 for rank in ranks)
    others = [hit for at, hit in enumerate(hits.hits[: last - 1]) if not any(row[at] for row in fits)]
    return Outcome(
        question.number,
        question.question,
        question.expected,
        ranks,
        hits.seconds,
        tuple(_wrong(hit) for hit in others[:_INSTEAD]),
    )


def _wrong(hit: Hit) -> WrongHit:
    return WrongHit(hit.rank, hit.path, hit.document, hit.anchor, clipped(hit.text, _WORDS_CHARS))


def _fits(file: str, path: str, name: str) -> bool:
    """Whether a file is the one that is meant; one that has a glob's characters in its name, too."""
    wanted = file.replace(os.sep, "/")
    wanted = wanted[2:] if wanted.startswith("./") else wanted
    shown = path.replace(os.sep, "/")
    return wanted in (name, shown, name.rsplit("/", 1)[-1]) or matches(wanted, name) or matches(wanted, shown)


def _unknown_files(questions: Sequence[Question], names: Mapping[str, str]) -> tuple[Notice, ...]:
    """Warn of questions that can only be missed."""
    known: dict[str, bool] = {}
    notices = []
    for question in questions:
        for expected in question.expected:
            for file in expected.files:
                if file not in known:
                    known[file] = any(_fits(file, path, name) for path, name in names.items())
            if expected.files and not any(known[file] for file in expected.files):
                what = " or ".join(map(repr, expected.files))
                message = f"Question {question.number} expects {what}, which the collection does not have."
                notices.append(Notice("no_matching_file", message, "Check the name, or index the file."))
    return tuple(notices)
