"""What was done and what there is, as HTML, for a notebook's output."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.passages import Conversation, Skipped
from ..results.reports import (
    CollectionInfo,
    Diagnosis,
    Documents,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    RebuildReport,
    Status,
)
from . import text, words
from .parts import commands, failures, faint, file, folded, frame, line, note, number, table
from .safe import escape

_LISTED = 200  # of documents, and of what was skipped


def report(report: IndexReport) -> str:
    """Return what an indexing run did; what failed is told one by one, what was skipped is folded."""
    parts = [line(f"<strong>{escape(words.indexed(report))}</strong>"), faint(escape(words.embedded(report)), "0")]
    parts.append(failures(report.failed))
    for notice in report.warnings[: words.SHOWN]:
        parts.append(note(f"{escape(notice.message)} {commands(notice.remedy)}"))
    if report.skipped:
        parts.append(folded(words.skips(report.skipped), _skipped(report.skipped)))
    return frame(*parts)


def rebuild(report: RebuildReport) -> str:
    """Return what was built anew."""
    if not report.collections:
        return frame(line(commands(words.NOTHING_INDEXED)))
    return frame(line(escape(words.rebuilt(report))), failures(report.failed))


def forget(report: ForgetReport) -> str:
    """Return what was removed for good."""
    return frame(line(escape(words.forgotten(report))))


def status(status: Status) -> str:
    """Return what the store holds and what goes on."""
    parts = [line(f"<strong>{escape(words.held(status))}</strong>"), _collections(status.collections)]
    if status.pending or status.failed:
        parts.append(line(f"{status.pending:,} pending, {status.failed:,} failed"))
    parts += [failures(status.failures), *(line(escape(told)) for told in words.at_work(status))]
    parts.append(
        faint(f"{escape(words.kept_at(status))}<br>{escape(words.enforced(status.privacy.get('enforcement')))}")
    )
    return frame(*parts)


def collections(infos: Sequence[CollectionInfo]) -> str:
    """Return the collections as a table."""
    return frame(_collections(infos))


def documents(documents: Documents) -> str:
    """Return the documents as a table, with the reason where one failed."""
    rows = []
    for info in documents.items[:_LISTED]:
        state, chunks, read = map(escape, words.document(info))
        why = f"<br>{escape(info.message)} {commands(info.remedy or '')}" if info.message else ""
        rows.append((file(info.path) + why, f"<strong>{state}</strong>" if why else state, chunks, read))
    parts = [line(f"<strong><bdi>{escape(words.listed(documents))}</bdi></strong>")]
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
            f"<bdi>{escape(words.one_line(talk.title))}</bdi>",
            f"{talk.turns:,}",
            escape(talk.changed[:16].replace("T", " ")),
            f"<code>{escape(talk.id)}</code>",
        )
        for talk in talks
    ]
    return frame(table(("question", "turns", "last (UTC)", "id"), rows))


def models(models: Models) -> str:
    """Return the chat models and what each needs as a table, and some that would suit this machine."""
    parts = [line(escape(words.ollama(models)))]
    if models.models:
        rows = [tuple(map(escape, words.model_row(model, bool(models.gpu_bytes)))) for model in models.models]
        parts.append(table(words.MODEL_COLUMNS, rows))
    else:
        parts.append(line("No model is installed."))
    if models.suggestions:
        suggested = [(escape(s.name), escape(s.family), words.gigabytes(s.bytes)) for s in models.suggestions]
        parts.append(folded(words.SUGGESTED, table(("model", "family", "download"), suggested)))
    return frame(*parts)


def diagnosis(diagnosis: Diagnosis) -> str:
    """Return the checks as a table, with the remedy where something is not well."""
    rows = []
    for check in diagnosis.checks:
        remedy = f"<br>{commands(check.remedy)}" if check.remedy and not check.ok else ""
        health = escape(words.health(check))
        rows.append(
            (health if check.ok else f"<strong>{health}</strong>", escape(check.name), escape(check.detail) + remedy)
        )
    return frame(line(f"<strong>{escape(words.healthy(diagnosis))}</strong>"), table(("", "check", ""), rows))


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
            "<br>".join(map(file, info.roots)),
            escape(words.one_line(info.embedder)),
        )
        for info in infos
    ]
    return table(("collection", "documents", "chunks", "folders", "embedding model"), rows)


def _skipped(skipped: Sequence[Skipped]) -> str:
    more = f"<br>… and {len(skipped) - _LISTED:,} more" if len(skipped) > _LISTED else ""
    listed = "<br>".join(f"{file(passed.path)} {number(passed.reason)}" for passed in skipped[:_LISTED])
    return line(f"{listed}{more}")
