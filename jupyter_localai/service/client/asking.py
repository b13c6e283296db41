"""The verbs about questions: search, ask, summarize, and how well passages are found; `Verbs` has them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from ...config import DEFAULT_COLLECTION, HITS
from ...errors import UsageError, did_you_mean
from ...results.answers import Answer, Suggestions
from ...results.base import to_json
from ...results.passages import Hits, Located
from ...results.reports import Progress
from ...results.scores import Evaluation
from ...results.vectors import LIMIT, Vectors
from .methods import Verb
from .naming import Names, Paths, absolute, files, names
from .questions import Questions
from .questions import read as read_questions
from .request import Report, Request

_COMPARED = ("collection", "file", "embedder")


class AskingVerbs:
    """Search, ask, summarize and measure."""

    @Verb
    def search(
        self,
        query: str,
        k: int = HITS,
        collection: Names | None = None,
        file: Names | None = None,
        *,
        document: Paths | None = None,
    ) -> Request[Hits]:
        """Return the `k` best hits.

        Parameters
        ----------
        query : str
        k : int
        collection : str or sequence of str, optional
            One or several, which are searched together; ``"all"`` for every one. ``default`` when left out.
        file : str or sequence of str, optional
            Globs that limit the documents.
        document : path or sequence of paths, optional
            Only these documents, by their names or paths.
        """
        asked = names(collection) or DEFAULT_COLLECTION
        return Request("search", {"query": query, "k": k, "collection": asked, "files": files(file, document)}, Hits)

    @Verb
    def ask(
        self,
        question: str,
        collection: Names | None = None,
        *,
        k: int | None = None,
        file: Names | None = None,
        document: Paths | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        context: str = "",
        context_path: str | os.PathLike[str] = "",
        fresh: bool = False,
        after: int | None = None,
    ) -> Request[Answer]:
        """Return a cited answer: by the chat model when there is one, else of the best sentences found.

        Parameters
        ----------
        question : str
        collection : str or sequence of str, optional
            One or several, which are asked together; ``"all"`` for every one. When left out, those the conversation
            asked last, or ``default``.
        k : int, optional
            Passages to consider; by default as many as the setting ``passages`` says.
        file : str or sequence of str, optional
            Globs that limit the documents; an absolute one is compared with whole paths.
        document : path or sequence of paths, optional
            Only these documents, by their names or paths.
        model : str
            The chat model.
        extractive : bool
            Ask no chat model.
        conversation : str, optional
            ``answer.conversation`` of an earlier answer, or ``"last"``: the question is understood as the next
            after it.
        context : str
            Text that the question is about, such as code and its error; at most 20,000 characters.
        context_path : path
            The file that the text comes from, if it comes from one: `forget` of it then forgets the answer, too.
        fresh : bool
            Ask the chat model again, though its answer to the same question is remembered. Right after that answer,
            in its conversation, the new one takes its place.
        after : int, optional
            How many answers of the conversation stay before the new one; those after them are deleted when it is
            complete. So a question is put in other words, or answered again.
        """
        arguments = {"question": question, "collection": names(collection), "files": files(file, document)}
        more: dict[str, Any] = {"extractive": extractive, "conversation": conversation, "context": context}
        if k is not None:
            more["k"] = k
        if fresh:
            more["fresh"] = True
        if after is not None:
            more["after"] = after
        if context_path:
            more["context_path"] = absolute(context_path)[0]
        return Request("ask", arguments | more | {"model": model}, progress=_ignore)

    @ask.streamed
    def stream(self) -> None:
        """Yield `Passages` as soon as they are found, a `Token` per piece of text, then the `Answer`.

        Closing the iterator (`contextlib.closing`, or `aclosing` where it is awaited), or an interrupt, ends the
        chat model's work. `Thinking` and `Progress` come while the model has not begun to answer. Parameters are
        those of `ask`.
        """

    @Verb
    def summarize(
        self,
        document: Paths | None = None,
        collection: Names | None = None,
        *,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        after: int | None = None,
        progress: Report | None = None,
    ) -> Request[Answer]:
        """Return an overview of documents, or of a collection, each sentence cited.

        The chat model sums up section by section. What it said of a section is kept as long as that does not change.
        Without a chat model the overview is a list of the most central sentences.

        Parameters
        ----------
        document : path or sequence of paths, optional
            Documents by their names or paths, or folders; everything when left out.
        collection : str or sequence of str, optional
            One or several; ``"all"`` for every one. When left out, those that have the documents, or ``default``.
        model : str
            The chat model.
        extractive : bool
            Ask no chat model.
        conversation : str, optional
            ``answer.conversation`` of an earlier answer, or ``"last"``: the overview becomes its next answer.
        after : int, optional
            As `ask` has it.
        progress : callable, optional
            Called with each `Progress`.
        """
        arguments = {"collection": names(collection), "files": files(None, document), "model": model}
        more: dict[str, Any] = {"extractive": extractive, "conversation": conversation}
        if after is not None:
            more["after"] = after
        return Request("summarize", arguments | more, progress=progress)

    @summarize.streamed
    def stream_summary(self) -> None:
        """Yield `Progress` for each section, a `Token` per piece of the overview, then the `Answer`.

        Closing the iterator, or an interrupt, ends the chat model's work; sections that were summed up are kept.
        Parameters are those of `summarize`.
        """

    @Verb
    def preload(self, model: str = "") -> Request[bool]:
        """Have Ollama bring the chat model into memory, so that the next question need not wait for that.

        Returns
        -------
        bool
            False when it is there already, when there is none, and when the setting `preload` or a battery is against
            it.
        """
        return Request("preload", {"model": model}, bool)

    @Verb
    def suggest(self, collection: str = DEFAULT_COLLECTION) -> Request[Suggestions]:
        """Suggest up to three questions that the documents of a collection answer.

        They are made from headings, without a chat model. There are none where no heading has an answer.
        """
        return Request("suggest", {"collection": collection}, Suggestions)

    @Verb
    def evaluate(
        self,
        questions: Questions,
        collection: str = DEFAULT_COLLECTION,
        *,
        k: int = HITS,
        file: str | None = None,
        compare: Mapping[str, Any] | None = None,
        progress: Report | None = None,
    ) -> Request[Evaluation]:
        """Search for each question, and measure how well the places are found that it should lead to.

        Parameters
        ----------
        questions : path, or sequence of dict
            A JSONL file, each line like ``{"question": "…", "file": "report.pdf", "page": 3, "quote": "…"}``, or a
            list of such dicts. Any of ``file`` (a name, a path or a glob), ``page`` and ``quote`` will do; a list of
            values says that any one of them counts. ``expected``, a list of places with these keys, says that all
            of them should be found.
        collection : str
        k : int
            Hits to look at.
        file : str, optional
            Glob that limits the documents.
        compare : mapping, optional
            Ask the same questions again with another ``collection``, ``file`` or ``embedder``.
        progress : callable, optional
            Called with each `Progress`.

        Returns
        -------
        Evaluation
            ``recall``, ``mrr``, ``misses``, ``to_frame()``; what they mean says `jupyter_localai.results.scores`.

        Raises
        ------
        UsageError
            ``bad_question`` with its line, ``no_questions``; and as `search`.
        """
        asked = to_json(read_questions(questions))
        arguments = {"questions": asked, "k": k, "collection": collection, "files": file}
        request = Request[Evaluation]("evaluate", arguments, Evaluation, progress)
        if compare is None:
            return request
        return dataclasses.replace(request, second=_with_changes(request, compare), made=_compared)

    @Verb
    def vectors(
        self, collection: str = DEFAULT_COLLECTION, query: str | None = None, *, limit: int = LIMIT
    ) -> Request[Vectors]:
        """Return the vectors of a collection as arrays, with the place and the first words of each.

        Parameters
        ----------
        collection : str
        query : str, optional
            Its vector comes along.
        limit : int
            Of a larger collection an even sample of so many chunks; at most 50,000.
        """
        return Request("vectors", {"collection": collection, "query": query, "limit": limit}, Vectors)

    @Verb
    def locate(
        self, path: str | os.PathLike[str], start: int, end: int, quote: str = "", text: bool = False
    ) -> Request[Located]:
        """Return where a passage that was cited is now: whether its file is unchanged, and if not, what happened to it.

        Parameters
        ----------
        path, start, end, quote
            As a `Citation` has them. Without the quote nothing that moved can be followed.
        text : bool
            Whether the indexed text around it is wanted, too.
        """
        arguments = {"path": os.path.abspath(os.fspath(path)), "start": start, "end": end, "quote": quote, "text": text}
        return Request("locate", arguments, Located)


def _ignore(progress: Progress) -> None:
    """Ignore progress: the caller only wants the answer."""


def _with_changes(request: Request[Evaluation], changes: Mapping[str, Any]) -> Request[Evaluation]:
    """Return an evaluation's request with others of `_COMPARED`.

    Raises
    ------
    UsageError
    """
    for name in changes:
        if name not in _COMPARED:
            raise UsageError(
                f"{name!r} is nothing to compare.{did_you_mean(name, _COMPARED)}", f"Compare: {', '.join(_COMPARED)}."
            )
    arguments = dict(request.arguments)
    for name, argument in (("collection", "collection"), ("file", "files")):
        if name in changes:
            arguments[argument] = changes[name]
    settings = {name: changes[name] for name in ("embedder",) if name in changes}
    return dataclasses.replace(request, arguments=arguments, settings=settings)


def _compared(first: Evaluation, second: Evaluation) -> Evaluation:
    return dataclasses.replace(first, compared=second)
