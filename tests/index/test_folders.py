"""Chroma's folders: trusted while sealed, tried in another process when not, made anew when bad."""

import contextlib
import json
import os
import random
import shutil
import sqlite3
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from chromadb.api.models.Collection import Collection
from chromadb.errors import InternalError

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError
from jupyter_localai.index import folders as folders_module
from jupyter_localai.index import write
from jupyter_localai.index.catalogue import Catalogue, Source
from jupyter_localai.index.chroma import VectorStore
from jupyter_localai.index.folders import ChromaFolders
from jupyter_localai.index.registry import FOLDER
from tests.support import elsewhere, probe
from tests.support.equality import assert_sound
from tests.support.in_process import WordEmbedder, run_index
from tests.support.makers import chunks_of


@pytest.fixture
def indexed(tmp_path, folder):
    """A closed store with three documents."""
    engine = Engine.open(Config(store=tmp_path / "store"), WordEmbedder())
    run_index(engine, [str(folder)])
    engine.close()
    return tmp_path / "store"


def reopened(store):
    """Search a store; return what had to be done to it, and whether it found what is in it."""
    stages = []
    embedder = WordEmbedder()
    engine = Engine.open(Config(store=store), embedder, report=lambda progress: stages.append(progress.stage))
    hits = engine.search("gull rock gauge lightning", k=1)
    report = run_index(engine)
    engine.close()
    assert (report.unchanged, report.embedded) == (3, 0)
    assert embedder.seen == ["gull rock gauge lightning"]
    return set(stages), [Path(hit.path).name for hit in hits] == ["gauge.txt"]


def chroma_files(store):
    return sorted(path for path in (store / "chroma").rglob("*") if path.is_file() and path.stat().st_size)


def test_a_folder_as_it_was_closed_is_opened_at_once(indexed):
    assert reopened(indexed) == (set(), True)
    assert reopened(indexed) == (set(), True)


def test_a_folder_that_was_copied_is_checked_and_kept(indexed, tmp_path):
    shutil.copytree(indexed, tmp_path / "copy", copy_function=shutil.copy)
    assert reopened(tmp_path / "copy") == ({"check"}, True)
    assert reopened(tmp_path / "copy") == (set(), True)


