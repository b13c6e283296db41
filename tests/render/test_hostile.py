"""Whatever documents, names, questions and models say: all forms of all results show it, and none acts on it."""

import dataclasses
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from jupyter_localai.errors import LocalAIError
from jupyter_localai.render import bundle, html, rewrite, safe
from jupyter_localai.results.answers import Answer, Citation, Conversation, Conversations
from jupyter_localai.results.base import printable
from jupyter_localai.results.files import Failure, Notice, Skipped
from jupyter_localai.results.passages import Anchor, Hit, Hits
from jupyter_localai.results.reports import (
    Check,
    CollectionInfo,
    Collections,
    Diagnosis,
    DocumentInfo,
    Documents,
    ForgetReport,
    IndexReport,
    Job,
    ModelInfo,
    Models,
    RebuildReport,
    Status,
    Suggestion,
)
from tests.support.hostile import LONG, PIECES

TAGS = set(
    "div p br hr strong em s code pre blockquote ul ol li table thead tbody tr th td sup bdi span details".split()
) | {"summary"}
ATTRIBUTES = {"style", "dir", "title", "class", "start", "data-localai-place"}
CLASS = "localai tex2jax_ignore mathjax_ignore"
STYLE = re.compile(r"(?:[a-z-]+: ?[a-z0-9.# -]+(?:rgba\([0-9., ]+\))?;? ?)+")
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
VOID = {"br", "hr"}
GLUE = ("\n", "\n\n", "> ", "    ", "- ", "`", "```\n", "\\", "[1]", "|", "$", "*", "<", "&#", "2024. ")


