"""Requests to one server, whose answers are bounded in size and time.

A task in an event loop can be ended when its time is over, wherever it waits; a thread that reads from a socket cannot.
So requests run in a loop of their own, and callers wait for them.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

from ..privacy import peer, shared_host
from .refusals import damaged, foreign, no_certificate, refused, unreachable

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0
MAX_ANSWER_BYTES = 64 * 2**20
_CONNECTED = "connection.connect_tcp.complete"  # as httpcore traces it
_CLOSED_HERE = "the connection was closed here"
_NO_JSON = object()


class Connection:
    """A connection to the server of shared collections.

    Redirects are not followed, proxies and other settings of the environment not used.

    Parameters
    ----------
    address : str
        As `shared_host.address` takes it.
    token : str
        Sent with each request; empty for none.
    socket : str, optional
        Path of a gate's Unix socket that leads there; TLS ends here all the same.
    ca : Path, optional
        File with the certificates of authorities, instead of the system's.
    seconds : float
        How long an answer may take in all.

    Raises
    ------
    PrivacyError
        ``shared_host_refused``.
    RemoteError
        ``shared_certificate`` when `ca` cannot be read.
    """

    def __init__(
        self,
        address: str,
        token: str = "",
        socket: str | None = None,
        ca: Path | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        import httpx

        self.address, self._socket, self._seconds = shared_host.address(address), socket, seconds
        try:
            verify = ssl.create_default_context(cafile=ca) if self.address.startswith("https:") else False
        except OSError:
            raise no_certificate(self.address, f"{ca} has no certificates") from None
        headers = {"Accept-Encoding": "identity", "User-Agent": "jupyter-localai"}
        self._http = httpx.AsyncClient(
            base_url=self.address,
            transport=httpx.AsyncHTTPTransport(uds=socket, trust_env=False, verify=verify),
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers=headers | ({"Authorization": f"Bearer {token}"} if token else {}),
        )
        self._closing, self._is_closed = threading.Lock(), False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="shared-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let go of the connection; requests that wait end in an error."""
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON value that the server answers with.

        After an error of a write it is unknown whether it was done.

        Raises
        ------
        RemoteError
        """
        content = None if body is None else json.dumps(body, allow_nan=False).encode()
        with self._closing:
            if self._is_closed:
                raise unreachable(self.address, _CLOSED_HERE)
            work = asyncio.run_coroutine_threadsafe(self._send(method, path, content), self._loop)
        try:
            status, answer = work.result()
        except CancelledError:
            raise unreachable(self.address, _CLOSED_HERE) from None
        finally:
            work.cancel()  # when a signal ended the wait
        try:
            told = json.loads(answer) if answer else None
        except (ValueError, RecursionError):
            told = _NO_JSON
        owner = told.get(peer.FOREIGN) if isinstance(told, dict) else None
        if self._socket and status == peer.STATUS and isinstance(owner, int):
            raise foreign(self.address, peer.name(owner))  # says the gate, which has sent nothing there
        if not 200 <= status < 300:
            raise refused(self.address, status)
        if told is _NO_JSON:
            raise damaged(self.address, "no JSON")
        return told

    async def _end(self) -> None:
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await self._http.aclose()

    async def _send(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        import httpx

        try:
            return await asyncio.wait_for(self._exchange(method, path, content), self._seconds)
        except (asyncio.TimeoutError, httpx.TimeoutException):
            raise unreachable(self.address, "nothing in time") from None
        except httpx.HTTPError as error:
            for cause in _causes(error):
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise no_certificate(self.address, cause.verify_message) from None
            is_closed = isinstance(error, (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError))
            why = "the connection was closed" if is_closed else "nobody takes the connection"
            raise unreachable(self.address, why) from None

    async def _exchange(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        headers = {} if content is None else {"Content-Type": "application/json"}
        gathered, extensions = bytearray(), {"trace": self._check_owner}
        async with self._http.stream(method, path, content=content, headers=headers, extensions=extensions) as response:
            if response.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
                raise damaged(self.address, "it is compressed")
            async for block in response.aiter_raw():
                gathered += block
                if len(gathered) > MAX_ANSWER_BYTES:
                    raise damaged(self.address, f"more than {MAX_ANSWER_BYTES} bytes")
        return response.status_code, bytes(gathered)

    async def _check_owner(self, event: str, told: dict[str, Any]) -> None:
        """Refuse a server of another user of this machine before anything is sent there, as a gate does."""
        if event == _CONNECTED:
            stream = told["return_value"]
            uid = peer.owner(stream.get_extra_info("socket"))
            if uid is not None and not peer.is_trusted(uid):
                await stream.aclose()
                raise foreign(self.address, peer.name(uid))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
