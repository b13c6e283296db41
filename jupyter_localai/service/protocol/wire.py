"""Names that the engine's processes and its clients share, and the connection file.

``GET /hello``, ``POST /stop`` and ``POST /finish`` stay as they are in every version, so that a newer
client can ask an older engine to make room; everything else belongs to one `PROTOCOL`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import tempfile
from pathlib import Path

from ...errors import StoreError
from ...paths import replace
from ...privacy import trust
from ...results.base import to_json
from ...results.codec import from_json

PROTOCOL = 1
MAX_REQUEST_BYTES = 8 * 2**20
HEARTBEAT_SECONDS = 1.0

SETTINGS = "LOCALAI_ENGINE_SETTINGS"
"""Environment variable: what a gate is to start, as JSON."""
GATE = "LOCALAI_ENGINE_GATE"
"""Environment variable: what a gate passes to the engine below it, as JSON."""

ENDS_WITH = "LOCALAI_ENDS_WITH"
"""Environment variable: the number of a process; an engine that is started below it ends when that does."""

STATUS_TAKEN = 3
"""Exit status of an engine that found another one at work."""


@dataclasses.dataclass(frozen=True)
class Address:
    """Where an engine listens; ``engine.json`` in the store. A hint: it outlives an engine that was killed."""

    pid: int
    gate_pid: int
    protocol: int
    version: str
    started: float
    transport: str
    socket: str | None = None
    port: int | None = None
    token: str = dataclasses.field(default="", repr=False)
    folder: str | None = None

    def runtime(self) -> Path | None:
        """Return the folder of the engine's sockets, also of one that is reached over loopback; None without any."""
        if self.folder is None and self.socket is not None:  # of an engine that did not say
            return Path(self.socket).parent
        return Path(self.folder) if self.folder else None

    def write(self, store: Path) -> None:
        """Put the file in its place in one step, readable by its owner alone.

        Raises
        ------
        StoreError
            ``disk_full``, ``store_unwritable``.
        """
        temporary = ""
        try:
            descriptor, temporary = tempfile.mkstemp(prefix=".engine-", dir=store)  # with mode 0600
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(to_json(self), file)
            replace(temporary, connection_file(store))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreError("The disk is full.", "Free some space and try again.", code="disk_full") from error
            raise StoreError.unwritable(f"The store {store} cannot be written ({error.strerror}).") from error

    @staticmethod
    def read(store: Path) -> Address | None:
        """Return what the file says; None when there is none, it is damaged, or not this user's."""
        try:
            with open(trust.open_own(connection_file(store), os.O_RDONLY), encoding="utf-8") as file:
                return from_json(Address, json.load(file)) if trust.is_own(os.fstat(file.fileno())) else None
        except (OSError, ValueError):
            return None


def connection_file(store: Path) -> Path:
    """Return the path of a store's connection file, whether or not it is there."""
    return store / "engine.json"


def code_stamp() -> int:
    """Return a number that changes when the files of this package do, as an upgrade makes them."""
    package = Path(__file__).parents[2]
    return max(file.stat().st_mtime_ns for file in package.rglob("*.py"))
