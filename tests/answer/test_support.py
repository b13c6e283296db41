"""An answer without citations gets the passages that support its sentences, and says where they come from."""

import pytest

from jupyter_localai.answer.support import supported
from jupyter_localai.results.passages import Anchor, Hit

LEAVE = "Staff receive 29 days of annual leave. New staff receive them from the first month."
BOATS = "No boat may sail when the wind exceeds 21 knots."
NONE = "The model cited no passage."


def hit(rank, text, start=0):
    return Hit(rank, 0.5, 0.5, f"/d/{rank}.md", f"{rank}.md", f"c{rank}", start, start + len(text), Anchor(), text)


@pytest.fixture
def support(embedder):
    hits = [hit(1, LEAVE, start=100), hit(2, BOATS)]
    return lambda text, question="How many days?": supported(text, hits, question, embedder, [NONE, "Another."])


def test_each_sentence_gets_the_passage_that_supports_it(support):
    text, citations, doubts = support(
        "Staff receive 29 days of annual leave. No boat may sail when wind exceeds 21 knots!"
    )
    assert text == "Staff receive 29 days of annual leave [1]. No boat may sail when wind exceeds 21 knots [2]!"
    assert [(c.marker, c.path) for c in citations] == [(1, "/d/1.md"), (2, "/d/2.md")]
    assert (citations[0].quote, citations[0].start) == ("Staff receive 29 days of annual leave.", 100)
    assert "found afterwards" in doubts[0] and doubts[1:] == ["Another."] and NONE not in doubts


@pytest.mark.parametrize(
    "text",
    [
        "Staff receive 31 days of annual leave.",
        "Staff of Denmark receive 29 days of annual leave.",
        "The moon is made of green cheese.",
        "```\nStaff receive 29 days of annual leave.\n```",
        "Yes.",
        "",
    ],
    ids=["number", "name", "subject", "code", "short", "empty"],
)
def test_what_no_passage_supports_has_no_citation_and_that_is_said(support, text):
    assert support(text) == (
        text,
        (),
        ["The model cited no passage, and no passage was found that supports what it says.", "Another."],
    )
