"""Whether a server does what shared collections rely on, tried with random records in a collection that goes again.

One node and a distributed Chroma answer by different code, and whatever stands before them may change answers, too.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import RemoteError
from ..results.servers import ServerCheck, Trait
from .door import Door, Metadata

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..results.vectors import Array

WRITE_RECORDS, READ_RECORDS, VALUE_CHARS, ID_BYTES = 250, 300, 8000, 128
"""The most that shared collections put into one request, a value and an id: within the limits of Chroma's own cloud."""
_DIMENSION = 64
_ROUNDS = 50
_RIVALS = 4
_NEAREST = 10
_ERROR = 1e-5  # servers divide vectors by their length, which rounds


class _Differs(Exception):
    """The server does something else."""


@dataclass(frozen=True)
class _Trial:
    """The collection that things are tried in, by two connections, and random unit vectors."""

    door: Door
    other: Door
    uuid: str
    vectors: Array

    def write(self, ids: list[str], metadatas: list[Metadata], first: int = 0) -> None:
        """Upsert records, with vectors from the `first` one on."""
        self.door.upsert(self.uuid, ids, self.vectors[first : first + len(ids)], metadatas)


def check(door: Door, other: Door) -> ServerCheck:
    """Try a server and return what it does; the collection for that is deleted at the end.

    Parameters
    ----------
    door, other : Door
        Two connections to it.
    """
    return ServerCheck(door.address, tuple(_tried(door, other)))


def _tried(door: Door, other: Door) -> Iterator[Trait]:
    name = f"localai-check-{secrets.token_hex(8)}"
    yield (answers := _outcome("answers", lambda: _answers(door)))
    if not answers.ok:
        return
    try:
        yield (creates := _outcome("creates collections", lambda: _creates(door, other, name)))
        uuid = door.collection(name) if creates.ok else None
        if uuid is not None:
            random = np.random.default_rng(7).normal(size=(READ_RECORDS, _DIMENSION)).astype(np.float32)
            trial = _Trial(door, other, uuid, random / np.linalg.norm(random, axis=1, keepdims=True))
            for what, work in _TRIALS:
                yield _outcome(what, lambda work=work: work(trial))  # type: ignore[misc]
            yield _outcome("deletes collections", lambda: _drops(door, other, name))
    finally:
        with contextlib.suppress(RemoteError):
            door.drop(name)


def _outcome(name: str, work: Callable[[], str]) -> Trait:
    try:
        return Trait(name, True, work())
    except _Differs as error:
        return Trait(name, False, str(error))
    except RemoteError as error:
        return Trait(name, False, f"{error.message} {error.remedy}")


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise _Differs(otherwise)


def _is_equal(some: ArrayLike | None, others: ArrayLike) -> bool:
    return some is not None and np.shape(some) == np.shape(others) and np.allclose(some, others, rtol=0, atol=_ERROR)


def _answers(door: Door) -> str:
    door.heartbeat()
    return "It is a Chroma server and takes the token."


def _creates(door: Door, other: Door, name: str) -> str:
    made = door.collection(name, create=True)
    _expect(other.collection(name) == made, "What one connection created, another one did not find.")
    _expect(other.collection(name, create=True) == made, "Creating it again gave another collection.")
    return "Once by name, compared by cosine."


def _first_write_wins(trial: _Trial) -> str:
    def add(number: int) -> None:
        trial.door.add(trial.uuid, ["first"], trial.vectors[:1], [{"by": number}])

    with ThreadPoolExecutor(_RIVALS) as rivals:
        list(rivals.map(add, range(_RIVALS)))
    won = trial.other.get(trial.uuid, ["first"])
    _expect(len(won) == 1, "Of several that wrote one id, none is there.")
    add(_RIVALS)
    _expect(trial.other.get(trial.uuid, ["first"]) == won, "A later write of an id replaced the first one.")
    return f"Of {_RIVALS} that wrote one id at once, one stayed; a later one changed nothing."


def _reads_writes(trial: _Trial) -> str:
    for number in range(_ROUNDS):
        trial.write([f"read-{number}"], [{"n": number}], number)
        found = trial.other.get(trial.uuid, [f"read-{number}"])
        _expect(len(found) == 1, f"Write {number + 1} was not there when it was read by another connection.")
    return f"{_ROUNDS} of {_ROUNDS} writes were there at once, by another connection."


