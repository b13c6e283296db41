"""What a run on a collection has counted and noted, and the report of it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from ..errors import ReadError
from ..index.catalogue import DocumentRecord, Source
from ..ingest.names import is_picture
from ..results.files import Failure, Notice, Skipped
from ..results.reports import IndexReport
from ..text import language
from .listing import PICTURE, missing_root
from .plan import Plan

_SKIP_CODES = {
    "binary": "binary file",
    "generated": "minified or generated code",
    "private_key": "may hold secrets",
    "saved_answers": "saved answers",
    "not_found": "deleted while indexing",
    "old_format": "Office format that is not read here",
}


class Tally:
    """The counts of one run.

    Attributes
    ----------
    unchanged, removed, embedded : int
        Documents that were read and are as before; documents that are gone; texts that the model has embedded.
    noted : list of Notice
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.unchanged = self.removed = self.embedded = 0
        self.noted: list[Notice] = []
        self._added = self._updated = self._foreign = 0
        self._skipped: list[Skipped] = []
        self._failed: list[Failure] = []
        self._old: dict[tuple[str, str], list[str]] = {}  # files of each format that something else would read
        self._moved = {source.path for _, source in self._plan.moved}
        self._counted: set[str] = set()  # as new or changed
        self._recognised: set[str] = set()

    def count(self, path: str) -> None:
        """Count a document that was stored, as new or as changed; one that has moved is counted already."""
        self._counted.add(path)
        if path in self._moved:
            return
        known = self._plan.known.get(path)
        if known is None or known.failure is not None:
            self._added += 1
        else:
            self._updated += 1

    def count_recognised(self, known: DocumentRecord) -> None:
        """Count a document that says more after OCR, unless this run has counted it as new or changed already."""
        self._recognised.add(known.path)
        if known.failure is not None:
            before = self._plan.known.get(known.path)
            self.removed -= before is not None and before.failure is None
            self.count(known.path)
        elif known.path not in self._counted:
            self._updated += 1
            self.unchanged -= 1

    def pictures_left(self) -> int:
        """Return how many pictures were passed over that OCR has not read."""
        pictures = {item.path for item in (*self._plan.skipped, *self._skipped) if item.reason == PICTURE}
        return len(pictures - self._recognised)

    def note_document(self, path: str, warnings: Sequence[str] | None, is_foreign: bool) -> None:
        """Note what reading a document has told; None for one without text."""
        if warnings is None:
            self._skipped.append(Skipped(path, "empty"))
        self._foreign += is_foreign
        self.noted += [Notice("document", f"{path}: {warning}") for warning in warnings or ()]

    def note_unreadable(self, source: Source, error: ReadError) -> tuple[Failure, bool] | None:
        """Note a file that could not be read.

        Returns
        -------
        (Failure, bool) or None
            What failed, and whether the collection keeps that; None where not the file is missing but its root.
        """
        if error.code == "not_found" and not os.path.lexists(source.root):
            failure = missing_root(source.root)
            if failure not in self._failed:
                self._failed.append(failure)
            return None
        failure = Failure(source.path, error.code, error.message, error.remedy)
        skipped = _SKIP_CODES.get(error.code)
        if source.needs_ocr and is_picture(source.path):
            self._skipped.append(Skipped(source.path, PICTURE))
        elif skipped:
            self._skipped.append(Skipped(source.path, skipped))
            if error.code == "old_format":
                self._old.setdefault((error.message, error.remedy), []).append(source.path)
        else:
            self._failed.append(failure)
        return failure, not skipped

    def notices(self, embedder: str) -> list[Notice]:
        """Return what was noted, and what the run as a whole tells."""
        plan, found = self._plan, list(self.noted)
        if not plan.seen and not plan.failed and not plan.task.only:
            remedy = "Look at skipped for what was passed over." if plan.skipped else "Check the path."
            found.append(Notice("no_documents", "No readable document was found.", remedy))
        for (message, remedy), paths in self._old.items():
            more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
            found.append(Notice("old_format", f"{paths[0]}{more}: {message}", remedy))
        if self._foreign:
            found.append(language.of_documents(self._foreign, embedder))
        return found

    def report(self, notices: Sequence[Notice], chunks: int) -> IndexReport:
        """Return the report; `chunks` is what the collection has now."""
        plan = self._plan
        skipped = dict.fromkeys((*plan.skipped, *self._skipped))
        return IndexReport(
            collection=plan.task.name,
            added=self._added + len(plan.moved),
            updated=self._updated,
            unchanged=self.unchanged + plan.unchanged,
            removed=self.removed + sum(known.failure is None for known in plan.gone) + len(plan.moved),
            skipped=tuple(item for item in skipped if not self._has_read(item)),
            failed=tuple(item for item in (*plan.failed, *self._failed) if item.path not in self._recognised),
            chunks=chunks,
            embedded=self.embedded,
            seconds=time.perf_counter() - plan.started,
            warnings=(*plan.notices, *notices),
            moved=len(plan.moved) or None,
            dry_run=plan.task.dry_run or None,
        )

    def _has_read(self, skipped: Skipped) -> bool:
        """Whether OCR has read what was passed over before."""
        return skipped.reason == PICTURE and skipped.path in self._recognised
