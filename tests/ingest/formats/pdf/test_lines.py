"""Hyphens at line ends, headers and footers, sentences that go on on the next page."""

import pytest

from jupyter_localai.ingest.chunk import chunk
from jupyter_localai.ingest.formats.pdf.hyphens import MARK, joined
from jupyter_localai.ingest.formats.pdf.margins import without_margins
from jupyter_localai.ingest.read import read
from tests.support.pdf_files import make_pdf


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("part AX-|7734", "part AX-7734"),
        ("had COVID-|19 then", "had COVID-19 then"),
        ("the Anglo-|Saxon law", "the Anglo-Saxon law"),
        ("a 12-|metre boat", "a 12-metre boat"),
        ("an obser-|vation", "an observation"),
        ("a state-of-the-|art study", "a state-of-the-art study"),
        ("a long-|term plan; long-term", "a long-term plan; long-term"),
        ("a self-evalu-|ation", "a self-evaluation"),
        ("Größen-|änderung", "Größenänderung"),
    ],
)
def test_hyphens_stay_where_the_word_has_one(text, shown):
    assert joined([text.replace("-|", MARK)]) == [shown]


def test_a_hyphen_stays_in_a_word_that_another_page_writes_with_one():
    assert joined([f"a long{MARK}term plan", "the long-term plan"]) == ["a long-term plan", "the long-term plan"]


def test_numbers_go_on_behind_a_hyphen_at_a_line_end():
    assert read("a.pdf", make_pdf("from 2019-\n2031, call 0171-\n5550123")).text.strip() == (
        "from 2019-2031, call 0171-5550123"
    )


def paged(count, top="", foot=""):
    return [
        [top, f"{chr(97 + n)} text {n * n}", f"its {chr(98 + n)} end", foot.replace("#", str(n + 1))]
        for n in range(count)
    ]


def test_headers_and_page_numbers_are_left_out():
    pages = without_margins(paged(4, "Annual report", "Page # of 4"))
    assert pages[0] == ["Annual report", "", "a text 0", "its b end"]
    assert pages[1:] == [["b text 1", "its c end"], ["c text 4", "its d end"], ["d text 9", "its e end"]]


def test_figures_at_the_edge_of_pages_stay():
    pages = [["Hut Beds"] + [f"{n} {100 * p + n}" for n in range(p, p + 9)] for p in range(5)]
    assert [page[1:] for page in pages] == [
        [line for line in page if "Hut" not in line] for page in without_margins(pages)
    ]


def test_what_every_page_says_in_full_stays():
    assert without_margins([["The same"], ["The same"], ["The same"]]) == [["The same"]] * 3


def test_a_sentence_runs_on_over_a_page_break_and_its_footer():
    document = read(
        "a.pdf", make_pdf(*(f"Text {n}.\nThe lamp had to be\n{n}" for n in (1, 2)), "replaced on 14 May.\n3")
    )
    assert "The lamp had to be\nreplaced on 14 May." in document.text
    chunks = chunk(document, lambda text: list(range(0, len(text), 5)), 200)
    (found,) = [piece for piece in chunks if "14 May" in piece.text]
    assert "The lamp had to be\nreplaced" in found.text
    assert [place.anchor.page for place in found.places] == [2, 3]


@pytest.mark.parametrize(("first", "second"), [("It ended.", "then more"), ("A title", "Another"), ("See", "a) one")])
def test_other_pages_do_not_run_on(first, second):
    assert f"{first}\n\n{second}" in read("a.pdf", make_pdf(first, second)).text
