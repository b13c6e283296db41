"""An answer of a chat model from passages: the request, its stream, and what is kept when it breaks off."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from ..config import Config
from ..embed.base import Embedder
from ..errors import Cancelled, OllamaError
from ..ollama.refusals import PromptTooLong
from ..ollama.server import Ollama
from ..results.answers import Answer, Thinking, Token
from ..results.passages import Hit
from ..results.reports import Progress
from .choose import ChatModel
from .excerpt import LONG_S, excerpts
from .follow_up import rewriting, rewritten
from .prompt import Turn, compose, count_message_tokens, count_tokens, own_rules, shortened
from .repetition import repeats, without_repetition
from .speed import ReadingSpeed
from .support import supported
from .thinking import ThinkingFilter
from .tokens import TokenScale, was_cut
from .verify import verify

_ANSWER_TOKENS, _THINKING_TOKENS = 1024, 3072
_REWRITE_TOKENS = 160
_LEAST_PASSAGES = 3  # however slowly the model reads
_REFUSALS = 2  # that are answered with a shorter prompt
_TOKEN_CHARACTERS = 40  # at most, on average: the longest tokens of vocabularies are runs of blanks or dashes
_ALWAYS_THINK = ("gptoss", "gpt-oss")  # their thinking has levels and no end; the lowest comes closest to none


@dataclasses.dataclass
class Chat:
    """A chat model and all that a request to it needs.

    ``loaded`` is the window that the model is in memory with, 0 when it is not; ``most`` the window that the server
    told when it refused a prompt, 0 when it did not. ``lost`` says that the connection ended within the last answer.
    """

    ollama: Ollama
    model: ChatModel
    scale: TokenScale
    config: Config
    stop: threading.Event
    speed: ReadingSpeed
    loaded: int = 0
    most: int = 0
    lost: bool = False

    @property
    def context_tokens(self) -> int:
        """How many tokens a prompt and its answer may have together."""
        own = self.model.info.used_context_tokens
        return min(own, self.most or own)

    @property
    def answer_tokens(self) -> int:
        """How many of them are left for the answer, and for thinking before it."""
        if self.think():
            return min(_THINKING_TOKENS, self.context_tokens // 2)
        return min(_ANSWER_TOKENS, self.context_tokens // 4)

    def window(self, tokens: int) -> int:
        """Return the window to ask for: the one that is loaded where `tokens` fit it, since another loads anew."""
        own = self.model.info.used_context_tokens
        return self.loaded if tokens <= self.loaded else max(own, self.loaded)

    def load(self) -> None:
        """Have the model brought into memory, with the window that questions will want.

        Raises
        ------
        OllamaError, Cancelled
        """
        options = {"num_ctx": self.window(self.context_tokens)}
        body: dict[str, Any] = {
            "model": self.model.name,
            "messages": [],
            "keep_alive": self._keep_alive,
            "options": options,
        }
        for _ in self.ollama.chat(body, self.stop):
            pass

    @property
    def _keep_alive(self) -> int | str:
        keep = self.config.keep_alive
        return int(keep) if keep.lstrip("-").isdigit() else keep

    def send(
        self,
        messages: list[dict[str, str]],
        answer_tokens: int,
        think: bool | str,
        form: dict[str, Any] | None = None,
    ) -> Iterator[dict[str, Any] | None]:
        """Yield the server's reports, and None for each second without one.

        With a `form`, a JSON schema, the answer is JSON of that shape.

        An answer that goes on beyond all that was asked for is ended here, as one that the server ended at its length.

        Raises
        ------
        OllamaError, Cancelled
        """
        self.loaded = self.window(self.scale.tokens(count_message_tokens(messages)) + answer_tokens)
        body = {
            "model": self.model.name,
            "messages": messages,
            "think": think,
            "keep_alive": self._keep_alive,
            "options": {
                "num_ctx": self.loaded,
                "num_predict": answer_tokens,
                "temperature": self.config.temperature,
                "seed": self.config.seed,
            },
        }
        if form is not None:
            body["format"] = form
        left = answer_tokens * _TOKEN_CHARACTERS
        for report in self.ollama.chat(body, self.stop):
            if report is not None and (report.get("remote_host") or report.get("remote_model")):
                raise OllamaError(
                    f"{self.model.name!r} was answered by another machine; its answer is not used.",
                    "Choose another: jupyter localai models lists those that are here.",
                    code="cloud_model",
                )
            if report is not None and not report.get("done"):
                left -= 1 + len(_content(report, "content")) + len(_content(report, "thinking"))
                if left < 0:
                    yield {"done": True, "done_reason": "length"}
                    return
            yield report

    def reads_long(self, tokens: int) -> bool:
        """Whether it takes some seconds to read so many tokens; a model that never did is slow without a GPU."""
        seconds = self.speed.seconds(tokens)
        return seconds > LONG_S if seconds is not None else 2 * self.model.info.gpu_bytes < self.model.info.memory_bytes

    def think(self) -> bool | str:
        """Return the value of ``think``: always given, since a model that can think does so unless told not to."""
        wanted = self.config.think
        if self.model.info.family in _ALWAYS_THINK:
            return "low" if wanted == "off" else "medium" if wanted == "on" else wanted
        if not self.model.info.thinks or wanted == "off":
            return False  # true is refused by models that cannot
        return True if wanted == "on" else wanted


@dataclasses.dataclass(frozen=True)
class Written:
    """What a chat model wrote. ``cut_off`` is True when it did not come to its end; the warnings say why."""

    text: str
    prompt_tokens: int
    warnings: tuple[str, ...] = ()
    cut_off: bool = False


def in_full(question: str, history: Sequence[Turn], chat: Chat) -> Generator[Progress, None, str | None]:
    """Have the chat model write a follow-up so that it stands by itself; return None when it did not.

    Raises
    ------
    OllamaError, Cancelled
    """
    think: bool | str = "low" if chat.model.info.family in _ALWAYS_THINK else False
    thinking, said = ThinkingFilter(), ""
    for report in chat.send(rewriting(question, history), _REWRITE_TOKENS * (4 if think else 1), think):
        if report is None:
            yield Progress("model")
        else:
            said += thinking.split(_content(report, "content"))[1]
    return rewritten(said + thinking.end(), question, history)


def generate(
    question: str, hits: Sequence[Hit], history: Sequence[Turn], chat: Chat, embedder: Embedder, context: str = ""
) -> Iterator[Progress | Thinking | Token | Answer]:
    """Yield the answer's text as it comes, then the verified `Answer`.

    Without any hits it is answered from `context`, what the question is about.

    A prompt that does not fit is an error and never cut silently: the server is told to refuse it, and
    afterwards its count of the tokens it read is compared with what was sent. One that was refused is sent
    again: with what fits by the count that the refusal tells, else with fewer passages.

    Raises
    ------
    OllamaError
        When the server fails before the first text. What broke off later is kept, with a warning.
    Cancelled
    """
    for _ in range(_REFUSALS):
        try:
            yield from _generate(question, hits, history, chat, embedder, context)
            return
        except PromptTooLong as error:
            if error.window and error.window < chat.loaded:
                chat.most = error.window
    yield from _generate(question, hits, history, chat, embedder, context)


def _generate(
    question: str, hits: Sequence[Hit], history: Sequence[Turn], chat: Chat, embedder: Embedder, context: str
) -> Iterator[Progress | Thinking | Token | Answer]:
    answer_tokens = chat.answer_tokens
    room = chat.scale.room(chat.context_tokens - answer_tokens)
    more_rules = chat.config.system_prompt
    warnings = []
    own = own_rules(chat.model.system, room)
    if chat.model.system and not own:
        warnings.append("The model's own system prompt is too long for this context, and was not used.")
    room -= count_tokens(own) if own else 0
    attached, left_out = shortened(context, question, room, more_rules, not hits) if context else ("", 0)
    quick = min(room, chat.scale.room(chat.speed.room(chat.config.first_word_s, chat.context_tokens)))
    whole, _ = compose(question, hits, room, history, more_rules, attached)
    is_long = bool(hits) and chat.reads_long(chat.scale.tokens(count_message_tokens(whole)))
    worth, shown_hits = excerpts(question, hits, embedder) if is_long else (hits, hits)
    messages, fitting = compose(question, shown_hits, quick, history, more_rules, attached)
    if len(fitting) < min(_LEAST_PASSAGES, len(worth)):
        messages, fitting = compose(question, shown_hits[:_LEAST_PASSAGES], room, history, more_rules, attached)
    kept = worth[: len(fitting)]
    if hits and not kept:
        raise OllamaError(
            f"No passage fits the context of {chat.context_tokens} tokens.",
            "Raise the setting context_tokens, or ask a shorter question.",
            code="prompt_too_long",
        )
    messages = [{"role": "system", "content": own + messages[0]["content"]}, *messages[1:]]
    if left_out:
        warnings.append(f"What you attached is too long: {left_out:,} characters of its middle were left out.")
    written = yield from write(messages, answer_tokens, chat, keeps_stopped=True)
    text = written.text
    shown, citations, doubts = verify(text, kept, question, embedder, context)
    if kept and not citations:
        shown, citations, doubts = supported(shown, kept, question, embedder, doubts)
    yield Answer(
        question,
        shown,
        "llm",
        citations,
        tuple(hits),
        (*warnings, *written.warnings, *doubts),
        model=chat.model.name,
        prompt_tokens=written.prompt_tokens,
        context_tokens=min(chat.loaded, chat.most or chat.loaded),
        dropped_passages=len(worth) - len(kept) or None,
        cut_off=written.cut_off or None,
    )


def write(
    messages: list[dict[str, str]], answer_tokens: int, chat: Chat, keeps_stopped: bool = False
) -> Generator[Progress | Thinking | Token, None, Written]:
    """Have the chat model write an answer to messages; yield its text as it comes, and return all of it.

    What had come when it was stopped is returned as an answer that is cut off, where `keeps_stopped` says so.

    Raises
    ------
    OllamaError
        When the server fails before the first text, `PromptTooLong` when it refuses the messages.
    Cancelled
    """
    think, estimated = chat.think(), count_message_tokens(messages)
    text, thought, counted, cut_off = "", 0, 0, True
    warnings = []
    thinking, repeated = ThinkingFilter(), False
    wait = chat.speed.seconds(chat.scale.tokens(estimated))
    yield Progress("model", 0, wait, "seconds")
    begun = time.monotonic()
    try:
        for report in chat.send(messages, answer_tokens, think):
            if report is None:
                if not text and not thought:  # it is being loaded, or reads the prompt
                    waited = round(time.monotonic() - begun)
                    yield Progress("model", waited, wait if wait and waited < wait else None, "seconds")
                continue
            thoughts, part = thinking.split(_content(report, "content"))
            if thoughts := _content(report, "thinking") + thoughts:
                thought += len(thoughts)
                yield Thinking(thoughts)
            if report.get("done"):
                part += thinking.end()
            if part:
                text += part
                yield Token(part)
            if report.get("done"):
                counted = _count(report.get("prompt_eval_count"))
                chat.speed.learn(report)
                cut_off = report.get("done_reason") == "length"
                if cut_off:
                    warnings.append("The answer is cut off: it reached the length that was left for it.")
                break
            if part and repeats(text):
                repeated = True
                break
        else:
            chat.lost = True
            warnings.append("The answer is cut off: the connection to the chat model ended early.")
    except Cancelled:
        if not keeps_stopped or not text.strip():
            raise
        chat.lost = True
        warnings.append("The answer was stopped.")
    except PromptTooLong as error:
        chat.scale.was_refused(estimated, error.tokens)
        raise
    except OllamaError as error:
        if not text.strip() or error.code == "cloud_model":
            raise
        chat.lost = True
        warnings.append("The answer is cut off: the connection to the chat model was lost.")
    if not text.strip():
        raise _nothing_said(chat.model.name, bool(thought))
    if repeated or repeats(text):
        text, cut_off = without_repetition(text), True
        warnings.append("The model repeated itself; it was stopped, and the repetition is left out.")
    if was_cut(messages, estimated, counted, chat.scale):
        warnings.append("The server read less than it was sent; the answer may miss passages. Update Ollama.")
    elif counted:
        chat.scale.learn(estimated, counted)
    return Written(text, counted or chat.scale.tokens(estimated), tuple(warnings), cut_off)


def _nothing_said(model: str, thought: bool) -> OllamaError:
    if thought:
        return OllamaError(
            f"The model {model} spent the whole length of its answer on thinking.",
            "Set think to off, or raise context_tokens.",
            code="only_thought",
        )
    return OllamaError(f"The model {model} gave no answer.", "Try another with --model.", code="empty_answer")


def _content(report: dict[str, Any], name: str) -> str:
    message = report.get("message")
    part = message.get(name) if isinstance(message, dict) else None
    return part if isinstance(part, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
