"""The flow of a question: understand it, find passages, let the chat model or the passages answer, remember it."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from ..answer.attached import query as query_about
from ..answer.choose import choose
from ..answer.extract import extract, is_relevant
from ..answer.follow_up import carried_over
from ..answer.generate import Chat, generate, in_full
from ..answer.prompt import Turn
from ..answer.tokens import TokenScale
from ..config import Config
from ..embed.base import Embedder
from ..errors import LocalAIError, OllamaError, PrivacyError
from ..index.catalogue import Catalogue
from ..ollama.server import Ollama
from ..results.passages import Answer, Hits, Passages
from ..results.reports import Event, Progress

_LAST_MODEL = "last chat model"
_ALONE = "Nothing in the documents is about this; the answer rests on what you attached."
_NOTHING = "Nothing in these documents seems to be about what you attached. A chat model could explain it all the same."


@dataclasses.dataclass(frozen=True)
class Asking:
    """One question, with what answering it takes.

    Parameters
    ----------
    search : callable
        Returns the hits for a query.
    catalogue : Catalogue
        Where the conversation is read and, if `remembers`, kept.
    model : str
        The chat model wanted; empty for the one of choice.
    """

    search: Callable[[str], Hits]
    catalogue: Catalogue
    embedder: Embedder
    ollama: Callable[[], Ollama]
    config: Config
    model: str
    extractive: bool
    remembers: bool
    stop: threading.Event

    def answer(self, question: str, conversation: str, context: str = "", context_path: str = "") -> Iterator[Event]:
        """Answer a question, as the next of its conversation.

        Text that it is about makes it complete in itself, and counts for what follows until other text comes; the
        file it comes from counts as one of the answer's sources.

        Yields
        ------
        Passages, then Progress, Thinking and Token while a chat model works, then one Answer
        """
        started = time.perf_counter()
        history = [
            Turn(told.get("query") or told["question"], told["text"], told.get("context") or "")
            for told in self.catalogue.conversations.answers(conversation)
        ]
        chat, warning = None, ""
        query = question
        if history and not context:
            if not self.extractive:
                chat, warning = self._chat()
            query = yield from self._in_full(question, history, chat)
        about = context or next((turn.context for turn in reversed(history) if turn.context), "")
        wanted = query_about(query, context)
        hits = self.search(wanted)
        understood = query if query != question else None
        yield Passages(hits.hits, understood)
        answer = None
        found = hits.hits if any(is_relevant(wanted, hit) for hit in hits) else ()
        if not self.extractive and (found or about):
            if chat is None and not warning:
                chat, warning = self._chat()
            if chat is not None:
                try:
                    for event in generate(query, found, history, chat, self.embedder, about):
                        if isinstance(event, Answer):
                            told = event.warnings if found else (_ALONE, *event.warnings)
                            answer = dataclasses.replace(event, passages=hits.hits, warnings=told)
                        else:
                            yield event
                except OllamaError as error:
                    warning = _told(error)
        else:
            warning = ""
        if answer is None:
            answer = extract(wanted, hits.hits, self.embedder, warnings=(warning,) if warning else ())
            if context and answer.mode == "none":
                answer = dataclasses.replace(answer, text=_NOTHING)
        elif self.remembers and chat is not None and self.catalogue.recall(_LAST_MODEL) != chat.model.name:
            self.catalogue.remember(_LAST_MODEL, chat.model.name)
        # code is in no language
        notices = () if context and self.embedder.reads(query) else hits.warnings or ()
        keeps = self.remembers and self.config.keep_conversations > 0
        answer = dataclasses.replace(
            answer,
            warnings=(*answer.warnings, *(f"{notice.message} {notice.remedy}" for notice in notices)),
            question=question,
            query=understood,
            context=context or None,
            conversation=conversation if keeps else None,
            seconds=time.perf_counter() - started,
        )
        if keeps:
            keep = self.config.keep_conversations
            self.catalogue.conversations.add(conversation, hits.collection, answer, keep, context_path)
        yield answer

    def _chat(self) -> tuple[Chat | None, str]:
        """Return the chat model, or why there is none."""
        try:
            ollama = self.ollama()
            last = self.catalogue.recall(_LAST_MODEL) or ""
            model = choose(ollama, self.model or self.config.model, last, self.config.context_tokens)
        except (OllamaError, PrivacyError) as error:
            return None, _told(error)
        scale = TokenScale(self.catalogue, model.digest, self.remembers)
        return Chat(ollama, model, scale, self.config, self.stop), ""

    def _in_full(self, question: str, history: Sequence[Turn], chat: Chat | None) -> Generator[Progress, None, str]:
        if chat is not None:
            try:
                if query := (yield from in_full(question, history, chat)):
                    return query
            except OllamaError:
                pass  # what follows tells the user
        return carried_over(question, history)


def _told(error: LocalAIError) -> str:
    return f"{error.message} {error.remedy}".strip()
