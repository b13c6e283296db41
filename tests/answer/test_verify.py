"""What a chat model wrote is checked: markers, quotes, numbers, names."""

import json
from pathlib import Path

import pytest

from jupyter_localai.answer.doubts import doubts
from jupyter_localai.answer.verify import verify
from jupyter_localai.results.passages import Anchor, Hit


def hit(text, number=1):
    return Hit(number, 1.0, 1.0, "/d/report.txt", "report", str(number), 100, 100 + len(text), Anchor(line=1), text)


def test_unknown_markers_are_dropped_and_told(embedder):
    text, citations, warnings = verify(
        "It rained [1, 7][99]. It snowed [0].", [hit("It rained all day.")], "?", embedder
    )
    assert text == "It rained [1]. It snowed."
    assert [c.marker for c in citations] == [1]
    assert "3 such" in warnings[0]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("It rained 【1】.", "It rained [1]."),
        ("It rained【1†L1-L4】.", "It rained [1]."),
        ("It rained [passage 1].", "It rained [1]."),
        ("It rained [Passages 1 and 2].", "It rained [1][2]."),
        ("It rained [1-2].", "It rained [1][2]."),
        ("It rained [^1].", "It rained [1]."),
        ("It rained [1; 2].", "It rained [1][2]."),
        ("It rained[1] here[2].", "It rained [1] here [2]."),
        ("x[i] and [note] stay.", "x[i] and [note] stay."),
    ],
)
def test_every_way_of_writing_a_marker_is_understood(written, shown, embedder):
    text, *_ = verify(written, [hit("It rained."), hit("It rained here.", 2)], "?", embedder)
    assert text == shown


def test_a_citation_has_the_sentence_that_carries_the_claim(embedder):
    passage = hit("Boats are blue. The wind limit for boats is 21 knots. Staff eat at noon.")
    _, (citation,), warnings = verify("Boats must stay when wind exceeds 21 knots [1].", [passage], "?", embedder)
    assert citation.quote == "The wind limit for boats is 21 knots."
    assert passage.text[citation.start - 100 : citation.end - 100] == citation.quote
    assert citation.support > 0.4 and warnings == []


def test_support_is_low_where_the_passage_does_not_carry_the_claim(embedder):
    passages = [hit("The wind limit is 21 knots."), hit("Lunch is served at noon.", 2)]
    _, (good, bad), _ = verify(
        "The wind limit is 21 knots [1]. Staff receive 29 days of leave [2].", passages, "?", embedder
    )
    assert bad.support < 0.3 < good.support


def test_a_marker_after_the_full_stop_belongs_to_the_sentence_before(embedder):
    """The sentence behind the marker stands in the passage, too, and would lend it its support."""
    passage = hit("It rained at noon. Boats may sail in wind of 21 knots or less.")
    _, (citation,), _ = verify("Boats may sail in wind of 21 knots. [1] It rained at noon.", [passage], "?", embedder)
    assert citation.quote == "Boats may sail in wind of 21 knots or less."
    _, (alone,), _ = verify("Boats may sail in wind of 21 knots [1].", [passage], "?", embedder)
    assert citation.support == alone.support


def test_each_of_several_markers_after_the_full_stop_belongs_to_it(embedder):
    passages = [hit("It rained at noon. The limit is 21 knots."), hit("It rained at noon. A limit of 21 knots.", 2)]
    _, cited, _ = verify("The limit is 21 knots. [1] [2] It rained at noon.", passages, "?", embedder)
    assert [citation.quote for citation in cited] == ["The limit is 21 knots.", "A limit of 21 knots."]


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("It cost 77 euros [1].", "77"),
        ("It cost 1.200 euros [1].", None),
        ("It cost 1 200 euros [1].", None),
        ("It cost 1200.00 euros [1].", None),
        ("It is on map 0.5 [1].", None),
        ("It cost 120 euros [1].", "120"),
        ("It cost 20 euros [1].", "20"),
        ("1. It cost 1,200 euros [1].", None),
        ("In 2031 it cost 1,200 euros [1].", "2031"),
        ("As asked, in 2030 it cost 1,200 euros [1].", None),
        ("They paid Smith 1,200 euros [1].", "Smith"),
        ("They paid Miller's firm 1,200 euros [1].", None),
        ("They paid it to NASA [1].", "NASA"),
        ("Payments went to Miller [1].", None),
        ("Note: Payments were made [1].", None),
        ("**Payments** were made [1].", None),
        ("It says so in the Report [1].", None),
        ("See station x7 and form w0 [1].", "x7, w0"),
        ("It is on page 017 [1].", "017"),
        ("It cost 01200 euros [1].", "01200"),
        ("It was paid to account 0042 [1].", None),
        ("It was paid to account 42 [1].", "42"),
        ("It was paid at 08:30 on March 05 [1].", None),
    ],
)
def test_numbers_and_names_that_stand_nowhere_are_told(claim, missing, embedder):
    passage = hit(
        "It cost 1,200 euros, paid to the firm of Miller (account 0042) at 8:30 on March 5; page 17, see map 0.50."
    )
    _, _, warnings = verify(claim, [passage], "What was paid in 2030?", embedder)
    if missing is None:
        assert warnings == []
    else:
        assert len(warnings) == 1 and f"In no passage: {missing}." in warnings[0]


def test_formulas_name_nothing(embedder):
    answer = "The rate is \\(\\alpha + 5\\) percent [1].\n\n\\[\n\\int_0^1 x_7 = 33\n\\]"
    assert verify(answer, [hit("The rate is 5 percent.")], "?", embedder)[2] == []


def test_a_language_that_capitalises_its_nouns_raises_no_false_alarm(embedder):
    passage = hit("Die Reise wird vom Amt bezahlt, wenn der Antrag vorher gestellt wurde.")
    answer = "Die Behörde bezahlt die Reise, wenn vor dem Beginn ein Antrag bei der Leitung gestellt wird [1]."
    assert verify(answer, [passage], "Wer bezahlt?", embedder)[2] == []


def test_many_unsupported_sentences_are_told_briefly(embedder):
    answer = " ".join(f"It cost {n} euros [1]." for n in range(100, 120))
    _, _, warnings = verify(answer, [hit("It cost 5 euros.")], "?", embedder)
    assert len(warnings) == 1 and "16 more sentences" in warnings[0] and "111 and 8 more." in warnings[0]


def test_the_panel_reads_the_words_of_the_warning():
    """The same file is read by the panel's tests, which take the words and the number of statements from it."""
    written = json.loads((Path(__file__).parents[1] / "wire" / "doubts.json").read_text(encoding="utf-8"))
    assert doubts(written["answer"], [], "What is it?") == [written["warning"]]


def test_an_answer_without_markers_says_so(embedder):
    assert verify("It rained.", [hit("It rained.")], "?", embedder)[2] == ["The model cited no passage."]
