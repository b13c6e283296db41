"""The flow of a question: understand it, find passages, let the chat model or the passages answer, remember it."""

from __future__ import annotations

import dataclasses
import functools
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet

from ..answer.attached import query as query_about
from ..answer.extract import MAX_SENTENCES, extract
from ..answer.follow_up import carried_over
from ..answer.generate import Chat, generate, in_full
from ..answer.overview import overview
from ..answer.prompt import Turn
from ..answer.relevance import is_relevant, without_code
from ..answer.scope import counted, scope
from ..answer.summarize import Summarizer
from ..answer.versions import Group, sought, together
from ..errors import OllamaError
from ..index.registry import Collection
from ..results.passages import Answer, Hits, Passages
from ..results.reports import Event, Progress
from . import chatting, mentions, searching, validate
from .selecting import called
from .store import Store

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
    stop : threading.Event
        Ends the work of the chat model when set.
    """

    store: Store
    names: Sequence[str]
    files: str | Sequence[str] | None
    k: int
    model: str
    extractive: bool
    stop: threading.Event

    @functools.cached_property
    def collections(self) -> list[Collection]:
        """The collections that are asked.

        Raises
        ------
        UnknownCollectionError, EmbedderMismatchError
        """
        return [self.store.searchable(name) for name in self.names]

    def answer(self, question: str, conversation: str, context: str = "", context_path: str = "") -> Iterator[Event]:
        """Answer a question, as the next of its conversation.

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
        context_path = validate.check_context_path(context_path) if context else ""
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
                chat, warning = chatting.chat(self.store, self.model, self.stop)
            query = yield from self._in_full(question, history, chat)
        about = context or next((turn.context for turn in reversed(history) if turn.context), "")
        understood = query if query != question else None
        told = {warning for past in past_answers for warning in past.get("warnings", ())}
        if not context:
            documents = self._documents(query)
            instead = yield from self._instead(query, documents, chat, told)
            if instead is not None:
                instead = dataclasses.replace(instead, question=question, query=understood)
                yield self._kept(instead, conversation, started, made_from=documents or ())
                return
        searched, hits, groups = self._found(query, context)
        yield Passages(hits.hits, understood)
        answer = None
        relevant = hits.hits if any(is_relevant(searched, hit) for hit in hits) else ()
        if not self.extractive and (relevant or about):
            if chat is None and not warning:
                chat, warning = chatting.chat(self.store, self.model, self.stop)
            if chat is not None:
                try:
                    for event in generate(query, relevant, history, chat, self.store.embedder, about):
                        if isinstance(event, Answer):
                            warnings = event.warnings if relevant else (_ALONE, *event.warnings)
                            answer = dataclasses.replace(event, passages=hits.hits, warnings=warnings)
                        else:
                            yield event
                except OllamaError as error:
                    warning = chatting.explained(error)
        else:
            warning = ""
        if answer is None:
            newest = question if understood else ""
            notes = (warning,) if warning and not (chat is None and warning in told) else ()  # a hint once
            most = max(MAX_SENTENCES, *(len(group.hits) for group in groups)) if groups else MAX_SENTENCES
            answer = extract(sought(searched, groups), hits.hits, self.store.embedder, notes, newest, most)
            if context and answer.mode == "none":
                answer = dataclasses.replace(answer, text=_NOTHING)
        elif chat is not None:
            chatting.remember(self.store, chat)
        # code is in no language
        notices = () if context and self.store.embedder.reads(query) else hits.warnings or ()
        answer = dataclasses.replace(
            answer,
            warnings=(
                *answer.warnings,
                *filter(None, (group.warning(answer) for group in groups)),
                *filter(None, (mentions.unknown(query, self.store.catalogue, self.collections, hits.hits),)),
                *(f"{notice.message} {notice.remedy}" for notice in notices),
            ),
            question=question,
            query=understood,
            context=context or None,
        )
        yield self._kept(answer, conversation, started, path=context_path)

    def summarize(self, question: str, documents: Sequence[int], conversation: str) -> Iterator[Event]:
        """Give an overview of documents, as the next answer of a conversation.

        Yields
        ------
        Progress, Thinking and Token while a chat model works, then one Answer
        """
        started = time.perf_counter()
        answer = yield from self._overview(question, documents, asked=False)
        yield self._kept(answer, conversation, started, made_from=documents)

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

    def _instead(
        self, query: str, documents: list[int] | None, chat: Chat | None, told: AbstractSet[str]
    ) -> Generator[Event, None, Answer | None]:
        """Answer a question that wants the number of documents or an overview; return None for any other."""
        if count := counted(query, self.store.catalogue, self.collections):
            return Answer(query, count, "none")
        return None if documents is None else (yield from self._overview(query, documents, chat, told))

    def _overview(
        self,
        question: str,
        documents: Sequence[int],
        chat: Chat | None = None,
        told: AbstractSet[str] = frozenset(),
        asked: bool = True,
    ) -> Generator[Event, None, Answer]:
        """Give an overview by the chat model if there is one, else out of central sentences.

        Parameters
        ----------
        question : str
        documents : sequence of int
        chat : Chat, optional
            The chat model, if it was needed before.
        told : set of str
            Warnings that earlier answers of the conversation had.
        asked : bool
            Whether somebody put it as a question.
        """
        catalogue, embedder, warning = self.store.catalogue, self.store.embedder, ""
        if not documents:
            text = f"Nothing is indexed in {called(self.names)}. Index a folder first."
            return Answer(question, text, "none")
        if not self.extractive:
            if chat is None:
                chat, warning = chatting.chat(self.store, self.model, self.stop)
            warning = "" if warning in told else warning
            if chat is not None:
                try:
                    by_model = Summarizer(catalogue, self.store.is_writable, chat, embedder)
                    for event in by_model.overview(question, documents, asked):
                        if isinstance(event, Answer):
                            chatting.remember(self.store, chat)
                            return event
                        yield event
                except OllamaError as error:
                    warning = chatting.explained(error)
        answer = overview(question, documents, catalogue, embedder)
        return dataclasses.replace(answer, warnings=tuple(filter(None, (warning, *answer.warnings))))

    def _kept(
        self, answer: Answer, conversation: str, started: float, made_from: Sequence[int] = (), path: str = ""
    ) -> Answer:
        """Remember an answer, with the documents and the file that it was made from, and return it as it is kept."""
        catalogue, most = self.store.catalogue, self.store.config.keep_conversations
        keeps = self.store.is_writable and most > 0
        seconds = time.perf_counter() - started
        answer = dataclasses.replace(answer, conversation=conversation if keeps else None, seconds=seconds)
        if keeps:
            paths = [*catalogue.paths_of(made_from), *filter(None, (path,))]
            catalogue.conversations.add(conversation, self.names, answer, most, paths)
        return answer

    def _search(self, query: str, most: int = 0) -> Hits:
        return searching.search(self.store, query, most or self.k, self.names, self.files)

    def _found(self, query: str, context: str) -> tuple[str, Hits, list[Group]]:
        """Return what was searched for, the hits, and which of them are versions of each other.

        It is what is said beside pasted code, or all of the question if nothing is found without that.
        """
        for said in dict.fromkeys((without_code(query), query)):
            searched = query_about(said, context)
            hits = self._search(searched)
            if any(is_relevant(searched, hit) for hit in hits):
                break
        arranged, groups = together(searched, hits.hits, lambda: self._search(searched, _DEEP).hits)
        return searched, dataclasses.replace(hits, hits=tuple(arranged)), groups

    def _in_full(self, question: str, history: Sequence[Turn], chat: Chat | None) -> Generator[Progress, None, str]:
        if chat is not None:
            try:
                if query := (yield from in_full(question, history, chat)):
                    return query
            except OllamaError:
                pass  # the next step reports it to the user
        return carried_over(question, history)
