"""E-mail: its headers, the message, attached texts and messages; what cannot be read is named."""

import time
from email.message import EmailMessage

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.read import read


def message(subject="Gauge", body="The gauge is offline.\n"):
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = subject, "Ann <a@example.org>", "Bob <b@example.org>"
    made.set_content(body)
    return made


def test_headers_and_body():
    document = read("a.eml", message().as_bytes())
    assert document.text.startswith("Subject: Gauge\nFrom: Ann <a@example.org>\nTo: Bob <b@example.org>\n\n")
    assert "The gauge is offline." in document.text
    assert (document.title, document.kind, document.warnings) == ("Gauge", "email", ())


def test_of_two_versions_the_plain_one_is_read_once():
    made = message()
    made.add_alternative("<p>The gauge is offline.</p>", subtype="html")
    assert read("a.eml", made.as_bytes()).text.count("offline") == 1


def test_html_alone_is_read_as_html():
    made = message()
    made.set_content("<style>x</style><p>Gone <b>fishing</b>", subtype="html")
    assert read("a.eml", made.as_bytes()).text.endswith("Gone fishing\n\n")


def test_attachments_are_read_or_named():
    made = message()
    made.add_attachment("Reading: 3.2\n", filename="log.txt")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="photo.png")
    made.add_attachment(message("Older", "It was lightning.\n"))
    document = read("a.eml", made.as_bytes())
    assert "Reading: 3.2" in document.text and "It was lightning." in document.text
    assert [place.anchor.heading for place in document.places] == [None, "log.txt", "Older"]
    assert document.warnings == ("Attachments that were not read: photo.png.",)


def test_encoded_headers_and_bodies_are_decoded():
    data = b"Subject: =?utf-8?q?Pegel_=C3=BC?=\nContent-Type: text/plain; charset=iso-8859-1\n"
    data += b"Content-Transfer-Encoding: quoted-printable\n\nH=F6he\n"
    document = read("a.eml", data)
    assert document.title == "Pegel ü" and "Höhe" in document.text


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Type: text/plain; charset=no-such\n\nwords",
        b"Content-Type: multipart/mixed; boundary=x\n\nwords without a boundary",
        b"Content-Type: multipart/alternative; boundary=x\n\n--x--\n",
        b"From: \xff\xfe<<>>\nDate: never\nSubject: =?x?y?z?=\n\nwords",
        b"Content-Transfer-Encoding: base64\n\n!!!!",
        b"Content-Disposition: attachment; filename*0*=x'y'%ff%\n\nwords",
        b"\n",
        b"Content-Type: message/rfc822\n\n" * 200 + b"words",
    ],
)
def test_malformed_messages_are_read_as_far_as_they_go(data):
    document = read("a.eml", data)
    assert all(place.end <= len(document.text) for place in document.places)


def test_a_plain_part_that_only_stands_in_for_the_page_does_not_replace_it():
    made = message(body="Your program cannot show this message.\n")
    made.add_alternative("<p>The gauge at Gull Rock has been offline since Monday night.</p>", subtype="html")
    text = read("a.eml", made.as_bytes()).text
    assert "cannot show" in text and "offline since Monday" in text


def test_bytes_in_headers_and_names_are_letters():
    data = b'Subject: H\xf6he\nContent-Type: text/plain; name="\xc3\xa9.txt"\n\nwords'
    document = read("a.eml", data)
    assert document.title == "Höhe" and document.places[-1].anchor.heading == "é.txt"
    document.text.encode()


def test_names_of_attachments_are_only_shown():
    made = message()
    made.add_attachment("words", filename="../../etc/\x1b[31m\u202epasswd")
    made.add_attachment(b"x", maintype="application", subtype="pdf", filename="/etc/shadow")
    document = read("a.eml", made.as_bytes())
    assert "\x1b" not in (document.places[-1].anchor.heading or "")
    assert document.warnings == ("Attachments that were not read: /etc/shadow.",)


def test_an_attachment_of_no_known_encoding_costs_nothing_else():
    data = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nHello\n--x\nContent-Type: text/plain; charset=utf-16\n"
    data += b"Content-Transfer-Encoding: base64\n\n//7/AAD9AA==\n--x--\n"
    assert "Hello" in read("a.eml", data).text


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "undefined", "hex"])
def test_a_charset_that_is_none_is_not_believed(charset):
    data = f"Content-Type: text/plain; charset={charset}\n\nwords-and \u00e9..x\n".encode()
    assert "words-and é..x" in read("a.eml", data).text


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nwords",
        b"To: " + b"Ann <a@example.org>,\n " * 50_000 + b"x@y.z\n\nwords",
        b"To: " + b"(" * 100_000 + b"\n\nwords",
        b'Content-Disposition: attachment; filename="' + b'";"' * 50_000 + b"\n\nwords",
    ],
)
def test_long_headers_are_cut_and_take_no_time(data):
    begin = time.monotonic()
    document = read("a.eml", data)
    assert "words" in document.text and len(document.text) < 10_000 and time.monotonic() - begin < 60


@pytest.mark.parametrize(
    "piece", [b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", b"Content-Type: message/rfc822\nX-%d: %d\n\n"]
)
def test_parts_in_parts_without_end_are_an_error_with_a_name(piece):
    data = b"".join(piece % (number, number) for number in range(3000)) + b"\n\nwords"
    with pytest.raises(ReadError) as caught:
        read("a.eml", data)
    assert caught.value.code == "corrupted"


def test_a_mailbox_has_a_place_per_message():
    box = b""
    for subject in ("One", "Two"):
        box += b"From a@example.org Mon Mar  4 10:00:00 2024\n" + message(subject, "From here on.\n").as_bytes() + b"\n"
    document = read("a.mbox", box)
    assert [place.anchor.heading for place in document.places] == ["One", "Two"]
    assert document.text.count("From here on.") == 2 and document.kind == "email"
