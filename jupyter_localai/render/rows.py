"""Plain lists: rows of a table, where there is no pandas to draw them, and suggested questions."""

from __future__ import annotations

from ..results.answers import Suggestions
from ..results.base import Rows, printable
from . import parts, words
from .safe import escape

_CELL_CHARS = 60  # in plain text


def rows_text(rows: Rows) -> str:
    """Return rows as columns of plain text."""
    names = _names(rows)
    table = [names, *([words.clipped(_cell(row.get(name)), _CELL_CHARS) for name in names] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(names))]
    return printable("\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in table))


def rows_html(rows: Rows) -> str:
    """Return rows as a table of inert HTML."""
    names = _names(rows)
    return parts.frame(parts.table(names, [[escape(_cell(row.get(name))) for name in names] for row in rows]))


def suggestions_text(suggestions: Suggestions) -> str:
    """Return a line for each question."""
    return printable("\n".join(_questions(suggestions)))


def suggestions_html(suggestions: Suggestions) -> str:
    """Return a line of inert HTML for each question."""
    return parts.frame(*(parts.line(escape(question)) for question in _questions(suggestions)))


def _questions(suggestions: Suggestions) -> list[str]:
    if suggestions.questions and not suggestions.quoted:
        return [words.WITHHELD]
    return list(suggestions.questions) or ["No heading has an answer of its own."]


def _names(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _cell(value: object) -> str:
    return "" if value is None else str(value)
