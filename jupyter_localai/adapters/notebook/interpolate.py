"""``{{ expression }}`` in a line: Python from the user's namespace, put in exactly once.

The line is split into words between `mark` and `fill`, so a value is never taken apart, and neither it nor
anything that comes from a document is looked at for braces again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import LocalAIError, UsageError
from ...results.passages import Answer, Hit

MAX_CHARS = 10_000
"""Of all values together: as much as a question may have."""
MAX_ROWS = 20
_CELL_CHARS = 100
_MARK = re.compile("\ufdd0([0-9]+)\ufdd1")  # noncharacters, which no text has
_OPEN, _CLOSE = "{{", "}}"


def mark(text: str) -> tuple[str, list[str]]:
    """Return `text` with a mark in the place of each expression, and the expressions.

    Raises
    ------
    UsageError
        ``bad_expression`` for what is no Python expression.
    """
    text = text.replace("\ufdd0", "").replace("\ufdd1", "")
    parts: list[str] = []
    expressions: list[str] = []
    at = 0
    while (opened := text.find(_OPEN, at)) >= 0 and text.find(_CLOSE, opened) >= 0:
        expression, end = _expression(text, opened + len(_OPEN))
        parts += [text[at:opened], f"\ufdd0{len(expressions)}\ufdd1"]
        expressions.append(expression)
        at = end
    return "".join(parts) + text[at:], expressions


def values(expressions: Iterable[str], namespace: Mapping[str, Any]) -> list[str]:
    """Return what each expression is worth in the namespace, as text.

    Raises
    ------
    UsageError
        ``bad_expression`` for one that raises, ``value_too_long``.
    """
    found: list[str] = []
    for expression in expressions:
        try:
            found.append(as_text(eval(expression, dict(namespace))))
        except LocalAIError:
            raise  # has a remedy of its own
        except Exception as error:
            raise _bad(expression, f"{type(error).__name__}: {error}") from error
        if sum(map(len, found)) > MAX_CHARS:
            raise UsageError(
                f"With {{{{ {expression} }}}} the text has more than {MAX_CHARS:,} characters.",
                "Put in less of it, or index it as a document and ask about that.",
                code="value_too_long",
            )
    return found


def fill(text: str, worth: list[str]) -> str:
    """Put the values in the place of their marks."""
    return _MARK.sub(lambda found: worth[int(found[1])], text)


def as_text(value: Any) -> str:
    """Return a value as a person would write it in a question; a table of pandas as Markdown."""
    if isinstance(value, (Answer, Hit)):
        return value.text
    if type(value).__module__.partition(".")[0] == "pandas" and hasattr(
        value, "to_frame" if _is_1d(value) else "columns"
    ):
        return _table(value.to_frame() if _is_1d(value) else value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(as_text, value))
    return str(value)


def _is_1d(value: Any) -> bool:
    return getattr(value, "ndim", 0) == 1


def _table(frame: Any) -> str:
    if type(frame.index).__name__ != "RangeIndex":
        frame = frame.rename_axis(frame.index.name or "").reset_index()
    rows = [list(frame.columns), *frame.head(MAX_ROWS).itertuples(index=False, name=None)]
    lines = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(frame.columns))
    if len(frame) > MAX_ROWS:
        lines.append(f"({len(frame) - MAX_ROWS:,} more rows)")
    return "\n" + "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _CELL_CHARS else text[: _CELL_CHARS - 1] + "…"


def _expression(text: str, start: int) -> tuple[str, int]:
    """Return the expression that starts there and where it ends: at the first braces that leave a complete one."""
    end = first = text.find(_CLOSE, start)
    while end >= 0:
        try:
            expression = text[start:end].strip()
            ast.parse(expression, mode="eval")
        except (SyntaxError, ValueError):
            end = text.find(_CLOSE, end + 1)
        else:
            return expression, end + len(_CLOSE)
    raise _bad(text[start:first].strip(), "it is no Python expression")


def _bad(expression: str, why: str) -> UsageError:
    return UsageError(
        f"{{{{ {expression} }}}} has no value: {why}.",
        "Double braces hold a Python expression; for literal ones, put the text into a variable.",
        code="bad_expression",
    )
