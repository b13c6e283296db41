"""Many users of one engine for long: they work, some are killed, and so is the engine now and then.

``python -m tests.soak.users [--minutes 120] [--users 6] [--load 0.33]``. Each user is a process of its own
(`one_user`), and checks what it is told. In the first third of the time and in the last sixth, engines are killed
(SIGKILL), users all the time; in between, one engine lives on, and what it takes at rest is compared over time
(`growth`). `--load` is the share of a core that all of it may take on average: users rest so long. At the end, nothing
may be left: no process, no folder for sockets, no zombie. Prints a line per look; ends with status 1 if anything was
wrong.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

import jupyter_localai as la
from jupyter_localai.errors import EngineUnreachableError
from jupyter_localai.service.client.sync_client import engine_status, stop_engine
from jupyter_localai.service.protocol.wire import Address
from tests.soak import growth, one_user
from tests.support.engines import SHORT, make_weights, running
from tests.support.ollama import StandIn, llama, says

PROJECT = Path(__file__).parent.parent.parent
_QUESTION = re.compile(r"Which bird has ring(k[0-9a-f]{10})\?")
_PASSAGE = re.compile(r'<passage number="(\d+)"[^>]*>(.*?)</passage>', re.DOTALL)
_LOOK_SECONDS = 60
_USER_SECONDS = 360  # in which a user has done something, or hangs
_REST_SECONDS = 90  # in which an engine that nobody asks for anything comes to rest
_KILL_USER_SECONDS, _KILL_ENGINE_SECONDS = 75, 300
_MOST_WRONG = 20


def bird(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer as a chat model that reads: with the bird that a passage names for the ring that is asked for."""
    text = "\n".join(message["content"] for message in body["messages"])
    asked = _QUESTION.findall(text)
    for number, passage in _PASSAGE.findall(text):
        for name, code in one_user.SENTENCE.findall(passage):
            if asked and code == asked[-1]:
                return says(*f"The {name} with ring{code} was seen at the pier [{number}].".split(" ", 4))
    return says("The keeper writes down each bird that comes to the pier [1].")


