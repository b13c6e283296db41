"""Letters above and below the line as plain text: ``10^6``, ``CO_2``; what is no exponent stays as it is."""

from __future__ import annotations

import re

UP, DOWN, END = "\x0e", "\x0f", "\x10"
"""Marks around raised and lowered letters until a paragraph is whole; no XML document can hold them."""
_MARKED = re.compile(f"(.?)([{UP}{DOWN}])([^{UP}{DOWN}{END}]*){END}", re.DOTALL)


def plain(text: str) -> str:
    """Return a text with its marked letters written out."""
    if END not in text:
        return text
    pieces: list[str] = []
    last = ""
    for piece in filter(None, re.split(f"([{UP}{DOWN}{END}])", text)):
        if piece == last and pieces[-1:] == [END]:
            pieces.pop()  # one exponent is often cut into several runs
            continue
        last = piece if piece in (UP, DOWN) else last
        pieces.append(piece)
    return _MARKED.sub(_written, "".join(pieces))


def _written(match: re.Match[str]) -> str:
    before, mark, text = match.groups()
    inner = text.strip()
    follows = not before and match.start() > 0 and match.string[match.start() - 1] == END
    stands = follows or before.isalnum() or before in tuple(")]}")
    raised = mark == UP
    if not inner or not stands or (raised and len(inner) > 1 and inner.isalpha()) or not any(map(str.isalnum, inner)):
        return before + text
    bound = inner if re.fullmatch(r"[-+−]?\w+", inner) else f"({inner})"
    return f"{before}{'^' if raised else '_'}{bound}{' ' if text[-1:].isspace() else ''}"
