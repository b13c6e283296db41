"""Documents that say nearly the same: versions of a contract, invoices of one form. What differs is what matters.

Near-copies are versions or a series if their numbers, dates, names or a "not" differ. They are shown together, all
of them or those that the question means, and the newest version is named.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

from ..results.answers import Answer
from ..results.passages import Hit
from ..text import keywords
from ..text.words import plain_words

MOST = 20
"""Documents of one group that an answer is made from."""
_ALIKE, _LEAST_WORDS = 0.8, 8
_COMMON = 0.5  # of all words: German texts that differ in most nouns have the small words in common
_TELLING = frozenset(
    "no not never none without one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "thousand million "
    "half first second third fourth fifth kein keine nicht zwei drei vier fünf sechs sieben acht neun zehn elf zwölf "
    "dreißig hundert tausend".split()
)
_MONTHS = "january february march april may june july august september october november december".split()
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_WRITTEN = re.compile(rf"\b(\d{{1,2}})\.? ({'|'.join(_MONTHS)}) ((?:19|20)\d\d)\b", re.IGNORECASE)
_VERSION = re.compile(r"(?<![a-z])(?:v|ver|version|rev|revision)[ ._-]?(\d{1,4})(?!\d)", re.IGNORECASE)
_STAGE = re.compile(r"(?<![a-z])(draft|old|final|new|signed)(?![a-z])", re.IGNORECASE)
_STAGES = {"old": 0, "draft": 1, "new": 2, "final": 3, "signed": 4}


def facts(text: str) -> frozenset[str]:
    """Return the words, lower case, in which near-copies may differ: numbers, dates, names, and a "not"."""
    return frozenset(
        word.lower() for word in plain_words(text) if not word.islower() or not word.isalpha() or word in _TELLING
    )


@dataclasses.dataclass(frozen=True)
class Group:
    """Passages of several documents that differ in their facts only, the newest version first if they are versions.

    ``asked`` are the words of the question by which these were chosen among others of their like.
    """

    hits: tuple[Hit, ...]
    are_versions: bool
    asked: frozenset[str] = frozenset()

    def warning(self, answer: Answer) -> str:
        """Return what to tell about an answer that rests on these passages; nothing if it does not."""
        paths = {hit.path for hit in self.hits}
        if len(paths) == 1 or not paths & {cited.path for cited in answer.citations}:
            return ""
        if not self.are_versions:
            return f"{len(paths)} similar documents differ here in numbers, dates or names."
        newest = os.path.basename(self.hits[0].path)
        return f"{len(paths)} versions differ here. The newest seems to be {newest}."


def together(question: str, hits: Sequence[Hit], more: Callable[[], Sequence[Hit]]) -> tuple[list[Hit], list[Group]]:
    """Return the hits with near-copies together, at the place of the best one, and the groups that these are.

    Parameters
    ----------
    question : str
        Where it has what only some of a group have, such as a year or a client, the others are left out.
    hits : sequence of Hit
        Best first.
    more : callable
        Returns further hits, best first; asked where there is a group, which may have members among them.
    """
    found = [group for group in _groups(hits) if len(group) > 1]
    if not found:
        return list(hits), []
    first = {id(group[0]) for group in found}
    rest = _groups([*hits, *(hit for hit in more() if hit.chunk_id not in {known.chunk_id for known in hits})])
    groups: dict[int, Group] = {}
    members: set[int] = set()
    for group in rest:
        if id(group[0]) in first:
            members |= {id(hit) for hit in group}
            meant, asked = _meant(question, group)
            groups[id(group[0])] = dataclasses.replace(_arranged(meant[:MOST]), asked=asked)
    arranged: list[Hit] = []
    for hit in hits:
        if id(hit) in groups:
            arranged += groups[id(hit)].hits
        elif id(hit) not in members:
            arranged.append(hit)
    ranked = [dataclasses.replace(hit, rank=rank) for rank, hit in enumerate(arranged, 1)]
    return ranked, list(groups.values())


def sought(question: str, groups: Sequence[Group]) -> str:
    """Return the question without the words that have already led to one document of several that are alike."""
    words = frozenset[str]().union(*(group.asked for group in groups if len(group.hits) == 1))
    return " ".join(word for word in question.split() if not words & _words(word)) or question


def _groups(hits: Iterable[Hit]) -> list[list[Hit]]:
    groups: list[tuple[_Said, list[Hit]]] = []
    for hit in hits:
        said = _Said(_words(hit.text), facts(hit.text))
        for other, group in groups:
            if all(hit.path != member.path for member in group) and _are_alike(said, other):
                group.append(hit)
                break
        else:
            groups.append((said, [hit]))
    return [group for _, group in groups]


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in plain_words(text))


@dataclasses.dataclass(frozen=True)
class _Said:
    """The words of a text, and those of them that are facts."""

    words: frozenset[str]
    facts: frozenset[str]


def _are_alike(one: _Said, other: _Said) -> bool:
    """Whether two texts have most words in common, the facts aside that only one of them has.

    Names that both have count: where every noun is capitalised, little else is left.
    """
    frame, other_frame = one.words - (one.facts - other.words), other.words - (other.facts - one.words)
    few, common = min(len(frame), len(other_frame)), len(frame & other_frame)
    if few < _LEAST_WORDS or 2 * few < max(len(frame), len(other_frame)):
        return False
    return common >= _ALIKE * few and common >= _COMMON * min(len(one.words), len(other.words))


def _meant(question: str, group: Sequence[Hit]) -> tuple[list[Hit], frozenset[str]]:
    """Return the members that have most of what the question asks for and not all of them have, and what that is."""
    words = [_words(f"{hit.text} {_spaced(PurePath(hit.path).name)}") for hit in group]
    differing = frozenset.union(*map(facts, (f"{hit.text} {_spaced(hit.path)}" for hit in group)))
    asked = (differing & set(keywords.terms(question))) - frozenset.intersection(*words)
    most = max(len(asked & each) for each in words)
    return [hit for hit, each in zip(group, words, strict=True) if len(asked & each) == most], asked


def _arranged(group: Sequence[Hit]) -> Group:
    names = [PurePath(hit.path).stem for hit in group]
    stems = {re.sub(r"[\d\W_]+", "", _STAGE.sub("", _VERSION.sub("", name))).lower() for name in names}
    marked = any(_STAGE.search(name) or _VERSION.search(name) or _YEAR.search(name) for name in names)
    if len(stems) > 1 or not marked:
        return Group(tuple(group), False)
    keys = ([_date(name) for name in names], [_version(name) for name in names], [_stage(name) for name in names])
    dates = [max((_day(match) for match in _WRITTEN.finditer(hit.text)), default=None) for hit in group]
    times = [_changed(hit.path) for hit in group]
    tells = next((key for key in (*keys, dates) if None not in key and len(set(key)) > 1), times)
    newest = max(range(len(group)), key=lambda at: tells[at] or ())
    return Group((group[newest], *(hit for at, hit in enumerate(group) if at != newest)), True)


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _date(name: str) -> tuple[int, ...] | None:
    dates = [tuple(map(int, match.groups())) for pattern in (_ISO, _YEAR) for match in pattern.finditer(name)]
    return max(dates, default=None)


def _version(name: str) -> tuple[int, ...] | None:
    return max(((int(match[1]),) for match in _VERSION.finditer(name)), default=None)


def _stage(name: str) -> tuple[int, ...] | None:
    return max(((_STAGES[match[1].lower()],) for match in _STAGE.finditer(name)), default=None)


def _day(match: re.Match[str]) -> tuple[int, ...]:
    return int(match[3]), _MONTHS.index(match[2].lower()), int(match[1])


def _changed(path: str) -> tuple[int, ...]:
    try:
        return (os.stat(path).st_mtime_ns,)
    except OSError:
        return (0,)
