"""A project's file, its lock, how documents differ from it, and bundles, as text and HTML."""

from __future__ import annotations

from ..results.base import printable
from ..results.projects import BundleInfo, ExportReport, ImportReport, Joined, Lock, LockCheck, ProjectFile
from .parts import details, frame, line
from .safe import escape
from .words import count, one_line, short

_LISTED = 20  # paths of each kind


def file_text(made: ProjectFile) -> str:
    """Return what a new project file names."""
    roots = ", ".join(map(one_line, made.roots))
    return printable(f"{short(made.path)} names {roots} for the collection {one_line(made.name)!r}. Commit it.")


def joined_text(joined: Joined) -> str:
    """Return which server is set now."""
    return printable(
        f"{one_line(joined.address)} is your server of shared collections now (shared_host in localai.toml), with the "
        f"project's {one_line(joined.collection)!r}. A running engine keeps its own until: jupyter localai engine stop."
    )


def joined_html(joined: Joined) -> str:
    """Return which server is set now."""
    return frame(line(escape(joined_text(joined))))


def lock_text(lock: Lock) -> str:
    """Return what was locked."""
    chunks = sum(document.chunks or 0 for document in lock.documents)
    counted = f"{count(len(lock.documents), 'document')} ({chunks:,} chunks)"
    failed = sum(bool(document.error) for document in lock.documents)
    unread = f" {failed:,} of them could not be read." if failed else ""
    return printable(f"Locked {counted}, embedded by {one_line(lock.embedder)}.{unread} Commit the lock.")


def check_text(check: LockCheck) -> str:
    """Return what differs from a lock, with the paths."""
    return printable("\n".join([*_paths(check), _summary(check)]))


def file_html(made: ProjectFile) -> str:
    """Return what a new project file names."""
    return frame(line(escape(file_text(made))))


def lock_html(lock: Lock) -> str:
    """Return what was locked."""
    return frame(line(escape(lock_text(lock))))


def check_html(check: LockCheck) -> str:
    """Return what differs from a lock, the paths in a part that unfolds."""
    paths = "".join(line(escape(path)) for path in _paths(check))
    return frame(line(f"<strong>{escape(_summary(check))}</strong>"), details("Paths", paths) if paths else "")


def _kinds(check: LockCheck) -> dict[str, tuple[str, ...]]:
    return {
        "changed": check.changed,
        "missing": check.missing,
        "added": check.added,
        "cut otherwise": check.other_text,
    }


def _summary(check: LockCheck) -> str:
    if check.ok:
        return f"{count(check.documents, 'document')}, all as in the lock."
    found = ", ".join(f"{len(paths):,} {kind}" for kind, paths in _kinds(check).items() if paths)
    return " ".join([*map(one_line, check.differs), *([f"Not as in the lock: {found}."] if found else [])])


def _paths(check: LockCheck) -> list[str]:
    lines = []
    for kind, paths in _kinds(check).items():
        lines += [f"{kind}: {one_line(path)}" for path in paths[:_LISTED]]
        lines += [f"{kind}: {len(paths) - _LISTED:,} more; --json lists them"] if len(paths) > _LISTED else []
    return lines


def bundle_text(info: BundleInfo) -> str:
    """Return what a bundle has, and whether its vectors can be used here."""
    with_ = "texts and vectors" if info.texts else "vectors without texts"
    used = "the one configured here" if info.same_model else "another one than here, so importing embeds the texts"
    return printable(
        f"{short(info.path)}: {one_line(info.name)!r}, {count(info.documents, 'document')} ({info.chunks:,} chunks), "
        f"{with_}{', 16 bits a number' if info.half else ''}, {_size(info.bytes)}. "
        f"Embedding model: {one_line(info.embedder)}, {used}."
    )


def export_text(report: ExportReport) -> str:
    """Return what was written where."""
    info = report.bundle
    counted = f"{count(info.documents, 'document')} ({info.chunks:,} chunks)"
    without = "" if info.texts else " without texts"
    return printable(
        f"Exported {counted} of {one_line(info.name)!r}{without} to {short(info.path)}, {_size(info.bytes)}, "
        f"in {report.seconds:.1f} s."
    )


def import_text(report: ImportReport) -> str:
    """Return what came in, and how much of it is on this machine."""
    counted = f"{count(report.documents, 'document')} ({report.chunks:,} chunks)"
    embedded = f"{report.embedded:,} embedded" if report.embedded else "nothing embedded"
    left = f" {count(report.left_out, 'document')} left out: not here as when exported." if report.left_out else ""
    return printable(
        f"Imported {counted} into {one_line(report.collection)!r}, {embedded}, {report.here:,} of the documents here, "
        f"in {report.seconds:.1f} s.{left}"
    )


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.1f} kB"


def bundle_html(info: BundleInfo) -> str:
    """Return what a bundle has."""
    return frame(line(escape(bundle_text(info))))


def export_html(report: ExportReport) -> str:
    """Return what was written where."""
    return frame(line(escape(export_text(report))))


def import_html(report: ImportReport) -> str:
    """Return what came in."""
    return frame(line(escape(import_text(report))))
