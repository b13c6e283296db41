"""Disks that are full or read-only, and embedding models that change: told clearly, nothing lost."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.engine import mentions
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import EmbedderMismatchError, StoreError, UnknownCollectionError
from jupyter_localai.index.database import Database, disk_full
from tests.index.test_forget import traces
from tests.support import probe
from tests.support.equality import assert_sound
from tests.support.in_process import WordEmbedder, run_index


def mount(*arguments):
    """Mount something; tests that need it are skipped where that is not allowed."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount")
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path):
    """A disk of 3 MiB."""
    point = tmp_path / "disk"
    point.mkdir()
    mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", point)
    yield point
    subprocess.run(["umount", "--lazy", str(point)], check=False)


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(150):
        text = "\n\n".join(" ".join(f"word{(number * i + j) % 997}" for j in range(60)) for i in range(6))
        (folder / f"{number}.txt").write_text(f"number{number}\n\n{text}\n")
    return folder


def test_a_full_disk_is_told_and_loses_nothing(disk, documents, monkeypatch, tiny):
    monkeypatch.setattr("jupyter_localai.engine.indexing._BATCH_CHARS", 5000)
    config = Config(store=disk / "store", embedder=str(tiny), precision="float32")
    engine = Engine.open(config)
    with pytest.raises(StoreError) as caught:
        run_index(engine, [str(documents)])
    assert (caught.value.code, "Free some space" in caught.value.remedy) == ("disk_full", True)
    with contextlib.suppress(StoreError):
        engine.close()

    with la.connect(store=disk / "store", embedder=str(tiny)) as ai:  # on the full disk
        assert ai.search("number7 word7", k=1)
        stored = ai.status().documents
        assert 0 < stored < 150

    mount("-o", "remount,size=200m", disk)
    engine = Engine.open(config)
    report = run_index(engine)
    assert (report.added + report.updated + report.unchanged, report.failed) == (150, ())
    assert engine.search("number149", k=1)[0].path == str(documents / "149.txt")
    assert len(probe.open_folder(engine).numbers()) == report.chunks
    engine.close()


@pytest.fixture
def plugged(disk, folder, engine):
    """An index of a folder on a disk of its own; returns the folder, and what brings the disk there and away."""

    def plug():
        mount("-t", "tmpfs", "tmpfs", disk)
        shutil.copytree(folder, disk, dirs_exist_ok=True)

    def unplug():
        subprocess.run(["umount", "--lazy", str(disk)], check=True)

    unplug()
    plug()
    run_index(engine, [str(disk)])
    return disk, plug, unplug


def test_a_folder_keeps_its_documents_while_its_disk_is_away(engine, plugged):
    disk, plug, unplug = plugged
    for _ in range(2):
        unplug()
        report = run_index(engine)
        assert (report.removed, [(one.path, one.code) for one in report.failed]) == (0, [(str(disk), "disk_away")])
        assert engine.search("annual leave", k=1)[0].path == str(disk / "leave.md")
        plug()
        report = run_index(engine)
        assert (report.unchanged, report.embedded, report.failed) == (3, 0, ())
    for path in disk.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert run_index(engine).removed == 3  # emptied, and on its disk


def test_a_switch_waits_for_a_disk_that_is_away(tmp_path, plugged, engine):
    disk, _, unplug = plugged
    unplug()
    engine.close()
    engine = Engine.open(engine.config, other_embedder())
    with pytest.raises(StoreError) as caught:
        list(engine.rebuild())
    assert caught.value.code == "disk_away" and str(disk) in caught.value.message
    assert engine.status().documents == 3
    engine.close()


def test_a_full_record_rolls_back_to_what_it_was(engine, folder):
    run_index(engine, [str(folder)])
    pages = probe.rows(engine, "PRAGMA page_count")[0][0]
    (folder / "more.txt").write_text("\n\n".join(f"paragraph {n} " + "word " * 60 for n in range(200)))
    probe.rows(engine, f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError) as caught:
        run_index(engine)
    assert caught.value.code == "disk_full"
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    probe.rows(engine, "PRAGMA max_page_count = 1000000")
    assert run_index(engine).added == 1


def test_a_full_disk_under_chroma_is_not_called_damage(engine, folder, monkeypatch):
    run_index(engine, [str(folder)])

    class Full:
        def __getattr__(self, name):
            raise RuntimeError("error returned from database: (code: 13) database or disk is full")

    probe.break_chroma(engine, monkeypatch, Full())
    (folder / "new.txt").write_text("something new")
    with pytest.raises(StoreError) as caught:
        run_index(engine)
    assert caught.value.code == "disk_full"


