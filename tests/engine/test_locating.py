"""A citation is found again: where it was, elsewhere, in a file that changed or went; and nothing else is told."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_localai.engine import locating
from jupyter_localai.errors import UsageError
from jupyter_localai.index.texts import Part
from jupyter_localai.results.passages import Anchor
from tests.support import probe
from tests.support.in_process import run_index

QUOTE = "Boats must stay at the slipway when the wind is above twelve metres per second."
TEXT = f"# Boats\n\n{QUOTE}\n\nThe station leader decides when they may leave again.\n"
START = TEXT.index(QUOTE)
END = START + len(QUOTE)


@pytest.fixture
def boats(engine, tmp_path):
    """A document that is indexed, with others beside it."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "boats.md").write_text(TEXT)
    (folder / "other.md").write_text("# Canteen\n\nThe canteen opens at noon and closes at two.\n")
    run_index(engine, [str(folder)])
    return folder / "boats.md"


@pytest.fixture
def where(engine, boats):
    def where(path=boats, start=START, end=END, quote=QUOTE):
        return engine.locate(str(path), start, end, quote)

    return where


def test_a_document_that_is_as_it_was(where, boats):
    located = where()
    assert (located.path, located.state, located.kind) == (str(boats), "same", "markdown")
    assert (located.start, located.end, located.anchor.line) == (START, END, 3)
    assert where(quote="").state == "same"


def test_touching_or_copying_over_changes_nothing(where, boats):
    boats.write_text(boats.read_text())
    os.utime(boats, (1, 1))
    assert where().state == "same"


def test_what_is_too_large_to_hash_is_trusted_to_its_times(where, boats, monkeypatch):
    os.utime(boats, (1, 1))
    monkeypatch.setattr(locating, "_HASHED_BYTES", 10)
    assert where().state == "changed"


def test_an_edit_that_is_indexed_moves_the_quote(engine, where, boats):
    boats.write_text("One more line.\n\n" + TEXT.replace("slipway when", "slipway\n  when"))
    assert where().state == "changed"
    run_index(engine)
    located = where()
    assert (located.state, located.anchor.line) == ("moved", 5)
    found = boats.read_text()[located.start : located.end]
    assert found.split() == QUOTE.split()


def test_a_quote_that_is_gone(engine, where, boats):
    boats.write_text("# Boats\n\nThey may sail as they like.\n")
    located = where()
    assert (located.state, located.start, located.anchor.line) == ("changed", START, 3)
    run_index(engine)
    assert where().state == "changed"


def test_a_file_that_is_deleted(engine, where, boats):
    boats.unlink()
    assert where().state == "missing"
    boats.mkdir()
    assert where().state == "missing"
    boats.rmdir()
    run_index(engine)
    assert where().state == "unknown"


def test_a_file_that_is_renamed(engine, where, boats):
    now = boats.with_name("slipway rules.md")
    boats.rename(now)
    assert where().state == "missing"  # nobody has looked yet
    run_index(engine)
    located = where()
    assert (located.path, located.state, located.start, located.anchor.line) == (str(now), "moved", START, 3)
    assert where(quote="").state == "unknown"
    assert where(quote="Boats must").state == "unknown"  # which could stand anywhere


def test_of_several_copies_the_one_of_the_same_name_is_taken(engine, where, boats):
    for name in ("a", "b"):
        boats.parent.joinpath(name).mkdir()
    shutil.copy(boats, boats.parent / "a" / "copy.md")
    (boats.parent / "b" / "boats.md").write_text(f"More.\n\n{TEXT}")
    boats.unlink()
    run_index(engine)
    assert where().path == str(boats.parent / "b" / "boats.md")
    (boats.parent / "b" / "boats.md").unlink()  # and not indexed again
    assert where().path == str(boats.parent / "a" / "copy.md")


def test_a_document_of_two_collections_is_the_version_that_was_cited(engine, where, boats):
    boats.write_text("One more line.\n\n" + TEXT)
    run_index(engine, [str(boats.parent)], "later")
    moved = START + len("One more line.\n\n")
    assert where(start=moved, end=moved + len(QUOTE)).state == "same"
    assert where().state == "changed"


def test_a_document_that_could_not_be_read_any_more(engine, where, boats):
    boats.write_bytes(b"\x00\x01\x02" * 100)
    run_index(engine)
    assert where().state in ("changed", "unknown")


