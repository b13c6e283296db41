"""What the panel asks beside a notebook: about a text, about one document, for Markdown to insert."""

import logging

import pytest

from jupyter_localai.adapters.server.links import source_links
from jupyter_localai.results.answers import Answer, Citation
from jupyter_localai.results.passages import Anchor
from tests.adapters.server.conftest import QUESTION, TEXT
from tests.engine.test_roots import AWKWARD
from tests.support.hostile import PIECES
from tests.support.ollama import says

ERROR = "Cell 1 of plan.ipynb:\n\nboats.stay()\n\nSlipwayError: boats must stay quagga okapi"


async def test_a_text_to_ask_about_goes_to_the_chat_model_and_into_no_log(server, ollama, store, caplog):
    caplog.set_level(logging.DEBUG)
    await server.index("about")
    ollama.chatting = says("Boats must stay there [1].")
    asked = {"question": "What is wrong?", "collection": "about", "context": ERROR}
    events = await server.events("POST", "ask", asked)
    assert (events[-1]["mode"], events[-1]["context"]) == ("llm", ERROR)
    assert ERROR in ollama.chats[-1]["messages"][-1]["content"]
    assert "quagga" not in caplog.text + (store / "engine.log").read_text()
    await server.call("DELETE", f"conversations/{events[-1]['conversation']}")


@pytest.mark.parametrize(
    ("path", "answers"), [("docs/gauge.txt", 1), ("../elsewhere.txt", 0), ("", 0), ("RTC:x\\y", 0)]
)
async def test_the_file_a_text_comes_from_is_remembered_with_the_answer(server, path, answers):
    await server.index("about", {"boats.md": TEXT, "gauge.txt": "The gauge was struck."})
    asked = {"question": QUESTION, "collection": "about", "extractive": True}
    asked |= {"context": "Cell 1:\n\nboats.stay()", "context_path": path, "file": "boats.md"}
    events = await server.events("POST", "ask", asked)
    assert events[-1]["context"] == asked["context"]
    code, report = await server.call("POST", "forget", {"paths": ["docs/gauge.txt"]})
    assert (code, report["answers"]) == (200, answers)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"context": "x" * 20_001}, "context_too_long"),
        ({"context": None}, "wrong_field"),
        ({"context": ["x"]}, "wrong_field"),
        ({"document": 1}, "wrong_field"),
        ({"document": "../x"}, "path_outside"),
        ({"document": "/etc/passwd"}, "path_outside"),
        ({"document": ".hidden/x.md"}, "path_hidden"),
        ({"document": "a\\b"}, "wrong_path"),
        ({"document": "not there.md"}, "no_matching_file"),
    ],
)
async def test_what_cannot_be_asked_about_has_a_name(server, fields, code):
    await server.index("default")
    _, told = await server.call("POST", "ask", {"question": QUESTION, "extractive": True, **fields}, lines=True)
    assert told[-1]["code"] == code and told[-1]["message"]
    assert "xxx" not in told[-1]["message"]


async def test_one_document_is_asked_whatever_it_is_called(server):
    for folder in ("docs", "docs/deep", "docs/n"):
        (server.root / folder).mkdir(exist_ok=True)
        for name in AWKWARD:
            if "\\" not in name:  # no such path has a form in the contents API
                (server.root / folder / name).write_text(f"# Boats\n\nBoats in {folder} must stay at the slipway.\n")
    await server.index("one")
    for name in AWKWARD:
        if "\\" not in name:
            asked = {"question": QUESTION, "collection": "one", "document": f"docs/deep/{name}", "extractive": True}
            answer = (await server.events("POST", "ask", asked))[-1]
            assert {hit["contents"] for hit in answer["passages"]} == {f"docs/deep/{name}"}


# Markdown to insert


async def inserted(server, answer, folder=""):
    status, told = await server.call("POST", "markdown", {"answer": answer, "folder": folder})
    assert status == 200, told
    return told["markdown"]


