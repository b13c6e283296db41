"""Evaluations and vectors as text and as HTML."""

from __future__ import annotations

import statistics

from ..results.files import Notice
from ..results.scores import Evaluation, Outcome, WrongHit
from ..results.vectors import Vectors
from . import words
from .parts import details, faint, frame, line, note, quote, table
from .safe import escape

_LISTED = 20  # misses and differences to list
_NONE = "–"
_WORDS_CHARS = 160


def evaluation_text(evaluation: Evaluation) -> str:
    """Return the measures as a small table, then the misses and the documents found instead."""
    rows = [("", *map(words.one_line, evaluation.labels)), *_measures(evaluation)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_head(evaluation), ""]
    for name, *values in rows:
        cells = (value.rjust(width) for value, width in zip(values, widths[1:], strict=True))
        lines.append("  ".join(["  " + name.ljust(widths[0]), *cells]))
    lines += [
        f"Note: {words.one_line(notice.message)} {words.one_line(notice.remedy)}" for notice in _notices(evaluation)
    ]
    for title, outcomes in _missed(evaluation):
        lines.append(f"\n{title}")
        for outcome in outcomes[:_LISTED]:
            lines.append(f"  {outcome.number}. {words.one_line(outcome.question)}")
            lines += [f"       expected {_expected(outcome, evaluation.quoted)}", *_instead(outcome, evaluation.quoted)]
        lines += _more(len(outcomes))
    if evaluation.differences:
        lines.append(f"\nRanks that differ ({', then '.join(map(words.one_line, evaluation.labels))})")
        for one, other in evaluation.differences[:_LISTED]:
            lines.append(f"  {_rank(one):>3} {_rank(other):>3}  {one.number}. {words.one_line(one.question)}")
        lines += _more(len(evaluation.differences))
    lines += [] if evaluation.quoted else ["", words.WITHHELD]
    return "\n".join(lines)


def evaluation_html(evaluation: Evaluation) -> str:
    """Return the measures as a table, with collapsed lists of misses and differences."""
    measures = [tuple(map(escape, row)) for row in _measures(evaluation)]
    parts = [line(escape(_head(evaluation))), table(("", *map(words.one_line, evaluation.labels)), measures)]
    parts += [note(escape(f"{notice.message} {notice.remedy}")) for notice in _notices(evaluation)]
    for title, outcomes in _missed(evaluation):
        items = []
        for outcome in outcomes[:_LISTED]:
            items.append(line(f"<strong>{outcome.number}. <bdi>{escape(outcome.question)}</bdi></strong>"))
            items.append(faint(f"expected <bdi>{escape(_expected(outcome, evaluation.quoted))}</bdi>", "0"))
            for found in outcome.instead:
                items.append(
                    faint(f"found at {found.rank}: <bdi>{escape(_where(found, evaluation.quoted))}</bdi>", "0")
                )
                items.append(quote(found.words) if evaluation.quoted else "")
        parts.append(details(title, *items, *map(faint, _more(len(outcomes)))))
    if evaluation.differences:
        rows = [
            (escape(_rank(one)), escape(_rank(other)), f"{one.number}. <bdi>{escape(one.question)}</bdi>")
            for one, other in evaluation.differences[:_LISTED]
        ]
        names = (*map(words.one_line, evaluation.labels), "question")
        parts.append(details(f"Ranks that differ ({len(evaluation.differences)})", table(names, rows)))
    parts.append("" if evaluation.quoted else faint(escape(words.WITHHELD)))
    return frame(*parts)


def vectors_text(vectors: Vectors) -> str:
    """Describe the vectors in a sentence."""
    some = f"An evenly spaced sample of {len(vectors.points):,} of " if len(vectors.points) < vectors.total else ""
    return (
        f"{some}{vectors.total:,} vectors of {vectors.dimension} numbers, of collection "
        f"{words.one_line(vectors.collection)!r}, by {words.one_line(vectors.embedder)}."
    )


def vectors_html(vectors: Vectors) -> str:
    """Describe the vectors in a sentence."""
    return frame(line(escape(vectors_text(vectors))))


def _head(evaluation: Evaluation) -> str:
    return f"{words.count(evaluation.questions, 'question')}, {words.count(evaluation.k, 'hit')} each."


def _measures(evaluation: Evaluation) -> list[tuple[str, ...]]:
    runs = evaluation.runs
    rows = [(f"recall at {n}", *(f"{run.recall[n]:.1%}" for run in runs)) for n in evaluation.recall]
    rows.append(("MRR", *(f"{run.mrr:.3f}" for run in runs)))
    # the median, because the first question may wait until the embedding model is loaded
    middle = (statistics.median(outcome.seconds for outcome in run.outcomes) for run in runs)
    rows.append(("ms a question", *(f"{1000 * seconds:,.0f}" for seconds in middle)))
    rows.append(("questions with a miss", *(f"{len(run.misses):,}" for run in runs)))
    return rows


def _missed(evaluation: Evaluation) -> list[tuple[str, tuple[Outcome, ...]]]:
    labels = evaluation.labels if evaluation.compared else ("",)
    return [
        (f"Missed{' by ' if label else ''}{words.one_line(label)} ({len(run.misses)})", run.misses)
        for label, run in zip(labels, evaluation.runs, strict=True)
        if run.misses
    ]


def _notices(evaluation: Evaluation) -> list[Notice]:
    return list(dict.fromkeys(notice for run in evaluation.runs for notice in run.warnings))[: words.SHOWN]


def _expected(outcome: Outcome, quoted: bool) -> str:
    return "; ".join(words.one_line(place.label(quoted)) for place in outcome.missed)


def _where(hit: WrongHit, quoted: bool) -> str:
    return words.where(hit.path, hit.anchor) if quoted else words.one_line(hit.label())


def _instead(outcome: Outcome, quoted: bool) -> list[str]:
    if not outcome.instead:
        return ["       found nothing else"]
    lines = []
    for hit in outcome.instead:
        lines.append(f"       found at {hit.rank}: {_where(hit, quoted)}")
        if quoted:
            lines.append(f"           {words.clipped(hit.words, _WORDS_CHARS)}")
    return lines


def _rank(outcome: Outcome) -> str:
    return "+".join(_NONE if rank is None else str(rank) for rank in outcome.ranks)


def _more(count: int) -> list[str]:
    return [f"  … and {count - _LISTED:,} more (to_frame() and --json have all)"] if count > _LISTED else []