@pytest.fixture
def read_only(tmp_path, folder, tiny):
    """A store with three documents that cannot be written."""
    store = tmp_path / "store"
    engine = Engine.open(Config(store=store, embedder=str(tiny)))
    run_index(engine, [str(folder)])
    engine.close()
    if os.geteuid() == 0:
        mount("--bind", store, store)
        subprocess.run(["mount", "-o", "remount,ro,bind", str(store)], check=True)
        yield store
        subprocess.run(["umount", "--lazy", str(store)], check=False)
    else:
        everything = [store, *store.rglob("*")]
        for path in everything:
            path.chmod(0o500 if path.is_dir() else 0o400)
        yield store
        for path in everything:
            path.chmod(0o700 if path.is_dir() else 0o600)


def test_a_store_that_cannot_be_written_is_searched(read_only, folder, tiny):
    with la.connect(store=read_only, embedder=str(tiny)) as ai:
        hits = ai.search("annual leave", k=3)
        assert hits[0].document == "Handbook"
        assert ai.ask("Why was the Gull Rock gauge offline?").mode == "extractive"
        assert ai.search("gauge", file="*.py")[0].document == "spikes.py"
        assert ai.status().engine["read_only"] is True
        for change in (lambda: ai.index(folder), ai.rebuild, lambda: ai.forget(folder / "leave.md")):
            with pytest.raises(StoreError) as caught:
                change()
            assert caught.value.code == "store_unwritable"


def test_exact_search_agrees_with_chroma(engine, documents):
    run_index(engine, [str(documents)])
    by_chroma = [(hit.path, hit.start, round(hit.score, 5)) for hit in engine.search("word7 word11 number3", k=10)]
    hits = probe.without_chroma(engine).search("word7 word11 number3", k=10)
    by_comparing = [(hit.path, hit.start, round(hit.score, 5)) for hit in hits]
    assert by_comparing == by_chroma


def test_no_store_at_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        la.connect(store=tmp_path / "file" / "store")
    assert caught.value.code == "store_unwritable"


def other_embedder():
    other = WordEmbedder()
    other.fingerprint, other.name = "words-2", "other words"
    return other


@pytest.fixture
def switched(tmp_path, folder):
    """A store built with one embedding model, opened with another."""
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    run_index(engine, [str(folder / "leave.md")], "hr")
    engine.close()
    engine = Engine.open(config, other_embedder())
    yield engine
    engine.close()


def test_another_embedding_model_is_switched_to_by_rebuild(switched, folder):
    with pytest.raises(EmbedderMismatchError, match="built with the embedding model words"):
        switched.search("leave")
    *_, report = switched.rebuild()
    assert (report.collections, report.documents, report.embedded) == (("default", "hr"), 4, 3)
    assert {c.embedder for c in switched.collections()} == {"other words"}
    assert switched.search("annual leave", k=1)[0].document == "Handbook"
    assert run_index(switched).unchanged == 3
    assert len(list((switched.config.store / "chroma").iterdir())) == 2
    assert probe.rows(switched, "SELECT count(*) FROM vectors") == [(3,)]


def test_only_the_named_collection_is_switched(switched):
    *_, report = switched.rebuild("hr")
    assert (report.collections, report.documents) == (("hr",), 1)
    with pytest.raises(EmbedderMismatchError):
        switched.search("leave")


