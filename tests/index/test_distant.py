"""Vectors that only a server has: fetched once, bounded in memory, and nothing once the server fails."""

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.index import distant
from jupyter_localai.index.catalogue import Source
from jupyter_localai.index.distant import DistantVectors, key
from jupyter_localai.index.origins import Origin
from jupyter_localai.remote.door import Record
from jupyter_localai.results.passages import Anchor, Chunk, Place

ADDRESS = "http://127.0.0.1:1"
DIMENSION = 4


class FakeDoor:
    """A server with vectors, which may fail."""

    address = ADDRESS

    def __init__(self):
        self.vectors, self.asked, self.failure = {}, [], None

    def collection(self, name):
        return "uuid"

    def get(self, uuid, ids, vectors, metadatas):
        self._fail()
        self.asked.append(list(ids))
        return [Record(each, self.vectors[each], {}) for each in ids if each in self.vectors]

    def query(self, uuid, vector, n, ids=None):
        self._fail()
        self.asked.append(None if ids is None else list(ids))
        among = self.vectors if ids is None else ids
        if not set(among) <= set(self.vectors):
            raise RemoteError("status 500", code="shared_failed")  # as Chroma has it
        found = [(each, float(self.vectors[each] @ vector)) for each in among]
        return sorted(found, key=lambda pair: -pair[1])[:n]

    def _fail(self):
        if self.failure:
            raise self.failure


@pytest.fixture
def door():
    return FakeDoor()


@pytest.fixture
def collection(catalogue, door):
    """A collection of three documents, of which the last says one thing twice."""
    with catalogue.transaction():
        made = catalogue.registry.create("papers", "papers", "words", "words-1")
        origin = Origin(ADDRESS, "papers", "k", {}, "remote", DIMENSION, "/shared")
        catalogue.origins.put(made.id, origin)
        for number, names in enumerate((["a"], ["b", "c"], ["d", "d"])):
            numbers = catalogue.chunks.put_distant([key(made.id, name) for name in dict.fromkeys(names)])
            chunks = [Chunk(n, n + 1, name, (Place(n, n + 1, Anchor()),)) for n, name in enumerate(names)]
            source = Source(f"/shared/{number}.md", "/shared", 1, 0)
            catalogue.put_document(made, source, chunks, [numbers[key(made.id, name)] for name in names])
    for number, name in enumerate("abcd"):
        door.vectors[name] = np.eye(DIMENSION, dtype=np.float32)[number]
    return made


@pytest.fixture
def vectors(catalogue, door):
    return DistantVectors(catalogue, lambda: door)


def texts(catalogue, found):
    chunks = catalogue.chunks.by_id([number for number, _ in found])
    return [chunks[number].text for number, _ in found]


def test_the_nearest_are_chunks_here_and_those_that_say_the_same_come_together(catalogue, collection, vectors, door):
    door.vectors["stray"] = np.array([0, 0, 0, 1], np.float32)
    found = vectors.query(collection, np.array([0, 0.6, 0, 0.8], np.float32), 3)
    assert texts(catalogue, found) == ["d", "d", "b"] and [round(cosine, 6) for _, cosine in found] == [0.8, 0.8, 0.6]


def test_among_some_documents_those_count_that_the_server_still_has(catalogue, collection, vectors, door, monkeypatch):
    monkeypatch.setattr(distant, "_COMPARED", 0)
    documents = [number for number, *_ in catalogue.readable(collection)]
    query = np.array([0, 0.6, 0, 0.8], np.float32)
    del door.vectors["d"]
    assert texts(catalogue, vectors.query(collection, query, 1, documents)) == ["b"]
    assert vectors.query(collection, query, 1, documents[2:]) == []
    origin = catalogue.origins.get(collection.id)
    assert vectors.is_usable(collection.id, origin) and vectors.wrong(collection.id, origin) is None


def test_few_documents_are_compared_one_by_one_and_many_by_the_server(
    catalogue, collection, vectors, door, monkeypatch
):
    documents = [number for number, *_ in catalogue.readable(collection)][:2]
    query = np.array([0, 0.6, 0, 0.8], np.float32)
    assert texts(catalogue, vectors.query(collection, query, 2, documents))[0] == "b"
    assert door.asked == [["a", "b", "c"]]
    monkeypatch.setattr(distant, "_COMPARED", 2)
    assert texts(catalogue, vectors.query(collection, query, 2, documents))[0] == "b"
    assert sorted(door.asked[-1]) == ["a", "b", "c"]


def test_a_vector_is_asked_for_once_while_there_is_room(catalogue, collection, vectors, door, monkeypatch):
    wanted = [key(collection.id, name) for name in "abc"]
    first = dict(vectors.blobs(wanted))
    assert vectors.blobs(wanted) == first and door.asked == [["a", "b", "c"]]
    assert np.frombuffer(first[wanted[1]], "<f2").tolist() == [0, 1, 0, 0]
    monkeypatch.setattr(distant, "_KEPT", 2)
    vectors.blobs([key(collection.id, "d")])
    vectors.blobs([key(collection.id, "c"), key(collection.id, "a")])
    assert door.asked[1:] == [["d"], ["a"]]


def test_what_is_gone_on_the_server_counts_as_zeros(catalogue, collection, vectors, door):
    del door.vectors["b"]
    _, found = catalogue.chunks.vectors(collection.id)
    assert found.sum(axis=1).tolist() == [1, 0, 1, 1, 1]


@pytest.mark.parametrize("length", [1e30, 1e5, 1.2, 0.5])
def test_vectors_that_no_model_makes_count_as_zeros(catalogue, collection, vectors, door, length):
    door.vectors["b"] = np.array([0, length, 0, 0], np.float32)
    _, found = catalogue.chunks.vectors(collection.id)
    assert found.sum(axis=1).tolist() == [1, 0, 1, 1, 1]


def test_a_failure_is_remembered_a_while_and_hides_what_is_in_memory(catalogue, collection, vectors, door, monkeypatch):
    query = np.array([1, 0, 0, 0], np.float32)
    catalogue.chunks.vectors(collection.id)
    door.failure = RemoteError("Away.", "Wait.", code="shared_unreachable")
    assert vectors.query(collection, query, 3) == []
    origin = catalogue.origins.get(collection.id)
    assert vectors.wrong(collection.id, origin).code == "shared_unreachable"
    assert not vectors.is_usable(collection.id, origin)
    door.failure, asked = None, len(door.asked)
    assert vectors.query(collection, query, 3) == [] and not catalogue.chunks.vectors(collection.id)[1].any()
    assert len(door.asked) == asked
    monkeypatch.setattr(distant, "_PAUSE_SECONDS", 0)
    vectors.report(collection.id, None)
    assert vectors.query(collection, query, 1) and vectors.wrong(collection.id, origin) is None


def test_another_address_is_not_asked(catalogue, collection, vectors, door):
    door.address = "http://127.0.0.1:2"
    assert vectors.query(collection, np.ones(DIMENSION, np.float32), 1) == [] and door.asked == []
    assert vectors.wrong(collection.id, catalogue.origins.get(collection.id)).code == "shared_elsewhere"
    other = Origin(door.address, "others", "k", {}, "remote", DIMENSION, "/others")
    assert vectors.is_usable(collection.id + 1, other) and vectors.wrong(collection.id + 1, other) is None
