"""Reports and lists as HTML for notebook outputs."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.answers import Conversation
from ..results.feedback import Feedback
from ..results.files import Skipped
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
from . import attached, text, words
from .parts import commands, details, failures, faint, file, frame, line, note, number, table
from .safe import escape

_LISTED = 200  # documents and skipped files to list


def report(report: IndexReport) -> str:
    """Return the report of an indexing run, with its failures and a collapsed list of skipped files."""
    parts = [
        line(f"<strong>{escape(words.index_summary(report))}</strong>"),
        faint(escape(words.chunk_summary(report)), "0"),
    ]
    parts.append(failures(report.failed))
    for notice in report.warnings[: words.SHOWN]:
        parts.append(note(f"{escape(notice.message)} {commands(notice.remedy)}"))
    if report.skipped:
        parts.append(details(words.skip_summary(report.skipped), _skipped(report.skipped)))
    return frame(*parts)


def rebuild(report: RebuildReport) -> str:
    """Return the report of a rebuild."""
    if not report.collections:
        return frame(line(commands(words.NOTHING_INDEXED)))
    return frame(line(escape(words.rebuild_summary(report))), failures(report.failed))


def forget(report: ForgetReport) -> str:
    """Return the report of a removal."""
    return frame(line(escape(words.forget_summary(report))))


def compact(report: CompactReport) -> str:
    """Return the report of a cleaning."""
    return frame(line(escape(words.compact_summary(report))))


def status(status: Status) -> str:
    """Return the contents of the store and its running jobs."""
    parts = [line(f"<strong>{escape(words.totals(status))}</strong>"), _collections(status.collections)]
    if status.pending or status.failed:
        parts.append(line(f"{status.pending:,} pending, {status.failed:,} failed"))
    noted = (*words.watching(status), *words.running_jobs(status))
    parts += [failures(status.failures), *(line(escape(each)) for each in noted)]
    last = [
        words.store_line(status),
        words.enforcement(status.privacy.get("enforcement")),
        *words.shared_server(status),
    ]
    parts.append(faint("<br>".join(map(escape, last))))
    return frame(*parts)


def watch(watch: Watch) -> str:
    """Return how a collection follows its folders."""
    return frame(line(escape(words.watch_summary(watch))))


def collections(infos: Sequence[CollectionInfo]) -> str:
    """Return the collections as a table."""
    return frame(_collections(infos))


def documents(documents: Documents) -> str:
    """Return the documents as a table, with the reason of each failure."""
    rows = []
    for info in documents.items[:_LISTED]:
        state, chunks, read = map(escape, words.document(info))
        why = f"<br>{escape(info.message)} {commands(info.remedy or '')}" if info.message else ""
        rows.append((file(info.path) + why, f"<strong>{state}</strong>" if why else state, chunks, read))
    parts = [line(f"<strong><bdi>{escape(words.document_count(documents))}</bdi></strong>")]
    parts.append(table(("document", "state", "chunks", "read"), rows) if rows else "")
    if len(documents) > _LISTED:
        parts.append(faint(f"… and {len(documents) - _LISTED:,} more"))
    return frame(*parts)


def conversations(talks: Sequence[Conversation]) -> str:
    """Return the conversations as a table."""
    if not talks:
        return frame(line(words.NOTHING_REMEMBERED))
    rows = [
        (
            f"<bdi>{escape(words.one_line(talk.title))}</bdi>{words.PINNED if talk.pinned else ''}",
            f"{talk.turns:,}",
            escape(talk.changed[:16].replace("T", " ")),
            f"<code>{escape(talk.id)}</code>",
        )
        for talk in talks
    ]
    return frame(table(("question", "turns", "last (UTC)", "id"), rows))


def feedback(feedback: Feedback) -> str:
    """Return how much was said of answers, and how to measure with it."""
    return frame(line(commands(words.feedback_summary(feedback))))


def models(models: Models) -> str:
    """Return the chat models with their requirements as a table, and suggestions for this machine."""
    parts = [line(escape(words.ollama(models)))]
    if models.models:
        rows = [tuple(map(escape, words.model_row(model, bool(models.gpu_bytes)))) for model in models.models]
        parts.append(table(words.MODEL_COLUMNS, rows))
    else:
        parts.append(line("No model is installed."))
    if models.suggestions:
        suggested = [(escape(s.name), escape(s.family), words.gigabytes(s.bytes)) for s in models.suggestions]
        parts.append(details(words.suggested(models), table(("model", "family", "download"), suggested)))
    return frame(*parts)


def diagnosis(diagnosis: Diagnosis) -> str:
    """Return the checks as a table, with a remedy for each that is not ok."""
    rows = []
    for check in diagnosis.checks:
        remedy = f"<br>{commands(check.remedy)}" if check.remedy and not check.ok else ""
        state = escape(words.check_state(check))
        rows.append(
            (state if check.ok else f"<strong>{state}</strong>", escape(check.name), escape(check.detail) + remedy)
        )
    return frame(line(f"<strong>{escape(words.diagnosis_summary(diagnosis))}</strong>"), table(("", "check", ""), rows))


def job(job: Job) -> str:
    """Return a job in one line."""
    return frame(line(escape(text.job_text(job))))


def _collections(infos: Sequence[CollectionInfo]) -> str:
    if not infos:
        return line(commands(words.NOTHING_INDEXED))
    rows = [
        (
            f"<strong><bdi>{escape(words.one_line(info.name))}</bdi></strong>",
            f"{info.documents:,}",
            f"{info.chunks:,}",
            "<br>".join([*map(file, info.roots), *([escape(attached.state(info.shared))] if info.shared else [])]),
            escape(words.one_line(info.embedder)),
        )
        for info in infos
    ]
    return table(("collection", "documents", "chunks", "folders", "embedding model"), rows)


def _skipped(skipped: Sequence[Skipped]) -> str:
    more = f"<br>… and {len(skipped) - _LISTED:,} more" if len(skipped) > _LISTED else ""
    listed = "<br>".join(f"{file(passed.path)} {number(passed.reason)}" for passed in skipped[:_LISTED])
    return line(f"{listed}{more}")
