import json
import sys

import pytest
from markdown_it import MarkdownIt

from jupyter_localai.results.answers import Answer, Citation
from jupyter_localai.results.base import to_json
from jupyter_localai.results.passages import Anchor, Document, Explanation, Hit, Hits, Place


def hit(**changes):
    values = {
        "rank": 1,
        "score": 0.5,
        "similarity": 0.25,
        "path": "/d/a.md",
        "document": "A",
        "chunk_id": "7",
        "start": 3,
        "end": 8,
        "anchor": Anchor(line=2, heading="H"),
        "text": "hello",
        "explain": Explanation(0.5, 0.5, 1, None),
        "places": (Place(3, 8, Anchor(line=2)),),
    }
    return Hit(**{**values, **changes})


def test_hit_has_the_promised_shape():
    shape = to_json(hit())
    assert set(shape) == {
        *("rank", "score", "similarity", "path", "document", "chunk_id", "start", "end", "anchor", "text", "explain"),
    }
    assert shape["anchor"] == {"line": 2, "heading": "H"}
    rest = {"name": 0.0, "words": [], "around": [], "dense_weight": 0.4}
    rest |= {"nearby": 0.0, "whole": 0.0, "head": 0.0, "turn": 0}
    assert shape["explain"] == {"dense": 0.5, "keyword": 0.5, "dense_rank": 1, **rest}


def test_document_flattens_its_anchors():
    document = Document("/a.pdf", "pdf", "one two", "A", (Place(0, 3, Anchor(page=1)), Place(4, 7, Anchor(page=2))))
    assert to_json(document) == {
        "path": "/a.pdf",
        "kind": "pdf",
        "text": "one two",
        "anchors": [{"start": 0, "end": 3, "page": 1}, {"start": 4, "end": 7, "page": 2}],
        "warnings": [],
    }


def test_everything_is_json():
    answer = Answer(
        "q", "t [1]", "extractive", (Citation(1, "/a", Anchor(page=1), 0, 1, "x", 0.5),), (hit(),), ("w",), 0.1
    )
    assert json.loads(json.dumps(answer.to_dict()))["citations"][0]["anchor"] == {"page": 1}
    assert json.loads(json.dumps(Hits("q", "default", (hit(),), 0.1).to_dict()))["hits"][0]["rank"] == 1


def test_hits_are_a_sequence():
    hits = Hits("q", "default", (hit(), hit(rank=2)))
    assert len(hits) == 2
    assert hits[0].rank == 1
    assert [h.rank for h in hits] == [1, 2]
    assert hits[0:1][0].rank == 1


def test_frames_fall_back_to_lists_without_pandas(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    assert Hits("q", "default", (hit(),)).to_frame()[0]["line"] == 2
    answer = Answer("q", "t", "extractive", (Citation(1, "/a", Anchor(page=4), 0, 1, "x", 0.5),))
    (source,) = answer.sources
    assert source == {"marker": 1, "document": "a", "page": 4, "quote": "x", "support": 0.5, "path": "/a"}
    assert list(source) == ["marker", "document", "page", "quote", "support", "path"]


def test_markdown_shows_document_text_inert():
    hostile = "![x](https://evil.example/?q=1) <script>alert(1)</script> `code` **bold** [1]"
    answer = Answer("q", hostile, "extractive", (Citation(1, "/d/a_b.md", Anchor(page=2), 0, 9, hostile, 0.5),))
    html = MarkdownIt("commonmark", {"html": True}).render(answer.to_markdown())
    for active in ("<img", "<script", "<code", "<a ", "<strong>bold"):
        assert active not in html
    assert "page 2" in html
    assert "https://evil.example" in html  # shown, as text


@pytest.mark.parametrize(
    ("anchor", "label"),
    [
        (Anchor(page=3), "page 3"),
        (Anchor(line=7, heading="H"), "line 7"),
        (Anchor(cell=0, cell_id="x"), "cell 0"),
        (Anchor(sheet="S", row=4), "sheet S, row 4"),
        (Anchor(), ""),
    ],
)
def test_anchor_in_words(anchor, label):
    assert anchor.label() == label


def test_anchor_get_works_like_a_dict():
    assert Anchor(page=0).get("page", 9) == 0
    assert Anchor().get("page", 9) == 9
    assert Anchor().get("nothing") is None


def test_a_table_is_drawn_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = Hits("q", "default", (hit(), hit(rank=2, text="<b>bold</b>\nline"))).to_frame()
    assert [row["rank"] for row in rows] == [1, 2] and rows[0]["text"] == "hello"
    drawn = rows._repr_mimebundle_()
    assert "<table" in drawn["text/html"] and "&lt;b&gt;bold" in drawn["text/html"]
    head, first, second = drawn["text/plain"].splitlines()
    assert head.startswith("rank") and first.startswith("1") and "<b>bold</b> line" in second
