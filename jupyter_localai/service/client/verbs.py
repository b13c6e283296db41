"""The verbs of the clients: each is defined once, with its arguments and docstring.

A verb returns the request that a client sends. Paths are made absolute here, since the engine runs in another folder.
"""

from __future__ import annotations

from typing import Any, Literal

from ...config import DEFAULT_COLLECTION
from ...results.codec import from_json
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
    RebuildReport,
    Status,
)
from ...results.shared import AttachReport, ShareReport, SyncReport
from .asking import AskingVerbs
from .attaching import AttachingVerbs
from .conversing import ConversingVerbs
from .indexing import IndexingVerbs
from .methods import Verb
from .naming import Paths, absolute
from .request import Report, Request
from .sharing import SharingVerbs

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


class Verbs(IndexingVerbs, AskingVerbs, ConversingVerbs, SharingVerbs, AttachingVerbs):
    """The methods that every client has."""

    @Verb
    def status(self) -> Request[Status]:
        """Return counts, size on disk, the engine's jobs, and how the network is kept out."""
        return Request("status", {}, Status)

    @Verb
    def tried(self) -> Request[dict[str, Any]]:
        """Have the engine and a reader ask for a way out; return whether it was refused, as `privacy.tried` reports."""
        return Request("tried", {}, dict[str, Any])

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


def _report_of(job: Job) -> Any:
    """Return a job's result as the report of its kind; None while it has none."""
    kind = _REPORTS.get(job.kind)
    return None if kind is None or job.result is None else from_json(kind, job.result)


def _id(job: str | Job) -> str:
    return job.id if isinstance(job, Job) else job
