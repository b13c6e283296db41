"""Splits lines that mix options with natural language.

An apostrophe is a letter here. Quotation marks count only around whole words, and stay part of the question unless they
enclose all of it.
"""

from __future__ import annotations

import os
import re
import shlex

from ...errors import UsageError
from ..parsing import Parser, unknown_option

_WORD = re.compile(
    r"""(?P<option>--[\w-]+=)?(?P<mark>["'])(?P<inside>.*?)(?P=mark)(?=\s|$)   # quoted
        |\S+""",
    re.DOTALL | re.VERBOSE,
)
_OPTION = re.compile(r"--[a-zA-Z][\w-]*(=.*)?|-[a-zA-Z]", re.DOTALL)
_COUNT = re.compile(r"-k\d+")


def split_question(line: str, parser: Parser) -> tuple[list[str], str]:
    """Split a line into options with their values and the remaining question.

    Raises
    ------
    UsageError
        For an unknown option or a missing value.
    """
    options: list[str] = []
    question: list[re.Match[str]] = []
    words = list(_WORD.finditer(line))
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        text = word[0] if not word["option"] else word["option"] + word["inside"]
        if (word["mark"] and not word["option"]) or not (_OPTION.fullmatch(text) or _COUNT.fullmatch(text)):
            question.append(word)
            continue
        flag, given, _ = text.partition("=")
        if flag in parser.flags and parser.flags[flag] and not given:
            if at == len(words):
                raise UsageError(f"{flag} needs a value.", f"See {parser.prog} --help.")
            value = _plain(words[at])
            options += [f"{flag}={value}"] if flag.startswith("--") else [flag, value]
            at += 1
        elif flag in parser.flags or _COUNT.fullmatch(text):
            options.append(text)
        else:
            error = unknown_option(flag, parser)
            error.remedy = f"If this is part of the question, put the question in quotes. {error.remedy}"
            raise error
    if len(question) == 1:
        return options, _plain(question[0])
    return options, " ".join(word[0] for word in question)


def split_command(line: str) -> list[str]:
    """Split a line into words like a shell; on Windows, backslashes are literal.

    Raises
    ------
    UsageError
    """
    try:
        if os.name != "nt":
            return shlex.split(line)
        words = shlex.split(line, posix=False)
    except ValueError:
        raise UsageError(
            "A quotation mark is not closed.", "Put a path with an apostrophe or a space in double quotes."
        ) from None
    return [word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word for word in words]


def _plain(word: re.Match[str]) -> str:
    return word["inside"] if word["mark"] and not word["option"] else word[0]
