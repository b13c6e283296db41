"""The command line, through its real entry point; the real model where answers matter."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import jupyter_localai as la
from jupyter_localai.adapters.terminal import cli
from jupyter_localai.config import Config
from jupyter_localai.privacy import seccomp
from jupyter_localai.service.client.sync_client import Client
from tests.support import probe
from tests.support.engines import running, wait_until

pty = pytest.importorskip("pty")  # Windows has no such terminals

COMMAND = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli"]


def run(*words, **keywords):
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=120, check=False, **keywords)


def result(done):
    """The one line of JSON on standard output."""
    assert done.stdout.count("\n") == 1, done.stdout
    return json.loads(done.stdout)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory, own_environment):
    """A store in which nothing is, whose engine runs as long as the module's tests."""
    store = tmp_path_factory.mktemp("shared") / "store"
    probe.open_engine(Client(Config(store, ollama_host="127.0.0.1:9")))
    return store


@pytest.fixture
def empty(shared, monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", str(shared))


@pytest.mark.model
@pytest.mark.usefixtures("store")
def test_index_search_ask_status(folder):
    done = run("index", str(folder), "--json")
    assert done.returncode == 0 and done.stderr == ""
    report = result(done)
    assert set(report) >= {
        *(
            "collection",
            "added",
            "updated",
            "unchanged",
            "removed",
            "skipped",
            "failed",
            "chunks",
            "embedded",
            "seconds",
        ),
    }
    assert report["added"] == 3
    hits = result(run("search", "annual leave", "-k", "1", "--json"))
    assert set(hits) == {"query", "collection", "hits", "seconds"}
    assert hits["hits"][0]["path"] == str(folder / "leave.md")
    answer = result(run("ask", "Why was the Gull Rock gauge offline?", "--extractive", "--json"))
    assert answer["mode"] == "extractive"
    assert answer["citations"][0]["anchor"]["line"] == 3
    assert "lightning" in answer["text"] and "[1]" in answer["text"]
    status = result(run("status", "--json"))
    assert (status["documents"], status["pending"]) == (3, 0)
    assert status["privacy"]["enforcement"] == ("kernel" if seccomp.is_available() else "process")
    assert [c["name"] for c in result(run("collections", "--json"))] == ["default"]
    text = run("ask", "Why was the Gull Rock gauge offline?").stdout
    assert "supported" in text and "gauge.txt · line 3" in text
    leave = result(run("ask", "How many days of annual leave do staff receive?", "--json"))
    assert leave["citations"][0]["anchor"] == {"line": 7, "heading": "Handbook > Leave"}
    assert result(run("ask", "gauge", "--file", "*.docx", "--json"))["code"] == "no_matching_file"


@pytest.mark.model
@pytest.mark.usefixtures("store")
def test_rebuild_and_forget(folder):
    run("index", str(folder))
    run("index", str(folder), "-c", "hr")
    done = run("rebuild", "--json")
    report = result(done)
    assert (done.returncode, done.stderr) == (0, "")
    assert (report["collections"], report["documents"], report["embedded"]) == (["default", "hr"], 6, 0)
    assert "without new embeddings" in run("rebuild", "-c", "hr").stdout
    (folder / "gauge.txt").unlink()
    report = result(run("forget", str(folder / "gauge.txt"), "--json"))
    assert (report["documents"], report["collections"]) == (1, ["default", "hr"])
    assert "Forgot 2 documents" in run("forget", "--collection", "hr").stdout
    assert [c["name"] for c in result(run("collections", "--json"))] == ["default"]
    assert result(run("search", "gauge lightning", "--json"))["hits"][0]["path"] != str(folder / "gauge.txt")
    (folder / "leave.md").rename(folder / "left.md")
    assert "1 added, 1 unchanged, 1 removed (1 moved)" in run("index").stdout


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["forget"], 2, "usage"),
        (["forget", "a", "--collection", "b"], 1, "unknown_collection"),
        (["forget", "--collection", "b", "--dry-run"], 1, "unknown_collection"),
        (["rename", "b", "c"], 1, "unknown_collection"),
        (["conversations", "export", "last"], 2, "usage"),
        (["forget", "/nowhere"], 1, "not_indexed"),
        (["forget", "--collection", "hr"], 1, "unknown_collection"),
        (["rebuild", "-c", "hr"], 1, "unknown_collection"),
    ],
)
def test_what_cannot_be_forgotten_or_rebuilt_is_told(words, status, code):
    done = run(*words, "--json")
    assert (done.returncode, result(done)["code"]) == (status, code)


