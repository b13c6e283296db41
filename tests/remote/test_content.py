"""A document becomes bodies and vectors, and the same document again; anything else is noticed."""

import dataclasses
import json

import numpy as np
import pytest

from jupyter_localai.remote.content import Listed, pack, unpack
from tests.support.sharing import contents, document, vector


def _as_a_server_keeps(vectors):
    """Return vectors scaled to unit length in single precision."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return list(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0).astype(np.float32))


def _again(one, vectors=True):
    packed = pack(one, "1")
    kept = _as_a_server_keeps(packed.vectors) if vectors else None
    return unpack(packed.listed, packed.bodies, [str(n) for n in range(len(packed.bodies))], kept)


@pytest.mark.parametrize("path", ["a\\b.md", "../a.md", "/a.md", "C:/a.md", "a//b.md", "x" * 256, "a\udcff.md", ""])
def test_a_path_that_members_would_refuse_is_never_published(path):
    with pytest.raises(ValueError, match="path"):
        pack(document(path, "Words."), "1")


@pytest.mark.parametrize("heads", [0, 1, 2, 5])
def test_a_document_comes_back_equal(heads):
    one = document("a/b.md", "First words.", "Zweite Wörter «»", heads=heads)
    again = _again(one)
    assert contents({"": again}) == contents({"": one})
    assert again.ids == ("0", "1") and again.vectors.dtype == np.float32
    assert _again(one, vectors=False).vectors.shape == (0, 0)


def test_vectors_come_back_to_the_last_bit():
    rows = np.stack([vector(str(n), 384) for n in range(300)])
    rows[7] = 0
    rows[8, :5] = [6e-8, -6e-8, 3e-5, -0.0, 1e-4]  # subnormal in half precision
    rows = rows.astype(np.float16).astype(np.float32)
    one = dataclasses.replace(document("a", *(f"text {n}" for n in range(300))), vectors=rows)
    assert np.array_equal(_again(one).vectors, rows)


def test_the_same_document_has_the_same_bodies():
    assert pack(document("a", "x", "y", heads=2), "1").bodies == pack(document("a", "x", "y", heads=2), "2").bodies
    bodies = {
        pack(one, "1").listed.content
        for one in (
            document("a", "x", "y"),
            document("a", "y", "x"),
            document("a", "x", "y", heads=1),
            document("a", "xy"),
            dataclasses.replace(document("a", "x", "y"), vectors=document("a", "x", "z").vectors),
        )
    }
    assert len(bodies) == 5


def test_a_document_without_chunks_comes_back():
    one = document("empty.md")
    assert contents({"": _again(one)}, vectors=False) == contents({"": one}, vectors=False)


@pytest.mark.parametrize("wrong", ["fewer", "nan"])
def test_each_chunk_needs_a_vector(wrong):
    one = document("a", "x", "y")
    vectors = one.vectors[:1] if wrong == "fewer" else one.vectors * np.nan
    with pytest.raises(ValueError, match="finite vector"):
        pack(dataclasses.replace(one, vectors=vectors), "1")


def test_another_text_order_or_number_is_noticed():
    packed = pack(document("a", "x", "y"), "1")
    first, second = packed.bodies
    forged = json.loads(first) | {"text": "z"}
    for bodies in ([second, first], [first], [first, second, second], [json.dumps(forged).encode(), second]):
        with pytest.raises(ValueError, match="not those"):
            unpack(packed.listed, bodies, ["1", "2"], None)


def test_another_vector_is_noticed():
    packed = pack(document("a", "x", "y"), "1")
    kept = _as_a_server_keeps(packed.vectors)
    moved = kept[0] + np.float32(0.002)
    for vectors in ([kept[1], kept[0]], [moved, kept[1]], [kept[0][:4], kept[1]], [kept[0][:4], kept[1][:4]]):
        with pytest.raises(ValueError, match=r"its vectors|shape"):
            unpack(packed.listed, packed.bodies, ["1", "2"], vectors)


WRONG_LINES = [
    *({"path": path} for path in ("", "../a", "/a", "a//b", "c:\\a")),
    *({"size": -1}, {"chunks": -1}, {"chunks": 10**9}, {"size": 2**60}, {"title": "x" * 30_000}, {"kind": "x" * 50}),
]


@pytest.mark.parametrize("wrong", WRONG_LINES, ids=str)
def test_an_impossible_line_of_the_log_is_noticed(wrong):
    good = Listed("a/b.md", "0" * 64, 1, "text", "Title", 7, "v", "0" * 64, 1)
    good.check()
    with pytest.raises(ValueError, match=r"impossible|too long"):
        dataclasses.replace(good, **wrong).check()
