"""What happened between a collection here and one on a server, as text and HTML."""

from __future__ import annotations

from ..results.base import printable
from ..results.shared import AttachReport, ShareReport, Synced, SyncReport
from .parts import frame, line
from .safe import escape
from .words import count, one_line, short


def share_text(report: ShareReport) -> str:
    """Return what was published, and what members need."""
    where = f"{one_line(report.collection)!r} at {one_line(report.address)}"
    where += f" as {one_line(report.name)!r}" if report.name != report.collection else ""
    changes = f"{count(report.put, 'document')} ({report.chunks:,} chunks) sent, {report.dropped:,} taken away"
    if not (report.put or report.dropped or report.chunks):
        changes = "nothing has changed"
    lines = [f"Shared {where}: revision {report.revision:,}, {changes}, in {report.seconds:.1f} s."]
    if report.dry_run:
        lines = [f"{where}: {count(report.put, 'document')} would be sent, {report.dropped:,} taken away."]
    if report.strays:
        lines.append(f"{report.strays:,} records of publishing that was broken off were taken away.")
    if report.left:
        lines.append(f"{count(report.left, 'document')} left: another publisher has put the same paths since.")
    if report.left_out:
        what = "the path has a backslash, or is too long for some systems, or much is blank"
        lines.append(f"{count(report.left_out, 'document')} not shared: {what}.")
    if report.key_file:
        lines.append(f"Members need this file, and nobody else: {short(report.key_file)}")
        lines.append("They attach it with: jupyter localai attach --key FILE")
    if report.is_open:
        lines.append("The texts can be read by all who reach the server.")
    return printable("\n".join(lines))


def attach_text(report: AttachReport) -> str:
    """Return what is attached now."""
    told = report.attachment
    counted = f"{count(report.documents, 'document')} ({report.chunks:,} chunks)"
    vectors = "here" if told.vectors == "local" else "on the server, to which a question's vector goes"
    return printable(
        f"Attached {one_line(report.collection)!r} to {one_line(told.address)}: revision {told.revision:,}, {counted}, "
        f"in {report.seconds:.1f} s. Its vectors are {vectors}."
    )


def sync_text(report: SyncReport) -> str:
    """Return a line per collection: what changed, or what is wrong."""
    return printable("\n".join(map(_synced, report.collections)) or "No collection is attached.")


def share_html(report: ShareReport) -> str:
    """Return what was published, and what members need."""
    return frame(*map(line, map(escape, share_text(report).splitlines())))


def attach_html(report: AttachReport) -> str:
    """Return what is attached now."""
    return frame(line(escape(attach_text(report))))


def sync_html(report: SyncReport) -> str:
    """Return a line per collection."""
    return frame(*map(line, map(escape, sync_text(report).splitlines())))


def _synced(each: Synced) -> str:
    told, name = each.attachment, one_line(each.collection)
    if told.code:
        return f"{name}: {one_line(told.message)} {one_line(told.remedy)}".rstrip()
    changes = (
        f"{count(each.put, 'document')} changed, {each.dropped:,} removed" if each.put or each.dropped else "no changes"
    )
    return f"{name}: revision {told.revision:,}, {changes}."
