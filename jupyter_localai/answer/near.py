"""Cosines of a query with chunks, with what stands around them, and with the heads of pages.

The mean vector of neighbours stands for a larger chunk, without embedding one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..index.catalogue import Catalogue
from ..index.layout import Layout
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


def nearest_pages(vector: Array, layout: Layout, within: Ints | None) -> tuple[Scores, Ints]:
    """Return the cosine of a query with each of the layout's heads, and the pages of the nearest, in some documents."""
    pages, vectors = layout.heads
    if not len(pages):
        return np.empty(0), pages
    near = cosines(vectors, vector)
    if within is None:
        return near, pages[np.argsort(-near, kind="stable")[:NEAREST_PAGES]]
    allowed = np.isin(pages, layout.pages[np.isin(layout.documents, within)])
    return near, pages[allowed][np.argsort(-near[allowed], kind="stable")[:NEAREST_PAGES]]


def of_pages(pages: Ints, known: Ints, values: Scores) -> Scores:
    """Return the value of each page; NaN for those that are not among the `known` ones, which ascend."""
    if not len(known):
        return np.full(len(pages), np.nan)
    at = np.minimum(np.searchsorted(known, pages), len(known) - 1)
    found: Scores = np.where(known[at] == pages, values[at], np.nan)
    return found
