"""The vectors of a collection: equal however they travel, all of them or an even sample."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jupyter_localai.errors import UnknownCollectionError, UsageError
from jupyter_localai.results.base import to_json
from jupyter_localai.results.codec import from_json
from jupyter_localai.results.vectors import Vectors, packed, unpacked
from tests.support.in_process import run_index

SHAPES = st.tuples(st.integers(0, 4), st.integers(1, 5))


@given(arrays(np.float32, SHAPES, elements=st.floats(width=32, allow_nan=False)))
def test_arrays_come_back_equal(array):
    back = unpacked(json.loads(json.dumps(packed(array))), array.shape[1])
    assert back.dtype == np.float32 and back.shape == array.shape
    assert np.array_equal(back, array)


def test_the_vectors_are_those_of_the_chunks_in_order(engine, embedder, folder):
    run_index(engine, [str(folder)])
    sent = json.loads(json.dumps(to_json(engine.vectors(query="annual leave"))))
    vectors = from_json(Vectors, sent)
    assert vectors.vectors.shape == (len(vectors.points), vectors.dimension) == (vectors.total, 32)
    assert np.allclose(np.linalg.norm(vectors.vectors, axis=1), 1, atol=1e-3)  # they are kept in half precision
    assert list(dict.fromkeys(vectors.documents)) == ["Gauge log", "Handbook", "spikes.py"]
    assert vectors.query.shape == (32,) and np.array_equal(vectors.query, embedder.embed_query("annual leave"))
    (hit,) = [hit for hit in engine.search("annual leave") if hit.path.endswith("gauge.txt")]
    at = vectors.chunk_ids.index(hit.chunk_id)
    assert vectors.places[at] == hit.anchor and "lightning" in vectors.texts[at]
    assert vectors.vectors[at] @ vectors.query == pytest.approx(hit.similarity, abs=1e-6)
    assert engine.vectors().query is None


def test_a_large_collection_is_sampled_evenly(engine, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(f"Document number{number} about word{number}.")
    run_index(engine, [str(folder)])
    vectors = engine.vectors(limit=10)
    assert vectors.total == 40 and [point.path[-6:-4] for point in vectors.points] == [
        f"{n:02}" for n in range(0, 40, 4)
    ]
    assert len(engine.vectors(limit=40).points) == len(engine.vectors(limit=41).points) == 40


def test_an_empty_collection_has_none(engine, tmp_path):
    (tmp_path / "empty").mkdir()
    run_index(engine, [str(tmp_path / "empty")])
    vectors = engine.vectors(query="anything")
    assert vectors.vectors.shape == (0, 32) and vectors.total == 0 and vectors.texts == []
    assert engine.vectors().vectors.shape == (0, 0)


def test_what_cannot_be_asked_is_refused(engine, folder):
    run_index(engine, [str(folder)])
    for wrong in ({"limit": 0}, {"limit": 50_001}, {"query": "?!"}):
        with pytest.raises(UsageError):
            engine.vectors(**wrong)
    with pytest.raises(UnknownCollectionError):
        engine.vectors("nowhere")
