"""Ranked chunks become hits: neighbours are joined, but never across a page, a slide or a sheet."""

import numpy as np
import pytest

from jupyter_localai.answer.hits import MAX_MERGED, make_hits
from jupyter_localai.answer.rank import rank
from jupyter_localai.index.catalogue import Source
from jupyter_localai.results.passages import Anchor, Chunk, Place
from tests.support.makers import evidence


@pytest.fixture
def collection(catalogue):
    with catalogue.transaction():
        return catalogue.registry.create("default", "default", "words", "words-1")


def ranked(catalogue, collection, *anchors):
    """Put a document with one chunk per anchor into the catalogue, and rank its chunks in the order of its text."""
    chunks = [
        Chunk(at * 10, at * 10 + 8, f"passage{at}", (Place(at * 10, at * 10 + 8, anchor),), "", "\n\n")
        for at, anchor in enumerate(anchors)
    ]
    with catalogue.transaction():
        keys = [b"%d" % at for at in range(len(chunks))]
        ids = catalogue.chunks.put_vectors(keys, np.eye(len(chunks), 8, dtype=np.float32))
        source = Source("/r/a.pdf", "/r", 1, 2, 3, "sha", 2, "pdf", "Title")
        document = catalogue.put_document(collection, source, chunks, list(ids.values()))
    numbers = np.array([chunk.id for chunk in catalogue.chunks.of_documents([document])])
    return rank(evidence(np.linspace(1, 0.5, len(numbers)), numbers))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Anchor(page=1), Anchor(page=2)),
        (Anchor(slide=1), Anchor(slide=2)),
        (Anchor(sheet="North", row=9), Anchor(sheet="South", row=1)),
    ],
)
def test_passages_side_by_side_on_two_pages_stay_two_hits(catalogue, collection, one, other):
    hits = make_hits(ranked(catalogue, collection, one, other), 5, catalogue)
    assert [hit.anchor for hit in hits] == [one, other]
    assert [hit.text for hit in hits] == ["passage0", "passage1"]


def test_passages_side_by_side_on_one_page_are_one_hit(catalogue, collection):
    (hit,) = make_hits(ranked(catalogue, collection, Anchor(page=1), Anchor(page=1)), 5, catalogue)
    assert (hit.text, hit.start, hit.end) == ("passage0\n\npassage1", 0, 18)


def test_a_hit_stays_short(catalogue, collection):
    hits = make_hits(ranked(catalogue, collection, *[Anchor(page=1)] * 5), 5, catalogue)
    assert [hit.text.count("passage") for hit in hits] == [MAX_MERGED, MAX_MERGED, 1]
