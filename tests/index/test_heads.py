from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.index.heads import MAX_CHARS, MAX_LINES, Page, pages_of
from jupyter_localai.results.passages import Anchor


def pages(*texts):
    return pages_of((Anchor(page=number), text) for number, text in enumerate(texts, 1))


def test_a_page_knows_its_first_and_last_chunk():
    parts = [(Anchor(page=1), "One two\n"), (Anchor(page=1), "three"), (Anchor(page=2), "four and five")]
    assert pages_of(parts) == [Page(0, 1, "One two\nthree"), Page(2, 2, "four and five")]


def test_documents_without_pages_have_none():
    assert pages_of([(Anchor(line=1, heading="Leave"), "one"), (Anchor(line=9), "two")]) == []


def test_slides_have_heads_and_sheets_have_none():
    assert pages_of([(Anchor(slide=1), "Tides\n")]) == [Page(0, 0, "Tides")]
    assert pages_of([(Anchor(sheet="Sales"), "Month | Sum")]) == [Page(0, 0, "")]


def test_lines_of_every_page_are_left_out_though_their_numbers_differ():
    made = pages(*(f"Gull Rock Ltd, page {number}\nTopic {'abcdefgh'[number]}bc\n12.5\nBody" for number in range(8)))
    assert [page.head for page in made] == [f"Topic {letter}bc" for letter in "abcdefgh"]


def test_a_line_that_a_few_pages_share_stays():
    assert pages(*["Balance sheet\nAssets"] * 4)[0].head == "Balance sheet\nAssets"


def test_lines_without_a_word_are_left_out():
    assert pages("31\n1 2 3\nab\nTotal assets")[0].head == "Total assets"


@given(st.lists(st.text(alphabet="abc 12\n", max_size=900), max_size=9))
def test_heads_are_short_and_made_of_the_lines_of_their_page(texts):
    for page, text in zip(pages(*texts), texts, strict=True):
        assert len(page.head) <= MAX_CHARS
        lines = page.head.split("\n") if page.head else []
        assert len(lines) <= MAX_LINES
        of_page = [line.strip() for line in text.splitlines()]
        assert all(line in of_page for line in lines[:-1])
