"""Real processes: one engine per store, whoever starts it, and however it or its gate ends."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.errors import (
    EngineUnreachableError,
    EngineVersionError,
    StoreBusyError,
    StoreError,
    UsageError,
)
from jupyter_localai.index.chroma import VectorStore
from jupyter_localai.privacy import seccomp
from jupyter_localai.results.answers import Passages
from jupyter_localai.service.client import channel, launch, stopping
from jupyter_localai.service.client.sync_client import engine_status, stop_engine
from jupyter_localai.service.protocol.ownership import Ownership, is_held
from jupyter_localai.service.protocol.wire import PROTOCOL, Address, connection_file
from tests.support import probe
from tests.support.engines import is_alive, running, wait_for_end, wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and modes of Unix")
QUESTION = "Why was the Gull Rock gauge offline in March?"


@pytest.fixture
def ai(store):
    return la.connect()


def python(code, *words, **keywords):
    """Start a program that uses the package."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **keywords)


def outcome(process, seconds=60):
    out, errors = process.communicate(timeout=seconds)
    assert process.returncode == 0, errors
    return out


def kill_and_reap(process):
    process.kill()
    process.communicate()


# who starts it, and who may use it ----------------------------------------------------------------


def test_ten_clients_at_once_end_with_one_engine(store, engines):
    code = "import jupyter_localai as la; print(la.connect().status().engine['pid'])"
    clients = [python(code) for _ in range(10)]
    pids = {outcome(client).strip() for client in clients}
    assert len(pids) == 1
    wait_until(lambda: len(running(engines)) == 2)
    assert {str(process.pid) for process in running(engines)} > pids


def test_everything_of_it_is_for_its_owner_alone(ai, store, engines):
    address = Address.read(store)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (store, *store.iterdir())}
    assert modes == {path: 0o700 if path.is_dir() else 0o600 for path in modes}
    folder = Path(address.socket).parent
    assert folder.parent == engines and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {"engine": 0o600, "chat": 0o600}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user")
def test_another_user_cannot_connect(ai, store, engines):
    engines.chmod(0o755)
    path = Path(Address.read(store).socket)
    code = """
    import os, socket, sys
    os.setgid(65534), os.setuid(65534)
    try:
        socket.socket(socket.AF_UNIX).connect(sys.argv[1])
    except PermissionError:
        print("refused")
    """
    assert outcome(python(code, path)) == "refused\n"
    path.parent.chmod(0o755)
    assert outcome(python(code, path)) == "refused\n"  # the socket's own mode is enough
    path.chmod(0o666)
    assert outcome(python(code, path)) == ""  # so it was the modes that kept that user out


def test_the_stores_path_stands_in_the_engines_arguments_only(ai, store):
    address = Address.read(store)
    engine, gate = psutil.Process(address.pid), psutil.Process(address.gate_pid)
    assert engine.cmdline()[1:] == ["-m", "jupyter_localai.service", "--store", str(store)]
    assert gate.cmdline()[1:] == ["-m", "jupyter_localai.service.process.gate"]
    assert engine.ppid() == gate.pid


def test_it_belongs_to_no_terminal_or_group_of_its_starter(ai, store):
    address = Address.read(store)
    for pid in (address.pid, address.gate_pid):
        assert os.getsid(pid) == address.gate_pid
        assert os.getpgid(pid) != os.getpgid(0)
    assert psutil.Process(address.pid).cwd() == "/"  # which it has of the gate
    assert os.readlink(f"/proc/{address.pid}/fd/0") == "/dev/null" if sys.platform == "linux" else True


