"""Makes small PDF files byte by byte, so that the tests know exactly what stands in them."""

import hashlib

_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_ID = b"0123456789abcdef"
_PERMISSIONS = (-4 & 0xFFFFFFFF).to_bytes(4, "little")

MISSING = object()
"""A page that the page tree names and that is not in the file."""


def make_pdf(*pages, title="", password="", over=(), catalog=b"", more=None, resources=b""):
    """Return a PDF with one page per argument: its lines of text, None for a page without text, or `MISSING`.

    A page of bytes is a content stream, see `at`. With a password, the file is encrypted as PDF 1.1 has it: RC4 with a
    key of 40 bits. What is laid over the first page, entries of the catalogue and of all pages' resources, and further
    objects by their numbers (from 900) are put in as they are.
    """
    key, owner, user = _keys(password.encode("latin-1"))

    def seal(number, data):
        if not password:
            return data
        return _rc4(hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10], data)

    kids = [4 + 2 * index for index in range(len(pages))]
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        2: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids)),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for kid, page in zip(kids, pages, strict=True):
        if page is MISSING:
            continue
        objects[kid] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> %s >> /Annots [%s] >>"
            % (kid + 1, resources, b" ".join(over) if kid == kids[0] else b"")
        )
        content = seal(kid + 1, page if isinstance(page, bytes) else _content(page or ""))
        objects[kid + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    objects |= more or {}
    trailer = b"/Root 1 0 R /ID [<%s> <%s>]" % (_ID.hex().encode(), _ID.hex().encode())
    if title:
        number = max(objects) + 1
        text = seal(number, b"\xfe\xff" + title.encode("utf-16-be"))
        objects[number] = b"<< /Title <%s> >>" % text.hex().encode()
        trailer += b" /Info %d 0 R" % number
    if password:
        number = max(objects) + 1
        objects[number] = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (
            owner.hex().encode(),
            user.hex().encode(),
        )
        trailer += b" /Encrypt %d 0 R" % number
    return _file(objects, trailer)


def at(*pieces, size=11):
    """Return the content of a page with pieces of text, each ``(left, bottom, text)`` and drawn in this order."""
    shown = "".join(f"1 0 0 1 {left} {bottom} Tm ({text}) Tj\n" for left, bottom, text in pieces)
    return f"BT /F1 {size} Tf\n{shown}ET".encode("cp1252")


def _content(text):
    lines = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in text.split("\n")]
    shown = "\n".join(f"({line}) Tj T*" for line in lines) if text else ""
    return f"BT /F1 12 Tf 14 TL 72 770 Td\n{shown}\nET".encode("cp1252")


def _file(objects, trailer):
    out = bytearray(b"%PDF-1.4\n")
    size = max(objects) + 1
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 00000 f \n"
    out += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, table)
    return bytes(out)


def _keys(password):
    """Return the file key and the owner and user entries of the standard security handler, revision 2."""
    padded = (password + _PAD)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + _PERMISSIONS + _ID).digest()[:5]
    return key, owner, _rc4(key, _PAD)


def _rc4(key, data):
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
