import codecs
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import load, read
from jupyter_localai.ingest.read_notebook import OWN_OUTPUT

from .pdf_files import MISSING, make_pdf

CORPUS = Path(__file__).parents[2] / "examples" / "corpus"
MIB = 2**20
posix_only = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX file system")


def refusal(name, data):
    with pytest.raises(ReadError) as caught:
        read(name, data)
    return caught.value.code


def outline(document):
    """Return line and heading path of each place."""
    return [(place.anchor.line, place.anchor.heading) for place in document.places]


def check_places(document):
    """Places are in order, inside the text, do not overlap, and leave out nothing but white space."""
    end = 0
    for place in document.places:
        assert end <= place.start < place.end <= len(document.text)
        assert not document.text[end : place.start].strip()
        end = place.end
    assert not document.text[end:].strip()


# -- encodings: the text is the file, unchanged ------------------------------------------------------

SAMPLE = "# Über die Flut\n\nDie Höhe beträgt 5,2 m.\n\n## Größe\n\nNoch ein Satz.\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py"])
def test_text_is_the_decoded_file_with_its_own_line_ends(name, encoding, newline):
    text = SAMPLE.replace("\n", newline)
    document = read(name, text.encode(encoding))
    assert document.text == text
    assert document.warnings == ()
    check_places(document)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_of_an_editor_for_every_line_end(newline):
    document = read("a.md", SAMPLE.replace("\n", newline).encode())
    assert outline(document) == [(1, "Über die Flut"), (5, "Über die Flut > Größe")]
    assert document.text[document.places[1].start :].startswith("## Größe")


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf16_with_a_mark_is_read_in_either_byte_order(mark):
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    assert read("a.txt", mark + "Flut und Ebbe\n日本".encode(encoding)).text == "Flut und Ebbe\n日本"


def test_latin1_prose_is_read_and_the_guess_is_told():
    text = "Die Pegelmessung im Hafen wird täglich geprüft.\r\nGröße: 5 m. Über die Höhe der Flut.\r\n"
    document = read("a.txt", text.encode("latin-1"))
    assert document.text == text
    assert len(document.warnings) == 1 and "UTF-8" in document.warnings[0]
    check_places(document)


@pytest.mark.parametrize(
    "data", [codecs.BOM_UTF8 + b"caf\xe9", codecs.BOM_UTF16_LE + b"a\x00b", codecs.BOM_UTF16_LE + b"\x00\xd8a\x00"]
)
def test_a_file_that_is_not_what_its_mark_says_is_wrong_encoding(data):
    assert refusal("a.txt", data) == "wrong_encoding"


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(["a.txt", "a.md", "a.rst", "a.py"]), data=st.data())
def test_any_text_is_kept_and_covered_by_its_places(name, data):
    lines = st.lists(
        st.sampled_from(
            [
                "# One",
                "## Two",
                "Head",
                "===",
                "---",
                "```",
                "~~~",
                "    x",
                "def f():",
                "@d",
                "class A:",
                "",
                " ",
                "é.",
            ]
        ),
        min_size=1,
    )
    text = data.draw(st.sampled_from(["\n", "\r\n"])).join(data.draw(lines))
    document = read(name, text.encode())
    assert document.text == text
    check_places(document)


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(["a.txt", "a.md", "a.rst", "a.py", "a.ipynb", "a.pdf"]), data=st.binary(max_size=300))
@example("a.txt", b"%PDF-1.7")
@example("a.ipynb", b"[" * 50_000)
def test_any_bytes_become_a_document_or_a_read_error(name, data):
    try:
        document = read(name, data)
    except ReadError as error:
        assert error.code and error.message
    else:
        check_places(document)


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py", "Makefile"])
@pytest.mark.parametrize(
    "data", [b"PK\x03\x04rest", b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0", b"GIF89a", b"\x1f\x8b\x08", b"\x7fELF"]
)
def test_a_file_with_the_signature_of_another_format_is_binary(name, data):
    assert refusal(name, data) == "binary"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py"])
def test_zero_bytes_make_a_file_binary(name):
    assert refusal(name, b"words and words\n\x00\x01\x00\x00words") == "binary"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py"])
@pytest.mark.parametrize("kind", ["", "RSA ", "OPENSSH ", "EC ", "ENCRYPTED "])
def test_a_private_key_is_left_alone_under_any_name(name, kind):
    assert refusal(name, f"-----BEGIN {kind}PRIVATE KEY-----\nMIIE\n".encode()) == "private_key"


def test_a_public_key_is_no_private_key():
    assert read("a.txt", b"-----BEGIN PUBLIC KEY-----\nMIIE\n").kind == "text"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py", "a.ipynb", "a.pdf"])
def test_an_empty_file_is_a_document_with_a_warning(name):
    document = read(name, b"")
    assert (document.text, document.places, document.title) == ("", (), "a")
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
        ("README", "text"),
        ("a.unknown", "text"),
    ],
)
def test_kind_follows_the_suffix(name, kind):
    assert read(name, b"words\n").kind == kind


