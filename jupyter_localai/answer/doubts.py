"""Which numbers, identifiers and names of an answer stand in nothing that the chat model was given."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from ..results.passages import Hit
from ..text import words as inner
from ..text.abbreviations import language_of
from ..text.clip import clipped
from ..text.sentences import sentence_spans
from ..text.words import fold
from .markers import removed, without_blocks
from .quantities import Known, known_in, without_known

_ADDRESS = re.compile(r"[\w.+-]{1,64}@\w[\w-]{0,62}(?:\.\w[\w-]{0,62}){1,5}")
_TOKEN = re.compile(r"[^\W_](?:\w|[.\-/](?=\w))*")
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_LIST_NUMBER = re.compile(r"^\s*(?:[-*+•]\s+)?\d{1,3}[.)]\s+")
_MARKUP = re.compile(r"[*`#>]+|(?<![^\W_])_+|_+(?![^\W_])")
_FORMULA = re.compile(r"\\\[(?:[^\\]|\\(?![\[\]]))*\\\]|\$\$[^$]{1,2000}\$\$")
_TEX_COMMAND = re.compile(r"\\[a-zA-Z]+")
_TABLE_RULE = frozenset("|:- ")
_SEPARATORS = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_NOUNS_ARE_NAMES_UP_TO = 0.2  # share of capitalised words; German, which capitalises every noun, has more
_MOST_SENTENCES, _MOST_WORDS = 4, 12
_QUOTED_CHARS = 120
_LONGEST_PREFIX = 6  # letters of an identifier that may be written apart from its number
_SHORTEST_INITIALS = 3
_LABELS = frozenset(  # that an answer gives its own parts
    "answer answers conclusion details example examples explanation fact facts finding findings important information "
    "key limitation limitations note notes overview point points question reason reasons recommendation result "
    "results section source sources step steps summary takeaway takeaways value values faq pdf ok tldr tl dr "
    "antwort fazit hinweis quelle quellen zusammenfassung réponse résumé respuesta resumen risposta resposta "
    "resumo".split()
)


@dataclasses.dataclass(frozen=True)
class _Given:
    """What the chat model was given."""

    known: Known
    words: frozenset[str]
    identifiers: frozenset[str]
    addresses: frozenset[str]


def doubts(answer: str, hits: Sequence[Hit], question: str) -> list[str]:
    """Return one warning with all that stands in no passage and not in the question, or nothing.

    Code and displayed formulas claim nothing; the heads of tables, headings and commands of TeX name nothing.
    """
    given = _given("\n".join([question, *(_shown(hit) for hit in hits)]))
    prose = _TEX_COMMAND.sub(" ", _FORMULA.sub(" ", without_blocks(answer)))
    sentences = list(_sentences(prose))
    share = _capitalised_share([text for text, _ in sentences])
    only_runs = share > _NOUNS_ARE_NAMES_UP_TO or language_of(answer) == "de"
    missing: list[str] = []
    doubtful: list[str] = []
    for text, has_names in sentences:
        found = _unknown(text, given, has_names, only_runs)
        if found:
            missing += found
            doubtful.append(f"“{clipped(text.replace(':', ' ') if '|' in text else text, _QUOTED_CHARS)}”")
    return [_warning(list(dict.fromkeys(missing)), doubtful)] if missing else []


def _warning(missing: list[str], doubtful: list[str]) -> str:
    what = ", ".join(missing[:_MOST_WORDS])
    more = f" and {len(missing) - _MOST_WORDS} more" if len(missing) > _MOST_WORDS else ""
    rest = f" and {len(doubtful) - _MOST_SENTENCES} more sentences" if len(doubtful) > _MOST_SENTENCES else ""
    sentences = " ".join(doubtful[:_MOST_SENTENCES])
    return f"In no passage: {what}{more}. Check before you rely on it: {sentences}{rest}"


def _shown(hit: Hit) -> str:
    return f"{hit.document}\n{hit.path}\n{hit.anchor.heading or ''}\n{hit.anchor.label()}\n{hit.text}"


def _given(text: str) -> _Given:
    tokens = _TOKEN.findall(text)
    known = known_in(text)
    words = {word.casefold() for word in _words(text)} | known.months()
    words |= {part.casefold() for token in tokens for part in (*_LETTERS.findall(token), *inner.parts(token))}
    words |= {run[at:end] for run in _initials(text) for at, end in _stretches(len(run))}
    identifiers = {part for token in tokens for part in _forms(token)}
    for first, second in pairwise(tokens):
        if len(first) <= _LONGEST_PREFIX and first.isalpha() and second[0].isdigit():
            identifiers.update(_key(first + form) for form in (second, re.split(r"[-/]", second)[0]))
    words |= {"".join(re.split(r"['’-]", word)) for word in words}
    addresses = frozenset(match.casefold() for match in _ADDRESS.findall(text))
    return _Given(known, frozenset(words), frozenset(identifiers), addresses)


def _forms(token: str) -> Iterator[str]:
    yield _key(token)
    parts = re.split(r"[-/_.]", token)
    if len(parts) > 1:
        yield from map(_key, parts)


def _key(token: str) -> str:
    return _SEPARATORS.sub("", fold(token)).casefold()


def _initials(text: str) -> Iterator[str]:
    """Yield the initials of names of several words, by which they may be called."""
    for run in re.findall(r"(?:\b[A-Z][a-z]{1,30}\b(?: (?:of|and|for|the))?[ -]?){3,8}", text):
        yield "".join(word[0] for word in re.findall(r"[A-Z]\w+", run)).casefold()


def _stretches(size: int) -> Iterator[tuple[int, int]]:
    return ((at, end) for at in range(size) for end in range(at + _SHORTEST_INITIALS, size + 1))


def _sentences(prose: str) -> Iterator[tuple[str, bool]]:
    """Yield the sentences of an answer without markup, and whether names in them count."""
    pieces = [removed(prose[start:end]) for start, end in sentence_spans(prose)]
    for at, piece in enumerate(pieces):
        if set(piece.strip()) <= _TABLE_RULE:
            continue
        ahead = pieces[at + 1].strip() if at + 1 < len(pieces) else ""
        heads = "|" in piece and "--" in ahead and set(ahead) <= _TABLE_RULE
        row = heads or piece.lstrip().startswith("|")
        bare = piece.strip()
        heading = bare.startswith("#") or (
            bare.startswith("**") and bare.rstrip(":").endswith("**") and bare.count("**") == 2
        )
        plain = _MARKUP.sub(" ", piece.strip().strip("|").replace("|", " : ") if row else piece)
        yield _LIST_NUMBER.sub("", plain).strip(), not (heads or heading)


def _unknown(text: str, given: _Given, has_names: bool, only_runs: bool) -> list[str]:
    addresses = [match for match in _ADDRESS.findall(text) if match.casefold() not in given.addresses]
    rest, missing = _without_identifiers(_ADDRESS.sub("x", text), given)
    missing = [*addresses, *missing]
    quantities, more = without_known(rest, given.known)
    missing += more
    if has_names:
        missing += [name for name in _names(quantities, only_runs) if not _is_known(name, given.words)]
    return missing


def _without_identifiers(text: str, given: _Given) -> tuple[str, list[str]]:
    """Return a sentence without identifiers, such as ``E4711``, ``PM2.5`` or ``MAX_TOKENS``, and the unknown ones."""
    missing: list[str] = []

    def check(match: re.Match[str]) -> str:
        token = match[0]
        if not _is_identifier(token):
            return token
        if not _is_known_identifier(token, given):
            missing.append(token)
        return "x"  # in its place: what stands behind it does not begin the sentence

    return _TOKEN.sub(check, text), missing


def _is_identifier(token: str) -> bool:
    if "_" in token:
        return any(ch.isupper() or ch.isdigit() for ch in token)
    return token[0].isalpha() and any(map(str.isdigit, token))


def _is_known_identifier(token: str, given: _Given) -> bool:
    key = _key(token)
    if key in given.identifiers or key.removeprefix("v") in given.identifiers or key in given.words:
        return True
    if key.removesuffix("s") in given.identifiers:
        return True
    parts = re.split(r"[-/]", token)
    return len(parts) > 1 and all(
        _key(part) in given.identifiers or part.casefold() in given.words or part in given.known.numbers
        for part in parts
    )


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


def _is_known(name: str, known: AbstractSet[str]) -> bool:
    """Whether the name, its parts or another form of it (plural, genitive) is a known word."""
    word = re.sub(r"['’]s?$", "", name.casefold())
    if word in known or word in _LABELS:
        return True
    parts = [part for part in re.split(r"['’-]", word) if part]
    if "".join(parts) in known:
        return True
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
