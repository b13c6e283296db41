"""What stands beside the text of a PDF: forms, comments, attachments, outlines."""

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import read
from tests.support.pdf_files import at, make_pdf

FORM = b"/AcroForm << /Fields [%s] /DA (/F1 11 Tf) >>"


def field(box, kind, rest):
    return b"<< /Type /Annot /Subtype /Widget /F 4 /Rect [%s] /FT /%s %s >>" % (box, kind, rest)


def form_of(page, *fields):
    numbers = [b"%d 0 R" % (900 + index) for index in range(len(fields))]
    more = {900 + index: made for index, made in enumerate(fields)}
    return make_pdf(page, over=numbers, catalog=FORM % b" ".join(numbers), more=more)


def text_of(data):
    return read("a.pdf", data).text.strip()


def test_a_value_stands_beside_its_label():
    page = at((60, 700, "Application"), (60, 650, "Surname:"), (60, 620, "Call sign:"))
    data = form_of(
        page,
        field(b"150 615 300 635", b"Tx", b"/T (sign) /V (VK7QZ)"),
        field(b"150 645 300 665", b"Tx", b"/T (name) /V (Oakenfield)"),
    )
    assert text_of(data) == "Application\nSurname: Oakenfield\nCall sign: VK7QZ"


def test_a_value_stands_under_its_label_or_with_the_name_of_its_field():
    data = form_of(
        at((60, 700, "Remarks")),
        field(b"60 670 300 695", b"Tx", b"/T (r) /V (By boat)"),
        field(b"60 100 300 120", b"Tx", b"/T (x1) /TU (Place of birth) /V (Hobart)"),
        field(b"60 60 300 80", b"Tx", b"/T (empty)"),
    )
    assert text_of(data) == "Remarks By boat\nPlace of birth: Hobart"


def test_boxes_and_choices():
    page = at((90, 700, "By sea"), (90, 670, "By air"), (60, 640, "Season:"), (60, 610, "Ports:"))
    ticked = b"/Ff 0 /T (%s) /V /%s /AS /%s /AP << /N << /Yes 950 0 R /Off 950 0 R >> >>"
    fields = [
        field(b"60 695 75 710", b"Btn", ticked % (b"sea", b"Yes", b"Yes")),
        field(b"60 665 75 680", b"Btn", ticked % (b"air", b"Off", b"Off")),
        field(b"120 635 300 655", b"Ch", b"/Ff 131072 /T (s) /Opt [[(w) (Winter)] [(s) (Summer)]] /V (s)"),
        field(b"120 600 300 625", b"Ch", b"/Ff 2097152 /T (p) /Opt [(Hobart) (Perth) (Davis)] /V [(Perth) (Davis)]"),
    ]
    numbers = [b"%d 0 R" % (900 + index) for index in range(len(fields))]
    more = {900 + index: made for index, made in enumerate(fields)}
    more[950] = b"<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\nstream\n\nendstream"
    data = make_pdf(page, over=numbers, catalog=FORM % b" ".join(numbers), more=more)
    assert text_of(data) == "[x] By sea\n[ ] By air\nSeason: Summer\nPorts: Perth, Davis"


def test_comments_follow_the_page_and_name_who_wrote_them_and_about_what():
    over = [
        b"<< /Type /Annot /Subtype /Text /Rect [300 700 320 720] /T (Ida) /Contents (Withdrawn on 4 May.) >>",
        b"<< /Type /Annot /Subtype /Highlight /Rect [60 698 200 712] /T (Ida) /Contents (Too dear.)"
        b" /QuadPoints [60 712 200 712 60 698 200 698] >>",
        b"<< /Type /Annot /Subtype /Highlight /Rect [60 698 200 712] /QuadPoints [60 712 200 712 60 698 200 698] >>",
        b"<< /Type /Annot /Subtype /FreeText /Rect [60 500 300 540] /Contents (Postponed.) /DA (/F1 9 Tf) >>",
        b"<< /Type /Annot /Subtype /Text /F 2 /Rect [300 600 320 620] /Contents (Hidden.) >>",
    ]
    data = make_pdf(at((60, 700, "A crane")), "Page two", over=over)
    assert text_of(data) == (
        "A crane\n\nComment by Ida: Withdrawn on 4 May.\n\nComment by Ida on “A crane”: Too dear.\n\n"
        "Comment: Postponed.\n\nPage two"
    )
    assert [place.anchor.page for place in read("a.pdf", data).places] == [1, 2]


def attached(name, content):
    return {
        900: b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F 901 0 R >> >>" % (name, name),
        901: b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    }


NAMES = b"/Names << /EmbeddedFiles << /Names [(a) 900 0 R] >> >>"


def test_an_attachment_is_read_by_its_own_reader_under_its_name():
    data = make_pdf("Cover", catalog=NAMES, more=attached(b"minutes.csv", b"Pier,State\nNorth,closed\n"))
    document = read("a.pdf", data)
    assert "Pier | State\nNorth | closed" in document.text
    assert document.places[-1].anchor.heading == "minutes.csv"
    assert document.places[-1].anchor.page is None
    assert document.warnings == ()


def test_an_attachment_that_cannot_be_read_is_named():
    data = make_pdf("Cover", catalog=NAMES, more=attached(b"tune.mp3", b"ID3\x00\x00\x01\xff\xfb\x90\x00"))
    assert any("tune.mp3" in warning for warning in read("a.pdf", data).warnings)


def test_an_attachment_of_a_page_is_read():
    over = [b"<< /Type /Annot /Subtype /FileAttachment /Rect [300 700 320 720] /FS 900 0 R >>"]
    data = make_pdf("Cover", over=over, more=attached(b"minutes.txt", b"The pier is closed."))
    assert "The pier is closed." in read("a.pdf", data).text


def test_a_dynamic_form_is_named_and_not_read():
    catalog = b"/AcroForm << /Fields [] /XFA 900 0 R >>"
    more = {900: b"<< /Length 5 >>\nstream\n<a/>\n\nendstream"}
    with pytest.raises(ReadError) as caught:
        read("a.pdf", make_pdf("Please wait...", catalog=catalog, more=more))
    assert caught.value.code == "xfa_form"


def test_the_outline_gives_headings():
    def entry(title, page, rest=b""):
        return b"<< /Title (%s) /Parent 900 0 R /Dest [%d 0 R /Fit] %s >>" % (title, page, rest)

    more = {
        900: b"<< /Type /Outlines /First 901 0 R /Last 903 0 R /Count 3 >>",
        901: entry(b"Tides", 4, b"/Next 903 0 R /First 902 0 R /Last 902 0 R /Count 1"),
        902: entry(b"High water", 4),
        903: entry(b"Winds", 6, b"/Prev 901 0 R"),
    }
    pages = ("1 Tides\nThey come and go.\n1.1 High water\nTwice a day.", "More of it.\n2 Winds\nFrom the west.")
    document = read("a.pdf", make_pdf(*pages, catalog=b"/Outlines 900 0 R", more=more))
    found = [(p.anchor.page, p.anchor.heading, document.text[p.start : p.end].strip()) for p in document.places]
    assert found == [
        (1, "Tides", "1 Tides\nThey come and go."),
        (1, "Tides > High water", "1.1 High water\nTwice a day."),
        (2, "Tides > High water", "More of it."),
        (2, "Winds", "2 Winds\nFrom the west."),
    ]
