"""Two users of one machine: what one does is not for the other to read. Needs root, which can be any user."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.support.engines import make_weights, wait_until

if not hasattr(os, "geteuid") or os.geteuid() != 0:
    pytest.skip("only root can be two users", allow_module_level=True)

ALICE, BOB = 54321, 54322  # need no entry in the user database
SECRET = "The merger with Gull Rock closes in March."

WORK = """
import json, os, stat, sys
import jupyter_localai as la
from jupyter_localai.embed import precision
from jupyter_localai.service.client.sync_client import stop_engine
os.umask(0o022)
if sys.argv[1] == "stop":
    sys.exit(0 if stop_engine() else 1)
ai = la.connect()
report = ai.index(sys.argv[1])
answer = ai.ask("When does the merger close?", extractive=True)
precision._remember(precision._memory(), {"weights": "float32"})
status = ai.status()
print(json.dumps([report.added, answer.mode, status.engine["pid"], status.engine["gate_pid"]]))
"""

LOOK = """
import json, os, socket, sys
world, owner, mine = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
seen = {"files": [], "folders": [], "processes": {}, "sockets": []}
for folder, folders, files in os.walk(world):
    seen["folders"].append(folder)
    for name in files:
        path = os.path.join(folder, name)
        try:
            if os.lstat(path).st_uid == owner:
                open(path, "rb").close()
                seen["files"].append(path)
        except OSError:
            pass
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.stat(f"/proc/{pid}").st_uid != owner:
            continue
        told = {"cmdline": open(f"/proc/{pid}/cmdline").read().split("\\0")}
        for name in ("environ", "maps", "mem", "io", "stack"):
            try:
                open(f"/proc/{pid}/{name}", "rb").close()
                told[name] = "readable"
            except OSError:
                pass
        for name in ("cwd", "exe", "root", "fd/1"):
            try:
                told[name] = os.readlink(f"/proc/{pid}/{name}")
            except OSError:
                pass
        seen["processes"][pid] = told
    except OSError:
        pass
for path in mine:
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        seen["sockets"].append(path)
    except OSError:
        pass
