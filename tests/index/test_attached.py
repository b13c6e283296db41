"""A revision in the catalogue: documents under their own vector keys, all of it or nothing."""

import dataclasses

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.index.attached import apply
from jupyter_localai.index.origins import Origin
from jupyter_localai.remote.records import Revision, SharedDocument
from jupyter_localai.results.passages import Anchor, Chunk, Place

ORIGIN = Origin("http://127.0.0.1:1", "papers", "k", {}, "local", 2, "/shared")


@pytest.fixture
def collection(catalogue):
    with catalogue.transaction():
        return catalogue.registry.create("papers", "papers", "words", "words-1")


def document(path, *texts, heads=()):
    chunks = tuple(
        Chunk(n, n + len(text), text, (Place(n, n + len(text), Anchor(page=n + 1)),)) for n, text in enumerate(texts)
    )
    vectors = np.array([[1, 0] if text < "m" else [0, 1] for text in texts], np.float32).reshape(-1, 2)
    ids = tuple(f"{path}-{n}" for n in range(len(texts)))
    return SharedDocument(path, "0" * 64, 9, "text", "", 7, chunks, vectors, heads, ids)


def revision(number, *put, drop=()):
    return Revision(number, f"head {number}", "2026-11-29T00:00:00Z", "ann", put, tuple(drop))


def texts(catalogue):
    return catalogue.rows("SELECT d.path, c.text FROM chunks c JOIN documents d ON d.id = document_id ORDER BY c.id")


def test_documents_are_put_replaced_and_dropped(catalogue, collection):
    origin = apply(
        catalogue, collection, ORIGIN, revision(1, document("a/x.md", "alpha", "omega"), document("b.md", "zeta"))
    )
    assert texts(catalogue) == [("/shared/a/x.md", "alpha"), ("/shared/a/x.md", "omega"), ("/shared/b.md", "zeta")]
    numbers = catalogue.chunks.numbers(collection.id)
    origin = apply(
        catalogue, collection, origin, revision(2, document("a/x.md", "alpha", "pi"), drop=["b.md", "none.md"])
    )
    assert texts(catalogue) == [("/shared/a/x.md", "alpha"), ("/shared/a/x.md", "pi")]
    assert catalogue.chunks.numbers(collection.id)[0] == numbers[0]  # the same text keeps its place in Chroma
    assert catalogue.origins.get(collection.id) == origin and (origin.revision, origin.head) == (2, "head 2")
    assert catalogue.is_unsettled(collection)


@pytest.mark.parametrize("vectors", ["local", "remote"])
def test_a_document_without_text_has_no_chunks(catalogue, collection, vectors):
    origin = dataclasses.replace(ORIGIN, vectors=vectors)
    empty = dataclasses.replace(document("empty.md"), vectors=np.zeros((0, 0), np.float32))
    apply(catalogue, collection, origin, revision(1, empty))
    assert [path for _, path, _ in catalogue.readable(collection)] == ["/shared/empty.md"]


def test_chunks_that_say_the_same_have_one_vector_in_their_document_only(catalogue, collection):
    apply(catalogue, collection, ORIGIN, revision(1, document("a.md", "alpha", "alpha"), document("b.md", "alpha")))
    rows = [row[0] for row in catalogue.rows("SELECT vector_id FROM chunks ORDER BY id")]
    assert rows[0] == rows[1] != rows[2]


def test_where_the_vectors_stay_on_the_server_there_is_nothing_to_settle(catalogue, collection):
    far = dataclasses.replace(ORIGIN, vectors="remote")
    bare = dataclasses.replace(document("a.md", "alpha"), vectors=np.zeros((0, 0), np.float32))
    apply(catalogue, collection, far, revision(1, bare))
    assert catalogue.rows("SELECT key, vector FROM vectors") == [(f"shared {collection.id} a.md-0".encode(), b"")]
    assert not catalogue.is_unsettled(collection)


def test_vectors_of_heads_are_kept_where_the_pages_are_the_same(catalogue, collection):
    head = np.array([0, 1], np.float32)
    apply(catalogue, collection, ORIGIN, revision(1, document("a.md", "alpha", "omega", heads=(head, None))))
    pages = "SELECT head, vector_id IS NULL FROM pages ORDER BY id"
    assert catalogue.rows(pages) == [("alpha", 0), ("omega", 1)]
    apply(catalogue, collection, ORIGIN, revision(2, document("a.md", "alpha", "omega", heads=(head,))))
    assert catalogue.rows(pages) == [("alpha", 1), ("omega", 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        dataclasses.replace(document("a.md", "alpha"), vectors=np.ones((1, 3), np.float32)),
        dataclasses.replace(document("a.md", "alpha"), vectors=np.full((1, 2), np.nan, np.float32)),
        dataclasses.replace(document("a.md", "alpha"), vectors=np.zeros((1, 2), np.float32)),
        dataclasses.replace(document("a.md", "alpha"), ids=()),
        document("../a.md", "alpha"),
        document("/etc/passwd", "alpha"),
    ],
)
def test_what_cannot_be_right_changes_nothing(catalogue, collection, wrong):
    with pytest.raises(RemoteError) as caught:
        apply(catalogue, collection, ORIGIN, revision(1, document("b.md", "zeta"), wrong))
    assert caught.value.code == "shared_damaged"
    assert texts(catalogue) == [] and catalogue.origins.get(collection.id) is None