def _exact_ids(trial: _Trial) -> str:
    ids = ["a", "A", "aa", "a" * ID_BYTES, "a" * (ID_BYTES - 1) + "b", "a b", "a/b", "a%2Fb"]
    trial.write(ids, [{"n": number} for number in range(len(ids))])
    for number, one in enumerate(ids):
        found = trial.door.get(trial.uuid, [one, "missing"])
        told = [(record.id, record.metadata) for record in found]
        _expect(told == [(one, {"n": number})], f"Asked for one id of {len(one)} characters, it sent others, or none.")
    return f"Up to {ID_BYTES} bytes; ids that are alike stay apart, those that are not there are left out."


def _values(trial: _Trial) -> str:
    text = secrets.token_hex(VALUE_CHARS // 2)
    told: Metadata = {"text": text, "whole": 2**40, "part": 0.1, "yes": True, "other": "äß漢🙂"}
    trial.write(["values"], [told])
    found = trial.other.get(trial.uuid, ["values"], vectors=True)
    _expect([record.metadata for record in found] == [told], "Metadata came back changed.")
    _expect(_is_equal(found[0].vector, trial.vectors[0]), "A vector came back changed.")
    return f"Texts of {VALUE_CHARS:,} characters, numbers and vectors come back as they were."


def _amounts(trial: _Trial) -> str:
    ids = [f"many-{number}" for number in range(READ_RECORDS)]
    metadatas: list[Metadata] = [{"many": number, "text": "x" * VALUE_CHARS} for number in range(READ_RECORDS)]
    trial.write(ids[:WRITE_RECORDS], metadatas[:WRITE_RECORDS])
    trial.write(ids[WRITE_RECORDS:], metadatas[WRITE_RECORDS:], WRITE_RECORDS)
    found = trial.other.get(trial.uuid, ids, vectors=True)
    _expect(len(found) == READ_RECORDS, f"Of {READ_RECORDS} records, {len(found)} came back.")
    later = trial.other.get(trial.uuid, where={"many": {"$gte": WRITE_RECORDS}})
    _expect(len(later) == READ_RECORDS - WRITE_RECORDS, "A condition on a number is true of others.")
    return f"{WRITE_RECORDS} records in a write, {READ_RECORDS} in a read, and those with a number from some one on."


def _upserts(trial: _Trial) -> str:
    trial.write(["upsert"], [{"stays": 1, "changes": 1, "goes": 1, "is not there": None}])
    trial.write(["upsert"], [{"changes": 2, "goes": None}], 1)
    found = trial.other.get(trial.uuid, ["upsert"], vectors=True)
    _expect([record.metadata for record in found] == [{"stays": 1, "changes": 2}], "An upsert did not merge metadata.")
    _expect(_is_equal(found[0].vector, trial.vectors[1]), "An upsert kept the earlier vector.")
    return "Vectors are replaced, metadata is merged, null removes."


def _deletes(trial: _Trial) -> str:
    trial.write(["delete-1", "delete-2"], [{"n": 1}, {"n": 2}])
    before = trial.door.count(trial.uuid)
    trial.door.delete(trial.uuid, ["delete-1", "missing"])
    left = [record.id for record in trial.other.get(trial.uuid, ["delete-1", "delete-2"])]
    _expect(left == ["delete-2"], "Deleting one of two records left others than the second.")
    _expect(trial.other.count(trial.uuid) == before - 1, "The count is not one less after one record was deleted.")
    return "What is deleted is gone at once, and nothing else."


def _finds(trial: _Trial) -> str:
    ids = [f"many-{number}" for number in range(READ_RECORDS)]
    for vector in trial.vectors[:: READ_RECORDS // _NEAREST]:
        cosines = dict(zip(ids, (trial.vectors @ vector).tolist(), strict=True))
        best = sorted(cosines.values(), reverse=True)[:_NEAREST]
        found = trial.other.query(trial.uuid, vector, _NEAREST, ids)
        _expect(_is_equal([cosines[one] for one, _ in found], best), "The nearest records are others than computed.")
        _expect(_is_equal([cosine for _, cosine in found], best), "Cosines are others than computed.")
    return f"The {_NEAREST} nearest of {READ_RECORDS}, as computed, cosines to {_ERROR:.0e}."


def _drops(door: Door, other: Door, name: str) -> str:
    door.drop(name)
    _expect(other.collection(name) is None, "A collection that was deleted is still there.")
    return "It is gone at once. Ask the operator about files that stay."


_TRIALS: tuple[tuple[str, Callable[[_Trial], str]], ...] = (
    ("first write of an id wins", _first_write_wins),
    ("reads see writes", _reads_writes),
    ("exact ids", _exact_ids),
    ("values", _values),
    ("amounts", _amounts),
    ("upsert", _upserts),
    ("delete", _deletes),
    ("nearest vectors", _finds),
)
