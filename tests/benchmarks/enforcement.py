"""What it costs that the kernel refuses sockets to the engine and its readers: the same with and without, in turn.

python tests/benchmarks/enforcement.py [--documents 60] [--rounds 7]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from common import Prose, environment, machine, scratch_folder, table

SEARCHES = 200
WITHOUT = "import jupyter_localai.privacy.seccomp as seccomp\nseccomp._is_known = lambda: False\n"
SESSION = """
import json, psutil, sys, time
import jupyter_localai as la
from jupyter_localai.service.client.sync_client import stop_engine
stop_engine()
started = time.perf_counter()
ai = la.connect()
start = time.perf_counter() - started
ai.index(sys.argv[2] + "/0.md", "warm")
ai.search("water level", k=5, collection="warm")
engine = psutil.Process(ai.status().engine["pid"])
def busy():
    return sum(sum(process.cpu_times()[:2]) for process in (engine, *engine.children()))
before, started = busy(), time.perf_counter()
chunks = ai.index(sys.argv[1], "c").chunks
index, index_busy = time.perf_counter() - started, busy() - before
before, started = busy(), time.perf_counter()
for number in range(int(sys.argv[3])):
    ai.search(f"water level {number}", k=5, collection="c")
search, search_busy = time.perf_counter() - started, busy() - before
print(json.dumps({"level": ai.status().privacy["enforcement"], "start": start * 1e3, "index": chunks / index,
    "search": search / int(sys.argv[3]) * 1e3, "index_busy": index_busy / chunks * 1e3,
    "search_busy": search_busy / int(sys.argv[3]) * 1e3}))
stop_engine()
"""
CALL = """
import os, sys, timeit
from jupyter_localai.privacy import seccomp
each = lambda: min(timeit.repeat(os.getppid, number=200_000, repeat=5)) / 200_000 * 1e9
before = each()
import time; t = time.perf_counter(); seccomp.refuse_sockets(True); took = time.perf_counter() - t
print(before, each(), took * 1e3)
"""


def session(scratch: Path, number: int, without: bool) -> dict[str, float]:
    """Return the figures of one engine, from its start to its end."""
    env = environment(scratch) | {"LOCALAI_STORE": str(scratch / f"store{number}"), "OLLAMA_HOST": "127.0.0.1:9"}
    if without:
        env["PYTHONPATH"] = os.pathsep.join([str(scratch / "without"), env.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", SESSION, str(scratch / "documents"), str(scratch / "few"), str(SEARCHES)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    assert told.pop("level") == ("process" if without else "kernel")
    return told


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(machine(), "\n")
    prose = Prose(1)
    with scratch_folder() as scratch:
        for name, count in (("documents", options.documents), ("few", 1)):
            (scratch / name).mkdir()
            for number in range(count):
                (scratch / name / f"{number}.md").write_text(prose.chunks(8))
        (scratch / "without").mkdir()
        (scratch / "without" / "sitecustomize.py").write_text(WITHOUT)
        seen: dict[bool, list[dict[str, float]]] = {False: [], True: []}
        for number in range(2 * options.rounds):
            without = number % 4 in (1, 2)  # with, without, without, with
            seen[without].append(session(scratch, number, without))
            time.sleep(0.5)
    labels = {"start": "connect() to no engine, ms", "index": "indexing, chunks per second", "search": "a search, ms"}
    labels |= {"index_busy": "processor time per chunk, ms", "search_busy": "processor time per search, ms"}
    rows = []
    for key, label in labels.items():
        own, plain = (statistics.median(run[key] for run in seen[without]) for without in (False, True))
        rows.append([label, own, plain, own / plain])
    table(["median of " + str(options.rounds), "kernel", "without", "ratio"], rows, (0, 2, 2, 3))
    done = subprocess.run([sys.executable, "-c", CALL], stdout=subprocess.PIPE, text=True, check=True)
    before, after, took = map(float, done.stdout.split())
    print(f"a system call (getppid): {after:.0f} ns, without {before:.0f} ns; installing the filter: {took:.2f} ms")


if __name__ == "__main__":
    main()
