"""A process for work on untrusted material, both ends of it: limits, no socket, no secret, and an end that is certain.

The child is ``python -m MODULE BYTES NICENESS``, which may take so much memory, and gives way to others by its
niceness. It takes requests on standard input and answers
on standard output, each a JSON text behind its length. It holds no lock, knows no setting, opens no socket, and ends
when its input does, whatever it is doing then.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import IO, Any

from . import guard, seccomp

_LENGTH = struct.Struct(">I")
_MOST_BYTES = 512 * 2**20  # of one message: more than the child's memory has room for beside what it works on
_SPARE_SECONDS = 5
_LOOK_SECONDS = 0.2
# HOME, since Python without it asks the system's user database, which may be on another machine; the last ones are
# Windows', where packages of one user alone are found by APPDATA
_KEPT_VARIABLES = (
    *("PATH", "HOME", "PYTHONPATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP"),
    *("SYSTEMROOT", "APPDATA", "USERPROFILE"),
)


class Ended(Exception):
    """The child has ended instead of answering.

    Parameters
    ----------
    status : int
        How it ended, as `subprocess.Popen.returncode` tells it.
    why : str
        Why it was ended: ``time`` or ``memory``; empty if it ended by itself.
    """

    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(status)
        self.is_late = why == "time" or _is_signal(status, "SIGXCPU")
        self.lacked_memory = why == "memory" or _is_signal(status, "SIGABRT")  # how native code ends that gets none


def _is_signal(status: int, name: str) -> bool:
    """Whether a process ended by a signal, which this system may not have."""
    return hasattr(signal, name) and status == -getattr(signal, name)


class Confined:
    """One child process, started at once.

    Parameters
    ----------
    module : str
        Whose ``__main__`` calls `serve`.
    memory_bytes : int
        Of address space; where the system has no such limit, of memory in use, which is looked at while it works.
    niceness : int
        How much it gives way to others, 0 to 19.
    """

    def __init__(self, module: str, memory_bytes: int, niceness: int = 0) -> None:
        self.is_broken = False
        self._memory_bytes = memory_bytes
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(memory_bytes), str(niceness)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's complaint may quote the document
            env=environment,
            cwd=os.path.abspath(os.sep),
            start_new_session=True,
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if niceness else 0,
        )
        self.pid = self._process.pid
        self._end = weakref.finalize(self, _end, self._process)

    def ask(self, request: dict[str, Any], seconds: float | None) -> dict[str, Any]:
        """Return the answer to one request, for which there is so much time.

        Raises
        ------
        Ended
            Then the process is of no more use.
        """
        answered, why = threading.Event(), list[str]()
        threading.Thread(target=self._watch, args=(seconds, answered, why), daemon=True).start()
        answer = None
        try:
            assert self._process.stdin is not None and self._process.stdout is not None
            with contextlib.suppress(OSError):
                send(self._process.stdin, {**request, "seconds": seconds})
                answer = receive(self._process.stdout)
        finally:
            answered.set()
        if answer is None:
            self.is_broken = True
            self.kill()
            raise Ended(self._process.wait(), *why)
        return answer

    def _watch(self, seconds: float | None, answered: threading.Event, why: list[str]) -> None:
        """End the process when its time is up or it has taken too much memory, and note which."""
        until = math.inf if seconds is None else time.monotonic() + seconds
        looks = math.inf if _has_memory_limit() else _LOOK_SECONDS
        while True:
            pause = min(looks, until - time.monotonic())
            if answered.wait(None if pause == math.inf else max(0.0, pause)):
                return
            if time.monotonic() >= until:
                why.append("time")
                break
            if _memory(self.pid) > self._memory_bytes:
                why.append("memory")
                break
        self.kill()

    def tried(self) -> dict[str, Any]:
        """Have it ask for a way out; return what `guard.tried` reports there, nothing when it has ended."""
        try:
            return self.ask({"try": True}, None)
        except Ended:
            return {}

    def kill(self) -> None:
        """End it and all that it started, at once."""
        _kill(self._process)

    def end(self) -> None:
        """End it and close its pipes."""
        self._end()


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]], memory_bytes: int, niceness: int) -> None:
    """Be the child: answer requests until the parent ends."""
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    guard.refuse_sockets()
    guard.enforce("auto", but_unix=False)
    seccomp.leave_no_image()
    _limit_memory(memory_bytes)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not look like an answer
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        request = requests.get()
        if request.get("try"):
            send(answers, guard.tried())
            continue
        _limit_time(request["seconds"])
        send(answers, answer(request))


def send(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Write one message."""
    data = json.dumps(message).encode("ascii")  # escapes are safe for file names that are no valid text
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> dict[str, Any] | None:
    """Return the next message; None when the other side has ended, or sends what is none."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _MOST_BYTES:
        return None
    data = stream.read(length)
    if len(data) < length:
        return None
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _listen(requests: queue.SimpleQueue[dict[str, Any]]) -> None:
    while (request := receive(sys.stdin.buffer)) is not None:
        requests.put(request)
    os._exit(0)


def _has_memory_limit() -> bool:
    """Whether the system itself holds a process to a limit: macOS takes it and does not, Windows knows none."""
    return sys.platform == "linux"


def _memory(pid: int) -> int:
    """Return the bytes that a process has in memory, with those it started, as Windows' launcher of Python does."""
    import psutil

    try:
        process = psutil.Process(pid)
        return sum(int(one.memory_info().rss) for one in (process, *process.children()))
    except psutil.Error:  # it has ended
        return 0


def _limit_memory(memory_bytes: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows; a lower limit is there already
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _limit_time(seconds: float) -> None:
    """Have the system end this process when it computes much longer than it may, should the parent be gone."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime + seconds) + _SPARE_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is not None:
        return  # its number may be another's by now
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    _kill(process)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
