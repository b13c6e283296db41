"""What docs/shared-server.md tells operators of Chroma's own server, tried with one."""

import contextlib
import shutil

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.door import Door
from tests.support.chroma_server import ChromaServer, unused_name

DIMENSION = 64
COUNT = 2000  # Chroma writes vectors into its files by the thousand


@contextlib.contextmanager
def serving(folder):
    folder.mkdir(exist_ok=True)
    server = ChromaServer(folder)
    try:
        with contextlib.closing(Door(server.address)) as door:
            yield server, door
    finally:
        server.stop()


def is_in_files(folder, vector):
    """Whether the numbers of a vector stand one after the other in a file, as nearly as dividing by a length leaves."""
    for path in folder.rglob("*.bin"):
        numbers = np.frombuffer(path.read_bytes()[: path.stat().st_size // 4 * 4], dtype="<f4")
        for at in np.flatnonzero(np.abs(numbers - vector[0]) < 1e-6):
            found = numbers[at : at + len(vector)]
            if len(found) == len(vector) and np.allclose(found, vector, atol=1e-6):
                return True
    return False


def filled(door, name):
    uuid = door.collection(name, create=True)
    vectors = np.random.default_rng(3).normal(size=(COUNT, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [f"id-{number}" for number in range(COUNT)]
    for at in range(0, COUNT, 250):
        door.add(uuid, ids[at : at + 250], vectors[at : at + 250], [{"n": at + n} for n in range(250)])
    return uuid, ids, vectors


def test_deleted_vectors_stay_in_its_files(tmp_path):
    folder = tmp_path / "chroma"
    with serving(folder) as (_, door):
        uuid, ids, vectors = filled(door, "papers")
        door.delete(uuid, ids)
        assert door.count(uuid) == 0
        door.drop("papers")
        assert door.collection("papers") is None
    assert sum(is_in_files(folder, vector) for vector in vectors[:100]) > 50


def test_a_copy_of_its_folder_has_the_same_records_when_it_was_stopped(tmp_path):
    with serving(tmp_path / "chroma") as (_, door):
        uuid, ids, _ = filled(door, "papers")
        before = {record.id: record for record in door.get(uuid, ids[:300], vectors=True)}
    shutil.copytree(tmp_path / "chroma", tmp_path / "copy")
    with serving(tmp_path / "copy") as (_, door):
        assert door.collection("papers") == uuid and door.count(uuid) == COUNT
        for record in door.get(uuid, ids[:300], vectors=True):
            assert record.metadata == before[record.id].metadata
            assert np.array_equal(record.vector, before[record.id].vector)


def test_a_request_of_more_than_40_mib_is_refused(chroma_server):
    with contextlib.closing(Door(chroma_server.address)) as door:
        name = unused_name()
        uuid = door.collection(name, create=True)
        with pytest.raises(RemoteError, match=r"413.*too large"):
            door.add(uuid, ["a"], np.ones((1, 2), np.float32), [{"text": "x" * (41 * 2**20)}])
        assert door.count(uuid) == 0
        door.drop(name)


def test_it_asks_for_no_token(chroma_server):
    for token in ("", "whatever"):
        with contextlib.closing(Door(chroma_server.address, token)) as door:
            door.heartbeat()


def test_it_takes_a_collection_under_any_names(chroma_server):
    """Why a proxy has to know the UUIDs."""
    with contextlib.closing(Door(chroma_server.address)) as door:
        name = unused_name()
        uuid = door.collection(name, create=True)
        door.add(uuid, ["a"], np.ones((1, 2), np.float32), [{"n": 1}])
        path = f"/api/v2/tenants/other/databases/other/collections/{uuid}/count"
        assert chroma_server.asked(path) == 1
        door.drop(name)
