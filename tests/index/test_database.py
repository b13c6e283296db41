"""What is deleted or written over is gone from the file itself, not only from its tables."""

import errno
import os
import sqlite3

import pytest

from jupyter_localai.errors import StoreBusyError, StoreError
from jupyter_localai.index import database as database_module
from jupyter_localai.index.database import Database
from tests.support.in_process import run_index

SENTENCE = "Xylophonist Quagmire was dismissed because of the zeppelin affair."


def files_with(database, needle):
    """Return the names of the database's files, its log included, in which `needle` occurs."""
    files = database.parent.glob(f"{database.name}*")
    return [file.name for file in files if needle.encode() in file.read_bytes()]


@pytest.mark.parametrize(
    "change", ["DELETE FROM state WHERE key = 'a'", "UPDATE state SET value = 'x' WHERE key = 'a'"]
)
def test_what_a_row_said_is_gone_from_the_file_with_it(tmp_path, change):
    database = Database(tmp_path / "c.sqlite")
    for key in "abc":
        database.remember(key, f"{key}: {SENTENCE}")
    database.flush()
    assert files_with(database.path, f"a: {SENTENCE}")
    with database.transaction():
        database.execute(change)
    database.flush()
    assert files_with(database.path, f"a: {SENTENCE}") == []
    assert files_with(database.path, f"b: {SENTENCE}") == ["c.sqlite"]
    database.close()


def test_a_sentence_that_was_edited_out_is_gone_from_the_file(engine, folder):
    run_index(engine, [str(folder)])
    path = folder / "leave.md"
    before = path.read_text()
    path.write_text(f"{before}\n## Dismissals\n\n{SENTENCE}\n")
    run_index(engine)
    catalogue = engine.config.store / "catalogue.sqlite"
    assert files_with(catalogue, SENTENCE)
    path.write_text(before)
    run_index(engine)
    engine.close()
    assert files_with(catalogue, SENTENCE) == []


@pytest.mark.parametrize("is_reading", [True, False])
def test_a_file_that_another_program_has_open_is_kept_and_used(tmp_path, is_reading):
    """SQLite would put the log of the old file into the new one."""
    database = Database(tmp_path / "c.sqlite")
    with database.transaction():
        database.execute_many("INSERT INTO state VALUES (?, ?)", [(f"k{n}", "x" * 3000) for n in range(300)])
    other = sqlite3.connect(database.path, isolation_level=None, timeout=0)
    if is_reading:
        other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM state").fetchone() == (300,)
    with database.transaction():
        database.execute("DELETE FROM state WHERE key > 'k2'")
        database.execute_many("INSERT INTO state VALUES (?, ?)", [(f"m{n}", "y" * 3000) for n in range(100)])
    left = database.rows("SELECT key FROM state ORDER BY key")
    database.rows("PRAGMA busy_timeout = 0")
    with pytest.raises(StoreBusyError):
        database.compact()
    database.remember("z", "written")
    other.close()
    assert database.rows("PRAGMA integrity_check") == [("ok",)]
    assert database.rows("SELECT key FROM state ORDER BY key") == [*left, ("z",)]
    database.compact()
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["c.sqlite"]
    database = Database(tmp_path / "c.sqlite")
    assert database.rows("SELECT key FROM state ORDER BY key") == [*left, ("z",)]
    database.close()


def test_a_disk_that_is_full_at_last_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    """As with a quota, or where a disk only then looks for room when a file is to be on it."""

    def full(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    database = Database(tmp_path / "c.sqlite")
    database.remember("a", "kept")
    with monkeypatch.context() as patch, pytest.raises(StoreError) as caught:
        patch.setattr(database_module, "_to_disk", full)
        database.compact()
    assert caught.value.code == "disk_full"
    assert database.recall("a") == "kept"
    database.compact()
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["c.sqlite"]


def test_a_file_that_another_program_writes_to_is_not_called_damaged(tmp_path):
    database = Database(tmp_path / "c.sqlite")
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database.rows("PRAGMA busy_timeout = 0")
    with pytest.raises(StoreBusyError) as caught:
        database.remember("a", "kept")
    assert "Close" in caught.value.remedy
    other.close()
    database.remember("a", "kept")
    database.close()


def test_a_file_that_windows_does_not_replace_is_kept_and_used(tmp_path, monkeypatch):
    def held(source, target):
        raise PermissionError(13, "The process cannot access the file")

    database = Database(tmp_path / "c.sqlite")
    database.remember("a", "kept")
    monkeypatch.setattr(database_module, "replace", held)
    with pytest.raises(StoreBusyError) as caught:
        database.compact()
    assert "compact" in caught.value.remedy
    assert database.recall("a") == "kept"
    database.remember("b", "written")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".sqlite", ".sqlite-shm", ".sqlite-wal"]
    database.close()
