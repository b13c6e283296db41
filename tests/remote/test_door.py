"""The door to a Chroma server: what it stores and finds at a real one."""

import numpy as np
import pytest

from jupyter_localai.remote.door import Door
from tests.support.chroma_server import unused_name


@pytest.fixture
def uuid(door):
    name = unused_name()
    yield door.collection(name, create=True)
    door.drop(name)


def _unit(*rows):
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_a_collection_is_created_once_and_found_by_name(door):
    name = unused_name()
    assert door.collection(name) is None
    uuid = door.collection(name, create=True)
    assert door.collection(name, create=True) == uuid == door.collection(name)
    door.drop(name)
    assert door.collection(name) is None
    door.drop(name)


def test_the_first_write_of_an_id_stays(door, uuid):
    door.add(uuid, ["a"], _unit([1, 0]), [{"n": 1}])
    door.add(uuid, ["a", "b"], _unit([0, 1], [1, 1]), [{"n": 2}, {"n": 3}])
    found = {record.id: record for record in door.get(uuid, vectors=True)}
    assert found["a"].metadata == {"n": 1} and found["b"].metadata == {"n": 3}
    assert np.array_equal(found["a"].vector, [1, 0])


def test_upsert_replaces_and_keeps_what_is_not_named(door, uuid):
    door.upsert(uuid, ["a"], _unit([1, 0]), [{"n": 1, "m": "x", "p": True}])
    door.upsert(uuid, ["a"], _unit([0, 1]), [{"n": 2.5, "m": None}])
    (record,) = door.get(uuid, ["a"], vectors=True)
    assert record.metadata == {"n": 2.5, "p": True}
    assert np.array_equal(record.vector, [0, 1])


def test_records_are_got_by_id_by_condition_and_up_to_a_limit(door, uuid):
    door.add(uuid, ["a", "b", "c"], _unit([1, 0], [0, 1], [1, 1]), [{"r": 1}, {"r": 2}, {"r": 3}])
    assert {record.id for record in door.get(uuid, ["a", "c", "missing"])} == {"a", "c"}
    assert {record.id for record in door.get(uuid, where={"r": {"$gte": 2}})} == {"b", "c"}
    assert len(door.get(uuid, limit=2)) == 2
    assert door.get(uuid, []) == []
    assert door.get(uuid, ["b"], metadatas=False)[0].metadata == {}
    assert door.count(uuid) == 3


def test_a_query_gives_cosines_best_first(door, uuid):
    vectors = _unit([1, 0], [1, 1], [0, 1])
    door.add(uuid, ["a", "b", "c"], vectors, [{}, {}, {}])
    found = door.query(uuid, vectors[0], 3)
    assert [one for one, _ in found] == ["a", "b", "c"]
    assert [cosine for _, cosine in found] == pytest.approx(list(vectors @ vectors[0]), abs=1e-6)
    assert [one for one, _ in door.query(uuid, vectors[0], 3, ids=["b", "c"])] == ["b", "c"]


def test_an_empty_collection_answers_with_nothing(door, uuid):
    assert door.count(uuid) == 0
    assert door.query(uuid, _unit([1, 0])[0], 5) == []
    assert door.get(uuid, vectors=True) == []


def test_what_is_deleted_is_gone_and_ids_that_are_not_there_are_ignored(door, uuid):
    door.add(uuid, ["a", "b"], _unit([1, 0], [0, 1]), [{}, {}])
    door.delete(uuid, [])
    door.delete(uuid, ["a", "missing"])
    assert [record.id for record in door.get(uuid)] == ["b"]


def test_a_server_that_is_not_there_is_named(chroma_server):
    from jupyter_localai.errors import RemoteError
    from tests.support.chroma_server import free_port

    door = Door(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RemoteError) as caught:
        door.heartbeat()
    assert caught.value.code == "shared_unreachable"
    door.close()


def test_a_server_of_chroma_s_has_a_heartbeat(door):
    door.heartbeat()
