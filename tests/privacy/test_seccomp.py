"""The kernel's filter: what it refuses to native code, and what happens where it cannot be had."""

import errno
import json
import platform
import socket
import subprocess
import sys

import pytest

from jupyter_localai.privacy import seccomp

if sys.platform != "linux":
    pytest.skip("seccomp is Linux's", allow_module_level=True)
from tests.support import native, probe

needs_filter = pytest.mark.skipif(not seccomp.is_available(), reason="this system has no such filter")


def run(code, *words):
    """Run a program whose last line of output is JSON, and return that."""
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


FILTERED = """
import json, subprocess, sys, threading
from jupyter_localai.privacy import seccomp
from tests.support import native
go, told = threading.Event(), {}
def before():
    go.wait()
    told["thread"] = native.attempts()
thread = threading.Thread(target=before)
thread.start()
if sys.argv[1] != "none":
    seccomp.refuse_sockets(but_unix=sys.argv[1] == "but unix")
go.set()
thread.join()
told["own"] = native.own_attempts()
told["look-up"] = native.look_up("localhost.example.org")
child = "import json; from tests.support import native; print(json.dumps(native.attempts()))"
told["child"] = json.loads(subprocess.check_output([sys.executable, "-c", child]))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def unfiltered():
    return run(FILTERED, "none")


@needs_filter
@pytest.mark.parametrize("how", ["but unix", "all"])
def test_every_way_out_is_refused_to_native_code_threads_and_children(how, unfiltered):
    told = run(FILTERED, how)
    for whose in ("thread", "child"):
        sockets = {name: error for name, error in told[whose].items() if name.startswith(("socket", "connect"))}
        assert sockets.pop("socket of x32", errno.EPERM) == errno.EPERM
        assert set(sockets.values()) == {errno.EACCES} and len(sockets) >= 9
        assert {told[whose][name] for name in set(told[whose]) - set(sockets)} == {errno.EPERM}
    assert set(told["own"].values()) == {0 if how == "but unix" else errno.EACCES}
    assert told["look-up"] != 0
    # and it is the filter that refuses them: without it they are allowed, or fail for another reason
    assert unfiltered["thread"]["socket inet"] == unfiltered["thread"]["socket with other bits"] == 0
    assert unfiltered["thread"]["pidfd_getfd"] == errno.EBADF
    assert set(unfiltered["own"].values()) == {0}


@needs_filter
@pytest.mark.skipif(platform.machine() != "x86_64", reason="of x86-64")
def test_calls_of_32_bit_programs_are_refused():
    code = (
        "import sys\nfrom jupyter_localai.privacy import seccomp\nfrom tests.support import native\n"
        "if sys.argv[1] == 'filtered': seccomp.refuse_sockets(True)\nprint(native.socket_of_32_bits())"
    )
    done = subprocess.run([sys.executable, "-c", code, "plain"], capture_output=True, text=True, check=False)
    if done.returncode < 0:
        pytest.skip("this kernel runs no 32-bit programs")
    assert int(done.stdout) >= 0
    assert run(code, "filtered") == -errno.EPERM


@needs_filter
def test_it_can_be_made_stricter_and_not_laxer():
    code = (
        "import json\nfrom jupyter_localai.privacy import seccomp\nfrom tests.support import native\n"
        "seccomp.refuse_sockets(False); seccomp.refuse_sockets(True)\nprint(json.dumps(native.own_attempts()))"
    )
    assert set(run(code).values()) == {errno.EACCES}


# the program itself, for processors that are not this one -------------------------------------------


def decide(steps, audit, number, family=0):
    """Run a filter as the kernel does, and return what it says."""
    data = {0: number & 0xFFFFFFFF, 4: audit, 16: family & 0xFFFFFFFF}
    at = accumulator = 0
    while True:
        code, if_true, if_false, constant = steps[at]
        at += 1
        if code == 0x06:
            return {0x7FFF0000: "allowed", 0x50000 | errno.EPERM: "EPERM", 0x50000 | errno.EACCES: "EACCES"}[constant]
        if code == 0x20:
            accumulator = data[constant]
        else:
            holds = accumulator == constant if code == 0x15 else accumulator >= constant
            at += if_true if holds else if_false


AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# from the tables of Linux: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h
CALLS = {
    "x86_64": {"socket": 41, "socketpair": 53, "connect": 42, "read": 0, "seccomp": 317, "ptrace": 101},
    "aarch64": {"socket": 198, "socketpair": 199, "connect": 203, "read": 63, "seccomp": 277, "ptrace": 117},
}
EVERYWHERE = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "pidfd_getfd": 438}


@pytest.mark.parametrize("but_unix", [True, False])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_of_each_processor_decides_the_same(machine, but_unix):
    steps, audit, calls = seccomp.program(machine, but_unix), AUDIT[machine], CALLS[machine]
    for name in ("socket", "socketpair"):
        unix = "allowed" if but_unix else "EACCES"
        assert decide(steps, audit, calls[name], socket.AF_UNIX) == unix
        assert decide(steps, audit, calls[name], (7 << 32) | socket.AF_UNIX) == unix
        for family in (0, 2, 10, 16, 17, 40, (1 << 32) | 2, -1):
            assert decide(steps, audit, calls[name], family) == "EACCES"
    for number in (*EVERYWHERE.values(), calls["ptrace"]):
        assert decide(steps, audit, number) == "EPERM"
    for name in ("connect", "read", "seccomp"):  # sockets that are there already can be used
        assert decide(steps, audit, calls[name]) == "allowed"
    for other in {0x40000003, 0x40000028, *AUDIT.values()} - {audit}:  # i386, 32-bit ARM, the other one
        assert decide(steps, other, calls["read"]) == "EPERM"
    if machine == "x86_64":
        assert {decide(steps, audit, number) for number in (0x40000000, 0x40000029, -1)} == {"EPERM"}


@needs_filter
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of aarch64 are not those of this machine")
def test_the_numbers_of_calls_are_those_of_this_system():
    assert native.CALLS.items() <= probe.filtered_calls().items()


# where it cannot be had -----------------------------------------------------------------------------


@needs_filter
def test_where_the_filter_cannot_be_had_that_is_known_and_never_passed_over():
    code = (
        "import json\nfrom jupyter_localai.privacy import guard, seccomp\n"
        "from jupyter_localai.errors import PrivacyError\n"
        "told = [seccomp.is_available()]\nguard.refuse_sockets()\nguard.enforce('auto')\n"
        "told.append(guard.enforcement())\n"
        "for check in (guard.enforce, guard.check_available, guard.check_active):\n"
        "    try:\n        check('kernel')\n    except PrivacyError as error:\n        told.append(error.code)\n"
        "print(json.dumps(told))"
    )
    assert run(native.WITHOUT_FILTERS, "-c", code) == [False, "process", *["enforcement_unavailable"] * 3]


@needs_filter
def test_a_filter_that_does_not_refuse_does_not_count():
    code = (
        "import json\nfrom jupyter_localai.privacy import guard, seccomp\n"
        "seccomp.program = lambda machine, but_unix: [(0x06, 0, 0, 0x7FFF0000)]\n"
        "guard.enforce('auto'); print(json.dumps(guard.enforcement()))"
    )
    assert run(code) == "none"


@needs_filter
def test_process_leaves_the_kernel_alone():
    code = (
        "import json\nfrom jupyter_localai.privacy import guard, seccomp\nguard.refuse_sockets()\n"
        "guard.enforce('process'); print(json.dumps([guard.enforcement(), seccomp.try_socket()]))"
    )
    assert run(code) == ["process", 0]


def test_systems_without_such_a_filter_say_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not seccomp.is_available()
    with pytest.raises(OSError):
        seccomp.refuse_sockets(True)
    monkeypatch.undo()
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert not seccomp.is_available()
    assert native.own_attempts()["socket unix"] == 0  # and this process is as it was
