"""The lock: a text that version control merges, and what differs from it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.errors import ProjectError
from jupyter_localai.project import lock as locks
from jupyter_localai.results.projects import Lock, LockedDocument

A = LockedDocument("a.md", "aa", 2, "d1")
B = LockedDocument("b/ü.md", "bb", 1, "d2")
LOCK = Lock("all-MiniLM-L6-v2", "1f", 5, (A, B))


def written(tmp_path, text):
    file = tmp_path / "localai.lock"
    file.write_text(text, encoding="utf-8")
    return file


def test_each_document_has_a_line_in_the_order_of_paths():
    lines = locks.to_text(Lock("m", "1f", 5, (B, A))).splitlines()
    assert [json.loads(line).get("path") for line in lines] == [None, None, "a.md", "b/ü.md"]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
documents = st.builds(LockedDocument, texts, texts, st.integers(0, 9), texts, texts)


@given(st.lists(documents, unique_by=lambda d: d.path, max_size=5))
def test_what_is_written_is_read_again(tmp_path_factory, listed):
    lock = Lock("m", "1f", 5, tuple(sorted(listed, key=lambda d: d.path)))
    assert locks.read(written(tmp_path_factory.mktemp("lock"), locks.to_text(lock))) == lock


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: "", "bad_lock"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "lock_too_new"),
        (lambda text: text + "<<<<<<< ours\n", "bad_lock"),
        (lambda text: text + text.splitlines()[-1], "bad_lock"),
        (lambda text: text[:-20], "bad_lock"),
        (lambda text: text.replace('"chunks": 2', '"chunks": "2"'), "bad_lock"),
        (lambda text: text.splitlines()[0], "bad_lock"),
        (lambda text: "[" * 100_000, "bad_lock"),
        (lambda text: "3\n4\n", "bad_lock"),
    ],
    ids="empty newer conflict twice cut type head deep numbers".split(),
)
def test_what_is_no_lock_has_a_named_error(tmp_path, change, code):
    with pytest.raises(ProjectError) as caught:
        locks.read(written(tmp_path, change(locks.to_text(LOCK))))
    assert caught.value.code == code and caught.value.remedy


def test_a_lock_that_is_not_there(tmp_path):
    with pytest.raises(ProjectError, match="There is no localai") as caught:
        locks.read(tmp_path / "localai.lock")
    assert caught.value.code == "no_lock"


def test_what_differs_is_listed():
    here = Lock(LOCK.embedder, "1f", 5, (LockedDocument("a.md", "xx", 2, "d1"), LockedDocument("c.md", "cc")))
    found = locks.compare(LOCK, here)
    assert (found.changed, found.missing, found.added, found.other_text) == (("a.md",), ("b/ü.md",), ("c.md",), ())
    assert not found.ok and locks.compare(LOCK, LOCK).ok


def test_a_document_that_is_not_indexed_here_is_judged_by_its_content():
    assert locks.compare(LOCK, Lock(LOCK.embedder, "1f", 5, (LockedDocument("a.md", "aa"), B))).ok


@pytest.mark.parametrize(
    "here", [LockedDocument("a.md", "aa", 3, "d1"), LockedDocument("a.md", "aa", 0, error="timeout")]
)
def test_the_same_content_cut_otherwise_differs(here):
    assert locks.compare(LOCK, Lock(LOCK.embedder, "1f", 5, (here, B))).other_text == ("a.md",)


@pytest.mark.parametrize(
    ("here", "word"),
    [
        (Lock("other", "2f", 5, (A, B)), "configured one is other"),
        (Lock(LOCK.embedder, "2f", 5, (A, B)), "other weights"),
        (Lock(LOCK.embedder, "1f", 6, (A, B)), "version 6"),
    ],
)
def test_another_model_or_reader_is_said_once(here, word):
    found = locks.compare(LOCK, here)
    assert len(found.differs) == 1 and word in found.differs[0] and not found.other_text and not found.ok
