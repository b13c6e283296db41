"""The real process, killed for real at the worst moments: nothing is lost, nothing is left over."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.index.chroma import VectorStore
from tests.support import probe
from tests.support.equality import assert_same, assert_sound
from tests.support.in_process import WordEmbedder, run_index
from tests.support.pdf_files import make_pdf

PROJECT = Path(__file__).parents[2]
HEADS = ("Balance", "Income", "Cash flows", "Equity", "Notes")
SECRET = "Xylophonist Quagmire was dismissed because of the zeppelin affair"


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(6):
        text = "\n\n".join(f"## Part {n}\n\n" + " ".join(f"word{number * n + i}" for i in range(60)) for n in range(4))
        (folder / f"{number}.md").write_text(text)
    (folder / "secret-quetzal.md").write_text(f"# Dismissals\n\n{SECRET}.\n")
    return folder


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def kill(store, moment, action, *arguments, other_model=False):
    """Run an action in a process of its own and kill it at a moment."""
    environment = {**os.environ, **({"OTHER_MODEL": "1"} if other_model else {})}
    command = [sys.executable, "-m", "tests.support.killing", str(store), moment, action, *map(str, arguments)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout.readline() == "there\n", "the process ended before the moment came"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)


def opened(store, other_model=False):
    embedder = WordEmbedder()
    if other_model:
        embedder.fingerprint, embedder.name = "words-2", "other words"
    return Engine.open(Config(store=store), embedder)


def built(store, *folders):
    engine = opened(store)
    report = run_index(engine, [str(folder) for folder in folders])
    engine.close()
    return report


def assert_as_if_built_in_one_go(store, documents, left_out=frozenset(), other_model=False):
    engine = opened(store, other_model)
    assert engine.search("word3 word7", k=1)
    run_index(engine)
    assert_sound(engine)
    fresh = opened(store.with_name("fresh"), other_model)
    run_index(fresh, [str(documents)])
    assert_same(engine, fresh, "default", left_out)
    engine.close()
    fresh.close()
    left = {path.name for path in store.iterdir()} - {".gitignore", "catalogue.sqlite", "chroma", "lock"}
    assert left == set(), "something was left over"


@pytest.mark.parametrize("moment", ["embedding", "recorded", "in Chroma"])
def test_killed_while_indexing(store, documents, moment):
    kill(store, moment, "index", documents)
    built(store, documents)
    assert_as_if_built_in_one_go(store, documents)


def test_what_chroma_was_given_before_a_kill_is_not_given_again(store, documents, monkeypatch):
    """Chroma loses a chunk now and then that stands twice in the log it replays."""
    given = VectorStore.upsert

    def upsert(self, ids, *rest):
        assert self.having(ids) == set()
        given(self, ids, *rest)

    kill(store, "in Chroma", "index", documents)
    monkeypatch.setattr(VectorStore, "upsert", upsert)
    built(store, documents)
    assert_as_if_built_in_one_go(store, documents)


@pytest.mark.parametrize("moment", ["recorded", "in Chroma", "deleted from Chroma"])
def test_killed_while_following_changes(store, documents, moment):
    built(store, documents)
    (documents / "1.md").unlink()
    (documents / "2.md").rename(documents / "renamed.md")
    (documents / "3.md").write_text((documents / "3.md").read_text().replace("word9", "changed"))
    kill(store, moment, "index", documents)
    assert_as_if_built_in_one_go(store, documents)


@pytest.mark.parametrize("moment", ["taken out", "copied", "replaced", "in Chroma"])
def test_killed_while_forgetting(store, documents, moment):
    built(store, documents)
    kill(store, moment, "forget", documents / "secret-quetzal.md")
    opened(store).close()
    for path in store.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            assert not any(word in content for word in (b"zeppelin", b"quagmir", b"quetzal", b"xylophon")), path
    assert_as_if_built_in_one_go(store, documents, frozenset({str(documents / "secret-quetzal.md")}))


@pytest.mark.parametrize("moment", ["half filled", "taken out", "copied"])
def test_killed_while_rebuilding(store, documents, moment):
    built(store, documents)
    kill(store, moment, "rebuild")
    assert_as_if_built_in_one_go(store, documents)


@pytest.mark.parametrize("moment", ["embedding", "in Chroma"])
def test_killed_while_switching_the_embedding_model(store, documents, moment):
    built(store, documents)
    kill(store, moment, "rebuild", other_model=True)
    old = opened(store)
    assert old.search("word3 word7", k=1)
    assert old.status().documents == 7
    old.close()
    new = opened(store, other_model=True)
    list(new.rebuild())
    new.close()
    assert_as_if_built_in_one_go(store, documents, other_model=True)


def test_killed_while_folders_with_texts_are_replaced(store, documents):
    engine = Engine.open(Config(store=store, chroma_texts=True), WordEmbedder())
    run_index(engine, [str(documents)])
    engine.close()
    before = list((store / "chroma").iterdir())
    kill(store, "half filled", "index", documents)
    engine = opened(store)
    assert engine.search("word3 word7", k=1)
    assert list((store / "chroma").iterdir()) == before
    engine.close()
    assert_as_if_built_in_one_go(store, documents)


@pytest.fixture
def version_1(tmp_path, documents):
    """A store as version 1 left it: one document with two chunks, and Chroma in one folder for all."""
    store = tmp_path / "store"
    (store / "chroma").mkdir(parents=True)
    (store / "chroma" / "chroma.sqlite3").write_text("as version 1 had it")
    connection = sqlite3.connect(store / "catalogue.sqlite")
    connection.executescript((PROJECT / "tests" / "data" / "catalogue_v1.sql").read_text())
    path = documents / "0.md"
    with connection:
        connection.execute("INSERT INTO collections VALUES (1, 'default', 'default-1', 'words', 'words-1', 1)")
        rules = '{"include": [], "exclude": [], "ignore": true}'
        connection.execute("INSERT INTO roots VALUES (1, ?, ?)", (str(documents), rules))
        for number, path in enumerate((documents / "0.md", documents / "secret-quetzal.md"), 1):
            connection.execute(
                "INSERT INTO documents VALUES (?, 1, ?, ?, 9, 9, 'old', 'markdown', 'Old title', 'ready', '', '', '')",
                (number, str(path), str(documents)),
            )
            vector = WordEmbedder.vector(f"word{number}").tobytes()
            connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", (number, bytes([number]), vector))
            text = f"old text of word{number}"
            connection.execute(
                "INSERT INTO chunks VALUES (?, 1, ?, 0, 0, ?, ?, 'Old title', '', '[[0, 9, {\"line\": 1}]]', ?)",
                (number, number, len(text), text, number),
            )
            connection.execute(
                "INSERT INTO keywords_1 (rowid, context, text) VALUES (?, 'Old title', ?)", (number, text)
            )
    connection.close()
    return store


def test_a_store_of_version_1_is_migrated_and_kept_as_a_backup(version_1, documents):
    before = (version_1 / "catalogue.sqlite").stat().st_size
    engine = opened(version_1)
    assert (version_1 / "catalogue.v1.backup").stat().st_size >= before / 2
    assert engine.search("word1", k=1)[0].text == "old text of word1"
    assert engine.search("quetzal", k=1)[0].path == str(documents / "secret-quetzal.md")
    assert {p.name for p in (version_1 / "chroma").iterdir()} == {probe.collection(engine).folder}
    report = run_index(engine)
    assert (report.added, report.updated) == (5, 2), "documents read by older readers are read again"
    list(engine.rebuild())
    assert not (version_1 / "catalogue.v1.backup").exists()
    engine.close()
    assert_as_if_built_in_one_go(version_1, documents)


@pytest.mark.parametrize("moment", ["backed up", "migrating", "halving"])
def test_killed_while_migrating(version_1, documents, moment):
    kill(version_1, moment, "status")
    test_a_store_of_version_1_is_migrated_and_kept_as_a_backup(version_1, documents)


def test_a_backup_is_a_store_of_its_version(version_1):
    opened(version_1).close()
    connection = sqlite3.connect(version_1 / "catalogue.v1.backup")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM chunks").fetchone() == (2,)
    connection.close()


def test_migrated_tables_are_those_of_a_fresh_store(version_1, tmp_path):
    columns = []
    for store in (version_1, tmp_path / "other"):
        engine = opened(store)
        tables = [row[0] for row in probe.rows(engine, "SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = sorted(name for name in tables if not name.startswith(("sqlite_", "keywords_", "names_", "heads_")))
        columns.append(
            {name: sorted(row[1] for row in probe.rows(engine, f"PRAGMA table_info({name})")) for name in ours}
        )
        engine.close()
    assert columns[0] == columns[1]


def bring_back(store, version):
    """Make a store one of an earlier version, with the same documents."""
    connection = sqlite3.connect(store / "catalogue.sqlite")
    old = sqlite3.connect(store / "old.sqlite")
    old.executescript((PROJECT / "tests" / "data" / f"catalogue_v{version}.sql").read_text())
    tables = "collections roots documents vectors chunks tombstones forgotten state".split()
    for table in tables:
        columns = ", ".join(f'"{row[1]}"' for row in old.execute(f"PRAGMA table_info({table})"))
        rows = connection.execute(f"SELECT {columns} FROM {table}").fetchall()
        if table == "vectors":  # which were in single precision
            rows = [(number, key, np.frombuffer(kept, "<f2").astype("<f4").tobytes()) for number, key, kept in rows]
        with old:
            marks = ", ".join("?" * (columns.count(",") + 1))
            old.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
    for (index,) in old.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%USING fts5%'").fetchall():
        with old:
            old.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")
    with old:
        old.execute("DELETE FROM vectors WHERE id NOT IN (SELECT vector_id FROM chunks)")  # those of heads
    connection.close()
    old.close()
    (store / "old.sqlite").replace(store / "catalogue.sqlite")
    for left in store.glob("catalogue.sqlite-*"):
        left.unlink()


def test_the_keyword_index_of_version_3_is_made_anew_without_embedding(tmp_path, documents):
    """It knew no words inside words, nor the names of documents."""
    store = tmp_path / "store"
    built(store, documents)
    bring_back(store, 3)
    engine = opened(store)
    assert (store / "catalogue.v3.backup").exists()
    assert engine.search("quetzal", k=1)[0].path == str(documents / "secret-quetzal.md")
    report = run_index(engine)
    assert (report.unchanged, report.embedded) == (7, 0)
    list(engine.rebuild())
    engine.close()
    assert_as_if_built_in_one_go(store, documents)


def test_the_keyword_index_of_version_5_learns_other_spellings_without_embedding(tmp_path):
    store, folder = tmp_path / "store", tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("The oﬃce is eﬃcient.", encoding="utf-8")
    built(store, folder)
    bring_back(store, 5)
    engine = opened(store)
    assert engine.search("efficient", k=1)[0].explain.keyword_rank == 1
    assert run_index(engine).embedded == 0
    list(engine.rebuild())
    engine.close()
    assert_as_if_built_in_one_go(store, folder)


def test_pages_of_version_5_get_heads_without_embedding_their_chunks(tmp_path, documents):
    body = "\n".join(f"Line {word} says little" for word in "one two three four five six".split())
    pages = [f"Gullrock report {number}\n{word} of the year\n{body}" for number, word in enumerate(HEADS)]
    (documents / "report.pdf").write_bytes(make_pdf(*pages))
    store = tmp_path / "store"
    built(store, documents)
    before = opened(store)
    question = "Balance of the year"
    wanted = [(hit.path, hit.anchor.page) for hit in before.search(question, k=3)]
    before.close()
    bring_back(store, 5)
    engine = opened(store)
    assert engine.search(question, k=3), "it is searched before its heads have vectors"
    report = run_index(engine)
    assert (report.unchanged, report.embedded) == (8, len(HEADS))
    assert [(hit.path, hit.anchor.page) for hit in engine.search(question, k=3)] == wanted
    assert run_index(engine).embedded == 0
    list(engine.rebuild())
    engine.close()
    assert_as_if_built_in_one_go(store, documents)


@pytest.mark.parametrize("version", [3, 4])
def test_when_a_document_was_indexed_is_not_known_of_earlier_versions(tmp_path, documents, version):
    store = tmp_path / "store"
    built(store, documents)
    bring_back(store, version)
    engine = opened(store)
    assert {item.indexed for item in engine.documents()} == {None}
    (documents / "0.md").write_text("Another text.")
    report = run_index(engine)
    assert (report.unchanged, report.updated) == (6, 1)
    assert [item.path for item in engine.documents() if item.indexed is not None] == [str(documents / "0.md")]
    list(engine.rebuild())
    engine.close()
    assert_as_if_built_in_one_go(store, documents)


def test_a_command_on_a_store_that_no_engine_holds_says_who_does(tmp_path, documents):
    environment = {**os.environ, "LOCALAI_STORE": str(tmp_path / "store")}
    code = (
        "import sys\nfrom jupyter_localai.config import resolve\n"
        "from jupyter_localai.service.protocol.ownership import Ownership\n"
        "held = Ownership(resolve().store)\nprint('there', flush=True)\nsys.stdin.readline()\nheld.release()"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert first.stdout.readline() == "there\n"
    command = [sys.executable, "-m", "jupyter_localai.adapters.terminal.cli", "index", str(documents), "--json"]
    second = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert second.returncode == 1
    assert '"store_busy"' in second.stdout and f"process {first.pid}" in second.stdout
    first.communicate("\n", timeout=60)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle of documents that share nothing with those of the store."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "handbook").mkdir()
    for number in range(3):
        text = "\n\n".join(f"## Rule {n}\n\n" + " ".join(f"rule{number * n + i}" for i in range(60)) for n in range(4))
        (folder / "handbook" / f"{number}.md").write_text(text)
    engine = opened(folder / "store")
    run_index(engine, [str(folder / "handbook")], "handbook")
    list(engine.export_bundle("handbook", str(folder / "handbook.localai")))
    engine.close()
    return folder / "handbook.localai"


def contents(engine):
    """Return all that a store holds, but for numbers that are given anew."""
    columns = {"collections": "name, active", "documents": "path, state", "chunks": "text, held", "vectors": "key"}
    held = {table: sorted(probe.rows(engine, f"SELECT {names} FROM {table}")) for table, names in columns.items()}
    tables = {row[0].rstrip("0123456789") for row in probe.rows(engine, "SELECT name FROM sqlite_master")}
    state = {row[0] for row in probe.rows(engine, "SELECT key FROM state")}
    return held, tables, state, len(list((engine.config.store / "chroma").iterdir()))


@pytest.mark.parametrize(
    "moment",
    ["begun", "vectors taken in", "a document taken in", "in Chroma", "almost complete"],
)
def test_killed_while_importing_leaves_the_store_as_before(store, documents, bundle, moment):
    built(store, documents)
    engine = opened(store)
    before = contents(engine)
    engine.close()
    kill(store, moment, "import_bundle", bundle)
    engine = opened(store)
    assert contents(engine) == before
    *_, report = engine.import_bundle(str(bundle))
    assert report.documents == 3 and engine.search("rule7", 1, "handbook")
    assert_sound(engine)
    engine.close()


def test_killed_after_an_import_leaves_all_of_it(store, bundle):
    kill(store, "complete", "import_bundle", bundle)
    engine = opened(store)
    assert [(info.name, info.documents) for info in engine.collections()] == [("handbook", 3)]
    assert engine.search("rule7", 1, "handbook")
    assert_sound(engine)
    engine.close()
