"""Kill the engine again and again under a real command, and see that the index ends as if built in one go.

    python -m tests.soak.kills [--rounds 25] [--seed 0]

Each round changes a folder at random, starts ``index``, ``forget`` or ``rebuild``, and kills the engine (SIGKILL) at a
random moment of the time such a command takes. At once afterwards a search must work. Every fifth round, and
at the end, the index is brought up to date and compared with a new one, chunk by chunk and vector by vector.
Uses the real embedding model. Ends with status 1 at the first difference.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.service.client.sync_client import stop_engine
from jupyter_localai.service.protocol.wire import Address
from tests.support import probe
from tests.support.equality import assert_same, assert_sound

COMMAND = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli"]
PROJECT = Path(__file__).parent.parent.parent
WORDS = (PROJECT / "examples" / "corpus" / "handbook.md").read_text(encoding="utf-8").split()


def main() -> int:
    """Run all rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    base = Path(os.path.realpath(tempfile.mkdtemp(prefix="localai-kills-")))
    folder, store = base / "documents", base / "store"
    shutil.copytree(PROJECT / "examples" / "corpus", folder)
    for number in range(40):
        write(folder / f"{number}.md", chance)
    environment = {**os.environ, "LOCALAI_STORE": str(store)}
    usual = {"index": 6.0, "forget": 5.0, "rebuild": 5.0}
    forgotten: set[str] = set()
    killed = 0
    for number in range(1, options.rounds + 1):
        changes = change(folder, chance)
        action = chance.choices(["index", "forget", "rebuild"], [6, 2, 2])[0] if number > 1 else "index"
        arguments = [str(folder)] if action == "index" else []
        if action == "forget":
            victim = chance.choice(sorted(p for p in folder.rglob("*") if p.is_file() and str(p) not in forgotten))
            arguments = [str(victim)]
        after = chance.uniform(0.3, usual[action] * 1.1)
        started = time.monotonic()
        process = subprocess.Popen(
            [*COMMAND, action, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        try:
            process.wait(after)
            ended = f"ended by itself with {process.returncode}"
            usual[action] = max(2.0, time.monotonic() - started)
        except subprocess.TimeoutExpired:
            address = Address.read(store)
            if address is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(address.pid, signal.SIGKILL)
            ended = f"killed; the command ended with {process.wait(60)}"
            killed += 1
        print(f"{number:>3} {changes:<28} {action:<8} {ended} after {time.monotonic() - started:.1f} s", flush=True)
        if (store / "catalogue.sqlite").exists():
            status = subprocess.run(
                [*COMMAND, "search", "annual leave"], capture_output=True, text=True, env=environment, check=False
            )
            if status.returncode and "no collection" not in status.stderr and "Nothing has been" not in status.stderr:
                print(status.stderr)
                return 1
        if action == "forget":
            stop_engine(store)
            engine = Engine.open(Config(store=store))
            known = probe.catalogue(engine).rows("SELECT 1 FROM documents WHERE path = ?", (arguments[0],))
            if not known and probe.catalogue(engine).registry.forgotten("default").covers(arguments[0], str(folder)):
                forgotten.add(arguments[0])
            engine.close()
        if number % 5 == 0 or number == options.rounds:
            stop_engine(store)
            # in a process of its own, since Chroma keeps what it knew of a folder for the life of a process
            words = [sys.executable, "-m", "tests.soak.kills", "--compare", str(base), *forgotten]
            if subprocess.run(words, env=environment, check=False).returncode:
                return 1
    print(f"{options.rounds} rounds, {killed} killed: equal each time")
    shutil.rmtree(base)
    return 0


def write(path: Path, chance: random.Random) -> None:
    """Write a document of up to a dozen paragraphs."""
    parts = [" ".join(chance.choices(WORDS, k=70)) for _ in range(chance.randint(1, 12))]
    path.write_text(f"# {path.stem} {chance.random()}\n\n" + "\n\n".join(parts), encoding="utf-8")


def change(folder: Path, chance: random.Random) -> str:
    """Change some files; return what was done."""
    done = []
    for _ in range(chance.randint(0, 6)):
        path = chance.choice(sorted(folder.glob("*.md")))
        what = chance.choice(["edit", "write", "rename", "delete", "copy"])
        if what == "edit":
            path.write_text(path.read_text(encoding="utf-8") + f"\n\nAdded {chance.random()}.\n", encoding="utf-8")
        elif what == "write":
            write(folder / f"new-{chance.randrange(1000)}.md", chance)
        elif what == "rename":
            path.rename(folder / f"renamed-{chance.randrange(1000)}.md")
        elif what == "copy":
            shutil.copy(path, folder / f"copy-{chance.randrange(1000)}.md")
        else:
            path.unlink()
        done.append(what[0])
    return "changes: " + ("".join(done) or "none")


def compare(base: Path, forgotten: frozenset[str]) -> None:
    """Bring the index up to date and compare it with a new one."""
    folder, store = base / "documents", base / "store"
    engine = Engine.open(Config(store=store))
    list(engine.index([str(folder)]))
    assert_sound(engine)
    fresh = Engine.open(Config(store=base / "fresh"))
    list(fresh.index([str(folder)]))
    assert_same(engine, fresh, "default", forgotten)
    engine.close()
    fresh.close()
    shutil.rmtree(base / "fresh")
    print(f"    equal to an index built in one go ({len(forgotten)} forgotten)", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]:
        compare(Path(sys.argv[2]), frozenset(sys.argv[3:]))
    else:
        sys.exit(main())
