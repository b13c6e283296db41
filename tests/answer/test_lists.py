"""A list is quoted with the line that introduces it."""

import pytest

from jupyter_localai.answer.extract import extract
from jupyter_localai.answer.lists import lists
from jupyter_localai.answer.quotable import quotable
from jupyter_localai.results.passages import Anchor, Hit, Place
from jupyter_localai.text.sentences import sentence_spans


def hit(text):
    return Hit(
        1,
        1.0,
        0.9,
        "/d/a.txt",
        "a",
        "1",
        0,
        len(text),
        Anchor(line=1),
        text,
        None,
        (Place(0, len(text), Anchor(line=1)),),
    )


def shown(text):
    return [each.shown for each in lists(text, sentence_spans(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Before casting off, the crew shall:\n\n* test the pump;\n* call the desk.\n",
            ["Before casting off, the crew shall: test the pump; call the desk."],
        ),
        ("# Packing\n\n- rope\n- two stoves\n- tea\n", ["Packing: rope; two stoves; tea"]),
        (
            "Plans for 2032\n• A gauge will be built. It is small.\n• Charts will be scanned.\n",
            ["Plans for 2032: A gauge will be built. It is small.; Charts will be scanned."],
        ),
        ("The steps are:\n1. drift;\n2. mast\nThen all is well.", ["The steps are: drift; mast"]),
        ("Zutaten:\n- Mehl\n- Salz", ["Zutaten: Mehl; Salz"]),
        ("This is a whole sentence.\n\n- one\n- two\n", []),
        ("Only one:\n- item\n", []),
        ("- one\n- two\n", []),
        ("| a | b |\n- one\n- two\n", []),
    ],
)
def test_a_list_has_its_introduction(text, expected):
    assert shown(text) == expected


def test_a_list_too_long_to_be_quoted_ends_earlier():
    text = "Rules:\n" + "".join(f"- rule {number} is long enough to fill some of the room\n" for number in range(40))
    (found,) = lists(text, sentence_spans(text))
    assert 2 <= len(found.items) < 20
    assert text[found.start : found.end].startswith("Rules:")
    assert found.end - found.start <= 600


def test_the_introduction_alone_is_not_quoted_and_items_still_are():
    text = "Before casting off, the crew shall:\n- test the bilge pump\n- call the shore desk\n"
    found = [each.shown for each in quotable(hit(text))]
    assert "Before casting off, the crew shall:" not in found
    assert "- call the shore desk" in found


def test_a_question_that_wants_several_gets_the_list_and_one_about_an_item_gets_the_item(embedder):
    text = "# Packing for the walk\n\n- rope of thirty metres\n- two stoves\n- tea for the morning\n"
    many = extract("What do I need for packing for the walk?", [hit(text)], embedder)
    assert "rope of thirty metres; two stoves; tea" in many.text
    one = extract("Is there tea for the morning?", [hit(text)], embedder)
    assert one.citations[0].quote == "- tea for the morning"
    assert one.citations[0].anchor.line == 5
    assert len(one.citations) == 1, "the list has that item, too"
