"""What a team does with a project: begin one, index it, lock it, check it against the lock, and measure it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from ..results.files import Rules
from ..results.projects import Lock, LockCheck, ProjectFile
from ..results.reports import IndexReport, Progress
from ..results.scores import Evaluation
from ..service.client.sync_client import Client
from . import lock as locks
from .manifest import FILE, Project

Report = Callable[[Progress], None]


def init(ai: Client, folder: Path, roots: Sequence[str] = (), name: str = "") -> ProjectFile:
    """Write a project file into a folder that has none.

    Parameters
    ----------
    ai : Client
        Its embedding model becomes the project's.
    folder : Path
    roots : sequence of str
        Paths below the folder; the folder itself when left out.
    name : str
        Of the collection; the folder's when left out.

    Raises
    ------
    ProjectError
        ``project_exists``; else as `Project.read`.
    """
    folder, file = folder.resolve(), folder.resolve() / FILE
    now = ai.lock(folder)
    relative = [os.path.relpath(os.path.realpath(folder / root), folder).replace(os.sep, "/") for root in roots]
    project = Project(
        folder, name or folder.name, now.embedder, now.fingerprint, dict.fromkeys(relative or ["."], Rules())
    )
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(project.to_toml())
    except FileExistsError:
        raise ProjectError(f"{file} exists already.", "Edit it, or remove it first.", code="project_exists") from None
    try:
        project = Project.read(file)
    except ProjectError:
        file.unlink()
        raise
    return ProjectFile(str(file), project.name, project.embedder, tuple(project.roots))


def index(ai: Client, project: Project, locked: bool = False, progress: Report | None = None) -> IndexReport:
    """Index what a project names.

    Parameters
    ----------
    ai : Client
    project : Project
    locked : bool
        Raise, and change nothing, when the documents are not those of the lock.
    progress : callable, optional
        Called with each `Progress`.

    Raises
    ------
    ProjectError
        ``project_embedder`` for another embedding model than the project's; ``lock_differs``.
    """
    check_embedder(project, ai.lock(project.folder))
    if locked:
        differences = check(ai, project, progress)
        if not differences.ok:
            message = f"The documents are not those of {project.lock_file.name}; nothing was indexed."
            raise ProjectError(message, "See what differs: jupyter localai project lock --check.", code="lock_differs")
    return _sum([ai.index(**run, progress=progress) for run in project.runs()])


def lock(ai: Client, project: Project, progress: Report | None = None) -> Lock:
    """Index a project and write its lock.

    Raises
    ------
    ProjectError
        ``project_embedder``.
    """
    index(ai, project, progress=progress)
    now = ai.lock(project.folder, project.places(), project.name, progress=progress)
    beside = project.lock_file.with_name(project.lock_file.name + ".new")
    beside.write_text(locks.to_text(now), encoding="utf-8", newline="\n")
    beside.replace(project.lock_file)
    return now


def check(ai: Client, project: Project, progress: Report | None = None) -> LockCheck:
    """Return how the documents differ from the lock, and the index where it has them.

    Raises
    ------
    ProjectError
        As `locks.read`.
    """
    wanted = locks.read(project.lock_file)
    return locks.compare(wanted, ai.lock(project.folder, project.places(), project.name, progress=progress))


def evaluate(ai: Client, project: Project, progress: Report | None = None) -> Evaluation:
    """Measure how well the project's own questions find their places.

    Raises
    ------
    ProjectError
        ``no_questions_file`` when the project names none.
    """
    if not project.questions:
        message = f"{FILE} names no file of questions."
        raise ProjectError(message, 'Add to it: questions = "questions.jsonl".', code="no_questions_file")
    return ai.evaluate(project.folder / project.questions, project.name, progress=progress)


def check_embedder(project: Project, now: Lock) -> None:
    """Refuse to index a project with another embedding model than its own.

    Parameters
    ----------
    project : Project
    now : Lock
        One that tells the configured model.

    Raises
    ------
    ProjectError
        ``project_embedder``.
    """
    if project.fingerprint and project.fingerprint != now.fingerprint:
        raise ProjectError(
            f"The project is for the embedding model {project.embedder}; the configured one is {now.embedder}"
            f"{', with other weights' if now.embedder == project.embedder else ''}.",
            f"Set embedder to {project.embedder}, or change the project file with the team.",
            code="project_embedder",
        )


def _sum(reports: Sequence[IndexReport]) -> IndexReport:
    """Return one report of several runs on a collection."""
    total: dict[str, Any] = dataclasses.asdict(IndexReport("")) | {"collection": reports[0].collection}
    for name in ("added", "updated", "unchanged", "removed", "embedded", "seconds"):
        total[name] = sum(getattr(report, name) for report in reports)
    for name in ("skipped", "failed", "warnings"):
        total[name] = tuple(dict.fromkeys(item for report in reports for item in getattr(report, name)))
    moved = sum(report.moved or 0 for report in reports)
    return IndexReport(**total | {"chunks": reports[-1].chunks, "moved": moved or None})
