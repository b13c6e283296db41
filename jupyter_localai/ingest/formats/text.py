"""Plain text, Markdown and reStructuredText: the decoded file is the text, unchanged but for long tables.

Without these, offsets into the extracted text are therefore offsets into the decoded file; line numbers are
always those of an editor.
"""

from __future__ import annotations

import codecs
import re

from ...errors import ReadError
from ...results.passages import Anchor, Document, Place
from .parts.encodings import CP1252, neighbour
from .parts.headings import HeadingPath
from .parts.pipe_tables import repeat_names

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = {
    b"PK\x03\x04": "a zip archive or office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"\x7fELF": "a program",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "a compressed file",
    b"SQLite format 3": "a database",
    b"{\\rtf": "a rich text file",
}
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_SAMPLE_BYTES = 64 * 1024
_TOO_FEW_TO_TELL = 10  # letters beyond ASCII, with which statistics of languages tell nothing
_BEYOND_ASCII = bytes(range(128, 256))
_NO_TEXT = frozenset(("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"))
_ZEROS = re.compile(rb"\x00+")
_LATIN_1 = ("iso8859-1", "ascii")
_TEXT_CONTROLS = b"\t\n\x0b\x0c\r\x1b\x08"
_CONTROLS = bytes(range(1, 32)).translate(None, _TEXT_CONTROLS) + b"\x7f"


def refuse_binary(data: bytes) -> None:
    """Raise `ReadError` when `data` is not text or is a private key."""
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            raise ReadError(
                f"This is {name}, which is not read as text.", "Convert it to PDF, Markdown or text.", code="binary"
            )
    if _PRIVATE_KEY.search(data[:4096]):
        raise ReadError("This holds a private key and is left alone.", code="private_key")
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        sample = data[:_SAMPLE_BYTES]
        if b"\x00" in sample and _bare_utf16(sample) is None and not _is_text_with_zeros(data):
            raise ReadError("This is a binary file.", "Convert it to PDF, Markdown or text.", code="binary")


def _is_text_with_zeros(data: bytes) -> bool:
    """Whether all but the zero bytes is text: a log has such bytes where its writer was stopped or it was emptied."""
    sample = data[:_SAMPLE_BYTES]
    if len(_ZEROS.findall(sample)) > sample.count(b"\n") + 1 or data[257:262] == b"ustar":
        return False
    rest = data.translate(None, b"\x00")[:_SAMPLE_BYTES]
    if not rest.strip() or rest.translate(None, _CONTROLS) != rest:
        return False
    try:
        rest.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(rest) - 4 and len(rest) == _SAMPLE_BYTES
    return True


