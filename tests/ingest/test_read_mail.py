"""E-mail: its headers, the message, attached texts and messages; what cannot be read is named."""

from email.message import EmailMessage

import pytest

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