def test_of_what_is_not_indexed_nothing_is_looked_at(engine, where, boats, tmp_path, monkeypatch):
    (tmp_path / "secret.md").write_text("x")
    asked = []
    monkeypatch.setattr(locating, "_on_disk", lambda version: asked.append(version.path))
    there, absent = where(tmp_path / "secret.md", quote="x"), where(tmp_path / "no.md", quote="x")
    assert (there.state, absent.state, asked) == ("unknown", "unknown", [])
    assert there.anchor == Anchor() and there.path == str(tmp_path / "secret.md")


@pytest.mark.parametrize("span", [(-1, 5), (5, 4), (0, 2**70)])
def test_a_span_that_is_none(where, span):
    with pytest.raises(UsageError):
        where(start=span[0], end=span[1])


@pytest.mark.parametrize("path", ["/a\0b", "/a\ud800"])
def test_a_path_that_is_none(where, path):
    with pytest.raises(UsageError):
        where(Path(path))


def test_other_scripts_and_halves_of_letters(engine, where, boats):
    quote = "船は風速十二メートルを超えるときは船台にとどまらなければならない。"
    boats.with_name("jp.md").write_text(f"# 船\n\n{quote}\n")
    run_index(engine)
    boats.with_name("jp.md").rename(boats.with_name("船.md"))
    run_index(engine)
    assert where(boats.with_name("jp.md"), 5, 5 + len(quote), quote).path == str(boats.with_name("船.md"))
    assert where(quote="\ud800" * 30).state == "changed"


def test_searching_is_bounded(engine, boats, monkeypatch):
    """However many documents have the words, some twenty of a collection are looked at."""
    for number in range(60):
        boats.with_name(f"{number}.md").write_text(f"{QUOTE} {number}")
    run_index(engine)
    found = probe.count_looks(monkeypatch)
    assert engine.locate("/nowhere.md", 0, len(QUOTE), QUOTE).state == "moved"
    assert len(found) <= 20


words = st.lists(st.sampled_from(["gauge", "wind", "boat", "é", "日本", "😀", "a"]), min_size=1, max_size=12)
spaces = st.sampled_from([" ", "\n", "\r\n", "  ", "\t"])


@settings(max_examples=300)
@given(st.data(), words, words, words)
def test_a_quote_is_found_whatever_became_of_the_white_space(data, before, quoted, after):
    def laid(parts):
        return "".join(part + data.draw(spaces) for part in parts)

    quote = laid(quoted).strip()
    text = laid(before) + laid(quoted) + laid(after)
    start, end = probe.find_quote(quote, Part(100, text, ()), 100 + data.draw(st.integers(-5, 300)))
    assert "".join(text[start - 100 : end - 100].split()) == "".join(quote.split())
    assert not text[start - 100].isspace() and not text[end - 101].isspace()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab \n.é😀"), max_size=60), st.text(st.sampled_from("ab \n.é😀"), max_size=60))
@example("", "")
def test_whatever_is_edited_the_span_says_the_quote(engine, boats, before, after):
    boats.write_text(TEXT)
    run_index(engine)
    boats.write_text(f"{before}\n\n{QUOTE}\n\n{after}")
    run_index(engine)
    located = engine.locate(str(boats), START, END, QUOTE)
    assert located.state in ("same", "moved")
    assert boats.read_text()[located.start : located.end] == QUOTE
    line = boats.read_text()[: located.start].count("\n") + 1
    assert located.anchor.line == line


def test_no_table_is_gone_through(engine, boats):
    plans, catalogue = [], probe.catalogue(engine)
    for sql, values in (
        ("SELECT id FROM documents WHERE collection_id = ? AND path = ?", (1, "x")),
        ('SELECT start FROM chunks WHERE document_id = ? AND start < ? AND "end" > ? ORDER BY seq', (1, 1, 1)),
    ):
        plans += [row[3] for row in catalogue.rows(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert all(plan.startswith("SEARCH") for plan in plans), plans


def test_the_text_around_a_citation_comes_along_only_when_it_is_asked_for(engine, boats, where, monkeypatch):
    assert (where().text, where().text_start) == (None, None)
    located = engine.locate(str(boats), START, END, QUOTE, text=True)
    assert located.text is not None and located.text_start is not None
    begin = located.start - located.text_start
    assert located.text[begin : begin + len(QUOTE)] == QUOTE
    assert "may leave again" in located.text and "canteen" not in located.text

    monkeypatch.setattr(locating, "_AROUND_CHARS", 5)
    short = engine.locate(str(boats), START, END, QUOTE, text=True)
    assert short.text_start == START - 5 and short.text == TEXT[START - 5 : END + 5]
