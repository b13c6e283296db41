"""Results as plain text, for a terminal and for what cannot show more."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ...schema import (
    Answer,
    CollectionInfo,
    Conversation,
    Document,
    Failure,
    ForgetReport,
    Hits,
    IndexReport,
    Models,
    RebuildReport,
    Status,
    printable,
)

WIDTH = 88  # columns of running text
_QUOTE_CHARS = 300
_SHOWN = 8


def answer_text(answer: Answer, width: int = WIDTH, written: bool = False) -> str:
    """Return an answer and its sources as plain text; without its text when that is `written` already."""
    lines = [f"Understood as: {printable(answer.query)}\n"] if answer.query and not written else []
    lines.append("" if written else _wrapped(printable(answer.text), width))
    if answer.citations:
        lines.append("\nSources")
        for citation in answer.citations:
            where = " · ".join(
                part
                for part in (_short(citation.path), citation.anchor.label(), printable(citation.anchor.heading or ""))
                if part
            )
            quote = " ".join(printable(citation.quote).split())
            lines.append(f"  [{citation.marker}] {where}  (support {citation.support:.2f})")
            lines.append(_wrapped(f"“{_clipped(quote)}”", width, "      "))
    if answer.mode == "extractive":
        lines.append("\nQuoted from the documents; no chat model was used.")
    if answer.mode == "llm":
        used = f"{answer.prompt_tokens or 0:,} of {answer.context_tokens or 0:,} tokens of context"
        if answer.dropped_passages:
            used += f", {answer.dropped_passages} passage(s) did not fit"
        lines.append(f"\nAnswered by {printable(answer.model or '')} ({used}); check what matters against the sources.")
    if answer.conversation and answer.mode != "none":
        lines.append(f"Conversation {answer.conversation}; go on with --more.")
    lines += [_wrapped(f"Note: {printable(warning)}", width) for warning in answer.warnings]
    return "\n".join(lines)


def conversations_text(conversations: Sequence[Conversation]) -> str:
    """Return a line per conversation."""
    if not conversations:
        return "No conversation is remembered."
    return "\n".join(
        f"{talk.id}  {talk.changed[:16].replace('T', ' ')}  {talk.turns:>3} {'turn ' if talk.turns == 1 else 'turns'}"
        f"  {printable(talk.title)}"
        for talk in conversations
    )


def hits_text(hits: Hits, width: int = WIDTH) -> str:
    """Return search results as plain text."""
    lines = [f"Note: {printable(notice.message)} {notice.remedy}" for notice in hits.warnings or ()]
    if not hits:
        return "\n".join([*lines, "Nothing found."])
    for hit in hits:
        where = " · ".join(
            part for part in (_short(hit.path), hit.anchor.label(), printable(hit.anchor.heading or "")) if part
        )
        lines.append(f"{hit.rank:>2}. {where}  (score {hit.score:.2f}, similarity {hit.similarity:.2f})")
        lines.append(_wrapped(_clipped(" ".join(printable(hit.text).split())), width, "    "))
    return "\n".join(lines)


def report_text(report: IndexReport) -> str:
    """Return what an indexing run did, failures first."""
    lines = _failures(report.failed)
    for notice in report.warnings[:_SHOWN]:
        lines.append(f"Note: {printable(notice.message)} {notice.remedy}".rstrip())
    lines += _more(len(report.warnings))
    if report.skipped:
        reasons: dict[str, int] = {}
        for skipped in report.skipped:
            reasons[skipped.reason] = reasons.get(skipped.reason, 0) + 1
        told = ", ".join(
            f"{count} {reason}" for reason, count in sorted(reasons.items(), key=lambda item: -item[1])[:_SHOWN]
        )
        lines.append(f"Skipped {len(report.skipped)}: {told}. (--json lists them.)")
    verb = "Would change" if report.dry_run else "Indexed into"
    counts = ", ".join(
        f"{count} {name}"
        for name, count in (
            ("added", report.added),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            ("removed", report.removed),
        )
        if count
    )
    moved = f" ({report.moved} moved)" if report.moved else ""
    lines.append(f"{verb} {report.collection!r}: {counts or 'nothing to do'}{moved}.")
    if not report.dry_run:
        lines.append(f"{report.chunks:,} chunks, {report.embedded:,} of them embedded now, in {report.seconds:.1f} s.")
    return "\n".join(lines)


def rebuild_text(report: RebuildReport) -> str:
    """Return what was built anew."""
    if not report.collections:
        return "Nothing indexed yet. Start with: jupyter localai index FOLDER"
    lines = _failures(report.failed)
    names = ", ".join(repr(printable(name)) for name in report.collections)
    how = f"{report.embedded:,} of them embedded now" if report.embedded else "without embedding any again"
    lines.append(f"Rebuilt {names}: {report.chunks:,} chunks, {how}, in {report.seconds:.1f} s.")
    return "\n".join(lines)


def forget_text(report: ForgetReport) -> str:
    """Return what was removed for good."""
    names = ", ".join(repr(printable(name)) for name in report.collections)
    documents = f"{report.documents:,} document{'s' if report.documents != 1 else ''}"
    return f"Forgot {documents} ({report.chunks:,} chunks) of {names}. Nothing of them is left in the index."


def status_text(status: Status) -> str:
    """Return the state of the store as plain text."""
    lines = [f"{status.documents:,} documents, {status.chunks:,} chunks, {status.bytes / 2**20:,.1f} MiB"]
    only = ", which can only be read" if status.engine.get("read_only") else ""
    lines.append(f"Store: {status.engine.get('store', '')}{only}")
    if status.pending or status.failed:
        lines.append(f"{status.pending} pending, {status.failed} failed")
    lines += _failures(status.failures)
    lines.append(collections_text(status.collections))
    enforcement = status.privacy.get("enforcement")
    told = "refused by this process" if enforcement == "process" else "not enforced in this process"
    lines.append(f"Connections beyond this machine: {told}.")
    for job in status.engine.get("jobs", ()):
        if job["state"] == "running":
            lines.append(f"Running: {job['kind']} {printable(job.get('collection') or '')} (job {job['id']})")
    return "\n".join(lines)


def engine_text(told: Mapping[str, Any]) -> str:
    """Return how the engine is, or that it was stopped, as plain text."""
    if "stopped" in told:
        return "The engine was stopped." if told["stopped"] else "No engine was running."
    if not told["running"]:
        return f"No engine is running for {told['store']}; it starts with the next command."
    kind = "a socket" if told["transport"] == "unix" else "a port of this machine"
    minutes, memory = (told.get("uptime_s") or 0) / 60, (told.get("memory_bytes") or 0) / 2**20
    return (
        f"An engine serves {told['store']} over {kind} (process {told['pid']}, version {told['version']}).\n"
        f"Up for {minutes:,.0f} min, {memory:,.0f} MiB, {told.get('calls') or 0:,} calls answered, "
        f"{told.get('jobs') or 0} job(s) at work."
    )


def collections_text(collections: Sequence[CollectionInfo]) -> str:
    """Return the collections and their roots as plain text."""
    if not collections:
        return "Nothing indexed yet. Start with: jupyter localai index FOLDER"
    lines = []
    for info in collections:
        lines.append(f"{printable(info.name)}: {info.documents:,} documents, {info.chunks:,} chunks, {info.embedder}")
        lines += [f"    {_short(root)}" for root in info.roots]
    return "\n".join(lines)


def models_text(models: Models) -> str:
    """Return the chat models and what each needs as a table."""
    gpu = f" and {_gb(models.gpu_bytes)} on its GPU" if models.gpu_bytes else ""
    memory = f"this machine has {_gb(models.memory_bytes)}{gpu}"
    lines = [f"Ollama {printable(models.version)} at {models.address}; {memory}."]
    if not models.models:
        lines.append("No model is installed.")
    rows: list[tuple[str, ...]] = []
    if models.models:
        rows.append(("model", "parameters", "", "context", "needs", "licence", ""))
    for model in models.models:
        context = f"{model.context_tokens // 1024:,}k" if model.context_tokens else ""
        notes = [
            told
            for said, told in (
                (model.remote, "answers from another machine: refused"),
                (not model.chats, "does not chat"),
                (model.thinks, "thinks"),
                (model.loaded, "loaded"),
                (bool(models.gpu_bytes) and model.gpu_bytes == model.memory_bytes > 0, "on the GPU"),
                (bool(models.gpu_bytes) and 0 < model.gpu_bytes < model.memory_bytes, "partly on the GPU"),
                (not model.fits and not model.remote, "too large for this machine"),
            )
            if said
        ]
        needs = "" if model.remote else _gb(model.memory_bytes)
        told = (model.name, model.parameters, model.quantisation, context, needs, model.licence[:40], ", ".join(notes))
        rows.append(tuple(printable(part).replace("\n", " ") for part in told))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines += ["  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.append("\nFor a machine like this one (each is a download by Ollama: jupyter localai models pull NAME):")
    lines += [f"  {s.name:<20} {s.family:<8} {_gb(s.bytes)}" for s in models.suggestions]
    return "\n".join(lines)


def document_text(document: Document) -> str:
    """Return the text a reader extracted, as it is but harmless."""
    return printable(document.text)


def _short(path: str) -> str:
    """Return `path` relative to the working folder when it lies inside, else with ``~``."""
    here, home = os.getcwd(), os.path.expanduser("~")
    if path.startswith(here + os.sep):
        path = os.path.relpath(path, here)
    elif path.startswith(home + os.sep):
        path = "~" + path[len(home) :]
    return printable(path).replace("\n", "\\n")


def _gb(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def _clipped(text: str) -> str:
    return text if len(text) <= _QUOTE_CHARS else text[:_QUOTE_CHARS].rsplit(" ", 1)[0] + " …"


def _wrapped(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def _failures(failed: Sequence[Failure]) -> list[str]:
    lines = [f"Failed: {_short(f.path)}: {f.message} {f.remedy}".rstrip() for f in failed[:_SHOWN]]
    return lines + _more(len(failed))


def _more(count: int) -> list[str]:
    return [f"  … and {count - _SHOWN} more (--json lists all)"] if count > _SHOWN else []