def test_started_by_hand_that_process_is_the_gate(store, folder):
    command = [sys.executable, "-m", "jupyter_localai.service", "--store", str(store)]
    by_hand = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    told = json.loads(by_hand.stdout.readline())
    assert told["state"] == "serving" and told["pid"] != by_hand.pid
    assert la.connect().index(folder).added == 3
    address = Address.read(store)
    assert (address.gate_pid, address.pid) == (by_hand.pid, told["pid"])
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 3 and json.loads(second.stdout)["state"] == "taken"
    assert is_alive(address.pid)
    by_hand.terminate()
    assert by_hand.wait(60) == 0
    by_hand.stdout.close()
    assert not is_alive(address.pid) and not connection_file(store).exists()
    assert not Path(address.socket).parent.exists()


def test_it_opens_no_network_socket_whatever_asks_for_one(store, folder, tmp_path, monkeypatch):
    """Code that Python loads into the engine tries to get out, and writes down how that went."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        textwrap.dedent(
            """
            import json, os, socket, sys, threading, time
            if "--store" in sys.orig_argv and "jupyter_localai.service" in sys.orig_argv:
                seen = []
                names = ("socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto")
                def note(event, arguments):
                    if event in names:
                        seen.append((event, int(getattr(arguments[0], "family", -1))))
                sys.addaudithook(note)
                def attempt(call):
                    try:
                        call()
                        return "allowed"
                    except Exception as error:
                        return type(error).__name__
                def watch():
                    while not os.path.exists(os.environ["TRY"]):
                        time.sleep(0.05)
                    told = list(seen)
                    tried = [
                        attempt(lambda: socket.socket()),
                        attempt(lambda: socket.create_connection(("127.0.0.1", 9))),
                        attempt(lambda: socket.create_connection(("192.0.2.1", 80))),
                        attempt(lambda: socket.getaddrinfo("localhost", 80)),
                    ]
                    with open(os.environ["TRY"] + ".part", "w") as file:
                        json.dump({"seen": told, "tried": tried}, file)
                    os.rename(os.environ["TRY"] + ".part", os.environ["TRY"] + ".told")
                threading.Thread(target=watch, daemon=True).start()
            """
        )
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("TRY", str(tmp_path / "try"))
    with la.connect() as ai:
        ai.index(folder)
        assert ai.ask(QUESTION).mode == "extractive"  # after looking for a chat model by way of the gate
        status = ai.status()
        (tmp_path / "try").write_text("")
        wait_until((tmp_path / "try.told").exists)
    told = json.loads((tmp_path / "try.told").read_text())
    assert told["tried"] == ["PrivacyError"] * 4
    went_out = [event for event, family in told["seen"] if event == "socket.connect" and family != socket.AF_UNIX]
    assert went_out == [] and "socket.connect" in {event for event, _ in told["seen"]}
    assert not any(event in ("socket.getaddrinfo", "socket.sendto") for event, _ in told["seen"])
    assert psutil.Process(status.engine["pid"]).net_connections(kind="inet") == []
    assert status.privacy["enforcement"] == ("kernel" if seccomp.is_available() else "process")
    assert status.privacy["chat_model"]["unanswered"] >= 1 and status.privacy["chat_model"]["received"] == 0


# how it ends ---------------------------------------------------------------------------------------


def test_it_ends_when_it_is_idle_and_leaves_nothing(store, engines, folder):
    ai = la.connect(idle_minutes=0.02)
    ai.index(folder)
    first = Address.read(store)
    wait_for_end(store)
    wait_until(lambda: not is_alive(first.gate_pid))
    assert not connection_file(store).exists() and list(engines.iterdir()) == []
    assert ai.search("annual leave", 1)[0].document == "Handbook"  # which started another
    assert Address.read(store).pid != first.pid


def test_it_ends_when_the_store_is_removed(ai, store, engines):
    address = Address.read(store)
    shutil.rmtree(store)
    wait_until(lambda: not is_alive(address.pid) and not is_alive(address.gate_pid))
    assert list(engines.iterdir()) == []


@pytest.mark.parametrize("how", ["stop", "finish"])
def test_a_call_while_it_ends_waits_and_goes_to_the_next_one(ai, store, folder, many, how):
    ai.index(folder)
    job = ai.index(many, "many", background=True)
    first = Address.read(store)
    with channel.Reply(first, "POST", f"/{how}") as reply:
        assert next(reply.lines())["finishing"] is True
    assert ai.search("annual leave", 1)[0].document == "Handbook"
    assert Address.read(store).pid != first.pid and not is_alive(first.pid)
    with pytest.raises(UsageError):
        ai.follow(job)
    chunks = {info.name: info.chunks for info in ai.collections()}
    assert chunks["many"] == 500 if how == "finish" else True


@pytest.mark.parametrize("which", ["pid", "gate_pid"])
def test_a_killed_half_takes_the_other_along_and_the_next_call_starts_new_ones(ai, store, engines, folder, which):
    ai.index(folder)
    first = Address.read(store)
    os.kill(getattr(first, which), signal.SIGKILL)
    wait_until(lambda: not is_alive(first.pid) and not is_alive(first.gate_pid))
    assert ai.search("annual leave", 1)[0].document == "Handbook"
    second = Address.read(store)
    assert second.pid != first.pid
    assert [path.name for path in engines.iterdir()] == [Path(second.socket).parent.name]


def test_what_both_left_when_they_were_killed_is_cleaned_up(ai, store, engines):
    first = Address.read(store)
    os.kill(first.gate_pid, signal.SIGSTOP)
    for pid in (first.pid, first.gate_pid):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(first.pid) and not is_alive(first.gate_pid))
    assert Path(first.socket).exists() and connection_file(store).exists()
    assert ai.status().documents == 0
    assert not Path(first.socket).parent.exists()


def test_an_engine_that_is_killed_in_the_middle_is_told(store, folder, ollama, chat_model):
    ai = la.connect(ollama_host=ollama.address)
    ai.index(folder)
    chat_model.holds_after = 0
    events = ai.stream(QUESTION)
    assert isinstance(next(events), Passages)
    os.kill(Address.read(store).pid, signal.SIGKILL)
    with pytest.raises(EngineUnreachableError) as caught:
        list(events)
    assert caught.value.code == "engine_lost" and "Try again" in caught.value.remedy
    chat_model.holds_after = None
    assert ai.search("annual leave", 1)[0].document == "Handbook"


def test_an_answer_may_take_longer_than_an_engine_may_be_silent(store, folder, ollama, chat_model, monkeypatch):
    ai = la.connect(ollama_host=ollama.address)
    ai.index(folder)
    chat_model.chatting = [{"message": {"content": "Because of lightning [1]."}, "done": True}]
    chat_model.pause = 3.0
    monkeypatch.setattr(channel.Reply.__init__, "__defaults__", (None, 2.0))
    assert ai.ask(QUESTION).mode == "llm"


def test_a_client_that_is_killed_takes_only_its_own_work_along(ai, store, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1500):
        (folder / f"{number}.txt").write_text(f"Document {number} and its text.")
    background = ai.index(folder / "1.txt", "kept", background=True)
    client = python(
        """
        import jupyter_localai as la, sys
        la.connect().index(sys.argv[1], progress=lambda p: p.stage == "index" and print("there", flush=True))
        """,
        folder,
    )
    assert client.stdout.readline() == "there\n"
    kill_and_reap(client)
    wait_until(lambda: {job.kind: job.state for job in ai.jobs() if job.id != background.id} == {"index": "cancelled"})
    assert ai.follow(background).added == 1
    assert ai.index(folder).chunks >= 1500


def test_an_engine_that_answers_nothing_is_told_and_can_be_stopped(ai, store, monkeypatch):
    address = Address.read(store)
    os.kill(address.pid, signal.SIGSTOP)
    monkeypatch.setattr(channel.Reply.__init__, "__defaults__", (None, 0.5))
    for call in (ai.status, la.connect):
        with pytest.raises(EngineUnreachableError) as caught:
            call()
        assert caught.value.code == "engine_silent" and "engine stop" in caught.value.remedy
    monkeypatch.setattr(stopping, "_ASK_SECONDS", 0.5)
    assert stop_engine() is True
    assert not is_alive(address.pid) and not is_held(store)
    wait_until(lambda: not is_alive(address.gate_pid))


def test_only_an_engine_of_this_store_is_ended_by_force(store):
    bystander = python("import time; time.sleep(60)")
    store.mkdir()
    held = Ownership(store)
    (store / "owner.json").write_text(json.dumps({"pid": bystander.pid}))
    with pytest.raises(StoreBusyError) as caught:
        stop_engine()
    assert f"process {bystander.pid}" in caught.value.message
    assert bystander.poll() is None
    held.release()
    assert stop_engine() is False
    kill_and_reap(bystander)


# connection files that lie, versions that differ ----------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"pid": "x"}', json.dumps({"pid": 1, "socket": "/tmp/nowhere/engine", "port": None})]
)
def test_a_damaged_connection_file_is_harmless(store, text):
    store.mkdir()
    connection_file(store).write_text(text)
    assert engine_status()["running"] is False
    assert la.connect().status().documents == 0


def test_a_connection_file_that_leads_to_something_else_is_harmless(store, engines):
    store.mkdir(mode=0o700)
    folder = engines / "localai-other"
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "engine"))
        other = Address(os.getpid(), 1, PROTOCOL, "1", 0.0, "unix", socket=str(folder / "engine"))
        other.write(store)
        listener.close()
    assert la.connect().status().engine["pid"] != os.getpid()
    assert not folder.exists()


def test_a_socket_in_a_folder_that_others_can_enter_is_not_trusted(store, engines):
    store.mkdir(mode=0o700)
    folder = engines / "localai-open"
    folder.mkdir()
    folder.chmod(0o777)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "engine"))
        listener.listen()
        Address(os.getpid(), 1, PROTOCOL, "1", 0.0, "unix", socket=str(folder / "engine")).write(store)
        assert launch.find(store) is None


OTHER_VERSION = """
import http.server, json, os, socket, sys, threading
from pathlib import Path
from jupyter_localai.service.protocol.ownership import Ownership
from jupyter_localai.service.protocol.wire import Address
store, folder, protocol, finishes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "finishes"
ownership = Ownership(store)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"protocol": protocol, "pid": os.getpid(), "store": str(store)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        self.do_GET()
        if self.path == "/finish" and finishes:
            ownership.release()
            os._exit(0)
    def address_string(self):
        return ""
    def log_message(self, *_):
        pass

