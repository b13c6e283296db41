import os
import socket
import subprocess
import sys

import pytest

from jupyter_localai.errors import PrivacyError
from jupyter_localai.privacy import guard


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost", b"127.0.0.1"])
def test_this_machine_is_loopback(host):
    assert guard.is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "192.0.2.1", "example.org", "localhost.example.org", "", None, "0.0.0.0"])
def test_all_else_is_not(host):
    assert not guard.is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1%x.example.org", "127.0.0.1%25x", "::1%lo", "::1%", "::ffff:127.0.0.1", "127.1"]
)
def test_only_a_canonical_number_is_loopback(host):
    assert not guard.is_loopback(host)
    with pytest.raises(PrivacyError):
        guard.address(f"[{host}]:1" if ":" in host else f"http://{host}:1")


def test_the_address_is_in_its_one_form():
    assert guard.address("http://[0:0:0:0:0:0:0:1]:5/") == "http://[::1]:5"
    assert guard.address("http://LOCALHOST:5") == "http://127.0.0.1:5"


def test_connecting_elsewhere_is_refused():
    with socket.socket() as sock, pytest.raises(PrivacyError) as caught:
        sock.connect(("192.0.2.1", 80))
    assert caught.value.code == "network_refused"


def test_connecting_elsewhere_over_ipv6_is_refused():
    with socket.socket(socket.AF_INET6) as sock, pytest.raises(PrivacyError):
        sock.connect(("2001:db8::1", 80))


SENDING = {
    "sendto": lambda sock, address: sock.sendto(b"x", address),
    "sendmsg": lambda sock, address: sock.sendmsg([b"x"], [], 0, address),
}


@pytest.mark.parametrize("how", SENDING)
def test_sending_elsewhere_is_refused(how):
    """The address is no loopback address, yet nothing sent to it would leave this machine if nobody refused."""
    if not hasattr(socket.socket, how):
        pytest.skip("this system does not have it")
    with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sock:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        with pytest.raises(PrivacyError):
            SENDING[how](sock, ("0.0.0.0", port))
        assert SENDING[how](sock, ("127.0.0.1", port)) == 1
        assert receiver.recv(10) == b"x"


@pytest.mark.parametrize("look_up", [socket.gethostbyname, lambda name: socket.getaddrinfo(name, 443)])
def test_looking_up_a_name_is_refused(look_up):
    with pytest.raises(PrivacyError):
        look_up("example.org")


def test_loopback_works():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 5) as client:
        assert client.getpeername() == server.getsockname()


def test_a_process_says_whether_it_refuses():
    code = (
        "from jupyter_localai.privacy import guard as p\nprint(p.enforcement())\n"
        "p.refuse_network()\nprint(p.enforcement())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["none", "process"]


def test_hub_switches_are_set(monkeypatch):
    for name in guard.OFFLINE_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    guard.stay_offline()
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["TRANSFORMERS_OFFLINE"] == "1"


CLOSED = """
import socket
from jupyter_localai.privacy import guard
from jupyter_localai.errors import PrivacyError
udp, nobody = socket.socket(type=socket.SOCK_DGRAM), ("127.0.0.1", 9)
guard.refuse_sockets()
attempts = {
    "older, bind": lambda: udp.bind(("127.0.0.1", 0)),
    "older, connect": lambda: udp.connect(nobody),
    "older, sendto": lambda: udp.sendto(b"x", nobody),
    "older, sendmsg": lambda: udp.sendmsg([b"x"], [], 0, nobody),
    "inet": lambda: socket.socket(),
    "inet6": lambda: socket.socket(socket.AF_INET6),
    "udp": lambda: socket.socket(type=socket.SOCK_DGRAM),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
    "serve": lambda: socket.create_server(("127.0.0.1", 0)),
    "look-up": lambda: socket.getaddrinfo("localhost", 80),
    "by name": lambda: socket.gethostbyname("localhost"),
    "by address": lambda: socket.gethostbyaddr("127.0.0.1"),
}
for name, attempt in attempts.items():
    try:
        attempt()
    except PrivacyError:
        continue
    print("allowed:", name)
near, far = socket.socketpair()
near.send(b"x")
print(far.recv(1), guard.enforcement())
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no sockets of the file system")
def test_a_process_without_network_sockets_has_those_of_the_file_system():
    done = subprocess.run([sys.executable, "-c", CLOSED], capture_output=True, text=True, check=True)
    assert done.stdout == "b'x' process\n"


DOORS_OF_REPORTING_LIBRARIES = (
    "from jupyter_localai.index.chroma import _load\n_load()\nimport sys; assert 'chromadb' in sys.modules",
    "from jupyter_localai.embed import onnx_runtime\ntry: onnx_runtime._session(None, 1)\nexcept Exception: pass\n"
    "import sys; assert 'onnxruntime' in sys.modules",
    "from jupyter_localai.embed import openvino\nif openvino.is_installed(): openvino._library()\n"
    "import sys; assert not sys.modules.get('openvino_telemetry')",
)


@pytest.mark.parametrize("code", DOORS_OF_REPORTING_LIBRARIES)
def test_libraries_that_report_to_their_makers_do_not_begin_to(code, tmp_path):
    """ONNX Runtime keeps a number of this device and a queue of reports from its import on, unless told before."""
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []
