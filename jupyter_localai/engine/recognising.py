"""What only OCR can read: a page at a time, after all else is searchable.

Each page is kept as soon as it is read, so that a run that is stopped goes on with the next one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from ..errors import UsageError
from ..index.catalogue import DocumentRecord
from ..index.registry import Collection
from ..ingest.formats.parts.recognised import PageText
from ..ingest.ocr.models import INSTALL, installed
from ..ingest.readers import FileToRead, Reading
from ..paths import lies_in
from ..results.files import Notice
from ..results.passages import UNSURE
from ..results.reports import Progress
from .plan import Plan
from .store import Store

COMMAND = "jupyter localai index --ocr"
_NAMED = 5  # documents


def check_installed() -> None:
    """Refuse to begin without the extra.

    Raises
    ------
    UsageError
        ``ocr_missing``.
    """
    if not installed():
        raise UsageError("OCR is not installed.", f"Install it: {INSTALL}.", code="ocr_missing")


class Recognition:
    """What OCR does in one run, and what is to be said of it.

    Parameters
    ----------
    store : Store
    plan : Plan
        The run's.
    target : Collection
    """

    def __init__(self, store: Store, plan: Plan, target: Collection) -> None:
        self._store = store
        self._catalogue = store.catalogue
        self._task = plan.task
        self._target = target
        self._unsure: list[tuple[str, int]] = []
        self._failed: list[Notice] = []
        self._done = 0
        self._total: int | None = None
        self._started = time.monotonic()

    def documents(self) -> Iterator[Progress | tuple[DocumentRecord, Reading]]:
        """Have the pages read, and yield each document as it reads with them, with progress on the way."""
        waiting = [(known, self._left(known)) for known in self._waiting()]
        if not self._task.ocr:
            # copies of what OCR has read, and what was read again without it
            waiting = [(known, list[int]()) for known, left in waiting if len(left) < len(known.needs_ocr)]
        self._total = sum(len(left) for _, left in waiting)
        try:
            for known, left in waiting:
                file = FileToRead(known.path, known.size, "", known.root)
                yield from self._read_pages(known, file, left)
                pages = self._catalogue.recognised.of(known.sha256)
                recognised = {page: PageText(text, confidence) for page, text, confidence in pages}
                if recognised:
                    again = FileToRead(known.path, known.size, "", known.root, recognised)
                    reading = self._store.readers.read(again, self._store.limits)
                    if reading.error is not None:  # what was read of it before stays
                        told = f"{known.path}: it cannot be read with what OCR has read. {reading.error.message}"
                        self._failed.append(Notice("ocr_failed", told))
                    elif reading.digest == known.sha256:  # else it has changed meanwhile: the next run reads it
                        yield known, reading
        finally:
            self._store.readers.end_ocr()

    def notices(self, pictures: int) -> Iterator[Notice]:
        """Yield what is to be said in the report; `pictures` were passed over."""
        yield from self._failed
        if self._unsure:
            shown = _listed([f"{PurePath(path).name} (page {page})" for path, page in self._unsure])
            pages = _counted(len(self._unsure), "page")
            remedy = "Compare what is cited from there with the page itself."
            yield Notice("ocr_unsure", f"OCR is not sure of what it read on {pages}: {shown}.", remedy)
        waiting = list(self._waiting())
        if waiting or pictures:
            documents = [known for known in waiting if known.needs_ocr]
            pages = _counted(sum(len(known.needs_ocr) for known in documents), "page")
            names = _listed([PurePath(known.path).name for known in documents])
            what = [f"{pages} of {_counted(len(documents), 'document')} ({names})"] if documents else []
            what += [_counted(pictures, "picture")] if pictures else []
            remedy = f"Run: {COMMAND}" if installed() else f"Install it ({INSTALL}), then run: {COMMAND}"
            yield Notice("needs_ocr", f"Only OCR can read {' and '.join(what)}.", remedy)

    def _waiting(self) -> Iterator[DocumentRecord]:
        """Yield the documents with pages for OCR that the run is about."""
        about = self._task.only or self._task.roots.keys()
        for known in self._catalogue.documents(self._target).values():
            if known.needs_ocr and lies_in(known.path, about):
                yield known

    def _left(self, known: DocumentRecord) -> list[int]:
        """Return the pages of a document that OCR has not read yet."""
        done = {page for page, _, _ in self._catalogue.recognised.of(known.sha256)}
        return [page for page in known.needs_ocr if page not in done]

    def _read_pages(self, known: DocumentRecord, file: FileToRead, pages: Sequence[int]) -> Iterator[Progress]:
        yield self._progress()
        for outcome in self._store.readers.recognise(file, pages, self._store.limits):
            if outcome is not None:
                number, reading = outcome
                self._take(known, number, reading)
                self._done += 1
            yield self._progress()

    def _take(self, known: DocumentRecord, number: int, reading: Reading) -> None:
        page = reading.page
        if page is None:
            why = reading.error.message if reading.error else "The file has changed."
            self._failed.append(Notice("ocr_failed", f"{known.path}: OCR could not read page {number}. {why}"))
        elif reading.digest == known.sha256:
            with self._catalogue.transaction():
                self._catalogue.recognised.put(known.sha256, (number, page.text, page.confidence))
            if page.confidence < UNSURE:
                self._unsure.append((known.path, number))

    def _progress(self) -> Progress:
        minutes = (time.monotonic() - self._started) / 60
        rate = round(self._done / minutes, 1) if self._done else None
        return Progress("ocr", self._done, self._total, "pages", rate)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
