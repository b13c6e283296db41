"""Two networks with one cable between them, for a server's machine and a user's; needs root on Linux and ``ip``."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator

SERVER, USER = "10.77.0.1", "10.77.0.2"
_numbers = itertools.count()


@contextlib.contextmanager
def two_networks() -> Iterator[tuple[list[str], list[str]]]:
    """Yield what stands before a command to have it run on the server's machine, and on the user's.

    Raises
    ------
    OSError
        Where that is not allowed.
    """
    if shutil.which("ip") is None:
        raise OSError("there is no ip")
    number = f"{os.getpid()}-{next(_numbers)}"
    names, ends = (f"server-{number}", f"user-{number}"), (f"s{number}"[:15], f"u{number}"[:15])
    with contextlib.ExitStack() as stack:
        for name in names:
            _ip("netns", "add", name)
            stack.callback(subprocess.run, ["ip", "netns", "del", name], capture_output=True)
        _ip("link", "add", ends[0], "netns", names[0], "type", "veth", "peer", "name", ends[1], "netns", names[1])
        for name, end, address in zip(names, ends, (SERVER, USER), strict=True):
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
            for interface in (end, "lo"):
                _ip("-n", name, "link", "set", interface, "up")
        server, user = (["ip", "netns", "exec", name] for name in names)
        yield server, user


def are_possible() -> bool:
    """Whether two networks can be made here."""
    try:
        with two_networks():
            return True
    except OSError:
        return False


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())
