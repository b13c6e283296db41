"""Wording that all forms of a result share.

The text is inert in a terminal, but not yet escaped for HTML or Markdown.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from ..results.answers import Answer, Citation
from ..results.base import printable
from ..results.codec import from_json
from ..results.feedback import Feedback
from ..results.files import Skipped
from ..results.passages import Anchor, Hit
from ..results.reports import (
    Check,
    CollectionInfo,
    CompactReport,
    Diagnosis,
    DocumentInfo,
    Documents,
    ForgetReport,
    IndexReport,
    ModelInfo,
    Models,
    RebuildReport,
    Status,
    Watch,
)
from ..text import clip, matches

_WELL, _PARTLY = 0.6, 0.4  # from this support on
SHOWN = 8  # failures and notices to list
NOTHING_INDEXED = "Nothing indexed yet. Start with: jupyter localai index FOLDER"
NOTHING_REMEMBERED = "There are no conversations."
PINNED = "  (pinned)"
NOTHING_FOUND = "Nothing found."
WITHHELD = "Notebooks do not show text of documents (quotes = false)."


def short(path: str) -> str:
    """Return `path` relative to the working folder if it is inside, else with ``~``."""
    home = os.path.expanduser("~")
    try:
        here = os.getcwd()
    except OSError:  # the folder has been removed
        here = ""
    if here and path.startswith(here + os.sep):
        path = os.path.relpath(path, here)
    elif path.startswith(home + os.sep):
        path = "~" + path[len(home) :]
    return one_line(path, "\\n")


def place(anchor: Anchor) -> str:
    """Return a place in a file: ``page 3 · Leave > Carrying over``."""
    parts = dict.fromkeys((one_line(anchor.label()), one_line(anchor.heading or "")))
    return " · ".join(part for part in parts if part)


def where(found: Hit | str, anchor: Anchor | None = None) -> str:
    """Return the file and the place in it."""
    path, anchor = (found, anchor or Anchor()) if isinstance(found, str) else (found.path, found.anchor)
    return " · ".join(part for part in (short(path), place(anchor)) if part)


def one_line(text: str, instead: str = " ") -> str:
    """Return `text` without line breaks and terminal codes."""
    return printable(text).replace("\n", instead).strip()


def clipped(text: str, chars: int) -> str:
    """Return the beginning of `text`, on one line."""
    return clip.clipped(printable(text), chars)


def part(text: str, wanted: Sequence[str], chars: int) -> str:
    """Return the part of `text` with most of the wanted words, on one line."""
    return matches.part(printable(text), wanted, chars)


def gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def support(value: float) -> str:
    """Return how well a quote supports what it stands for, in words and as a number."""
    how = "well" if value >= _WELL else "partly" if value >= _PARTLY else "hardly"
    return f"{how} supported, {value:.2f}"


def matching(question: str) -> list[str]:
    """Return the words of a question that are to stand out in what was found."""
    return matches.of_question(question)


def passages(answer: Answer) -> list[tuple[Citation, str]]:
    """Return the citations of an extractive answer with their text; nothing of another answer, of one that a table
    was asked for, or without quotes.

    A row of a table has the names of its columns in the answer, and not in the quote.
    """
    if answer.mode != "extractive" or not answer.quoted or answer.select:
        return []
    said = answer.text.split("\n\n")
    if len(said) != len(answer.citations):
        return [(cited, cited.quote) for cited in answer.citations]
    return [
        (cited, text.removesuffix(f" [{cited.marker}]") if " | " in cited.quote else cited.quote)
        for cited, text in zip(answer.citations, said, strict=True)
    ]


def notes(warnings: Sequence[str]) -> str:
    """Return warnings in one line: the first sentence of each."""
    return " · ".join(one_line(warning).partition(". ")[0].rstrip(".") for warning in warnings)


def provenance(answer: Answer) -> list[str]:
    """Return who answered and with how much context; of an answer without a chat model, what was searched."""
    looked_at = count(len({hit.path for hit in answer.passages}), "document")
    if answer.mode == "extractive" and answer.select:
        return ["Worked out over the rows of a table; no chat model was used"]
    if answer.mode == "extractive":
        found = f"the best of {count(len(answer.passages), 'passage')} from {looked_at}"
        return [f"Quoted from {found if answer.passages else 'the documents'}; no chat model was used"]
    if answer.mode == "none":
        return [f"Looked at the nearest passages of {looked_at}"] if answer.passages else []
    facts = [f"Answered by {one_line(answer.model or 'the chat model')}"]
    if answer.context_tokens:
        facts.append(f"{answer.prompt_tokens or 0:,} of {answer.context_tokens:,} tokens of context")
    if answer.dropped_passages:
        facts.append(f"{count(answer.dropped_passages, 'passage')} did not fit")
    if answer.remembered:
        facts.append(f"remembered from {answer.remembered[:16].replace('T', ' ')} UTC")
    return facts


def index_summary(report: IndexReport) -> str:
    """Summarise an indexing run in a sentence."""
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


def chunk_summary(report: IndexReport) -> str:
    """Return the number of chunks after a run; nothing after a dry run."""
    if report.dry_run:
        return ""
    return f"{report.chunks:,} chunks, {report.embedded:,} of them embedded now, in {report.seconds:.1f} s."


def skip_summary(skipped: Sequence[Skipped]) -> str:
    """Return the number of skipped files per reason, the most frequent first."""
    reasons: dict[str, int] = {}
    for file in skipped:
        reasons[file.reason] = reasons.get(file.reason, 0) + 1
    ranked = sorted(reasons.items(), key=lambda item: -item[1])[:SHOWN]
    return f"Skipped {len(skipped)}: " + ", ".join(f"{number} {one_line(reason)}" for reason, number in ranked) + "."


def rebuild_summary(report: RebuildReport) -> str:
    names = ", ".join(repr(one_line(name)) for name in report.collections)
    how = f"{report.embedded:,} of them embedded now" if report.embedded else "without new embeddings"
    return f"Rebuilt {names}: {report.chunks:,} chunks, {how}, in {report.seconds:.1f} s."


def forget_summary(report: ForgetReport) -> str:
    answers = f"{count(report.answers, 'answer')} of {count(report.conversations, 'conversation')}"
    if not report.collections and report.dry_run:
        return f"No document of that is indexed; it would remove {answers}."
    if not report.collections:
        cleaned = "No document of that was indexed; what may have been left of it is cleaned away"
        return f"{cleaned}, with {answers}." if report.answers else f"{cleaned}."
    names = ", ".join(repr(one_line(name)) for name in report.collections)
    documents = f"{count(report.documents, 'document')} ({report.chunks:,} chunks) of {names}"
    made = f", and {answers}" if report.answers else ""
    if report.dry_run:
        return f"Would forget {documents}{made}."
    return f"Forgot {documents}{made}. The index has no trace of them."


def feedback_summary(feedback: Feedback) -> str:
    """Say how much was said of answers, and how to measure with it."""
    if not feedback.answers:
        return "No answer was called useful or not useful yet."
    useful = sum(answer.useful is True for answer in feedback.answers)
    said = f"{count(useful, 'answer')} useful, {len(feedback.answers) - useful:,} not useful"
    made = len(feedback.questions())
    if not made:
        return f"{said}. Only useful answers with sources make questions to measure with."
    return (
        f"{said}: {count(made, 'question')} to measure with. "
        "Write them with: jupyter localai feedback questions.jsonl. Then run: jupyter localai eval questions.jsonl"
    )


def compact_summary(report: CompactReport) -> str:
    if not report.collections:
        return "No document was deleted or changed since the last cleaning; the record was rewritten."
    names = ", ".join(repr(one_line(name)) for name in report.collections)
    return f"Cleaned away what was left of deleted and changed documents in {names}, in {report.seconds:.1f} s."


def watch_summary(watch: Watch) -> str:
    name, folders = repr(one_line(watch.collection)), count(watch.roots, "folder")
    if watch.how == "system":
        said = f"{name} follows {folders}: changes are indexed within seconds."
    elif watch.how == "polling":
        said = f"{name} follows {folders}, and looks for changes every {watch.seconds:,.0f} s."
    else:
        said = f"{name} does not follow its folders."
    return " ".join(part for part in (said, one_line(watch.message), one_line(watch.remedy)) if part)


def watching(status: Status) -> list[str]:
    """Return a line for each collection that follows its folders."""
    return [watch_summary(from_json(Watch, watch)) for watch in status.engine.get("watching", ())]


def totals(status: Status) -> str:
    return f"{status.documents:,} documents, {status.chunks:,} chunks, {status.bytes / 2**20:,.1f} MiB"


def store_line(status: Status) -> str:
    note = " (read-only)" if status.engine.get("read_only") else ""
    return f"Store: {one_line(str(status.engine.get('store', '')))}{note}"


def enforcement(level: object) -> str:
    by = {"kernel": "blocked by the operating system", "process": "blocked by the engine for its Python code"}
    return f"Connections to other machines: {by.get(str(level), 'not blocked')}."


def shared_server(status: Status) -> list[str]:
    """Return where shared collections are and how much went there and came back; nothing where no server is named."""
    told = status.privacy.get("shared")
    if not told:
        return []
    counted = ""
    if "connections" in told:  # else no gate is in between
        passed = f"{told['sent']:,} bytes sent, {told['received']:,} received"
        counted = f"; {count(told['connections'], 'connection')}, {passed} since the engine started"
    return [f"Shared collections: {one_line(told['address'])}{counted}."]


def check_state(check: Check) -> str:
    return "ok" if check.ok else "FAILED" if check.needed else "missing"


def diagnosis_summary(diagnosis: Diagnosis) -> str:
    if diagnosis.failed:
        return f"{count(len(diagnosis.failed), 'check')} failed."
    if all(check.ok for check in diagnosis.checks):
        return "All checks passed."
    return "All required checks passed; optional parts are missing."


def running_jobs(status: Status) -> list[str]:
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


def document_count(documents: Documents) -> str:
    """Return the number of matching documents and of failed ones."""
    failed = f", {documents.failed:,} failed" if documents.failed else ""
    return f"{one_line(documents.collection)}: {count(documents.total, 'document')}{failed}"


def document(info: DocumentInfo) -> tuple[str, str, str]:
    """Return the state of a document, its number of chunks, and the time it was read."""
    read = "" if info.indexed is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(info.indexed))
    return info.state, f"{info.chunks:,}", read


def ollama(models: Models) -> str:
    """Return the version and address of Ollama, and the memory of this machine."""
    gpu = f" and {gigabytes(models.gpu_bytes)} on its GPU" if models.gpu_bytes else ""
    memory = f"this machine has {gigabytes(models.memory_bytes)}{gpu}"
    return f"Ollama {one_line(models.version)} at {one_line(models.address)}; {memory}."


PLACES_SHOWN = 6
"""How many passages are named while a chat model reads them."""
MODEL_COLUMNS = ("model", "parameters", "", "context", "needs", "licence", "")
SUGGESTED = "Suggestions for this machine (download one through Ollama: jupyter localai models pull NAME):"


def suggested(models: Models) -> str:
    """Return the heading of the suggestions, with the month of their table."""
    return SUGGESTED.replace("(", f"of {one_line(models.suggested)} (", 1) if models.suggested else SUGGESTED


def model_row(model: ModelInfo, gpu: bool) -> tuple[str, ...]:
    """Return a text for each of `MODEL_COLUMNS`; `gpu` says whether the machine has one."""
    notes = (
        (model.remote, "runs on another machine: not used"),
        (not model.chats, "not a chat model"),
        (model.thinks, "reasoning"),
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
        ", ".join(text for applies, text in notes if applies),
    )
    return tuple(map(one_line, row))