class Checker(HTMLParser):
    """Reads HTML as a browser does, and refuses whatever could act or is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS, tag
        given = dict(attributes)
        assert len(given) == len(attributes)
        assert set(given) <= ATTRIBUTES, given
        assert STYLE.fullmatch(given.get("style", "a: b")), given
        assert given.get("class", CLASS) == CLASS
        assert given.get("dir", "auto") in ("auto", "ltr")
        if "data-localai-place" in given:
            place = json.loads(given["data-localai-place"])
            assert tag in ("span", "sup") and set(place) <= {"path", "start", "end", "anchor", "quote"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def checked(markup: str) -> str:
    """Return the text of HTML that was found harmless."""
    assert not UNSEEN.search(markup)
    checker = Checker()
    checker.feed(markup)
    checker.close()
    assert not checker.open
    return checker.text


# as JupyterLab's own parser is, with everything on that could be
READER = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["table", "strikethrough"])


def inert(source: str, structure: bool = True) -> str:
    """Return the text of Markdown that was found harmless; with `structure` False it may have paragraphs only."""
    assert not UNSEEN.search(source)
    text = []
    for token in READER.parse(source):
        for each in (token, *(token.children or ())):
            assert each.type not in ("html_block", "html_inline", "image", "link_open", "definition"), each
            if not structure:
                assert each.type in {
                    *("inline", "text", "paragraph_open", "paragraph_close", "softbreak", "code_inline", "hardbreak"),
                }, each
            if each.type == "fence":
                assert each.info in ("", "html", "python")
            elif each.type in ("text", "code_inline"):
                text.append(each.content)
            elif each.type != "inline":
                text.append("\n")
            if each.type == "text":  # MathJax reads what is in one node
                assert not re.search(r"\$|\\[()\[\]]|\\begin|\\(eq)?ref", each.content), each.content
    assert not re.search(r"\\\\[()\[\]]", _outside_code(source))  # JupyterLab takes formulas out before it parses
    assert not re.search(r"https?://|www\.", _outside_code(source))  # what is made a link of by itself
    return "".join(text)


def _outside_code(source: str) -> str:
    lines = source.split("\n")
    for token in READER.parse(source):
        if token.type == "fence":
            first, end = token.map
            lines[first:end] = [""] * (end - first)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", "\n".join(lines))


def results(text: str) -> list:
    """Return every kind of result, with `text` wherever text can be."""
    path = "/d/" + text.replace("\x00", "").replace("/", "_")
    anchor = Anchor(page=1, cell_id=text, sheet=text, heading=text)
    hit = Hit(1, 0.5, 0.5, path, text, text, 0, 1, anchor, text)
    answer = Answer(
        text, f"{text} [1]", "llm", (Citation(1, path, anchor, 0, 1, text, 0.5),), (hit,), (text,), 1.0, text, 5, 10, 1
    )
    answer = dataclasses.replace(answer, query=text, conversation=text)
    quoted = dataclasses.replace(answer, mode="extractive")
    failure, info = Failure(path, "x", text, text), CollectionInfo(text, 1, 1, text, (path,))
    model = ModelInfo(text, text, text, text, 8192, 8192, text, 1, 1, 1, True, True, True, True, False)
    talk = Conversation(text, text, text, "2026-01-01T00:00:00", "2026-01-01T00:00:00", 2, (answer, quoted))
    return [
        answer,
        quoted,
        dataclasses.replace(answer, quoted=False),
        Hits(text, text, (hit,), warnings=(Notice("x", text, text),)),
        hit,
        talk,
        Conversations([talk]),
        Collections([info]),
        Documents(text, 1, 1, (), (DocumentInfo(path, path, text, "failed", 0, text, 0.0, text, text, text),)),
        IndexReport(text, 1, 1, 1, 1, (Skipped(path, text),), (failure,), warnings=(Notice("x", text, text),)),
        RebuildReport((text,), 1, 1, failed=(failure,)),
        ForgetReport(1, 1, (text,)),
        Status(1, 1, 1, 1, (info,), 1, {"store": path}, {}, (failure,)),
        Models(text, text, 10**9, 10**9, (model,), (Suggestion(text, text, 1),)),
        Job(text, text, text, 0.0, text),
        Diagnosis(False, (Check(text, False, text, text), Check(text, True, text, text)), text),
        LocalAIError(text, text),
    ]


def check(text: str) -> None:
    for result in results(text):
        forms = bundle.bundle(result)
        assert not UNSEEN.search(forms["text/plain"])
        checked(forms["text/html"])
        inert(forms["text/markdown"])
        json.dumps(forms, ensure_ascii=False).encode()
    checked(html.draft(text, text, text))
    inert(rewrite.escape(text), structure=False)


@pytest.mark.parametrize("text", PIECES, ids=range(len(PIECES)))
def test_nothing_acts(text):
    check(text)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(GLUE), st.text(max_size=6)), max_size=8))
def test_no_mixture_acts(pieces):
    check("".join(pieces))


@settings(max_examples=300)
@given(st.text(st.sampled_from("\\`$*_[](){}<>#+-=.!|~&@:; \n\t19aw/\"'^"), max_size=40))
def test_no_markdown_of_any_letters_acts(text):
    inert(rewrite.escape(text), structure=False)
    inert(rewrite.rewrite(text, {1}))
    checked(safe.markdown(text))


@settings(max_examples=300)
@given(st.text(st.sampled_from("\\`$*_[](){}<>#+-=.!|~&@:;19aw/\"'^ "), max_size=30))
def test_escaped_text_reads_as_it_was(text):
    assert inert(rewrite.escape(f"x {text} x"), structure=False).strip() == f"x {text} x"


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_no_length_or_depth_is_too_much(text):
    checked(safe.markdown(text))
    inert(rewrite.rewrite(text, {1}))


@settings(max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(GLUE), st.text(max_size=6)), max_size=8))
def test_what_grows_looks_as_it_will_when_it_is_whole(pieces):
    text = ""
    for piece in pieces:
        text += piece
        assert safe.partial_markdown(text) == safe.markdown(text)


def test_another_text_with_the_same_beginning_is_read_anew():
    safe.partial_markdown("One\n# Two\n\n")
    assert safe.partial_markdown("One\nand two") == safe.markdown("One\nand two")


def test_markers_cannot_be_forged():
    marks = {1: {"title": 'a "file".md · page 3'}}
    assert '<sup title="a &quot;file&quot;.md · page 3">[1]</sup>' in safe.markdown("Yes [1].", marks)
    for forged in ("[2]", "`[1]`", "[[1]](https://evil.example/)", "[1](https://evil.example/)", "![1](x)"):
        assert "<sup" not in safe.markdown(forged, marks)
    hijacked = safe.markdown("Yes [1].\n\n[1]: https://evil.example/", marks)
    assert "<a" not in hijacked and hijacked.count("<sup") == 2


def test_links_are_text_and_show_where_they_lead():
    """A browser may ask for the names of the sites that a page links to."""
    assert "<a" not in safe.markdown("[a](https://evil.example/x) <https://evil.example/y> <me@evil.example>")
    shown = checked(safe.markdown("[https://good.example/](https://evil.example/x) <https://evil.example/y>"))
    assert "https://good.example/ (https://evil.example/x)" in shown
    assert shown.count("https://evil.example/y") == 1
    assert "picture (https://evil.example/i.png)" in checked(safe.markdown("![picture](https://evil.example/i.png)"))
    assert "open (/lab/api)" in checked(safe.markdown("[open](/lab/api)"))
    assert "аpple" not in safe.markdown("[x](https://аpple.example/)")  # a Cyrillic letter


@pytest.mark.parametrize(
    "text",
    [
        "👩‍🔬 می‌خواهم",
        "שלום \u200fעולם",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "e\u0301 한글 ไทย",
    ],
)
def test_what_scripts_and_emoji_need_is_kept(text):
    assert printable(text) == text
