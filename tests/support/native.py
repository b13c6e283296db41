"""Ways out that native code has, each tried past Python and its audit hooks; Linux only.

Needs nothing but the standard library, so that it can be loaded into any process.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import struct

EPERM, EACCES = 1, 13
_LIBC = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "x86_64": {"socket": 41, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311},
    "aarch64": {"socket": 198, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271},
}.get(platform.machine(), {}) | {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "pidfd_getfd": 438,
}
_FAMILIES = {"inet": 2, "inet6": 10, "netlink": 16, "packet": 17, "alg": 38, "vsock": 40}
_UNIX, _DATAGRAM = 1, 2
_TRACE_SEIZE = 0x4206

WITHOUT_FILTERS = """
import contextlib, os, sys
from jupyter_localai.privacy import seccomp
call = seccomp._MACHINES[seccomp.platform.machine()].calls["seccomp"]
refusing = [(0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]
seccomp.program = lambda machine, but_unix: refusing
with contextlib.suppress(OSError):
    seccomp.refuse_sockets(True)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Program that runs Python with the rest of its arguments where the kernel takes no filters, as in some containers."""


def attempts() -> dict[str, int]:
    """Try everything and return the error number of each, 0 where it was allowed."""
    tried = {f"socket {name}": _socket(family) for name, family in _FAMILIES.items()}
    tried["connect"] = _connect("192.0.2.1", 80)
    tried["connect to loopback"] = _connect("127.0.0.1", 9)
    # the upper half of an argument that is an int means nothing to the kernel, and must mean nothing to a filter
    tried["socket with other bits"] = _call("socket", (1 << 32) | _FAMILIES["inet"], _DATAGRAM, 0)
    pair = (ctypes.c_int * 2)()
    tried["socketpair inet"] = _told(_LIBC.socketpair(_FAMILIES["inet"], _DATAGRAM, 0, pair))
    parameters = ctypes.create_string_buffer(120)  # struct io_uring_params
    tried["io_uring_setup"] = _call("io_uring_setup", 1, ctypes.addressof(parameters))
    tried["io_uring_enter"] = _call("io_uring_enter", -1, 0, 0, 0, 0, 0)
    tried["io_uring_register"] = _call("io_uring_register", -1, 0, 0, 0)
    parent = os.getppid()
    tried["ptrace"] = _call("ptrace", _TRACE_SEIZE, parent, 0, 0)
    tried["process_vm_readv"] = _call("process_vm_readv", parent, 0, 0, 0, 0, 0)
    tried["process_vm_writev"] = _call("process_vm_writev", parent, 0, 0, 0, 0, 0)
    tried["pidfd_getfd"] = _call("pidfd_getfd", -1, 0, 0)
    if platform.machine() == "x86_64":
        tried["socket of x32"] = _told(_LIBC.syscall(ctypes.c_long(0x4000_0000 | CALLS["socket"]), 2, 2, 0))
    return tried


def own_attempts() -> dict[str, int]:
    """Try the sockets of the file system, likewise."""
    pair = (ctypes.c_int * 2)()
    return {
        "socket unix": _socket(_UNIX),
        "socketpair unix": _told(_LIBC.socketpair(_UNIX, 1, 0, pair)),
        "socket unix with other bits": _call("socket", (1 << 32) | _UNIX, _DATAGRAM, 0),
    }


def look_up(name: str) -> int:
    """Have the C library look up a name; return its error, 0 when it was found."""
    result = ctypes.c_void_p()
    return int(_LIBC.getaddrinfo(name.encode(), b"80", None, ctypes.byref(result)))


def socket_of_32_bits() -> int:
    """Ask for a network socket in the manner of a 32-bit program on x86-64; a descriptor, or the error below 0.

    A kernel that knows no such programs ends the process.
    """
    code = b"\x53\xb8" + struct.pack("<I", 359) + b"\xbb" + struct.pack("<I", 2)  # push rbx; eax: socket; ebx: AF_INET
    code += b"\xb9" + struct.pack("<I", 2) + b"\x31\xd2\xcd\x80\x5b\xc3"  # ecx: SOCK_DGRAM; edx: 0; int 0x80; pop; ret
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(start)())


def _socket(family: int) -> int:
    return _told(_LIBC.socket(family, _DATAGRAM, 0))


def _connect(host: str, port: int) -> int:
    given = _LIBC.socket(2, 1, 0)
    if given < 0:
        return ctypes.get_errno()
    address = struct.pack(
        "=HH4s8x", 2, struct.unpack("=H", struct.pack("!H", port))[0], bytes(map(int, host.split(".")))
    )
    try:
        return _told(_LIBC.connect(given, address, len(address)))
    finally:
        os.close(given)


def _call(name: str, *arguments: int) -> int:
    return _told(_LIBC.syscall(ctypes.c_long(CALLS[name]), *map(ctypes.c_long, arguments)))


def _told(outcome: int) -> int:
    return ctypes.get_errno() if outcome < 0 else 0
