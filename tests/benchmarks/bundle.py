"""Measure what it costs to write and to take in a bundle, and to check a lock.

    python tests/benchmarks/bundle.py [--chunks 20000] [--lock 1000]

Every text is generated, of 900 characters, and the same each time; vectors are sums of random ones, since embedding is
not what is measured. Memory is that of the process which imports and of the one that reads the bundle, at its peak;
beside it, that of an engine that has the same collection open and has searched in it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from changes import FakeEmbedder
from common import ROOT, Prose, machine, peak_mib, run_child, scratch_folder, table

CHUNK_CHARS = 900
CHUNKS_A_DOCUMENT = 20
NAME = "handbook"


def fill(store: Path, chunks: int, embedder: Any = None) -> dict[str, Any]:
    """Make a collection of so many chunks."""
    from jupyter_localai import ingest
    from jupyter_localai.index.catalogue import Source
    from jupyter_localai.index.write import embedded_text, vector_key
    from jupyter_localai.results.passages import Anchor, Chunk, Place
    from tests.support import probe

    engine = _opened(store, embedder)
    catalogue, embedder = probe.catalogue(engine), probe.embedder(engine)
    prose = Prose(1)
    with catalogue.transaction():
        target = catalogue.registry.create(NAME, NAME, embedder.name, embedder.fingerprint)
    for document in range(0, chunks, CHUNKS_A_DOCUMENT):
        cut, at = [], 0
        for number in range(CHUNKS_A_DOCUMENT):
            text = prose.paragraph(CHUNK_CHARS + 40)[:CHUNK_CHARS].strip()
            anchor = Anchor(line=1 + 2 * number, heading=f"Part {number // 5}")
            cut.append(Chunk(at, at + len(text), text, (Place(at, at + len(text), anchor),), "Title", "\n\n"))
            at += len(text) + 2
        texts = [embedded_text(chunk) for chunk in cut]
        vectors, keys = embedder.embed(texts), [vector_key(embedder, text) for text in texts]
        digest = hashlib.sha256(str(document).encode()).hexdigest()
        source = Source(
            f"/documents/{document:07}.md", "/documents", at, 1, 1, digest, ingest.VERSION, "markdown", "Title"
        )
        with catalogue.transaction():
            known = catalogue.chunks.put_vectors(keys, vectors)
            catalogue.put_document(target, source, cut, [known[key] for key in keys])
    return {}


def export(store: Path, path: Path) -> dict[str, Any]:
    """Write the bundle, twice."""
    engine = _opened(store)
    seconds, digests = [], []
    for _ in range(2):
        *_, report = engine.export_bundle(NAME, str(path))
        seconds.append(report.seconds)
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
        digests.append(digest.hexdigest())
    return {
        "seconds": seconds,
        "mib": path.stat().st_size / 2**20,
        "same": digests[0] == digests[1],
        "peak": peak_mib(),
    }


def take_in(store: Path, path: Path) -> dict[str, Any]:
    """Import the bundle into an empty store."""
    engine = _opened(store)
    steps: dict[str, float] = {}
    started, busy = time.perf_counter(), time.process_time()
    for event in engine.import_bundle(str(path)):
        steps[getattr(event, "stage", "end")] = time.perf_counter() - started
    busy = time.process_time() - busy
    engine.search("water level", 5, NAME)
    reader = resource.getrusage(resource.RUSAGE_CHILDREN)  # of those that have ended
    return {"report": event.embedded, "seconds": event.seconds, "peak": peak_mib(), "steps": steps} | {
        "reader": _mib(reader.ru_maxrss),
        "busy": busy + reader.ru_utime + reader.ru_stime,
    }


def use(store: Path) -> dict[str, Any]:
    """Open a store and search in it."""
    engine = _opened(store)
    engine.search("water level", 5, NAME)
    return {"peak": peak_mib()}


def lock(folder: Path, documents: int) -> dict[str, Any]:
    """Check the lock of unchanged documents."""
    from jupyter_localai.config import Config
    from jupyter_localai.engine.engine import Engine
    from jupyter_localai.project import team
    from jupyter_localai.project.manifest import Project
    from jupyter_localai.service.client.local import Session
    from jupyter_localai.service.client.sync_client import Client
    from jupyter_localai.service.process.operations import Operations
    from tests.support import probe

    docs = folder / "docs"
    docs.mkdir(parents=True)
    prose = Prose(2)
    for number in range(documents):
        (docs / f"{number:04}.md").write_text(prose.markdown(2000))
    config = Config(store=folder / "store")
    session = Session(Operations(config, lambda report: Engine.open(config, FakeEmbedder(), report)))
    ai = Client(config)
    probe.use_session(ai, session)
    team.init(ai, docs, name=NAME)
    project = Project.find(docs)
    team.lock(ai, project)
    time.sleep(2.1)  # files that changed just now are read again
    team.index(ai, project)
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        assert team.check(ai, project).ok
        seconds.append(time.perf_counter() - started)
    return {"seconds": seconds}


def _opened(store: Path, embedder: Any = None) -> Any:
    from jupyter_localai.config import Config
    from jupyter_localai.engine.engine import Engine

    return Engine.open(Config(store=store), embedder or FakeEmbedder())


def _mib(maxrss: int) -> float:
    return maxrss / (2**20 if sys.platform == "darwin" else 2**10)


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "fill": lambda store, chunks: fill(Path(store), int(chunks)),
    "export": lambda store, path: export(Path(store), Path(path)),
    "import": lambda store, path: take_in(Path(store), Path(path)),
    "use": lambda store: use(Path(store)),
    "lock": lambda folder, documents: lock(Path(folder), int(documents)),
}


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("--lock", type=int, default=1000, metavar="DOCUMENTS")
    parser.add_argument("part", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        name, *arguments = options.part
        print(json.dumps(PARTS[name](*arguments)), flush=True)
        os._exit(0)

    def run(scratch: Path, name: str, *arguments: Any) -> dict[str, Any]:
        os.environ["PYTHONPATH"] = str(ROOT)
        return run_child([sys.executable, __file__, name, *map(str, arguments)], scratch)

    print(machine())
    with scratch_folder() as scratch:
        bundle, mine, theirs = scratch / "handbook.localai", scratch / "mine", scratch / "theirs"
        run(scratch, "fill", mine, options.chunks)
        out = run(scratch, "export", mine, bundle)
        taken = run(scratch, "import", theirs, bundle)
        used = run(scratch, "use", theirs)
        checked = run(scratch, "lock", scratch / "project", options.lock)
    rows = [
        ("export, s", min(out["seconds"])),
        ("export, MiB at the peak", out["peak"]),
        ("size, MiB", out["mib"]),
        ("the same bytes twice", "yes" if out["same"] else "no"),
        ("import, s", taken["seconds"]),
        ("import, s of all processors", taken["busy"]),
        *((f"  until the last of {stage}, s", seconds) for stage, seconds in taken["steps"].items()),
        ("texts embedded", taken["report"]),
        ("import, MiB at the peak", taken["peak"]),
        ("reader, MiB at the peak", taken["reader"]),
        ("an engine with the collection, MiB", used["peak"]),
        (f"lock --check of {options.lock:,} documents, s", min(checked["seconds"])),
    ]
    table((f"{options.chunks:,} chunks", ""), rows, (0, 1))


if __name__ == "__main__":
    main()
