"""How an index grows: seconds, memory, disk and search, from a folder of many files to a million chunks.

    python tests/benchmarks/growth.py markdown [--files 10000]       many small Markdown files, with the real model
    python tests/benchmarks/growth.py mixed [--megabytes 200]        a mixed folder, with a tiny model
    python tests/benchmarks/growth.py chunks [--most 200000] [--minutes 10]     synthetic vectors, no files
    python tests/benchmarks/growth.py ... --json FILE                the figures, for `page.py`

`markdown` and `mixed` use an engine of its own process, as users do. `chunks` is one process that writes made-up
chunks and vectors, since reading and embedding take as long for each as for the first; its queries go through the real
model. It stops after some minutes, and tells what it has reached.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from common import (
    ROOT,
    Prose,
    environment,
    machine,
    peak_mib,
    percentile,
    real_embedder,
    run_child,
    scratch_folder,
    table,
)

sys.path.insert(0, str(ROOT))

MIB = 2**20
SETTLED_SECONDS = 3
"""A file that was just written is read again by the next run, since its time may not tell of another change."""
MARKS = (5_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
CHUNKS_A_DOCUMENT = 20
DOCUMENTS_AT_ONCE = 25
SEARCHES = 60
QUERIES_OF_A_FILE = 30
CHARS_OF_A_FILE = 500
CLUSTERS = 2000
SPREAD = 0.7

Figures = dict[str, Any]


# Real files, and the engine's own process ----------------------------------------------------------


def markdown(options: argparse.Namespace) -> list[Figures]:
    """Index many small Markdown files."""

    def write(folder: Path) -> None:
        prose = Prose(5)
        for number in range(options.files):
            place = folder / f"{number // 100:03}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"note-{number:05}.md").write_text(prose.markdown(CHARS_OF_A_FILE), encoding="utf-8")

    return [_indexed(f"{options.files:,} Markdown files", write, real=True)]


def mixed(options: argparse.Namespace) -> list[Figures]:
    """Index a folder with long texts, tables, notebooks full of pictures, and files that are passed over."""
    from pressure import make

    return [_indexed(f"{options.megabytes} MiB, mixed", lambda folder: make(folder, options.megabytes), real=False)]


def _indexed(name: str, write: Callable[[Path], object], real: bool) -> Figures:
    import os

    import psutil
    from pressure import Watch

    with scratch_folder() as scratch:
        os.environ.clear()
        os.environ.update(environment(scratch) | {"OLLAMA_HOST": "127.0.0.1:9"})
        import jupyter_localai as la
        from jupyter_localai.service.client.sync_client import stop_engine
        from tests.support.engines import make_weights

        folder, store = scratch / "documents", scratch / "store"
        write(folder)
        time.sleep(SETTLED_SECONDS)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        model = {} if real else {"embedder": str(make_weights(scratch / "weights")), "precision": "float32"}
        ai = la.connect(store=store, **model)
        engine = psutil.Process(ai.status().engine["pid"])
        try:
            with Watch(engine) as watch:
                started = time.perf_counter()
                report = ai.index(folder)
                seconds = time.perf_counter() - started
                started = time.perf_counter()
                again = ai.index(folder)
                unchanged = time.perf_counter() - started
                found = _searches(lambda query: ai.search(query, k=10))
                del found["busy_ms"]  # of this process, which waits for the engine
        finally:
            stop_engine(store)
        return {
            "name": name,
            "mib": size / MIB,
            "documents": report.added,
            "failed": len(report.failed),
            "chunks": report.chunks,
            "seconds": seconds,
            "again_s": unchanged if again.unchanged == report.added else None,
            "engine_mib": watch.engine / MIB,
            "readers_mib": watch.readers / MIB,
            "bytes_a_chunk": _size(store) / report.chunks,
            **found,
        }


# Made-up chunks --------------------------------------------------------------------------------------


def chunks(options: argparse.Namespace) -> list[Figures]:
    """Fill a store with chunks and vectors, and search it at some sizes on the way."""
    with scratch_folder() as scratch:
        child = [sys.executable, __file__, "--child", str(scratch / "store"), str(options.most), str(options.minutes)]
        figures: list[Figures] = run_child(child, scratch)["marks"]
        return figures


def _fill(store: str, most: str, minutes: str) -> Figures:
    """Fill a store with so many chunks, within so many minutes; return the figures at each mark."""
    import psutil

    from jupyter_localai.config import resolve
    from jupyter_localai.engine.engine import Engine
    from jupyter_localai.index.write import Writer
    from jupyter_localai.privacy import guard
    from tests.support import probe

    guard.stay_offline()
    config = resolve({"store": store})
    embedder = _Synthetic(real_embedder(config))
    engine = Engine.open(config, embedder)
    catalogue = probe.catalogue(engine)
    with catalogue.transaction():
        collection = catalogue.registry.create("default", "default", embedder.name, embedder.fingerprint)
    writer = Writer(catalogue, probe.open_folder(engine, collection), embedder, collection)
    marks = [mark for mark in MARKS if mark < int(most)] + [int(most)]
    until = time.monotonic() + 60 * float(minutes)
    entries, told, count, writing, busy, before = _entries(), [], 0, 0.0, 0.0, (0, 0.0)
    while marks:
        started, began = time.perf_counter(), time.process_time()
        for _ in writer.write(list(itertools.islice(entries, DOCUMENTS_AT_ONCE))):
            pass
        writing, busy = writing + time.perf_counter() - started, busy + time.process_time() - began
        count += DOCUMENTS_AT_ONCE * CHUNKS_A_DOCUMENT
        is_over = time.monotonic() > until
        if count < marks[0] and not is_over:
            continue
        catalogue.flush()
        one = f"{count // CHUNKS_A_DOCUMENT // 2:07}.md"
        told.append(
            {
                "chunks": count,
                "seconds": writing,
                "busy_s": busy,
                "chunks_a_second": (count - before[0]) / (writing - before[1]),
                "engine_mib": psutil.Process().memory_info().rss / MIB,
                "bytes_a_chunk": _size(Path(store)) / count,
                **_searches(lambda query: engine.search(query, k=10)),
                **_searches(lambda query, one=one: engine.search(query, k=10, files=one), "file_", QUERIES_OF_A_FILE),
                **_searches(lambda query: engine.search(query, k=10, files="*7.md"), "tenth_", QUERIES_OF_A_FILE),
            }
        )
        for _ in writer.write([next(entries)]):
            pass
        started = time.perf_counter()
        engine.search("where is the water level measured", k=10)
        told[-1]["changed_ms"] = 1000 * (time.perf_counter() - started)
        print(json.dumps(told[-1]), file=sys.stderr, flush=True)
        count += CHUNKS_A_DOCUMENT
        before = (count, writing)
        marks = [] if is_over else marks[1:]
    engine.close()
    return {"marks": told, "peak_mib": peak_mib()}


def _entries() -> Iterator[Any]:
    """Yield documents without end, each with its chunks."""
    from jupyter_localai.index.catalogue import Source
    from jupyter_localai.results.passages import Anchor, Chunk, Place

    prose, chance = Prose(6), random.Random(6)
    sentences = [prose.sentence() for _ in range(20_000)]
    for number in itertools.count():
        made, at = [], 0
        for line in range(CHUNKS_A_DOCUMENT):
            text = " ".join(chance.choices(sentences, k=4))
            place = Place(at, at + len(text), Anchor(line=2 * line + 1))
            made.append(Chunk(at, at + len(text), text, (place,), "", "\n\n"))
            at += len(text) + 2
        path = f"/made/{number // 1000:04}/{number:07}.md"
        yield Source(path, "/made", at, 1, 1, f"{number:064}", 1, "markdown", f"Report {number}"), made


class _Synthetic:
    """The real embedding model for queries; random vectors in clusters for everything else."""

    def __init__(self, real: Any) -> None:
        import numpy as np

        self.name, self.fingerprint, self.max_tokens = real.name, real.fingerprint, real.max_tokens
        self._real = real
        self._random = np.random.default_rng(0)
        self._centres = self._random.normal(size=(CLUSTERS, len(real.embed_query("a")))).astype(np.float32)

    def reads(self, text: str) -> bool:
        return True

    def token_starts(self, text: str) -> Any:
        return self._real.token_starts(text)

    def embed(self, texts: Any, coming: int = 0) -> Any:
        import numpy as np

        noise = self._random.standard_normal((len(texts), self._centres.shape[1]), np.float32)
        vectors = self._centres[self._random.integers(0, CLUSTERS, len(texts))] + SPREAD * noise
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_query(self, text: str) -> Any:
        return self._real.embed_query(text)


# What both measure -----------------------------------------------------------------------------------


def _searches(search: Callable[[str], object], prefix: str = "", count: int = SEARCHES) -> Figures:
    prose, taken, busy = Prose(7), [], []
    for number in range(count + 5):
        query = prose.query()
        started, began = time.perf_counter(), time.process_time()
        search(query)
        if number >= 5:  # the first ones open and load what all need
            taken.append(1000 * (time.perf_counter() - started))
            busy.append(1000 * (time.process_time() - began))
    median, p95, busy_ms = statistics.median(taken), percentile(taken, 95), statistics.median(busy)
    return {f"{prefix}median_ms": median, f"{prefix}p95_ms": p95, f"{prefix}busy_ms": busy_ms}


def _size(store: Path) -> int:
    return sum(file.stat().st_size for file in store.rglob("*") if file.is_file())


COLUMNS = {
    "name": ("", 0),
    "documents": ("documents", 0),
    "chunks": ("chunks", 0),
    "seconds": ("s", 1),
    "busy_s": ("CPU s", 1),
    "chunks_a_second": ("chunks/s", 0),
    "again_s": ("unchanged, s", 2),
    "engine_mib": ("engine MiB", 0),
    "readers_mib": ("readers MiB", 0),
    "bytes_a_chunk": ("bytes/chunk", 0),
    "median_ms": ("search ms", 1),
    "p95_ms": ("95 % ms", 1),
    "busy_ms": ("CPU ms", 1),
    "file_median_ms": ("one file ms", 1),
    "file_p95_ms": ("95 % ms", 1),
    "file_busy_ms": ("CPU ms", 1),
    "tenth_median_ms": ("a tenth ms", 1),
    "tenth_p95_ms": ("95 % ms", 1),
    "tenth_busy_ms": ("CPU ms", 1),
    "changed_ms": ("after a change ms", 0),
}
"""What is told of each case, where it has it: heading and digits."""


def main() -> None:
    """Run one case and print its table."""
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_fill(*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=("markdown", "mixed", "chunks"))
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--most", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    figures = globals()[options.case](options)
    shown = {name: column for name, column in COLUMNS.items() if name in figures[0]}
    rows = [["" if each[name] is None else each[name] for name in shown] for each in figures]
    table([heading for heading, _ in shown.values()], rows, [digits for _, digits in shown.values()])
    if options.json:
        options.json.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
