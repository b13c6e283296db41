"""A conversation to hand in: its links lead to places, it says what it is, and nothing in it acts."""

import json
import ntpath
import os
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from jupyter_localai.errors import UsageError
from jupyter_localai.render import export, links
from jupyter_localai.results.answers import Answer, Citation, Conversation
from jupyter_localai.results.passages import Anchor
from jupyter_localai.results.references import Reference
from tests.support import elsewhere
from tests.support.hostile import PIECES

REPORT, NOTES = "/d/papers/report 2031.pdf", "/d/notes.md"
READER = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["table", "strikethrough"])


def cite(marker, path=REPORT, quote="Seven surges were recorded.", **anchor):
    return Citation(marker, path, Anchor(**anchor), 10 * marker, 10 * marker + 5, quote, 0.8)


@pytest.fixture
def talk():
    llm = Answer(
        "How many surges?",
        "Seven [1], as the *notes* say [2]. `x[1]` is code, [3] no source.",
        "llm",
        (cite(1, page=3), cite(2, NOTES, "They say so.", heading="Surges > In March", line=4)),
        warnings=("In no passage: 24. Check it.",),
        model="qwen3:8b",
    )
    extractive = Answer("And then?", "They say so.", "extractive", (cite(1, NOTES, "They say so.", line=4),))
    return Conversation(
        "ab", "How many surges?", "papers", "2031-04-30T10:00:00+00:00", "2031-04-30T10:05:00+00:00", 2,
        (llm, extractive),
    )  # fmt: skip


@pytest.fixture
def references():
    return [Reference(REPORT, "pdf", "On surges & tides", ("Byron, Ada", "Max Born"), "2031-04-30", "10.1234/abc")]


def made(talk, form, references=(), folder="/d/out"):
    return export.export(talk, form, references, folder)


def targets(markdown):
    tokens = [child for token in READER.parse(markdown) for child in token.children or ()]
    return [token.attrs["href"] for token in tokens if token.type == "link_open"]


def test_markdown_leads_to_each_place_and_names_the_documents(talk, references):
    text = made(talk, "markdown", references)
    assert set(targets(text)) == {
        "../papers/report%202031.pdf#page=3", "../papers/report%202031.pdf", "../notes.md#In-March", "../notes.md",
    }  # fmt: skip
    assert "Seven [[1]](../papers/report%202031.pdf#page=3)" in text and "\\[1\\]" not in text and "`x[1]`" in text
    assert "On surges" in text and "Byron, Ada, Max Born. 2031-04-30" in text
    assert text.count("How many surges?") == 1, "the title is not said twice"
    assert "## And then?" in text and text.count("> They say so.") == 1
    for fact in ("2031-04-30 10:05 UTC", "papers", "qwen3:8b", "A chat model can be wrong"):
        assert fact in text
    renamed = Conversation(**{**vars(talk), "title": "My thesis"})
    assert made(renamed, "markdown").count("How many surges?") == 1 and "# My thesis" in made(renamed, "markdown")


