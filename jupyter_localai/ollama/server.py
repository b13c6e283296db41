"""The only way to the chat model's server: Ollama's HTTP interface, on this machine.

The address must be a loopback address, or one the user listed, and the server there one's own or the system's
(`privacy.peer`). Redirects are not followed and proxies not used, so that a request goes where it was sent and nowhere
else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import OllamaError
from ..lines import Broken, NotReached, NotTheProtocol
from ..privacy import peer
from ..privacy.guard import address
from .reading import IDENTITY, Body, check_encoding
from .refusals import chat_refused, embed_refused, pull_failed, said_error
from .stream import CONNECTED, Refused, Stream, was_turned_away

CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 30.0
_EMBED_SECONDS = 300.0  # a batch may have to wait for the model to load


class Ollama:
    """A connection to Ollama; use as a context manager.

    Parameters
    ----------
    host : str
        As `privacy.address` takes it.
    allowed : sequence of str
        Names of machines that may be contacted besides this one.
    users : sequence of str
        Users of this machine whose server may be asked, as `privacy.peer.is_trusted` takes them.
    socket : str, optional
        Path of a gate's Unix socket that leads there; the address is then only a name, and the gate looks whose it is.

    Raises
    ------
    PrivacyError
        As `privacy.address`.
    """

    def __init__(
        self, host: str, allowed: Sequence[str] = (), users: Sequence[str] = (), socket: str | None = None
    ) -> None:
        import httpx

        self.address = address(host, allowed)
        self._users = users
        self._socket = socket
        self._shown: dict[str, tuple[str, dict[str, Any]]] = {}
        self._http = httpx.Client(
            base_url=self.address,
            transport=httpx.HTTPTransport(uds=socket, trust_env=False, verify=self.address.startswith("https")),
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers=IDENTITY,
        )

    def __enter__(self) -> Ollama:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def version(self) -> str:
        """Return the server's version."""
        return str(self._call("GET", "/api/version").get("version", ""))

    def installed(self) -> list[dict[str, Any]]:
        """Return an entry per installed model, as ``/api/tags`` has them."""
        return _entries(self._call("GET", "/api/tags"))

    def loaded(self) -> list[dict[str, Any]]:
        """Return an entry per model that is in memory, as ``/api/ps`` has them."""
        return _entries(self._call("GET", "/api/ps"))

    def window(self, model: str) -> int:
        """Return with how many tokens of context a model is in memory; 0 where it is not, or is not told."""
        try:
            entries = self.loaded()
        except OllamaError:
            return 0  # whoever asks next hears of it
        told = next((entry.get("context_length") for entry in entries if entry.get("name") == model), 0)
        return told if isinstance(told, int) and 0 < told < 2**31 else 0

    def cloud_is_off(self) -> bool | None:
        """Return whether the server is told to use no models of other machines; None where it does not say."""
        try:
            cloud = self._call("GET", "/api/status").get("cloud")
        except OllamaError:
            return None  # an older one has no such route
        disabled = cloud.get("disabled") if isinstance(cloud, dict) else None
        return disabled if isinstance(disabled, bool) else None

    def show(self, model: str, digest: str) -> dict[str, Any]:
        """Return what ``/api/show`` tells of one model; asked again only when its `digest` is another."""
        known = self._shown.get(model)
        if known is None or known[0] != digest:
            known = self._shown[model] = digest, self._call("POST", "/api/show", {"model": model})
        return known[1]

    def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector per text; a text that the model cannot read whole is an error, never cut.

        Raises
        ------
        OllamaError
            ``text_too_long`` without telling which; ``unknown_model``, ``embed_failed``.
        """
        body = {"model": model, "input": list(texts), "truncate": False}
        try:
            vectors = self._request("POST", "/api/embed", body, _EMBED_SECONDS).get("embeddings")
        except Refused as refused:
            raise embed_refused(model, refused) from None
        if not isinstance(vectors, list) or len(vectors) != len(texts):
            raise OllamaError(f"Ollama did not embed with {model!r}.", "Is it an embedding model?", code="embed_failed")
        return vectors

    def pull(self, model: str, stop: threading.Event | None = None) -> Iterator[dict[str, Any]]:
        """Have Ollama download a model; yield its reports as it sends them.

        Closing the generator, or setting `stop`, ends the download; the next one goes on where it stopped.

        Raises
        ------
        OllamaError
            ``pull_failed`` with the name of the model, when it does not end in success.
        """
        last: dict[str, Any] = {}
        try:
            for report in self._stream("/api/pull", {"model": model}, stop):
                if report is not None:
                    last = report
                    yield report
        except Refused as refused:
            raise pull_failed(model, refused.answer) from None
        except Broken:
            last = {}
        if last.get("status") != "success":
            raise pull_failed(model, None)

    def chat(self, body: dict[str, Any], stop: threading.Event | None = None) -> Iterator[dict[str, Any] | None]:
        """Yield the server's reports of an answer as they come, and None for each second without one.

        Closing the generator, or setting `stop`, ends the model's work, before its first word, too. A
        prompt that is longer than the context is an error: the server is told not to cut it. Nothing is said of
        ``shift``: another value of it than other clients send has the server load the model again.

        Raises
        ------
        OllamaError
            ``chat_failed``, ``unknown_model``, ``cannot_chat`` and ``cloud_model``.
        PromptTooLong
            When the server refuses the prompt for its length.
        Cancelled
            When `stop` was set.
        """
        model = str(body.get("model"))
        body = {**body, "stream": True, "truncate": False}
        try:
            yield from self._stream("/api/chat", body, stop)
        except Refused as refused:
            raise chat_refused(model, refused) from None
        except Broken:
            raise OllamaError(
                f"Ollama broke off while answering with {model!r}.",
                "Look at its log, then try again.",
                code="chat_failed",
            ) from None

    def _stream(self, path: str, body: dict[str, Any], stop: threading.Event | None) -> Iterator[dict[str, Any] | None]:
        check = None if self._socket else self._check
        stream = Stream(self.address, self._socket, path, body, CONNECT_SECONDS, check)
        try:
            yield from stream.reports(stop or threading.Event())
        except NotReached:
            raise self._absent() from None
        except Refused as refused:
            self._raise_foreign(refused)
            raise
        finally:
            stream.cancel()

    def _check(self, connection: Any) -> None:
        peer.check(connection, self.address, self._users)

    def _raise_foreign(self, refused: Refused) -> None:
        """Raise what the gate said instead of forwarding the request."""
        told = refused.answer.get(peer.FOREIGN) if isinstance(refused.answer, dict) else None
        if self._socket and refused.status == peer.STATUS and isinstance(told, int):
            raise peer.foreign(told, self.address) from None

    def _absent(self) -> OllamaError:
        return OllamaError(
            f"Ollama does not answer at {self.address}.",
            "Start it with: ollama serve. Search and extractive answers work without it.",
            code="ollama_absent",
        )

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return self._request(method, path, body, _ANSWER_SECONDS)
        except Refused as refused:
            said = said_error(refused.answer)
            raise OllamaError(
                f"Ollama refused {path} with status {refused.status}{said and f': {said}'}.",
                "Look at its log, then try again.",
            ) from None

    def _request(self, method: str, path: str, body: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
        import httpx

        def trace(event: str, told: dict[str, Any]) -> None:
            if event == CONNECTED and not self._socket:
                try:
                    self._check(told["return_value"].get_extra_info("socket"))
                except BaseException:
                    told["return_value"].close()
                    raise

        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        gathered = Body()
        try:
            with self._http.stream(method, path, json=body, timeout=timeout, extensions={"trace": trace}) as response:
                check_encoding(response.headers.get("Content-Encoding", ""))
                for block in response.iter_raw():
                    gathered.feed(block)
        except NotTheProtocol:
            raise OllamaError(
                f"What answers at {self.address} sends more than Ollama would.", "Look at its log.", code="not_ollama"
            ) from None
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise self._absent() from None
        except httpx.HTTPError as error:
            if self._socket and was_turned_away(error):
                raise self._absent() from None
            raise OllamaError(
                f"Ollama at {self.address} broke off ({type(error).__name__}).", "Look at its log, then try again."
            ) from None
        answer = gathered.parsed()
        if response.status_code != 200:
            refused = Refused(response.status_code, answer)
            self._raise_foreign(refused)
            raise refused
        if not isinstance(answer, dict):
            raise OllamaError(
                f"What answers at {self.address} is not Ollama.", "Correct OLLAMA_HOST.", code="not_ollama"
            )
        return answer


def is_remote(told: dict[str, Any]) -> bool:
    """Whether a model, as ``/api/tags`` or ``/api/show`` tells of it, is answered by another machine."""
    name = str(told.get("name") or "")
    return bool(told.get("remote_host") or told.get("remote_model")) or name.endswith(("-cloud", ":cloud"))


def _entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    models = answer.get("models")
    return [entry for entry in models if isinstance(entry, dict)] if isinstance(models, list) else []
