"""What this checkout takes beside another one, in turn: starting an engine, indexing, searching.

python tests/benchmarks/beside.py CHECKOUT [--documents 60] [--rounds 7]

The other checkout has an environment of its own in ``.venv``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from common import ENGINE_SESSION, ROOT, environment, machine, scratch_folder, table, write_documents

SEARCHES = 200
LABELS = {
    "start": "connect() to no engine, ms",
    "index_s": "indexing, s",
    "search": "a search, ms",
    "index_busy": "processor time per chunk, ms",
    "search_busy": "processor time per search, ms",
}


def session(checkout: Path, scratch: Path, number: int) -> dict[str, float]:
    """Return the figures of one engine of a checkout, from its start to its end."""
    env = environment(scratch) | {"LOCALAI_STORE": str(scratch / f"store{number}"), "OLLAMA_HOST": "127.0.0.1:9"}
    python = checkout / ".venv" / "bin" / "python"
    command = [str(python), "-c", ENGINE_SESSION, str(scratch / "documents"), str(scratch / "few"), str(SEARCHES)]
    done = subprocess.run(command, env=env, cwd=checkout, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(machine(), "\n")
    with scratch_folder() as scratch:
        write_documents(scratch / "documents", options.documents)
        write_documents(scratch / "few", 1)
        seen: dict[Path, list[dict[str, float]]] = {ROOT: [], options.checkout.resolve(): []}
        for number in range(options.rounds):
            for place, checkout in enumerate(seen if number % 2 else reversed(seen)):
                seen[checkout].append(session(checkout, scratch, 2 * number + place))
    rows = []
    for key, label in LABELS.items():
        own, other = (statistics.median(run[key] for run in runs) for runs in seen.values())
        pairs = [mine[key] / its[key] for mine, its in zip(*seen.values(), strict=True)]
        rows.append([label, own, other, own / other, min(pairs), max(pairs)])
    header = [f"median of {options.rounds}", "this", "the other", "ratio", "least", "most"]
    table(header, rows, (0, 2, 2, 3, 3, 3))


if __name__ == "__main__":
    main()
