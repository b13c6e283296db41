import random
from pathlib import Path

import pypdfium2
import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.pdf import read
from tests.support.pdf_files import MISSING, make_pdf

EXAMPLE = Path(__file__).parents[4] / "examples" / "corpus" / "report-2031.pdf"


def pages(document):
    return [(place.anchor.page, document.text[place.start : place.end].strip()) for place in document.places]


def refused(data):
    with pytest.raises(ReadError) as caught:
        read(data, "a.pdf")
    assert caught.value.remedy
    return caught.value


def test_a_place_per_page():
    document = read(make_pdf("Larkfield (north)\nSecond line", "Größe – “quoted”", "Third"), "/a/annual_report.pdf")
    assert pages(document) == [(1, "Larkfield (north)\nSecond line"), (2, "Größe – “quoted”"), (3, "Third")]
    assert document.places[0].start == 0
    assert document.places[-1].end == len(document.text)
    assert all(a.end == b.start for a, b in zip(document.places, document.places[1:], strict=False))
    assert (document.kind, document.title, document.warnings) == ("pdf", "", ())
    assert "\r" not in document.text


def test_the_example_report():
    document = read(EXAMPLE.read_bytes(), str(EXAMPLE))
    assert [place.anchor.page for place in document.places] == list(range(1, len(document.places) + 1))
    assert len(document.places) > 1
    assert document.warnings == ()


@pytest.mark.parametrize("title", ["Annual Report – 2031", "日本語の報告"])
def test_title_comes_from_the_metadata(title):
    assert read(make_pdf("Text", title=title), "a.pdf").title == title


@pytest.mark.parametrize(
    "title", ["", "ab", "x" * 201, "report.docx", "Thesis.TEX", "Microsoft Word - draft", "Untitled", "untitled 3"]
)
def test_title_that_only_names_a_file_is_not_taken(title):
    assert read(make_pdf("Text", title=title), "/a/annual_report.pdf").title == ""


def test_words_hyphenated_at_a_line_end_are_joined():
    document = read(make_pdf("The harbour observa-\ntory is a well-known place."), "a.pdf")
    assert document.text.strip() == "The harbour observatory is a well-known place."


def test_pages_without_text_are_named_and_the_others_keep_their_numbers():
    document = read(make_pdf("One", None, None, "Four", None), "a.pdf")
    assert pages(document) == [(1, "One"), (4, "Four")]
    assert document.warnings == ("Pages 2-3, 5 without text: needs OCR.",)


def test_one_page_without_text_is_named_in_the_singular():
    assert read(make_pdf("One", None), "a.pdf").warnings == ("Page 2 without text: needs OCR.",)


def test_no_page_with_text_needs_ocr():
    error = refused(make_pdf(None, None, None))
    assert error.code == "needs_ocr"
    assert "3 pages" in error.message


def test_a_damaged_page_is_named_and_the_others_are_read():
    document = read(make_pdf("One", MISSING, "Three"), "a.pdf")
    assert pages(document) == [(1, "One"), (3, "Three")]
    assert document.warnings == ("Page 2 could not be read: damaged.",)


def test_nothing_but_damaged_pages_is_corrupted():
    assert refused(make_pdf(MISSING)).code == "corrupted"


def test_password_is_told_apart_from_damage():
    data = make_pdf("Secret text", password="tide")
    with pypdfium2.PdfDocument(data, password="tide") as pdf:
        assert pdf[0].get_textpage().get_text_range() == "Secret text", "the test's own file is sound"
    assert refused(data).code == "encrypted"


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-", b"%PDF-1.4\nnonsense", b"no pdf at all", make_pdf(), make_pdf("One", "Two")[:500]]
)
def test_damaged_file_is_corrupted(data):
    assert refused(data).code == "corrupted"


def test_random_damage_is_an_error_of_ours_or_still_text():
    sound = make_pdf("One page of text", "Another page", title="A title")
    chance = random.Random(1)
    for _ in range(200):
        data = bytearray(sound)
        for _ in range(chance.choice([1, 5, 50])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            document = read(bytes(data), "a.pdf")
        except ReadError as error:
            assert error.code in ("corrupted", "needs_ocr", "encrypted")
        else:
            document.text.encode("utf-8")
            assert all(place.anchor.page in (1, 2) for place in document.places)
