import textwrap

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.code import SUFFIXES, read


def code(text, path="/src/tide_gauge.py"):
    return read(textwrap.dedent(text).encode(), path)


def outline(document):
    return [(place.anchor.line, place.anchor.heading) for place in document.places]


def test_a_place_for_the_preamble_and_each_top_level_definition():
    document = code('''\
        """Module."""

        import os

        def mean(values):
            def inner():
                pass
            return inner

        class Gauge(Base):
            def read(self):
                pass

        async def poll():
            pass
        ''')
    assert outline(document) == [(1, None), (5, "mean"), (10, "Gauge"), (14, "poll")]
    assert (document.kind, document.title) == ("code", "")
    assert document.places[0].start == 0
    assert document.places[-1].end == len(document.text)
    assert all(a.end == b.start for a, b in zip(document.places, document.places[1:], strict=False))


def test_decorators_and_the_comment_above_belong_to_the_definition():
    document = code("import os\n\n# Mean of it all.\n# Two lines.\n@cache\n@other(1)\ndef mean():\n    pass\n")
    assert outline(document) == [(1, None), (3, "mean")]


def test_text_is_the_file_unchanged():
    data = b"def a():\r\n\treturn 1\r\n\r\n\r\ndef b():\r\n\tpass"
    document = read(data, "a.py")
    assert document.text == data.decode()
    assert outline(document) == [(1, "a"), (5, "b")]


@pytest.mark.parametrize(
    ("path", "line", "name"),
    [
        ("a.js", "export default async function load(url) {", "load"),
        ("a.ts", "export interface Anchor {", "Anchor"),
        ("a.ts", "export abstract class Reader<T> extends Base {", "Reader<T>"),
        ("a.rs", "pub(crate) fn parse(text: &str) -> u8 {", "parse"),
        ("a.rs", "impl Display for Anchor {", "Display"),
        ("a.go", "func Mean(values []float64) float64 {", "Mean"),
        ("a.java", "public final class Gauge {", "Gauge"),
        ("a.R", "tide.mean <- function(x) {", "tide.mean"),
        ("a.jl", "struct Tide", "Tide"),
        ("a.rb", "module Tide", "Tide"),
        ("a.f90", "subroutine mean(x, n)", "mean"),
        ("a.lua", "function tide.mean(x)", "tide.mean"),
    ],
)
def test_definitions_of_other_languages(path, line, name):
    assert outline(code(f"first\n{line}\n    body\n", path)) == [(1, None), (2, name)]


@pytest.mark.parametrize("text", ["x = 1\nprint(x)\n", "classical = 1\n", "    def indented(): pass\n", "define(x)\n"])
def test_code_without_definitions_is_one_place(text):
    assert outline(read(text.encode(), "a.py")) == [(1, None)]


def test_blank_lines_before_the_first_definition_make_no_place():
    assert outline(code("\n\n\ndef a():\n    pass\n")) == [(4, "a")]


def test_older_encoding_is_named():
    document = read(
        "# Größe und Maße müssen später geprüft werden, sagte der Bär.\nx = 'schön'\n".encode("cp1252"), "a.py"
    )
    assert "Größe und Maße" in document.text
    assert len(document.warnings) == 1


@pytest.mark.parametrize("data", [b"\x7fELF\x02", b"x = 1\x00"])
def test_binary_is_refused(data):
    with pytest.raises(ReadError) as caught:
        read(data, "a.py")
    assert caught.value.code == "binary"


def test_suffixes_are_lower_case_with_a_dot_and_named_once():
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in SUFFIXES)
    assert len(set(SUFFIXES)) == len(SUFFIXES)
