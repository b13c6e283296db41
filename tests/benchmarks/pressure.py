"""Memory of the engine and its readers: a large mixed folder is indexed, then searched and indexed again and again.

    python tests/benchmarks/pressure.py [--megabytes 200] [--minutes 3]

The folder has one very long text, a long table, prose, notebooks full of pictures, and files that are passed over.
The embedding model is a tiny one with random weights: memory is that of everything else. Afterwards, for some
minutes, files change, are indexed and searched, and memory is noted at the beginning and the end.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import jupyter_localai as la  # noqa: E402
from jupyter_localai.service.client.sync_client import stop_engine  # noqa: E402
from tests.support.engines import make_weights  # noqa: E402

MIB = 2**20


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, store = Path(scratch) / "documents", Path(scratch) / "store"
        size = make(folder, options.megabytes)
        weights = make_weights(Path(scratch) / "weights")
        ai = la.connect(store=store, embedder=str(weights), precision="float32")
        engine = psutil.Process(ai.status().engine["pid"])
        try:
            with Watch(engine) as watch:
                started = time.perf_counter()
                report = ai.index(folder)
                seconds = time.perf_counter() - started
            print(f"{size / MIB:,.0f} MiB, {report.chunks:,} chunks, {len(report.failed)} failed: {seconds:,.0f} s")
            print(
                f"  most memory: engine {watch.engine / MIB:,.0f} MiB, readers together {watch.readers / MIB:,.0f} MiB"
            )
            loop(ai, engine, folder, options.minutes * 60)
        finally:
            stop_engine(store)


def make(folder: Path, megabytes: int) -> int:
    """Write the folder; about a tenth of it is text. Return its size in bytes."""
    chance = random.Random(0)
    words = (ROOT / "examples" / "corpus" / "handbook.md").read_text(encoding="utf-8").split()
    folder.mkdir()

    def prose(size: int) -> str:
        parts = []
        while size > 0:
            parts.append(" ".join(chance.choices(words, k=80)) + ".\n\n")
            size -= len(parts[-1])
        return "".join(parts)

    unit = megabytes * MIB // 200
    (folder / "long.txt").write_text(prose(8 * unit))
    rows = (
        f"{n},{chance.random():.6f},{chance.choice(words).strip(',')},station {n % 97}\n" for n in range(4 * unit // 40)
    )
    (folder / "table.csv").write_text("number,value,word,station\n" + "".join(rows))
    for number in range(80):
        (folder / f"{number}.md").write_text(f"# Report {number}\n\n{prose(unit // 10)}")
    for number in range(20):
        picture = base64.b64encode(chance.randbytes(4 * unit)).decode()
        output = {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}}
        cell = {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "execution_count": 1,
            "source": "plot()",
            "outputs": [output],
        }
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{number}.ipynb").write_text(json.dumps(notebook))
    for number in range(10):
        (folder / f"{number}.png").write_bytes(chance.randbytes(7 * unit))
    return sum(file.stat().st_size for file in folder.iterdir())


class Watch:
    """Notes the most memory that the engine and its children took."""

    def __init__(self, engine: psutil.Process) -> None:
        self._process = engine
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.engine = self.readers = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.2):
            self.engine = max(self.engine, self._process.memory_info().rss)
            readers = 0
            for child in self._process.children(recursive=True):
                try:
                    readers += child.memory_info().rss
                except psutil.Error:
                    continue
            self.readers = max(self.readers, readers)


def loop(ai: la.Client, engine: psutil.Process, folder: Path, seconds: float) -> None:
    """Change, index and search for some time; print the memory over time."""
    until, marks, turn = time.monotonic() + seconds, [], 0
    while time.monotonic() < until:
        turn += 1
        for number in range(5):
            path = folder / f"{(5 * turn + number) % 80}.md"
            path.write_text(path.read_text() + f"\n\nAdded in turn {turn}: {os.urandom(8).hex()}.\n")
        ai.index()
        for number in range(50):
            ai.search(f"station {number} wind", k=10)
        marks.append(engine.memory_info().rss / MIB)
    tenth = max(1, len(marks) // 10)
    print(f"{turn} turns of indexing 5 edits and 50 searches in {seconds / 60:g} min")
    print(
        "  engine, MiB, in tenths of the time: " + " ".join(f"{marks[at]:,.0f}" for at in range(0, len(marks), tenth))
    )


if __name__ == "__main__":
    main()
