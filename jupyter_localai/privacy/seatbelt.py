"""macOS's sandbox around the engine, which refuses network sockets to it and all it starts: what `seccomp` is on Linux.

A process is put into it when it is started, by the system's own ``sandbox-exec``, and cannot leave. What is left are
the sockets in one folder. Other sockets of the file system are refused, too, since the system's resolver listens at
one. Programs of the system that a process asks by other means than sockets could still go out for it.

Apple calls ``sandbox-exec`` deprecated and documents no profile, so nothing is believed of it: the gate tries the
profile on a small process before the engine is started with it, and the engine asks for a connection before it says
that the system refuses them.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_TOOL = "/usr/bin/sandbox-exec"
_PROFILE = """(version 1)
(allow default)
(deny network*)
(allow network-bind (local unix-socket (subpath (param "SOCKETS"))))
(allow network-inbound (local unix-socket (subpath (param "SOCKETS"))))
(allow network-outbound (remote unix-socket (subpath (param "SOCKETS"))))
"""
# what the engine needs must work, and a connection that sends nothing, and would stay on this machine, must not
_TRIAL = """
import socket, sys
with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
    listener.bind(sys.argv[1])
    listener.listen()
    client.connect(sys.argv[1])
try:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", 9))
except PermissionError:
    sys.exit(0)
sys.exit(1)
"""
_TRIAL_SECONDS = 10
_DISCARD_PORT = 9


def inside(command: Sequence[str], folder: str | None) -> list[str]:
    """Return a command that runs `command` in the sandbox; as it is where there is none that holds.

    Parameters
    ----------
    command : sequence of str
    folder : str or None
        Whose sockets are left; None where there are none.
    """
    if sys.platform != "darwin" or folder is None or not os.access(_TOOL, os.X_OK):
        return [*command]
    sandbox = [_TOOL, "-D", f"SOCKETS={os.path.realpath(folder)}", "-p", _PROFILE]
    return [*sandbox, *command] if _holds(sandbox, Path(os.path.realpath(folder), "trial")) else [*command]


def is_around() -> bool:
    """Whether the system refuses this process a connection."""
    return sys.platform == "darwin" and try_connect() in (errno.EPERM, errno.EACCES)


def try_connect() -> int:
    """Ask the kernel for a connection over loopback, past all that Python could refuse; return its error, 0 for none.

    Nothing is sent.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    given = libc.socket(int(socket.AF_INET), int(socket.SOCK_DGRAM), 0)
    if given < 0:
        return ctypes.get_errno()
    try:
        address = _address()
        return ctypes.get_errno() if libc.connect(given, address, len(address)) != 0 else 0
    finally:
        os.close(given)


def _holds(sandbox: Sequence[str], path: Path) -> bool:
    quiet = subprocess.DEVNULL
    command = [*sandbox, sys.executable, "-I", "-S", "-c", _TRIAL, str(path)]
    try:
        done = subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=_TRIAL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
    return done.returncode == 0


def _address() -> bytes:
    """Return the ``struct sockaddr_in`` of a port at 127.0.0.1; that of BSD begins with its length."""
    family = int(socket.AF_INET)
    begins = struct.pack("=BB", 16, family) if sys.platform == "darwin" else struct.pack("=H", family)
    return begins + struct.pack("!H4s8x", _DISCARD_PORT, socket.inet_aton("127.0.0.1"))
