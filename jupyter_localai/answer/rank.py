"""Give every candidate a score out of all there is to know of it, and put them in order."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from ..results.passages import Explanation
from . import fuse
from .evidence import Evidence
from .meaning import meaning
from .turns import turns

_LONG = 20
"""Chunks of a document, some three pages, from which it says more of a chunk than the chunks next to it do."""


@dataclasses.dataclass(frozen=True)
class Ranking:
    """Chunks with their scores; ``order`` has their positions, best first, without later copies of a chunk.

    ``parts`` are the kinds of evidence, each 0 to 1, and ``turns`` what `turns` returns.
    """

    evidence: Evidence
    order: npt.NDArray[np.int64]
    scores: fuse.Scores
    parts: dict[str, fuse.Scores]
    turns: npt.NDArray[np.int64]
    dense_weight: float

    def explain(self, at: int) -> Explanation:
        """Say why the chunk at a position ranks where it does."""
        number = int(self.evidence.numbers[at])
        return Explanation(
            dense=float(self.parts["meaning"][at]),
            keyword=float(self.parts["words"][at]),
            dense_rank=self.evidence.dense_ranks.get(number),
            keyword_rank=self.evidence.keyword_ranks.get(number),
            name=float(self.parts["name"][at]),
            words=tuple(word for word, has in self.evidence.inside.items() if has[at]),
            around=tuple(word for word, has in self.evidence.beside.items() if has[at]),
            dense_weight=self.dense_weight,
            nearby=float(self.parts["around"][at]),
            whole=float(self.parts["document"][at]),
            head=float(self.parts["title"][at]),
            turn=int(self.turns[at]),
            read=float(self.parts["read"][at]) if "read" in self.parts else None,
        )


def _document(evidence: Evidence, weights: fuse.Weights) -> fuse.Scores:
    """Return what the words of each chunk's document are worth.

    Those of a short one are the chunk's own and count a part; the rest is the mean of all candidates, so that a chunk
    of a long document is not better for that.
    """
    share = fuse.share(evidence.documents)
    neutral = float(share.mean()) if len(share) else 0.0
    return np.where(evidence.sizes >= _LONG, share, weights.short * share + (1 - weights.short) * neutral)


def rank(evidence: Evidence, weights: fuse.Weights = fuse.WEIGHTS) -> Ranking:
    """Score every chunk, and order them.

    Of chunks in one document that say exactly the same, the first is kept, with the best score of any.
    """
    words = fuse.share(evidence.words)
    title = fuse.share(evidence.titles)
    if evidence.has_head.any():
        title = np.where(evidence.has_head, title, words)
    parts = {
        "meaning": fuse.share(meaning(evidence.cosines, evidence.soft, evidence.heads, weights)),
        "words": words,
        "around": fuse.share(evidence.around),
        "document": _document(evidence, weights),
        "title": title,
        "name": fuse.share(evidence.named),
    }
    dense_weight = weights.meaning if evidence.reads else weights.guessed_meaning
    of_all = dataclasses.asdict(weights) | {"meaning": dense_weight}
    scores = np.sum([of_all[name] * part for name, part in parts.items()], axis=0)
    firsts = np.searchsorted(evidence.numbers, evidence.firsts)
    best = np.zeros(len(scores))
    np.maximum.at(best, firsts, scores)
    kept = firsts == np.arange(len(scores))
    scores = np.where(kept, best, scores)
    likely = of_all["document"] * parts["document"] + of_all["name"] * parts["name"]
    waits = np.zeros(len(scores), np.int64)
    waits[kept] = turns(scores[kept], likely[kept], evidence.document_ids[kept], evidence.pages[kept])
    scores = scores - weights.turn * waits
    order = fuse.ranking(scores, evidence.numbers)
    return Ranking(evidence, order[kept[order]], scores, parts, waits, dense_weight)
