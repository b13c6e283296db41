"""The recipes of docs/shared-server.md, run as they stand there: by SSH, and by nginx with tokens."""

import contextlib
import getpass
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.check import check
from jupyter_localai.remote.door import Door
from tests.support.chroma_server import free_port, unused_name
from tests.support.tls import HAVE_OPENSSL, make_certificate

PAGE = (Path(__file__).parents[2] / "docs" / "shared-server.md").read_text(encoding="utf-8")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
READER, WRITER = "aa" * 32, "bb" * 32
COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
VECTOR = np.array([[1, 0]], dtype=np.float32)


def block(kind, word):
    """Return the one block of the page that is of a kind and has a word in it."""
    (found,) = [text for text in re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL) if word in text]
    return found


def wait_for(port):
    for _ in range(200):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), 1).close()
        time.sleep(0.05)
    raise AssertionError("nobody listens")


@pytest.fixture(scope="module")
def names(chroma_server):
    """The collections that the page makes, under a name of this test's own: their UUIDs by what stands for them."""
    name = unused_name()
    command = block("sh", "curl").replace("lab-papers", name).replace(":8000", f":{chroma_server.port}")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    papers, log = [json.loads(line)["id"] for line in done.stdout.splitlines() if line]
    return {"lab-papers": name, "UUID-OF-PAPERS": papers, "UUID-OF-LOG": log}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory, chroma_server, names):
    """The page's nginx; its port and the file with its authority's certificate."""
    folder = tmp_path_factory.mktemp("nginx")
    certificate, port = make_certificate(folder, "127.0.0.1"), free_port()
    changes = {"127.0.0.1:8000": f"127.0.0.1:{chroma_server.port}", "listen 8443": f"listen 127.0.0.1:{port}"}
    changes |= {"READER-TOKEN": READER, "WRITER-TOKEN": WRITER, **names}
    changes |= {"/etc/ssl/chroma.pem": certificate.file, "/etc/ssl/private/chroma.key": certificate.key}
    config = block("nginx", "chroma_role")
    for old, new in changes.items():
        assert old in config
        config = config.replace(old, str(new))
    (folder / "chroma.conf").write_text(config)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""  # else it is nobody's, whose server no client here believes
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{temporary}include {folder}/chroma.conf;\n}}\n"
    )
    process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port, certificate.authority
    finally:
        process.terminate()
        process.wait()


needs_nginx = pytest.mark.skipif(not (NGINX and HAVE_OPENSSL and shutil.which("curl")), reason="nginx is not installed")


@contextlib.contextmanager
def opened(proxy, token):
    port, authority = proxy
    with contextlib.closing(Door(f"https://127.0.0.1:{port}", token, ca=authority)) as door:
        yield door


def code_of(work):
    with pytest.raises(RemoteError) as caught:
        work()
    return caught.value.code


@needs_nginx
def test_a_writer_publishes_and_a_reader_finds_it(proxy, names):
    with opened(proxy, WRITER) as door:
        door.heartbeat()
        uuid = door.collection(names["lab-papers"], create=True)
        assert uuid == names["UUID-OF-PAPERS"]
        door.add(uuid, ["a", "b"], np.vstack([VECTOR, VECTOR[:, ::-1]]), [{"n": 1}, {"n": 2}])
        door.upsert(uuid, ["b"], VECTOR, [{"n": 3}])
        door.delete(uuid, ["a"])
        assert door.collection(f"{names['lab-papers']}.log") == names["UUID-OF-LOG"]
    with opened(proxy, READER) as door:
        uuid = door.collection(names["lab-papers"])
        assert door.count(uuid) == 1 and door.query(uuid, VECTOR[0], 5) == [("b", pytest.approx(1))]
        assert door.get(uuid, ["b"])[0].metadata == {"n": 3}


@needs_nginx
def test_a_reader_changes_nothing_and_nobody_gets_at_other_collections(proxy, names, chroma_server):
    with contextlib.closing(Door(chroma_server.address)) as direct:
        other = direct.collection(unused_name(), create=True)
    uuid = names["UUID-OF-PAPERS"]
    with opened(proxy, READER) as door:
        for write in (door.add, door.upsert):
            assert code_of(lambda write=write: write(uuid, ["x"], VECTOR, [{}])) == "shared_refused"
        assert code_of(lambda: door.delete(uuid, ["b"])) == "shared_refused"
    for token in (READER, WRITER):
        with opened(proxy, token) as door:
            for work in (
                lambda door=door: door.count(other),
                lambda door=door: door.get(other),
                lambda door=door: door.collection("another"),
                lambda door=door: door.collection("another", create=True),
                lambda door=door: door.drop(names["lab-papers"]),
            ):
                assert code_of(work) == "shared_refused"


