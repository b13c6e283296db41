"""Measure what it costs to publish a collection on a Chroma server, and to follow it.

    python tests/benchmarks/shared.py [--chunks 20000]

The server is the ``chroma run`` of this environment, on loopback. Texts are generated, of 700 characters, 20 a
document; vectors have 384 numbers and are random: how well they are found is not what is measured. What a member does
with what comes (its catalogue, its keywords) is not in it. Disk is beside that of the same records in plain, with the
texts as Chroma's documents.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from common import ROOT, Prose, machine, peak_mib, percentile, run_child, scratch_folder, table

CHUNK_CHARS, CHUNKS_A_DOCUMENT, DIMENSION, TEXTS = 700, 20, 384, 4001
NAME = "handbook"


class Record:
    """A publisher's documents, made when they are asked for; `edition` says which content the changed ones have."""

    def __init__(self, chunks: int) -> None:
        self.count = chunks // CHUNKS_A_DOCUMENT
        prose = Prose(1)
        self._texts = [prose.paragraph(CHUNK_CHARS + 40)[:CHUNK_CHARS].strip() for _ in range(TEXTS)]
        self.edition: dict[int, int] = {}
        self.left_out: set[int] = set()

    def wanted(self) -> dict[str, str]:
        """Return the paths with their versions."""
        numbers = (number for number in range(self.count) if number not in self.left_out)
        return {f"part {n // 100}/{n:07}.md": str(self.edition.get(n, 0)) for n in numbers}

    def load(self, paths: Sequence[str]) -> Iterator[Any]:
        """Yield the documents of some paths."""
        for path in paths:
            number = int(path[-10:-3])
            yield self._document(path, number, self.edition.get(number, 0))

    def _document(self, path: str, number: int, edition: int) -> Any:
        import numpy as np

        from jupyter_localai.remote.records import SharedDocument
        from jupyter_localai.results.passages import Anchor, Chunk, Place

        random = np.random.default_rng(number * 10 + edition)
        chunks, at = [], 0
        for n in range(CHUNKS_A_DOCUMENT):
            text = self._texts[(number * CHUNKS_A_DOCUMENT + n + edition) % TEXTS]
            anchor = Anchor(line=1 + 2 * n, heading=f"Part {n // 5}")
            chunks.append(Chunk(at, at + len(text), text, (Place(at, at + len(text), anchor),), "Title", "\n\n"))
            at += len(text) + 2
        vectors = random.normal(size=(len(chunks), DIMENSION)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return SharedDocument(path, f"{number:064x}", at, "markdown", f"Title {number}", 7, tuple(chunks), vectors)


def _shared(address: str) -> Any:
    from jupyter_localai.remote.door import Door
    from jupyter_localai.remote.shared import Shared
    from tests.support import sharing

    return Shared(Door(address), NAME, sharing.key(), sharing.PUBLISHERS)


def publish(address: str, chunks: int, changed: int) -> dict[str, Any]:
    """Publish everything, or, where it is there already, so many changed documents and one that is gone."""
    from jupyter_localai.remote import publishing
    from tests.support import sharing

    shared, record = _shared(address), Record(chunks)
    shared.create()
    if changed:
        record.edition = dict.fromkeys(range(changed), 1)
        record.left_out = {record.count - 1}
    started = time.perf_counter()
    *_, done = publishing.publish(shared, sharing.SIGNERS["ann"], record.wanted(), record.load)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "sent": done.chunks, "revisions": done.state.number, "peak": peak_mib()}