class Server(http.server.HTTPServer):
    address_family = socket.AF_UNIX
    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0

folder.mkdir(mode=0o700)
server = Server(str(folder / "engine"), Handler)
Address(os.getpid(), os.getpid(), protocol, "0.0.1", 0.0, "unix", socket=str(folder / "engine")).write(store)
print("there", flush=True)
server.serve_forever()
"""


@pytest.fixture
def other_version(store, engines):
    started = []

    def start(protocol, finishes):
        started.append(python(OTHER_VERSION, store, engines / "localai-old", protocol, finishes))
        assert started[0].stdout.readline() == "there\n"
        return started[0]

    yield start
    kill_and_reap(started[0])


def test_an_older_engine_makes_room(store, other_version):
    old = other_version(0, "finishes")
    seen = []
    ai = la.connect(progress=lambda progress: seen.append(progress.stage))
    assert ai.status().engine["protocol"] == PROTOCOL and "start" in seen
    assert old.wait(60) == 0


def test_an_older_engine_that_makes_no_room_is_told_and_can_be_stopped(store, other_version, monkeypatch):
    other_version(0, "goes on")
    monkeypatch.setattr(launch, "_ROOM_SECONDS", 0.3)
    with pytest.raises(EngineVersionError) as caught:
        la.connect()
    assert "0.0.1" in caught.value.message and "engine stop" in caught.value.remedy


def test_a_newer_engine_is_left_alone(store, other_version):
    newer = other_version(PROTOCOL + 1, "finishes")
    with pytest.raises(EngineVersionError) as caught:
        la.connect()
    assert "pip install --upgrade" in caught.value.remedy
    assert newer.poll() is None


@pytest.mark.parametrize(("busy", "suits"), [(False, False), (True, True)])
def test_after_an_upgrade_below_it_an_engine_is_replaced_unless_it_is_at_work(busy, suits):
    address = Address(1, 1, PROTOCOL, "1", 0.0, "unix")
    assert probe.suits(address, {"protocol": PROTOCOL, "outdated": True, "busy": busy}) is suits


# what goes wrong at the start -------------------------------------------------------------------------


def test_what_keeps_it_from_opening_the_store_is_told(store):
    store.mkdir()
    connection = sqlite3.connect(store / "catalogue.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            la.connect()
        assert caught.value.code == "store_too_new" and "pip install --upgrade" in caught.value.remedy
    wait_for_end(store)


def test_an_engine_that_cannot_even_start_leaves_its_last_words(store, tmp_path, monkeypatch):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text("raise SystemExit('out of order')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "broken"), os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(EngineUnreachableError) as caught:
        la.connect()
    assert caught.value.code == "engine_start" and "out of order" in caught.value.message


def test_its_log_holds_no_text(ai, store, folder):
    ai.index(folder)
    ai.ask(QUESTION)
    with pytest.raises(Exception, match="nowhere"):
        ai.search("a Gull", collection="nowhere")
    stop_engine()
    log = (store / "engine.log").read_text()
    assert "serves" in log and "ends" in log
    assert "Gull" not in log and str(folder) not in log


def test_a_long_log_is_turned(store):
    store.mkdir()
    (store / "engine.log").write_text("x" * 2_000_000)
    la.connect()
    wait_until(lambda: "serves" in (store / "engine.log").read_text())
    assert (store / "engine.log.old").stat().st_size == 2_000_000
    assert (store / "engine.log").stat().st_size < 10_000


def test_an_engine_ends_with_the_process_it_was_started_below(store, folder, monkeypatch):
    """As with the server of a user of a hub, also while a collection is followed, which keeps an engine."""
    server = subprocess.Popen(["sleep", "600"])
    monkeypatch.setenv("LOCALAI_ENDS_WITH", str(server.pid))
    ai = la.connect(idle_minutes=0)
    ai.index(folder)
    ai.watch()
    server.kill()
    server.wait()
    wait_for_end(store)
    assert Address.read(store) is None
    # a shell that has outlived the server works on
    pid = ai.status().engine["pid"]
    time.sleep(5)
    assert ai.status().engine["pid"] == pid


def test_three_processes_use_one_store_together(store, tmp_path):
    """The short form of ``tests/soak/service.py``."""
    from tests.soak import service

    assert service.run(Config(store, embedder=os.environ["LOCALAI_EMBEDDER"], precision="float32"), tmp_path, 3) == []


def test_chroma_gets_its_settings_from_us_alone(store, folder, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / ".env").write_text("chroma_api_impl=chromadb.api.fastapi.FastAPI\nallow_reset=true\n")
    monkeypatch.chdir(tmp_path / "work")
    for name, value in {
        "API_IMPL": "chromadb.api.fastapi.FastAPI",
        "SERVER_HOST": "192.0.2.1",
        "SERVER_HTTP_PORT": "9",
        "OTEL_COLLECTION_ENDPOINT": "http://192.0.2.1:9",
        "OTEL_GRANULARITY": "all",
    }.items():
        monkeypatch.setenv(f"CHROMA_{name}", value)
    with la.connect() as ai:
        assert ai.index(folder).added >= 1
        assert ai.search("annual leave", 1)[0].document == "Handbook"
    with closing(VectorStore(tmp_path / "chroma", "xyz")) as here:  # in a process whose environment is the user's
        assert here.numbers() == []
