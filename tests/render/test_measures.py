"""Measures as people see them: the numbers, what was missed, and no text of documents where it is not wanted."""

import dataclasses

import pytest

from jupyter_localai.render import bundle
from jupyter_localai.results.files import Notice
from jupyter_localai.results.passages import Anchor
from jupyter_localai.results.scores import Evaluation, Expected, Outcome, WrongHit
from jupyter_localai.results.vectors import Vectors

BAD = "<img src=x onerror=alert(1)>\x1b[2J"
MISS = Outcome(
    2,
    f"Where? {BAD}",
    (Expected(("a.pdf",), (3,), (f"a quote {BAD}",)),),
    (None,),
    0.1,
    (WrongHit(1, f"/x/{BAD}.md", BAD, Anchor(line=7, heading=f"Secret heading {BAD}"), f"secret words {BAD}"),),
)
FOUND = Outcome(1, "Who?", (Expected(("b.md",)),), (2,), 0.1)


def evaluation(**changes):
    one = Evaluation("hr", "words", 3, 2, {1: 0.0, 3: 0.5}, 0.25, (FOUND, MISS), 0.2)
    return dataclasses.replace(one, **changes)


def test_the_table_the_misses_and_what_was_found_instead_are_told():
    text = str(evaluation(warnings=(Notice("no_matching_file", "There is no a.pdf.", "Index it."),)))
    lines = [line.split() for line in text.splitlines()]
    assert ["recall", "at", "3", "50.0%"] in lines and ["MRR", "0.250"] in lines
    assert "Missed (1)" in text and "expected a.pdf, page 3, “a quote" in text
    assert "found at 1: /x/" in text and "secret words" in text and "There is no a.pdf. Index it." in text


def test_two_runs_stand_side_by_side_with_what_differs():
    better = evaluation(
        collection="hr 2", recall={1: 1.0, 3: 1.0}, outcomes=(dataclasses.replace(FOUND, ranks=(1,)), MISS)
    )
    both = evaluation(compared=better)
    text = str(both)
    assert ["hr", "hr", "2"] in [
        line.split() for line in text.splitlines()
    ] and "Ranks that differ (hr, then hr 2)" in text
    assert ["recall", "at", "1", "0.0%", "100.0%"] in [line.split() for line in text.splitlines()]
    assert "2   1  1. Who?" in text
    html = bundle.html(both)
    assert "Ranks that differ (1)" in html and "Missed by hr 2 (1)" in html


@pytest.mark.parametrize("form", [bundle.text, bundle.html, bundle.markdown])
def test_nothing_of_a_document_acts(form):
    for value in (evaluation(), evaluation(collection=BAD, compared=evaluation()), Vectors(BAD, BAD, 3, 9, (), "")):
        shown = form(value)
        assert "\x1b" not in shown
        if form is bundle.html:
            assert "<img" not in shown


@pytest.mark.parametrize("form", [bundle.text, bundle.html, bundle.markdown])
def test_text_of_documents_is_left_out_where_it_is_not_wanted(form):
    shown = form(evaluation(quoted=False))
    for told in ("secret words", "Secret heading", "“a quote"):
        assert told in form(evaluation()) and told not in shown
    assert ".md" in shown and "line 7" in shown and "page 3" in shown
    frame = evaluation(quoted=False).to_frame()
    assert "Secret" not in frame.to_string() and "onerror" not in frame["expected"][1]


def test_vectors_are_told_in_a_sentence():
    assert str(Vectors("hr", "words", 3, 9, (), "")) == (
        "An evenly spaced sample of 0 of 9 vectors of 3 numbers, of collection 'hr', by words."
    )
