"""The flow of a question: understand it, find passages, let the chat model or the passages answer, remember it."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from ..answer.attached import query as query_about
from ..answer.choose import choose
from ..answer.extract import extract
from ..answer.follow_up import carried_over, is_clear
from ..answer.generate import Chat, generate, in_full
from ..answer.overview import counted, overview, overview_of
from ..answer.prompt import Turn
from ..answer.relevance import is_relevant, without_code
from ..answer.same import prompt_key, wording_key
from ..answer.seen import seen
from ..answer.speed import ReadingSpeed
from ..answer.table_select import by_model
from ..answer.tabled import TableAnswers, shows_rows
from ..answer.tokens import TokenScale
from ..answer.versions import Group, sought, together
from ..errors import LocalAIError, OllamaError, PrivacyError
from ..index.conversations import Remembered, moment
from ..results.codec import from_json
from ..results.passages import Answer, Hit, Hits, Passages
from ..results.reports import Event, Progress
from ..tables.process import Unanswered
from ..tables.wanted import wants_all, wants_number
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
    fresh : bool
        Ask the chat model though its answer to the same question is remembered.
    stop : threading.Event
        Ends the work of the chat model when set.
    """

    store: Store
    search: Callable[..., Hits]
    model: str
    extractive: bool
    fresh: bool
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
        replaces = self.fresh and bool(past_answers) and _is_same(past_answers[-1], question, context)
        if replaces:
            past_answers.pop()
        history = [
            Turn(past.get("query") or past["question"], past["text"], past.get("context") or "")
            for past in past_answers
        ]
        chat, warning = None, ""
        query = question
        keys: list[str] = []
        if history and not context:
            if not self.extractive:
                chat, warning = self._chat()
            query = yield from self._in_full(question, history, chat, keys)
        about = context or next((turn.context for turn in reversed(history) if turn.context), "")
        searched, hits, groups = self._found(query, context)
        understood = query if query != question else None
        yield Passages(hits.hits, understood)
        answer: Answer | None = None if about else self._by_words(query, searched, hits.hits)
        known: Remembered | None = None
        relevant = hits.hits if any(is_relevant(searched, hit) for hit in hits) else ()
        if answer is None and not self.extractive and (relevant or about):
            if chat is None and not warning:
                chat, warning = self._chat()
            if chat is not None:
                keys.append(prompt_key(query, relevant, history, about, chat))
                known = self._remembered(keys[-1])
            if known is not None:
                answer = dataclasses.replace(
                    from_json(Answer, known.answer), passages=hits.hits, remembered=moment(known.made)
                )
            elif chat is not None:
                try:
                    answer = None if about else (yield from self._by_model(query, relevant, chat))
                    for event in () if answer else generate(query, relevant, history, chat, self.store.embedder, about):
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
            answer = extract(sought(searched, groups), hits.hits, self.store.embedder, notes, newest, groups)
            if context and answer.mode == "none":
                answer = dataclasses.replace(answer, text=_NOTHING)
        elif (
            self.store.is_writable and chat is not None and self.store.catalogue.recall(_LAST_MODEL) != chat.model.name
        ):
            self.store.catalogue.remember(_LAST_MODEL, chat.model.name)
        # code is in no language
        notices = () if context and self.store.embedder.reads(query) else hits.warnings or ()
        keeps = self.store.is_writable and self.store.config.keep_conversations > 0
        more = (
            *filter(None, (group.warning(answer) for group in groups)),
            *filter(None, (seen(query, answer, self._count(hits.collection)),)),
            *(f"{notice.message} {notice.remedy}" for notice in notices),
        )
        answer = dataclasses.replace(
            answer,
            warnings=answer.warnings if known else (*answer.warnings, *more),
            question=question,
            query=understood,
            context=context or None,
            conversation=conversation if keeps else None,
            seconds=time.perf_counter() - started,
        )
        if keeps:
            most = self.store.config.keep_conversations
            lasts = answer.mode == "llm" and chat is not None and not chat.lost
            made = known.made if known else None
            self.store.catalogue.conversations.add(
                conversation, hits.collection, answer, most, context_path, keys if lasts else (), made, replaces
            )
        yield answer

    def _remembered(self, key: str) -> Remembered | None:
        """Return the answer to the same question, unless it is to be asked again or none are remembered."""
        if self.fresh or self.store.config.keep_conversations == 0:
            return None
        return self.store.catalogue.conversations.remembered(key)

    def _found(self, query: str, context: str) -> tuple[str, Hits, list[Group]]:
        """Return what was searched for, the hits, and which of them are versions of each other.

        It is what is said beside pasted code, or all of the question if nothing is found without that.
        """
        for said in dict.fromkeys((without_code(query), query)):
            searched = query_about(said, context)
            hits = self.search(searched)
            if any(is_relevant(searched, hit) for hit in hits):
                break
        arranged, groups = together(searched, hits.hits, lambda: self.search(searched, _DEEP).hits)
        return searched, dataclasses.replace(hits, hits=tuple(arranged)), groups

    def _by_words(self, query: str, searched: str, hits: Sequence[Hit]) -> Answer | None:
        """Return an answer worked out over a table, where the words of the question tell how."""
        if not wants_all(query):
            return None
        answers = TableAnswers(self.store.tables, self.store.catalogue)
        answer = answers.by_words(query, hits)
        if answer is None and wants_number(query):
            answer = answers.by_words(query, self.search(searched, _DEEP).hits)
        return answer

    def _by_model(self, query: str, relevant: Sequence[Hit], chat: Chat) -> Generator[Progress, None, Answer | None]:
        """Return an answer from a query that the chat model writes, where the best passage shows rows of a table."""
        if not wants_all(query) or not relevant or not shows_rows(relevant[0]):
            return None
        answers = TableAnswers(self.store.tables, self.store.catalogue)
        try:
            asked = next(answers.near(relevant[:1]), None)
        except Unanswered:
            return None
        return (yield from by_model(query, asked, answers, chat)) if asked else None

    def _count(self, collection: str) -> int:
        return len(self.store.catalogue.readable(self.store.searchable(collection)))

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

    def _in_full(
        self, question: str, history: Sequence[Turn], chat: Chat | None, keys: list[str]
    ) -> Generator[Progress, None, str]:
        """Return a follow-up in full; what the chat model was asked for it goes to `keys` as a digest."""
        by_rule = carried_over(question, history)
        if chat is None or is_clear(question, by_rule, history):
            return by_rule
        key = wording_key(question, history, chat)
        known = self._remembered(key)
        try:
            query = known.answer.get("query") or question if known else (yield from in_full(question, history, chat))
        except OllamaError:
            return by_rule  # the next step reports it to the user
        keys.append(key)
        return query or by_rule


def _explained(error: LocalAIError) -> str:
    return f"{error.message} {error.remedy}".strip()


def _is_same(past: dict[str, Any], question: str, context: str) -> bool:
    """Whether an earlier answer of the conversation is one to this question."""
    return past["question"] == question and (past.get("context") or "") == context