@pytest.mark.usefixtures("empty")
def test_wrong_use_is_status_two_and_suggests():
    done = run("serch", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean 'search'" in done.stderr and "Traceback" not in done.stderr
    done = run("search", "--json")
    assert done.returncode == 2
    assert set(result(done)) == {"code", "message", "remedy"}
    assert result(run("search", "?", "--json"))["code"] == "empty_question"


@pytest.mark.usefixtures("store")
def test_documents_are_listed(tmp_path, tiny, monkeypatch, capsys):
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    (tmp_path / "docs").mkdir()
    for number in range(22):
        (tmp_path / "docs" / f"{number}.md").write_text(f"Text {number}.")
    (tmp_path / "docs" / "plan.pdf").write_bytes(b"%PDF-1.4 and no more")
    run("index", str(tmp_path / "docs"), "-c", "papers")
    monkeypatch.setattr("jupyter_localai.adapters.commands._PART", 10)
    assert cli.main(["documents", "-c", "papers", "--json"]) == 0  # more than two calls list
    whole = json.loads(capsys.readouterr().out)
    assert (whole["total"], whole["failed"], len(whole["items"])) == (23, 1, 23)
    assert len({item["path"] for item in whole["items"]}) == 23
    done = run("documents", "-c", "papers", "--failed")
    assert done.returncode == 0 and done.stdout.startswith("papers: 1 document, 1 failed\n")
    assert "plan.pdf" in done.stdout and whole["items"][-1]["message"] in done.stdout
    assert "7.md" in run("documents", "-c", "papers", "--name", "17.md").stdout


@pytest.mark.usefixtures("store")
def test_overviews_of_documents_and_several_collections(folder, tiny, monkeypatch, capsys):
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))

    def told(*words):
        assert cli.main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    def names(answer):
        return {Path(cited["path"]).name for cited in answer["citations"]}

    told("index", str(folder / "leave.md"), "-c", "hr")
    told("index", str(folder / "gauge.txt"), "-c", "tides")
    assert names(told("summarize", str(folder / "leave.md"), "--extractive")) == {"leave.md"}
    assert names(told("summarize", "leave.md", "gauge.txt", "--extractive")) == {"leave.md", "gauge.txt"}
    assert names(told("summarize", "-c", "hr", "-c", "tides", "--extractive")) == {"leave.md", "gauge.txt"}
    hits = told("search", "gauge or leave", "-c", "all")["hits"]
    assert {Path(hit["path"]).name for hit in hits} == {"leave.md", "gauge.txt"}
    one = told("ask", "Is there leave?", "-c", "all", "--file", "leave.md", "--file", "*.txt", "--extractive")
    assert {Path(hit["path"]).name for hit in one["passages"]} == {"leave.md", "gauge.txt"}
    assert cli.main(["summarize", "leaf.md"]) == 2
    assert "Did you mean 'leave.md'?" in capsys.readouterr().err
    assert cli.main(["summarize", "-c", "hr"]) == 0
    shown = capsys.readouterr()
    assert "leave.md" in shown.out and "Summing up" not in shown.out


@pytest.mark.usefixtures("store")
def test_a_failed_document_is_status_one(tmp_path):
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4")
    done = run("index", str(tmp_path / "bad.pdf"), "--json")
    assert done.returncode == 1
    assert result(done)["failed"][0]["code"] == "corrupted"


@pytest.mark.usefixtures("empty")
def test_an_unknown_collection_is_status_one():
    done = run("ask", "anything", "-c", "hr", "--json")
    assert (done.returncode, result(done)["code"]) == (1, "unknown_collection")


def test_without_weights_the_message_says_how_to_get_them(tmp_path, folder):
    environment = {**os.environ, "LOCALAI_EMBEDDER": "no-such-model", "LOCALAI_STORE": str(tmp_path / "s")}
    done = run("index", str(folder), env=environment)
    assert done.returncode == 1
    assert "jupyter-localai[offline]" in done.stderr and "Traceback" not in done.stderr


def test_read_shows_text_and_anchors(tmp_path):
    file = tmp_path / "a b.md"
    file.write_text("# One\n\ntext\n\n## Two\n\nmore\n")
    shown = result(run("read", str(file), "--json"))
    assert shown["text"] == file.read_text()
    assert [(a["line"], a["heading"]) for a in shown["anchors"]] == [(1, "One"), (5, "One > Two")]
    assert run("read", str(file)).stdout == file.read_text() + "\n"
    assert result(run("read", str(tmp_path), "--json"))["code"] == "not_regular"


