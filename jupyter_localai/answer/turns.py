"""Equally likely documents take turns: four quarterly reports say the same, and a reader wants each of them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from ..index.layout import NO_PAGE
from .fuse import Scores

_ALIKE = 0.025

Ints = npt.NDArray[np.int64]


def turns(scores: Scores, likely: Scores, documents: Ints, pages: Ints) -> Ints:
    """Return, for each chunk, how many better pages of its document there are; 0 unless documents take turns.

    Parameters
    ----------
    scores, likely : (n,) arrays
        The score of each chunk, and of its document.
    documents, pages : (n,) arrays of int
    """
    before = np.zeros(len(scores), np.int64)
    among = likely >= likely.max(initial=0.0) - _ALIKE
    if len(np.unique(documents[among])) < 2:
        return before
    seen: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for at in np.argsort(-scores, kind="stable").tolist():
        if among[at] and pages[at] != NO_PAGE:
            places = seen[int(documents[at])]
            before[at] = places.setdefault(int(pages[at]), len(places))
    return before
