"""How results are put into words, the same in every form. What comes from here is harmless in a terminal only."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from ..results.base import printable
from ..results.passages import Anchor, Answer, Hit, Skipped
from ..results.reports import (
    Check,
    CollectionInfo,
    Diagnosis,
    DocumentInfo,
    Documents,
    ForgetReport,
    IndexReport,
    ModelInfo,
    Models,
    RebuildReport,
    Status,
)
from ..text import clip

SHOWN = 8  # failures and notices that are told one by one
NOTHING_INDEXED = "Nothing indexed yet. Start with: jupyter localai index FOLDER"
NOTHING_REMEMBERED = "No conversation is remembered."
NOTHING_FOUND = "Nothing found."
KEPT_OUT = "The text of documents is kept out of notebooks (quotes = false)."


def short(path: str) -> str:
    """Return `path` relative to the working folder when it lies inside, else with ``~``."""
    home = os.path.expanduser("~")
    try:
        here = os.getcwd()
    except OSError:  # it has been removed
        here = ""
    if here and path.startswith(here + os.sep):
        path = os.path.relpath(path, here)
    elif path.startswith(home + os.sep):
        path = "~" + path[len(home) :]
    return one_line(path, "\\n")


def place(anchor: Anchor) -> str:
    """Return where in a file it is: ``page 3 · Leave > Carrying over``."""
    parts = dict.fromkeys((one_line(anchor.label()), one_line(anchor.heading or "")))
    return " · ".join(part for part in parts if part)


def where(found: Hit | str, anchor: Anchor | None = None) -> str:
    """Return the file and the place in it."""
    path, anchor = (found, anchor or Anchor()) if isinstance(found, str) else (found.path, found.anchor)
    return " · ".join(part for part in (short(path), place(anchor)) if part)


def one_line(text: str, instead: str = " ") -> str:
    """Return `text` without line breaks and what acts on a terminal."""
    return printable(text).replace("\n", instead).strip()


def clipped(text: str, chars: int) -> str:
    """Return the beginning of `text`, on one line."""
    return clip.clipped(printable(text), chars)


def gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def answered(answer: Answer) -> list[str]:
    """Return who answered, and with how much context; nothing for an answer that found nothing."""
    if answer.mode == "extractive":
        return ["Quoted from the documents; no chat model was used"]
    if answer.mode == "none":
        return []
    told = [f"Answered by {one_line(answer.model or 'the chat model')}"]
    if answer.context_tokens:
        told.append(f"{answer.prompt_tokens or 0:,} of {answer.context_tokens:,} tokens of context")
    if answer.dropped_passages:
        told.append(f"{count(answer.dropped_passages, 'passage')} did not fit")
    return told


def indexed(report: IndexReport) -> str:
    """Return what a run did, in a sentence."""
    counts = ", ".join(
        f"{number} {name}"
        for name, number in (
            ("added", report.added),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            ("removed", report.removed),
        )
        if number
    )
    verb = "Would change" if report.dry_run else "Indexed into"
    moved = f" ({report.moved} moved)" if report.moved else ""
    return f"{verb} {one_line(report.collection)!r}: {counts or 'nothing to do'}{moved}."


def embedded(report: IndexReport) -> str:
    """Return how much there is to search now; nothing after a dry run."""
    if report.dry_run:
        return ""
    return f"{report.chunks:,} chunks, {report.embedded:,} of them embedded now, in {report.seconds:.1f} s."


def skips(skipped: Sequence[Skipped]) -> str:
    """Return how many files were passed over for which reason, the most frequent first."""
    reasons: dict[str, int] = {}
    for passed in skipped:
        reasons[passed.reason] = reasons.get(passed.reason, 0) + 1
    ranked = sorted(reasons.items(), key=lambda item: -item[1])[:SHOWN]
    return f"Skipped {len(skipped)}: " + ", ".join(f"{number} {one_line(reason)}" for reason, number in ranked) + "."


def rebuilt(report: RebuildReport) -> str:
    names = ", ".join(repr(one_line(name)) for name in report.collections)
    how = f"{report.embedded:,} of them embedded now" if report.embedded else "without embedding any again"
    return f"Rebuilt {names}: {report.chunks:,} chunks, {how}, in {report.seconds:.1f} s."


def forgotten(report: ForgetReport) -> str:
    names = ", ".join(repr(one_line(name)) for name in report.collections)
    documents = count(report.documents, "document")
    return f"Forgot {documents} ({report.chunks:,} chunks) of {names}. Nothing of them is left in the index."


def held(status: Status) -> str:
    return f"{status.documents:,} documents, {status.chunks:,} chunks, {status.bytes / 2**20:,.1f} MiB"


def kept_at(status: Status) -> str:
    only = ", which can only be read" if status.engine.get("read_only") else ""
    return f"Store: {one_line(str(status.engine.get('store', '')))}{only}"


def enforced(level: object) -> str:
    by = {"kernel": "refused by the operating system", "process": "refused by the engine to its Python code"}
    return f"Connections beyond this machine: {by.get(str(level), 'not refused')}."


def health(check: Check) -> str:
    return "ok" if check.ok else "FAILED" if check.needed else "missing"


def healthy(diagnosis: Diagnosis) -> str:
    if diagnosis.failed:
        return f"{count(len(diagnosis.failed), 'check')} failed."
    if all(check.ok for check in diagnosis.checks):
        return "All is well."
    return "What is needed is well; what is missing adds to it."


def at_work(status: Status) -> list[str]:
    return [
        f"Running: {job['kind']} {one_line(job.get('collection') or '')} (job {job['id']})"
        for job in status.engine.get("jobs", ())
        if job["state"] == "running"
    ]


def collection(info: CollectionInfo) -> tuple[str, str, str, str]:
    return (
        one_line(info.name),
        f"{info.documents:,} documents",
        f"{info.chunks:,} chunks",
        one_line(info.embedder),
    )


def listed(documents: Documents) -> str:
    """Return how many documents there are of what was asked for, and how many failed."""
    failed = f", {documents.failed:,} failed" if documents.failed else ""
    return f"{one_line(documents.collection)}: {count(documents.total, 'document')}{failed}"


def document(info: DocumentInfo) -> tuple[str, str, str]:
    """Return the state of a document, its chunks, and when it was read."""
    read = "" if info.indexed is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(info.indexed))
    return info.state, f"{info.chunks:,}", read


def ollama(models: Models) -> str:
    """Return which Ollama answered, and what this machine has."""
    gpu = f" and {gigabytes(models.gpu_bytes)} on its GPU" if models.gpu_bytes else ""
    memory = f"this machine has {gigabytes(models.memory_bytes)}{gpu}"
    return f"Ollama {one_line(models.version)} at {one_line(models.address)}; {memory}."


MODEL_COLUMNS = ("model", "parameters", "", "context", "needs", "licence", "")
SUGGESTED = "For a machine like this one (each is a download by Ollama: jupyter localai models pull NAME):"


def model_row(model: ModelInfo, gpu: bool) -> tuple[str, ...]:
    """Return what is told of a model, a text for each of `MODEL_COLUMNS`; `gpu` says whether the machine has one."""
    notes = (
        (model.remote, "answers from another machine: refused"),
        (not model.chats, "does not chat"),
        (model.thinks, "thinks"),
        (model.loaded, "loaded"),
        (gpu and model.gpu_bytes == model.memory_bytes > 0, "on the GPU"),
        (gpu and 0 < model.gpu_bytes < model.memory_bytes, "partly on the GPU"),
        (not model.fits and not model.remote, "too large for this machine"),
    )
    row = (
        model.name,
        model.parameters,
        model.quantisation,
        f"{model.context_tokens // 1024:,}k" if model.context_tokens else "",
        "" if model.remote else gigabytes(model.memory_bytes),
        model.licence[:40],
        ", ".join(told for said, told in notes if said),
    )
    return tuple(map(one_line, row))