@pytest.mark.parametrize("what", ["chroma", "chroma/*", "chroma/*/chroma.sqlite3"])
def test_what_is_missing_is_made_anew_from_the_record(indexed, what):
    for path in indexed.glob(what):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    stages, found = reopened(indexed)
    assert found and "rebuild" in stages
    assert len(list((indexed / "chroma").iterdir())) == 1


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A closed store with more chunks than Chroma keeps outside its graph files."""
    base = tmp_path_factory.mktemp("large")
    paragraphs = (" ".join(f"word{(i * j) % 97}" for j in range(60)) + f" number{i}" for i in range(1100))
    (base / "long.txt").write_text("\n\n".join(paragraphs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(base / "data"))
        engine = Engine.open(Config(store=base / "store"), WordEmbedder())
        assert run_index(engine, [str(base / "long.txt")]).chunks > 1000
        engine.close()
    return base / "store"


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("data_level0.bin", "truncated"),
        ("data_level0.bin", "overwritten"),
        ("chroma.sqlite3", "truncated"),
        ("chroma.sqlite3", "overwritten"),
        ("header.bin", "overwritten"),
        ("length.bin", "truncated"),
        ("link_lists.bin", "removed"),
        ("index_metadata.pickle", "overwritten"),
    ],
)
def test_a_damaged_file_never_matters(large, tmp_path, monkeypatch, name, damage):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(large.parent / "data"))
    shutil.copytree(large, tmp_path / "store")
    file = next(path for path in chroma_files(tmp_path / "store") if path.name == name)
    content, chance = file.read_bytes(), random.Random(name)
    if damage == "removed":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(content[: chance.randrange(len(content))])
    else:
        at = chance.randrange(len(content))
        file.write_bytes(content[:at] + chance.randbytes(500) + content[at + 500 :])
    stages = []
    engine = Engine.open(Config(store=tmp_path / "store"), WordEmbedder(), report=lambda p: stages.append(p.stage))
    assert "number77" in engine.search("number77", k=1)[0].text
    assert stages[0] == "check" or name == "chroma.sqlite3"
    engine.close()


def test_chunks_chroma_should_not_have_are_found_out(indexed):
    engine = Engine.open(Config(store=indexed), WordEmbedder())
    store = probe.open_folder(engine)
    store.upsert([9999], WordEmbedder().embed(["stray"]), ["stray"], [{"path": "/stray"}])
    store.close()
    probe.catalogue(engine).close()  # as after a crash: without a seal
    assert reopened(indexed) == ({"check", "rebuild"}, True)


@pytest.mark.parametrize("ending", ["crash", "hang"])
def test_a_check_that_crashes_or_hangs_is_a_bad_folder(indexed, monkeypatch, ending):
    def run(command, **options):
        if ending == "hang":
            raise subprocess.TimeoutExpired(command, options["timeout"])
        return subprocess.CompletedProcess(command, -11)

    monkeypatch.setattr(folders_module.subprocess, "run", run)
    chroma_files(indexed)[0].touch()
    assert reopened(indexed) == ({"check", "rebuild"}, True)


def test_a_chroma_that_cannot_open_in_this_process_is_made_anew(indexed, monkeypatch):
    real = folders_module.VectorStore
    broken = {path.name for path in (indexed / "chroma").iterdir()}

    def fails_on_the_old(folder, *arguments):
        if folder.name in broken:
            raise StoreError("No.", code="chroma_failed")
        return real(folder, *arguments)

    monkeypatch.setattr(folders_module, "VectorStore", fails_on_the_old)
    assert reopened(indexed) == ({"rebuild"}, True)


def test_an_interrupted_rebuild_leaves_the_old_folder_in_use(indexed):
    before = {path.name for path in (indexed / "chroma").iterdir()}
    engine = Engine.open(Config(store=indexed), WordEmbedder())
    run = engine.rebuild()
    next(run)
    assert len(list((indexed / "chroma").iterdir())) == 2
    run.close()
    engine.close()
    assert {path.name for path in (indexed / "chroma").iterdir()} == before
    assert reopened(indexed) == (set(), True)


def test_a_rebuild_embeds_nothing_and_reads_no_file(indexed, folder):
    shutil.rmtree(folder)
    embedder = WordEmbedder()
    engine = Engine.open(Config(store=indexed), embedder)
    *progress, report = engine.rebuild()
    assert (report.collections, report.documents, report.chunks, report.embedded) == (("default",), 3, 3, 0)
    assert embedder.seen == []
    assert progress[-1].done == progress[-1].total == 3
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    engine.close()


def test_what_changes_while_a_folder_is_made_reaches_it(indexed, folder, monkeypatch):
    """A question makes it, and a run takes out a document and puts in another meanwhile, as `sync` does, too."""
    shutil.rmtree(indexed / "chroma")
    engine = Engine.open(Config(store=indexed), WordEmbedder())
    collection, catalogue = probe.collection(engine), probe.catalogue(engine)

    def change_after(*given):
        yield from write.fill(*given)
        numbers = catalogue.chunks.vector_ids([key for (key,) in catalogue.rows("SELECT key FROM vectors")])
        source = Source("/r/kites.md", "/r", 1, 2, 3, "sha", 2, "text", "Kites")
        with catalogue.transaction():
            catalogue.remove_documents(collection, [probe.known(engine)[str(folder / "gauge.txt")].id])
            catalogue.put_document(collection, source, chunks_of("Kites fly over dunes."), [min(numbers.values())])

    monkeypatch.setattr(folders_module, "fill", change_after)
    assert engine.search("annual leave", k=1)
    monkeypatch.setattr(folders_module, "fill", write.fill)
    with catalogue.transaction():
        catalogue.chunks.drop_unused_vectors()
    probe.folders(engine).settle(collection)
    assert_sound(engine)
    engine.close()


def test_a_folder_that_goes_as_soon_as_it_is_made_is_made_again(indexed, monkeypatch):
    """As when something of the collection is forgotten at that moment."""
    shutil.rmtree(indexed / "chroma")
    engine = Engine.open(Config(store=indexed), WordEmbedder())
    catalogue, mark_ready = probe.catalogue(engine), Catalogue.mark_ready

    def forget_then(self, collection, *given):
        mark_ready(self, collection, *given)
        monkeypatch.setattr(Catalogue, "mark_ready", mark_ready)
        catalogue.registry.set_folder(collection, "")

    monkeypatch.setattr(Catalogue, "mark_ready", forget_then)
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    assert_sound(engine)
    engine.close()


def test_more_dead_than_alive_is_made_anew(engine, folder, monkeypatch):
    monkeypatch.setattr(folders_module, "_WORTH_REBUILDING", 1)
    run_index(engine, [str(folder)])
    collection = probe.collection(engine)
    (folder / "leave.md").unlink()
    run_index(engine)
    (folder / "gauge.txt").unlink()
    stages = [event.stage for event in engine.index() if hasattr(event, "stage")]
    assert "rebuild" in stages
    now = probe.catalogue(engine).registry.fresh(collection)
    assert (now.buried, [p.name for p in (engine.config.store / "chroma").iterdir()]) == (0, [now.folder])
    assert engine.search("remove spikes", k=1)[0].document == "spikes.py"


def test_a_folder_with_texts_is_used_until_an_index_run_has_made_one_without(indexed):
    before = next((indexed / "chroma").iterdir())
    with_texts = Engine.open(Config(store=indexed, chroma_texts=True), WordEmbedder())
    assert run_index(with_texts).embedded == 0
    now = next((indexed / "chroma").iterdir())
    assert now != before
    assert sorted(row["path"] for row in probe.chroma_rows(probe.open_folder(with_texts))["metadatas"])
    with_texts.close()

    embedder = WordEmbedder()
    engine = Engine.open(Config(store=indexed), embedder)
    assert Path(engine.search("gull rock gauge lightning", k=1)[0].path).name == "gauge.txt"
    assert list((indexed / "chroma").iterdir()) == [now]
    assert run_index(engine).embedded == 0
    assert probe.chroma_rows(probe.open_folder(engine))["documents"] == [None] * 3
    assert_sound(engine)
    engine.close()
    assert reopened(indexed) == (set(), True)


def test_a_folder_with_texts_stays_where_there_is_no_room_for_another(indexed, monkeypatch):
    before = next((indexed / "chroma").iterdir())
    monkeypatch.setattr(folders_module.shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    engine = Engine.open(Config(store=indexed, chroma_texts=True), WordEmbedder())
    run_index(engine)
    assert_sound(engine)
    engine.close()
    assert list((indexed / "chroma").iterdir()) == [before]


@pytest.mark.parametrize("few", [True, False])
def test_among_few_chunks_each_is_compared_and_chroma_is_asked_among_many(engine, folder, monkeypatch, few):
    run_index(engine, [str(folder)])
    collection, chunks = probe.collection(engine), probe.catalogue(engine).chunks
    if few:
        monkeypatch.setattr(VectorStore, "query", None)
    else:
        monkeypatch.setattr(folders_module, "_COMPARED", 0)
        monkeypatch.setattr(folders_module.exact, "query", None)
    documents = {Path(path).name: known.id for path, known in probe.known(engine).items()}
    vector = WordEmbedder().embed_query("gull rock gauge lightning")
    some = [documents["gauge.txt"], documents["leave.md"]]
    found = probe.search_space(engine, collection).nearest(vector, 5, some)
    stored = chunks.by_id(chunks.held_of(some))
    cosines = {number: float(chunk.vector @ vector) for number, chunk in stored.items()}
    assert [number for number, _ in found] == sorted(cosines, key=lambda number: -cosines[number])
    assert dict(found) == pytest.approx(cosines, abs=1e-4)


def test_some_documents_are_searched_while_chroma_has_yet_to_follow(engine, folder, monkeypatch):
    monkeypatch.setattr(folders_module, "_COMPARED", 0)
    found, settle = [], write.settle

    def search_first(*given):
        found.extend(engine.search("annual leave", k=1, files="*.md"))
        settle(*given)

    run_index(engine, [str(folder)])
    monkeypatch.setattr(write, "settle", search_first)
    (folder / "gulls.md").write_text("Gulls nest on the rock.")
    (folder / "leave.md").write_text("# Leave\n\nThere are thirty days of annual leave.\n")
    run_index(engine)
    assert "annual leave" in found[0].text


def test_chunks_that_chroma_forgets_in_between_are_not_asked_for(engine, folder, monkeypatch):
    monkeypatch.setattr(folders_module, "_COMPARED", 0)
    run_index(engine, [str(folder)])
    query = VectorStore.query

    def forget_first(*given):
        monkeypatch.setattr(VectorStore, "query", query)
        (folder / "sub" / "spikes.py").unlink()
        run_index(engine)
        return query(*given)

    monkeypatch.setattr(VectorStore, "query", forget_first)
    assert "annual leave" in engine.search("annual leave", k=1, files="*")[0].text


def test_a_query_that_meets_a_deletion_in_chroma_is_asked_again(engine, folder, monkeypatch):
    query, failures = Collection.query, [InternalError("Error executing plan: Internal error: Error finding id")]

    def fails_once(self, **given):
        if failures:
            raise failures.pop()
        return query(self, **given)

    run_index(engine, [str(folder)])
    monkeypatch.setattr(Collection, "query", fails_once)
    assert "annual leave" in engine.search("annual leave", k=1)[0].text
    assert not failures


def test_a_stray_folder_of_ours_is_swept(indexed):
    left = indexed / "chroma" / "default-1-00c0de"
    shutil.copytree(next((indexed / "chroma").iterdir()), left)
    assert reopened(indexed) == (set(), True)
    assert not left.exists() and len(list((indexed / "chroma").iterdir())) == 1


def test_nothing_else_is_swept(indexed, tmp_path):
    chroma, outside = indexed / "chroma", tmp_path / "outside"
    outside.mkdir()
    theirs = [chroma / "notes.txt", chroma / "chroma.sqlite3", chroma / "my-notes" / "draft.md", outside / "letter.txt"]
    theirs += [chroma / "default-1-00c0de" / "draft.md", chroma / "default-1-00c0de" / "images" / "cat.png"]
    for path in theirs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("somebody's own")
    (chroma / "default-1-0000af").symlink_to(outside)
    (chroma / "default-1-00c0de" / "chroma.sqlite3").write_text("left by a crash")
    assert reopened(indexed) == (set(), True)
    assert all(path.read_text() == "somebody's own" for path in theirs)
    assert not (chroma / "default-1-00c0de" / "chroma.sqlite3").exists()


# folders that were made elsewhere -----------------------------------------------------------------


def changed(file, sql, *arguments):
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(sql, arguments)
        connection.commit()


def test_a_store_from_another_machine_is_made_anew_once(indexed, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "another"))
    opened = []
    real = folders_module.VectorStore
    monkeypatch.setattr(folders_module, "VectorStore", lambda folder, *a: opened.append(folder) or real(folder, *a))
    theirs = next((indexed / "chroma").iterdir())
    assert reopened(indexed) == ({"rebuild"}, True)
    assert opened and theirs not in opened and not theirs.exists()
    assert reopened(indexed) == (set(), True)


def test_the_key_is_ones_own_and_lies_in_no_store(indexed, home):
    (key,) = home.rglob("localai.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_bytes()) == 32
    assert not key.is_relative_to(indexed) and list(key.parent.glob("localai.key.*")) == []


@pytest.mark.parametrize("state", ["shorter", "open to others", "a link", "unmakable"])
def test_a_key_that_cannot_be_trusted_seals_nothing(indexed, home, tmp_path, state):
    (key,) = home.rglob("localai.key")
    if state == "shorter":
        key.write_bytes(b"short")
    elif state == "open to others":
        key.chmod(0o644)
    else:
        key.rename(tmp_path / "key")
        key.symlink_to(tmp_path / "key") if state == "a link" else key.mkdir()
    for _ in range(2):
        assert reopened(indexed) == ({"rebuild"}, True)


FUNCTIONS = [
    {"type": "known", "name": "default", "config": {}},
    {"type": "legacy", "name": "default"},
    {"type": "unheard of"},
    "default",
]


@pytest.mark.parametrize("column", ["config_json_str", "schema_str"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_a_folder_that_names_an_embedding_function_is_not_opened(indexed, monkeypatch, column, function):
    file = next((indexed / "chroma").iterdir()) / "chroma.sqlite3"
    deep = {"keys": {"any": [{"vector_index": {"config": {"embedding_function": function}}}]}}
    changed(file, f"UPDATE collections SET {column} = ?", json.dumps(deep))
    monkeypatch.setattr(ChromaFolders, "_check", lambda *_: pytest.fail("Chroma was to open it"))
    assert reopened(indexed) == ({"rebuild"}, True)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, b"\xff", "\x00"])
def test_a_configuration_that_cannot_be_read_is_made_anew(indexed, text):
    file = next((indexed / "chroma").iterdir()) / "chroma.sqlite3"
    changed(file, "UPDATE collections SET config_json_str = ?", text)
    assert reopened(indexed)[1]


def test_a_folder_with_another_collection_is_made_anew(indexed):
    file = next((indexed / "chroma").iterdir()) / "chroma.sqlite3"
    columns = "dimension, database_id, config_json_str, schema_str"
    sql = f"INSERT INTO collections (id, name, {columns}) SELECT 'other', 'other', {columns} FROM collections"
    changed(file, sql)
    assert reopened(indexed) == ({"rebuild"}, True)


@pytest.mark.parametrize("column", ["folder", "chroma_name"])
@pytest.mark.parametrize("name", ["../../elsewhere", "/tmp/elsewhere-1-aaaaaa", "..", "a/b-1-aaaaaa", "a-1-aaaaaa\n"])
def test_a_name_in_the_record_leads_nowhere_else(indexed, tmp_path, column, name):
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(indexed)}
    changed(indexed / "catalogue.sqlite", f"UPDATE collections SET {column} = ?", name)
    assert reopened(indexed) == ({"rebuild"}, True)
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(indexed)} == before
    assert all(FOLDER.fullmatch(path.name) for path in (indexed / "chroma").iterdir())


def test_the_folders_can_be_closed_unused(catalogue, tmp_path):
    ChromaFolders(tmp_path / "nowhere", catalogue, print).close()
    assert not (tmp_path / "nowhere").exists()


def test_what_windows_does_not_remove_yet_is_removed_by_the_next(indexed, monkeypatch):
    """It keeps files that somebody has open, as Chroma has for as long as a process lives."""
    stray = indexed / "chroma" / f"{next((indexed / 'chroma').iterdir()).name[:-6]}abcdef"
    stray.mkdir()
    (stray / "chroma.sqlite3").write_bytes(b"x")

    def held(path):
        raise PermissionError(13, "The process cannot access the file")

    with monkeypatch.context() as patch:
        patch.setattr(folders_module, "os", elsewhere.Other(os, unlink=held))
        assert reopened(indexed) == (set(), True)
    assert (stray / "chroma.sqlite3").exists()
    assert reopened(indexed) == (set(), True)
    assert not stray.exists()