def test_a_pdf_is_known_by_its_content_under_any_name():
    assert read("report.txt", make_pdf("Words on a page.")).kind == "pdf"


# -- plain text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n  Gauge log  \n\nIt was offline.\n", "Gauge log"),
        ("only one line", "field notes"),
        ("12345\n67890\n", "field notes"),
        ("x" * 201 + "\nmore\n", "field notes"),
    ],
)
def test_title_of_plain_text_is_a_short_first_line_or_the_name(text, title):
    document = read("/home/x/field_notes.txt", text.encode())
    assert document.title == title
    assert outline(document) == [(1, None)]


# -- Markdown ---------------------------------------------------------------------------------------


def test_markdown_heading_paths_and_lines():
    text = "intro\n\n# A\n\na\n\n### B\n\nb\n\n## C ##\n\nc\n\n# D\n"
    document = read("x.md", text.encode())
    assert outline(document) == [(1, None), (3, "A"), (7, "A > B"), (11, "A > C"), (15, "D")]
    assert document.title == "A"
    check_places(document)


def test_markdown_setext_headings_stand_at_their_text():
    document = read("x.md", b"Title\n=====\n\nwords\n\nPart\n----\n\nmore\n")
    assert outline(document) == [(1, "Title"), (6, "Title > Part")]
    assert document.text[document.places[1].start :].startswith("Part\n----")


def test_markdown_rules_tables_and_lists_are_no_setext_headings():
    text = "# A\n\nwords\n\n---\n\n- item\n---\n\n| a |\n---\n\n> quote\n---\n"
    assert outline(read("x.md", text.encode())) == [(1, "A")]


@pytest.mark.parametrize("fence", ["```", "~~~", "````", "  ```"])
def test_markdown_headings_inside_fences_do_not_count(fence):
    inner = "```\n# also not\n```\n" if fence == "````" else ""
    text = f"# A\n\n{fence}python\n# not\nx\n---\n{inner}{fence}\n\n## B\n"
    assert [heading for _, heading in outline(read("x.md", text.encode()))] == ["A", "A > B"]


def test_markdown_fence_is_closed_by_its_own_kind_only():
    text = "# A\n\n```\n~~~\n# not\n``` no end\n# not\n```\n\n# B\n"
    assert [heading for _, heading in outline(read("x.md", text.encode()))] == ["A", "B"]


@pytest.mark.parametrize("line", ["#no space", "    # code", "####### seven", "\\# escaped", "#"])
def test_markdown_lines_that_are_no_headings(line):
    assert outline(read("x.md", f"# A\n\n{line}\n".encode())) == [(1, "A")]


def test_markdown_marks_and_links_are_taken_out_of_headings():
    document = read("x.md", b"# The **Gull** `rock` [gauge](http://x.invalid/a)\n")
    assert document.title == "The Gull rock gauge"


