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
from common import ENGINE_SESSION, environment, machine, scratch_folder, table, write_documents

SEARCHES = 200
WITHOUT = "import jupyter_localai.privacy.seccomp as seccomp\nseccomp._is_known = lambda: False\n"
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
    command = [sys.executable, "-c", ENGINE_SESSION, str(scratch / "documents"), str(scratch / "few"), str(SEARCHES)]
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
    with scratch_folder() as scratch:
        write_documents(scratch / "documents", options.documents)
        write_documents(scratch / "few", 1)
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
