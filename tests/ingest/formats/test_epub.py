"""Electronic books: chapters in the order of reading, with their headings."""

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import read
from tests.support.office_files import make_epub, make_zip


def chapter(body, title="Pilot"):
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>"


def test_chapters_come_in_the_order_of_reading():
    pages = [chapter("<h1>Tides</h1><p>High.</p>"), chapter("<p>Low.</p>", "Ebb"), chapter("<p>End.</p>")]
    document = read("a.epub", make_epub(pages))
    assert document.text == "Tides\n\nHigh.\n\nEbb\n\nLow.\n\nEnd.\n\n"
    assert [place.anchor.heading for place in document.places] == ["Tides", "Ebb"]
    assert (document.title, document.kind) == ("Pilot", "book")


def test_a_missing_chapter_is_told_and_a_locked_one_refused():
    data = make_epub([chapter("<p>One.</p>"), chapter("<p>Two.</p>")])
    assert read("a.epub", data.replace(b"c 1.xhtml", b"d 1.xhtml")).warnings == ("1 chapters could not be read.",)
    lock = '<encryption><CipherReference URI="OPS/c%200.xhtml"/></encryption>'
    for data, code in ((make_epub([chapter("x")], **{"META-INF/encryption.xml": lock}), "encrypted"),
                       (make_zip({"mimetype": "application/epub+zip"}), "corrupted")):  # fmt: skip
        with pytest.raises(ReadError) as caught:
            read("a.epub", data)
        assert caught.value.code == code
