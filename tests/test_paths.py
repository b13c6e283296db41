"""How paths are spelled and files replaced where systems differ: on disks that know no capitals, and on Windows."""

import os
import unicodedata

import pytest

from jupyter_localai import paths
from tests.support import elsewhere


@pytest.fixture
def as_on_macos(monkeypatch):
    """Files are found by any spelling, and listed by the one they were made with."""
    real_lexists, real_samefile, real_listdir = os.path.lexists, os.path.samefile, os.listdir

    def there(path):
        """Return a path as this disk has it, if it has one that differs in capitals and forms of accents alone."""
        folder, name = os.path.split(path)
        if not name:
            return path
        folder = there(folder)
        names = real_listdir(folder) if folder and os.path.isdir(folder) else []
        found = next((other for other in names if _plain(other) == _plain(name)), None)
        return None if found is None or folder is None else os.path.join(folder, found)

    monkeypatch.setattr(os, "listdir", lambda path: real_listdir(there(path) or path))
    monkeypatch.setattr(os.path, "lexists", lambda path: real_lexists(there(path) or path))
    monkeypatch.setattr(os.path, "samefile", lambda a, b: real_samefile(there(a) or a, there(b) or b))


def _plain(name):
    return unicodedata.normalize("NFC", name).casefold()


@pytest.mark.parametrize(
    "asked", ["Notes/Prüfung.md", "notes/prüfung.md", "NOTES/PRÜFUNG.MD", "Notes/Pru\u0308fung.md"]
)
def test_one_file_has_one_spelling(as_on_macos, tmp_path, asked):
    (tmp_path / "Notes").mkdir()
    (tmp_path / "Notes" / "Prüfung.md").write_text("x")
    assert paths.real(str(tmp_path / asked)) == str(tmp_path / "Notes" / "Prüfung.md")


def test_what_is_there_no_more_is_spelled_as_asked_in_the_folder_that_is(as_on_macos, tmp_path):
    (tmp_path / "Notes").mkdir()
    assert paths.real(str(tmp_path / "NOTES" / "Gone.md")) == str(tmp_path / "Notes" / "Gone.md")


def test_where_capitals_count_nothing_is_changed(tmp_path):
    (tmp_path / "Notes").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "Notes")
    assert paths.real(str(tmp_path / "notes" / "a.md")) == str(tmp_path / "notes" / "a.md")
    assert paths.real(str(tmp_path / "link" / "a.md")) == str(tmp_path / "Notes" / "a.md")


def test_windows_is_given_time_to_let_go_of_a_file(tmp_path, monkeypatch):
    tries = []

    def replace(source, target):
        tries.append(source)
        if len(tries) < 3:
            raise PermissionError(13, "The process cannot access the file")
        os.rename(source, target)

    monkeypatch.setattr(paths, "os", elsewhere.Other(os, name="nt", replace=replace))
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    paths.replace(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_text() == "new" and len(tries) == 3


@pytest.mark.parametrize("name", ["nt", "posix"])
def test_what_stays_held_is_told(tmp_path, monkeypatch, name):
    def replace(source, target):
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(paths, "os", elsewhere.Other(os, name=name, replace=replace))
    monkeypatch.setattr(paths, "_HELD_SECONDS", 0.1)
    with pytest.raises(PermissionError):
        paths.replace(tmp_path / "new", tmp_path / "old")
