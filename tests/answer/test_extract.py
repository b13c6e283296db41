from pathlib import Path

import pytest

from jupyter_localai.answer.cite import anchor_at
from jupyter_localai.answer.extract import MAX_SENTENCES, extract
from jupyter_localai.results.passages import Anchor, Hit, Place
from tests.support.in_process import run_index


def ask(engine, question, **keywords):
    *_, answer = engine.ask(question, **keywords)
    return answer


def test_the_answer_is_the_sentence_that_answers(engine, folder):
    run_index(engine, [str(folder)])
    answer = ask(engine, "Why was the Gull Rock gauge offline?")
    assert answer.mode == "extractive"
    assert answer.text == "The Gull Rock gauge was offline in March because of lightning. [1]"
    citation = answer.citations[0]
    assert Path(citation.path).name == "gauge.txt"
    assert citation.anchor.line == 3
    assert 0 < citation.support <= 1


def test_every_quote_is_found_at_its_place(engine, folder):
    run_index(engine, [str(folder)])
    answer = ask(engine, "annual leave and wind for boats")
    assert 1 <= len(answer.citations) <= MAX_SENTENCES
    for number, citation in enumerate(answer.citations, 1):
        text = Path(citation.path).read_text()
        assert text[citation.start : citation.end] == citation.quote
        assert text.count("\n", 0, citation.start) + 1 == citation.anchor.line
        assert citation.marker == number
        assert f"[{number}]" in answer.text


def test_an_unrelated_question_gets_an_honest_no(engine, folder):
    run_index(engine, [str(folder)])
    answer = ask(engine, "Zürich opera ticket prices")
    assert answer.mode == "none"
    assert answer.citations == ()
    assert "seems to answer" in answer.text


def test_an_empty_collection_gets_an_honest_no(engine, tmp_path):
    (tmp_path / "empty").mkdir()
    run_index(engine, [str(tmp_path / "empty")])
    assert ask(engine, "anything at all").mode == "none"


def make_hit(text, places, start=0):
    return Hit(1, 1.0, 0.9, "/d", "D", "1", start, start + len(text), places[0].anchor, text, None, places)


def test_a_citation_counts_lines_from_its_own_place():
    text = "one\ntwo\nthree\nfour"
    places = (Place(100, 108, Anchor(line=5, heading="A")), Place(108, 118, Anchor(line=7, heading="B")))
    hit = make_hit(text, places, start=100)
    assert anchor_at(hit, 100) == Anchor(line=5, heading="A")
    assert anchor_at(hit, 104) == Anchor(line=6, heading="A")
    assert anchor_at(hit, 114) == Anchor(line=8, heading="B")


def test_a_citation_in_a_later_cell_names_that_cell():
    places = (Place(0, 10, Anchor(cell=1)), Place(10, 20, Anchor(cell=2)))
    hit = make_hit("x" * 20, places)
    assert [anchor_at(hit, at).cell for at in (0, 9, 10, 19)] == [1, 1, 2, 2]


@pytest.mark.parametrize("text", ["", "?", "x", "word " * 2000, "日本語。" * 50])
def test_odd_passages_do_no_harm(embedder, text):
    hit = make_hit(text, (Place(0, len(text), Anchor()),))
    answer = extract("word 日本語 x", [hit], embedder)
    assert answer.mode in ("extractive", "none")
    for citation in answer.citations:
        assert text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    "rule",
    ["=" * 40 + "\nBoat\n" + "=" * 40, "```text\n<station>-<yyyymmdd>-<level>.csv\n```", "--- ... --- ... --- ... ---"],
)
def test_markup_is_no_sentence(embedder, rule):
    text = f"{rule}\n\nThe wind limit for boats is twenty one knots."
    hit = Hit(1, 1.0, 1.0, "/d/a.md", "a", "1", 0, len(text), Anchor(line=1), text)
    answer = extract("What is the wind limit for boats?", [hit], embedder)
    assert [c.quote for c in answer.citations] == ["The wind limit for boats is twenty one knots."]


def test_a_letter_that_stands_inside_words_makes_nothing_relevant(embedder):
    text = "The next text explains the six complex examples."
    hit = Hit(1, 1.0, 0.0, "/d/a.md", "a", "1", 0, len(text), Anchor(line=1), text)
    assert extract("x", [hit], embedder).mode == "none"


def test_what_a_follow_up_asks_counts_before_what_it_carries_over(engine, tmp_path):
    (tmp_path / "prices.md").write_text(
        "".join(
            f"A new hull coating for the {boat} costs {coating} crowns. A full service of the {boat} costs {service}"
            f" crowns. A windscreen replacement for the {boat} costs {screen} crowns.\n\n"
            for boat, coating, service, screen in (("Skiff", 150, 390, 95), ("Launch", 400, 900, 210))
        )
    )
    run_index(engine, [str(tmp_path / "prices.md")])
    first = ask(engine, "How much is a new hull coating for the Skiff?", extractive=True)
    assert "150" in first.citations[0].quote
    second = ask(engine, "What about a service?", extractive=True, conversation=first.conversation)
    assert "390" in second.citations[0].quote
    third = ask(engine, "And a service of the Launch?", extractive=True, conversation=first.conversation)
    assert "900" in third.citations[0].quote
