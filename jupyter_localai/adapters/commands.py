"""Commands on an open index, shared by the shell and notebooks."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal

from ..errors import UsageError
from ..project import team
from ..project.manifest import Project
from ..results.reports import Event, Progress
from ..service.client.sync_client import Client

Report = Callable[[Progress], None]
_PART = 1000  # documents per call
_BAD_IN_NAMES = re.compile(r"[^\w .-]+")  # what some file system does not allow in the name of a file
_OF_ACTION = {
    "roots": "init",
    "name": "init",
    "locked": "index",
    "check": "lock",
    "yes_to": "join",
}  # what each option of project is for


def run(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    """Run a command, report each `Progress`, and return the result.

    Raises
    ------
    LocalAIError
    """
    return _RUN[options.command](options, ai, report)


def ask(options: argparse.Namespace, ai: Client, context: str = "") -> Generator[Event, None, None]:
    """Yield the events of an answer; `context` is a text attached to the question."""
    return ai.stream(
        options.question,
        options.collection,
        k=options.k,
        file=options.file,
        model=options.model,
        extractive=options.extractive,
        conversation=options.conversation or ("last" if options.more else None),
        context=context,
        fresh=options.fresh,
    )


def summarize(options: argparse.Namespace, ai: Client) -> Generator[Event, None, None]:
    """Yield the events of an overview."""
    return ai.stream_summary(
        options.document or None, options.collection, model=options.model, extractive=options.extractive
    )


def check(options: argparse.Namespace) -> None:
    """Reject arguments that the parser accepts but that make no command.

    Raises
    ------
    UsageError
    """
    if options.command == "eval" and any("=" not in change for change in options.compare):
        raise UsageError("Each --compare takes one KEY=VALUE.", "For example: --compare collection=NAME.")
    if options.command == "project":
        wrong = [name for name, action in _OF_ACTION.items() if getattr(options, name) and options.action != action]
        if wrong:
            words = "PATH" if wrong[0] == "roots" else f"--{wrong[0].replace('_', '-')}"
            raise UsageError(f"{words} belongs to project {_OF_ACTION[wrong[0]]}.", "See project --help.")
    if options.command == "models" and options.action == "pull" and not options.name:
        raise UsageError("No model is named.", "Name one: jupyter localai models pull NAME.")
    if options.command == "models" and options.trial and options.action == "pull":
        raise UsageError("A download and --try are two commands.", "Download first: jupyter localai models pull NAME.")
    if options.command == "conversations" and options.action == "show" and len(options.ids) != 1:
        raise UsageError("Exactly one conversation is needed.", "Name one: jupyter localai conversations show ID.")
    if options.command == "conversations" and options.action in ("delete", "pin", "unpin") and not options.ids:
        action = options.action
        raise UsageError("No conversation is named.", f"Name one or more: jupyter localai conversations {action} ID.")
    if options.command == "conversations" and options.action in ("rename", "export") and len(options.ids) != 2:
        what = {"rename": '"NEW TITLE"', "export": "FILE.html"}[options.action]
        remedy = f"Write: jupyter localai conversations {options.action} ID {what}."
        raise UsageError("A conversation and one thing more are needed.", remedy)


def _index(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    return ai.index(
        options.paths,
        options.collection,
        include=options.include,
        exclude=options.exclude,
        ignore=not options.no_ignore,
        dry_run=options.dry_run,
        retry=options.retry,
        ocr=options.ocr,
        progress=report,
    )


def _search(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    return ai.search(options.query, options.k, options.collection, options.file)


def _summarize(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    return ai.summarize(
        options.document or None,
        options.collection,
        model=options.model,
        extractive=options.extractive,
        progress=report,
    )


def _eval(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    changes = dict(change.split("=", 1) for change in options.compare)
    return ai.evaluate(
        options.questions,
        options.collection,
        k=options.k,
        file=options.file,
        compare=changes or None,
        progress=report,
    )


def _conversations(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    if options.action == "show":
        return ai.conversation(options.ids[0])
    if options.action == "export":
        talk = ai.conversation(options.ids[0])
        talk.save(options.ids[1], ai.references(talk.cited), quotes=options.quotes)
    if options.action == "delete":
        ai.delete_conversations(options.ids)
    if options.action == "rename":
        ai.change_conversation(options.ids[0], title=options.ids[1])
    if options.action in ("pin", "unpin"):
        for number in options.ids:
            ai.change_conversation(number, pinned=options.action == "pin")
    return ai.conversations()


def _feedback(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    said = ai.feedback()
    if options.file and said.questions():
        said.save(options.file)
    return said


def _forget(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    if options.dry_run:
        return ai.would_forget(options.paths, collection=options.collection)
    return ai.forget(options.paths, collection=options.collection, progress=report)


def _rename(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    ai.rename_collection(options.collection, options.name)
    return ai.collections()


def _models(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    if options.trial:
        from . import trial

        return trial.run(ai.config, report)
    if options.action == "pull":
        ai.pull(options.name, progress=report)
    return ai.models()


def _project(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    if options.action == "join":
        raise UsageError("Joining a project's server is asked about in a shell.", "Run: jupyter localai project join.")
    if options.action == "init":
        return team.init(ai, Path.cwd(), options.roots, options.name)
    project = Project.find()
    if options.action == "index":
        return team.index(ai, project, options.locked, report)
    if options.action == "eval":
        return team.evaluate(ai, project, report)
    return team.check(ai, project, report) if options.check else team.lock(ai, project, report)


def _export(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    file = options.file or f"{_BAD_IN_NAMES.sub('-', options.collection)}.localai"
    return ai.export_bundle(file, options.collection, half=options.half, texts=not options.no_text, progress=report)


def _import(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    if options.inspect:
        return ai.inspect_bundle(options.file)
    return ai.import_bundle(options.file, options.name, root=options.root, progress=report)


def _share(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    return ai.share(
        options.collection,
        options.name,
        is_open=options.is_open,
        key=options.key,
        publishers=options.publisher,
        take=options.take,
        repair=options.repair,
        dry_run=options.dry_run,
        yes_to=options.yes_to,
        progress=report,
    )


def _attach(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    return ai.attach(
        options.key,
        options.collection,
        vectors=options.vectors,
        root=options.root,
        yes_to=options.yes_to,
        progress=report,
    )


def _documents(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    state: Literal["failed"] | None = "failed" if options.failed else None
    part = whole = ai.documents(options.collection, state, options.name, limit=_PART)
    while part and len(whole) < whole.total:
        part = ai.documents(options.collection, state, options.name, limit=_PART, offset=len(whole))
        whole = dataclasses.replace(whole, items=(*whole.items, *part.items))
    return whole


_RUN: dict[str, Callable[[argparse.Namespace, Client, Report], Any]] = {
    "index": _index,
    "search": _search,
    "summarize": _summarize,
    "eval": _eval,
    "conversations": _conversations,
    "status": lambda options, ai, report: ai.status(),
    "collections": lambda options, ai, report: ai.collections(),
    "documents": _documents,
    "models": _models,
    "project": _project,
    "export": _export,
    "import": _import,
    "share": _share,
    "attach": _attach,
    "sync": lambda options, ai, report: ai.sync(options.collection, progress=report),
    "detach": lambda options, ai, report: ai.detach(options.collection, progress=report),
    "rebuild": lambda options, ai, report: ai.rebuild(options.collection, progress=report),
    "watch": lambda options, ai, report: ai.watch(options.collection, not options.off),
    "compact": lambda options, ai, report: ai.compact(progress=report),
    "feedback": _feedback,
    "rename": _rename,
    "forget": _forget,
}
