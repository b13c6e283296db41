"""What of a message's text is new, what is quoted from an earlier one, and what is its signature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

QUOTED = "Earlier message"
SIGNATURE = "Signature"

_RULES = "-_* "
_ORIGINAL = re.compile(
    r"original|ursprüng|weitergeleitet|forwarded|d'origine|transféré|reenviado|inoltrato|doorgestuurd", re.IGNORECASE
)
_WROTE = re.compile(
    r"\s*(?:On|Am|Le|El|Il|Op|Em|Den|W dniu|Dne)\b.{4,200}\b"
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał|napsal)\b.{0,80}:\s*$",
    re.IGNORECASE,
)
_NAME = re.compile(r"[*\s]*([^\W\d_][\w ]{0,15})[*\s]*:[*\s]*\S", re.IGNORECASE)
_SENDER = frozenset("from von de da van från fra od".split())
_OTHER_HEADS = frozenset(
    "sent date to subject gesendet datum an betreff envoyé à objet enviado fecha para asunto inviato data a oggetto "
    "verzonden aan onderwerp".split()
)
_LINE_CHARS = 300  # of a line, its beginning is looked at
_SIGNATURE_LINES = 30  # more lines than these below the mark are no signature


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield ``(name, text)`` of the parts of a message in their order; the name is empty for what is new.

    Nothing is left out. Lines that begin with ``>`` and all that follows the head of an earlier message are
    `QUOTED`; what follows the mark ``--`` is `SIGNATURE`.
    """
    lines = text.split("\n")
    for name, group in groupby(zip(_names(lines), lines, strict=True), key=lambda pair: pair[0]):
        part = "\n".join(line for _, line in group)
        if part.strip():
            yield name, part


def _names(lines: list[str]) -> list[str]:
    """Return for each line the name of the part it belongs to."""
    names = []
    earlier = False  # all that follows is an earlier message
    signed = 0  # lines since the mark of a signature, that included
    for at, line in enumerate(lines):
        quoted = line.startswith(">")
        earlier = earlier or (not quoted and _begins_earlier(lines, at))
        signed = 0 if quoted or earlier else signed + 1 if signed else int(line.rstrip() == "--")
        if quoted or earlier or _introduces(lines, at):
            names.append(QUOTED)
        else:
            names.append(SIGNATURE if 0 < signed <= _SIGNATURE_LINES else "")
    return names


def _begins_earlier(lines: list[str], at: int) -> bool:
    """Whether a program put an earlier message below this line as it was: a divider, or the heads of a message."""
    line = lines[at][:_LINE_CHARS].strip()
    if len(line) - len(line.lstrip(_RULES)) > 2 and line[-1:] in tuple(_RULES) and _ORIGINAL.search(line):
        return True
    if _head(lines[at]) not in _SENDER:
        return False
    heads = {_head(line) for line in lines[at + 1 : at + 8] if line.strip()}
    return len(heads & _OTHER_HEADS) >= 2


def _introduces(lines: list[str], at: int) -> bool:
    """Whether a line says who wrote what is quoted below it; it may be broken in two."""
    return any(
        _WROTE.match(" ".join(line[:_LINE_CHARS].strip() for line in lines[begin : begin + count]))
        and _quote_follows(lines, begin + count)
        for begin, count in ((at, 1), (at, 2), (at - 1, 2))
        if begin >= 0 and not lines[begin].startswith(">")
    )


def _quote_follows(lines: list[str], at: int) -> bool:
    return any(line.startswith(">") for line in lines[at : at + 3])


def _head(line: str) -> str:
    name = _NAME.match(line[:_LINE_CHARS])
    return name.group(1).strip().lower() if name else ""
