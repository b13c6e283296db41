"""E-mail: its headers, the message, attached texts and messages; what cannot be read is named."""

import base64
import time
from email.message import EmailMessage

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.parts import attached
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


def headings(document):
    return [place.anchor.heading for place in document.places]


def test_what_an_attachment_is_tell_its_name_and_content_and_not_its_type():
    made = message()
    for name, content in (
        ("a.csv", b"name,beds\nHut P,19\n"),
        ("notes.txt", b"Paint it red.\n"),
        ("b", b"%PDF-broken"),
    ):
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    document = read("a.eml", made.as_bytes())
    assert "Hut P | 19" in document.text and "Paint it red." in document.text
    assert [place.anchor.row for place in document.places if place.anchor.heading == "a.csv"] == [1, 2]
    assert document.warnings == ("Attachments that were not read: b.",)


def test_lines_of_an_attachment_are_no_lines_of_the_message():
    made = message()
    made.add_attachment("# One\n\ntext\n\n# Two\n\nmore\n", filename="a.md")
    places = read("a.eml", made.as_bytes()).places
    assert [place.anchor.heading for place in places][1:] == ["a.md > One", "a.md > Two"]
    assert {place.anchor.line for place in places} == {None}


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_attached_message_that_was_encoded_as_a_whole_is_decoded(encoding):
    inner = b"Subject: Ferry\nContent-Type: text/plain\n\nThe ferry is cancelled.\n"
    packed = base64.encodebytes(inner) if encoding == "base64" else inner.replace(b"ferry", b"=66erry")
    head = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nSee below.\n--x\nContent-Type: message/rfc822\n"
    data = head + b"Content-Transfer-Encoding: %s\n\n" % encoding.encode() + packed + b"\n--x--\n"
    document = read("a.eml", data)
    assert headings(document) == [None, "Ferry"]
    assert ("The ferry is cancelled." in document.text) or encoding == "quoted-printable"


def test_a_message_inside_a_file_inside_a_message_is_read_until_it_is_too_deep():
    inner = message("Innermost", "The last word.\n")
    for depth in range(4):
        outer = message(f"Level {depth}")
        outer.add_attachment(inner.as_bytes(), maintype="application", subtype="octet-stream", filename="inner.eml")
        inner = outer
    assert "The last word." in read("a.eml", inner.as_bytes()).text
    for depth in range(4):
        outer = message(f"Level {depth}")
        outer.add_attachment(inner.as_bytes(), maintype="application", subtype="octet-stream", filename="inner.eml")
        inner = outer
    document = read("a.eml", inner.as_bytes())
    assert "The last word." not in document.text
    assert any("inner.eml" in warning and "not read" in warning for warning in document.warnings)


def test_attachments_have_one_budget_for_all(monkeypatch):
    monkeypatch.setattr(attached, "_MAX_DOCUMENTS", 3)
    made = message()
    for number in range(5):
        made.add_attachment(f"text {number}\n", filename=f"{number}.txt")
    document = read("a.eml", made.as_bytes())
    assert "text 2" in document.text and "text 3" not in document.text
    assert document.warnings == ("Attachments that were not read: 3.txt, 4.txt.",)
    assert read("a.eml", made.as_bytes()).text == document.text  # each file has its own budget


def test_a_key_that_is_attached_is_left_alone():
    made = message()
    key = b"-----BEGIN PRIVATE KEY-----\nMIIE\n"
    made.add_attachment(key, maintype="application", subtype="octet-stream", filename="a.txt")
    document = read("a.eml", made.as_bytes())
    assert "MIIE" not in document.text and document.warnings == ("Attachments that were not read: a.txt.",)


def test_an_invitation_is_read_beside_the_text():
    made = message(body="You are invited.\n")
    made.add_alternative("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Boat hoist\nEND:VEVENT\nEND:VCALENDAR\n", "calendar")
    text = read("a.eml", made.as_bytes()).text
    assert "You are invited." in text and "Boat hoist" in text


def test_of_text_and_page_the_one_is_read_that_says_more():
    made = message(body="The offer of the yard for the hoist is attached below.\nSee https://a.example/x?y=z\n")
    page = "<p>The offer of the yard for the hoist is attached below.</p><table><tr><th>Item<th>Crowns<tr><td>Hoist"
    made.add_alternative(page + "<td>4,300</table>", subtype="html")
    text = read("a.eml", made.as_bytes()).text
    assert "Hoist | 4,300" in text and text.count("The offer") == 1