def test_what_the_outputs_character_set_lacks_is_replaced(tmp_path):
    """As on Windows, which writes into files and pipes in a set of 256 characters."""
    (tmp_path / "a.txt").write_text("Snow ☃ melts at 0 °C.", encoding="utf-8")
    path = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([*COMMAND, "read", str(tmp_path / "a.txt")], capture_output=True, env=path, check=True)
    assert "Snow ? melts at 0 °C." in done.stdout.decode("cp1252")
    words = [*COMMAND, "read", str(tmp_path / "a.txt"), "--json"]
    told = json.loads(subprocess.run(words, capture_output=True, env=path, check=True).stdout)
    assert told["text"] == "Snow ☃ melts at 0 °C."


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["index", "--help"]])
def test_help_and_version_work(words):
    done = run(*words)
    assert done.returncode == 0 and done.stdout


def test_every_command_has_help():
    shown = probe.command_parsers()[0].format_help()
    for name in cli.COMMANDS:
        assert re.search(rf"^ +{name}\b", shown, re.MULTILINE), name


def test_a_closed_pipe_is_no_error(tmp_path):
    (tmp_path / "a.txt").write_text("line of text\n" * 200_000)
    command = f"{' '.join(COMMAND)} read {tmp_path / 'a.txt'} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "line of text\n"
    assert "Traceback" not in done.stderr


@pytest.mark.model
@pytest.mark.usefixtures("store")
def test_an_interrupt_stops_cleanly_and_the_next_run_goes_on(tmp_path):
    words = " ".join(f"word{i}" for i in range(300))
    for number in range(300):
        (tmp_path / f"{number}.txt").write_text(f"Document {number}\n\n{words} {number}")
    process = subprocess.Popen(
        [*COMMAND, "index", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    ai = la.connect()
    wait_until(lambda: ai.jobs())
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    # both are 130 in a shell: Python ends by the signal itself when it interrupted an exec() of a library
    assert process.returncode in (130, -signal.SIGINT)
    assert "run the same command to continue" in errors and "Traceback" not in errors
    wait_until(lambda: [job.state for job in ai.jobs()] == ["cancelled"], 60)  # what is being embedded ends first
    assert run("status").returncode == 0


@pytest.mark.model
@pytest.mark.usefixtures("store")
def test_progress_is_shown_on_a_terminal(folder):
    for number in range(300):  # enough that it takes a moment
        (folder / f"{number}.txt").write_text(f"Document {number}\n\n" + f"word{number} and so on. " * 20)
    leader, follower = pty.openpty()
    process = subprocess.Popen([*COMMAND, "index", str(folder)], stdout=subprocess.DEVNULL, stderr=follower, text=True)
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 4096):
            shown += part
    except OSError:
        pass  # the terminal closes when the process ends
    os.close(leader)
    assert process.wait(timeout=60) == 0
    assert b"Indexing" in shown


@pytest.mark.model
def test_the_demo_answers_its_three_questions(tmp_path, engines):
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "because lightning destroyed its radio modem." in " ".join(done.stdout.split())
    assert "report-2031.pdf · page 3" in done.stdout
    assert "tide_analysis.ipynb · cell 10" in done.stdout
    assert "handbook.md · line 27" in done.stdout
    assert not list(Path("/tmp").glob(f"jupyter-localai-demo-*-{os.getpid()}"))
    wait_until(lambda: running(engines) == [])  # the gate ends a moment after its engine


@pytest.mark.usefixtures("store")
def test_the_engine_is_started_looked_at_and_stopped():
    assert result(run("engine", "status", "--json"))["running"] is False
    started = result(run("engine", "start", "--json"))
    assert started["running"] is True
    told = result(run("engine", "status", "--json"))
    assert told["pid"] == started["pid"] and told["memory_bytes"] > 0 and told["uptime_s"] > 0
    assert (told["calls"], told["jobs"]) == (1, 0)
    assert f"process {started['pid']}" in run("engine", "status").stdout
    assert result(run("engine", "stop", "--json")) == {"stopped": True}
    assert "No engine was running" in run("engine", "stop").stdout
    assert result(run("engine", "status", "--json"))["running"] is False
    assert run("engine").returncode == 2


@pytest.mark.model
@pytest.mark.usefixtures("store")
def test_conversations_go_on_are_listed_shown_and_deleted(folder):
    run("index", str(folder), "--json")
    first = result(run("ask", "Why was the Gull Rock gauge offline in March?", "--extractive", "--json"))
    second = result(run("ask", "and in April?", "--more", "--extractive", "--json"))
    assert second["conversation"] == first["conversation"] and "Gull" in second["query"]
    assert "Understood as: and in May? (" in run("ask", "and in May?", "--more", "--extractive").stdout
    (listed,) = json.loads(run("conversations", "--json").stdout)
    assert (listed["id"], listed["turns"]) == (first["conversation"], 3)
    assert "(pinned)" in run("conversations", "pin", "last").stdout
    assert "My leave" in run("conversations", "rename", "last", "My leave").stdout
    assert run("conversations", "rename", "last", "").returncode == 0
    page = folder.parent / "talk.html"
    assert run("conversations", "export", "last", str(page)).returncode == 0
    assert 'href="documents/' in page.read_text()
    assert "No answer was called useful" in run("feedback", str(folder.parent / "q.jsonl")).stdout
    shown = run("conversations", "show", "last").stdout
    assert shown.count("# Why was the Gull Rock gauge offline in March?") and "lightning" in shown
    assert run("conversations", "show").returncode == 2
    assert run("conversations", "delete", "nothing").returncode == 1
    assert "There are no conversations" in run("conversations", "delete", first["conversation"]).stdout
    assert run("ask", "and in June?", "--more").returncode == 1


@pytest.mark.usefixtures("store")
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no such device")
def test_output_that_cannot_be_written_is_told_without_a_traceback():
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "collections"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "could not be written" in done.stderr and "Traceback" not in done.stderr
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *COMMAND, "collections"], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in closed.stderr


NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


@pytest.fixture
def store_of_root():
    """A store that only root may enter, in a folder where everybody may."""
    if os.name == "nt" or os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as place:  # no folder above it is changed
        os.chmod(place, 0o755)
        store = Path(place, "store")
        store.mkdir(mode=0o700)
        (store / "catalogue.sqlite").touch()
        try:
            words = [sys.executable, "-c", f"import os, jupyter_localai.adapters.terminal.cli; os.stat({place!r})"]
            subprocess.run(words, capture_output=True, check=True, **NOBODY)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("nobody else may run this interpreter, or enter the folder for temporary files")
        yield store


@pytest.mark.parametrize("words", [["search", "wind"], ["status"], ["engine", "stop"], ["engine", "status"]])
def test_a_store_of_somebody_else_is_told_without_a_traceback(store_of_root, words):
    environment = {**os.environ, "LOCALAI_STORE": str(store_of_root), "HOME": "/nonexistent"}
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False, env=environment, **NOBODY)
    assert "Traceback" not in done.stderr, done.stderr


def test_a_question_that_is_no_unicode_is_answered_or_refused(tmp_path, monkeypatch, tiny, folder):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    ai = la.connect()
    ai.index(folder)
    assert len(ai.search("leave \ud800 days", k=2)) == 2
    assert ai.ask("annual \udcff leave", extractive=True).mode in ("extractive", "none")


@pytest.mark.usefixtures("store")
def test_retrieval_is_measured(folder, tmp_path, tiny, monkeypatch):
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "annual leave", "file": "leave.md"}\n{"question": "gauge", "page": 3}\n')
    assert run("index", str(folder)).returncode == 0
    done = run("eval", str(questions), "-k", "2", "--json")
    assert done.returncode == 0 and done.stderr == ""
    told = result(done)
    assert told["recall"] == {"1": 0.5, "2": 0.5} and told["mrr"] == 0.5 and told["outcomes"][1]["instead"]
    done = run("eval", str(questions), "--compare", "file=*.txt")
    assert done.returncode == 0 and re.search(r"recall at 1 +50.0% +0.0%", done.stdout)
    questions.write_text('{"question": "annual leave", "flie": "leave.md"}\n')
    for words, told in (
        (["eval", str(questions)], "Line 1"),
        (["eval", str(questions), "--compare", "x"], "KEY=VALUE"),
    ):
        done = run(*words, "--json")
        assert done.returncode == 2 and told in result(done)["message"]


@pytest.mark.usefixtures("store")
def test_a_terminal_shows_quotes_whatever_notebooks_do(folder, tiny, monkeypatch):
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_QUOTES", "false")
    assert run("index", str(folder)).returncode == 0
    shown = run("search", "annual leave")
    assert "Drop outliers." in shown.stdout and "quotes = false" not in shown.stdout


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_on_standard_input_is_in_no_list_of_processes(tiny, command):
    environment = {**os.environ, "LOCALAI_EMBEDDER": str(tiny)}
    for said in ("annual leave " * 1000, ""):
        done = run(command, "-", "--json", input=said, env=environment)
        assert result(done)["code"] == ("question_too_long" if said else "empty_question")
