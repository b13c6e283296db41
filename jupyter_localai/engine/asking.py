"""The flow of a question: understand it, find passages, let the chat model or the passages answer, remember it."""

from __future__ import annotations

import dataclasses
import functools
import threading
import time
from collections.abc import Generator, Iterator, Sequence

from ..answer.extract import extract
from ..answer.follow_up import carried_over, is_clear
from ..answer.generate import Chat, generate, in_full
from ..answer.overview import overview
from ..answer.same import prompt_key, wording_key
from ..answer.scope import counted, scope
from ..answer.seen import seen
from ..answer.summarize import Summarizer
from ..answer.table_select import by_model
from ..answer.tabled import TableAnswers, shows_rows
from ..errors import OllamaError
from ..index.conversations import Remembered, moment
from ..index.registry import Collection
from ..results.answers import Answer, Passages
from ..results.codec import from_json
from ..results.passages import Hits
from ..results.reports import Event, Progress
from ..tables.process import Unanswered
from ..tables.wanted import wants_all, wants_number
from . import attachments, chatting, mentions, searching, validate
from .finding import DEEP, Found, find
from .selecting import called
from .store import Store
from .talk import Talk

_ALONE = "Nothing in the documents is about this; the answer rests on what you attached."
_NOTHING = "Nothing in these documents seems to be about what you attached. A chat model could explain it all the same."


