"""A folder that is followed changes in every way for a while: what is found is what is there, and nothing grows.

``python -m tests.soak.watching [MINUTES]``; 60 when left out. Files and folders are written, changed, moved and
deleted, in ones and in bursts, ignore rules change, the folder goes away and comes back, and now and then the engine is
killed (SIGKILL). After each round, the documents must be the files that are there. At the end, memory, descriptors and
the log of the engine are printed as they were over time, with the share of a core that it takes in quiet.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.service.client.sync_client import stop_engine

_SECONDS = 60  # that a round may take until all is found


def run(config: Config, folder: Path, minutes: float, seed: int = 1) -> list[str]:
    """Change a folder for so long; return what went wrong."""
    chance = random.Random(seed)
    root = folder / "documents"
    root.mkdir()
    (root / "first.md").write_text("The first note.")
    settings = {"store": str(config.store)}
    ai = la.connect(**settings)
    ai.index(root)
    print(ai.watch())
    wrong: list[str] = []
    slowest = 0.0
    until, number, rounds = time.monotonic() + minutes * 60, 0, 0
    while time.monotonic() < until and not wrong:
        rounds += 1
        for _ in range(chance.randint(1, 12)):
            number += 1
            _change(root, number, chance)
            time.sleep(chance.choice((0, 0, 0.01, 0.3)))
        if rounds % 15 == 0:
            away = root.with_name("away")
            root.rename(away)
            time.sleep(chance.uniform(0, 6))
            away.rename(root)
            (root / "back.md").write_text(f"Came back {number} times.")
        if rounds % 40 == 0:
            os.kill(ai.status().engine["pid"], signal.SIGKILL)
            time.sleep(0.5)
            ai = la.connect(**settings)
        began = time.monotonic()
        while (difference := _difference(ai, root)) and time.monotonic() < began + _SECONDS:
            time.sleep(0.1)
        slowest = max(slowest, time.monotonic() - began)
        if difference:
            wrong.append(f"round {rounds}: {difference} {ai.status().engine['watching']}")
        if rounds % 10 == 0:
            print(rounds, number, json.dumps(_measured(ai)), f"slowest {slowest:.1f} s", flush=True)
    time.sleep(10)
    engine = psutil.Process(ai.status().engine["pid"])
    before = sum(engine.cpu_times()[:2])
    time.sleep(60)
    print(f"in quiet: {(sum(engine.cpu_times()[:2]) - before) / 60:.2%} of a core; slowest {slowest:.1f} s")
    ai.close()
    return wrong


def _change(root: Path, number: int, chance: random.Random) -> None:
    files = [path for path in root.rglob("*.md") if path.is_file()]
    folders = [path for path in root.rglob("*") if path.is_dir()]
    text = f"Note {number} of {chance.choice(('herons', 'curlews', 'plovers'))}."
    match chance.randint(0, 9):
        case 0 | 1 | 2:
            (chance.choice([root, *folders]) / f"{number}.md").write_text(text)
        case 3 | 4 if files:
            chance.choice(files).write_text(text)
        case 5 if files:
            chance.choice(files).unlink()
        case 6 if files:
            path = chance.choice(files)
            path.rename(chance.choice([root, *folders]) / f"moved-{number}.md")
        case 7:
            (chance.choice([root, *folders[:20]]) / f"folder-{number}" / "deep").mkdir(parents=True)
        case 8 if folders:
            shutil.rmtree(chance.choice(folders))
        case _:
            burst = root / f"burst-{number}"
            burst.mkdir()
            for each in range(chance.randint(20, 200)):
                (burst / f"{each}.md").write_text(f"{text} {each}")
            if len(files) > 400:
                for path in root.glob("burst-*"):
                    shutil.rmtree(path)
    rules = f"folder-{number % 7}*/\n" if number % 50 == 0 else None
    if rules is not None:
        (root / ".gitignore").write_text(chance.choice((rules, "")))


def _difference(ai: la.Client, root: Path) -> str:
    """Return how the collection differs from an indexing run on what is there now; empty if it does not."""
    report = ai.index(root, dry_run=True)
    if report.added or report.updated or report.removed:
        return f"{report.added} added, {report.updated} updated, {report.removed} removed"
    return ""


def _measured(ai: la.Client) -> dict[str, float]:
    status = ai.status()
    engine = psutil.Process(status.engine["pid"])
    log = Path(status.engine["store"]) / "engine.log"
    return {
        "documents": status.documents,
        "MiB": engine.memory_info().rss >> 20,
        "descriptors": engine.num_fds(),
        "threads": engine.num_threads(),
        "log": log.stat().st_size if log.exists() else 0,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        made = Config(Path(place) / "store")
        found = run(made, Path(place), float(sys.argv[1]) if len(sys.argv) > 1 else 60)
        stop_engine(made.store)
    print(*(found or ["all well"]), sep="\n")
    sys.exit(bool(found))
