"""Commands on an open index, shared by the shell and notebooks."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Generator
from typing import Any, Literal

from ..errors import UsageError
from ..results.reports import Event, Progress
from ..service.client.sync_client import Client

Report = Callable[[Progress], None]
_PART = 1000  # documents per call


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
    )


def check(options: argparse.Namespace) -> None:
    """Reject arguments that the parser accepts but that make no command.

    Raises
    ------
    UsageError
    """
    if options.command == "eval" and any("=" not in change for change in options.compare):
        raise UsageError("Each --compare takes one KEY=VALUE.", "For example: --compare collection=NAME.")
    if options.command == "models" and options.action == "pull" and not options.name:
        raise UsageError("No model is named.", "Name one: jupyter localai models pull NAME.")
    if options.command == "conversations" and options.action == "show" and len(options.ids) != 1:
        raise UsageError("Exactly one conversation is needed.", "Name one: jupyter localai conversations show ID.")
    if options.command == "conversations" and options.action == "delete" and not options.ids:
        raise UsageError("No conversation is named.", "Name one or more: jupyter localai conversations delete ID.")


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
    if options.action == "delete":
        ai.delete_conversations(options.ids)
    return ai.conversations()


def _models(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    if options.action == "pull":
        ai.pull(options.name, progress=report)
    return ai.models()


def _documents(options: argparse.Namespace, ai: Client, report: Report) -> Any:
    state: Literal["failed"] | None = "failed" if options.failed else None
    part = whole = ai.documents(options.collection, state, options.name, limit=_PART)
    while part and len(whole) < whole.total:
        part = ai.documents(options.collection, state, options.name, limit=_PART, offset=len(whole))
        whole = dataclasses.replace(whole, items=(*whole.items, *part.items))
    return whole


_RUN: dict[str, Callable[[argparse.Namespace, Client, Report], Any]] = {
    "index": _index,
    "search": lambda options, ai, report: ai.search(options.query, options.k, options.collection, options.file),
    "eval": _eval,
    "conversations": _conversations,
    "status": lambda options, ai, report: ai.status(),
    "collections": lambda options, ai, report: ai.collections(),
    "documents": _documents,
    "models": _models,
    "rebuild": lambda options, ai, report: ai.rebuild(options.collection, progress=report),
    "compact": lambda options, ai, report: ai.compact(progress=report),
    "forget": lambda options, ai, report: ai.forget(options.paths, collection=options.collection, progress=report),
}
