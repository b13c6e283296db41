"""What files say of themselves: authors, titles and dates, and nothing where they are damaged."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.ingest.about import about
from tests.support.office_files import make_docx, make_epub, make_odf
from tests.support.pdf_files import make_pdf

CORE = (
    '<c xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>Tides</dc:title>'
    "<dc:creator>Ada Byron; Max Born</dc:creator><dcterms:created>2031-04-30T10:00:00Z</dcterms:created></c>"
)
META = (
    '<m xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">'
    "<dc:title>Tides</dc:title><meta:initial-creator>Nobody</meta:initial-creator><dc:creator>Ada Byron</dc:creator>"
    "<meta:creation-date>2031-04-30T10:00:00</meta:creation-date></m>"
)
BOOK = (
    "<package><metadata><title>Tides</title><creator>Ada Byron</creator><date>2031</date>"
    "<identifier>doi:10.1234/xyz</identifier></metadata></package>"
)
PAGE = (
    '<html><head><title>Tides - a journal</title><meta name="citation_title" content="Tides">'
    '<meta name="citation_author" content="Byron, Ada"><meta name="citation_author" content="Born, Max">'
    '<meta name="citation_publication_date" content="2031/04/30"><meta name="citation_doi" content="10.1234/xyz.5">'
    "</head><body>Text</body></html>"
)
FRONT = '---\ntitle: "Tides"\nauthor:\n  - name: Ada Byron\n  - Max Born\nother: x\ndate: 2031-04\n---\n# Else\n'
BOOKLET = {"metadata": {"title": "Tides", "authors": [{"name": "Ada Byron"}, 3]}, "cells": []}


@pytest.mark.parametrize(
    ("name", "data", "authors", "date", "doi"),
    [
        ("a.docx", make_docx("", **{"docProps/core.xml": CORE}), ("Ada Byron", "Max Born"), "2031-04-30", ""),
        ("a.odt", make_odf("text", "", **{"meta.xml": META}), ("Ada Byron",), "2031-04-30", ""),
        ("a.epub", make_epub([], **{"OPS/book.opf": BOOK}), ("Ada Byron",), "2031", "10.1234/xyz"),
        ("a.html", PAGE.encode(), ("Byron, Ada", "Born, Max"), "2031-04-30", "10.1234/xyz.5"),
        ("a.md", FRONT.encode(), ("Ada Byron", "Max Born"), "2031-04", ""),
        ("a.ipynb", json.dumps(BOOKLET).encode(), ("Ada Byron",), "", ""),
        ("a.pdf", make_pdf("Text", title="Tides"), (), "", ""),
    ],
)
def test_a_file_says_who_wrote_it_and_when(name, data, authors, date, doi):
    said = about(name, data)
    assert (said.title, said.authors, said.date, said.doi) == ("Tides", authors, date, doi)


@settings(max_examples=60)
@given(st.sampled_from(("a.docx", "a.pdf", "a.html", "a.md", "a.ipynb", "a.epub", "a.txt")), st.binary(max_size=60))
def test_whatever_a_file_has_it_says_something_or_nothing(name, data):
    for content in (data, b"---\ntitle: " + data, b'{"metadata": ' + data, PAGE.encode()[:150] + data):
        assert about(name, content).path == name
