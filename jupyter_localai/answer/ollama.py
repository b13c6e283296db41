"""The only way to the chat model's server: Ollama's HTTP interface, on this machine.

The address must be a loopback address. Redirects are not followed and proxies not used, so that a
request goes where it was sent and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ..errors import OllamaError, PrivacyError
from ..privacy import is_loopback

DEFAULT_PORT = 11434
_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 30.0
_ANY_INTERFACE = ("0.0.0.0", "[::]", "::")


def address(host: str) -> str:
    """Return the base address for a value of ``OLLAMA_HOST``, in any of the forms Ollama takes.

    ``0.0.0.0`` tells the server to listen everywhere; from here it is reached at ``127.0.0.1``.

    Raises
    ------
    PrivacyError
        ``host_refused`` when it is not on this machine.
    """
    text = host.strip().rstrip("/")
    parts = urlsplit(text if "://" in text else f"http://{text}")
    try:
        name, port = parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        name, port = "", None
    if name in _ANY_INTERFACE:
        name = "127.0.0.1"
    if parts.scheme not in ("http", "https") or not is_loopback(name):
        raise PrivacyError(
            "The chat model's server is not on this machine; it is not contacted.",
            f"Set OLLAMA_HOST to http://127.0.0.1:{DEFAULT_PORT}, or leave it out.",
            code="host_refused",
        )
    if port is None:
        port = DEFAULT_PORT if "://" not in text else 443 if parts.scheme == "https" else 80
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}:{port}"


class Ollama:
    """A connection to Ollama; use as a context manager.

    Raises
    ------
    PrivacyError
        As `address`.
    """

    def __init__(self, host: str) -> None:
        import httpx

        self.address = address(host)
        self._http = httpx.Client(
            base_url=self.address,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Ollama:
        return self

    def __exit__(self, *_: object) -> None:
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

    def show(self, model: str) -> dict[str, Any]:
        """Return what ``/api/show`` tells of one model."""
        return self._call("POST", "/api/show", {"model": model})

    def pull(self, model: str) -> Iterator[dict[str, Any]]:
        """Have Ollama download a model; yield its reports as it sends them.

        Closing the generator ends the download; the next one goes on where it stopped.

        Raises
        ------
        OllamaError
            ``pull_failed`` with the name of the model, when it does not end in success.
        """
        import httpx

        failed = OllamaError(
            f"Ollama could not download {model!r}.",
            "Check the name at Ollama's library and that this machine may reach it; Ollama's log says more.",
            code="pull_failed",
        )
        waiting = httpx.Timeout(None, connect=_CONNECT_SECONDS)
        try:
            with self._http.stream("POST", "/api/pull", json={"model": model}, timeout=waiting) as response:
                if response.status_code != 200:
                    raise failed
                last: dict[str, Any] = {}
                for line in response.iter_lines():
                    report = json.loads(line) if line.strip() else {}
                    if not isinstance(report, dict) or "error" in report:
                        raise failed
                    last = report or last
                    yield last
                if last.get("status") != "success":
                    raise failed
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise self._absent() from None
        except (httpx.HTTPError, ValueError):
            raise failed from None

    def chat(self, model: str, messages: list[dict[str, str]], options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the server's reports of an answer as they come; closing the generator ends the answer.

        Raises
        ------
        OllamaError
            ``chat_failed``, and ``prompt_too_long`` when the server refuses the prompt's length.
        """
        import httpx

        body = {"model": model, "messages": messages, "options": options, "stream": True, "think": False}
        # an over-long prompt must be an error: without these the server cuts it silently
        body |= {"truncate": False, "shift": False}
        failed = OllamaError(
            f"Ollama could not answer with {model!r}.", "Look at its log, then try again.", code="chat_failed"
        )
        try:
            with self._http.stream(
                "POST", "/api/chat", json=body, timeout=httpx.Timeout(600, connect=_CONNECT_SECONDS)
            ) as response:
                if response.status_code == 400:
                    raise OllamaError(
                        f"Ollama refused the prompt for {model!r}, as a rule because it is too long.",
                        "Ask with fewer passages (-k 3), or raise the setting context_tokens.",
                        code="prompt_too_long",
                    )
                if response.status_code != 200:
                    raise failed
                for line in response.iter_lines():
                    report = json.loads(line) if line.strip() else {}
                    if not isinstance(report, dict) or "error" in report:
                        raise failed
                    yield report
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise self._absent() from None
        except (httpx.HTTPError, ValueError):
            raise failed from None

    def _absent(self) -> OllamaError:
        return OllamaError(
            f"Ollama does not answer at {self.address}.",
            "Start it with: ollama serve. Search and extractive answers work without it.",
            code="ollama_absent",
        )

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        import httpx

        try:
            response = self._http.request(method, path, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise self._absent() from None
        except httpx.HTTPError as error:
            raise OllamaError(
                f"Ollama at {self.address} broke off ({type(error).__name__}).", "Look at its log, then try again."
            ) from None
        if response.status_code != 200:
            raise OllamaError(
                f"Ollama refused {path} with status {response.status_code}.", "Look at its log, then try again."
            )
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise OllamaError(
                f"What answers at {self.address} is not Ollama.", "Correct OLLAMA_HOST.", code="not_ollama"
            )
        return answer


def _entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    models = answer.get("models")
    return [entry for entry in models if isinstance(entry, dict)] if isinstance(models, list) else []
