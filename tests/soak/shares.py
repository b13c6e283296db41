"""Kill the server of a shared collection, or a publisher, again and again while it is published.

    python -m tests.soak.shares [--rounds 50] [--seed 0]

Each round edits a publisher's documents at random, and publishes them. At a request of that, each in its turn, the
server or the publisher is killed (SIGKILL), before the request, during it or after its answer. Then a member follows,
which must find nothing that was not published, and the publisher publishes again. At the end of each round a new member
must have all as the publisher has it, and the server each chunk once. Ends with an error at the first difference.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.door import Door
from tests.support import sharing
from tests.support.broken_shares import MOMENTS, InterruptedDoor, assert_whole, edited
from tests.support.chroma_server import ChromaServer, unused_name
from tests.support.sharing import Member, Publisher, contents

REQUESTS = ("get", "get", "upsert", "add", "get", "get", "delete")
"""Of a share that changes documents."""
Kill = tuple[int, str]


@dataclasses.dataclass
class Done:
    """How many rounds ended by a kill, and how long the longest took until all was well again."""

    killed: int = 0
    longest_s: float = 0.0
    errors: dict[str, int] = dataclasses.field(default_factory=dict)


def kill_servers(server: ChromaServer, kills: Iterable[Kill], seed: int) -> Done:
    """Publish a collection round after round, and kill the server at these requests."""
    done, name = Done(), unused_name()
    with contextlib.closing(Door(server.address)) as door:
        ann = Publisher(sharing.shared(door, name))
        member = Member(ann.shared)
        ann.has = edited(seed, 2)
        ann.share()
        for rounds, (at, moment) in zip(itertools.count(4, 2), kills):
            ann.has, ann.shared = edited(seed, rounds - 1), sharing.shared(door, name)
            ann.share()
            before = contents(ann.has)
            interrupted = InterruptedDoor(door, server.process.kill, at + 2, moment)
            ann.shared, ann.has = sharing.shared(interrupted, name), edited(seed, rounds)
            try:
                ann.share()
            except RemoteError as error:
                assert error.code == "shared_unreachable", error
                done.errors[error.code] = done.errors.get(error.code, 0) + 1
            began = time.monotonic()
            server.process.wait(10)
            done.killed += 1
            server.start()
            ann.shared = member.shared = sharing.shared(door, name)
            _assert_published(member, before, contents(ann.has))
            ann.share()
            assert_whole(name, door, ann.has, ann)
            done.longest_s = max(done.longest_s, time.monotonic() - began)
    return done


def kill_publishers(server: ChromaServer, kills: Iterable[Kill], seed: int) -> Done:
    """Let a process publish a collection round after round, which kills itself at these requests."""
    done, name = Done(), unused_name()
    with contextlib.closing(Door(server.address)) as door:
        ann = Publisher(sharing.shared(door, name))
        member = Member(ann.shared)
        ann.has = edited(seed, 2)
        ann.share()
        for rounds, (at, moment) in zip(itertools.count(4, 2), kills):
            ann.has = edited(seed, rounds - 1)
            ann.share()
            before = contents(ann.has)
            words = [server.address, name, str(seed), str(rounds), str(at), moment]
            command = [sys.executable, "-m", "tests.support.broken_shares", *words]
            done.killed += subprocess.run(command, check=False).returncode == -9
            began = time.monotonic()
            ann.has = edited(seed, rounds)
            _assert_published(member, before, contents(ann.has))
            ann.share()
            assert_whole(name, door, ann.has, ann)
            done.longest_s = max(done.longest_s, time.monotonic() - began)
    return done


def _assert_published(member: Member, before: dict[str, object], after: dict[str, object]) -> None:
    """A member that follows now must have each document as it was before or is meant to be now."""
    member.sync()
    for path, one in member.contents().items():
        assert one in (before.get(path), after.get(path)), path


def main() -> int:
    """Run all rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    kills = [(1 + number % len(REQUESTS), chance.choice(MOMENTS)) for number in range(options.rounds)]
    with tempfile.TemporaryDirectory(prefix="localai-shares-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch, "server", "chroma")
        folder.mkdir(parents=True)
        server = ChromaServer(folder)
        try:
            for what, run in (("server", kill_servers), ("publisher", kill_publishers)):
                done = run(server, kills, options.seed)
                print(f"{what} killed {done.killed} of {len(kills)} times, nothing lost or doubled; {done}", flush=True)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
