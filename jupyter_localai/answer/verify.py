"""Check what a chat model wrote against the passages it was given. Nothing it says is taken on trust.

Markers of passages that there are not go; every other gets the quote that best carries its sentence;
numbers and names that stand in no passage are told. Code is left as it is. No model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..embed.base import Embedder
from ..results.passages import Citation, Hit
from ..text.clip import clipped
from ..text.sentences import sentence_spans
from .cite import best_quotes
from .markers import MARKER, code_hidden, numbers, removed, shown_again, without_blocks, written

_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:[ ’']\d{3})+(?!\d)(?:[.,]\d+)?")  # 1 200 000
_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
_CLAIMED = re.compile(r"(?<![^\W\d_])\d(?:[\d.,]*\d)?(?!\d)")  # not in a word such as B12
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_LIST_NUMBER = re.compile(r"^\s*(?:[-*+•]\s+)?\d{1,3}[.)]\s+")
_MARKUP = re.compile(r"[*_`#>|]+")
_NOUNS_ARE_NAMES_UP_TO = 0.2  # share of capitalised words; German, which capitalises every noun, has more
_MOST_WARNINGS = 4
_CLAIM_CHARS = 600
_QUOTED_CHARS = 120


def verify(
    text: str, hits: Sequence[Hit], question: str, embedder: Embedder, context: str = ""
) -> tuple[str, tuple[Citation, ...], list[str]]:
    """Check a model's answer against the passages.

    Parameters
    ----------
    hits : sequence of Hit
        The passages by their numbers; none where the answer rests on `context` alone.
    context : str
        What the question is about. Its numbers and names are known, as those of the question are.

    Returns
    -------
    text : str
        With every marker written as ``[1]``, and without those of passages that there are not.
    citations : tuple of Citation
        One per passage cited, with the quote that best carries the sentence that cites it first.
    warnings : list of str
        Markers dropped, and sentences with numbers or names that stand in no passage.
    """
    dropped = 0

    def known_only(match: re.Match[str]) -> str:
        nonlocal dropped
        cited = numbers(match)
        good = [number for number in cited if 1 <= number <= len(hits)]
        dropped += len(cited) - len(good)
        return f" {written(good)}" if good else ""

    text = MARKER.sub(known_only, code_hidden(text)).strip()
    warnings = []
    if dropped and hits:
        warnings.append(f"The model cited passages that there are not; {dropped} such marker(s) were dropped.")
    claims: dict[int, str] = {}
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    before = ""
    for sentence in sentences:
        plain = removed(sentence)
        # a marker after the full stop begins the next piece, and belongs to the sentence before it
        begin = 0
        while (leading := MARKER.match(sentence, begin)) is not None:
            for number in numbers(leading):
                claims.setdefault(number, before or plain)
            begin = leading.end()
        for match in MARKER.finditer(sentence, begin):
            for number in numbers(match):
                claims.setdefault(number, plain if _has_word(plain) else before)
        if _has_word(plain):
            before = plain
    citations = best_quotes({n: (hits[n - 1], claims[n][-_CLAIM_CHARS:]) for n in sorted(claims)}, embedder)
    text = shown_again(text)
    prose = without_blocks(text)  # code claims nothing
    warnings += unsupported([prose[start:end] for start, end in sentence_spans(prose)], hits, f"{question}\n{context}")
    if hits and not citations:
        warnings.append("The model cited no passage.")
    return text, citations, warnings


def unsupported(sentences: Sequence[str], hits: Sequence[Hit], question: str) -> list[str]:
    """Return a warning per sentence that has numbers or names which neither a passage nor the question has."""
    known = "\n".join(
        [question, *(f"{hit.document}\n{hit.path}\n{hit.anchor.heading or ''}\n{hit.text}" for hit in hits)]
    )
    known_numbers = {_value(match[0]) for pattern in (_NUMBER, _GROUPED) for match in pattern.finditer(known)}
    known_words = {word.casefold() for word in _words(known)}
    plain = [_LIST_NUMBER.sub("", _MARKUP.sub(" ", removed(sentence))).strip() for sentence in sentences]
    only_runs = _capitalised_share(plain) > _NOUNS_ARE_NAMES_UP_TO
    warnings = []
    for sentence in plain:
        rest = _GROUPED.sub(lambda match: " " if _value(match[0]) in known_numbers else match[0], sentence)
        missing = [number for number in _CLAIMED.findall(rest) if _value(number) not in known_numbers]
        missing += [name for name in _names(sentence, only_runs) if not _is_known(name, known_words)]
        if missing:
            what = ", ".join(dict.fromkeys(missing))
            warnings.append(f"In no passage: {what}. Check before you rely on it: “{clipped(sentence, _QUOTED_CHARS)}”")
    more = [f"{len(warnings) - _MOST_WARNINGS} more sentences have numbers or names that stand in no passage."]
    return warnings[:_MOST_WARNINGS] + (more if len(warnings) > _MOST_WARNINGS else [])


def _value(number: str) -> str:
    """Return a number in one spelling: ``1,200``, ``1.200``, ``1 200`` and ``1200`` are one, ``1.50`` is ``1.5``.

    ``05`` is ``5``, as in dates and times; longer ones with a leading zero are names: ``007`` is not ``7``.
    """
    number = re.sub(r"['’ ]", "", number)
    number = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", number).replace(",", ".")
    if "." in number and number.count(".") == 1:
        number = number.rstrip("0").rstrip(".")
    return re.sub(r"^0(?=\d$)", "", number)


def _names(sentence: str, only_runs: bool) -> list[str]:
    """Return the names of a sentence: capitalised words, its first only with others behind it.

    Where every noun is capitalised only acronyms and words with inner capitals are taken.
    """
    names = []
    begins: dict[str, int] = {}
    for at, match in enumerate(_WORD.finditer(sentence)):
        word = match[0]
        inner = any(ch.isupper() for ch in word[1:])
        first = at == 0 or _follows_stop(sentence, begins.setdefault(word, match.start()))
        if (inner and len(word) > 1) or (word[:1].isupper() and not first and not only_runs and len(word) > 1):
            names.append(word)
    return names


def _follows_stop(sentence: str, at: int) -> bool:
    """Whether a word at `at` stands after a colon, a quotation mark or the like, where any word is capitalised."""
    return bool(re.search(r"[:.!?“\"(–—-]\s*$", sentence[max(0, at - 3) : at]))


def _is_known(name: str, known: set[str]) -> bool:
    """Whether the name, its parts or another form of it (plural, genitive) is a known word."""
    word = re.sub(r"['’]s?$", "", name.casefold())
    if word in known:
        return True
    parts = [part for part in re.split(r"['’-]", word) if part]
    if len(parts) > 1 and all(part in known for part in parts):
        return True
    forms = {word + end for end in ("s", "es", "n", "en")} | {word.removesuffix(end) for end in ("s", "es", "n", "en")}
    return bool(forms & known)


def _capitalised_share(sentences: Sequence[str]) -> float:
    later = [word for sentence in sentences for word in _words(sentence)[1:] if len(word) > 1]
    plain = [word for word in later if not word.isupper()]
    return sum(word[0].isupper() for word in plain) / len(plain) if len(plain) >= 8 else 0.0


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _has_word(text: str) -> bool:
    return any(ch.isalnum() for ch in text)
