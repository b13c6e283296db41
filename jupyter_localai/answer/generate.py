"""Let a chat model answer from passages, and check what it cites."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence

from ..errors import OllamaError
from ..index.embed import Embedder
from ..ollama import Ollama
from ..schema import Answer, Citation, Hit, ModelInfo, Token
from ..sentences import sentence_spans
from .cite import best_quote
from .models import describe
from .prompt import compose, count_tokens

_MARKERS = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_FEWEST_TOKENS = (
    10  # characters per token that no tokeniser reaches: fewer tokens than that were read means a cut prompt
)


def choose(ollama: Ollama, wanted: str) -> ModelInfo:
    """Return the model that answers: the one wanted, else the largest that fits and can chat.

    Raises
    ------
    OllamaError
        ``no_model``, ``unknown_model`` or ``cloud_model``, each with the command that helps.
    """
    listed = describe(ollama)
    if wanted:
        names = {wanted, wanted if ":" in wanted else f"{wanted}:latest"}
        found = next((model for model in listed.models if model.name in names), None)
        if found is None:
            raise OllamaError(
                f"Ollama does not have the model {wanted!r}.",
                f"Download it: jupyter localai models pull {wanted}",
                code="unknown_model",
            )
        if found.remote:
            raise OllamaError(
                f"{wanted!r} answers from another machine, so it is not used.", "Choose another.", code="cloud_model"
            )
        return found
    able = [model for model in listed.models if model.chats and model.fits]
    if not able:
        raise OllamaError(
            "Ollama has no chat model that fits this machine.",
            f"Download one: jupyter localai models pull {listed.suggestions[0].name}",
            code="no_model",
        )
    return max(able, key=lambda model: (model.bytes, model.name))


def generate(
    question: str,
    hits: Sequence[Hit],
    ollama: Ollama,
    model: ModelInfo,
    context_tokens: int,
    embedder: Embedder,
    stop: threading.Event | None = None,
) -> Iterator[Token | Answer]:
    """Yield the answer's text as it comes, then the checked `Answer`.

    A prompt that does not fit is an error and never cut silently: the server is told to refuse it, and
    afterwards its count of the tokens it read is compared with what was sent.

    Raises
    ------
    OllamaError
        When the server fails before the first text. What broke off later is kept, with a warning.
    """
    started = time.perf_counter()
    context = min(model.context_tokens or context_tokens, context_tokens)
    room = min(1024, context // 4)
    messages, kept = compose(question, hits, context - room)
    options = {"num_ctx": context, "num_predict": room, "temperature": 0.1, "seed": 0}
    text, read, warnings = "", 0, []
    try:
        body = {"model": model.name, "messages": messages, "options": options, "think": False}
        for report in ollama.chat(body, stop):
            if report is None:
                continue
            message = report.get("message")
            part = str(message.get("content") or "") if isinstance(message, dict) else ""
            if part:
                text += part
                yield Token(part)
            if report.get("done"):
                read = int(report.get("prompt_eval_count") or 0)
                if report.get("done_reason") == "length":
                    warnings.append("The answer is cut off: it reached the length that was left for it.")
                break
        else:
            warnings.append("The answer is cut off: the connection to the chat model ended early.")
    except OllamaError:
        if not text:
            raise
        warnings.append("The answer is cut off: the connection to the chat model was lost.")
    if not text.strip():
        raise OllamaError(f"The model {model.name} gave no answer.", "Try another with --model.", code="empty_answer")
    sent = sum(len(message["content"]) for message in messages)
    if read and read < sent / _FEWEST_TOKENS and sent > 2000:
        warnings.append("The server read less than it was sent; the answer may miss passages. Update Ollama.")
    shown, citations, told = check(text, kept, embedder)
    dropped = len(hits) - len(kept)
    yield Answer(
        question,
        shown,
        "llm",
        citations,
        tuple(hits),
        (*warnings, *told),
        time.perf_counter() - started,
        model=model.name,
        prompt_tokens=read or sum(count_tokens(message["content"]) for message in messages),
        context_tokens=context,
        dropped_passages=dropped or None,
    )


def check(text: str, hits: Sequence[Hit], embedder: Embedder) -> tuple[str, tuple[Citation, ...], list[str]]:
    """Check a model's answer against the passages.

    Returns
    -------
    text : str
        Without markers of passages that there are not.
    citations : tuple of Citation
        One per passage cited, with the quote that best carries the sentence that cites it first.
    warnings : list of str
        Markers dropped, and numbers that stand in no passage.
    """
    unknown: list[str] = []

    def known_only(match: re.Match[str]) -> str:
        numbers = [number.strip() for number in match.group(1).split(",")]
        good = [number for number in numbers if number.isascii() and 1 <= int(number[:9]) <= len(hits)]
        unknown.extend(number for number in numbers if number not in good)
        return " " + "".join(f"[{int(number)}]" for number in good) if good else ""

    text = _MARKERS.sub(known_only, text).strip()
    warnings = []
    if unknown:
        warnings.append(f"The model cited passages that there are not; {len(unknown)} such marker(s) were dropped.")
    citations: dict[int, Citation] = {}
    passages = "\n".join(hit.text for hit in hits).replace(",", "")
    unsupported: list[str] = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        plain = _MARKERS.sub("", sentence)
        unsupported += [number for number in _NUMBER.findall(plain) if number.replace(",", "") not in passages]
        # a marker after the full stop begins the next piece, and belongs to the sentence before it
        for match in _MARKERS.finditer(sentence):
            number = int(match.group(1))
            if number not in citations:
                claim = plain if any(ch.isalpha() for ch in plain) else text[:start]
                citations[number] = best_quote(number, hits[number - 1], claim[-600:], embedder)
    if unsupported:
        warnings.append(f"In no passage: {', '.join(dict.fromkeys(unsupported))}. Check before you rely on it.")
    if not citations:
        warnings.append("The model cited no passage.")
    return text, tuple(citations[number] for number in sorted(citations)), warnings