@dataclasses.dataclass(frozen=True)
class Asking:
    """One question, with what answering it takes.

    Parameters
    ----------
    store : Store
        Where the conversation is read and, if it can be written, kept.
    names : sequence of str
        The collections that are asked.
    files : str or sequence of str, optional
        Globs that limit the documents.
    k : int
        How many hits are wanted.
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
    names: Sequence[str]
    files: str | Sequence[str] | None
    k: int
    model: str
    extractive: bool
    fresh: bool
    stop: threading.Event

    @functools.cached_property
    def collections(self) -> list[Collection]:
        """The collections that are asked.

        Raises
        ------
        UnknownCollectionError, EmbedderMismatchError
        """
        return [self.store.searchable(name) for name in self.names]

    @functools.cached_property
    def _chosen(self) -> tuple[Chat | None, str]:
        """The chat model, or why there is none; neither where none is wanted."""
        return (None, "") if self.extractive else chatting.chat(self.store, self.model, self.stop)

    def answer(
        self, question: str, conversation: str, context: str = "", context_path: str = "", after: int | None = None
    ) -> Iterator[Event]:
        """Answer a question, as the next of its conversation, or in the place of what comes `after` so many answers.

        Text that it is about makes it complete in itself, and counts for what follows until other text comes; the
        file it comes from counts as one of the answer's sources.

        Yields
        ------
        Passages, then Progress, Thinking and Token while a chat model works, then one Answer

        Raises
        ------
        UsageError
        """
        question, context = validate.check_question(question, self.k), validate.check_context(context)
        path = validate.check_context_path(context_path) if context else ""
        talk = Talk.go_on(self.store.catalogue.conversations, conversation, (question, context), self.fresh, after)
        query = question
        if talk.history and not context:
            query = yield from self._in_full(question, talk)
        understood = query if query != question else None
        if not context:
            documents = self._documents(query)
            instead = yield from self._instead(query, documents, talk)
            if instead is not None:
                instead = dataclasses.replace(instead, question=question, query=understood)
                yield self._kept(instead, talk, self.store.catalogue.paths_of(documents or ()))
                return
        found = find(self._search, query, context, self.store.embedder)
        yield Passages(found.hits.hits, understood, talk.id if self._keeps else None)
        about = context or talk.about
        answer = None if about else self._by_words(query, found)
        warning = ""
        if answer is None and (found.relevant or about):
            answer, warning = yield from self._by_chat_model(query, found, about, talk)
        if answer is None:
            newest = talk.typed(question) if understood else ()
            notes = (warning,) if warning and warning not in talk.told else ()  # a hint once
            answer = extract(found.searched, found.relevant, self.store.embedder, notes, newest, found.groups)
            answer = dataclasses.replace(answer, passages=found.hits.hits)
            if context and answer.mode == "none":
                answer = dataclasses.replace(answer, text=_NOTHING)
        if not answer.remembered:
            answer = dataclasses.replace(
                answer, warnings=(*answer.warnings, *self._doubts(query, answer, found, bool(context)))
            )
        answer = dataclasses.replace(answer, question=question, query=understood, context=context or None)
        yield self._kept(answer, talk, (path,) if path else ())

    def summarize(
        self, question: str, documents: Sequence[int], conversation: str, after: int | None = None
    ) -> Iterator[Event]:
        """Give an overview of documents, as the next answer of a conversation, or as `answer` has it.

        Yields
        ------
        Progress, Thinking and Token while a chat model works, then one Answer
        """
        talk = Talk(conversation, [], time.perf_counter(), after)
        answer = yield from self._overview(question, documents, talk, asked=False)
        yield self._kept(answer, talk, self.store.catalogue.paths_of(documents))

    # the ways to an answer, in their order -----------------------------------------------------

    def _documents(self, query: str) -> list[int] | None:
        """Return the documents that a question wants an overview of; None when it wants none.

        Raises
        ------
        UsageError
            ``no_matching_file`` for a name that no document has.
        """
        within = mentions.chosen(self.store.catalogue, self.collections, query, self.files)
        wanted = scope(query, self.store.catalogue, self.collections, within)
        if wanted is not None and wanted.unknown:
            raise mentions.not_indexed(wanted.unknown, wanted.close, self.collections)
        return None if wanted is None else list(wanted.documents)

    def _instead(self, query: str, documents: list[int] | None, talk: Talk) -> Generator[Event, None, Answer | None]:
        """Answer a question that wants the number of documents or an overview; return None for any other."""
        if count := counted(query, self.store.catalogue, self.collections):
            return Answer(query, count, "none")
        return None if documents is None else (yield from self._overview(query, documents, talk))

    def _overview(
        self, question: str, documents: Sequence[int], talk: Talk, asked: bool = True
    ) -> Generator[Event, None, Answer]:
        """Give an overview by the chat model if there is one, else out of central sentences.

        `asked` says whether somebody put it as a question.
        """
        catalogue, embedder = self.store.catalogue, self.store.embedder
        if not documents:
            text = f"Nothing is indexed in {called(self.names)}. Index a folder first."
            return Answer(question, text, "none")
        chat, warning = self._chosen
        warning = "" if warning in talk.told else warning
        if chat is not None:
            try:
                by_chat = Summarizer(catalogue, self.store.is_writable, chat, embedder)
                for event in by_chat.overview(question, documents, asked):
                    if isinstance(event, Answer):
                        chatting.remember(self.store, chat)
                        return event
                    yield event
            except OllamaError as error:
                warning = chatting.explained(error)
        answer = overview(question, documents, catalogue, embedder)
        return dataclasses.replace(answer, warnings=tuple(filter(None, (warning, *answer.warnings))))

    def _by_words(self, query: str, found: Found) -> Answer | None:
        """Return an answer worked out over a table, where the words of the question tell how."""
        if not wants_all(query):
            return None
        answers = TableAnswers(self.store.tables, self.store.catalogue)
        answer = answers.by_words(query, found.hits.hits)
        if answer is None and wants_number(query):
            answer = answers.by_words(query, self._search(found.searched, DEEP).hits)
        return answer

    def _by_chat_model(
        self, query: str, found: Found, about: str, talk: Talk
    ) -> Generator[Event, None, tuple[Answer | None, str]]:
        """Return the chat model's answer, of now or of before; or None and why there is none."""
        chat, warning = self._chosen
        if chat is None:
            return None, warning
        hits, relevant = found.hits.hits, found.relevant
        talk.keys.append(prompt_key(query, relevant, talk.history, about, chat))
        if known := self._remembered(talk.keys[-1]):
            talk.made = known.made
            return dataclasses.replace(
                from_json(Answer, known.answer), passages=hits, remembered=moment(known.made)
            ), ""
        answer = None
        try:
            if not about:
                answer = yield from self._by_select(query, found, chat)
            for event in () if answer else generate(query, relevant, talk.history, chat, self.store.embedder, about):
                if isinstance(event, Answer):
                    warnings = event.warnings if relevant else (_ALONE, *event.warnings)
                    answer = dataclasses.replace(event, passages=hits, warnings=warnings)
                else:
                    yield event
        except OllamaError as error:
            return None, chatting.explained(error)
        chatting.remember(self.store, chat)
        talk.lasts = answer is not None and answer.mode == "llm" and not chat.lost
        return answer, ""

    def _by_select(self, query: str, found: Found, chat: Chat) -> Generator[Progress, None, Answer | None]:
        """Return an answer from a query that the chat model writes, where the best passage shows rows of a table."""
        if not wants_all(query) or not found.relevant or not shows_rows(found.relevant[0]):
            return None
        answers = TableAnswers(self.store.tables, self.store.catalogue)
        try:
            asked = next(answers.near(found.relevant[:1]), None)
        except Unanswered:
            return None
        return (yield from by_model(query, asked, answers, chat)) if asked else None

    # what they share ---------------------------------------------------------------------------

    def _in_full(self, question: str, talk: Talk) -> Generator[Progress, None, str]:
        """Return a follow-up in full, by the rule or in the chat model's words."""
        by_rule = carried_over(question, talk.history)
        if self.extractive or is_clear(question, by_rule, talk.history):
            return by_rule
        chat, _ = self._chosen
        if chat is None:
            return by_rule
        key = wording_key(question, talk.history, chat)
        known = self._remembered(key)
        try:
            query = (
                known.answer.get("query") or question if known else (yield from in_full(question, talk.history, chat))
            )
        except OllamaError:
            return by_rule  # the next step reports it to the user
        talk.keys.append(key)
        return query or by_rule

    def _doubts(self, query: str, answer: Answer, found: Found, has_context: bool) -> Iterator[str]:
        """Yield what makes an answer less reliable."""
        yield from filter(None, (group.warning(answer) for group in found.groups))
        if unknown := mentions.unknown(query, self.store.catalogue, self.collections, found.hits.hits):
            yield unknown
        if limits := seen(query, answer, self._count):
            yield limits
        is_code = has_context and self.store.embedder.reads(query)  # which is in no language
        told = [*attachments.notices(self.store, self.names)]
        noted = [notice for notice in (() if is_code else found.hits.warnings or ()) if notice not in told]
        yield from (f"{notice.message} {notice.remedy}" for notice in noted)

    def _count(self) -> int:
        return sum(len(self.store.catalogue.readable(each)) for each in self.collections)

    def _search(self, query: str, most: int = 0) -> Hits:
        return searching.search(self.store, query, most or self.k, self.names, self.files)

    def _remembered(self, key: str) -> Remembered | None:
        """Return the answer to the same question, unless it is to be asked again or none are remembered."""
        if self.fresh or self.store.config.keep_conversations == 0:
            return None
        return self.store.catalogue.conversations.remembered(key)

    @property
    def _keeps(self) -> bool:
        """Whether answers are remembered."""
        return self.store.is_writable and self.store.config.keep_conversations > 0

    def _kept(self, answer: Answer, talk: Talk, made_from: Sequence[str] = ()) -> Answer:
        """Remember an answer, with the files that it was made from, and return it as it is kept."""
        most, keeps = self.store.config.keep_conversations, self._keeps
        seconds = time.perf_counter() - talk.started
        told = [f"{notice.message} {notice.remedy}" for notice in attachments.notices(self.store, self.names)]
        answer = dataclasses.replace(
            answer,
            conversation=talk.id if keeps else None,
            seconds=seconds,
            warnings=(*told, *(warning for warning in answer.warnings if warning not in told)),
        )
        if keeps:
            keys = talk.keys if (talk.lasts or answer.remembered) and not told else ()
            self.store.catalogue.conversations.add(
                talk.id, self.names, answer, most, made_from, keys=keys, made=talk.made, after=talk.after
            )
        return answer
