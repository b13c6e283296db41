"""Results as plain text, for terminals and other plain displays."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec

from ..errors import LocalAIError
from ..results.answers import Answer, Conversation
from ..results.base import printable
from ..results.feedback import Feedback
from ..results.files import Failure
from ..results.passages import Document, Hit, Hits
from ..results.reports import (
    CollectionInfo,
    CompactReport,
    Diagnosis,
    Documents,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    RebuildReport,
    Status,
    Watch,
)
from . import attached, words
from .redact import redact

WIDTH = 88  # columns of running text
_QUOTE_CHARS = 300
_LISTED = 1000  # documents
_P = ParamSpec("_P")


def _harmless(write: Callable[_P, str]) -> Callable[_P, str]:
    """Have the whole of a text pass `printable` as the last step, whatever it was put together from."""

    @functools.wraps(write)
    def written(*arguments: _P.args, **options: _P.kwargs) -> str:
        return printable(write(*arguments, **options))

    return written


@_harmless
def answer_text(answer: Answer, width: int = WIDTH, written: bool = False) -> str:
    """Return an answer and its sources as plain text; omit its text if it is already `written`."""
    answer = redact(answer)
    lines = [f"Understood as: {printable(answer.query)}\n"] if answer.query and not written else []
    listed = words.passages(answer)
    if not listed:
        lines.append("" if written else "\n".join(_line(line, width) for line in printable(answer.text).split("\n")))
        if answer.citations:
            lines.append("\nSources")
    for citation, said in listed or [(cited, cited.quote) for cited in answer.citations]:
        place = words.where(citation.path, citation.anchor)
        lines.append(f"  [{citation.marker}] {place}  ({words.support(citation.support)})")
        if said:
            lines.append(_wrapped(f"“{words.clipped(said, _QUOTE_CHARS)}”", width, "      "))
    facts = words.provenance(answer)
    if answer.mode == "llm":
        used = f" ({', '.join(facts[1:])})" if facts[1:] else ""
        lines.append(f"\n{facts[0]}{used}; check important facts against the sources.")
        if answer.remembered:
            lines.append("It was asked before; ask again with --fresh.")
    elif facts:
        lines.append(f"\n{facts[0]}.")
    if answer.conversation and answer.mode != "none":
        lines.append(f"Conversation {answer.conversation}; continue it with --more.")
    lines += [_wrapped(f"Note: {printable(warning)}", width) for warning in answer.warnings]
    if not answer.quoted and answer.mode == "llm":
        lines.append(words.WITHHELD)
    return "\n".join(lines)


@_harmless
def places_text(passages: Sequence[Hit]) -> str:
    """Return the places of the first passages that were found, while a chat model reads them."""
    return "\n".join(f"  {hit.rank}. {words.where(hit)}" for hit in passages[: words.PLACES_SHOWN])


@_harmless
def conversations_text(conversations: Sequence[Conversation]) -> str:
    """Return a line per conversation."""
    if not conversations:
        return words.NOTHING_REMEMBERED
    return "\n".join(
        f"{talk.id}  {talk.changed[:16].replace('T', ' ')}  {talk.turns:>3} {'turn ' if talk.turns == 1 else 'turns'}"
        f"  {printable(talk.title)}{words.PINNED if talk.pinned else ''}"
        for talk in conversations
    )


def feedback_text(feedback: Feedback) -> str:
    """Return how much was said of answers, and how to measure with it."""
    return words.feedback_summary(feedback)


@_harmless
def conversation_text(talk: Conversation, width: int = WIDTH) -> str:
    """Return a conversation with its answers as plain text."""
    parts = [words.one_line(talk.title)]
    parts += [f"> {words.one_line(answer.question)}\n\n{answer_text(answer, width)}" for answer in talk.answers]
    return "\n\n\n".join(parts)


@_harmless
def hits_text(hits: Hits, width: int = WIDTH) -> str:
    """Return search results as plain text."""
    wanted = words.matching(hits.query)
    lines = [_hit_text(hit, width, wanted) for hit in hits] or [words.NOTHING_FOUND]
    notes = [f"Note: {printable(notice.message)} {notice.remedy}".rstrip() for notice in hits.warnings or ()]
    return "\n".join([*notes, *lines] if hits.quoted or not hits else [*notes, *lines, words.WITHHELD])


@_harmless
def hit_text(hit: Hit, width: int = WIDTH) -> str:
    """Return one search result as plain text."""
    return _hit_text(hit, width, hit.explain.words if hit.explain else ())


@_harmless
def report_text(report: IndexReport) -> str:
    """Return the report of an indexing run, failures first."""
    lines = _failures(report.failed)
    for notice in report.warnings[: words.SHOWN]:
        lines.append(printable(f"Note: {notice.message} {notice.remedy}").rstrip())
    lines += _more(len(report.warnings))
    if report.skipped:
        lines.append(f"{words.skip_summary(report.skipped)} (--json lists them.)")
    return "\n".join(line for line in [*lines, words.index_summary(report), words.chunk_summary(report)] if line)


@_harmless
def rebuild_text(report: RebuildReport) -> str:
    """Return the report of a rebuild."""
    if not report.collections:
        return words.NOTHING_INDEXED
    return "\n".join([*_failures(report.failed), words.rebuild_summary(report)])


@_harmless
def forget_text(report: ForgetReport) -> str:
    """Return the report of a removal."""
    return words.forget_summary(report)


@_harmless
def compact_text(report: CompactReport) -> str:
    """Return the report of a cleaning."""
    return words.compact_summary(report)


@_harmless
def watch_text(watch: Watch) -> str:
    """Return how a collection follows its folders."""
    return words.watch_summary(watch)


@_harmless
def status_text(status: Status) -> str:
    """Return the state of the store as plain text."""
    lines = [words.totals(status), words.store_line(status)]
    if status.pending or status.failed:
        lines.append(f"{status.pending} pending, {status.failed} failed")
    lines += _failures(status.failures)
    lines.append(collections_text(status.collections))
    lines.append(words.enforcement(status.privacy.get("enforcement")))
    return "\n".join([*lines, *words.shared_server(status), *words.watching(status), *words.running_jobs(status)])


@_harmless
def engine_text(engine: Mapping[str, Any]) -> str:
    """Return the state of an engine as plain text."""
    if "stopped" in engine:
        return "The engine was stopped." if engine["stopped"] else "No engine was running."
    if not engine["running"]:
        return f"No engine is running for {engine['store']}; the next command starts one."
    kind = "a socket" if engine["transport"] == "unix" else "a port of this machine"
    minutes, memory = (engine.get("uptime_s") or 0) / 60, (engine.get("memory_bytes") or 0) / 2**20
    return (
        f"An engine serves {engine['store']} over {kind} (process {engine['pid']}, version {engine['version']}).\n"
        f"Up for {minutes:,.0f} min, {memory:,.0f} MiB, {engine.get('calls') or 0:,} calls answered, "
        f"{engine.get('jobs') or 0} job(s) running.\n{words.enforcement(engine.get('enforcement'))}"
    )


@_harmless
def collections_text(collections: Sequence[CollectionInfo]) -> str:
    """Return the collections and their roots as plain text."""
    lines = []
    for info in collections:
        name, *rest = words.collection(info)
        lines.append(f"{name}: {', '.join(rest)}")
        lines += [f"    {words.short(root)}" for root in info.roots]
        lines += [f"    {attached.state(info.shared)}"] if info.shared else []
    return "\n".join(lines) or words.NOTHING_INDEXED


@_harmless
def documents_text(documents: Documents) -> str:
    """Return a line per document, with the reason below each failed one."""
    lines = [words.document_count(documents)]
    for info in documents.items[:_LISTED]:
        state, chunks, read = words.document(info)
        lines.append(f"{state:<8} {chunks:>6}  {read:<16}  {words.short(info.path)}")
        if info.message:
            lines.append(f"{'':<34}{words.one_line(f'{info.message} {info.remedy or str()}')}")
    if len(documents) > _LISTED:
        lines.append(f"… and {len(documents) - _LISTED:,} more (--json lists all)")
    return "\n".join(lines)


@_harmless
def models_text(models: Models) -> str:
    """Return the chat models with their requirements as a table."""
    lines = [words.ollama(models)]
    if models.models:
        rows = [words.MODEL_COLUMNS, *(words.model_row(model, bool(models.gpu_bytes)) for model in models.models)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            lines.append("  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip())
    else:
        lines.append("No model is installed.")
    lines.append(f"\n{words.suggested(models)}")
    for each in models.suggestions:
        name, family = words.one_line(each.name), words.one_line(each.family)
        lines.append(f"  {name:<20} {family:<8} {words.gigabytes(each.bytes)}")
    return "\n".join(lines)


@_harmless
def diagnosis_text(diagnosis: Diagnosis) -> str:
    """Return a line per check, with a remedy below each that is not ok."""
    width = max((len(check.name) for check in diagnosis.checks), default=0)
    lines = []
    for check in diagnosis.checks:
        lines.append(f"{words.check_state(check):<7} {check.name:<{width}}  {words.one_line(check.detail)}")
        if check.remedy and not check.ok:
            lines.append(f"{'':<{width + 8}}  {words.one_line(check.remedy)}")
    return "\n".join([*lines, "", words.diagnosis_summary(diagnosis)])


@_harmless
def job_text(job: Job) -> str:
    """Return a job in one line."""
    return " ".join(
        part for part in (f"Job {job.id}:", job.kind, words.one_line(job.collection or ""), job.state) if part
    )


@_harmless
def document_text(document: Document) -> str:
    """Return the text that a reader extracted, without control characters."""
    return printable(document.text)


@_harmless
def error_text(error: LocalAIError) -> str:
    """Return the message of an error and its remedy below."""
    return "\n  ".join(printable(part) for part in (error.message, error.remedy) if part)


def _hit_text(hit: Hit, width: int, wanted: Sequence[str]) -> str:
    hit = redact(hit)
    head = f"{hit.rank:>2}. {words.where(hit)}  (score {hit.score:.2f}, similarity {hit.similarity:.2f})"
    return "\n".join([head, _wrapped(words.part(hit.text, wanted, _QUOTE_CHARS), width, "    ")]).rstrip()


def _line(line: str, width: int) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return line.rstrip() if len(line) <= width else _wrapped(line, width, indent)


def _wrapped(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def _failures(failed: Sequence[Failure]) -> list[str]:
    lines = [
        printable(f"Failed: {words.short(f.path)}: {f.message} {f.remedy}").rstrip() for f in failed[: words.SHOWN]
    ]
    return lines + _more(len(failed))


def _more(count: int) -> list[str]:
    return [f"  … and {count - words.SHOWN} more (--json lists all)"] if count > words.SHOWN else []
