"""Three processes index, search and ask on one store for a while: no error, and a correct result.

``python -m tests.soak.service [SECONDS] [KILLS]``; 60 and 0 when left out. With kills, the engine is killed (SIGKILL)
so many times meanwhile; then nothing may fail but for the loss of the engine. The short form runs in the suite.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.errors import EngineUnreachableError
from jupyter_localai.service.client.sync_client import stop_engine
from jupyter_localai.service.protocol.wire import Address

_FILES = 40
_WORDS = ("heron", "cormorant", "curlew", "dunlin", "plover")


def run(config: Config, folder: Path, seconds: float, kills: int = 0) -> list[str]:
    """Let the processes work on `folder`/documents; return what went wrong."""
    documents = folder / "documents"
    documents.mkdir()
    for number in range(_FILES):
        _write(documents, number, 0)
    settings = {"store": str(config.store), "embedder": config.embedder, "precision": config.precision}
    with la.connect(**settings) as ai:
        ai.index(documents)
    until = time.time() + seconds
    command = [sys.executable, "-m", "tests.soak.service", "--work"]
    workers = [
        subprocess.Popen(
            [*command, role, json.dumps(settings), str(documents), str(until), str(kills)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for role in ("index", "search", "ask")
    ]
    wrong = []
    for _ in range(kills):
        time.sleep(seconds / (kills + 1) * random.uniform(0.3, 1.2))
        address = Address.read(config.store)
        if address is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(address.pid, signal.SIGKILL)
    for worker in workers:
        out, errors = worker.communicate(timeout=seconds + 120)
        if worker.returncode or not out.startswith("done"):
            wrong.append(f"{worker.args[4]}: {errors[-2000:]}")
        print(worker.args[4], out.strip(), file=sys.stderr)
    with la.connect(**settings) as ai:
        report = ai.index(documents)
        status = ai.status()
        present = {str(path) for path in documents.iterdir()}
        if (report.failed, status.pending, status.documents) != ((), 0, len(present)):
            wrong.append(f"at the end: {dataclasses.asdict(status)}")
        for path in sorted(present):
            word, number = Path(path).read_text().split()[1:3]
            hits = ai.search(f"{word} {number}", k=3, file=Path(path).name)
            if not hits or number not in hits[0].text:
                wrong.append(f"{path} is not found by what it says")
    return wrong


def _write(documents: Path, number: int, turn: int) -> None:
    word = _WORDS[(number + turn) % len(_WORDS)]
    (documents / f"{number}.txt").write_text(f"The {word} n{number}t{turn} was seen at the pier.\n\nTurn {turn}.\n")


def work(role: str, settings: dict[str, str], documents: Path, until: float, kills: int) -> None:
    """Do one thing again and again; any error ends the process with a traceback."""
    turns = lost = 0
    with la.connect(**settings) as ai:
        while time.time() < until or not turns:
            turns += 1
            try:
                _work_once(ai, role, documents, turns)
            except EngineUnreachableError:
                lost += 1
                if lost > kills:
                    raise
    print(f"done {turns}, {lost} of them lost with the engine")


def _work_once(ai: la.Client, role: str, documents: Path, turns: int) -> None:
    if role == "index":
        for number in range(turns % 3, _FILES, 3):
            _write(documents, number, turns)
        (documents / f"{_FILES - 1}.txt").unlink(missing_ok=True)
        report = ai.index(documents)
        assert not report.failed, report
    elif role == "search":
        hits = ai.search("heron at the pier", k=5)
        assert len(hits) and all("was seen" in hit.text for hit in hits), hits
    else:
        answer = ai.ask("Which heron was seen at the pier?", extractive=True)
        assert answer.mode == "extractive" and answer.citations, answer


def main(words: list[str]) -> int:
    """Run for the given time, in a throw-away store."""
    if words[:1] == ["--work"]:
        work(words[1], json.loads(words[2]), Path(words[3]), float(words[4]), int(words[5]))
        return 0
    from tests.support.engines import make_weights

    with tempfile.TemporaryDirectory() as folder:
        weights = make_weights(Path(folder) / "weights")
        config = Config(Path(folder) / "store", embedder=str(weights), precision="float32")
        try:
            seconds, kills = float(words[0]) if words else 60, int(words[1]) if words[1:] else 0
            wrong = run(config, Path(folder), seconds, kills)
        finally:
            stop_engine(config.store)
    print("\n".join(wrong) or "nothing went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
