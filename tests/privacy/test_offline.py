"""Everything a user does, in a network with nothing but loopback, while every call to the system is written down."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.engines import wait_for_end, wait_until

ROOT = Path(__file__).parents[2]
# Programs bring their loopback up (SIOCSIFFLAGS: IFF_UP, IFF_RUNNING) and become another one.
LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    fcntl.ioctl(sock, 0x8914, struct.pack("16sH14x", b"lo", 0x41))
os.execvp(sys.argv[1], sys.argv[1:])
"""
TRACE = ("strace", "-f", "-qq", "-s", "400", "-e", "trace=%network,io_uring_setup,execve", "-e", "signal=none", "-o")


@functools.cache
def alone():
    """Return the command that runs another one in a network of its own, None where that is not allowed."""
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        command = [*words, sys.executable, "-c", LOOPBACK]
        if (
            shutil.which("unshare")
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ):
            return command
    return None


def can_trace():
    return (
        bool(shutil.which("strace")) and subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode == 0
    )


needs_network = pytest.mark.skipif(
    sys.platform != "linux" or alone() is None, reason="no network namespace can be made here"
)
needs_strace = pytest.mark.skipif(not can_trace(), reason="strace is not there or not allowed")


def run(tmp_path, folder, weights, *words, precision="float32"):
    """Do everything, and return what came of it and the lines of the trace."""
    (tmp_path / "tmp").mkdir()
    environment = {
        **os.environ,
        "LOCALAI_STORE": str(tmp_path / "store"),
        "LOCALAI_PRECISION": precision,
        "TMPDIR": str(tmp_path / "tmp"),
    }
    program = [sys.executable, "-m", "tests.support.offline", str(folder), str(weights), *words]
    command = [*alone(), *TRACE, str(tmp_path / "trace"), *program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), (tmp_path / "trace").read_text(errors="replace").splitlines()


def reached(lines):
    """Return every address that a traced call names, as text, unless it is on loopback; and sockets of other kinds."""
    found = []
    for line in lines:
        call = re.sub(r"^\d+ +", "", line)
        if match := re.match(r"socket(?:pair)?\((\w+)", call):
            # Jupyter asks the kernel for this machine's own addresses
            if match[1] not in ("AF_UNIX", "AF_INET", "AF_INET6") and "NETLINK_ROUTE" not in call:
                found.append(call)
        elif call.startswith("io_uring_setup("):
            found.append(call)
        for match in re.finditer(r"\{sa_family=(\w+)(.*?)\}", call):
            if not re.match(r"(connect|send)", call):
                continue
            family, rest = match.groups()
            ours = {
                "AF_INET": r'inet_addr\("127\.',
                "AF_INET6": r'"::1"',
                "AF_UNIX": r'sun_path="/',
                "AF_NETLINK": "",
            }.get(family)
            if family != "AF_UNSPEC" and (ours is None or not re.search(ours, rest) or "htons(53)" in rest):
                found.append(call)
    return found


def look_ups(lines):
    """Return the calls that went to a service which looks up names for others, those of Jupyter's own part left out."""
    services = [line for line in lines if re.search(r'sun_path="[^"]*(nscd|resolve|dbus|avahi|sssd)', line)]
    jupyter = {
        line.split()[0] for line in lines if "execve(" in line and re.search("nbclient.cli|jupyter_server", line)
    }
    return [line for line in services if line.split()[0] not in jupyter]


def left(tmp_path, home, engines):
    """Return what is left in the user's home and in the folders for temporary files when the engine has ended."""
    wait_for_end(tmp_path / "store")
    wait_until(lambda: not list(engines.iterdir()))
    found = [path for folder in (home, tmp_path / "tmp") for path in folder.rglob("*")]
    jupyters = (".ipython", ".npm", "jupyter_data_dir", "jupyter_config_dir")  # and those of its other extensions
    return [path for path in found if not any(path.is_relative_to(home / name) for name in jupyters)]


@needs_network
@needs_strace
def test_nothing_that_a_user_does_reaches_beyond_this_machine(tmp_path, folder, home, tiny, engines):
    told, lines = run(tmp_path, folder, tiny)
    enforcement, engine, _ = told.pop("enforcement"), told.pop("engine"), told.pop("libraries")
    assert told == {"added": 3, "hits": 3, "modes": ["llm", "extractive"]}
    assert reached(lines) == [] and look_ups(lines) == []
    # and it was all looked at: the programs that were started, and a chat model reached over loopback by the gate
    for module in ("service.process.gate", "service", "ingest.worker", "adapters.terminal.cli"):
        assert any("execve" in line and f'"jupyter_localai.{module}"' in line for line in lines), module
    assert any("connect(" in line and "127.0.0.1" in line for line in lines)
    assert left(tmp_path, home, engines) == []
    # the engine asks for a socket once, to see it refused
    asked = [line for line in lines if re.match(rf"{engine} +socket\(AF_INET", line)]
    assert len(asked) == (enforcement == "kernel") and all("EACCES" in line for line in asked)


@needs_network
@needs_strace
@pytest.mark.model
def test_nothing_is_reached_with_the_real_embedding_models_runtimes_either(tmp_path, folder, home, engines):
    for number in range(250):  # so many that OpenVINO is loaded
        (folder / f"{number}.txt").write_text(f"Log entry {number}: nothing to report.")
    told, lines = run(tmp_path, folder, "", precision="bfloat16")
    assert told["libraries"] == ["libopenvino", "onnxruntime", "chromadb"]
    assert told["modes"] == ["llm", "extractive"]
    assert reached(lines) == [] and look_ups(lines) == []
    assert left(tmp_path, home, engines) == []


@needs_network
@needs_strace
def test_what_reaches_beyond_is_seen(tmp_path, folder, tiny, engines):
    _, lines = run(tmp_path, folder, tiny, "leak")
    seen = reached(lines)
    for address in ("192.0.2.1", "192.0.2.2"):  # of the program, and of one that it starts
        assert any(f'inet_addr("{address}")' in call for call in seen)
    assert look_ups(lines) or any("htons(53)" in call for call in seen)


@needs_network
@pytest.mark.model
def test_the_demo_needs_no_network(tmp_path):
    command = [*alone(), sys.executable, "-m", "jupyter_localai.adapters.terminal.cli", "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Quoted from") == 3
