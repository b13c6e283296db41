"""With a shared server, the one address that is contacted is that of the setting, by the gate; the engine has none."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.privacy.test_offline import TRACE, needs_strace
from tests.support.chroma_server import COMMAND, free_port
from tests.support.engines import wait_until
from tests.support.networks import SERVER, are_possible, two_networks
from tests.support.tls import HAVE_OPENSSL, make_certificate

ROOT = Path(__file__).parents[2]
PORT = 8443
CLI = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli"]
needs_networks = pytest.mark.skipif(
    sys.platform != "linux" or not functools.cache(are_possible)(), reason="no two networks can be made here"
)
needs_openssl = pytest.mark.skipif(not HAVE_OPENSSL, reason="openssl is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Chroma server behind TLS on a machine of its own; what stands before a command to run it at the user's."""
    folder = tmp_path_factory.mktemp("server")
    certificate = make_certificate(folder, SERVER)
    (folder / "chroma").mkdir()
    port = free_port()
    with two_networks() as (there, here):
        chroma = [*there, *COMMAND, "run", "--path", folder / "chroma", "--host", "127.0.0.1", "--port", str(port)]
        front = [*there, sys.executable, "-m", "tests.support.tls", certificate.file, certificate.key]
        started = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for command in (chroma, [*front, SERVER, str(PORT), str(port)])
        ]
        try:
            wait_until(lambda: answers(there, "127.0.0.1", port) and answers(here, SERVER, PORT), 60)
            yield here, certificate.authority
        finally:
            for process in started:
                process.kill()
                process.wait()


def answers(network, host, port):
    code = f"import socket; socket.create_connection(({host!r}, {port}), 1)"
    return subprocess.run([*network, sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def traced(tmp_path, network, *words, **settings):
    """Run a command in a network, and return what it printed and the lines of its trace."""
    environment = {**os.environ, "LOCALAI_STORE": str(tmp_path / "store"), **settings}
    trace = tmp_path / f"trace-{words[0]}"
    done = subprocess.run(
        [*network, *TRACE, str(trace), "-e", "trace=%network,execve,clone,clone3,fork,vfork", *CLI, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done, trace.read_text(errors="replace").splitlines()


def targets(lines):
    """Return where traced calls connect to or send to by a network, loopback included."""
    found = set()
    for line in lines:
        if not re.match(r"\d+ +(connect|send)", line):
            continue
        for family, rest in re.findall(r"\{sa_family=(AF_INET6?)(.*?)\}", line):
            port = re.search(r"htons\((\d+)\)", rest)
            host = re.search(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', rest)
            found.add((family, host and (host[1] or host[2]), int(port[1]) if port else 0))
    return found


def owners(lines):
    """Return the module that each traced thread belongs to."""
    found = {}
    for line in lines:
        thread = line.split()[0]
        if match := re.match(r'\d+ +execve\(.*"-m", "jupyter_localai\.([\w.]+)"', line):
            found[thread] = match[1]
        elif match := re.search(r"(?:clone3?|v?fork)\b.* = (\d+)$", line):
            found.setdefault(match[1], found.get(thread, ""))  # a child may be there before its parent goes on
    return found


@needs_networks
@needs_openssl
@needs_strace
def test_gate_and_engine_contact_one_address_that_of_the_setting(tmp_path, server, engines):
    here, authority = server
    address = f"https://{SERVER}:{PORT}"
    done, lines = traced(tmp_path, here, "shared-check", address, LOCALAI_SHARED_CA=str(authority))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "does all that shared collections rely on" in done.stdout
    assert targets(lines) == {("AF_INET", SERVER, PORT)}
    owner = owners(lines)
    assert {"service.process.gate", "service", "adapters.terminal.cli"} <= set(owner.values())
    has_socket = {owner[line.split()[0]] for line in lines if re.search(r"socket\(AF_INET6?,.* = \d+$", line)}
    assert has_socket == {"service.process.gate"}


@needs_networks
@needs_openssl
@needs_strace
def test_without_the_setting_nothing_is_contacted_there(tmp_path, server, engines):
    here, _ = server
    done, lines = traced(tmp_path, here, "shared-check")
    assert done.returncode == 1 and "No server of shared collections is named" in done.stderr
    assert targets(lines) == set()