print(json.dumps(seen))
"""


class World:
    """A place where both users have a home, and share the folder for temporary files."""

    def __init__(self, place):
        self.place = place
        self.python = ""
        (place / "tmp").mkdir()
        (place / "tmp").chmod(0o1777)
        for uid in (ALICE, BOB):
            documents = place / str(uid) / "documents"
            documents.mkdir(parents=True)
            (documents / "merger.txt").write_text(SECRET)
            (documents / "merger.txt").chmod(0o600)
            documents.chmod(0o700)
            for path in (place / str(uid), documents, documents / "merger.txt"):
                os.chown(path, uid, uid)

    def run(self, uid, code, *words):
        """Run a program as a user, with a common umask, and return what it prints."""
        environment = {
            "HOME": str(self.place / str(uid)),
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.place / "tmp"),
            "LOCALAI_EMBEDDER": str(self.place / "weights"),
            "LOCALAI_PRECISION": "float32",
            "OLLAMA_HOST": "127.0.0.1:9",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        who = {"user": uid, "group": uid, "extra_groups": [], "umask": 0o022, "cwd": "/"}
        command = [self.python, "-c", code, *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False, **who)


@pytest.fixture
def world():
    place = Path(tempfile.mkdtemp(prefix="two-", dir="/tmp"))
    place.chmod(0o755)
    world = World(place)
    for path in make_weights(place / "weights").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for python in (os.path.realpath(sys.executable), f"/usr/bin/python3.{sys.version_info.minor}"):
        world.python = python
        try:
            if world.run(ALICE, "import jupyter_localai, numpy, lxml.etree").returncode == 0:
                break
        except OSError:
            continue
    else:
        shutil.rmtree(place)
        pytest.skip("there is no Python that another user can run")
    yield world
    for process in psutil.process_iter(["uids"]):
        if process.info["uids"] and process.info["uids"].real in (ALICE, BOB):
            process.send_signal(signal.SIGKILL)
    shutil.rmtree(place)


def test_what_one_user_does_is_not_for_the_other_to_read(world):
    told = {}
    for uid in (ALICE, BOB):  # both at once
        done = world.run(uid, WORK, world.place / str(uid) / "documents")
        assert done.returncode == 0, done.stderr
        told[uid] = json.loads(done.stdout.splitlines()[-1])
        assert told[uid][:2] == [1, "extractive"]
    home = world.place / str(ALICE)
    store = home / ".local" / "share" / "jupyter" / "localai"
    sockets = [json.loads((store / "engine.json").read_text())["socket"]]
    sockets.append(str(Path(sockets[0]).with_name("chat")))
    hers = {path for path in world.place.rglob("*") if path.lstat().st_uid == ALICE}
    assert {store / "catalogue.sqlite", store / "engine.log", Path(sockets[0]), Path(sockets[1])} < hers
    assert home / ".cache" / "jupyter-localai" / "precision.json" in hers

    seen = json.loads(world.run(BOB, LOOK, world.place, ALICE, *sockets).stdout)
    assert seen["files"] == [] and seen["sockets"] == []
    entered = {Path(folder) for folder in seen["folders"]}
    assert not any(path.is_relative_to(private) for path in entered for private in (store, home / "documents"))
    assert Path(sockets[0]).parent not in entered and home / ".cache" / "jupyter-localai" not in entered
    engine, gate = (str(pid) for pid in told[ALICE][2:])
    told_by = {pid: process.pop("cmdline") for pid, process in seen["processes"].items()}
    assert told_by.pop(engine)[1:-1] == ["-m", "jupyter_localai.service", "--store", str(store)]
    assert told_by.pop(gate)[1:-1] == ["-m", "jupyter_localai.service.process.gate"]
    assert {words[2] for words in told_by.values()} == {"jupyter_localai.ingest.worker"}
    assert {len(words) for words in told_by.values()} == {6}  # a number of bytes, niceness, and the end
    assert [process for process in seen["processes"].values() if process] == []


def test_the_owner_reads_all_of_that_but_no_memory(world):
    """What the other test looks for is there to be found."""
    done = world.run(ALICE, WORK, world.place / str(ALICE) / "documents")
    assert done.returncode == 0, done.stderr
    seen = json.loads(world.run(ALICE, LOOK, world.place, ALICE).stdout)
    assert any(path.endswith("catalogue.sqlite") for path in seen["files"])
    engine, gate = (seen["processes"][str(pid)] for pid in json.loads(done.stdout)[2:])
    looking = seen["processes"][max(seen["processes"], key=int)]  # the program that looks is as any other
    assert looking["environ"] == looking["mem"] == "readable" and looking["cwd"] == "/"
    # engine, gate and readers are closed to their own user, too, and so leave no image when they crash
    assert set(engine) == set(gate) == {"cmdline"}

    def are_closed():
        processes = json.loads(world.run(ALICE, LOOK, world.place, ALICE).stdout)["processes"]
        others = [process for pid, process in processes.items() if pid != max(processes, key=int)]
        return all(set(process) == {"cmdline"} for process in others)

    wait_until(are_closed)  # a reader is closed a moment after its start
    assert world.run(ALICE, WORK, "stop").returncode == 0
    wait_until(lambda: not list((world.place / "tmp").iterdir()))


ANSWERER = """
import json, os, socket, stat, sys
store = sys.argv[1]
os.makedirs(store)
folder = os.path.join(os.path.dirname(store), "localai-theirs")
os.mkdir(folder, 0o700)
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
address = {"pid": int(sys.argv[2]), "gate_pid": 1, "protocol": 1, "version": "1", "started": 1.0}
address |= {"transport": "loopback", "port": listener.getsockname()[1], "token": "t"}
with open(os.path.join(store, "engine.json"), "w") as file:
    json.dump(address, file)
"""

CONNECT = """
import os, sys
import jupyter_localai as la
from jupyter_localai.errors import LocalAIError
os.umask(0o022)
try:
    print("found", len(la.connect(store=sys.argv[1], transport="unix").search("merger", k=1)))
except LocalAIError as error:
    print(error.code, error.remedy)
