"""A model that reads slowly gets the sentences around what matches, and no weak passages."""

import dataclasses

import pytest

from jupyter_localai.answer.excerpt import excerpts
from jupyter_localai.results.passages import Anchor, Hit

QUESTION = "Why was the gauge offline in March?"
FILLER = [f"Sentence number {n} is about cheese and wine." for n in range(8)]
TABLE = "| Month | State |\n| --- | --- |\n| March | offline |\n| April | online |\n| May | online |"


def hit(text, score=1.0, path="/a/gauge.txt"):
    return Hit(1, score, 0.5, path, "gauge.txt", "c", 0, len(text), Anchor(), text)


def cut(text, embedder, **more):
    return excerpts(QUESTION, [hit(text, **more)], embedder)[1][0].text


def test_what_matches_stays_with_what_stands_beside_it(embedder):
    said = [*FILLER[:4], "The gauge was offline in March because of lightning.", *FILLER[4:]]
    shown = cut(" ".join(said), embedder)
    assert shown == f"[…] {' '.join(said[3:6])} […]"


def test_the_heading_above_stays(embedder):
    text = "# Log\n\n" + " ".join(FILLER) + " The gauge was offline in March."
    assert cut(text, embedder).startswith("# Log […] ")


def test_a_table_stays_whole(embedder):
    text = " ".join(FILLER) + f"\n\nThe gauge in 2031:\n\n{TABLE}\n\n" + " ".join(FILLER)
    shown = cut(text, embedder)
    assert TABLE in shown and "number 0" not in shown[: shown.index("|")]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("The gauge was offline.", "/a/gauge.txt"),
        ("\n".join(f"gauge_{n} = offline({n})" for n in range(9)), "/a/gauge.py"),
        (" ".join(FILLER) + "\n\n```\ngauge()\n```\n", "/a/gauge.md"),
    ],
    ids=["short", "code", "code block"],
)
def test_what_cannot_be_cut_stays_whole(embedder, text, path):
    assert cut(text, embedder, path=path) == text


def test_weak_and_empty_passages_after_the_third_are_left_out(embedder):
    texts = [f"The gauge {n} was offline in March, says log number {n}." for n in range(5)]
    hits = [hit(text, score) for text, score in zip(texts, (1.0, 0.2, 0.1, 0.9, 0.3), strict=True)]
    hits.append(hit("# March\n\n## Gauge", 0.9))
    kept, shown = excerpts(QUESTION, hits, embedder)
    assert [each.text for each in kept] == texts[:4] and len(shown) == 4
    assert excerpts(QUESTION, [], embedder) == ([], [])


def test_only_the_text_is_another(embedder):
    (kept,), (shown,) = excerpts(QUESTION, [hit(" ".join(FILLER))], embedder)
    assert dataclasses.replace(shown, text=kept.text) == kept


def test_not_more_is_compared_than_is_quick(embedder):
    hits = [hit(" ".join([*FILLER, "The gauge was offline in March."])) for _ in range(100)]
    kept, shown = excerpts(QUESTION, hits, embedder)
    assert len(kept) == len(shown) == 100 and len(embedder.seen) <= 201
    assert shown[0].text != kept[0].text and shown[-1].text == kept[-1].text
