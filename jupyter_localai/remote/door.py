"""The one door to a Chroma server: its REST interface, version 2.

What comes back is checked before it is used: the server, or whoever stands in its place, may send anything.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from ..errors import RemoteError
from .connection import Connection
from .refusals import another_kind, damaged

if TYPE_CHECKING:
    from ..results.vectors import Array

Metadata = Mapping[str, "str | int | float | bool | None"]
_COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONFIGURATION = {"hnsw": {"space": "cosine", "ef_search": 200}}  # as our own folders have it
_SLACK = 1e-3  # of a cosine distance, which rounding may carry out of its range


@dataclass(frozen=True)
class Record:
    """What a collection has of one id; `vector` is (dimension,) float32, or None when it was not asked for."""

    id: str
    vector: Array | None
    metadata: dict[str, str | int | float | bool]


class Door(Connection):
    """One Chroma server, by its default tenant and database. Parameters and errors as in `Connection`.

    A method's RemoteError after a write means that it is unknown whether it was done. All are
    ``shared_unreachable`` (nobody answers, in time or to the end), ``shared_certificate``, ``shared_refused``,
    ``shared_missing`` (no such collection), ``shared_kind`` (one that was made for something else), ``shared_busy``,
    ``shared_failed`` or ``shared_damaged`` (an answer that cannot be right).
    """

    def heartbeat(self) -> None:
        """Check that a Chroma server answers, and takes the token.

        Raises
        ------
        RemoteError
        """
        try:
            answer = self.request("GET", "/api/v2/heartbeat")
        except RemoteError as error:
            if error.code != "shared_missing":
                raise
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("nanosecond heartbeat"), int):
            raise damaged(self.address, "no heartbeat of Chroma's")

    def collection(self, name: str, create: bool = False) -> str | None:
        """Return the UUID of a collection that compares by cosine; None when it is not there and not to be created."""
        try:
            answer = self.request("GET", f"{_COLLECTIONS}/{quote(name, safe='')}")
        except RemoteError as error:
            if error.code != "shared_missing":
                raise
            if not create:
                return None
            body = {"name": name, "get_or_create": True, "configuration": _CONFIGURATION}
            answer = self.request("POST", _COLLECTIONS, body)
        if not isinstance(answer, dict) or answer.get("name") != name:
            raise damaged(self.address, "another collection than the one asked for")
        if _space(answer) != "cosine":
            raise another_kind(self.address, name)
        uuid = answer.get("id")
        if not isinstance(uuid, str) or not _UUID.fullmatch(uuid):
            raise damaged(self.address, "a collection without a UUID")
        return uuid

    def drop(self, name: str) -> None:
        """Delete a collection, if it is there; the server may keep its vectors in files."""
        try:
            self.request("DELETE", f"{_COLLECTIONS}/{quote(name, safe='')}")
        except RemoteError as error:
            if error.code != "shared_missing":
                raise

    def add(
        self,
        uuid: str,
        ids: Sequence[str],
        vectors: Array,
        metadatas: Sequence[Metadata],
        documents: Sequence[str] | None = None,
    ) -> None:
        """Store records of new ids; (n, dimension) float32 vectors. What an id has already stays, silently."""
        self._write(uuid, "add", ids, vectors, metadatas, documents)

    def upsert(
        self,
        uuid: str,
        ids: Sequence[str],
        vectors: Array,
        metadatas: Sequence[Metadata],
        documents: Sequence[str] | None = None,
    ) -> None:
        """Store records or replace them; of the metadata, names that are left out stay, and None removes one."""
        self._write(uuid, "upsert", ids, vectors, metadatas, documents)

    def delete(self, uuid: str, ids: Sequence[str]) -> None:
        """Delete records; ids that are not there are ignored."""
        if ids:
            self.request("POST", _path(uuid, "delete"), {"ids": list(ids)})

    def get(
        self,
        uuid: str,
        ids: Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        vectors: bool = False,
        metadatas: bool = True,
    ) -> list[Record]:
        """Return records by id, by a condition on their metadata or all; in no order, and without those not there."""
        if ids is not None and not ids:
            return []
        include = ["embeddings"] * vectors + ["metadatas"] * metadatas
        body = {"ids": None if ids is None else list(ids), "where": where, "limit": limit, "include": include}
        answer = self.request("POST", _path(uuid, "get"), body)
        found = self._ids(answer, "ids", ids, limit)
        rows = self._vectors(answer, len(found)) if vectors and found else [None] * len(found)
        told = self._metadatas(answer, len(found)) if metadatas else [{} for _ in found]
        return [Record(*record) for record in zip(found, rows, told, strict=True)]

    def query(self, uuid: str, vector: Array, n: int, ids: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """Return ``(id, cosine)`` of the nearest `n` records, of all or of some, most similar first."""
        body = {"query_embeddings": [vector.tolist()], "n_results": n, "include": ["distances"]}
        answer = self.request("POST", _path(uuid, "query"), body | ({"ids": list(ids)} if ids else {}))
        lists, distances = (_only(answer, name) for name in ("ids", "distances"))
        found = self._ids({"ids": lists}, "ids", ids, n)
        if not isinstance(distances, list) or len(distances) != len(found):
            raise damaged(self.address, "distances that do not fit its ids")
        for distance in distances:
            if type(distance) not in (int, float) or not -_SLACK <= distance <= 2 + _SLACK:
                raise damaged(self.address, "a distance that is none of a cosine")
        pairs = [(one, 1.0 - float(distance)) for one, distance in zip(found, distances, strict=True)]
        return sorted(pairs, key=lambda pair: -pair[1])

    def count(self, uuid: str) -> int:
        """Return how many records a collection has."""
        answer = self.request("GET", _path(uuid, "count"))
        if type(answer) is not int or answer < 0:
            raise damaged(self.address, "a count that is no number")
        return answer

    def _write(
        self,
        uuid: str,
        verb: str,
        ids: Sequence[str],
        vectors: Array,
        metadatas: Sequence[Metadata],
        documents: Sequence[str] | None,
    ) -> None:
        if not ids:
            return
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        body = {"ids": list(ids), "embeddings": [base64.b64encode(row.tobytes()).decode("ascii") for row in rows]}
        told: dict[str, Any] = {"metadatas": [dict(one) for one in metadatas]}
        told["documents"] = None if documents is None else list(documents)
        self.request("POST", _path(uuid, verb), body | told)

    def _ids(self, answer: Any, name: str, asked: Sequence[str] | None, most: int | None) -> list[str]:
        found = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise damaged(self.address, "no list of ids")
        distinct = set(found)
        if len(distinct) != len(found) or (most is not None and len(found) > most):
            raise damaged(self.address, "more ids than were asked for")
        if asked is not None and not distinct <= set(asked):
            raise damaged(self.address, "ids that were not asked for")
        return found

    def _vectors(self, answer: dict[str, Any], count: int) -> list[Array]:
        try:
            with np.errstate(over="ignore"):
                rows = np.asarray(answer.get("embeddings"), dtype=np.float32)
        except (TypeError, ValueError, OverflowError):
            raise damaged(self.address, "vectors that are none") from None
        if rows.ndim != 2 or len(rows) != count or not rows.shape[1] or not np.isfinite(rows).all():
            raise damaged(self.address, "vectors that do not fit its ids, or are not finite")
        return list(rows)

    def _metadatas(self, answer: dict[str, Any], count: int) -> list[dict[str, Any]]:
        told = answer.get("metadatas")
        if not isinstance(told, list) or len(told) != count:
            raise damaged(self.address, "metadata that does not fit its ids")
        return [self._metadata(one) for one in told]

    def _metadata(self, told: Any) -> dict[str, Any]:
        if told is None:
            return {}
        if not isinstance(told, dict) or not all(isinstance(value, (str, int, float)) for value in told.values()):
            raise damaged(self.address, "metadata that is none")
        return told


def _path(uuid: str, verb: str) -> str:
    return f"{_COLLECTIONS}/{quote(uuid, safe='')}/{verb}"


def _only(answer: Any, name: str) -> Any:
    """Return the one list of an answer that has a list per question."""
    lists = answer.get(name) if isinstance(answer, dict) else None
    return lists[0] if isinstance(lists, list) and len(lists) == 1 else None


def _space(answer: dict[str, Any]) -> object:
    """Return how a collection compares; a single node has an HNSW index, several have SPANN."""
    configuration = answer.get("configuration_json")
    kinds = [configuration.get(kind) for kind in ("hnsw", "spann")] if isinstance(configuration, dict) else []
    return next((kind.get("space") for kind in kinds if isinstance(kind, dict)), None)
