"""The verbs of the clients: each is defined once, with its arguments and docstring.

A verb returns the request that a client sends. Paths are made absolute here, since the engine runs in another folder.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ...config import DEFAULT_COLLECTION, HITS
from ...errors import UsageError, did_you_mean
from ...results.base import to_json
from ...results.codec import from_json
from ...results.passages import Answer, Hits, Located, Rules, Suggestions
from ...results.projects import ExportReport, ImportReport
from ...results.reports import (
    CollectionInfo,
    Collections,
    CompactReport,
    Documents,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    Progress,
    RebuildReport,
    Status,
    Watch,
)
from ...results.scores import Evaluation
from ...results.shared import AttachReport, ShareReport, SyncReport
from ...results.vectors import LIMIT, Vectors
from .attaching import AttachingVerbs
from .conversing import ConversingVerbs
from .methods import JobVerb, Verb
from .naming import Names, Paths, absolute, files, names
from .questions import Questions
from .questions import read as read_questions
from .request import Report, Request
from .sharing import SharingVerbs

_COMPARED = ("collection", "file", "embedder")
_REPORTS: dict[str, Any] = {
    "index": IndexReport,
    "rebuild": RebuildReport,
    "forget": ForgetReport,
    "compact": CompactReport,
    "export_bundle": ExportReport,
    "import_bundle": ImportReport,
    "share": ShareReport,
    "attach": AttachReport,
    "sync": SyncReport,
    "detach": ForgetReport,
}


class Verbs(ConversingVerbs, SharingVerbs, AttachingVerbs):
    """The methods that every client has."""

    @JobVerb
    def index(
        self,
        paths: Paths = (),
        collection: str = DEFAULT_COLLECTION,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        ignore: bool = True,
        dry_run: bool = False,
        retry: bool = False,
        refresh: bool = False,
        max_documents: int | None = None,
        ocr: bool = False,
        background: bool = False,
        progress: Report | None = None,
    ) -> Request[IndexReport]:
        """Index folders and files, or refresh all known ones when `paths` is empty.

        Only what changed since the last time is read. An interrupt keeps what is done.

        Parameters
        ----------
        paths : path or sequence of paths
            Files and folders; a folder named here counts even when it is hidden or ignored.
        collection : str
            Created when it does not exist.
        include, exclude : sequence of str
            Globs on the path relative to its folder, or on the file name.
        ignore : bool
            Whether ``.gitignore`` files count.
        dry_run : bool
            Only report what would happen.
        retry : bool
            Try files again that have failed, though they have not changed.
        refresh : bool
            Look at `paths` only as far as they lie in folders that are indexed already, by the rules these were
            indexed with; add none.
        max_documents : int, optional
            Raise `UsageError` (``too_many_documents``), and change nothing, when more would have to be read.
        ocr : bool
            Have OCR read pages and pictures that only it can read, after all else is searchable. It needs the extra
            ``ocr``; without it, raise `UsageError` (``ocr_missing``).
        background : bool
            Return at once, with a `Job` that can be followed or cancelled.
        progress : callable, optional
            Called with each `Progress`.
        """
        arguments = {
            "paths": absolute(paths),
            "collection": collection,
            "rules": to_json(Rules(tuple(include), tuple(exclude), ignore)),
            "dry_run": dry_run,
            "retry": retry,
            "refresh": refresh,
            "max_documents": max_documents,
            "ocr": ocr,
            "background": background,
        }
        return Request("index", arguments, Job if background else IndexReport, progress)

    @Verb
    def rebuild(self, collection: str | None = None, *, progress: Report | None = None) -> Request[RebuildReport]:
        """Rebuild the vector index of one or all collections.

        Nothing is embedded again, unless the setting `embedder` now names another model than a
        collection was built with: then its files are read and embedded again, and the old version
        answers until the new one is complete.
        """
        return Request("rebuild", {"collection": collection}, RebuildReport, progress)

    @Verb
    def forget(
        self, paths: Paths = (), *, collection: str | None = None, progress: Report | None = None
    ) -> Request[ForgetReport]:
        """Remove documents, or a whole collection, so that nothing of them stays in the index.

        Parameters
        ----------
        paths : path or sequence of paths
            Files and folders; they need not exist any more. A file in a folder that stays indexed is
            kept out of it until it is named to `index`.
        collection : str, optional
            Remove the paths from this collection only; without paths, remove the whole collection.
        progress : callable, optional
            Called with each `Progress`.
        """
        return Request("forget", _forgetting(paths, collection), ForgetReport, progress)

    @Verb
    def would_forget(self, paths: Paths = (), *, collection: str | None = None) -> Request[ForgetReport]:
        """Return what `forget` would remove, with the same arguments, and change nothing."""
        return Request("would_forget", _forgetting(paths, collection), ForgetReport)

    @Verb
    def rename_collection(self, collection: str, name: str) -> Request[None]:
        """Give a collection another name.

        Raises
        ------
        UsageError
            ``name_taken``.
        UnknownCollectionError
        """
        return Request("rename_collection", {"collection": collection, "name": name})

    @Verb
    def watch(self, collection: str = DEFAULT_COLLECTION, on: bool = True) -> Request[Watch]:
        """Have a collection follow its folders: what changes there is indexed within seconds.

        It does so as long as an engine runs, which does not end for want of work then, and again when the next one
        has started. Folders on network disks, and in which the system does not report changes, are looked at now and
        then.

        Parameters
        ----------
        collection : str
        on : bool
            False to end that.
        """
        return Request("watch", {"collection": collection, "on": on}, Watch)

    @Verb
    def compact(self, *, progress: Report | None = None) -> Request[CompactReport]:
        """Clean away what the index's files still hold of documents that were deleted or changed.

        An engine that has nothing to do does so by itself, unless the index is large.
        """
        return Request("compact", {}, CompactReport, progress)

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

    @Verb
    def status(self) -> Request[Status]:
        """Return counts, size on disk, the engine's jobs, and how the network is kept out."""
        return Request("status", {}, Status)

    @Verb
    def tried(self) -> Request[dict[str, Any]]:
        """Have the engine and a reader ask for a way out; return whether it was refused, as `privacy.tried` reports."""
        return Request("tried", {}, dict[str, Any])

    @Verb
    def suggest(self, collection: str = DEFAULT_COLLECTION) -> Request[Suggestions]:
        """Suggest up to three questions that the documents of a collection answer.

        They are made from headings, without a chat model. There are none where no heading has an answer.
        """
        return Request("suggest", {"collection": collection}, Suggestions)

    @Verb
    def collections(self) -> Request[Collections]:
        """Return every collection with its counts and roots."""
        return Request("collections", {}, list[CollectionInfo], made=Collections)

    @Verb
    def documents(
        self,
        collection: str = DEFAULT_COLLECTION,
        state: Literal["ready", "pending", "failed"] | None = None,
        name: str = "",
        *,
        under: Paths = (),
        limit: int = 100,
        offset: int = 0,
    ) -> Request[Documents]:
        """Return the documents of a collection, by path, a part at a time.

        Parameters
        ----------
        collection : str
        state : {"ready", "pending", "failed"}, optional
            Only those in this state.
        name : str
            Only those with this in their path below their folder, in capitals or not.
        under : path or sequence of paths
            Only these files, and the files in these folders.
        limit, offset : int
            How many, 1 to 1000, and after how many.
        """
        arguments = {"collection": collection, "state": state, "name": name, "under": absolute(under)}
        return Request("documents", arguments | {"limit": limit, "offset": offset}, Documents)

    @Verb
    def models(self) -> Request[Models]:
        """Return the chat models that Ollama has, and some that would suit this machine.

        Raises
        ------
        OllamaError
            ``ollama_absent`` when nothing answers.
        PrivacyError
            When the setting `ollama_host` leads to another machine.
        """
        return Request("models", {}, Models)

    @Verb
    def pull(self, model: str, *, progress: Report | None = None) -> Request[None]:
        """Have Ollama download a chat model from its library: Ollama, not this package, opens the connection.

        An interrupt ends the download; the next one goes on where it stopped.

        Raises
        ------
        OllamaError
            ``pull_failed``, ``ollama_absent``.
        PrivacyError
            For a model that answers from another machine.
        """
        return Request("pull", {"model": model}, progress=progress)

    @Verb
    def jobs(self) -> Request[list[Job]]:
        """Return the engine's jobs, whoever started them, the oldest first, with some that have ended."""
        return Request("jobs", {}, list[Job])

    @Verb
    def follow(self, job: str | Job, *, progress: Report | None = None) -> Request[Any]:
        """Wait for a job and return its report; an interrupt ends the waiting and not the job.

        Raises
        ------
        UsageError
            ``unknown_job``.
        Cancelled
            When it was cancelled.
        LocalAIError
            What it failed with.
        """
        return Request("follow", {"job": _id(job)}, Job, progress, _report_of)

    @Verb
    def cancel(self, job: str | Job) -> Request[Job]:
        """Have a job stopped; indexing ends after the current document and keeps what is done."""
        return Request("cancel", {"job": _id(job)}, Job)


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


def _report_of(job: Job) -> Any:
    """Return a job's result as the report of its kind; None while it has none."""
    kind = _REPORTS.get(job.kind)
    return None if kind is None or job.result is None else from_json(kind, job.result)


def _ignore(progress: Progress) -> None:
    """Ignore progress: the caller only wants the answer."""


def _id(job: str | Job) -> str:
    return job.id if isinstance(job, Job) else job


def _forgetting(paths: Paths, collection: str | None) -> dict[str, Any]:
    named = absolute(paths)
    if not named and collection is None:
        raise UsageError("Name paths or a collection to forget.", "Name a PATH, or --collection NAME.")
    return {"paths": named, "collection": collection}