@pytest.mark.parametrize("written", ["Sea levels", '"Sea levels"', "'Sea levels'"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_markdown_front_matter_gives_the_title_and_no_headings(written, newline):
    text = f"---\nauthor: me\ntitle: {written}\n# a comment\n---\n\n# A\n\nwords\n".replace("\n", newline)
    document = read("x.md", text.encode())
    assert document.title == "Sea levels"
    assert outline(document) == [(1, None), (7, "A")]


def test_markdown_title_without_a_top_heading_is_the_name_in_words():
    assert read("/a/gull_rock-2031.md", b"## Part\n\nwords\n").title == "gull rock 2031"


def test_handbook_sections_stand_where_the_file_has_them():
    data = (CORPUS / "handbook.md").read_bytes()
    document = read("handbook.md", data)
    lines = data.decode().splitlines()
    written = {number: line for number, line in enumerate(lines, 1) if line.startswith("#")}
    assert [place.anchor.line for place in document.places] == list(written)
    for place in document.places:
        assert place.anchor.heading.rsplit(" > ", 1)[-1] == written[place.anchor.line].lstrip("# ")
        assert document.text[place.start :].startswith(written[place.anchor.line])


# -- reStructuredText -------------------------------------------------------------------------------


def test_rst_levels_follow_the_order_of_the_underlines():
    text = "=====\nTitle\n=====\n\nintro\n\nA\n=\n\nPart\n====\n\nSub\n~~~\n\ns\n\nNext\n====\n\nSub 2\n~~~~~\n\n"
    document = read("x.rst", text.encode())
    assert outline(document) == [
        (1, "Title"),
        (10, "Title > Part"),
        (13, "Title > Part > Sub"),
        (18, "Title > Next"),
        (21, "Title > Next > Sub 2"),
    ]
    assert document.title == "Title"
    check_places(document)


@pytest.mark.parametrize("text", ["words\n\n----\n\nmore\n", "A longer line\n---\n", "=== ===\na   b\n=== ===\n"])
def test_rst_transitions_short_underlines_and_tables_are_no_headings(text):
    assert outline(read("x.rst", text.encode())) == [(1, None)]


def test_safety_rules_have_the_levels_of_the_file():
    document = read("safety.rst", (CORPUS / "safety.rst").read_bytes())
    headings = [place.anchor.heading for place in document.places]
    assert headings[:4] == [
        "Boat and Laboratory Safety Rules",
        "Boat and Laboratory Safety Rules > Boats",
        "Boat and Laboratory Safety Rules > Boats > Before departure",
        "Boat and Laboratory Safety Rules > Boats > On the water",
    ]


# -- code -------------------------------------------------------------------------------------------


def test_code_has_a_place_for_each_top_level_definition_with_what_stands_above_it():
    text = (
        "import os\n\n\n"
        "# finds spikes\n@cached\ndef spikes(burst):\n    def inner():\n        pass\n\n\n"
        "class Gauge(Base):\n    def read(self):\n        pass\n\n\nasync def main():\n    pass\n"
    )
    document = read("tide_gauge.py", text.encode())
    assert outline(document) == [(1, None), (4, "spikes"), (11, "Gauge"), (16, "main")]
    assert document.title == "tide gauge"
    check_places(document)


@pytest.mark.parametrize(
    ("name", "line", "heading"),
    [
        ("a.rs", "pub(crate) fn tide(x: f64) -> f64 {", "tide"),
        ("a.go", "func Tide(x int) int {", "Tide"),
        ("a.js", "export default async function tide() {", "tide"),
        ("a.R", "tide <- function(x) {", "tide"),
        ("a.jl", "module Tides", "Tides"),
        ("a.ts", "export interface Tide {", "Tide"),
    ],
)
def test_definitions_of_many_languages_are_named(name, line, heading):
    assert outline(read(name, f"{line}\n  body\n".encode())) == [(1, heading)]


def test_code_without_definitions_is_one_place():
    assert outline(read("a.py", b"x = 1\ny = 2\n")) == [(1, None)]


# -- notebooks --------------------------------------------------------------------------------------


def notebook(*cells, minor=5, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": list(cells), **more}).encode()


def markdown(source, **more):
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def code(source, *outputs, **more):
    return {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "outputs": list(outputs),
        "execution_count": 1,
        **more,
    }


def shown(**bundle):
    return {"output_type": "display_data", "metadata": {}, "data": bundle}


def texts(document):
    return [document.text[place.start : place.end].strip() for place in document.places]


def test_notebook_cells_keep_index_identity_and_heading():
    document = read(
        "n.ipynb",
        notebook(
            markdown(["# Tides\n", "words"], id="m1"),
            code("", id="empty"),
            code("x = 1", id="c1"),
            markdown("## Spikes", id="m2"),
            code("y = 2", id="c2"),
        ),
    )
    assert document.title == "Tides"
    assert [(p.anchor.cell, p.anchor.cell_id, p.anchor.heading) for p in document.places] == [
        (0, "m1", "Tides"),
        (2, "c1", "Tides"),
        (3, "m2", "Tides > Spikes"),
        (4, "c2", "Tides > Spikes"),
    ]
    assert texts(document) == ["# Tides\nwords", "x = 1", "## Spikes", "y = 2"]
    check_places(document)


def test_notebook_of_version_4_4_has_cells_without_identity():
    document = read("n.ipynb", notebook(code("x = 1"), minor=4))
    assert [(p.anchor.cell, p.anchor.cell_id) for p in document.places] == [(0, None)]


def test_notebook_of_version_3_is_read():
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Tides"], "metadata": {}},
        {
            "cell_type": "code",
            "language": "python",
            "collapsed": False,
            "metadata": {},
            "prompt_number": 1,
            "input": ["print(1)\n", "6 * 7"],
            "outputs": [
                {"output_type": "stream", "stream": "stdout", "text": ["one\n"]},
                {"output_type": "pyout", "prompt_number": 1, "text": ["forty-two"], "metadata": {}},
            ],
        },
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "x"}, "worksheets": [{"cells": cells}]}
    document = read("n.ipynb", json.dumps(old).encode())
    assert texts(document) == ["## Tides", "print(1)\n6 * 7\n\none\n\n\nforty-two"]
    assert [(p.anchor.cell, p.anchor.heading) for p in document.places] == [(0, "Tides"), (1, "Tides")]


def test_notebook_outputs_are_read_as_text():
    document = read(
        "n.ipynb",
        notebook(
            code("a", {"output_type": "stream", "name": "stdout", "text": ["one ", "two"]}, id="a"),
            code("b", shown(**{"text/plain": "plain", "text/markdown": "*rich*", "image/png": "iVBORw0"}), id="b"),
            code("c", {"output_type": "error", "ename": "ValueError", "evalue": "no tide", "traceback": []}, id="c"),
            code("d", shown(**{"application/json": {"höhe": 5}}), id="d"),
            code("e", shown(**{"image/png": "iVBORw0", "text/plain": ["<Fig", "ure>"]}), id="e"),
        ),
    )
    assert texts(document) == [
        "a\n\none two",
        "b\n\n*rich*",
        "c\n\nValueError: no tide",
        'd\n\n{"höhe": 5}',
        "e\n\n<Figure>",
    ]


def test_answers_of_this_project_are_left_out_of_a_notebook():
    own = shown(**{OWN_OUTPUT: {"text": "fed back"}, "text/plain": "fed back", "text/markdown": "fed back"})
    document = read("n.ipynb", notebook(code("ask('tides')", own, shown(**{"text/plain": "kept"}), id="a")))
    assert document.text.strip() == "ask('tides')\n\nkept"


def test_terminal_colours_are_taken_out_of_outputs():
    red = "\x1b[1;31mred\x1b[0m and \x1b[38;5;12mblue\x1b[K"
    document = read(
        "n.ipynb",
        notebook(code("x", {"output_type": "stream", "name": "stdout", "text": red}, shown(**{"text/plain": red}))),
    )
    assert "\x1b" not in document.text
    assert document.text.count("red and blue") == 2


def test_endless_output_is_cut():
    endless = {"output_type": "stream", "name": "stdout", "text": "tide " * 100_000}
    document = read("n.ipynb", notebook(code("loop()", endless, id="a"), markdown("after", id="b")))
    assert len(document.text) < 25_000
    assert texts(document)[-1] == "after"


def test_notebook_without_text_is_a_document_with_a_warning():
    document = read("n.ipynb", notebook(code("", id="a")))
    assert (document.text, document.warnings) == ("", ("The notebook has no text.",))


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b"{}",
        b"null",
        b'"text"',
        b"plain words",
        b'{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":3}',
        b'{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[3]}',
        b'{"nbformat":99,"nbformat_minor":0,"metadata":{},"cells":[]}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_notebook_is_corrupted(data):
    assert refusal("n.ipynb", data) == "corrupted"


def test_example_notebook_is_read_cell_by_cell():
    data = (CORPUS / "tide_analysis.ipynb").read_bytes()
    cells = json.loads(data)["cells"]
    document = read("tide_analysis.ipynb", data)
    assert document.places
    for place in document.places:
        source = "".join(cells[place.anchor.cell]["source"])
        assert document.text[place.start : place.end].startswith(source)


# -- PDF --------------------------------------------------------------------------------------------


def test_pdf_has_a_place_per_page():
    document = read("r.pdf", make_pdf("First page.\nSecond line.", "Third line.", title="The Yearly Report"))
    assert [place.anchor.page for place in document.places] == [1, 2]
    assert texts(document) == ["First page.\nSecond line.", "Third line."]
    assert (document.kind, document.title, document.warnings) == ("pdf", "The Yearly Report", ())
    check_places(document)


@pytest.mark.parametrize("title", ["", "x", "Microsoft Word - draft", "report.docx", "Untitled"])
def test_pdf_without_a_title_worth_the_name_is_called_after_its_file(title):
    assert read("/a/yearly_report.pdf", make_pdf("Words.", title=title)).title == "yearly report"


def test_pdf_pages_without_text_are_named_and_the_others_keep_their_numbers():
    document = read("r.pdf", make_pdf("One.", None, "Three.", None, None))
    assert [place.anchor.page for place in document.places] == [1, 3]
    assert document.warnings == ("Pages 2, 4-5 without text: needs OCR.",)


def test_pdf_page_that_is_missing_is_named_as_damaged():
    document = read("r.pdf", make_pdf("One.", MISSING, "Three."))
    assert [place.anchor.page for place in document.places] == [1, 3]
    assert document.warnings == ("Page 2 could not be read: damaged.",)


def test_pdf_without_any_text_needs_ocr():
    assert refusal("r.pdf", make_pdf(None, None)) == "needs_ocr"


def test_pdf_with_a_password_is_encrypted():
    assert refusal("r.pdf", make_pdf("Secret.", password="sesame")) == "encrypted"


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing else", b"PK\x03\x04", b"words", make_pdf("x")[:60]])
def test_damaged_pdf_is_corrupted(data):
    assert refusal("r.pdf", data) == "corrupted"


def test_pdf_none_of_whose_pages_can_be_read_is_corrupted():
    assert refusal("r.pdf", make_pdf(MISSING)) == "corrupted"


def test_example_report_has_text_on_pages_in_order():
    document = read("report-2031.pdf", (CORPUS / "report-2031.pdf").read_bytes())
    pages = [place.anchor.page for place in document.places]
    assert pages == sorted(set(pages)) and len(pages) > 1
    assert "\ufffe" not in document.text and "\r" not in document.text
    check_places(document)


# -- load -------------------------------------------------------------------------------------------


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
    assert time.monotonic() - begin < 1


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
    assert subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout == "not_regular\n"


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

    monkeypatch.setattr("jupyter_localai.ingest.read.os.stat", lambda path: regular)
    monkeypatch.setattr("jupyter_localai.ingest.read.os.open", watched)
    assert load_code(tmp_path / "pipe.txt") == "not_regular"
    assert flags[0] & os.O_NONBLOCK
