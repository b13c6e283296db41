"""What Ollama says when it refuses, in words for people; what it counted is kept for whoever asks again."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import OllamaError
from .stream import Refused

_MOST_CHARS = 200
_TOKENS = re.compile(r"(?:prompt|request)\D{0,40}\((\d+) tokens\)", re.IGNORECASE)
_NETWORK = (
    "dial tcp",
    "no such host",
    "lookup ",
    "timeout",
    "deadline exceeded",
    "connection refused",
    "connection reset",
    "unreachable",
    "proxyconnect",
    "certificate",
    "tls",
    "eof",
)
"""What Go's network errors say, in lower case."""


class PromptTooLong(OllamaError):
    """The server refused a prompt for its length.

    Attributes
    ----------
    tokens, window : int
        How many tokens the server counted, and how many it was loaded with; 0 where it does not tell.
    """

    default_code = "prompt_too_long"
    tokens = window = 0


def unknown_model(model: str, hint: str = "") -> OllamaError:
    """Return the error for a model that Ollama does not have."""
    return OllamaError(
        f"Ollama does not have the model {model!r}.{hint}",
        f"Download it: jupyter localai models pull {model}",
        code="unknown_model",
    )


def said_error(answer: object) -> str:
    """Return what the server says in an error, in one short line of prose; empty where it says something else.

    The runner behind the server answers in JSON, which the server hands on as a text.
    """
    text = str(_told(answer).get("message") or "")
    return " ".join(text.split())[:_MOST_CHARS].rstrip(".")


def chat_refused(model: str, refused: Refused) -> OllamaError:
    """Return the error for a chat that the server refused."""
    said = said_error(refused.answer)
    if refused.status == 404:
        return unknown_model(model)
    # servers differ in the status; all of them speak of the context
    if "context" in said and any(word in said for word in ("exceed", "long", "length", "size", "fit")):
        return _too_long(model, refused.answer)
    if refused.status == 403 and "cloud" in said:
        return OllamaError(
            f"{model!r} answers from another machine, so it is not used.",
            "Choose another: jupyter localai models lists those that are here.",
            code="cloud_model",
        )
    if "does not support chat" in said:
        return OllamaError(
            f"{model!r} cannot chat.", "Choose another: jupyter localai models lists them.", code="cannot_chat"
        )
    if "support thinking" in said or "think value" in said:
        return OllamaError(f"{model!r} cannot think as asked.", "Set think to off.", code="chat_failed")
    return OllamaError(
        f"Ollama could not answer with {model!r}{said and f': {said}'}.",
        "Look at its log, then try again.",
        code="chat_failed",
    )


def embed_refused(model: str, refused: Refused) -> OllamaError:
    """Return the error for texts that the server did not embed."""
    said = said_error(refused.answer)
    if refused.status == 404:
        return unknown_model(model)
    # "the input length exceeds the context length"; older versions speak of the maximum or the batch
    if "exceed" in said or "too large" in said or "too long" in said:
        return OllamaError(
            f"Ollama refused a text that is too long for {model!r}: {said}.",
            "Choose an embedding model with a longer context.",
            code="text_too_long",
        )
    if "not support embeddings" in said:
        return OllamaError(
            f"{model!r} is not an embedding model.",
            "Choose one that is, such as nomic-embed-text: jupyter localai models pull nomic-embed-text",
            code="embed_failed",
        )
    return OllamaError(
        f"Ollama could not embed with {model!r}{said and f': {said}'}.",
        "Is it an embedding model? Ollama's log says more.",
        code="embed_failed",
    )


def pull_failed(model: str, answer: object) -> OllamaError:
    """Return the error for a download that did not succeed, by what is at fault."""
    said = said_error(answer)
    if "file does not exist" in said or "not found" in said:
        return OllamaError(
            f"Ollama's library has no model {model!r}.", "Check the name at Ollama's library.", code="pull_failed"
        )
    if "no space left" in said:
        return OllamaError(
            f"The disk has no room for {model!r}.", "Free space where Ollama keeps its models.", code="pull_failed"
        )
    if "newer version" in said:
        return OllamaError(f"{model!r} needs a newer version of Ollama.", "Update Ollama.", code="pull_failed")
    if any(words in said.lower() for words in _NETWORK):
        return OllamaError(
            f"Ollama could not download {model!r}: it did not reach its library.",
            "Connect this machine to the network, then run the same command; it goes on where it stopped.",
            code="pull_failed",
        )
    return OllamaError(
        f"Ollama could not download {model!r}{said and f': {said}'}.",
        "Check the name at Ollama's library and that this machine may reach it; Ollama's log says more.",
        code="pull_failed",
    )


def _too_long(model: str, answer: object) -> PromptTooLong:
    told = _told(answer)
    tokens, window = _count(told.get("n_prompt_tokens")), _count(told.get("n_ctx"))
    if not tokens and (found := _TOKENS.search(str(told.get("message") or ""))):
        tokens = int(found[1][:9])
    counted = f" of {tokens:,} tokens" if tokens else ""
    fits = f" it is loaded for {window:,}" if window else " it is longer than the context of the model"
    error = PromptTooLong(
        f"Ollama refused the prompt{counted} for {model!r}:{fits}.",
        "Ask with fewer passages (-k 3), or raise the setting context_tokens.",
    )
    error.tokens, error.window = tokens, window
    return error


def _told(answer: object) -> dict[str, Any]:
    """Return the fields of an error, of which ``message`` is what it says; JSON inside a text is read."""
    for _ in range(4):
        if isinstance(answer, str):
            if not answer.lstrip().startswith(("{", "[")):
                return {"message": answer}
            try:
                answer = json.loads(answer)
            except (ValueError, RecursionError):
                return {}
        if not isinstance(answer, dict):
            return {}
        if "error" not in answer:
            return answer if isinstance(answer.get("message"), str) else {}
        answer = answer["error"]
    return {}


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 10**9 else 0