"""


def test_a_store_that_another_user_made_is_not_believed(world):
    store = world.place / "tmp" / "shared"
    done = world.run(BOB, ANSWERER, store, os.getpid())
    assert done.returncode == 0, done.stderr
    done = world.run(ALICE, CONNECT, store)
    assert done.stdout.startswith("store_foreign ") and "LOCALAI_STORE" in done.stdout, done.stdout + done.stderr
    assert [path.name for path in store.iterdir()] == ["engine.json"]


def test_a_store_that_cannot_be_written_is_searched_if_it_is_the_systems(world):
    done = world.run(ALICE, WORK, world.place / str(ALICE) / "documents")
    assert done.returncode == 0, done.stderr
    assert world.run(ALICE, WORK, "stop").returncode == 0
    store = world.place / "store"
    shutil.copytree(world.place / str(ALICE) / ".local" / "share" / "jupyter" / "localai", store)
    for path in (store, *store.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.chown(path, ALICE, ALICE)
    assert world.run(BOB, CONNECT, store).stdout.startswith("store_foreign ")
    for path in (store, *store.rglob("*")):
        os.chown(path, 0, 0)
    done = world.run(BOB, CONNECT, store)
    assert done.stdout == "found 1\n", done.stdout + done.stderr


LISTEN = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.do_POST()
    def do_POST(self):
        print("got", self.rfile.read(int(self.headers.get("Content-Length") or 0)), flush=True)
        body = json.dumps({"version": "0.12.3", "models": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""

ASK = """
import json, os, sys
import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.errors import LocalAIError
from jupyter_localai.ollama.server import Ollama
told = {}
with la.connect(**json.loads(sys.argv[2])) as ai:
    ai.index(sys.argv[1])
    told["warnings"] = list(ai.ask("When does the merger close?").warnings)
    try:
        told["version"] = ai.models().version
    except LocalAIError as error:
        told["code"], told["message"], told["remedy"] = error.code, error.message, error.remedy
    told["counted"] = ai.status().privacy["chat_model"]
    try:  # as on a store that can only be read, where there is no gate
        told["direct"] = Ollama(ai.config.ollama_host, (), ai.config.allow_users).version()
    except LocalAIError as error:
        told["direct"] = error.code
from jupyter_localai.service.client.sync_client import stop_engine
stop_engine()
print(json.dumps(told))
"""


def test_another_users_server_at_the_chat_models_port_gets_nothing(world):
    environment = {"PATH": os.environ["PATH"], "HOME": "/"}
    who = {"user": BOB, "group": BOB, "extra_groups": [], "cwd": "/", "env": environment}
    command = [world.python, "-u", "-c", LISTEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **who) as server:
        try:
            port = server.stdout.readline().strip()
            documents = world.place / str(ALICE) / "documents"

            def ask(**settings):
                settings = {"ollama_host": f"127.0.0.1:{port}", **settings}
                done = world.run(ALICE, ASK, documents, json.dumps(settings))
                assert done.returncode == 0, done.stderr
                return json.loads(done.stdout.splitlines()[-1])

            told = ask()
            assert told["code"] == told["direct"] == "ollama_foreign"
            assert str(BOB) in told["message"] and "allow_users" in told["remedy"]
            assert any(str(BOB) in warning for warning in told["warnings"])
            assert told["counted"]["sent"] == 0 and told["counted"]["foreign"] >= 2
            allowed = ask(allow_users=[str(BOB)])
            assert allowed["version"] == allowed["direct"] == "0.12.3"
            assert allowed["counted"]["sent"] > 0 and allowed["counted"].get("foreign", 0) == 0
        finally:
            server.kill()
        got = server.stdout.read()
    assert got.count("got") >= 3  # all of them when it was allowed


SHARE = """
import json, os, pathlib, sys
import jupyter_localai as la
from jupyter_localai.project import team
from jupyter_localai.project.manifest import Project
from jupyter_localai.service.client.sync_client import stop_engine
os.umask(0o022)
project, bundle, imports = sys.argv[1], sys.argv[2], sys.argv[3] == "import"
ai = la.connect()
told = {}
if imports:
    told["embedded"] = ai.import_bundle(bundle, "imported").embedded
    told["hits"] = []
    for question in sys.argv[4:]:
        hits = ai.search(question, 5, "imported")
        told["hits"].append([[hit.path[len(bundle) + 1:], hit.start, hit.text, hit.score] for hit in hits])
os.chdir(project)
if not os.path.exists("localai-project.toml"):
    team.init(ai, pathlib.Path("."), name="handbook")
team.lock(ai, Project.find())
if not imports:
    ai.export_bundle(bundle, "handbook")
    folder = os.path.realpath(project)
    told["hits"] = []
    for question in sys.argv[4:]:
        hits = ai.search(question, 5, "handbook")
        told["hits"].append([[hit.path[len(folder) + 1:], hit.start, hit.text, hit.score] for hit in hits])