def test_a_page_with_pictures_is_one_of_the_alternatives():
    data = b"Content-Type: multipart/alternative; boundary=x\n\n--x\n\nThe gauge.\n--x\n"
    data += b"Content-Type: multipart/related; boundary=y\n\n--y\nContent-Type: text/html\n\n<p>The gauge: 3.71 m</p>\n"
    data += b"--y\nContent-Type: image/png\nContent-ID: <a>\n\nx\n--y--\n--x--\n"
    document = read("a.eml", data)
    assert "3.71 m" in document.text and document.text.count("The gauge") == 1 and document.warnings == ()


def test_what_is_quoted_and_the_signature_stand_under_headings_of_their_own():
    body = "The date is 7 May.\n\n-- \nAnn\nHarbour office\n\n"
    body += "On 3 March 2031, Bob <b@example.org> wrote:\n> The date is 5 May.\n"
    document = read("a.eml", message(body=body).as_bytes())
    said = {place.anchor.heading: document.text[place.start : place.end] for place in document.places}
    assert list(said) == [None, "Signature", "Earlier message"]
    assert "7 May" in said[None] and "Harbour office" in said["Signature"]
    assert "Bob" in said["Earlier message"] and "5 May" in said["Earlier message"]


@pytest.mark.parametrize(
    "divider",
    [
        "-----Original Message-----",
        "----- Ursprüngliche Nachricht -----",
        "From: Bob\nSent: Monday\nTo: Ann\nSubject: Date",
        "Von: Bob\nGesendet: Montag\nAn: Ann\nBetreff: Termin",
        "*From:* Bob\n*Sent:* Monday\n*To:* Ann",
    ],
)
def test_all_below_the_head_of_an_earlier_message_is_quoted(divider):
    body = f"The date is 7 May.\n\n{divider}\n\nThe date is 5 May.\n\nRegards\n"
    document = read("a.eml", message(body=body).as_bytes())
    assert headings(document) == [None, "Earlier message"]
    assert "5 May" not in document.text[: document.places[0].end] and "5 May" in document.text


def test_answers_between_quotes_are_new():
    document = read("a.eml", message(body="> When?\nOn 7 May.\n> Where?\nAt the pier.\n").as_bytes())
    new = [document.text[place.start : place.end] for place in document.places if place.anchor.heading is None]
    assert "On 7 May." in "".join(new) and "At the pier." in "".join(new) and "When?" not in "".join(new)


@pytest.mark.parametrize(
    "quote",
    [
        "<blockquote type=cite><p>The date is 5 May.</p></blockquote><p>Regards</p>",
        "<div class='gmail_quote'>On 3 March Bob wrote:<blockquote>The date is 5 May.</blockquote></div><p>Regards</p>",
        "<hr><div id='divRplyFwdMsg'><b>From:</b> Bob</div><div>The date is 5 May.</div>",
    ],
)
def test_quotes_of_a_page_are_marked(quote):
    made = message()
    made.set_content(f"<p>The date is 7 May.</p>{quote}", subtype="html")
    document = read("a.eml", made.as_bytes())
    said = {}
    for place in document.places:
        said[place.anchor.heading] = said.get(place.anchor.heading, "") + document.text[place.start : place.end]
    assert "7 May" in said[None] and "5 May" in said["Earlier message"] and "5 May" not in said[None]
    assert "Regards" not in quote or "Regards" in said[None]


def test_a_mailbox_without_suffix_is_one():
    box = b""
    for subject in ("One", "Two"):
        box += b"From - Tue Mar 04 09:12:00 2031\nX-Mozilla-Status: 0001\n"
        box += message(subject, "Words.\n").as_bytes() + b"\n"
    assert headings(read("/home/a/Inbox", box)) == ["One", "Two"]
    letter = b"From the sea, 4 March 2031\n\nDear Ann: thank you.\n"
    assert read("letter", letter).kind == "text"


def test_attachments_in_a_mailbox_stand_under_their_message():
    made = message("One")
    made.add_attachment("Paint it red.\n", filename="a.txt")
    box = b"From a@example.org Mon Mar  4 10:00:00 2024\n" + made.as_bytes()
    assert headings(read("a.mbox", box)) == ["One", "One > a.txt"]


def test_a_message_of_apple_mail_ends_where_its_length_says():
    message = b"From: ann@a.example\nSubject: Ferry\n\nIt is cancelled.\n"
    data = b"%-10d\n%s<?xml version='1.0'?><plist><dict><key>flags</key></dict></plist>" % (len(message), message)
    document = read("1.emlx", data)
    assert (document.title, document.text) == ("Ferry", "Subject: Ferry\nFrom: ann@a.example\n\nIt is cancelled.\n\n")
