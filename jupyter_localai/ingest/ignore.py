"""The rules of ``.gitignore`` files, read as git reads them.

Rules of a folder that somebody else made are matched by the engine itself. So no rule takes more steps than its length
times that of the path: a path is compared part by part, and within a part what stands between two stars is looked for
once, from the left. A file with more or longer rules than are read is an error, since what it hides is not known then.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

MAX_BYTES = 256 * 2**10
"""Of one file."""
MAX_RULES = 4000
"""Of all files that count in a folder."""
MAX_RULE_CHARS = 4096

_SPECIAL = re.compile(r"[*?\[\\]")
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_Part = Callable[[str], object]


class TooManyRules(ValueError):
    """An ignore file has more or longer rules than are read."""


@dataclasses.dataclass(frozen=True)
class _Rule:
    """One line: what it does, and what it matches.

    `parts` are compared with those of a path below the file, None stands for any number of them; without any, `name`
    is compared with the last part alone.
    """

    hides: bool
    folders_only: bool
    name: _Part
    parts: tuple[_Part | None, ...] = ()


class IgnoreFile:
    """The rules of one file, for paths below the folder that it lies in.

    Parameters
    ----------
    text : str
        What the file says. What git cannot read in it matches nothing.

    Raises
    ------
    TooManyRules
    """

    def __init__(self, text: str) -> None:
        rules = []
        for line in text.split("\n"):
            if len(line) > MAX_RULE_CHARS:
                raise TooManyRules
            rule = _rule(line.removesuffix("\r"))
            if rule is not None:
                rules.append(rule)
        if len(rules) > MAX_RULES:
            raise TooManyRules
        self._rules = rules[::-1]

    def __len__(self) -> int:
        return len(self._rules)

    def hides(self, parts: Sequence[str], folder: bool) -> bool | None:
        """Whether a path, given as its parts, is hidden; None when no rule is about it. The last rule decides."""
        name = parts[-1]
        for rule in self._rules:
            if rule.folders_only and not folder:
                continue
            if _fits(rule.parts, parts) if rule.parts else rule.name(name):
                return rule.hides
        return None


def _rule(line: str) -> _Rule | None:
    """Return what a line says, None when it says nothing."""
    if line.startswith("#"):
        return None
    line = _without_spaces(line.partition("\0")[0])
    hides = not line.startswith("!")
    pattern = line if hides else line[1:]
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    if not pattern:
        return None
    try:
        parts = _parts(pattern.removeprefix("/"))
    except ValueError:
        return None
    if "/" not in pattern:
        return _Rule(hides, folders_only, parts[0] or _anything)
    return _Rule(hides, folders_only, _anything, tuple(parts))


def _without_spaces(line: str) -> str:
    """Return a line without the spaces at its end, of which a backslash keeps one."""
    bare = line.rstrip(" ")
    escaped = (len(bare) - len(bare.rstrip("\\"))) % 2
    return line[: len(bare) + 1] if escaped else bare


def _anything(_: str) -> bool:
    return True


def _parts(pattern: str) -> list[_Part | None]:
    """Return what matches each part of a path, None for ``**``.

    Raises
    ------
    ValueError
        A class without an end or of an unknown name, or nothing behind a backslash.
    """
    parts: list[_Part | None] = []
    pieces: list[str] = [""]  # regular expressions of a fixed width; stars stand between them
    begun = at = stars = 0
    while at <= len(pattern):
        letter = pattern[at : at + 1]
        if letter == "\\":
            at += 1
            letter = pattern[at : at + 1]
            if not letter:
                raise ValueError(pattern)
            if letter != "/":
                pieces[-1] += re.escape(letter)
                at += 1
                continue
        if letter in ("", "/"):
            source = pattern[begun:at]
            parts.append(None if stars > 1 and stars == len(source.removesuffix("\\")) else _part(source, pieces))
            pieces, stars, begun = [""], 0, at + 1
        elif letter == "*":
            stars += 1
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif letter == "?":
            pieces[-1] += "."
        elif letter == "[":
            found, at = _class(pattern, at + 1)
            pieces[-1] += found
        else:
            pieces[-1] += re.escape(letter)
        at += 1
    return parts


def _part(source: str, pieces: Sequence[str]) -> _Part:
    """Return what matches one part of a path."""
    if not _SPECIAL.search(source):
        return source.__eq__
    if source.startswith("*") and not _SPECIAL.search(source, 1):
        ending = source[1:]
        return lambda name: name.endswith(ending)
    if len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL).fullmatch
    first, *middle, last = pieces
    # a piece is looked for once: what a lookahead has found is not tried again
    found = "".join(f"(?=(?P<p{at}>.*?{piece}))(?P=p{at})" for at, piece in enumerate(middle))
    return re.compile(f"{first}{found}.*{last}", re.DOTALL).fullmatch


def _class(pattern: str, at: int) -> tuple[str, int]:
    """Return the class that begins before `at` as a regular expression, and where its bracket closes."""
    negated = pattern[at : at + 1] in ("!", "^")
    at += negated
    items: list[str] = []
    before = ""  # a letter that may begin a range
    while True:
        letter = pattern[at : at + 1]
        if letter == "-" and before and pattern[at + 1 : at + 2] not in ("", "]"):
            at += 1
            last, at = _letter(pattern, at)
            items.append(f"{re.escape(before)}-{re.escape(last)}" if before <= last else "")
            before = ""
        elif (
            (named := pattern.find("]", at + 2)) > at + 2 and pattern.startswith("[:", at) and pattern[named - 1] == ":"
        ):
            if pattern[at + 2 : named - 1] not in _CLASSES:
                raise ValueError(pattern)
            items.append(_CLASSES[pattern[at + 2 : named - 1]])
            before, at = "", named
        else:
            before, at = _letter(pattern, at)
            items.append(re.escape(before))
        at += 1
        if pattern[at : at + 1] == "]":
            break
    inside = "".join(items)
    if not inside:
        return (".", at) if negated else ("(?!)", at)
    return f"[{'^' if negated else ''}{inside}]", at


def _letter(pattern: str, at: int) -> tuple[str, int]:
    at += pattern[at : at + 1] == "\\"
    if at >= len(pattern):
        raise ValueError(pattern)
    return pattern[at], at


def _fits(wanted: Sequence[_Part | None], parts: Sequence[str]) -> bool:
    """Whether all of a path matches: None takes as few parts as it can, and the last one at least one."""
    at = place = 0
    retry = begun = -1
    while place < len(parts):
        part = wanted[at] if at < len(wanted) else _nothing
        if part is None:
            if at == len(wanted) - 1:
                return True
            retry, begun, at = at, place, at + 1
        elif part(parts[place]):
            place, at = place + 1, at + 1
        elif retry < 0:
            return False
        else:
            begun += 1
            place, at = begun, retry + 1
    return at == len(wanted)


def _nothing(_: str) -> bool:
    return False
