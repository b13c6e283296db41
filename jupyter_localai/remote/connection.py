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
from pathlib import Path
from typing import Any

from ..privacy import shared_host
from .refusals import damaged, no_certificate, refused, unreachable

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0
MAX_ANSWER_BYTES = 64 * 2**20


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

    Raises
    ------
    PrivacyError
        ``shared_host_refused``.
    RemoteError
        ``shared_certificate`` when `ca` cannot be read.
    """

    def __init__(self, address: str, token: str = "", socket: str | None = None, ca: Path | None = None) -> None:
        import httpx

        self.address = shared_host.address(address)
        try:
            verify = ssl.create_default_context(cafile=ca) if self.address.startswith("https:") else False
        except OSError:
            raise no_certificate(self.address, f"{ca} has no certificates") from None
        headers = {"Accept-Encoding": "identity", "User-Agent": "jupyter-localai"}
        self._http = httpx.AsyncClient(
            base_url=self.address,
            transport=httpx.AsyncHTTPTransport(uds=socket, trust_env=False, verify=verify),
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers=headers | ({"Authorization": f"Bearer {token}"} if token else {}),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="shared-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let go of the connection."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._http.aclose(), self._loop).result()
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
        work = asyncio.run_coroutine_threadsafe(self._send(method, path, content), self._loop)
        try:
            status, answer = work.result()
        finally:
            work.cancel()  # when a signal ended the wait
        if not 200 <= status < 300:
            raise refused(self.address, status)
        try:
            return json.loads(answer) if answer else None
        except (ValueError, RecursionError):
            raise damaged(self.address, "no JSON") from None

    async def _send(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        import httpx

        try:
            return await asyncio.wait_for(self._exchange(method, path, content), ANSWER_SECONDS)
        except (asyncio.TimeoutError, httpx.TimeoutException):
            raise unreachable(self.address, "no answer in time") from None
        except httpx.HTTPError as error:
            for cause in _causes(error):
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise no_certificate(self.address, cause.verify_message) from None
            raise unreachable(self.address, type(error).__name__) from None

    async def _exchange(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        headers = {} if content is None else {"Content-Type": "application/json"}
        gathered = bytearray()
        async with self._http.stream(method, path, content=content, headers=headers) as response:
            if response.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
                raise damaged(self.address, "it is compressed")
            async for block in response.aiter_raw():
                gathered += block
                if len(gathered) > MAX_ANSWER_BYTES:
                    raise damaged(self.address, f"more than {MAX_ANSWER_BYTES} bytes")
        return response.status_code, bytes(gathered)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
