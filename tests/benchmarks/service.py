"""What it costs that the engine is a process of its own.

Time per search that is not the engine's, time of `connect()` to an engine that runs and to none, memory of each
process, time of imports, and searches while documents are indexed.

    python tests/benchmarks/service.py [--documents 400]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from common import ROOT, Prose, environment, machine, percentile, scratch_folder, table

RUNS = 10
SEARCHES = 200
CHUNKS_EACH = 8

FRESH = {
    "bare interpreter": "pass",
    "import jupyter_localai": "import jupyter_localai",
    "import the client": "from jupyter_localai.service.client import sync_client",
    "import and connect() to a running engine": "import jupyter_localai as la; la.connect()",
    "import, connect() and search": "import jupyter_localai as la; la.connect().search('water level', k=5)",
}
CLIENT_MEMORY = """
import json, psutil, jupyter_localai as la
ai = la.connect()
ai.search("water level", k=10)
print(json.dumps(psutil.Process().memory_info().rss))
"""


def in_fresh_process(code: str) -> float:
    """Return the milliseconds that `code` takes in a new interpreter, the interpreter's own start left out."""
    timed = f"import time; t = time.perf_counter()\n{code}\nprint((time.perf_counter() - t) * 1000)"
    done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def of_start(scratch: Path) -> list[list[Any]]:
    """Return where the time goes when there is no engine yet: median milliseconds after the start."""
    from jupyter_localai.config import resolve
    from jupyter_localai.service.client.sync_client import Client, stop_engine

    sys.path.insert(0, str(ROOT))
    from tests.support import probe

    steps: dict[str, list[float]] = {}
    for _ in range(5):
        stop_engine()
        config = resolve()
        client = Client(config)
        started = time.perf_counter()

        def note(step: str, since: float = started) -> None:
            steps.setdefault(step, []).append((time.perf_counter() - since) * 1000)

        probe.start_engine(config)
        note("gate and engine run, the lock is held, the socket listens")
        probe.open_engine(client)
        note("connect() returns: libraries loaded, the store is open")
        client.search("water level")
        note("the first search: Chroma and the embedding model are loaded")
        client.search("water level rising")
        note("the second search")
    return [[step, statistics.median(values)] for step, values in steps.items()]


def of_searches(ai: Any, queries: list[str]) -> tuple[list[float], list[float]]:
    """Return what the caller waits, and what of it the engine did not need, in milliseconds."""
    waited, beyond = [], []
    for query in queries:
        started = time.perf_counter()
        hits = ai.search(query, k=10)
        waited.append((time.perf_counter() - started) * 1000)
        beyond.append(waited[-1] - hits.seconds * 1000)
    return waited, beyond


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=400)
    count = parser.parse_args().documents
    print(f"{machine()}\n")
    with scratch_folder() as scratch:
        ours = environment(scratch) | {"LOCALAI_STORE": str(scratch / "store")}
        os.environ.clear()
        os.environ.update(ours)
        try:
            measure(scratch, count)
        finally:
            from jupyter_localai.service.client.sync_client import stop_engine

            stop_engine()


def measure(scratch: Path, count: int) -> None:
    """Print all tables."""
    import psutil

    import jupyter_localai as la

    prose = Prose(1)
    for name in ("first", "second"):
        (scratch / name).mkdir()
        for number in range(count):
            (scratch / name / f"{number}.md").write_text(prose.chunks(CHUNKS_EACH))
    ai = la.connect()
    report = ai.index(scratch / "first")
    print(f"{report.chunks:,} chunks\n")

    table(["with no engine running, since the start", "ms"], of_start(scratch), (0, 0))
    rows = [[name, statistics.median(in_fresh_process(code) for _ in range(RUNS))] for name, code in FRESH.items()]
    times = []
    for _ in range(50):
        started = time.perf_counter()
        la.connect()
        times.append((time.perf_counter() - started) * 1000)
    rows.append(["connect() again, in the same process", statistics.median(times)])
    table(["in a fresh process, median", "ms"], rows, (0, 1))

    queries = [prose.query() for _ in range(SEARCHES)]
    of_searches(ai, queries[:20])
    waited, beyond = of_searches(ai, queries)
    rows = [
        ["a search, as the caller waits", statistics.median(waited), percentile(waited, 95)],
        ["of it outside the engine", statistics.median(beyond), percentile(beyond, 95)],
    ]
    job = ai.index(scratch / "second", background=True)
    done = threading.Event()
    threading.Thread(target=lambda: (la.connect().follow(job), done.set()), daemon=True).start()
    busy: list[float] = []
    while not done.is_set():
        busy += of_searches(ai, [queries[len(busy) % SEARCHES]])[0]
    rows.append(
        [f"a search while {count} documents are indexed ({len(busy)})", statistics.median(busy), percentile(busy, 95)]
    )
    rows.append(["the longest of these", max(busy), max(busy)])
    table(["searching", "median ms", "95th ms"], rows, (0, 2, 2))

    engine = ai.status().engine
    rss = {
        name: psutil.Process(engine[key]).memory_info().rss for name, key in (("gate", "gate_pid"), ("engine", "pid"))
    }
    done_client = subprocess.run([sys.executable, "-c", CLIENT_MEMORY], capture_output=True, text=True, check=True)
    bare = subprocess.run(
        [sys.executable, "-c", "import psutil; print(psutil.Process().memory_info().rss)"],
        capture_output=True,
        text=True,
        check=True,
    )
    rss["a client after a search"] = json.loads(done_client.stdout)
    rss["a bare interpreter with psutil"] = json.loads(bare.stdout)
    table(["memory", "MiB"], [[name, size / 2**20] for name, size in rss.items()], (0, 1))


if __name__ == "__main__":
    main()