def test_an_interrupted_switch_leaves_the_old_version_and_goes_on_later(switched, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.storing._MUCH", 0)  # so that files are counted
    monkeypatch.setattr("jupyter_localai.engine.indexing._BATCH_CHARS", 1)
    run = switched.rebuild("default")
    for event in run:
        if event.stage == "index" and event.done == 1:
            break
    run.close()
    switched.close()
    old = Engine.open(switched.config, WordEmbedder())
    assert old.search("annual leave", k=1)[0].document == "Handbook"
    assert old.status().documents == 3
    old.close()
    again = Engine.open(switched.config, other_embedder())
    *_, report = again.rebuild("default")
    assert report.embedded < 3
    assert again.search("annual leave", k=1)[0].document == "Handbook"
    again.close()


def test_a_switch_that_is_given_up_leaves_nothing(switched):
    run = switched.rebuild("default")
    for event in run:
        if event.stage == "index":
            break
    run.close()
    switched.close()
    old = Engine.open(switched.config, WordEmbedder())
    *_, report = old.rebuild()
    assert report.embedded == 0
    assert all(collection.active for collection in probe.catalogue(old).registry.all())
    old.close()


def test_a_switch_waits_for_a_missing_root(switched, folder):
    folder.rename(folder.with_name("unplugged"))
    with pytest.raises(StoreError) as caught:
        list(switched.rebuild("default"))
    assert caught.value.code == "root_missing"
    assert str(folder) in caught.value.message
    folder.with_name("unplugged").rename(folder)
    *_, report = switched.rebuild("default")
    assert report.documents == 3


def test_forgetting_reaches_a_version_that_is_being_built(switched, folder, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.storing._MUCH", 0)  # so that files are counted
    run = switched.rebuild("default")
    for event in run:
        if event.stage == "index" and event.done == 3:
            break
    run.close()
    list(switched.forget([str(folder / "gauge.txt")]))
    texts = probe.rows(switched, "SELECT text FROM chunks")
    assert not any("lightning" in text for (text,) in texts)


def test_room_left_by_what_was_deleted_is_given_back(engine, documents, monkeypatch):
    run_index(engine, [str(documents)])
    pages = probe.rows(engine, "PRAGMA page_count")[0][0]
    for number in range(140):
        (documents / f"{number}.txt").unlink()
    monkeypatch.setattr("jupyter_localai.index.database._WASTED_PAGES", 20)
    run_index(engine)
    assert probe.rows(engine, "PRAGMA freelist_count")[0][0] == 0
    assert probe.rows(engine, "PRAGMA page_count")[0][0] < pages / 2
    assert engine.search("number149", k=1)[0].path == str(documents / "149.txt")


@pytest.mark.parametrize("why", ["open elsewhere", "no room"])
def test_room_that_cannot_be_given_back_now_is_given_back_later(engine, documents, monkeypatch, why):
    def full(database):
        raise disk_full()

    run_index(engine, [str(documents)])
    for number in range(140):
        (documents / f"{number}.txt").unlink()
    monkeypatch.setattr("jupyter_localai.index.database._WASTED_PAGES", 20)
    other = sqlite3.connect(engine.config.store / "catalogue.sqlite")
    with contextlib.closing(other), monkeypatch.context() as patch:
        if why == "no room":
            patch.setattr(Database, "compact", full)
        assert other.execute("SELECT count(*) FROM documents").fetchone() == (150,)
        assert run_index(engine).removed == 140
        assert probe.rows(engine, "PRAGMA freelist_count")[0][0] > 20
    assert run_index(engine).unchanged == 10
    assert probe.rows(engine, "PRAGMA freelist_count")[0][0] == 0
    assert_sound(engine)


@pytest.mark.parametrize("why", ["open elsewhere", "no room"])
def test_a_store_that_cannot_be_cleaned_now_is_opened_and_cleaned_later(engine, folder, monkeypatch, why):
    def full(database):
        raise disk_full()

    run_index(engine, [str(folder)])
    other = sqlite3.connect(engine.config.store / "catalogue.sqlite")
    with contextlib.closing(other), monkeypatch.context() as patch:
        if why == "no room":
            patch.setattr(Database, "compact", full)
        assert other.execute("SELECT count(*) FROM documents").fetchone() == (3,)
        with pytest.raises(StoreError):
            list(engine.forget([str(folder / "gauge.txt")]))
        engine.close()
        again = Engine.open(engine.config, WordEmbedder())
        assert [hit.document for hit in again.search("annual leave", k=1)] == ["Handbook"]
        assert again.status().engine["cleaning_due"]
        again.close()
    again = Engine.open(engine.config, WordEmbedder())
    assert probe.rows(again, "SELECT 1 FROM state WHERE key = 'cleaning due'") == []
    list(again.compact())
    assert not again.status().engine["cleaning_due"]
    again.close()
    assert traces(engine.config.store, "lightning") == set()


def test_a_rebuild_leaves_no_words_that_were_edited_away(engine, folder):
    run_index(engine, [str(folder)])
    (folder / "gauge.txt").write_text("Gauge log\n\nThe gauge was painted green.\n")
    run_index(engine)
    list(engine.rebuild())
    assert b"lightning" not in (engine.config.store / "catalogue.sqlite").read_bytes()


def test_closing_twice_is_harmless(engine, folder):
    run_index(engine, [str(folder)])
    engine.close()
    engine.close()


def test_rebuilding_nothing_is_no_error(engine):
    *_, report = engine.rebuild()
    assert (report.collections, report.chunks) == ((), 0)


def test_a_search_does_not_build_what_is_being_built(engine, folder):
    run_index(engine, [str(folder)])
    events = engine.forget([str(folder / "gauge.txt")])
    while next(events).stage != "rebuild":
        pass
    assert "annual leave" in engine.search("annual leave", k=1)[0].text
    *_, report = events
    assert report.documents == 1
    assert len(list((engine.config.store / "chroma").iterdir())) == 1
    assert_sound(engine)


def test_searches_go_on_while_the_index_changes(engine, documents):
    run_index(engine, [str(documents)])
    errors, searches, done = [], [], threading.Event()

    def search():
        while not done.is_set():
            try:
                searches.append(engine.search("word7 word11", k=3))
            except Exception as error:
                errors.append(error)
                return

    searcher = threading.Thread(target=search)
    searcher.start()
    for number in range(0, 60, 2):
        (documents / f"{number}.txt").write_text(f"number{number} was changed\n")
        (documents / f"{number + 1}.txt").unlink()
    run_index(engine)
    list(engine.rebuild())
    list(engine.forget([str(documents / "0.txt")]))
    done.set()
    searcher.join()
    assert errors == [] and len(searches) > 3
    assert_sound(engine)


class Interrupted(WordEmbedder):
    """Does something else, once, before it embeds a question."""

    def __init__(self, first):
        super().__init__()
        self._first = first

    def embed_query(self, text):
        first, self._first = self._first, None
        if first is not None:
            first()
        return super().embed_query(text)


@pytest.mark.parametrize("asked", ["default", "all"])
def test_a_collection_that_goes_while_it_is_asked_is_no_damage(tmp_path, folder, asked):
    engine = Engine.open(
        Config(store=tmp_path / "store"), Interrupted(lambda: list(engine.forget(collection="default")))
    )
    run_index(engine, [str(folder)])
    run_index(engine, [str(folder / "leave.md")], "hr")
    if asked == "all":
        assert [hit.document for hit in engine.search("annual leave", collection=asked)] == ["Handbook"]
    else:
        with pytest.raises(UnknownCollectionError):
            engine.search("annual leave", collection=asked)
    engine.close()


def test_a_collection_that_goes_before_its_vectors_are_opened_is_no_error_of_ours(engine, folder, monkeypatch):
    def forget_first(catalogue, *given):
        monkeypatch.setattr(mentions, "chosen", chosen)
        list(engine.forget(collection="default"))
        return chosen(catalogue, *given)

    run_index(engine, [str(folder)])
    chosen = mentions.chosen
    monkeypatch.setattr(mentions, "chosen", forget_first)
    with pytest.raises(UnknownCollectionError):
        engine.search("annual leave")


def test_a_collection_that_is_rebuilt_while_it_is_asked_answers(tmp_path, folder):
    def switch():
        registry, catalogue = probe.catalogue(engine).registry, probe.catalogue(engine)
        with catalogue.transaction():
            built = registry.create("default", "default", "words", "words-1", active=False)
            registry.replace(probe.collection(engine), built)
        run_index(engine, [str(folder)])

    engine = Engine.open(Config(store=tmp_path / "store"), Interrupted(switch))
    run_index(engine, [str(folder)])
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    engine.close()


# the tokenizer and the configuration of an embedding model --------------------------------------------


class FiledEmbedder(WordEmbedder):
    """Words, with a tokenizer and a configuration that have this checksum."""

    def __init__(self, files):
        super().__init__()
        self.files = files


def told(engine, folder=None):
    report = run_index(engine, [str(folder)] if folder else [])
    hits = engine.search("annual leave", k=1)
    return {notice.code for notice in (*report.warnings, *(hits.warnings or ()))} & {"embedder_files"}


def test_other_files_of_an_embedding_model_are_told_and_cost_nothing(tmp_path, folder):
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())  # as an earlier version made it
    run_index(engine, [str(folder)])
    engine.close()
    engine = Engine.open(config, FiledEmbedder("one"))
    assert told(engine) == set() and len(probe.embedder(engine).seen) == 1  # the question
    engine.close()
    other = FiledEmbedder("other")
    engine = Engine.open(config, other)
    assert told(engine) == {"embedder_files"} and len(other.seen) == 1
    list(engine.forget(collection="default"))
    assert told(engine, folder) == set() and len(other.seen) > 3
    engine.close()
    engine = Engine.open(config, FiledEmbedder("one"))
    assert told(engine) == {"embedder_files"}
    engine.close()
