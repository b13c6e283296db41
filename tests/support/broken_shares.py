"""Publishing that is broken off at a chosen request, by the end of the server, of the publisher or of a connection.

``python -m tests.support.broken_shares ADDRESS NAME SEED ROUND REQUEST MOMENT`` publishes what `edited` has, and ends
itself by SIGKILL at this request.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable

from jupyter_localai.remote.door import Door
from jupyter_localai.remote.records import Head, SharedDocument
from tests.support import sharing
from tests.support.sharing import Member, Publisher, contents, document

MOMENTS = ("before", "during", "after")


def edited(seed: int, rounds: int) -> dict[str, SharedDocument]:
    """Return the documents after so many rounds of edits, each of which adds, changes and drops some."""
    chance, has = random.Random(seed), {}
    for number in range(rounds):
        for path in [f"new {number}.md", *chance.sample(sorted(has), min(2, len(has)))]:
            texts = [f"Text {number} {n} of {path}." for n in range(chance.randint(1, 4))]
            has[path] = document(path, *texts, heads=chance.randint(0, 2))
        if len(has) > 8:
            del has[chance.choice(sorted(has))]
    return has


class InterruptedDoor:
    """A door that does something at one of its requests: before it, during it, or when its answer has come.

    Attributes
    ----------
    requests : list of str
        The methods that were called.
    """

    def __init__(self, door: Door, act: Callable[[], None] = lambda: None, at: int = 0, moment: str = "before") -> None:
        self._door, self._act, self._at, self._moment = door, act, at, moment
        self.address = door.address
        self.requests: list[str] = []
        self._lock = threading.Lock()

    def __getattr__(self, name):
        call = getattr(self._door, name)

        def counted(*given, **options):
            with self._lock:
                self.requests.append(name)
                is_it = len(self.requests) == self._at
            if is_it and self._moment == "before":
                self._act()
            if is_it and self._moment == "during":
                threading.Timer(random.uniform(0, 0.004), self._act).start()
            result = call(*given, **options)
            if is_it and self._moment == "during":
                time.sleep(0.01)
            if is_it and self._moment == "after":
                self._act()
            return result

        return counted


def requests_of_a_share(door: Door, name: str, seed: int, rounds: int) -> list[str]:
    """Publish up to a round of edits, undisturbed; return the requests of the last publishing."""
    for number in range(rounds - 2, rounds + 1):
        counting = InterruptedDoor(door)
        publisher = Publisher(sharing.shared(counting, name))
        counting.requests.clear()
        publisher.has = edited(seed, number)
        publisher.share()
    return counting.requests


def assert_whole(name: str, door: Door, has: dict[str, SharedDocument], publisher: Publisher) -> None:
    """Check that members get all of `has`, and that the server has each of its chunks once, and no other."""
    shared = sharing.shared(door, name)
    for vectors in (True, False):
        member = Member(shared, vectors)
        member.sync()
        assert member.contents() == contents(has, vectors)
    publisher.shared = shared
    wanted = {one for document in member.has.values() for one in document.ids}
    until = time.monotonic() + 20
    while True:
        publisher.repair()
        found = {record.id for record in door.get(shared.chunks, metadatas=False)}
        assert found >= wanted, "chunks are lost"
        if found == wanted:
            return
        assert time.monotonic() < until, "strays are left"  # a server may still do what a dead publisher has sent


def main(address: str, name: str, seed: str, rounds: str, at: str, moment: str) -> None:
    """Publish, and die."""

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    door = InterruptedDoor(Door(address), die, int(at), moment)
    publisher = Publisher(sharing.shared(door, name))
    door.requests.clear()
    publisher.has = edited(int(seed), int(rounds))
    publisher.state = Head()
    publisher.share()


if __name__ == "__main__":
    main(*sys.argv[1:])
