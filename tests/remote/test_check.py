"""The check of a server: a real one passes, and each way of being otherwise is seen."""

import contextlib
import dataclasses

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.check import check
from jupyter_localai.remote.door import Door


@pytest.fixture
def door(chroma_server):
    with contextlib.closing(Door(chroma_server.address)) as door:
        yield door


def test_a_real_server_does_all_and_keeps_nothing(door, chroma_server):
    with contextlib.closing(Door(chroma_server.address)) as other:
        found = check(door, other)
    assert found.ok, found
    assert len(found.traits) == 11 and found.address == chroma_server.address
    assert not [one for one in chroma_server.collections() if one.startswith("localai-check-")]


class Otherwise(Door):
    """A door to a server that does something else."""

    def __init__(self, address, how):
        super().__init__(address)
        self._how = how
        self._deleted = []

    def add(self, uuid, ids, vectors, metadatas, documents=None):
        (super().upsert if self._how == "last" else super().add)(uuid, ids, vectors, metadatas, documents)

    def upsert(self, uuid, ids, vectors, metadatas, documents=None):
        if self._how == "replace":
            super().delete(uuid, ids)
        if self._how == "too many" and len(ids) > 100:
            raise RemoteError("No.", code="shared_failed")
        if self._how == "cut":
            metadatas = [{k: v[:4000] if isinstance(v, str) else v for k, v in one.items()} for one in metadatas]
        if self._how == "late" and ids[0] == "read-7":
            return
        if self._how == "other case":
            ids = [one.lower() for one in ids]
            vectors = vectors[: len(set(ids))]
            metadatas = metadatas[: len(vectors)]
            ids = list(dict.fromkeys(ids))
        super().upsert(uuid, ids, vectors, metadatas, documents)

    def delete(self, uuid, ids):
        if self._how != "undeletable":
            super().delete(uuid, ids)

    def query(self, uuid, vector, n, ids=None):
        found = super().query(uuid, vector, n, ids)
        return [*found[1:], found[0]] if self._how == "other order" else found

    def get(self, *arguments, **keywords):
        found = super().get(*arguments, **keywords)
        if self._how == "rounded":
            return [dataclasses.replace(r, vector=None if r.vector is None else np.round(r.vector, 3)) for r in found]
        return found

    def drop(self, name):
        if self._how != "undroppable" or self._deleted:
            super().drop(name)
        self._deleted.append(name)


@pytest.mark.parametrize(
    ("how", "trait"),
    [
        ("last", "first write of an id wins"),
        ("late", "reads see writes"),
        ("other case", "exact ids"),
        ("cut", "values"),
        ("rounded", "values"),
        ("too many", "amounts"),
        ("replace", "upsert"),
        ("undeletable", "delete"),
        ("other order", "nearest vectors"),
        ("undroppable", "deletes collections"),
    ],
)
def test_what_a_server_does_otherwise_is_seen(chroma_server, how, trait):
    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(contextlib.closing(Otherwise(chroma_server.address, how))) for _ in "ab")
        found = check(first, second)
    assert not found.ok
    assert trait in [one.name for one in found.traits if not one.ok]
    assert not [one for one in chroma_server.collections() if one.startswith("localai-check-")]


def test_a_server_that_does_not_answer_is_asked_nothing_more():
    with contextlib.closing(Door("http://127.0.0.1:9")) as door:
        (found,) = check(door, door).traits
    assert not found.ok and "does not answer" in found.detail
