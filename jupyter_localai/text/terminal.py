"""The codes by which programs colour a terminal, move its cursor and set its title (ECMA-48), and text without them.

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
