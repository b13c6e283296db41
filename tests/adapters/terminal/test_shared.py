"""A shared collection in a shell: the commands of its page, by a publisher and a member with folders of their own."""

import io
import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from jupyter_localai.adapters.terminal import cli
from tests.support.chroma_server import unused_name

PAGE = (Path(__file__).parents[3] / "docs" / "shared.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PUBLISHING, JOINING, *_ = (
    [line.split("  #")[0].strip().removeprefix("jupyter localai ") for line in block.strip().splitlines()]
    for language, block in BLOCKS
    if not language
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def become(tmp_path, tiny, chroma_server, monkeypatch):
    """Returns what lets a user of that name run commands, in a folder of their own."""
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("LOCALAI_PRECISION", "float32")
    monkeypatch.setenv("LOCALAI_SHARED_HOST", chroma_server.address)

    def change(name):
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(home / "config"))
        monkeypatch.setenv("LOCALAI_STORE", str(home / "store"))
        monkeypatch.chdir(home)
        return home

    return change


@pytest.fixture
def run(capsys, monkeypatch):
    def run(line, answer=""):
        monkeypatch.setattr(sys, "stdin", Terminal(answer) if answer else io.StringIO())
        status = cli.main([str(Path(word).expanduser()) if word[0] == "~" else word for word in shlex.split(line)])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_the_commands_of_the_page(become, run, folder, chroma_server):
    assert [line.split()[0] for line in (*PUBLISHING, *JOINING)] == [
        *("index", "share", "share"),
        *("attach", "ask", "sync", "detach"),
    ]
    home, name = become("ann"), unused_name()
    shutil.copytree(folder, home / "papers")
    assert run(PUBLISHING[0])[0] == 0
    first = f"{PUBLISHING[1]} --as {name}"
    status, _, err = run(first)
    assert status == 2 and "sealed" in err and f"--yes-to {chroma_server.address}" in err
    assert run(first, "no\n")[0] == 2
    status, out, err = run(first, "y\n")
    assert status == 0 and "Go on? [y/N]" in err and "3 documents (" in out and f"{name}.localai-key" in out
    assert "nothing has changed" in run(PUBLISHING[2])[1]
    key = next(home.rglob("*.localai-key"))

    home = become("mei")
    shutil.copy(key, home / "papers.localai-key")
    attach, ask, sync, detach = JOINING
    status, out, _ = run(f"{attach} --as papers --yes-to {chroma_server.address}")
    assert status == 0 and "3 documents" in out and "Its vectors are here." in out
    (told,) = json.loads(run("collections --json")[1])
    assert (told["name"], told["shared"]["name"], told["shared"]["revision"]) == ("papers", name, 1)
    assert "shared, revision 1, synced just now" in run("collections")[1]
    assert run(ask.replace("How many tokens does BERT mask?", "How long is annual leave?"))[0] == 0
    assert run(sync)[1] == "papers: revision 1, no changes.\n"
    assert run("index -c papers")[0] == 2
    status, out, _ = run(detach)
    assert status == 0 and "3 documents" in out
    assert json.loads(run("collections --json")[1]) == []
