"""The codes by which programs colour a terminal, move its cursor and set its title (ECMA-48), and text without them:
what is left of it when it was printed.

The panel has the same rule in TypeScript; `tests/wire/texts.json` holds examples for both.
"""

from __future__ import annotations

import re

_CODES = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # a string, such as a title or a link
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # a control sequence
    r"|\x1b[ -/]*[0-~]"  # any other escape
    r"|\x1b|\x9b"  # what is left of a code that was cut off
)


def without_codes(text: str) -> str:
    """Return `text` as a terminal would print it, without colours, titles and movements."""
    return _CODES.sub("", text)


_STRUCK_OVER = re.compile(r"[^\n\x08]\x08(?!\x08)")
_GONE_BACK = re.compile(r"\x08+|\r")


def last_state(text: str) -> str:
    """Return `text` with only the last state of each line that was written over, such as a progress bar."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line if line.isprintable() else _last_written(line) for line in lines)


def _last_written(line: str) -> str:
    states = _GONE_BACK.split(_STRUCK_OVER.sub("", line))
    return next((state for state in reversed(states) if state.strip()), "")