@needs_nginx
@pytest.mark.parametrize("token", ["", READER[:-1], READER.upper(), f"{READER}0", f"x {READER}"])
def test_without_a_right_token_nothing_is_answered(proxy, names, token):
    with opened(proxy, token) as door:
        assert code_of(door.heartbeat) == "shared_refused"
        assert code_of(lambda: door.count(names["UUID-OF-PAPERS"])) == "shared_refused"


@needs_nginx
def test_no_way_of_writing_an_address_leads_elsewhere(proxy, names):
    port, authority = proxy
    ours = f"{COLLECTIONS}/{names['UUID-OF-PAPERS']}"
    tried = [
        ("POST", "/api/v2/reset"),
        ("GET", COLLECTIONS),
        ("GET", f"{COLLECTIONS}/"),
        ("POST", COLLECTIONS),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", f"{COLLECTIONS}/{names['lab-papers']}?x=1"),
        ("GET", f"{COLLECTIONS}/{names['lab-papers']}/../../collections"),
        ("GET", f"{COLLECTIONS}/{names['lab-papers']}%2F..%2F..%2Fcollections"),
        ("GET", f"/api/v2/heartbeat/..{COLLECTIONS.removeprefix('/api/v2')}"),
        ("POST", f"{ours}/get/../../../../reset"),
        ("POST", f"{ours}/%67et"),
        ("POST", f"/{ours}/get"),
        ("POST", f"{ours}/update"),
        ("POST", f"{ours}/fork"),
        ("PUT", ours),
        ("DELETE", f"{COLLECTIONS}/{names['lab-papers']}"),
        ("POST", f"{ours.replace('default_tenant', 'other')}/get"),
    ]
    context = ssl.create_default_context(cafile=authority)
    for method, path in tried:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
        connection.request(method, path, "{}", {"Authorization": f"Bearer {WRITER}"})
        assert connection.getresponse().status == 403, (method, path)
        connection.close()


@needs_nginx
def test_its_log_has_no_token(proxy, names):
    with opened(proxy, READER) as door:
        door.count(names["UUID-OF-PAPERS"])
    text = (proxy[1].parent / "access.log").read_text()
    assert names["UUID-OF-PAPERS"] in text and READER not in text and WRITER not in text


@pytest.mark.skipif(SSHD is None or shutil.which("ssh-keygen") is None, reason="sshd is not installed")
def test_through_a_tunnel_a_server_does_all(tmp_path, chroma_server):
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # which sshd wants, and its service makes
    sshd_port, tunnel = free_port(), free_port()
    config = {"Port": sshd_port, "ListenAddress": "127.0.0.1", "HostKey": tmp_path / "host", "UsePAM": "no"}
    config |= {"AuthorizedKeysFile": tmp_path / "authorized", "StrictModes": "no", "PidFile": tmp_path / "pid"}
    (tmp_path / "config").write_text("".join(f"{name} {value}\n" for name, value in config.items()))
    (host_key,) = (tmp_path / "host.pub").read_text().splitlines()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{sshd_port} {host_key}\n")
    command = block("sh", "ssh -N").strip()
    assert command == "ssh -N -L 127.0.0.1:8000:127.0.0.1:8000 chroma.lab.example"
    there = ["-p", str(sshd_port), "-i", tmp_path / "user", "-o", f"UserKnownHostsFile={tmp_path}/known"]
    there += ["-o", "BatchMode=yes", f"{getpass.getuser()}@127.0.0.1"]
    ways = f"127.0.0.1:{tunnel}:127.0.0.1:{chroma_server.port}"
    with contextlib.ExitStack() as stack:
        for words, port in (
            ([SSHD, "-D", "-f", tmp_path / "config"], sshd_port),
            ([*command.split()[:3], ways, *there], tunnel),
        ):
            process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            wait_for(port)
        with contextlib.closing(Door(f"http://127.0.0.1:{tunnel}")) as door:
            found = check(door, door)
    assert found.ok, found.traits
