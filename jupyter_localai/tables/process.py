"""The tables of documents as the engine sees them: described, searched and queried in a confined process."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ..privacy.confined import Confined, Ended

Chunks = Callable[[], Sequence[tuple[int, str, str, str]]]
"""Returns the stored chunks of a document: start, text, what follows it, its places as JSON."""

_MEMORY_BYTES = 2 * 2**30  # of address space
_LOAD_SECONDS, _ASK_SECONDS, _SPARE_SECONDS = 60, 10, 5


class Unanswered(Exception):
    """The process did not answer, or refused to; says why."""


@dataclasses.dataclass(frozen=True)
class TableInfo:
    """A table of a document: its columns with their kinds, the values of those that have few, and its size.

    ``odd`` counts per column the cells that are not of its kind, ``unclear`` the rows whose cells could not be told
    apart, ``totals`` those that sum others up; none of them counts for any result.
    """

    number: int
    sheet: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    odd: tuple[int, ...]
    values: tuple[tuple[str, ...], ...]
    rows: int
    unclear: int
    totals: int = 0


@dataclasses.dataclass(frozen=True)
class Result:
    """What a SELECT returned: names, rows, and whether there are more of these."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


@dataclasses.dataclass(frozen=True)
class Document:
    """A document whose tables are asked: its number and its version as one name, and how to get its text."""

    name: str
    chunks: Chunks


class Tables:
    """The process, started when it is first needed, and again when it was ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Confined | None = None

    def of(self, document: Document) -> list[TableInfo]:
        """Return the tables of a document."""
        found = self._ask(document, {}, _LOAD_SECONDS)["tables"]
        return [
            TableInfo(
                number,
                told["sheet"],
                tuple(told["names"]),
                tuple(told["kinds"]),
                tuple(told["odd"]),
                tuple(map(tuple, told["values"])),
                told["rows"],
                told["unclear"],
                told["totals"],
            )
            for number, told in enumerate(found)
        ]

    def having(self, document: Document, keys: Sequence[str]) -> list[list[tuple[str, int, list[str]]]]:
        """Return, per table, ``(key, column, spellings)`` for each key (`cells.key`) that cells have."""
        found = self._ask(document, {"keys": list(keys)}, _ASK_SECONDS)["found"]
        return [[(key, column, values) for key, column, values in of_table] for of_table in found]

    def select(
        self, document: Document, table: int, sql: str, values: Sequence[Any] = (), most: int = 100, within: float = 2.0
    ) -> Result:
        """Run one SELECT over one table, which is called ``data``.

        Raises
        ------
        Unanswered
            When it is refused, takes longer than `within` seconds, or ends its process.
        """
        request = {"table": table, "sql": sql, "values": list(values), "most": most, "within": within}
        answer = self._ask(document, request, within + _SPARE_SECONDS)
        if "refused" in answer:
            raise Unanswered(answer["refused"])
        return Result(tuple(answer["names"]), tuple(map(tuple, answer["rows"])), answer["more"])

    def spans(self, document: Document, table: int, numbers: Sequence[int]) -> list[tuple[int, int]]:
        """Return where rows of those numbers stand in the document's text."""
        found = self._ask(document, {"table": table, "spans": list(numbers)}, _ASK_SECONDS)["spans"]
        return [(start, end) for start, end in found]

    def close(self) -> None:
        """End the process, and all that it holds with it; the next question starts another."""
        with self._lock:
            if self._process is not None:
                self._process.end()
                self._process = None

    def _ask(self, document: Document, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        request = {"document": document.name, **request}
        with self._lock:
            answer = self._send(request, seconds)
            if "missing" in answer:
                self._send({"document": document.name, "chunks": list(document.chunks())}, _LOAD_SECONDS)
                answer = self._send(request, seconds)
        return answer

    def _send(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        if self._process is None or self._process.is_broken:
            if self._process is not None:
                self._process.end()
            self._process = Confined("jupyter_localai.tables.worker", _MEMORY_BYTES)
        try:
            return self._process.ask(request, seconds)
        except Ended as end:
            raise Unanswered("It took too long." if end.is_late else "It could not be worked out.") from None
