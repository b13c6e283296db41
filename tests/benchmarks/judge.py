"""How good hits are, and whether one way of finding them is better than another."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from sets import Question, Set

Scores = dict[str, np.ndarray]
"""For each set, the (questions, measures) scores in per cent; the first measure decides."""

MEASURES = {
    "files": ("nDCG@10",),
    "documents": ("documents@5",),
    "pages": ("page@5", "page@10"),
    "spans": ("recall@5", "IoU@5"),
}
HITS = {"files": 50, "documents": 50, "pages": 50, "spans": 5}
_RESAMPLED = 4000


def score(of: Set, question: Question, hits: Sequence[Mapping[str, object]]) -> list[float]:
    """Return the measures of one question; a hit is ``{"path", "page", "start", "end"}``."""
    return _SCORE[of.kind](of, question["relevant"], hits)


@functools.cache
def _path(folder: Path, name: str) -> str:
    """Return the path of a file as hits have it."""
    return str((folder / name).resolve())


def _files(of: Set, relevant: Sequence[Question], hits: Sequence[Mapping[str, object]]) -> list[float]:
    grade = {_path(of.documents, item["file"]): item.get("grade", 1) for item in relevant}
    ranked = list(dict.fromkeys(hit["path"] for hit in hits))[:10]
    gain = sum((2 ** grade.get(str(path), 0) - 1) / math.log2(at + 2) for at, path in enumerate(ranked))
    best = sorted(grade.values(), reverse=True)[:10]
    return [100 * gain / sum((2**value - 1) / math.log2(at + 2) for at, value in enumerate(best))]


def _documents(of: Set, relevant: Sequence[Question], hits: Sequence[Mapping[str, object]]) -> list[float]:
    wanted = {_path(of.documents, item["document"]) for item in relevant}
    ranked = list(dict.fromkeys((hit["path"], hit["page"]) for hit in hits))[:5]
    return [100 * len(wanted & {path for path, _ in ranked}) / len(wanted)]


def _pages(of: Set, relevant: Sequence[Question], hits: Sequence[Mapping[str, object]]) -> list[float]:
    wanted = {(_path(of.documents, item["file"]), item["page"]) for item in relevant}
    ranked = list(dict.fromkeys((hit["path"], hit["page"]) for hit in hits))
    return [100.0 * bool(wanted & set(ranked[:5])), 100.0 * bool(wanted & set(ranked[:10]))]


def _spans(of: Set, relevant: Sequence[Question], hits: Sequence[Mapping[str, object]]) -> list[float]:
    gold = {(_path(of.documents, item["file"]), at) for item in relevant for at in range(item["start"], item["end"])}
    spans = [(hit["path"], range(hit["start"], hit["end"])) for hit in hits]  # type: ignore[call-overload]
    shown = {(path, at) for path, span in spans for at in span}
    total, found = sum(len(span) for _, span in spans), len(gold & shown)
    return [100 * found / len(gold), 100 * found / (total + len(gold) - found)]


_SCORE: dict[str, Callable[[Set, Sequence[Question], Sequence[Mapping[str, object]]], list[float]]] = {
    "files": _files,
    "documents": _documents,
    "pages": _pages,
    "spans": _spans,
}


def difference(new: np.ndarray, old: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of paired differences and its 95 % bootstrap interval."""
    apart = new - old
    drawn = np.random.default_rng(0).integers(0, len(apart), (_RESAMPLED, len(apart)))
    low, high = np.percentile(apart[drawn].mean(axis=1), [2.5, 97.5])
    return float(apart.mean()), float(low), float(high)


def over_sets(new: Scores, old: Scores) -> tuple[float, float]:
    """Return the mean over sets of the differences in their first measure, and the least when one is left out."""
    apart = [float((new[name][:, 0] - old[name][:, 0]).mean()) for name in new]
    mean = sum(apart) / len(apart)
    least = min((sum(apart) - each) / (len(apart) - 1) for each in apart) if len(apart) > 1 else mean
    return mean, least


def left_out(tried: Mapping[str, Scores], now: Scores) -> float:
    """Return the mean over sets of what is gained when each is scored with what is best on all others."""
    gained = []
    for name in now:
        others = {key: value for key, value in now.items() if key != name} or now
        best = max(tried, key=lambda each: over_sets({o: tried[each][o] for o in others}, others)[0])
        gained.append(float((tried[best][name][:, 0] - now[name][:, 0]).mean()))
    return sum(gained) / len(gained)
