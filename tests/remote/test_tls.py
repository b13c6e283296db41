"""TLS to a shared server ends in the engine, through the gate's socket, and only with the right certificate."""

import contextlib
import socket
import threading

import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.door import Door
from jupyter_localai.service.process.forward import Forwarder
from jupyter_localai.service.process.way import Way
from jupyter_localai.service.protocol import runtime
from tests.support.chroma_server import unused_name
from tests.support.tls import HAVE_OPENSSL, TlsFront, make_certificate, pump

pytestmark = pytest.mark.skipif(not HAVE_OPENSSL, reason="openssl is not installed")
NAME = "chroma.example"  # which nobody can look up


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificates"), NAME)


@contextlib.contextmanager
def served(certificate, target_port):
    front = TlsFront(certificate.file, certificate.key, target_port)
    try:
        yield front
    finally:
        front.stop()


def gate_to(port, folder):
    """Return a gate whose socket leads to a port of this machine."""
    gate = Forwarder(runtime.bound(folder / "shared"), lambda near: way(near))
    way = Way(lambda: [("127.0.0.1", port)], (), gate.count)
    return gate


def test_through_the_gates_socket_a_server_proves_its_name(chroma_server, certificate, engines):
    with served(certificate, chroma_server.port) as front:
        gate = gate_to(front.port, engines)
        address = f"https://{NAME}:{front.port}"
        door = Door(address, socket=str(engines / "shared"), ca=certificate.authority)
        with contextlib.closing(door):
            door.heartbeat()
            name = unused_name()
            assert door.collection(name, create=True) == door.collection(name)
            door.drop(name)
    assert front.names == [NAME]
    assert gate.counters["connections"] == 1 and gate.counters["received"] > 500


def refusal(door, match):
    with contextlib.closing(door), pytest.raises(RemoteError, match=match) as caught:
        door.heartbeat()
    return caught.value.code


def test_a_certificate_for_another_name_is_refused(chroma_server, certificate, engines):
    with served(certificate, chroma_server.port) as front:
        gate_to(front.port, engines)
        door = Door(f"https://other.example:{front.port}", "t", str(engines / "shared"), certificate.authority)
        assert refusal(door, "mismatch") == "shared_certificate"


def test_a_certificate_of_an_authority_nobody_knows_is_refused(chroma_server, certificate, engines):
    with served(certificate, chroma_server.port) as front:
        gate_to(front.port, engines)
        door = Door(f"https://{NAME}:{front.port}", "t", str(engines / "shared"))
        assert refusal(door, "unable to get local issuer") == "shared_certificate"


def test_a_certificate_that_has_expired_is_refused(chroma_server, certificate, engines):
    expired = make_certificate(certificate.authority.parent, NAME, days=-1)
    with served(expired, chroma_server.port) as front:
        gate_to(front.port, engines)
        door = Door(f"https://{NAME}:{front.port}", "t", str(engines / "shared"), certificate.authority)
        assert refusal(door, "expired") == "shared_certificate"


def test_a_server_without_tls_gets_no_request(chroma_server, certificate, engines):
    gate_to(chroma_server.port, engines)
    door = Door(f"https://{NAME}:1", "t", str(engines / "shared"), certificate.authority)
    assert refusal(door, "does not answer") == "shared_unreachable"


def test_a_file_that_holds_no_certificates_is_named(tmp_path):
    for path in (tmp_path / "missing.pem", tmp_path / "empty.pem"):
        (tmp_path / "empty.pem").touch()
        with pytest.raises(RemoteError, match=path.name) as caught:
            Door(f"https://{NAME}", ca=path)
        assert caught.value.code == "shared_certificate"


def test_what_passes_the_gate_cannot_be_read_there(chroma_server, certificate, engines):
    seen, opened = bytearray(), contextlib.ExitStack()
    with opened, served(certificate, chroma_server.port) as front:

        def lead(near):
            far = opened.enter_context(socket.create_connection(("127.0.0.1", front.port)))
            ours, theirs = socket.socketpair()
            opened.enter_context(theirs)
            for source, target in ((theirs, far), (far, theirs)):
                threading.Thread(target=pump, args=(source, target, seen), daemon=True).start()
            return ours

        Forwarder(runtime.bound(engines / "shared"), lead)
        door = Door(f"https://{NAME}:{front.port}", "secret-token", str(engines / "shared"), certificate.authority)
        with contextlib.closing(door):
            assert door.collection("never-made") is None
    assert len(seen) > 500
    assert b"secret-token" not in seen and b"never-made" not in seen and b"api/v2" not in seen
