"""Interpolates ``{{ expression }}`` in a line with values from the user's namespace, exactly once.

The line is split into words between `mark` and `fill`. So a value is never split, and braces in a value or in text of a
document are never evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import LocalAIError, UsageError
from ...results.answers import Answer
from ...results.passages import Hit

MAX_CHARS = 10_000
"""The limit for all values together, which is that of a question."""
MAX_ROWS = 20
_CELL_CHARS = 100
_MARK = re.compile("\ufdd0([0-9]+)\ufdd1")  # noncharacters, which do not occur in text
_OPEN, _CLOSE = "{{", "}}"


def mark(text: str) -> tuple[str, list[str]]:
    """Replace each expression in `text` with a mark; return the text and the expressions.

    Raises
    ------
    UsageError
        ``bad_expression`` for invalid Python.
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
    """Evaluate expressions in the namespace and return their values as text.

    Raises
    ------
    UsageError
        ``bad_expression`` for an expression that raises, ``value_too_long``.
    """
    found: list[str] = []
    for expression in expressions:
        try:
            found.append(as_text(eval(expression, dict(namespace))))
        except LocalAIError:
            raise  # it has its own remedy
        except Exception as error:
            raise _bad(expression, f"{type(error).__name__}: {error}") from error
        if sum(map(len, found)) > MAX_CHARS:
            raise UsageError(
                f"With {{{{ {expression} }}}} the text exceeds {MAX_CHARS:,} characters.",
                "Insert less text, or index it as a document and ask about that.",
                code="value_too_long",
            )
    return found


def fill(text: str, values: list[str]) -> str:
    """Replace the marks with their values."""
    return _MARK.sub(lambda found: values[int(found[1])], text)


def as_text(value: Any) -> str:
    """Return a value as text for a question; pandas tables become Markdown."""
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
    """Return the expression at `start` and its end, which is at the first braces that complete it."""
    end = first = text.find(_CLOSE, start)
    while end >= 0:
        try:
            expression = text[start:end].strip()
            ast.parse(expression, mode="eval")
        except (SyntaxError, ValueError):
            end = text.find(_CLOSE, end + 1)
        else:
            return expression, end + len(_CLOSE)
    raise _bad(text[start:first].strip(), "it is not a Python expression")


def _bad(expression: str, why: str) -> UsageError:
    return UsageError(
        f"{{{{ {expression} }}}} has no value: {why}.",
        "Double braces enclose a Python expression; for literal braces, put the text into a variable.",
        code="bad_expression",
    )