class Page(HTMLParser):
    """Notes the tags, links and ids of a page."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.links, self.ids = set(), [], set()
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        given = dict(attributes)
        assert not any(name.startswith("on") or name in ("src", "srcset", "action") for name in given), given
        if "href" in given:
            self.links.append(given["href"])
        if "id" in given:
            self.ids.add(given["id"])


def test_a_page_stands_alone_and_its_markers_lead_to_its_sources(talk, references):
    markup = made(talk, "html", references)
    page = Page(markup)
    assert not page.tags & {"script", "img", "link", "iframe", "form", "object"}
    assert "default-src 'none'" in markup and "http://" not in markup and "https://" not in markup
    inner = [link[1:] for link in page.links if link.startswith("#")]
    assert inner == ["a0-1", "a0-2"] and set(inner) <= page.ids
    assert "../papers/report%202031.pdf#page=3" in page.links and "[3] no source" in markup
    assert "<h1" in markup and markup.count("How many surges?") == 2, "in the title and in the heading"


def test_a_notebook_is_valid_and_its_cells_are_no_source(talk, references):
    notebook = nbformat.reads(made(talk, "notebook", references), 4)
    nbformat.validate(notebook)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown"] * 4
    assert "report%202031.pdf#page=3" in notebook.cells[1].source


def test_quotes_are_collected_by_document_each_once(talk, references):
    text = made(talk, "quotes", references)
    assert text.count("They say so.") == 2, "two places of one document"
    assert text.index("Seven surges") < text.index("They say so.") and "page 3](../papers" in text
    assert "as the" not in text


def test_a_bibliography_has_what_files_say_of_themselves(talk, references):
    bib = made(talk, "bibtex", references)
    assert "@misc{byron2031surges," in bib and "title = {{On surges \\& tides}}" in bib
    assert "author = {Byron, Ada and Born, Max}" in bib and "doi = {10.1234/abc}" in bib
    assert "@misc{notes," in bib and "title = {{notes.md}}" in bib
    first, second = json.loads(made(talk, "csl", references))
    assert first["author"] == [{"family": "Byron", "given": "Ada"}, {"family": "Born", "given": "Max"}]
    assert first["issued"] == {"date-parts": [[2031, 4, 30]]} and first["DOI"] == "10.1234/abc"
    assert (second["title"], second["type"]) == ("notes.md", "document")


def test_without_quotes_no_text_of_documents_is_written(talk, references):
    import dataclasses

    hidden = [dataclasses.replace(answer, quoted=False) for answer in talk.answers]
    quiet = dataclasses.replace(talk, answers=tuple(hidden))
    closed = [dataclasses.replace(reference, quoted=False) for reference in references]
    for form in ("markdown", "html", "notebook", "quotes", "bibtex", "csl"):
        text = made(quiet, form, closed)
        assert not any(word in text for word in ("They say", "recorded", "On surges", "Byron", "In March")), form


@pytest.mark.parametrize(("name", "wanted"), [("a.md", "markdown"), ("b.HTML", "html"), ("c.json", "csl")])
def test_the_suffix_says_the_form(name, wanted):
    assert export.form_of(name) == wanted
    with pytest.raises(UsageError, match="suffixes"):
        export.form_of("talk.docx")


def test_a_conversation_is_saved_where_its_links_are_right(talk, references, tmp_path):
    file = talk.save(tmp_path / "talk.md", references)
    assert "\n# How many surges?" in file.read_text()
    assert talk.save(tmp_path / "q.md", quotes=True).read_text().count("# Quotes:") == 1


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*PIECES, "[1]", "](x)", "# ", "\n", "}", "\\", ", "]), max_size=8).map("".join))
def test_nothing_in_any_form_acts(text):
    path = "/d/" + text.replace("\x00", "").replace("/", "_") + ".pdf"
    cited = Citation(1, path, Anchor(page=1, heading=text), 0, 1, text, 0.5)
    answer = Answer(text, f"{text} [1]", "llm", (cited,), warnings=(text,), model=text, context=text)
    quoted = Answer(text, text, "extractive", (cited,))
    talk = Conversation(text, text, text, "2026-01-01T00:00", "2026-01-01T00:00", 2, (answer, quoted))
    about = [Reference(path, text, text, (text, text), "2031", text)]
    for form in ("markdown", "quotes"):
        for token in READER.parse(made(talk, form, about)):
            for each in (token, *(token.children or ())):
                assert each.type not in ("html_block", "html_inline", "image"), each
                if each.type == "link_open":
                    assert unquote(each.attrs["href"]).startswith("../"), each
    page = Page(made(talk, "html", about))
    assert not page.tags & {"script", "img", "iframe", "svg", "object", "form", "input"}
    assert all(link.startswith(("#a", "../")) for link in page.links)
    nbformat.validate(nbformat.reads(made(talk, "notebook", about), 4))
    assert len(json.loads(made(talk, "csl", about))) == 1
    bib = made(talk, "bibtex", about)
    assert len(re.findall(r"(?<!\\)[{]", bib)) == len(re.findall(r"(?<!\\)[}]", bib))


def test_the_suffix_of_a_file_of_windows_is_not_its_folders(monkeypatch):
    monkeypatch.setattr(links, "os", elsewhere.Other(os, path=ntpath, sep="\\"))
    assert links.suffix("C:\\notes.v2\\readme") == ""
    assert links.fragment("C:\\notes.v2\\leave.MD", Anchor(heading="A > Annual leave")) == "#Annual-leave"
    assert links.relative("D:\\a b.pdf", Anchor(page=2), "D:\\out") == "../a%20b.pdf#page=2"
