"""Choosing a reader, refusing what is no document, and opening files safely."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.kinds import BY_SUFFIX, READERS
from jupyter_localai.ingest.formats.parts.headings import MAX_CHARS, MAX_LEVELS, MAX_PATH_CHARS, HeadingPath
from jupyter_localai.ingest.read import load, read
from jupyter_localai.results.passages import Document

from ..support.pdf_files import make_pdf

CORPUS = Path(__file__).parents[2] / "examples" / "corpus"

MIB = 2**20

posix_only = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX file system")


_MARKS = '<>/&;"\\{}[]:,|=#-\n\r\t abu0p1é\u2028\u00ad'


def refusal(name, data):
    with pytest.raises(ReadError) as caught:
        read(name, data)
    return caught.value.code


def check_places(document):
    """Places are in order, inside the text, do not overlap, and leave out nothing but white space."""
    end = 0
    for place in document.places:
        assert end <= place.start < place.end <= len(document.text)
        assert not document.text[end : place.start].strip()
        end = place.end
    assert not document.text[end:].strip()


@settings(max_examples=400)
@given(
    name=st.sampled_from([f"a{suffix}" for suffix in (".txt", *BY_SUFFIX)]),
    data=st.binary(max_size=300) | st.text(_MARKS, max_size=300).map(str.encode),
)
@example("a.txt", b"%PDF-1.7")
@example("a.ipynb", b"[" * 50_000)
def test_any_bytes_become_a_document_or_a_read_error(name, data):
    try:
        document = read(name, data)
    except ReadError as error:
        assert error.code and error.message
    else:
        check_places(document)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py", "Makefile"])
@pytest.mark.parametrize(
    "data", [b"PK\x03\x04rest", b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0", b"GIF89a", b"\x1f\x8b\x08", b"\x7fELF"]
)
def test_a_file_with_the_signature_of_another_format_is_binary(name, data):
    assert refusal(name, data) == "binary"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py", "a.ipynb", "a.pdf"])
def test_an_empty_file_is_a_document_with_a_warning(name):
    document = read(name, b"")
    assert (document.text, document.places, document.title) == ("", (), "")
    assert document.warnings == ("The file is empty.",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", "markdown"),
        ("A.MARKDOWN", "markdown"),
        ("a.rst", "rst"),
        ("a.py", "code"),
        ("a.R", "code"),
        ("a.txt", "text"),
        ("a.htm", "html"),
        ("a.eml", "email"),
        ("a.tsv", "table"),
        ("a.yml", "data"),
        ("README", "text"),
        ("a.unknown", "text"),
    ],
)
def test_kind_follows_the_suffix(name, kind):
    assert read(name, b"words\n").kind == kind


@pytest.mark.parametrize("name", ["plan.docx", "plan.pdf", "plan.txt", "plan"])
def test_zeros_only_were_not_downloaded(name):
    assert refusal(name, bytes(20_000)) == "not_downloaded"


def test_a_pdf_is_known_by_its_content_under_any_name():
    assert read("report.txt", make_pdf("Words on a page.")).kind == "pdf"


def test_handbook_sections_stand_where_the_file_has_them():
    data = (CORPUS / "handbook.md").read_bytes()
    document = read("handbook.md", data)
    lines = data.decode().splitlines()
    written = {number: line for number, line in enumerate(lines, 1) if line.startswith("#")}
    sections = [place for place in document.places if place.anchor.line in written]
    assert [place.anchor.line for place in sections] == list(written)
    assert {place.anchor.heading for place in document.places} == {place.anchor.heading for place in sections}
    for place in sections:
        assert place.anchor.heading.rsplit(" > ", 1)[-1] == written[place.anchor.line].lstrip("# ")
        assert document.text[place.start :].startswith(written[place.anchor.line])


def test_example_notebook_is_read_cell_by_cell():
    data = (CORPUS / "tide_analysis.ipynb").read_bytes()
    cells = json.loads(data)["cells"]
    document = read("tide_analysis.ipynb", data)
    assert document.places
    for place in document.places:
        source = "".join(cells[place.anchor.cell]["source"])
        assert document.text[place.start : place.end].startswith(source)


def load_code(path, max_bytes=MIB):
    with pytest.raises(ReadError) as caught:
        load(str(path), max_bytes)
    return caught.value.code


def test_load_returns_the_bytes_as_they_are(tmp_path):
    (tmp_path / "a").write_bytes(b"\r\n\x00\x1a\xff")
    assert load(str(tmp_path / "a"), 5) == b"\r\n\x00\x1a\xff"


def test_load_refuses_one_byte_too_many(tmp_path):
    (tmp_path / "a").write_bytes(b"123456")
    assert load_code(tmp_path / "a", 5) == "too_large"


@posix_only
def test_load_refuses_a_huge_file_without_reading_it(tmp_path):
    with open(tmp_path / "big.txt", "wb") as handle:
        handle.truncate(2 * 2**30)
    begin = time.monotonic()
    assert load_code(tmp_path / "big.txt", 64 * MIB) == "too_large"
    assert time.monotonic() - begin < 60


def test_load_of_nothing_is_not_found(tmp_path):
    assert load_code(tmp_path / "gone.txt") == "not_found"


def test_load_of_a_folder_is_not_regular(tmp_path):
    assert load_code(tmp_path) == "not_regular"


_LOAD = """
import sys
from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import load
try:
    load(sys.argv[1], 100)
