"""JSON, YAML and TOML: the text of the file, with the outermost keys as headings."""

import json
import time

import pytest

from jupyter_localai.ingest.read import read

CASES = {
    "a.json": '{\n  "station": {\n    "name": "Gull"\n  },\n  "wind": 8\n}\n',
    "a.yaml": "# log\nstation:\n  name: Gull\nwind: 8\n",
    "a.toml": "[station]\nname = 'Gull'\n[wind]\nforce = 8\n",
}


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_files_and_keys_are_headings(name):
    document = read(name, CASES[name].encode())
    assert document.text == CASES[name] and document.warnings == ()
    named = {place.anchor.heading: place for place in document.places if place.anchor.heading}
    assert list(named) == ["station", "wind"]
    lines = CASES[name].splitlines()
    assert "wind" in lines[named["wind"].anchor.line - 1]


def test_json_on_one_line_is_laid_out():
    value = {"é": ["x" * 50] * 100, "list": [{"a": []}, {"b": {}}, "[,]"], "last": 1}
    document = read("a.json", json.dumps(value).encode())
    assert json.loads(document.text) == value
    assert '\n "é": ["xxx' in document.text and max(map(len, document.text.splitlines())) < 200
    assert "laid out" in document.warnings[0]
    assert [place.anchor.heading for place in document.places][-2:] == ["list", "last"]


def test_json_lines_are_lines():
    text = '{"a": 1}\n{"a": 2}\n'
    assert read("a.jsonl", text.encode()).text == text


@pytest.mark.parametrize("text", ["{not json", "[" * 1000, '{"a": 1} trailing', "NaN", '"\\ud800"'])
def test_what_is_not_json_is_still_text(text):
    assert read("a.json", text.encode()).text == text


def test_json_keeps_every_digit_and_every_key_when_it_is_laid_out():
    text = '{"a":1.10,"a":12345678901234567890.12345678901234567890,"b":1e999,"c":"' + "y" * 3000 + '"}'
    laid_out = read("a.json", text.encode()).text
    assert "".join(laid_out.split()) == text


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_escaped_letters_are_written_out(name):
    text = r"""{"a": "\u65e5\u672c \ud83d\ude00 \\u0041 \u0041 \ud800 \u2028"}""" + "\n"
    assert read(name, text.encode()).text == r"""{"a": "日本 😀 \\u0041 \u0041 \ud800 \u2028"}""" + "\n"


def test_records_in_a_list_have_no_headings():
    document = read("a.json", b'[\n {\n  "id": 1\n },\n {\n  "id": 2\n }\n]\n')
    assert [place.anchor.heading for place in document.places] == [None]


def test_rows_of_a_matrix_are_no_tables_of_toml():
    document = read("a.toml", b"m = [\n[1,2],\n[3,4]\n]\n[wind] # now\nforce = 8\n[[gust]]\n")
    assert [place.anchor.heading for place in document.places] == [None, "wind", "gust"]


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.toml"])
def test_time_grows_with_the_number_of_keys_only(name):
    line = {"a.json": ' "k{}": 1,\n', "a.yaml": "k{}: 1\n", "a.toml": "[k{}]\n"}[name]
    begin = time.monotonic()
    document = read(name, "".join(line.format(number) for number in range(60_000)).encode())
    assert len(document.places) == 60_000 and time.monotonic() - begin < 60


@pytest.mark.parametrize("piece", ["[", "{", '"', "\\", ",", '{"a":', "[[],", "word "])
def test_depth_and_noise_are_bounded(piece):
    document = read("a.json", piece.encode() * 100_000)
    assert len(document.text) < 8 * len(piece) * 100_000
