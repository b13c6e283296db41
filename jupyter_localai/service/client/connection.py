"""Calls to a store's engine, which is found, started, or run in this process if the index cannot be written."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...config import Config, received
from ...errors import StoreError
from ...lines import Line, NotReached
from ...privacy import trust
from ...results.base import to_json
from ..protocol.wire import PROTOCOL, Address
from . import launch, local
from .channel import Reply, lost
from .launch import Report
from .request import Request, Result, read

_READY = Request[None]("ready")
ATTEMPTS = 3  # an engine may end between two calls, or while it is being found


class Connection:
    """The way to one store's engine. Nothing stays open between calls, so threads and forks can share it."""

    def __init__(self, config: Config, report: Report) -> None:
        self.config = config
        self._report = report
        self._address: Address | None = None
        self._session: local.Session | None = None

    def open(self) -> None:
        """Find or start the engine, and wait until it has opened the store.

        Raises
        ------
        LocalAIError
            As `launch.connect`, and what the engine raises when it opens the store.
        """
        if self._session is not None:
            return
        try:
            trust.check(self.config.store)
            unwritable = local.is_unwritable(self.config.store)
            if unwritable is not None:
                raise unwritable
            self._address = launch.connect(self.config, self._report)
            self._wait(self._lines(self._address, _READY))
        except StoreError as error:
            if not local.can_serve(error, self.config.store):
                raise
            session = local.session(self.config, error)
            self._wait(session.call(_READY.name, self.config, _READY.arguments).read())
            self._session = session
        except NotReached:
            self._address = None

    def _wait(self, lines: Iterator[Line]) -> None:
        for event in read(lines, Any):
            if not isinstance(event, Result):
                self._report(event)

    def lines(self, request: Request[Any], stop: threading.Event | None = None) -> Iterator[Line]:
        """Yield an answer line by line; closing the iterator ends the work, and so does setting `stop`.

        Raises
        ------
        LocalAIError
        """
        for _ in range(ATTEMPTS):
            target = self.target()
            if isinstance(target, local.Session):
                yield from target.call(request.name, self.config, request.arguments).read(stop)
                return
            try:
                yield from self._lines(target, request, stop)
                return
            except NotReached:  # raised before the first line only
                self.forget()
        raise lost()

    def _lines(self, address: Address, request: Request[Any], stop: threading.Event | None = None) -> Iterator[Line]:
        body = {"protocol": PROTOCOL, "settings": settings(self.config), "arguments": request.arguments}
        with Reply(address, "POST", f"/call/{request.name}", body) as reply:
            for line in reply.lines(stop):
                if line.get("code") == "engine_stopping":
                    raise NotReached("it is about to end")
                yield line

    def target(self) -> Address | local.Session:
        """Return where calls go, after `open` if that is not known."""
        for _ in range(ATTEMPTS):
            found = self._session or self._address  # another thread may forget it meanwhile
            if found is not None:
                return found
            self.open()
        raise lost()

    def forget(self) -> None:
        """Look for the engine again at the next call."""
        self._address = None

    def calls(self, request: Request[Any]) -> list[tuple[Connection, Request[Any]]]:
        """Return the calls that a request is made of, each with the way it goes.

        Raises
        ------
        ConfigError
            A setting of the request is wrong.
        """
        second = [] if request.second is None else self.calls(request.second)
        return [(self._using(request.settings), request), *second]

    def _using(self, settings: Mapping[str, Any]) -> Connection:
        """Return a way to the same engine for requests with other settings."""
        if not settings:
            return self
        view = copy.copy(self)
        view.config = received({**to_json(self.config), **settings})
        return view

    def close(self) -> None:
        """Close an engine in this process; an engine process continues."""
        self._session = None
        self._address = None


def settings(config: Config) -> dict[str, Any]:
    """Return what of the settings differs from the defaults, in JSON types; the store is the engine's own."""
    plain, default = to_json(config), to_json(Config(Path()))
    return {name: value for name, value in plain.items() if name != "store" and value != default[name]}
