"""A file is what its content says: names are changed more often than contents."""

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.kinds import kind_of
from jupyter_localai.ingest.formats.parts import compound
from jupyter_localai.ingest.read import read
from tests.support.office_files import make_docx, make_epub, make_odf, make_pptx, make_xlsx, make_zip, p, shape

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.doc", make_docx(p("x")), "word"), ("a.dotm", make_docx(p("x")), "word"), ("a", make_docx(p("x")), "word"),
        ("a.xls", make_xlsx({"A": [["x"]]}), "sheet"), ("a.xltm", make_xlsx({"A": [["x"]]}), "sheet"),
        ("a.ppsm", make_pptx([shape("x")]), "slides"), ("a.docx", make_pptx([shape("x")]), "slides"),
        ("a.doc", make_odf("text", "x", mimetype="application/vnd.oasis.opendocument.text"), "odt"),
        ("a.zip", make_epub(["<p>x</p>"]), "book"), ("a.docx", OLD + bytes(512), "old office"),
        ("a.doc", b"{\\rtf1 x}", "rtf"), ("a.doc", b"<html><body>x", "html"), ("a.xls", b"<table><tr><td>1", "html"),
        ("a.xls", b"Fund\tSum\nTools\t992\n", "table"), ("a.xls", b"Fund;Sum\nTools;992\n", "table"),
        ("a.doc", b"MIME-Version: 1.0\n\nx", "email"), ("a.doc", b"Only words.", "text"),
        ("a.xml", b"<?xml version='1.0'?><!-- x --><svg xmlns='s'/>", "drawing"),
        ("a.txt", b"BEGIN:VCARD\nFN:x", "cards"),
        ("a.kml", b"<kml/>", "map"), ("a.ics", b"BEGIN:VCALENDAR", "calendar"), ("a.py", b"import svg", "code"),
        ("a.md", b"<svg> in a sentence", "markdown"), ("a.docx", b"PK\x03\x04 and nothing", "word"),
        ("a.xlsb", b"PK", "text"),
        ("page", b"\xef\xbb\xbf\n<!doctype html><p>x", "html"), ("page.txt", b"<html><p>x", "html"),
        ("words", b"In <html> pages", "text"), ("saved.py", b"<html><p>x", "code"),
        ("1234.host:2,S", b"Received: x\nFrom: a\nSubject: b\n\nHi", "email"), ("a.emlx", b"9\nSubject: b", "email"),
        ("notes.txt", b"From: the harbour\nTo: the hut\nSubject: boats\n\nReceived: nothing", "text"),
        ("b.xlsb", make_zip({"xl/workbook.bin": "x"}), "binary sheet"), ("a.txt", b"words", "text"),
    ],
)  # fmt: skip
def test_the_kind_is_that_of_the_content(name, data, kind):
    assert kind_of(name, data) == kind


@pytest.mark.parametrize(("name", "data"), [("a.doc", OLD + bytes(512)), ("a.xls", OLD), ("a.txt", OLD + bytes(512))])
def test_what_is_not_read_says_what_to_do(name, data, monkeypatch):
    monkeypatch.setattr(compound, "_NEEDED", ("no_such_package",))
    with pytest.raises(ReadError) as caught:
        read(name, data)
    assert caught.value.code == "old_format" and caught.value.remedy


def test_flat_documents_are_read():
    names = 'xmlns:office="o" xmlns:text="t" office:mimetype="application/vnd.oasis.opendocument.text"'
    body = "<office:body><office:text><text:h>Kiosk</text:h><text:p>Closed.</text:p></office:text></office:body>"
    meta = "<office:meta><title>Hours</title></office:meta>"
    document = read("a.fodt", f"<?xml version='1.0'?><office:document {names}>{meta}{body}</office:document>".encode())
    assert (document.text, document.title) == ("Kiosk\n\nClosed.\n\n", "Hours")


def test_of_a_drawing_the_words_are_read():
    svg = b"<svg><title>Plan</title><path d='M5 10'/><text>Exit <tspan>left</tspan></text><style>x</style></svg>"
    document = read("a.svg", svg)
    assert (document.text, document.title) == ("Plan\n\nExit left\n\n", "Plan")
    assert "no text" in read("a.svg", b"<svg><path d='M5 10'/></svg>").warnings[0]
    svg = b"<svg><g display='none'><text>secret</text></g><text style='display: none'>x</text><text>a</text></svg>"
    hidden = read("a.svg", svg)
    assert hidden.text == "a\n\n" and hidden.warnings == (
        "Hidden in its program and not read: 2 parts of the drawing.",
    )


def test_of_a_map_the_places_are_read():
    place = "<Placemark><name>Hut</name><description>&lt;b&gt;Warm&lt;/b&gt; room</description><Point><coordinates>8,60"
    kml = f"<kml><Document><name>Trip</name>{place}</coordinates></Point></Placemark></Document></kml>"
    document = read("a.kml", kml.encode())
    assert document.text == "Trip\n\nHut\n\nWarm room\n\nPosition (longitude, latitude): 8,60\n\n"
    assert document.places[-1].anchor.heading == "Trip > Hut"


def test_cards_and_events_are_told_without_pictures():
    card = "BEGIN:VCARD\r\nFN:Rita Holm\r\nitem1.TEL;TYPE=CELL:+47 555\r\n"
    card += "ADR:;;Quay 1;Gull;;;\r\nPHOTO;ENCODING=b:AAAA\r\n"
    card += " AAAA\r\nNOTE;ENCODING=QUOTED-PRINTABLE:caf=C3=A9 and=\r\n tea\r\nEND:VCARD\r\n"
    document = read("a.vcf", card.encode() + b"BEGIN:VCARD\nFN:Ann\nEND:VCARD\n")
    assert document.text == (
        "Name: Rita Holm\nTelephone: +47 555\nAddress: Quay 1, Gull\nNote: café and tea\n\nName: Ann\n\n"
    )
    assert [place.anchor.line for place in document.places] == [1, 10]
    event = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Drill\\, boats\n"
    event += "DTSTART:20310304T101500Z\nBEGIN:VALARM\nDESCRIPTION:no\n"
    event += "END:VALARM\nATTENDEE;CN=Ann:mailto:ann@example.org\nLOCATION:long\n  word\nEND:VEVENT\nEND:VCALENDAR\n"
    assert read("a.ics", event.encode()).text == (
        "Event: Drill, boats\nBegins: 2031-03-04 10:15 UTC\nWith: Ann (ann@example.org)\nPlace: long word\n\n"
    )
