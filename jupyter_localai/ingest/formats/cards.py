"""Address cards and calendars: a paragraph per person or event, without pictures and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...results.passages import Anchor, Document, Place
from .text import decode, refuse_binary

_LINE = re.compile(
    r"(?:[\w-]{1,40}\.)?([\w-]{1,40})((?:;[^:;\"]{0,200}|;[^:;\"]{0,100}\"[^\"]{0,200}\")*):(.*)$", re.DOTALL
)
_FOLD = re.compile(r"\r?\n[ \t]")
_SOFT = re.compile(r"=\r?\n")
_UNTOLD = frozenset(
    "PHOTO LOGO SOUND KEY UID REV PRODID VERSION BEGIN END CALSCALE METHOD N SEQUENCE DTSTAMP TRANSP".split()
)
_NAMES = {
    **{
        "FN": "Name",
        "ORG": "Organisation",
        "TEL": "Telephone",
        "EMAIL": "E-mail",
        "ADR": "Address",
        "BDAY": "Birthday",
    },
    **{"TITLE": "Position", "ROLE": "Role", "NOTE": "Note", "URL": "Address on the web", "NICKNAME": "Nickname"},
    **{"SUMMARY": "Event", "DTSTART": "Begins", "DTEND": "Ends", "LOCATION": "Place", "DESCRIPTION": "Description"},
    **{"ORGANIZER": "Organiser", "ATTENDEE": "With", "DUE": "Due", "RRULE": "Repeats", "STATUS": "Status"},
    **{"CATEGORIES": "Categories", "DURATION": "Lasts"},
}
_KINDS = ("VCARD", "VEVENT", "VTODO", "VJOURNAL")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$")
_VALUE_CHARS = 20_000


def read(data: bytes, path: str) -> Document:
    """Read address cards; an anchor per card, at its line."""
    return _read(data, path, "cards")


def read_calendar(data: bytes, path: str) -> Document:
    """Read a calendar; an anchor per event, at its line."""
    return _read(data, path, "calendar")


def _read(data: bytes, path: str, kind: str) -> Document:
    refuse_binary(data)
    text, warnings = decode(data)
    pieces: list[str] = []
    places: list[Place] = []
    length = 0
    for line, entry in _entries(text):
        piece = "\n".join(entry) + "\n\n"
        places.append(Place(length, length + len(piece), Anchor(line=line)))
        pieces.append(piece)
        length += len(piece)
    if not pieces:
        warnings = [*warnings, "There is no entry in it."]
    return Document(path, kind, "".join(pieces), "", tuple(places), tuple(warnings))


def _entries(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield ``(line, what is told)`` of each card or event; alarms inside them are not told."""
    begun, within, entry = 0, "", list[str]()
    inner = 0
    for number, line in _lines(text):
        match = _LINE.match(line)
        if not match:
            continue
        name, options, value = match.group(1).upper(), match.group(2), match.group(3)
        if name == "BEGIN" and value.strip().upper() in _KINDS:
            begun, within, entry, inner = number, value.strip().upper(), [], 0
        elif name in ("BEGIN", "END") and value.strip().upper() != within:
            inner += 1 if name == "BEGIN" else -1
        elif name == "END":
            if within and entry:
                yield begun, entry
            within, entry = "", []
        elif within and inner <= 0 and (told := _told(name, options, value)):
            entry.append(told)
    if within and entry:
        yield begun, entry


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with those that go on in the next one put together, each with its number."""
    number, kept, begun = 0, list[str](), 1
    for line in text.splitlines():
        number += 1
        soft = bool(kept) and kept[-1].endswith("=") and "QUOTED-PRINTABLE" in kept[0].upper()
        if kept and (soft or line[:1] in (" ", "\t")):
            kept.append(line if soft else line[1:])
            continue
        if kept:
            yield (
                begun,
                "".join(piece.removesuffix("=") if "QUOTED-PRINTABLE" in kept[0].upper() else piece for piece in kept),
            )
        kept, begun = [line], number
    if kept:
        yield begun, "".join(kept)


def _told(name: str, options: str, value: str) -> str:
    if name in _UNTOLD or name.startswith("X-") or "ENCODING=B" in options.upper() or value[:5] == "data:":
        return ""
    if "QUOTED-PRINTABLE" in options.upper():
        import quopri

        value = quopri.decodestring(value.encode("utf-8", "replace")).decode("utf-8", "replace")
    value = value[:_VALUE_CHARS]
    value = re.sub(r"\\([nN,;\\])", lambda m: "\n" if m.group(1) in "nN" else f"\0{m.group(1)}", value)
    value = value.replace(";", ", ") if name in ("ADR", "ORG") else value
    value = value.replace("\0", "").removeprefix("mailto:").removeprefix("MAILTO:")
    if time := _TIME.match(value):
        year, month, day, hour, minute, zone = time.groups()
        value = f"{year}-{month}-{day}" + (f" {hour}:{minute}{' UTC' if zone else ''}" if hour else "")
    value = re.sub(r"(?:,\s*)+$|^(?:,\s*)+", "", re.sub(r"(?:,\s){2,}", ", ", value)).strip()
    person = re.search(r"CN=\"?([^\";:]{1,100})", options)
    if person and name in ("ORGANIZER", "ATTENDEE"):
        value = f"{person.group(1)} ({value})"
    return f"{_NAMES.get(name, name.capitalize())}: {value}" if value else ""
