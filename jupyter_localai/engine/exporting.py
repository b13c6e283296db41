"""A collection becomes a file that another engine can take in: `bundle` says how it looks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import ingest
from ..bundle import pack
from ..bundle.form import FORMAT, NUMBERS, Manifest, Root
from ..index import portable
from ..index.registry import Collection
from ..results.files import Rules
from ..results.projects import BundleInfo, ExportReport, Lock, LockedDocument, digest
from ..results.reports import Progress
from . import validate
from .relative import RelativePaths
from .store import Store

_REPORT_EVERY = 1000  # chunks
_ROWS = 2000  # vectors in memory
_NOT_IN_TEXTLESS = ("heading", "sheet")


def export(
    store: Store, collection: str, path: str, half: bool = False, texts: bool = True
) -> Iterator[Progress | ExportReport]:
    """Write a collection into a bundle; the last event is the `ExportReport`.

    Raises
    ------
    UnknownCollectionError
    BundleError
        As `pack.replacing`.
    RemoteError
        When the vectors stay on a server, which does not give them.
    """
    started = time.perf_counter()
    validate.check_paths([path])
    target = store.collection(collection)
    catalogue, file = store.catalogue, Path(path)
    places = RelativePaths.of(catalogue, target)
    known = catalogue.documents(target).values()
    reading = min((one.reading for one in known if one.failure is None), default=ingest.VERSION)
    total, done = catalogue.chunks.count(target.id), 0
    locked: list[LockedDocument] = []
    rows: dict[int, int] = {}  # of each vector, by its number in the catalogue
    with pack.replacing(file) as beside, contextlib.ExitStack() as open_parts:
        parts = {name: pack.Part(file.parent) for name in ("documents.jsonl", "chunks.jsonl", "vectors.safetensors")}
        parts["lock.json"] = pack.Part(file.parent)
        for part in parts.values():
            open_parts.callback(part.stream.close)
        yield Progress("export", 0, total, "chunks")
        for number, document in enumerate(portable.documents(catalogue, target, places.ordered())):
            relative = places.relative(document.path)
            heads = [None if head is None else rows.setdefault(head, len(rows)) for head in document.heads]
            line: dict[str, Any] = {
                "path": relative,
                "sha256": document.sha256,
                "size": document.size,
                "kind": document.kind,
            }
            line |= {"title": document.title} if texts else {}
            parts["documents.jsonl"].write_line(line | {"chunks": len(document.chunks), "heads": heads})
            for start, end, text, context, after, where, vector in document.chunks:
                chunk: dict[str, Any] = {"document": number, "start": start, "end": end}
                chunk |= {"text": text, "context": context, "after": after} if texts else {}
                where = where if texts else [[a, b, _without_text(anchor)] for a, b, anchor in where]
                chunk |= {"places": where, "vector": rows.setdefault(vector, len(rows))}
                parts["chunks.jsonl"].write_line(chunk)
            told = digest((start, end, text) for start, end, text, *_ in document.chunks)
            locked.append(LockedDocument(relative, document.sha256, len(document.chunks), told))
            before, done = done, done + len(document.chunks)
            if done // _REPORT_EVERY > before // _REPORT_EVERY:
                yield Progress("export", done, total, "chunks")
        numbers = "F16" if half else "F32"
        dimension = _write_vectors(store, target, list(rows), numbers, parts["vectors.safetensors"])
        lock = Lock(target.embedder, target.fingerprint, reading, tuple(locked))
        parts["lock.json"].write_line(lock.to_dict())
        rules = catalogue.registry.roots(target)
        roots = tuple(Root(label, rules.get(root, Rules())) for root, label in places.roots())
        counts = (len(locked), done, len(rows))
        manifest = Manifest(
            FORMAT,
            target.name,
            target.embedder,
            target.fingerprint,
            reading,
            dimension,
            numbers,
            texts,
            *counts,
            {},
            roots,
        )
        pack.assemble(beside, manifest, parts)
    info = BundleInfo(
        str(file),
        target.name,
        target.embedder,
        target.fingerprint,
        len(locked),
        done,
        file.stat().st_size,
        texts,
        half,
        target.fingerprint == store.embedder.fingerprint,
    )
    yield ExportReport(info, time.perf_counter() - started)


def _write_vectors(store: Store, target: Collection, numbers: Sequence[int], kind: str, part: pack.Part) -> int:
    """Write vectors in the order of their numbers; return their dimension."""
    dimension = 1
    for at in range(0, max(1, len(numbers)), _ROWS):
        wanted = numbers[at : at + _ROWS]
        found, vectors = store.catalogue.chunks.vectors_of(wanted)
        store.distant.check_whole(target, vectors)
        if at == 0:
            dimension = max(1, vectors.shape[1])
            part.write(pack.tensor_header(len(numbers), dimension, kind))
        order = np.searchsorted(found, np.array(wanted, np.int64))
        part.write(vectors[order].astype(NUMBERS[kind]).tobytes() if wanted else b"")
    return dimension


def _without_text(anchor: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in anchor.items() if name not in _NOT_IN_TEXTLESS}
