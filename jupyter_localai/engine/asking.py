"""The flow of a question: understand it, find passages, let the chat model or the passages answer, remember it."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from ..answer.attached import query as query_about
from ..answer.choose import choose
from ..answer.extract import extract
from ..answer.follow_up import carried_over
from ..answer.generate import Chat, generate, in_full
from ..answer.overview import counted, overview, overview_of
from ..answer.prompt import Turn
from ..answer.relevance import relevant_hits, without_code
from ..answer.speed import ReadingSpeed
from ..answer.tokens import TokenScale
from ..answer.versions import Group, together
from ..errors import LocalAIError, OllamaError, PrivacyError
from ..results.passages import Answer, Hits, Passages
from ..results.reports import Event, Progress
from .store import Store

_LAST_MODEL = "last chat model"
_TYPED = 3  # questions of a conversation whose own words count
_DEEP = 50  # hits among which further versions are looked for
_ALONE = "Nothing in the documents is about this; the answer rests on what you attached."
_NOTHING = "Nothing in these documents seems to be about what you attached. A chat model could explain it all the same."


@dataclasses.dataclass(frozen=True)
class Asking:
    """One question, with what answering it takes.

    Parameters
    ----------
    store : Store
        Where the conversation is read and, if it can be written, kept.
    search : callable
        Returns the hits for a query; also so many as are wanted.
    model : str
        The chat model to use; empty for the one of choice.
    extractive : bool
        Ask no chat model.
    stop : threading.Event
        Ends the work of the chat model when set.
    """

    store: Store
    search: Callable[..., Hits]
    model: str
    extractive: bool
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
        catalogue = self.store.catalogue
        past_answers = catalogue.conversations.answers(conversation)
        history = [
            Turn(past.get("query") or past["question"], past["text"], past.get("context") or "")
            for past in past_answers
        ]
        chat, warning = None, ""
        query = question
        if history and not context:
            if not self.extractive:
                chat, warning = self._chat()
            query = yield from self._in_full(question, history, chat)
        about = context or next((turn.context for turn in reversed(history) if turn.context), "")
        searched, hits, groups, is_answered = self._found(query, context)
        understood = query if query != question else None
        yield Passages(hits.hits, understood)
        answer = None
        relevant = hits.hits if is_answered else ()
        if not self.extractive and (relevant or about):
            if chat is None and not warning:
                chat, warning = self._chat()
            if chat is not None:
                try:
                    for event in generate(query, relevant, history, chat, self.store.embedder, about):
                        if isinstance(event, Answer):
                            warnings = event.warnings if relevant else (_ALONE, *event.warnings)
                            answer = dataclasses.replace(event, passages=hits.hits, warnings=warnings)
                        else:
                            yield event
                except OllamaError as error:
                    warning = _explained(error)
        else:
            warning = ""
        if answer is None and not context:
            answer = self._overview(query, hits.collection, (warning,) if warning else ())
        if answer is None:
            typed = [question, *(past["question"] for past in reversed(past_answers))]
            newest = typed[:_TYPED] if understood else ()
            told = chat is None and any(warning in past.get("warnings", ()) for past in past_answers)
            notes = (warning,) if warning and not told else ()  # a hint once in a conversation
            answer = extract(searched, relevant, self.store.embedder, notes, newest, groups)
            answer = dataclasses.replace(answer, passages=hits.hits)
            if context and answer.mode == "none":
                answer = dataclasses.replace(answer, text=_NOTHING)
        elif (
            self.store.is_writable and chat is not None and self.store.catalogue.recall(_LAST_MODEL) != chat.model.name
        ):
            self.store.catalogue.remember(_LAST_MODEL, chat.model.name)
        # code is in no language
        notices = () if context and self.store.embedder.reads(query) else hits.warnings or ()
        keeps = self.store.is_writable and self.store.config.keep_conversations > 0
        answer = dataclasses.replace(
            answer,
            warnings=(
                *answer.warnings,
                *filter(None, (group.warning(answer) for group in groups)),
                *(f"{notice.message} {notice.remedy}" for notice in notices),
            ),
            question=question,
            query=understood,
            context=context or None,
            conversation=conversation if keeps else None,
            seconds=time.perf_counter() - started,
        )
        if keeps:
            most = self.store.config.keep_conversations
            self.store.catalogue.conversations.add(conversation, hits.collection, answer, most, context_path)
        yield answer

    def _found(self, query: str, context: str) -> tuple[str, Hits, list[Group], bool]:
        """Return what was searched for, the hits, those that are versions of each other, and whether any is relevant.

        It is what is said beside pasted code, or all of the question if nothing is found without that.
        """
        for said in dict.fromkeys((without_code(query), query)):
            searched = query_about(said, context)
            hits = self.search(searched)
            is_answered = bool(relevant_hits(searched, hits.hits, self.store.embedder))
            if is_answered:
                break
        arranged, groups = together(searched, hits.hits, lambda: self.search(searched, _DEEP).hits)
        return searched, dataclasses.replace(hits, hits=tuple(arranged)), groups, is_answered

    def _overview(self, query: str, collection: str, warnings: Sequence[str]) -> Answer | None:
        """Return an overview, or the number of documents, if the question wants that."""
        catalogue, asked = self.store.catalogue, self.store.searchable(collection)
        if count := counted(query, catalogue, asked):
            return Answer(query, count, "none", warnings=tuple(warnings))
        documents = overview_of(query, catalogue, asked)
        if documents is None:
            return None
        answer = overview(query, documents, catalogue, self.store.embedder)
        return dataclasses.replace(answer, warnings=(*warnings, *answer.warnings))

    def _chat(self) -> tuple[Chat | None, str]:
        """Return the chat model, or why there is none."""
        try:
            ollama = self.store.chat_server()
            last = self.store.catalogue.recall(_LAST_MODEL) or ""
            model = choose(ollama, self.model or self.store.config.model, last, self.store.config.context_tokens)
        except (OllamaError, PrivacyError) as error:
            return None, _explained(error)
        scale = TokenScale(self.store.catalogue, model.digest, self.store.is_writable)
        speed = ReadingSpeed(self.store.catalogue, model.digest, self.store.is_writable)
        return Chat(ollama, model, scale, self.store.config, self.stop, speed, ollama.window(model.name)), ""

    def _in_full(self, question: str, history: Sequence[Turn], chat: Chat | None) -> Generator[Progress, None, str]:
        if chat is not None:
            try:
                if query := (yield from in_full(question, history, chat)):
                    return query
            except OllamaError:
                pass  # the next step reports it to the user
        return carried_over(question, history)


def _explained(error: LocalAIError) -> str:
    return f"{error.message} {error.remedy}".strip()
