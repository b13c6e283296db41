"""What a client asks for: the operation, its arguments in JSON types, and what its result becomes.

Paths are made absolute here, since the engine runs in another folder.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...config import Config, received
from ...errors import UsageError, did_you_mean, from_wire
from ...results.base import to_json
from ...results.codec import event_from_json, from_json
from ...results.passages import Answer, Conversation, Hit, Hits, Located, Passages, Rules
from ...results.reports import (
    CollectionInfo,
    CompactReport,
    Documents,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    RebuildReport,
    Status,
)
from ...results.scores import Evaluation
from ...results.vectors import Vectors
from .channel import lost
from .questions import Questions
from .questions import read as read_questions

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
_COMPARED = ("collection", "file", "embedder")
_REPORTS: dict[str, Any] = {
    "index": IndexReport,
    "rebuild": RebuildReport,
    "forget": ForgetReport,
    "compact": CompactReport,
    "pull": None,
}


class Request(NamedTuple):
    """One operation; `kind` is the type of its result, or Any to leave it as it is."""

    name: str
    arguments: dict[str, Any]
    kind: Any = Any


class Result(NamedTuple):
    """What ends the events of an answer."""

    value: Any


def decoded(line: dict[str, Any], kind: Any, quoted: bool = True) -> Any:
    """Return the event that a line of an answer is, or its `Result`; None for an event that is not known here.

    Parameters
    ----------
    line : dict
    kind : type
        As in `Request`.
    quoted : bool
        The setting ``quotes`` of who asks.

    Raises
    ------
    LocalAIError
        The one that ends the answer.
    """
    if line.get("type") == "error":
        raise from_wire(line)
    if line.get("type") == "result":
        value = from_json(kind, line.get("value"))
        return Result(value if quoted else _unquoted(value))
    event = event_from_json(line)
    return event if quoted else _unquoted(event)


def read(lines: Iterable[dict[str, Any]], kind: Any, quoted: bool = True) -> Generator[Any, None, None]:
    """Yield the events of an answer, then its `Result`; parameters as `decoded` has them.

    Raises
    ------
    LocalAIError
        The one that ends the answer; ``engine_lost`` when nothing ends it.
    """
    for line in lines:
        event = decoded(line, kind, quoted)
        if event is not None:
            yield event
        if isinstance(event, Result):
            return
    raise lost()


def _unquoted(value: Any) -> Any:
    """Return `value` with everything in it that has text of documents marked as not to be shown by itself."""
    if isinstance(value, Hit):
        return dataclasses.replace(value, quoted=False)
    if isinstance(value, tuple):
        return tuple(map(_unquoted, value))
    if isinstance(value, Answer):
        return dataclasses.replace(value, passages=_unquoted(value.passages), quoted=False)
    if isinstance(value, Hits):
        return dataclasses.replace(value, hits=_unquoted(value.hits), quoted=False)
    if isinstance(value, Conversation):
        return dataclasses.replace(value, answers=_unquoted(value.answers))
    if isinstance(value, Evaluation):
        return dataclasses.replace(value, compared=_unquoted(value.compared), quoted=False)
    if isinstance(value, Passages):
        return dataclasses.replace(value, passages=_unquoted(value.passages))
    return value


def index(
    paths: Paths,
    collection: str,
    include: Sequence[str],
    exclude: Sequence[str],
    ignore: bool,
    dry_run: bool,
    retry: bool,
    refresh: bool,
    max_documents: int | None,
    background: bool,
) -> Request:
    arguments = {
        "paths": _absolute(paths),
        "collection": collection,
        "rules": to_json(Rules(tuple(include), tuple(exclude), ignore)),
        "dry_run": dry_run,
        "retry": retry,
        "refresh": refresh,
        "max_documents": max_documents,
        "background": background,
    }
    return Request("index", arguments, Job if background else IndexReport)


def rebuild(collection: str | None) -> Request:
    return Request("rebuild", {"collection": collection}, RebuildReport)


def forget(paths: Paths, collection: str | None) -> Request:
    named = _absolute(paths)
    if bool(named) == (collection is not None):
        raise UsageError("Name either paths or a collection to forget.", "Name a PATH, or --collection NAME.")
    return Request("forget", {"paths": named, "collection": collection}, ForgetReport)


def compact() -> Request:
    return Request("compact", {}, CompactReport)


def search(query: str, k: int, collection: str, file: str | None) -> Request:
    return Request("search", {"query": query, "k": k, "collection": collection, "files": file}, Hits)


def ask(
    question: str,
    collection: str | None,
    k: int,
    file: str | None,
    model: str,
    extractive: bool,
    conversation: str | None,
    context: str,
    context_path: str | os.PathLike[str],
) -> Request:
    arguments = {"question": question, "k": k, "collection": collection, "files": file, "model": model}
    more: dict[str, Any] = {"extractive": extractive, "conversation": conversation, "context": context}
    if context_path:
        more["context_path"] = _absolute(context_path)[0]
    return Request("ask", arguments | more)


def evaluate(questions: Questions, collection: str, k: int, file: str | None) -> Request:
    """Return the request for questions of a file or a list.

    Raises
    ------
    UsageError
        As `questions.read`.
    """
    arguments = {"questions": to_json(read_questions(questions)), "k": k, "collection": collection, "files": file}
    return Request("evaluate", arguments, Evaluation)


def compared(request: Request, changes: Mapping[str, Any], config: Config) -> tuple[Request, Config]:
    """Return an evaluation's request, and its settings, with others of `_COMPARED`.

    Raises
    ------
    UsageError, ConfigError
    """
    for name in changes:
        if name not in _COMPARED:
            told = f"{name!r} is nothing to compare.{did_you_mean(name, _COMPARED)}"
            raise UsageError(told, f"Compare: {', '.join(_COMPARED)}.")
    arguments = dict(request.arguments)
    for name, argument in (("collection", "collection"), ("file", "files")):
        if name in changes:
            arguments[argument] = changes[name]
    if "embedder" in changes:
        config = received({**to_json(config), "embedder": changes["embedder"]})
    return request._replace(arguments=arguments), config


def vectors(collection: str, query: str | None, limit: int) -> Request:
    return Request("vectors", {"collection": collection, "query": query, "limit": limit}, Vectors)


def locate(path: str | os.PathLike[str], start: int, end: int, quote: str) -> Request:
    arguments = {"path": os.path.abspath(os.fspath(path)), "start": start, "end": end, "quote": quote}
    return Request("locate", arguments, Located)


def conversations() -> Request:
    return Request("conversations", {}, list[Conversation])


def conversation(number: str) -> Request:
    return Request("conversation", {"number": number}, Conversation)


def delete_conversations(numbers: Sequence[str]) -> Request:
    return Request("delete_conversations", {"numbers": list(numbers)})


def status() -> Request:
    return Request("status", {}, Status)


def collections() -> Request:
    return Request("collections", {}, list[CollectionInfo])


def documents(collection: str, state: str | None, name: str, under: Paths, limit: int, offset: int) -> Request:
    part = {"limit": limit, "offset": offset}
    asked = {"collection": collection, "state": state, "name": name, "under": _absolute(under), **part}
    return Request("documents", asked, Documents)


def models() -> Request:
    return Request("models", {}, Models)


def pull(model: str) -> Request:
    return Request("pull", {"model": model})


def tried() -> Request:
    return Request("tried", {}, dict[str, Any])


def jobs() -> Request:
    return Request("jobs", {}, list[Job])


def follow(job: str | Job) -> Request:
    return Request("follow", {"job": _id(job)}, Job)


def cancel(job: str | Job) -> Request:
    return Request("cancel", {"job": _id(job)}, Job)


def report_of(job: Job) -> Any:
    """Return a job's result as the report of its kind; None while it has none."""
    kind = _REPORTS.get(job.kind)
    return None if kind is None or job.result is None else from_json(kind, job.result)


def _id(job: str | Job) -> str:
    return job.id if isinstance(job, Job) else job


def _absolute(paths: Paths) -> list[str]:
    named = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    return [os.path.abspath(os.path.expanduser(os.fspath(path))) for path in named]