told["check"] = team.check(ai, Project.find()).ok
stop_engine()
print(json.dumps(told))
"""
TOPICS = "leave wages pumps gauges boats dogs cameras batteries storms purchases".split()


def test_a_project_is_cloned_twice_and_its_bundle_finds_the_same(world):
    first, second = (world.place / str(uid) / "project" for uid in (ALICE, BOB))
    first.mkdir()
    for number, topic in enumerate(TOPICS):
        text = f"# {topic.title()}\n\nAll about {topic}: rule {number} says {' '.join(TOPICS[number:])}.\n"
        (first / f"{topic}.md").write_text(text)
    questions = [f"Which rule is about {topic}?" for topic in TOPICS]
    bundle = world.place / "tmp" / "handbook.localai"
    told = []
    for uid, project, what in ((ALICE, first, "export"), (BOB, second, "import")):
        if what == "import":
            shutil.copytree(first, project)
            (project / "localai.lock").rename(project / "theirs.lock")
        for path in (project, *project.rglob("*")):
            os.chown(path, uid, uid)
        done = world.run(uid, SHARE, project, bundle, what, *questions)
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout.splitlines()[-1]))
    assert (second / "localai.lock").read_bytes() == (second / "theirs.lock").read_bytes()
    mine, theirs = told
    assert theirs["embedded"] == 0 and mine["check"] and theirs["check"]
    for here, there in zip(mine["hits"], theirs["hits"], strict=True):
        assert len(here) == 5 and [hit[:3] for hit in here] == [hit[:3] for hit in there]
        assert [hit[3] for hit in here] == pytest.approx([hit[3] for hit in there], abs=1e-5)


MEMBER = """
import json, os, sys
import jupyter_localai as la
from jupyter_localai.errors import LocalAIError
os.umask(0o022)
store, home, documents = sys.argv[1:4]
ai = la.connect(store=store)
bundle = os.path.join(home, "merger.localai")
calls = {
    "search": lambda: len(ai.search("merger")),
    "ask": lambda: ai.ask("When does the merger close?", extractive=True).mode,
    "summarize": lambda: ai.summarize(extractive=True).mode,
    "collections": lambda: len(ai.collections()),
    "documents": lambda: len(ai.documents()),
    "status": lambda: ai.status().engine["read_only"],
    "conversations": lambda: len(ai.conversations()),
    "evaluate": lambda: ai.evaluate([{"question": "merger", "file": "merger.txt"}]).mrr,
    "locate": lambda: ai.locate(ai.search("merger")[0].path, 0, 5).state,
    "lock": lambda: len(ai.lock(documents, {documents: la_rules()}).documents),
    "export": lambda: ai.export_bundle(bundle).bundle.chunks,
    "index": lambda: ai.index(documents),
    "refresh": lambda: ai.index(),
    "forget": lambda: ai.forget(documents),
    "rebuild": lambda: ai.rebuild(),
    "compact": lambda: ai.compact(),
    "import": lambda: ai.import_bundle(bundle, "mine"),
    "delete": lambda: ai.delete_conversations(["last"]),
}
def la_rules():
    from jupyter_localai.results.files import Rules
    return Rules()
told = {}
for name, call in calls.items():
    try:
        told[name] = call()
    except LocalAIError as error:
        told[name] = error.code
        assert error.remedy
print(json.dumps(told))
"""


def test_members_search_the_index_of_a_service_account_and_change_nothing(world):
    done = world.run(ALICE, WORK, world.place / str(ALICE) / "documents")
    assert done.returncode == 0, done.stderr
    assert world.run(ALICE, WORK, "stop").returncode == 0
    store, home = world.place / "store", world.place / str(BOB)
    shutil.copytree(world.place / str(ALICE) / ".local" / "share" / "jupyter" / "localai", store)
    for path in (store, *store.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.chown(path, 0, 0)
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    done = world.run(BOB, MEMBER, store, home, home / "documents")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert {name: told[name] for name in ("search", "collections", "documents", "lock", "export", "status")} == {
        "search": 1,
        "collections": 1,
        "documents": 1,
        "lock": 1,
        "export": 1,
        "status": True,
    }
    assert (told["ask"], told["summarize"], told["evaluate"]) == ("extractive", "extractive", 1)
    refused = ("index", "refresh", "forget", "rebuild", "compact", "import", "delete")
    assert {told[name] for name in refused} == {"store_unwritable"}, told
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before
