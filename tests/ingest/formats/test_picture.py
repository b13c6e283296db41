"""Pictures say what OCR has read of them, and nothing without it."""

import pytest

from jupyter_localai.ingest.formats.parts.recognised import NeedsOcrError, PageText
from jupyter_localai.ingest.formats.pdf.hyphens import MARK
from jupyter_localai.ingest.read import read
from tests.support.pdf_files import make_pdf

PNG = b"\x89PNG\r\n\x1a\n not decoded here"


def test_a_picture_needs_ocr():
    with pytest.raises(NeedsOcrError) as caught:
        read("a.PNG", PNG)
    assert (caught.value.code, caught.value.pages) == ("needs_ocr", (1,))


def test_a_picture_says_what_was_read_with_its_divided_words_joined():
    document = read("a.jpg", PNG, {1: PageText(f"The light{MARK}\nhouse burns.", 0.7)})
    assert (document.kind, document.text.strip(), document.needs_ocr) == ("picture", "The lighthouse burns.", ())
    assert [(place.anchor.page, place.anchor.ocr) for place in document.places] == [(None, 0.7)]


def test_a_pdf_under_the_name_of_a_picture_is_a_pdf():
    assert read("a.png", make_pdf("A page of text.")).kind == "pdf"
