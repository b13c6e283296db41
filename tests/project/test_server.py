"""The server that a project names: asked about once for each address and file, and told what would go there."""

import json
import os
import pty
import subprocess
import sys

import pytest

from jupyter_localai.config import config_file, resolve
from jupyter_localai.errors import ProjectError, UsageError
from jupyter_localai.project import server
from jupyter_localai.project.manifest import FILE, Project

ADDRESS = "https://chroma.example:8443"
TEXT = f'name = "papers"\n\n[shared]\naddress = "{ADDRESS}"\ncollection = "lab-papers"\n'
COMMAND = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli", "project", "join"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / FILE).write_text(TEXT)
    return folder


def refused(folder, yes_to=""):
    with pytest.raises(UsageError) as caught:
        server.join(Project.find(folder), yes_to)
    assert caught.value.code == "address_not_accepted"
    return caught.value


def test_it_is_refused_until_it_is_agreed_to_and_then_no_longer(folder):
    error = refused(folder)
    assert ADDRESS in error.message and "vectors" in error.message and f"--yes-to {ADDRESS}" in error.remedy
    refused(folder, "https://other.example")
    for yes_to in (ADDRESS, "", ""):
        assert server.join(Project.find(folder), yes_to).collection == "lab-papers"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("8443", "8444"),
        lambda text: text.replace("lab-papers", "lab-secrets"),
        lambda text: text + '\n[[roots]]\npath = "private"\n',
    ],
)
def test_a_file_that_was_changed_asks_again(folder, change):
    (folder / "private").mkdir()
    server.join(Project.find(folder), ADDRESS)
    (folder / FILE).write_text(change(TEXT))
    refused(folder)
    (folder / FILE).write_text(f"# the same in other words\n{TEXT}")
    server.join(Project.find(folder))


def test_a_file_without_a_server_has_none_to_join(folder):
    (folder / FILE).write_text('name = "papers"\n')
    with pytest.raises(ProjectError) as caught:
        server.join(Project.find(folder))
    assert caught.value.code == "no_project_server" and "[shared]" in caught.value.remedy


def run(folder, *words):
    return subprocess.run([*COMMAND, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_without_a_terminal_a_script_says_yes_to_the_address(folder):
    done = run(folder)
    assert done.returncode == 2 and f"--yes-to {ADDRESS}" in done.stderr and resolve().shared_host == ""
    done = run(folder, "--yes-to", ADDRESS, "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {"address": ADDRESS, "collection": "lab-papers"}
    assert resolve().shared_host == ADDRESS
    config_file().write_text("")
    assert run(folder).returncode == 0 and resolve().shared_host == ADDRESS  # agreed to already


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("said", "status", "host"), [("n\n", 2, ""), ("\n", 2, ""), ("y\n", 0, ADDRESS)])
def test_at_a_terminal_the_user_is_asked(folder, said, status, host):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(COMMAND, cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.close(theirs)
    os.write(ours, said.encode())
    _, errors = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == status
    assert b"What would go there" in errors and b"Go on? [y/N]" in errors and ADDRESS.encode() in errors
    assert resolve().shared_host == host


def test_an_index_of_a_project_with_a_server_contacts_nobody(folder, home, tiny, engines):
    (folder / "a.md").write_text("Staff receive twenty nine days of annual leave.\n")
    environment = {**os.environ, "LOCALAI_STORE": str(home / "store"), "LOCALAI_EMBEDDER": str(tiny)}
    command = [*COMMAND[:-1], "index", "--json"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0 and json.loads(done.stdout)["added"] == 2, done.stderr
    sockets = [path.name for path in engines.glob("localai-*/*")]
    assert "chat" in sockets and "shared" not in sockets
