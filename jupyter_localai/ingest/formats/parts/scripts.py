"""Letters above and below the line as plain text: ``10^6``, ``CO_2``; what is no exponent stays as it is."""

from __future__ import annotations

import re

UP, DOWN, END = "\ufdd0", "\ufdd1", "\ufdd2"
"""Marks around raised and lowered letters until a paragraph is whole: no characters, kept for programs' own use."""
_MARKED = re.compile(f"(.?)([{UP}{DOWN}])([^{UP}{DOWN}{END}]*){END}", re.DOTALL)
_ANY = re.compile(f"[{UP}{DOWN}{END}]")
_MARKS = str.maketrans("", "", UP + DOWN + END)
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FEEDS = str.maketrans("\x0b\x0c", "  ")  # white space in HTML, nothing in XML
_ORDINALS = frozenset("aeo")  # XIXe siècle, 2a edición, 4o andar


def plain(text: str) -> str:
    """Return a text with its marked letters written out."""
    if text.isascii() or not _ANY.search(text):
        return text
    pieces: list[str] = []
    last = ""
    for piece in filter(None, re.split(f"([{UP}{DOWN}{END}])", text)):
        if piece == last and pieces[-1:] == [END]:
            pieces.pop()  # one exponent is often cut into several runs
            continue
        last = piece if piece in (UP, DOWN) else last
        pieces.append(piece)
    return _MARKED.sub(_written, "".join(pieces)).translate(_MARKS)  # those that are left stood in each other


def fit(text: str) -> str:
    """Return a text without the characters that may not be put into a tree, though parsers leave them in one."""
    return _UNFIT.sub("", text.translate(_FEEDS))


def _written(match: re.Match[str]) -> str:
    before, mark, text = match.groups()
    inner = text.strip()
    follows = not before and match.start() > 0 and match.string[match.start() - 1] == END
    stands = follows or before.isalnum() or before in tuple(")]}")
    raised = mark == UP
    if (
        not stands
        or not any(map(str.isalnum, inner))
        or inner.startswith("[")
        or (raised and _ends_a_word(before, inner))
    ):
        return before + text
    bound = inner if re.fullmatch(r"[-+−]?\w+", inner) else f"({inner})"
    return f"{before}{'^' if raised else '_'}{bound}{' ' if text[-1:].isspace() else ''}"


def _ends_a_word(before: str, inner: str) -> bool:
    """Whether raised letters are the end of a word, such as ``1st`` or ``XIXe``, and no exponent."""
    return inner.isalpha() and (len(inner) > 1 or (inner in _ORDINALS and (before.isdigit() or before in "IVX")))
