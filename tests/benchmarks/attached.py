"""Measure what sharing and attaching a collection costs, and searching one whose vectors stay on the server.

    python tests/benchmarks/attached.py [--chunks 20000]

As `bundle.py` has it, texts are generated; vectors are random, in clusters. The server is the ``chroma run`` of this
environment, on loopback; the publisher and two members are stores in one process. The same queries are asked of the
publisher and of the members, in turn. Where they find something else, the graphs of two vector indexes differ.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bundle import NAME, fill
from changes import FakeEmbedder
from common import ROOT, Prose, machine, percentile, scratch_folder, table

QUERIES, CLUSTERS = 60, 100


class ClusteredEmbedder(FakeEmbedder):
    """Vectors in clusters, as those of real texts are; of others without, no index finds the same ones twice."""

    def embed(self, texts: Sequence[str], coming: int = 0) -> Any:
        """Return (n, dimension) vectors of unit length: the words' beside the centre that the longest word has."""
        import numpy as np

        words = super().embed(texts)
        centres = super().embed(
            [f"centre{zlib.crc32(max(text.split(), key=len).encode()) % CLUSTERS}" for text in texts]
        )
        both = words + 2 * centres
        return (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=20_000)
    chunks = parser.parse_args().chunks
    sys.path.insert(0, str(ROOT))
    from tests.support.chroma_server import ChromaServer

    print(machine())
    with scratch_folder() as scratch:
        fill(scratch / "ann" / "store", chunks, ClusteredEmbedder())
        (scratch / "server").mkdir()
        server = ChromaServer(scratch / "server")
        try:
            rows = measured(scratch, server.address)
        finally:
            server.stop()
    print(machine())
    table((f"{chunks:,} chunks", ""), rows, (0, 1))


def measured(scratch: Path, address: str) -> list[tuple[str, Any]]:
    """Return the figures with what they are of."""
    from jupyter_localai.results.shared import AttachWishes, ShareWishes

    publisher = _opened(scratch / "ann" / "store", address)
    share, shared = _timed(publisher, scratch / "ann", "share", NAME, ShareWishes(yes_to=address))
    again, _ = _timed(publisher, scratch / "ann", "share", NAME, ShareWishes())
    rows: list[tuple[str, Any]] = [("share, chunks/s", shared.chunks / share), ("share, nothing new, s", again)]
    members = {}
    for kind in ("local", "remote"):
        members[kind] = member = _opened(scratch / kind / "store", address)
        wishes = AttachWishes("", kind, "", address)  # type: ignore[arg-type]
        seconds, attached = _timed(member, scratch / kind, "attach", shared.key_file, wishes)
        idle = [_timed(member, scratch / kind, "sync")[0] * 1000 for _ in range(20)]
        size = sum(path.stat().st_size for path in (scratch / kind / "store").rglob("*") if path.is_file()) / 2**20
        rows += [
            (f"attach, vectors {kind}, chunks/s", attached.chunks / seconds),
            (
                f"  sync, nothing new, median ms{', with three canaries' if kind == 'remote' else ''}",
                statistics.median(idle),
            ),
            ("  the member's disk, MiB", size),
        ]
    times: dict[str, list[float]] = {"publisher": [], **{kind: [] for kind in members}}
    same = dict.fromkeys(members, 0)
    prose = Prose(3)
    for number in range(QUERIES):
        query = " ".join(prose.paragraph(60).split()[:8])
        expected = _search(publisher, query, times["publisher"])
        for kind, member in members.items():
            found = _search(member, query, times[kind])
            pairs = zip(found, expected, strict=True)
            same[kind] += all(a[:2] == b[:2] and abs(a[2] - b[2]) < 1e-5 for a, b in pairs)
        if number == 9:  # everything is loaded
            times = {name: [] for name in times}
    for name, taken in times.items():
        rows += [(f"search, {name}, median ms", statistics.median(taken)), ("  95 %, ms", percentile(taken, 95))]
    rows += [(f"the publisher's ten hits and scores, vectors {kind}, %", 100 * n / QUERIES) for kind, n in same.items()]
    return rows


def _opened(store: Path, address: str) -> Any:
    from jupyter_localai.config import Config
    from jupyter_localai.engine.engine import Engine

    return Engine.open(Config(store=store, shared_host=address), ClusteredEmbedder())


def _timed(engine: Any, place: Path, action: str, *arguments: Any) -> tuple[float, Any]:
    """Do something as the user whose folder that is; return how long it took, and its report."""
    os.environ["JUPYTER_CONFIG_DIR"] = str(place / "config")
    started = time.perf_counter()
    *_, report = getattr(engine, action)(*arguments)
    return time.perf_counter() - started, report


def _search(engine: Any, query: str, times: list[float]) -> list[tuple[str, int, float]]:
    started = time.perf_counter()
    hits = engine.search(query, 10, NAME)
    times.append((time.perf_counter() - started) * 1000)
    return [(hit.text, hit.start, hit.score) for hit in hits]


if __name__ == "__main__":
    main()