class Soak:
    """The users, what kills them, and what was seen.

    Parameters
    ----------
    place : Path
        Throw-away folder of it all.
    users : int
    load : float
        Share of a core.
    seconds : float
    """

    def __init__(self, place: Path, users: int, load: float, seconds: float) -> None:
        self._place, self._load, self._seconds = place, load, seconds
        self._store, self._runtime = place / "store", Path(os.environ["XDG_RUNTIME_DIR"])
        self._chance = random.Random()
        self._seats: dict[int, subprocess.Popen[bytes]] = {}
        self._users = users
        self._pause = 1.0
        self._killed: collections.Counter[str] = collections.Counter()
        self._cpu: dict[int, float] = {}
        self._used, self._began = 0.0, time.monotonic()
        self.wrong: list[str] = []
        self.samples: list[growth.Sample] = []

    def run(self, chat: StandIn) -> None:
        """Let them work for the time, and look at the engine in between."""
        self._tell(holds=False)
        shared = self._place / "documents" / "shared"
        shutil.copytree(PROJECT / "examples" / "corpus", shared)
        with la.connect() as ai:
            ai.index(shared)
        looked = user_killed = engine_killed = self._began
        while (passed := time.monotonic() - self._began) < self._seconds and len(self.wrong) < _MOST_WRONG:
            now = time.monotonic()
            self._seat_all()
            if now - user_killed > _KILL_USER_SECONDS * self._chance.uniform(0.5, 1.5):
                user_killed = now
                self._kill_user()
            is_long_life = 1 / 3 < passed / self._seconds < 5 / 6
            if not is_long_life and now - engine_killed > _KILL_ENGINE_SECONDS * self._chance.uniform(0.5, 1.5):
                engine_killed = now
                self._kill_engine()
            if now - looked > _LOOK_SECONDS:
                looked = now
                self._look(passed / 60)
                for kept in (chat.requests, chat.left, chat.loads):
                    kept.clear()
            time.sleep(5)
            self._balance()
        self._end()
        self.wrong += growth.judge(self.samples)

    def kill_all(self) -> None:
        """End what is left of the users."""
        for user in self._seats.values():
            user.kill()
            user.wait()

    def _tell(self, holds: bool, goes_on: bool = True) -> None:
        beside = self._place / "control.part"
        beside.write_text(json.dumps({"pause": self._pause, "holds": holds, "goes_on": goes_on}))
        beside.replace(self._place / "control.json")

    def _seat_all(self) -> None:
        """Start users where there are none; one that ended by itself has found something wrong, or hangs."""
        for seat in range(self._users):
            user = self._seats.get(seat)
            if user is not None and user.poll() is None:
                done = self._place / f"done-{seat}"
                if done.exists() and time.time() - done.stat().st_mtime > _USER_SECONDS + 2 * self._pause:
                    self._note(f"user {seat} hangs")
                    user.kill()
                    user.wait()
                continue
            if user is not None and user.returncode != -signal.SIGKILL:
                errors = (self._place / f"errors-{seat}").read_text(errors="replace")
                self._note(f"user {seat} ended with {user.returncode}: {errors[-3000:]}")
            with (self._place / f"errors-{seat}").open("wb") as errors_to:
                command = [sys.executable, "-m", "tests.soak.one_user", str(seat)]
                self._seats[seat] = subprocess.Popen(command, stdout=errors_to, stderr=errors_to, cwd=PROJECT)
            (self._place / f"done-{seat}").touch()

    def _note(self, what: str) -> None:
        self.wrong.append(what)
        print("WRONG", what, flush=True)

    def _kill_user(self) -> None:
        self._seats[self._chance.randrange(self._users)].kill()
        self._killed["users"] += 1

    def _kill_engine(self) -> None:
        address = Address.read(self._store)
        if address is not None:
            (self._place / "killed").touch()
            with contextlib.suppress(ProcessLookupError):
                os.kill(address.pid, signal.SIGKILL)
            self._killed["engines"] += 1

    def _balance(self) -> None:
        """Let users rest longer if all of it took more than it may, and less long if less."""
        now = self._processes()
        for pid, cpu in now.items():
            self._used += max(0.0, cpu - self._cpu.get(pid, 0.0))
        self._cpu = now
        share = self._used / (time.monotonic() - self._began)
        self._pause = min(120.0, max(0.1, self._pause * (1.1 if share > self._load else 0.9)))
        self._tell(holds=False)

    def _processes(self) -> dict[int, float]:
        """Return the seconds of processor time of each process of it, the parent's among them."""
        found = {}
        family = [psutil.Process(), *map(psutil.Process, self._alive()), *running(self._runtime)]
        for one in family:
            with contextlib.suppress(psutil.Error):
                for process in (one, *one.children()):
                    times = process.cpu_times()
                    found[process.pid] = times.user + times.system
        return found

    def _alive(self) -> list[int]:
        return [user.pid for user in self._seats.values() if user.poll() is None]

    def _look(self, minute: float) -> None:
        """Have all hold on until the engine is at rest, look at it, and let them go on."""
        self._tell(holds=True)
        until = time.monotonic() + _REST_SECONDS
        quiet = 0
        while quiet < 3 and time.monotonic() < until:
            time.sleep(1)
            engine = engine_status()
            quiet = quiet + 1 if engine["running"] and not engine["busy"] else 0
        try:
            address = Address.read(self._store)
            if quiet >= 3 and address is not None:
                sample = growth.look(minute, address.pid, address.gate_pid, self._store)
                self.samples.append(sample)
                share = self._used / (time.monotonic() - self._began)
                print(f"{sample}; {share:.0%} of a core, rests {self._pause:.1f} s", flush=True)
            else:
                print(f"{minute:6.1f} min  no engine at rest", flush=True)
        except (psutil.NoSuchProcess, EngineUnreachableError):
            print(f"{minute:6.1f} min  the engine has just ended", flush=True)
        self._tell(holds=False)

    def _end(self) -> None:
        """End the users, then the engine; nothing of them may be left."""
        self._tell(holds=False, goes_on=False)
        for seat, user in self._seats.items():
            try:
                user.wait(_USER_SECONDS)
            except subprocess.TimeoutExpired:
                self._note(f"user {seat} does not end")
                user.kill()
            if user.wait() not in (0, -signal.SIGKILL):
                self._note(f"user {seat}: {(self._place / f'errors-{seat}').read_text(errors='replace')[-3000:]}")
        stop_engine()
        until = time.monotonic() + 30
        while (left := running(self._runtime)) and time.monotonic() < until:
            time.sleep(0.2)
        if left:
            self._note(f"processes are left: {left}")
        if any(self._runtime.iterdir()):
            self._note(f"folders for sockets are left: {list(self._runtime.iterdir())}")
        zombies = [child.pid for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]
        if zombies:
            self._note(f"zombies: {zombies}")
        deeds = collections.Counter(
            line.split()[0] for seat in range(self._users) for line in (self._place / f"done-{seat}").open()
        )
        print("killed", dict(self._killed), "done", dict(deeds), flush=True)


def main() -> int:
    """Run it in a throw-away folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--users", type=int, default=6)
    parser.add_argument("--load", type=float, default=0.33)
    options = parser.parse_args()
    place, runtime = Path(tempfile.mkdtemp(prefix="soak-")), Path(tempfile.mkdtemp(prefix="rt-", dir=SHORT))
    chat = StandIn()
    chat.models, chat.chatting = [llama()], bird
    weights = make_weights(place / "weights")
    os.environ |= {"LOCALAI_STORE": str(place / "store"), "LOCALAI_EMBEDDER": str(weights), "SOAK_PLACE": str(place)}
    os.environ |= {"OLLAMA_HOST": chat.address, "XDG_RUNTIME_DIR": str(runtime), "HOME": str(place)}
    os.environ |= {"LOCALAI_PRECISION": "float32", "LOCALAI_THREADS": "1"}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # through what ends the users
    soak = Soak(place, options.users, options.load, options.minutes * 60)
    try:
        soak.run(chat)
    finally:
        soak.kill_all()
        stop_engine()
        chat.stop()
    print("\n".join(soak.wrong) or "all well")
    if not soak.wrong:
        shutil.rmtree(place)
        shutil.rmtree(runtime)
    return bool(soak.wrong)


if __name__ == "__main__":
    sys.exit(main())
