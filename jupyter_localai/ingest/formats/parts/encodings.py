"""Which of the encodings of one byte a letter a European text is in.

Several decode it, and statistics of letters do not tell them apart: ``è`` of Windows-1252 is ``č`` of Windows-1250.
The commonest words of the languages do.
"""

from __future__ import annotations

import re

CP1252 = bytes(set(range(256)) - {0x81, 0x8D, 0x8F, 0x90, 0x9D})
"""The bytes that mean something in Windows-1252."""

_NEIGHBOURS = re.compile(r"cp125[0-8]$|iso8859[_-]|latin[_-]|mac_|hp_roman8|cp1140")
_COMMON = {
    "cp1252": frozenset(
        "the and of is with not der die das und ist nicht ein mit auf für über wäre le les des du et est une pour dans "
        "que à été où el los las una por con más está o os um uma em não é são até você il la di che è più per non "
        "sono della het een van voor och att det som en på är så för från av er ikke til så være ja ei on että".split()
    ),
    "cp1250": frozenset(
        "nie jest do z od przez oraz ale jak je się są że być jako pro nebo ve byl jsou v k má než při své také sú nu "
        "din este care pentru cu să și şi az és hogy nem egy vagy meg van ő már u da su što koji će".split()
    ),
    "cp1254": frozenset("ve bir bu için ile daha çok olarak değil gibi kadar her olan şu ne".split()),
}
_WORD = re.compile(r"[^\W\d_]+")


def neighbour(sample: bytes, guess: str) -> str:
    """Return the encoding by whose words a text is rather written than by those of `guess`, or `guess`."""
    if not _NEIGHBOURS.match(guess):
        return guess
    known = {encoding: _known_words(sample, encoding) for encoding in _COMMON}
    best = max(known, key=lambda encoding: known[encoding])
    return best if known[best] > known.get(guess, 0) else guess


def _known_words(sample: bytes, encoding: str) -> int:
    try:
        words = _WORD.findall(sample.decode(encoding).lower())
    except UnicodeDecodeError:
        return 0
    return sum(word in _COMMON[encoding] for word in words)