def decode(data: bytes, declared: str | None = None, trust: bool = False) -> tuple[str, list[str]]:
    """Decode text of unknown encoding.

    Parameters
    ----------
    data : bytes
        The text.
    declared : str, optional
        The encoding that the document itself names; used when the text is not UTF-8.
    trust : bool
        Whether what is declared counts even where UTF-8 would fit.

    Returns
    -------
    text : str
        The content without a byte-order mark; line ends as they are in the file.
    warnings : list of str
        Names the encoding when it had to be guessed.

    Raises
    ------
    ReadError
        ``wrong_encoding`` when no encoding fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), []
            except UnicodeDecodeError as error:
                raise ReadError(
                    f"The file says it is {encoding} and is not.", "Save it as UTF-8.", code="wrong_encoding"
                ) from error
    bare = _bare_utf16(data[:_SAMPLE_BYTES])
    if bare is None:
        data = data.replace(b"\x00", b" ")  # as long as before, so that offsets are those of the file
    named = _known_encoding(declared)
    if named is not None and codecs.lookup(named).name in _LATIN_1 and not data.translate(None, CP1252):
        named = "cp1252"  # what declares Latin-1 is in Windows-1252 as a rule, which has all of it and quotation marks
    tried = [named, "utf-8"] if trust else ["utf-8", named]
    for name in tried if bare is None else ():
        try:
            if name is not None:
                return data.decode(name), []
        except UnicodeError:
            pass
    if bare is None and (mended := _nearly_utf8(data)) is not None:
        return mended, ["Nearly UTF-8: what could not be decoded stands as \ufffd."]
    guess = bare or _guess(data)
    if guess is None:
        raise ReadError("The file's encoding cannot be recognised.", "Save it as UTF-8.", code="wrong_encoding")
    return data.decode(guess, errors="replace"), [f"Not UTF-8; read as {guess}."]


def _nearly_utf8(data: bytes) -> str | None:
    """Return UTF-8 text with a few broken bytes, such as a file that was cut off; None for other encodings.

    Chance makes sequences of UTF-8 out of other encodings now and then, but not twenty for each failure.
    """
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sequences = len(text) - broken - len(data.translate(None, _BEYOND_ASCII))
    cut_off = broken == 1 and text.endswith("\ufffd") and sequences >= _TOO_FEW_TO_TELL // 3
    return text if cut_off or sequences >= 20 * broken else None


def _known_encoding(name: str | None) -> str | None:
    """Return `name` when it is an encoding of text that Python has, and none for host names or source code."""
    if (name or "").lower().replace("_", "-") in _NO_TEXT:
        return None
    try:
        "".encode(name or "")
    except (LookupError, ValueError):
        return None
    return name


def _guess(data: bytes) -> str | None:
    sample = data[:_SAMPLE_BYTES]
    if sum(byte > 127 for byte in sample) < _TOO_FEW_TO_TELL and not sample.translate(None, CP1252):
        return "cp1252"
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample).best()
    return neighbour(sample, best.encoding) if best is not None else None


def _bare_utf16(sample: bytes) -> str | None:
    """Recognise UTF-16 without a mark by its zero bytes falling on one side only."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 5 and even * 20 < odd:
        return "utf-16-le"
    if even > len(sample) // 5 and odd * 20 < even:
        return "utf-16-be"
    return None


_NEWLINE = re.compile(r"\r\n|\r|\n")


def line_starts(text: str) -> list[int]:
    """Return the offset at which each line begins."""
    return [0, *(match.end() for match in _NEWLINE.finditer(text))]


def read_plain(data: bytes, path: str) -> Document:
    """Read plain text; the title is a short first line, else the file's name."""
    refuse_binary(data)
    text, warnings = decode(data)
    return Document(path, "text", text, _first_line(text), whole(text), tuple(warnings))


