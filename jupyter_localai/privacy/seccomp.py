"""A filter in Linux's kernel that refuses network sockets to this process, whatever code asks for one.

`refuse_sockets` gives the kernel a program that it runs at every system call, before it does anything else (seccomp
with classic BPF; ``Documentation/userspace-api/seccomp_filter.rst`` of Linux). It needs no privilege, holds for all
threads and for all children, for native code as for Python, and cannot be taken back.

What it refuses, with ``EACCES`` for sockets and ``EPERM`` for the rest:

``socket``, ``socketpair``
    of every family but ``AF_UNIX``; in the strict form of every family.
``io_uring_setup``, ``io_uring_enter``, ``io_uring_register``
    which open and connect sockets without the call that is watched.
``ptrace``, ``process_vm_readv``, ``process_vm_writev``, ``pidfd_getfd``
    which borrow the memory or the open sockets of a process that is not refused them: the gate.
foreign system calls
    those of 32-bit programs, and of the x32 form of x86-64, whose numbers mean something else.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import errno
import os
import platform
import socket
import struct
import sys

_IO_URING = ("io_uring_setup", "io_uring_enter", "io_uring_register")
_REFUSED = (*_IO_URING, "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd")
_SOCKETS = ("socket", "socketpair")
_NEW = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "pidfd_getfd": 438}  # alike everywhere


@dataclasses.dataclass(frozen=True)
class _Machine:
    """A processor's name in ``linux/audit.h``, its numbers of system calls, and the first that is of no use."""

    audit: int
    calls: dict[str, int]
    foreign_from: int | None = None


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        {
            "socket": 41,
            "socketpair": 53,
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "seccomp": 317,
            **_NEW,
        },
        foreign_from=0x4000_0000,  # the bit of x32
    ),
    # from Linux's headers and not tried on such a machine; the check at the end of refuse_sockets holds there, too
    "aarch64": _Machine(
        0xC00000B7,
        {
            "ptrace": 117,
            "socket": 198,
            "socketpair": 199,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "seccomp": 277,
            **_NEW,
        },
    ),
}

# struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6]
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16

# linux/bpf_common.h
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS: 32 bits of seccomp_data into the accumulator
_IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

# linux/seccomp.h, linux/prctl.h
_ALLOW, _ERRNO = 0x7FFF_0000, 0x0005_0000
_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2
# for threads that were started before, too; and no slower memory, as kernels before 5.16 otherwise have it
_FLAG_TSYNC, _FLAG_SPEC_ALLOW = 1, 4
_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 38, 4


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def program(machine: str, but_unix: bool) -> list[tuple[int, int, int, int]]:
    """Return the filter, an instruction each: ``(code, jump if true, jump if false, constant)``.

    Parameters
    ----------
    machine : str
        As `platform.machine` names it.
    but_unix : bool
        Whether sockets of the file system are allowed.
    """
    about = _MACHINES[machine]
    # what to do, with what, and where to go on if it is so, and if not
    steps: list[tuple[int, int, str, str]] = [
        (_LOAD, _ARCHITECTURE, "next", "next"),
        (_IF_EQUAL, about.audit, "next", "refuse"),  # or the numbers below would be of other calls
        (_LOAD, _NUMBER, "next", "next"),
    ]
    if about.foreign_from is not None:
        steps.append((_IF_AT_LEAST, about.foreign_from, "refuse", "next"))
    steps += [(_IF_EQUAL, about.calls[name], "refuse", "next") for name in _REFUSED]
    for name in _SOCKETS:
        if but_unix:
            steps += [
                (_IF_EQUAL, about.calls[name], "next", "over two"),
                (_LOAD, _FIRST_ARGUMENT, "next", "next"),  # the family, an int: the kernel takes its lower 32 bits, too
                (_IF_EQUAL, int(socket.AF_UNIX), "allow", "no socket"),
            ]
        else:
            steps.append((_IF_EQUAL, about.calls[name], "no socket", "next"))
    ends = {"allow": _ALLOW, "refuse": _ERRNO | errno.EPERM, "no socket": _ERRNO | errno.EACCES}
    places = {name: len(steps) + number for number, name in enumerate(ends)}
    found = []
    for number, (code, constant, if_so, if_not) in enumerate(steps):
        places |= {"next": number + 1, "over two": number + 3}
        found.append((code, places[if_so] - number - 1, places[if_not] - number - 1, constant))
    return found + [(_RETURN, 0, 0, end) for end in ends.values()]


def is_available() -> bool:
    """Whether this system can refuse sockets; nothing is changed by asking."""
    if not _is_known():
        return False
    action = ctypes.c_uint32(_ERRNO)
    return _call("seccomp", _GET_ACTION_AVAIL, 0, ctypes.addressof(action)) == 0


def refuse_sockets(but_unix: bool) -> None:
    """Have the kernel refuse sockets to this process and all it starts, for ever.

    Parameters
    ----------
    but_unix : bool
        Whether sockets of the file system are left.

    Raises
    ------
    OSError
        When the system has no such filter, or has taken it and does not refuse a socket.
    """
    if not _is_known():
        raise OSError(errno.ENOSYS, "there is no filter for this system")
    instructions = b"".join(struct.pack("=HBBI", *step) for step in program(platform.machine(), but_unix))
    kept = ctypes.create_string_buffer(instructions)
    filter_ = _Program(len(instructions) // 8, ctypes.addressof(kept))
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    # a number above 0 is that of a thread that could not follow
    if _call("seccomp", _SET_MODE_FILTER, _FLAG_TSYNC | _FLAG_SPEC_ALLOW, ctypes.addressof(filter_)) != 0:
        raise OSError(ctypes.get_errno() or errno.EBUSY, "seccomp")
    if try_socket() != errno.EACCES:
        raise OSError(errno.ENOTSUP, "the filter does not refuse")


def close_memory() -> None:
    """Keep other processes of this user from reading and changing this one's memory, where the system can.

    ``ptrace`` is not the only way in: ``/proc/PID/mem`` is one for every process of the user, unless it is marked.
    Nor is an image of such a process written when it crashes, or given to a program that collects them.
    """
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_DUMPABLE, *map(ctypes.c_ulong, (0, 0, 0, 0)))


def leave_no_image() -> None:
    """Have the system keep no image of this process's memory when it crashes: documents stand in it."""
    close_memory()
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows; and what is not Linux
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def try_socket() -> int:
    """Ask the kernel for a network socket, past everything that Python could refuse; return its error, 0 for none.

    A socket that was given is closed at once.
    """
    given = _libc().socket(int(socket.AF_INET), int(socket.SOCK_DGRAM), 0)
    if given < 0:
        return ctypes.get_errno()
    os.close(given)
    return 0


def _is_known() -> bool:
    # a 32-bit Python on a 64-bit system would be refused everything
    is_wide = ctypes.sizeof(ctypes.c_void_p) == 8 and sys.byteorder == "little"
    return sys.platform == "linux" and is_wide and platform.machine() in _MACHINES


def _call(name: str, *arguments: int) -> int:
    number = _MACHINES[platform.machine()].calls[name]
    return int(_libc().syscall(ctypes.c_long(number), *map(ctypes.c_ulong, arguments)))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
