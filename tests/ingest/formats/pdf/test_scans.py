"""Pages that look like text and need OCR."""

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import read
from tests.support.pdf_files import make_pdf

IMAGE = {
    900: b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray"
    b" /BitsPerComponent 8 /Length 1 >>\nstream\n\x80\nendstream"
}
PROSE = "The committee approved the report of the keeper.\nThe harbour closes at ten, and boats must leave by noon."


def pictured(width, height, text):
    lines = " ".join(f"({line}) Tj T*" for line in text.split("\n"))
    return f"q {width} 0 0 {height} 10 20 cm /Im Do Q BT /F1 8 Tf 10 TL 100 400 Td {lines} ET".encode()


def made(*pages):
    return make_pdf(*pages, more=IMAGE, resources=b"/XObject << /Im 900 0 R >>")


def refused(data):
    with pytest.raises(ReadError) as caught:
        read("a.pdf", data)
    return caught.value


def test_pictures_with_a_stamp_need_ocr():
    assert refused(made(*[pictured(560, 800, "Scanned with ScanApp")] * 3)).code == "needs_ocr"


def test_a_page_that_is_a_picture_is_named_among_others():
    document = read("a.pdf", made(PROSE, pictured(560, 800, "Scanned with ScanApp"), PROSE + " More."))
    assert document.warnings == ("Page 2 with hardly any text on a picture: needs OCR.",)


@pytest.mark.parametrize("page", [pictured(560, 200, "A figure"), pictured(560, 800, "\n".join([PROSE] * 3))])
def test_small_pictures_and_scans_with_their_text_are_text(page):
    assert read("a.pdf", made(page)).warnings == ()


def unmapped(text, *pages):
    glyphs = b" ".join(b"/g%d" % code for code in range(32, 127))
    font = (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+Custom /FirstChar 32 /LastChar 126"
        b" /Encoding << /Type /Encoding /Differences [32 %s] >> >>" % glyphs
    )
    page = f"BT /F2 12 Tf 60 700 Td ({text}) Tj ET".encode()
    # the page's own fonts come first: a second entry of the same name would be another one
    data = make_pdf(page, *pages, more={900: font})
    return data.replace(b"<< /F1 3 0 R >>", b"<< /F1 3 0 R /F2 900 0 R >>")


def shifted(text):
    return "".join(chr(ord(letter) + 1) if letter.isalpha() else letter for letter in text)


def test_letters_without_a_meaning_need_ocr():
    assert refused(unmapped(shifted("The harbour closes at ten and boats must leave"))).code == "needs_ocr"


def test_letters_without_a_meaning_are_left_out_and_named():
    document = read("a.pdf", unmapped(shifted("The harbour closes at ten and boats must leave"), PROSE))
    assert "ibscpvs" not in document.text
    assert len(document.warnings) == 1
    assert document.warnings[0].startswith("Page 1 with letters that cannot be read")


@pytest.mark.parametrize(
    "text",
    [
        "The harbour closes at ten and boats must leave",
        "Der Hafen wird um zehn Uhr geschlossen und die Boote fahren ab",
        "Le port ferme à dix heures et les bateaux doivent partir",
        "Port zamyka sie o dziesiatej i lodzie musza odplynac przed poludniem",
        "Satama suljetaan kymmeneltä ja veneiden on lähdettävä",
        "GTX 4070 RTX PSU ATX 12345 kWh",
    ],
)
def test_a_font_without_a_map_is_read_where_its_letters_mean_something(text):
    assert text.split()[0] in read("a.pdf", unmapped(text)).text