_ATX = re.compile(r"[ ]{0,3}(#{1,6})[ \t](.*)")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}(?=[^`]*$)|~{3,})")
_FRONT_TITLE = re.compile(r"^title:[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)


def read_markdown(data: bytes, path: str) -> Document:
    """Read Markdown; a place per section, anchored by line and heading path.

    The text is the file's, but for long tables: these repeat their column names, and each row is a place.
    """
    refuse_binary(data)
    text, warnings = decode(data)
    front = _front_matter(text)
    headings = markdown_headings(text, front)
    title = _front_matter_title(text[:front]) or next((h[2] for h in headings if h[1] == 1), "")
    text, places = repeat_names(text, sections(text, headings), line_starts(text))
    return Document(path, "markdown", text, title, places, tuple(warnings))


def markdown_headings(text: str, begin: int = 0) -> list[tuple[int, int, str]]:
    """Return ``(offset, level, heading)`` of the headings from `begin` on; code is not looked into."""
    starts = line_starts(text)
    headings: list[tuple[int, int, str]] = []
    fence = previous = ""
    for number, start in enumerate(starts):
        if start < begin:
            continue
        line = text[start : starts[number + 1] if number + 1 < len(starts) else len(text)].rstrip("\r\n")
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            previous = ""
            continue
        if mark:
            fence, previous = mark.group(1), ""
            continue
        if (atx := _ATX.match(line)) and (heading := _plain(_without_closing(atx.group(2)))):
            headings.append((start, len(atx.group(1)), heading))
        elif (level := _setext(line)) and _heading_text(previous):
            headings.append((starts[number - 1], level, _plain(previous.strip())))
        previous = line
    return headings


def _without_closing(heading: str) -> str:
    """Take off a closing run of ``#``, which must stand apart: ``# C#`` keeps its own."""
    heading = heading.strip()
    open_part = heading.rstrip("#")
    return open_part.rstrip() if not open_part or open_part[-1] in " \t" else heading


def _setext(line: str) -> int:
    stripped = line.strip()
    if len(stripped) >= 2 and not line.startswith("    "):
        if set(stripped) == {"="}:
            return 1
        if set(stripped) == {"-"} and len(stripped) >= 3:
            return 2
    return 0


def _heading_text(line: str) -> bool:
    marked = line.startswith(("    ", "\t")) or line.lstrip().startswith(("#", ">", "-", "*", "|", "="))
    return bool(line.strip()) and not marked and len(line) < 200


def _front_matter(text: str) -> int:
    """Return where YAML front matter ends, 0 without any."""
    match = re.match(r"---[ \t]*\r?\n(?:.*?\n)??(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", text, re.DOTALL)
    return match.end() if match else 0


def _front_matter_title(front: str) -> str:
    match = _FRONT_TITLE.search(front)
    return match.group(1).strip().strip("'\"") if match else ""


def _plain(heading: str) -> str:
    return re.sub(r"[*_`]+", "", _links_as_text(heading)).strip()


def _links_as_text(heading: str) -> str:
    """Return a heading in which each ``[text](target)`` is its text."""
    pieces, done, at = [], 0, 0
    while (border := heading.find("](", at)) >= 0 and (close := heading.find(")", border)) >= 0:
        begin = heading.find("[", heading.rfind("]", at, border) + 1 or at, border)
        at = border + 1
        if begin >= 0:
            pieces += [heading[done:begin].removesuffix("!"), heading[begin + 1 : border]]
            at = done = close + 1
    return "".join([*pieces, heading[done:]])


_ADORNMENT = re.compile(r"^([=\-~^\"'`#*+.:_<>])\1{2,}\s*$")


def read_rst(data: bytes, path: str) -> Document:
    """Read reStructuredText; heading levels follow the order in which underlines appear."""
    refuse_binary(data)
    text, warnings = decode(data)
    starts = line_starts(text)
    lines = [text[a:b].rstrip("\r\n") for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    styles: list[tuple[str, bool]] = []
    headings: list[tuple[int, int, str]] = []
    last_underline = -1
    for number in range(1, len(lines)):
        above, title, under = lines[number - 2] if number > 1 else "", lines[number - 1], lines[number]
        mark = _ADORNMENT.match(under)
        if not mark or not title.strip() or _ADORNMENT.match(title) or len(under.rstrip()) < len(title.rstrip()):
            continue
        overline = number - 2 > last_underline and bool(_ADORNMENT.match(above)) and above[:1] == under[:1]
        last_underline = number
        style = (mark.group(1), overline)
        if style not in styles:
            styles.append(style)
        headings.append((starts[number - 2 if overline else number - 1], styles.index(style) + 1, title.strip()))
    title = headings[0][2] if headings else ""
    return Document(path, "rst", text, title, sections(text, headings), tuple(warnings))


def sections(text: str, headings: list[tuple[int, int, str]]) -> tuple[Place, ...]:
    """Turn ``(offset, level, heading)`` into places that cover the text, with heading paths."""
    if not headings:
        return whole(text)
    starts = line_starts(text)
    places: list[Place] = []
    if headings[0][0] > 0 and text[: headings[0][0]].strip():
        places.append(Place(0, headings[0][0], Anchor(line=1)))
    path = HeadingPath()
    line = 0
    for index, (offset, level, heading) in enumerate(headings):
        path.enter(level, heading)
        while line + 1 < len(starts) and starts[line + 1] <= offset:
            line += 1
        end = headings[index + 1][0] if index + 1 < len(headings) else len(text)
        places.append(Place(offset, end, Anchor(line=line + 1, heading=str(path))))
    return tuple(places)


def whole(text: str) -> tuple[Place, ...]:
    """Return one place for all of `text`."""
    return (Place(0, len(text), Anchor(line=1)),) if text else ()


def _first_line(text: str) -> str:
    head, _, rest = text.lstrip()[:600].partition("\n")
    head = head.strip()
    return head if 3 <= len(head) <= 200 and rest.strip() and any(ch.isalpha() for ch in head) else ""
