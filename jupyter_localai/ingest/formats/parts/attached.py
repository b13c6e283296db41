"""Documents inside documents: attachments, members and embedded files, each read by the reader of its own kind.

What stands inside is read again and again when it has something inside, too. One budget holds for all that is inside
one file: what is over it is named and not read.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from contextvars import ContextVar

from ....errors import ReadError
from ....results.passages import Document
from .flow import Flow
from .office import MAX_BYTES

read: Callable[[str, bytes], Document]
"""Reads a document of any kind: a slot that `ingest.read` fills, since it stands above the readers."""

_MAX_DEPTH = 5
_MAX_DOCUMENTS = 2000
_MAX_SECONDS = 60  # half of what a reader has by default, so that a long mailbox is not lost for its attachments
_MAX_NAMED = 20
_MAX_NAME_CHARS = 200


@dataclasses.dataclass
class _Budget:
    """What the documents inside one file have used."""

    until: float
    depth: int = 0
    documents: int = 0
    data_bytes: int = 0

    def allows(self, size: int) -> bool:
        """Whether a document of `size` bytes may be read; it counts from then on."""
        self.documents += 1
        self.data_bytes += size
        return (
            self.depth < _MAX_DEPTH
            and self.documents <= _MAX_DOCUMENTS
            and self.data_bytes <= MAX_BYTES
            and time.monotonic() < self.until
        )


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


class Attached:
    """The documents inside one; their texts are added to its own.

    Parameters
    ----------
    flow : Flow
        The text they are added to.
    word : str
        What they are called in warnings, in the plural.
    """

    def __init__(self, flow: Flow, word: str = "Attachments") -> None:
        self._flow = flow
        self._word = word
        self._unread: list[str] = []
        self._told: list[str] = []
        self._budget = _budget.get() or _Budget(time.monotonic() + _MAX_SECONDS)

    def add(self, name: str, data: bytes, under: str = "", suffix: str = "") -> None:
        """Add a document under its name as a heading, or note that it cannot be read.

        Parameters
        ----------
        name : str
            Shown, and used for its suffix.
        data : bytes
            The whole content.
        under : str
            The heading that its name stands under.
        suffix : str
            That of its kind, where the name has none.
        """
        document = self._read(name, data, suffix)
        if document is not None:
            self._flow.document(document, f"{under} > {name}" if under else name)

    def inline(self, name: str, data: bytes, reader: Callable[[], Document] | None = None) -> str:
        """Return what a document says, to stand where it is shown; note one that cannot be read.

        Parameters
        ----------
        name : str
            Shown, and used for its suffix.
        data : bytes
            The content.
        reader : callable, optional
            Reads it, where it is not a file as it stands.
        """
        document = self._read(name, data, reader=reader)
        return document.text if document is not None else ""

    def _read(
        self, name: str, data: bytes, suffix: str = "", reader: Callable[[], Document] | None = None
    ) -> Document | None:
        if not data or not self._budget.allows(len(data)):
            self.leave_out(name)
            return None
        outer = _budget.set(self._budget)
        self._budget.depth += 1
        try:
            document = reader() if reader else read(name + suffix, data)  # noqa: F821 - the slot has no value here
        except ReadError:
            self.leave_out(name)
            return None
        finally:
            self._budget.depth -= 1
            _budget.reset(outer)
        self._told += [f"{_short(name)}: {warning}" for warning in document.warnings]
        return document

    def leave_out(self, name: str) -> None:
        """Note a document that is not read."""
        self._unread.append(_short(name))

    def warnings(self) -> list[str]:
        """Return what is to be said of the documents, after they were added."""
        found = [*dict.fromkeys(self._told)][:_MAX_NAMED]
        if self._unread:
            more = f" and {len(self._unread) - _MAX_NAMED} more" if len(self._unread) > _MAX_NAMED else ""
            found.append(f"{self._word} that were not read: {', '.join(self._unread[:_MAX_NAMED])}{more}.")
        return found


def _short(name: str) -> str:
    return " ".join(name.split())[:_MAX_NAME_CHARS]