def follow(address: str, vectors: bool, state: str) -> dict[str, Any]:
    """Follow from a state, then look again where nothing is new."""
    from jupyter_localai.remote import following
    from jupyter_localai.remote.records import Head, Revision

    shared, chunks = _shared(address), 0
    at = Head(*json.loads(state))
    started = time.perf_counter()
    for event in following.follow(shared, at, vectors):
        if isinstance(event, Revision):
            chunks += sum(len(one.chunks) for one in event.put)
            at = Head(event.number, event.head)
    seconds, idle = time.perf_counter() - started, []
    for _ in range(50):
        again = time.perf_counter()
        assert not list(following.follow(shared, at, vectors))
        idle.append((time.perf_counter() - again) * 1000)
    return {"seconds": seconds, "chunks": chunks, "peak": peak_mib(), "state": [at.number, at.head]} | {
        "idle": statistics.median(idle),
        "idle_95": percentile(idle, 95),
    }


def plain(address: str, chunks: int) -> dict[str, Any]:
    """Store the same in plain, as other programs do."""
    import numpy as np

    from jupyter_localai.remote.door import Door

    door, record = Door(address), Record(chunks)
    uuid = door.collection(NAME, create=True)
    seconds = 0.0
    paths = list(record.wanted())
    for at in range(0, len(paths), 12):
        some = list(record.load(paths[at : at + 12]))
        ids = [f"{one.path} {n}" for one in some for n in range(len(one.chunks))]
        told = [{"path": one.path, "start": chunk.start} for one in some for chunk in one.chunks]
        texts = [chunk.text for one in some for chunk in one.chunks]
        started = time.perf_counter()
        door.upsert(str(uuid), ids, np.concatenate([one.vectors for one in some]), told, texts)
        seconds += time.perf_counter() - started
    return {"seconds": seconds}


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "publish": lambda address, chunks, changed: publish(address, int(chunks), int(changed)),
    "follow": lambda address, vectors, state: follow(address, vectors == "vectors", state),
    "plain": lambda address, chunks: plain(address, int(chunks)),
}


def _mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("part", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        name, *arguments = options.part
        print(json.dumps(PARTS[name](*arguments)), flush=True)
        os._exit(0)
    sys.path.insert(0, str(ROOT))
    from tests.support.chroma_server import ChromaServer

    print(machine())
    os.environ["PYTHONPATH"] = str(ROOT)
    nothing = json.dumps([0, ""])
    with scratch_folder() as scratch:
        servers = {}
        for name in ("sealed", "plain"):
            (scratch / name / "chroma").mkdir(parents=True)
            servers[name] = ChromaServer(scratch / name / "chroma")

        def run(name: str, server: str, *arguments: Any) -> dict[str, Any]:
            command = [sys.executable, __file__, name, servers[server].address, *map(str, arguments)]
            return run_child(command, scratch)

        out = run("publish", "sealed", options.chunks, 0)
        texts = run("follow", "sealed", "texts", nothing)
        both = run("follow", "sealed", "vectors", nothing)
        mib = _mib(scratch / "sealed")
        changed = run("publish", "sealed", options.chunks, 5)
        synced = run("follow", "sealed", "vectors", json.dumps(both["state"]))
        plain_seconds = run("plain", "plain", options.chunks)["seconds"]
        plain_mib = _mib(scratch / "plain")
        for server in servers.values():
            server.stop()
    rows = [
        ("publish, chunks/s", out["sent"] / out["seconds"]),
        ("the same in plain, chunks/s", options.chunks / plain_seconds),
        ("publish, MiB at the peak", out["peak"]),
        ("revisions", out["revisions"]),
        ("disk on the server, MiB", mib),
        ("the same in plain, MiB", plain_mib),
        ("follow texts, chunks/s", texts["chunks"] / texts["seconds"]),
        ("  MiB at the peak", texts["peak"]),
        ("follow with vectors, chunks/s", both["chunks"] / both["seconds"]),
        ("  MiB at the peak", both["peak"]),
        ("nothing new, median ms", both["idle"]),
        ("  95 %, ms", both["idle_95"]),
        ("5 documents changed, 1 gone: publish, s", changed["seconds"]),
        ("  follow, s", synced["seconds"]),
    ]
    table((f"{options.chunks:,} chunks", ""), rows, (0, 1))


if __name__ == "__main__":
    main()