except ReadError as error:
    print(error.code)
"""


@posix_only
def test_load_of_a_pipe_is_not_regular_and_does_not_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    # a process of its own, so that a wait fails this test and not the whole run
    command = [sys.executable, "-c", _LOAD, str(tmp_path / "pipe.txt")]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout == "not_regular\n"


@posix_only
def test_load_of_a_pipe_that_took_the_place_of_a_file_does_not_wait(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"words")
    os.mkfifo(tmp_path / "pipe.txt")
    regular = os.stat(tmp_path / "a.txt")
    flags = []
    real_open = os.open

    def watched(path, mode, *rest):
        flags.append(mode)
        return real_open(path, mode | os.O_NONBLOCK, *rest)

    monkeypatch.setattr("jupyter_localai.ingest.read.os.stat", lambda path, **_: regular)
    monkeypatch.setattr("jupyter_localai.ingest.read.os.open", watched)
    assert load_code(tmp_path / "pipe.txt") == "not_regular"
    assert flags[0] & os.O_NONBLOCK


def test_halves_of_letters_do_not_reach_the_store():
    cell = b'{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# x \\ud800\\n\\ny"}'
    document = read("a.ipynb", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + cell + b"]}")
    assert document.text == "# x \ufffd\n\ny\n\n" and document.title == "x \ufffd"
    assert document.places[0].anchor.heading == "x \ufffd"


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="links are followed here")
@pytest.mark.parametrize("what", ["file", "folder", "upper folder"])
def test_load_follows_no_link_that_has_come_since_listing(tmp_path, what):
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root, outside):
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "notes.txt").write_text(folder.name)
    path = root / "a" / "b" / "notes.txt"
    assert load(str(path), MIB, str(root)) == b"root"
    assert load(str(path), MIB, str(path)) == b"root"
    part = {"file": path, "folder": path.parent, "upper folder": path.parent.parent}[what]
    part.rename(tmp_path / "before")
    part.symlink_to(outside / part.relative_to(root))
    assert path.read_text() == "outside"
    with pytest.raises(ReadError) as caught:
        load(str(path), MIB, str(root))
    assert caught.value.code == "not_regular"


# -- a small file that says very much ------------------------------------------------------------------


def many_sections(heading):
    return f"{heading}\n\n" + "## a\n\nb\n\n" * 2000


LONG = "w" * 30_000
NESTED = "".join(f"{'#' * level} {'w' * 190}\n\n" for level in range(1, 6))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", many_sections(f"# {LONG}")),
        ("a.rst", f"{LONG}\n{'=' * 30_000}\n\n" + "a\n--\n\nb\n\n" * 2000),
        ("a.html", f"<h1>{'w' * 299}</h1>" + "<h2>a</h2><p>b</p>" * 2000),
        ("a.py", f"def {LONG}():\n    pass\n"),
        (
            "a.ipynb",
            json.dumps(
                {
                    "nbformat": 4,
                    "nbformat_minor": 5,
                    "metadata": {},
                    "cells": [
                        {"cell_type": "markdown", "id": "a" * 500, "metadata": {}, "source": f"# {LONG}"},
                        *(
                            {"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], "source": "b"}
                            for _ in range(500)
                        ),
                    ],
                }
            ),
        ),
        (
            "a.xml",
            "<a>" * 40
            + "".join(f"<s><title>t{n}</title><p>b <b>c</b> d</p>" for n in range(40))
            + "</s>" * 40
            + "</a>" * 40,
        ),
    ],
)
def test_places_say_little_however_long_headings_are(name, text):
    document = read(name, text.encode())
    check_places(document)
    assert len(document.title) <= MAX_CHARS
    for place in document.places:
        heading = place.anchor.heading or ""
        assert len(heading) <= MAX_PATH_CHARS and heading.count(" > ") < MAX_LEVELS
        assert all(len(part) <= MAX_CHARS for part in heading.split(" > ")) or name == "a.py"
        assert len(place.anchor.cell_id or "") <= MAX_CHARS


def test_of_many_levels_the_nearest_count():
    path = HeadingPath()
    for level in range(1, 10):
        path.enter(level, f"h{level}")
    assert str(path) == "h4 > h5 > h6 > h7 > h8 > h9"
    path.enter(5, "again")
    assert str(path) == "h4 > again"


def test_a_small_file_whose_places_say_very_much_is_refused():
    assert refusal("a.md", (NESTED + "###### a\n" * 3000).encode()) == "too_much_text"


def test_a_small_file_whose_text_is_very_long_is_refused():
    with mock.patch.dict(READERS, table=lambda data, path: Document(path, "table", "w" * 2_000_000, "")):
        assert refusal("a.csv", b"x" * 19_999) == "too_much_text"
        assert len(read("a.csv", b"x" * 20_000).text) == 2_000_000


def test_a_table_with_long_column_names_and_short_values_is_read():
    """Each value is told with the name of its column."""
    names = ",".join(f"How much do you agree with statement number {n} of the survey from 1 to 5?" for n in range(60))
    rows = "\n".join(",".join(str((n + m) % 5) for m in range(60)) for n in range(800))
    document = read("survey.csv", f"{names}\n{rows}\n".encode())
    assert len(document.text) > 1_000_000
