"""Cosines of a query with chunks, with what stands around them, and with the heads of pages.

The mean vector of neighbours stands for a larger chunk, without embedding one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..index.catalogue import Catalogue
from ..index.layout import NO_PAGE, Layout
from .fuse import Scores
from .surroundings import REACH

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float32]

NEAREST_PAGES = 20


def cosines(vectors: Array, vector: Array) -> Scores:
    """Return the cosine of each of some unit vectors with another.

    Not by BLAS, which would wake a second thread for so little, and wait for it on a busy machine.
    """
    found: Scores = np.einsum("nd,d->n", vectors, vector).astype(np.float64)
    return found


def compare(vector: Array, places: Ints, layout: Layout, catalogue: Catalogue) -> tuple[Scores, Scores]:
    """Return the cosine of each chunk with a query, and that of the mean of it and its neighbours on the same page."""
    near, same = layout.around(places, REACH)
    same &= layout.pages[near] == layout.pages[places][:, None]
    wanted, whose = np.unique(layout.vector_ids[near], return_inverse=True)
    ids, vectors = catalogue.chunks.vectors_of(wanted.tolist())
    if len(ids) < len(wanted):  # something was deleted since the layout was read
        full = np.zeros((len(wanted), len(vector)), np.float32)
        full[np.searchsorted(wanted, ids)] = vectors
        vectors = full
    whose = whose.reshape(near.shape)
    own = cosines(vectors, vector)[whose[:, REACH]]
    means = np.einsum("nk,nkd->nd", same.astype(np.float32), vectors[whose])
    length = np.sqrt(np.einsum("nd,nd->n", means, means))
    return own, cosines(means, vector) / np.maximum(length, 1e-9)


def nearest_pages(vector: Array, layout: Layout, within: Ints | None) -> tuple[dict[int, float], Ints]:
    """Return the cosine of every page's head with a query, and the pages with the nearest; `within` some documents."""
    pages, vectors = layout.heads
    if not len(pages):
        return {}, np.empty(0, np.int64)
    near = cosines(vectors, vector)
    known = dict(zip(pages.tolist(), near.tolist(), strict=True))
    if within is not None:
        allowed = np.isin(pages, layout.pages[np.isin(layout.documents, within)])
        pages, near = pages[allowed], near[allowed]
    return known, pages[np.argsort(-near, kind="stable")[:NEAREST_PAGES]]


def of_pages(known: dict[int, float], pages: Ints) -> Scores:
    """Return what is known of each page, NaN where nothing is."""
    return np.array([known.get(page, np.nan) if page != NO_PAGE else np.nan for page in pages.tolist()])
