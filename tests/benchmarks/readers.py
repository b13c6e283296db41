"""Indexing with reading processes beside indexing that reads in the engine itself.

    python tests/benchmarks/readers.py [FOLDER] [--runs 3] [--real]

Indexes FOLDER (the example documents when left out) into fresh stores, in turn with two reading processes and
without, and prints the medians and their ratio. The embedding model is a tiny one unless ``--real`` is given.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from jupyter_localai.config import Config  # noqa: E402
from jupyter_localai.engine.engine import Engine  # noqa: E402
from jupyter_localai.ingest.readers import Readers  # noqa: E402
from tests.support.engines import make_weights  # noqa: E402
from tests.support.in_process import DirectReaders  # noqa: E402


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=str(ROOT / "examples" / "corpus"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--real", action="store_true")
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {"two reading processes": [], "in the engine": []}
    with tempfile.TemporaryDirectory() as scratch:
        model = {} if options.real else {"embedder": str(make_weights(Path(scratch) / "weights"))}
        for run in range(options.runs + 1):
            for name, readers in (("two reading processes", Readers(2)), ("in the engine", DirectReaders())):
                took, report = index(Path(scratch) / f"{run}-{name[:3]}", model, readers, options.folder)
                if run:  # the first loads libraries
                    seconds[name].append(took)
    print(f"{report.added} documents, {report.chunks:,} chunks, median of {options.runs} runs in turn")
    for name, values in seconds.items():
        print(f"  {name:22} {statistics.median(values):6.2f} s   ({min(values):.2f} to {max(values):.2f})")
    first, second = (statistics.median(values) for values in seconds.values())
    print(f"  ratio {second / first:.2f}")


def index(store: Path, model: dict[str, str], readers: Any, folder: str) -> tuple[float, Any]:
    """Index into a fresh store; return the seconds and the report."""
    engine = Engine.open(Config(store=store, precision="float32", **model), readers=readers)
    started = time.perf_counter()
    *_, report = engine.index([folder])
    took = time.perf_counter() - started
    engine.close()
    return took, report


if __name__ == "__main__":
    main()
