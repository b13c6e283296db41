"""The task of a run on a collection, and its plan: finished values between looking and doing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence, Set

from .. import ingest
from ..index.catalogue import DocumentRecord, Source
from ..index.registry import Collection
from ..results.files import Failure, Notice, Rules, Skipped


@dataclasses.dataclass(frozen=True)
class Task:
    """What a run is asked for.

    Attributes
    ----------
    name : str
        The collection's name, for the report.
    target : Collection or None
        What is there to compare with; None for a collection that does not exist yet.
    roots : mapping of str to Rules
        Roots to add or to list.
    recalled : iterable of str
        Forgotten paths that were named again.
    dry_run : bool
        Only say what would happen.
    retry : bool
        Try files again that have failed, though they have not changed.
    ocr : bool
        Have OCR read what only it can read, after all else; let new pictures in.
    only : set of str
        Where given, the run is about these paths and what is below them, as far as they lie in the roots.
    """

    name: str
    target: Collection | None
    roots: Mapping[str, Rules]
    recalled: Iterable[str] = ()
    dry_run: bool = False
    retry: bool = False
    ocr: bool = False
    only: Set[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Plan:
    """What has changed below the roots of a task, and so what its run has to do.

    Attributes
    ----------
    task : Task
    started : float
        When the looking began, by `time.perf_counter`.
    known : mapping of str to DocumentRecord
        The collection's documents by path, as they were.
    todo : dict of str to Source
        New and changed files by path, still to be read.
    gone : list of DocumentRecord
        Documents whose file was deleted, or is left out by the rules of every root now.
    moved : list of (DocumentRecord, Source)
        Documents whose file is now elsewhere.
    left : list of str
        Roots that are not on disk and whose documents have moved.
    inside : dict of str to str
        Files that were named and lie in a root that has them, and that root: they need not be roots of their own.
    passed_on : list of (DocumentRecord, str)
        Unchanged documents that now belong to another of the roots they lie in.
    seen : int
        How many files the roots have.
    unchanged : int
        How many of these are as they were.
    skipped, failed, notices
        What the report says about skipped files and about roots.
    """

    task: Task
    started: float
    known: Mapping[str, DocumentRecord]
    todo: Mapping[str, Source]
    gone: Sequence[DocumentRecord]
    moved: Sequence[tuple[DocumentRecord, Source]]
    left: Sequence[str]
    inside: Mapping[str, str]
    passed_on: Sequence[tuple[DocumentRecord, str]]
    seen: int
    unchanged: int
    skipped: Sequence[Skipped]
    failed: Sequence[Failure]
    notices: Sequence[Notice]

    def known_content(self, source: Source) -> str:
        """Return the SHA-256 of the content with which a file need not be read again; empty for a new one."""
        known = self.known.get(source.path)
        good = known is not None and known.failure is None and known.reading == ingest.VERSION
        return known.sha256 if known is not None and good else ""