async def test_an_answer_becomes_markdown_with_links(server):
    await server.index("links", {"wind & #1 (new).md": "# Boats\n\nBoats must stay at the slipway in wind.\n"})
    asked = {"question": QUESTION, "collection": "links", "extractive": True}
    answer = (await server.events("POST", "ask", asked))[-1]
    for folder, path in (("", "docs/"), ("docs", ""), ("other/deep", "../../docs/"), ("../..", "docs/")):
        text = await inserted(server, answer, folder)
        assert f"]({path}wind%20%26%20%231%20%28new%29.md#Boats)" in text
    assert str(server.root) not in text


async def test_a_document_elsewhere_is_named_and_not_linked(server):
    cited = {
        "marker": 1,
        "path": "/elsewhere/secret/plan.md",
        "anchor": {},
        "start": 0,
        "end": 1,
        "quote": "Q",
        "support": 1.0,
    }
    answer = {"question": "?", "text": "So [1].", "mode": "llm", "citations": [cited]}
    text = await inserted(server, answer)
    assert "**plan.md**" in text and "](" not in text and "secret" not in text


def links_of(path, folder="", **anchor):
    cited = Citation(1, path, Anchor(**anchor), 0, 1, "Q", 1.0)
    return source_links(Answer("?", "So [1].", "llm", (cited,)), "/root", folder).get(1)


@pytest.mark.parametrize(
    ("path", "anchor", "link"),
    [
        ("/root/a.pdf", {"page": 3}, "a.pdf#page=3"),
        ("/root/n.ipynb", {"cell": 2, "cell_id": "a b#"}, "n.ipynb#cell-id=a%20b%23"),
        ("/root/n.ipynb", {"cell": 2}, "n.ipynb"),
        ("/root/t.csv", {"row": 5, "line": 5}, "t.csv#row=3"),
        ("/root/t.csv", {"row": 1}, "t.csv#row=0"),
        ("/root/x.py", {"line": 7}, "x.py#line=6"),
        ("/root/日本.md", {"line": 1}, "%E6%97%A5%E6%9C%AC.md"),
        ("/root/a.md", {"line": 9, "heading": "Leave > Carrying over?"}, "a.md#Carrying-over%3F"),
        ("/root/a.rst", {"line": 9, "heading": "Leave"}, "a.rst#line=8"),
        ("/root/javascript:x.md", {}, "javascript%3Ax.md"),
        ("/root/report.docx", {}, None),
        ("/root/../etc/passwd", {}, None),
        ("/rootless/a.md", {}, None),
        ("a.md", {}, None),
        ("/root", {}, None),
        ("/root/half \ud800.md", {}, "half%20%3F.md"),
    ],
)
def test_a_link_leads_to_the_place(path, anchor, link):
    assert links_of(path, **anchor) == link


async def test_a_hostile_answer_is_inert(server):
    for piece in PIECES:
        cited = {"marker": 1, "path": f"{server.root}/{piece[:90]}.md", "anchor": {"heading": piece, "line": 2}}
        cited |= {"start": 0, "end": 1, "quote": piece, "support": 1.0}
        answer = {"question": piece, "text": f"{piece}\n\nSo [1].", "mode": "llm", "citations": [cited]}
        answer |= {"warnings": [piece], "model": piece, "query": piece}
        text = await inserted(server, answer, piece[:50])
        assert_inert(text)


def assert_inert(text):
    """No reader of Markdown finds HTML, an image, or a link but those to documents."""
    from markdown_it import MarkdownIt

    blocks = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    for token in [*blocks, *(child for block in blocks for child in block.children or ())]:
        assert token.type not in ("html_block", "html_inline", "image"), text
        if token.type == "link_open":
            assert ".md#" in token.attrs["href"] and ":" not in token.attrs["href"], text


@pytest.mark.parametrize("answer", [None, 1, {}, {"question": 1}, {"question": "?", "text": "x", "mode": "root"}])
async def test_what_is_no_answer_has_a_name(server, answer):
    status, told = await server.call("POST", "markdown", {"answer": answer})
    assert (status, told["code"]) == (400, "wrong_field")
