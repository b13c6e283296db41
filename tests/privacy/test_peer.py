"""Whose server it is: told by the system's own table, for every way to listen."""

import contextlib
import os
import socket
import subprocess
import sys

import pytest

from jupyter_localai.errors import OllamaError, PrivacyError
from jupyter_localai.privacy import peer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the table")
STRANGER = 54322
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def listening(family, host, v6_only=False):
    server = socket.socket(family)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(v6_only))
    try:
        server.bind((host, 0))
    except OSError:
        pytest.skip("this system has no such address")
    server.listen()
    return server


@pytest.mark.parametrize("accepted", [False, True], ids=["waiting", "accepted"])
@pytest.mark.parametrize(
    ("family", "host", "reached"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "0.0.0.0", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::", "::1"),
        (socket.AF_INET6, "::", "127.0.0.1"),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_owner_of_a_server_is_found(family, host, reached, accepted):
    with contextlib.ExitStack() as open_:
        server = open_.enter_context(listening(family, host))
        near = open_.enter_context(socket.create_connection((reached, server.getsockname()[1]), 5))
        if accepted:
            open_.enter_context(server.accept()[0])
        assert peer.owner(near) == peer.listener(reached, server.getsockname()[1]) == os.geteuid()


def table(tmp_path, monkeypatch, **texts):
    for name in ("tcp", "tcp6"):
        (tmp_path / name).write_text(HEAD + texts.get(name, ""))
    monkeypatch.setattr(peer, "_TABLES", tmp_path)


def row(local, remote, state, uid, inode=7):
    return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 {uid:5}        0 {inode} 1 0 100 0\n"


class Connection:
    """What `owner` asks a socket."""

    def __init__(self, near=("127.0.0.1", 1000), far=("127.0.0.1", 11434)):
        self.getsockname, self.getpeername = lambda: near, lambda: far


NEAR, FAR, ANY = "0100007F:03E8", "0100007F:2CAA", "00000000:0000"
pytest.importorskip("pwd")


def test_until_somebody_has_accepted_the_listener_counts(tmp_path, monkeypatch):
    """An unaccepted connection stands in the table as root's, whoever will accept it."""
    waiting = row(FAR, NEAR, "01", 0, inode=0)
    table(tmp_path, monkeypatch, tcp=row(FAR, ANY, "0A", STRANGER) + waiting)
    assert peer.owner(Connection()) == STRANGER
    table(tmp_path, monkeypatch, tcp=row(FAR, ANY, "0A", 0) + row(FAR, NEAR, "01", STRANGER))
    assert peer.owner(Connection()) == STRANGER
    table(tmp_path, monkeypatch, tcp=waiting)
    assert peer.owner(Connection()) is None


def test_others_sockets_do_not_count(tmp_path, monkeypatch):
    others = [
        (FAR, "0100007F:03E9", "01"),
        ("0200007F:2CAA", ANY, "0A"),
        ("0100007F:2CAB", ANY, "0A"),
        (NEAR, FAR, "01"),
    ]
    table(tmp_path, monkeypatch, tcp="".join(row(*other, STRANGER) for other in others))
    assert peer.owner(Connection()) is None
    assert peer.listener("127.0.0.1", 11434) is None
    assert peer.owner(Connection(far=("192.0.2.1", 11434))) is None


def test_a_listener_for_ipv6_alone_is_not_who_answers_over_ipv4(tmp_path, monkeypatch):
    everywhere = "0" * 32
    six = row(f"{everywhere}:2CAA", f"{everywhere}:0000", "0A", STRANGER)
    table(tmp_path, monkeypatch, tcp=row(FAR, ANY, "0A", 100), tcp6=six)
    assert peer.owner(Connection()) == 100
    assert peer.owner(Connection(("::1", 1000, 0, 0), ("::1", 11434, 0, 0))) == STRANGER


def test_a_number_for_users_that_a_container_cannot_name_tells_nothing(tmp_path, monkeypatch):
    table(tmp_path, monkeypatch, tcp=row(FAR, ANY, "0A", 65534))
    assert peer.owner(Connection()) == 65534
    monkeypatch.setattr(peer, "_nobody", lambda: 65534)
    assert peer.owner(Connection()) is None


def test_who_is_trusted(monkeypatch):
    monkeypatch.setattr(peer, "first_person", lambda: 1000)
    monkeypatch.setattr(peer, "name", {999: "x", 1000: "ada", 2000: "ollama", STRANGER: "bob"}.get)
    monkeypatch.setattr(os, "geteuid", lambda: 3000)
    assert all(peer.is_trusted(uid) for uid in (0, 999, 2000, 3000))
    assert not any(peer.is_trusted(uid) for uid in (1000, STRANGER))
    assert peer.is_trusted(STRANGER, ("bob",)) and peer.is_trusted(STRANGER, (str(STRANGER),))
    assert not peer.is_trusted(STRANGER, ("ada", "1000"))


def test_the_error_says_whose_it_is_and_what_allows_it(tmp_path, monkeypatch):
    table(tmp_path, monkeypatch, tcp=row(FAR, ANY, "0A", STRANGER))
    monkeypatch.setattr(os, "geteuid", lambda: 3000)
    with pytest.raises(OllamaError) as caught:
        peer.check(Connection(), "http://127.0.0.1:11434", ())
    assert caught.value.code == "ollama_foreign"
    assert str(STRANGER) in caught.value.message and "allow_users" in caught.value.remedy
    peer.check(Connection(), "http://127.0.0.1:11434", (str(STRANGER),))


def test_a_connection_that_went_elsewhere_is_refused():
    with pytest.raises(PrivacyError) as caught:
        peer.check(Connection(far=("192.0.2.1", 11434)), "http://localhost:11434", ())
    assert caught.value.code == "host_refused"
    peer.check(Connection(far=("192.0.2.1", 11434)), "http://192.0.2.1:11434", ())


def test_a_user_without_a_privilege_reads_the_table_though_its_memory_is_closed():
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    code = (
        "import os, socket; from jupyter_localai.privacy import peer, seccomp;"
        "socket.getaddrinfo('127.0.0.1', 1); os.setuid(54321);"  # what that imports, another user need not find
        "seccomp.close_memory(); s = socket.create_server(('127.0.0.1', 0));"
        "print(peer.owner(socket.create_connection(s.getsockname())))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "54321"
