"""What may be quoted: sentences of any length, lines, rows; no headings, no fragments."""

import pytest

from jupyter_localai.answer.extract import extract
from jupyter_localai.answer.quotable import quotable
from jupyter_localai.results.passages import Anchor, Hit, Place


def hit(text, number=1, document="notes", **anchor):
    places = (Place(0, len(text), Anchor(**(anchor or {"line": 1}))),)
    return Hit(number, 1.0, 0.9, "/d/a.txt", document, str(number), 0, len(text), places[0].anchor, text, None, places)


def shown(text, **keywords):
    return [each.shown for each in quotable(hit(text, **keywords))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dogs are not allowed in the hut. Cats are.", ["Dogs are not allowed in the hut.", "Cats are."]),
        ("# Contact\n\nPhone: 5551234\n\nFax: none", ["Phone: 5551234", "Fax: none"]),
        (
            "4.1 Effect of tides\nThe salt content rose by nine percent.\n4.2 Effect of rain\nRain made no difference.",
            ["The salt content rose by nine percent.", "Rain made no difference."],
        ),
        ("Salt in the wells\n\nThe wells were sampled each month.", ["The wells were sampled each month."]),
        ("- bring boots\n- bring a torch", ["- bring boots", "- bring a torch"]),
        ("12\n00:00:01,000 --> 00:00:03,500\nThe whale rises.", ["The whale rises."]),
        ("Fires? Never. Bees may stay.", ["Fires? Never.", "Bees may stay."]),
        ("Are cats allowed? Yes. Dogs are not.", ["Are cats allowed? Yes.", "Dogs are not."]),
        ("猫可以带进来。", ["猫可以带进来。"]),
    ],
)
def test_sentences_of_any_length_are_quoted_and_headings_are_not(text, expected):
    assert shown(text)[: len(expected)] == expected
    assert all("Effect" not in part and "Salt in" not in part for part in shown(text))


def test_a_heading_of_the_place_and_the_title_are_not_quoted():
    text = "The Annual Report of the Station on Gull Rock\n\nOpening hours in 2031\n\nThe office opens at 9."
    assert shown(
        text, document="The Annual Report of the Station on Gull Rock", heading="Visits > Opening hours in 2031"
    ) == ["The office opens at 9."]


def test_a_sentence_that_became_the_title_is_still_one():
    assert (
        shown("The office opens at 9.\nThe pier is closed.", document="The office opens at 9.")[0]
        == "The office opens at 9."
    )


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("hut | beds\nHut P | 19\nHut C | 12\n\nhut | beds\nHut D |", {"row": 1, "line": 1}),
        ("| hut | beds |\n|---|---|\n| Hut P | 19 |\n| Hut C | 12 |", {"line": 1}),
    ],
)
def test_a_row_is_quoted_alone_and_shown_with_the_names_of_its_columns(text, anchor):
    found = quotable(hit(text, **anchor))
    assert [each.shown for each in found[:2]] == ["hut: Hut P, beds: 19", "hut: Hut C, beds: 12"]
    assert found[0].text.strip("| ") == "Hut P | 19"
    assert all(text[each.start : each.end] == each.text for each in found)


def test_column_names_without_a_rule_are_told_by_the_numbers_below():
    found = [each.shown for each in quotable(hit("Room | Beds\nGull | 2\n\nRoom | Beds\nDunlin | 6", page=2))]
    assert found == ["Room: Gull, Beds: 2", "Room: Dunlin, Beds: 6"]


def test_of_rows_those_with_most_of_the_words_in_their_cells_are_quoted(embedder):
    rows = "| Hive | State |\n|---|---|\n| Oak | strong |\n| Lime | weak |\n| Birch | strong |"
    answer = extract("Which hives are strong?", [hit(rows)], embedder)
    assert sorted(citation.quote for citation in answer.citations) == ["| Birch | strong |", "| Oak | strong |"]


@pytest.mark.parametrize(
    "text",
    [
        "[beacon]\nperiod = 90",
        "Sea level since 1974\nIt rose by a metre.",
        "5. Research of 2031\nIt rose by a metre.",
        "## 3. Data\n\nIt rose by a metre.",
        "Report of the Station Page 1 of 5\n\nIt rose by a metre.",
    ],
)
def test_sections_chapters_and_page_numbers_are_headings(text):
    assert len(shown(text)) == 1


def test_a_message_that_asks_goes_with_the_replies():
    said = ["Pia: who has the trailer", "Nils: Karl took it", "Karl: it is behind the brewery", "Nils: ok", "Pia: bye"]
    text = "\n".join(f"12/04/2033, 18:0{minute} - {message}" for minute, message in enumerate(said))
    first, *rest = shown(text)
    assert "it is behind the brewery" in first
    assert "bye" not in first and len(rest) == 1


def test_a_question_without_its_mark_goes_with_the_replies():
    messages = ["Ann  10:05\nthe winch broke", "Ben  10:06\nwhich part do we need", "Ann  10:07\nW-19, two of them"]
    text = "\n\n".join([*messages, "Ben  10:09\nok"])
    assert any("which part do we need" in part and "W-19" in part for part in shown(text))


def test_the_line_that_answers_is_the_quote_with_its_own_number(embedder):
    lines = [f"2031-03-{day:02} 12:00:00 INFO worker heartbeat ok" for day in range(1, 20)]
    lines[7] = "2031-03-08 03:14:15 ERROR pump-2 pressure sensor E4711 failed: timeout after 30 s"
    answer = extract("Which pressure sensor of pump-2 failed?", [hit("\n".join(lines))], embedder)
    assert answer.citations[0].quote == lines[7]
    assert answer.citations[0].anchor.line == 8


def test_sentences_that_differ_in_a_number_are_no_copies_and_the_same_one_is_shown_once(embedder):
    text = "The mooring fee is due within {} days after receipt."
    hits = [hit(text.format(days), number) for number, days in enumerate((30, 45, 30), 1)]
    answer = extract("When is the mooring fee due?", hits, embedder)
    assert [citation.quote for citation in answer.citations] == [text.format(30), text.format(45)]
    assert answer.text == f"{text.format(30)} [1]\n\n{text.format(45)} [2]"
