"""Rich text: what a word processor would show, in whatever alphabet."""

import random
import time

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import read

HEAD = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}{\f2\fcharset128 Mincho;}}"
HEAD += rb"{\stylesheet{\s0 Normal;}{\s3\sb240 heading 2;}}{\info{\title Harbour}{\author Ann}}"


def text(body, name="a.rtf"):
    return read(name, HEAD + body + b"}").text


def test_paragraphs_headings_and_title():
    document = read(
        "a.rtf", HEAD + rb"\pard\s3 Tides\par\pard High {\b water}.\par\outlinelevel0 Wind\par\pard Force 8.\par}"
    )
    assert document.text == "Tides\n\nHigh water.\n\nWind\n\nForce 8.\n\n"
    assert [place.anchor.heading for place in document.places] == ["Tides", "Wind"]
    assert (document.title, document.kind) == ("Harbour", "word")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (rb"H\'f6he", "Höhe"),
        (rb"\f1 \'cf\'f0\'e8\'e2\'e5\'f2", "Привет"),
        (rb"\f2 \'93\'fa\'96\'7b", "日本"),
        (rb"a\u8364?b \uc0\u-10179\u-8704 c", "a€b \U0001f600c"),
        (rb"\uc0 x\u-10240 y", "x\ufffdy"),
        (rb"a\~b\_c\-d \{e\} \ldblquote f\rdblquote", "a\xa0b-cd {e} “f”"),
        (rb"a{\v hidden}b{\deleted gone}c{\*\unknown x}d{\pict 0099aa}", "abcd"),
        (
            rb'{\field{\*\fldinst HYPERLINK "https://a.example/x"}{\fldrslt {\b link}ed}}!',
            "linked (https://a.example/x)!",
        ),
        (rb'{\field{\*\fldinst{HYPERLINK "mailto:ann@a.example"}}{\fldrslt Ann}}', "Ann (ann@a.example)"),
        (rb'{\field{\*\fldinst HYPERLINK "https://a.example"}{\fldrslt https://a.example}}', "https://a.example"),
        (rb"{\field{\*\fldinst HYPERLINK \\l below}{\fldrslt linked}}{\field{\*\fldinst PAGE}{\fldrslt 3}}", "linked3"),
        (rb"10{\super 6} m\super 2\nosupersub , CO{\sub 2}, 1{\super st}", "10^6 m^2, CO_2, 1st"),
        (rb"{\shp{\*\shpinst{\shptxt In a box.}}}", "In a box."),
        (b"a\\bin4 \\}{}b", "ab"),
    ],
)
def test_letters_fields_and_what_is_hidden(body, shown):
    assert text(body).strip() == shown


def test_rows_become_a_table():
    body = rb"\pard before\par\trowd\pard\intbl Port\cell Level\cell\row\intbl Gull\par Rock\cell 3.2\cell\row"
    body += rb"\pard after\par"
    assert text(body) == "before\n\nPort | Level\nGull Rock | 3.2\n\nafter\n\n"


def test_rich_text_is_known_by_its_content_under_any_name():
    assert text(rb"words", "letter.doc") == "words\n\n"


def test_damage_and_depth_cost_neither_time_nor_more_than_the_document():
    chance = random.Random(3)
    whole = HEAD + rb"\pard\s3 Tides\par \u8364? \'f6 {\b water}\trowd a\cell\row" * 5 + b"}"
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 10)):
            data[chance.randrange(5, len(data))] = chance.randrange(256)
        try:
            read("a.rtf", bytes(data))
        except ReadError as error:
            assert error.code
    begin = time.monotonic()
    assert text(b"{" * 300_000 + b"deep") == "deep\n\n"
    assert text(rb"\u97 " * 100_000 + rb"\par" * 100_000)
    assert time.monotonic() - begin < 60
