"""JSON, YAML and TOML: the text of the file, with the outermost keys as headings."""

import json

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
    document = read("a.json", json.dumps({"é": ["x" * 50] * 100, "last": 1}).encode())
    assert '\n "é": [\n' in document.text and "laid out" in document.warnings[0]
    assert [place.anchor.heading for place in document.places][-2:] == ["é", "last"]


def test_json_lines_are_lines():
    text = '{"a": 1}\n{"a": 2}\n'
    assert read("a.jsonl", text.encode()).text == text


@pytest.mark.parametrize("text", ["{not json", "[" * 100_000, '{"a": 1} trailing', "NaN", '"\\ud800"'])
def test_what_is_not_json_is_still_text(text):
    assert read("a.json", text.encode()).text == text
