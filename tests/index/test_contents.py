"""The documents of a collection as people look at them."""

import time

import pytest

from jupyter_localai.errors import UnknownCollectionError, UsageError
from jupyter_localai.results.files import Rules
from tests.support import probe
from tests.support.in_process import run_index

NAMES = (
    "100%.md",
    "100_a.md",
    "1000.md",
    "Äpfel.md",
    "日本.md",
    "sub/50%_off.md",
    'sub/it\'s "quoted".md',
    "sub/plain.txt",
)


@pytest.fixture
def indexed(engine, tmp_path):
    root = tmp_path / "plain root"
    (root / "sub").mkdir(parents=True)
    for name in NAMES:
        (root / name).write_text(f"The text of {name}.")
    (root / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    run_index(engine, [str(root)])
    return engine


@pytest.fixture
def root(tmp_path):
    return tmp_path / "plain root"


def names(documents):
    return [item.path.rsplit("/", 1)[-1] for item in documents]


def test_each_document_is_told_with_what_is_known_of_it(indexed, root):
    before = time.time()
    documents = indexed.documents()
    assert (documents.collection, documents.total, documents.failed) == ("default", 9, 1)
    assert [(told.path, told.documents) for told in documents.roots] == [(str(root), 9)]
    assert [item.path for item in documents] == sorted(item.path for item in documents)
    fine = next(item for item in documents if item.path.endswith("plain.txt"))
    assert (fine.root, fine.kind, fine.state, fine.chunks) == (str(root), "text", "ready", 1)
    assert before - 60 < fine.indexed <= time.time() and fine.code is fine.message is fine.remedy is None
    failed = next(item for item in documents if item.path.endswith("broken.pdf"))
    assert (failed.state, failed.chunks, failed.code) == ("failed", 0, "corrupted")
    assert failed.message and failed.remedy and failed.indexed is not None


def test_a_page_at_a_time(indexed):
    whole = names(indexed.documents())
    parts = [names(indexed.documents(limit=4, offset=at)) for at in (0, 4, 8, 12)]
    assert [len(part) for part in parts] == [4, 4, 1, 0]
    assert [name for part in parts for name in part] == whole
    assert indexed.documents(limit=1, offset=2**70).total == 9


def test_documents_that_go_while_they_are_listed_are_left_out(indexed, root, monkeypatch):
    registry = probe.catalogue(indexed).registry
    roots = registry.roots

    def roots_after_a_run(collection):
        monkeypatch.setattr(registry, "roots", roots)
        (root / "100%.md").unlink()
        run_index(indexed)
        return roots(collection)

    whole = names(indexed.documents())
    monkeypatch.setattr(registry, "roots", roots_after_a_run)
    assert names(indexed.documents()) == [name for name in whole if name != "100%.md"]


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-1, 0), (1001, 0), (10, -1)])
def test_no_such_page(indexed, limit, offset):
    with pytest.raises(UsageError):
        indexed.documents(limit=limit, offset=offset)


def test_only_those_in_a_state(indexed):
    assert names(indexed.documents(state="failed")) == ["broken.pdf"]
    assert indexed.documents(state="ready").total == 8
    assert indexed.documents(state="pending").total == 0


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("%", ["100%.md", "50%_off.md"]),
        ("_", ["100_a.md", "50%_off.md"]),
        ("100", ["100%.md", "1000.md", "100_a.md"]),
        ("äPFEL", ["Äpfel.md"]),
        ("A\u0308pfel", ["Äpfel.md"]),
        ("日", ["日本.md"]),
        ("'s", ['it\'s "quoted".md']),
        ("sub/p", ["plain.txt"]),
        ("plain root", []),
        ("' OR 1=1 --", []),
        ("\x00", []),
        ("\ud800", []),
    ],
)
def test_only_those_with_something_in_their_path_below_the_root(indexed, wanted, found):
    assert sorted(names(indexed.documents(name=wanted))) == sorted(found)


def test_only_those_at_some_places(indexed, root):
    assert indexed.documents(under=[str(root / "sub")]).total == 3
    assert names(indexed.documents(under=[str(root / "100%.md")])) == ["100%.md"]
    assert indexed.documents(under=[str(root / "su"), str(root / "1")]).total == 0
    assert indexed.documents(under=[str(root), str(root / "sub")]).total == 9
    assert indexed.documents(under=["/"]).total == 9


def test_a_document_in_its_own_root_is_found_by_its_name(engine, folder):
    run_index(engine, [str(folder / "leave.md")])
    assert names(engine.documents(name="LEAVE")) == ["leave.md"]
    assert engine.documents(name="documents").total == 0
    assert names(engine.documents(name="documents/Leave")) == ["leave.md"]


def test_roots_without_documents_are_told_too(engine, folder):
    run_index(engine, [str(folder)])
    run_index(engine, [str(folder / "sub")], rules=Rules(include=("*.none",)))
    assert [root.documents for root in engine.documents().roots] == [3, 0]


def test_a_document_that_was_read_again_says_when(engine, folder, monkeypatch):
    monkeypatch.setattr("jupyter_localai.index.catalogue.time.time", lambda: 1000.0)
    run_index(engine, [str(folder)])
    (folder / "leave.md").write_text("Changed.")
    (folder / "gauge.txt").rename(folder / "renamed.txt")
    monkeypatch.setattr("jupyter_localai.index.catalogue.time.time", lambda: 2000.0)
    run_index(engine)
    told = {name: item.indexed for name, item in zip(names(engine.documents()), engine.documents(), strict=True)}
    assert told == {"leave.md": 2000.0, "renamed.txt": 1000.0, "spikes.py": 1000.0}


def test_no_such_collection(indexed):
    with pytest.raises(UnknownCollectionError):
        indexed.documents("defualt")
