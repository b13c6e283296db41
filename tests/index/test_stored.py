"""Vectors in half precision: they come back almost as they were."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jupyter_localai.index.stored import from_blob, from_blobs, halved, to_blobs

NUMBERS = st.floats(-1, 1, width=32)


@given(
    arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 400)), elements=NUMBERS), st.integers(0, 2**32 - 1)
)
def test_cosines_hardly_change(vectors, seed):
    vectors = np.concatenate([vectors, np.random.default_rng(seed).normal(size=(2, vectors.shape[1]))]).astype(
        np.float32
    )
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    blobs = to_blobs(vectors)
    back = from_blobs(blobs)
    assert back.dtype == np.float32 and back.shape == vectors.shape
    assert {len(blob) for blob in blobs} == {2 * vectors.shape[1]}
    assert np.abs(back @ vectors.T - vectors @ vectors.T).max() < 5e-4
    assert [from_blob(blob).tobytes() for blob in blobs] == [row.tobytes() for row in back]
    assert [halved(row.astype("<f4").tobytes()) for row in vectors] == blobs


def test_no_vectors_are_no_rows():
    assert from_blobs([]).shape == (0, 0)
