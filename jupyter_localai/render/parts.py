"""HTML elements that all results share.

Styles are inline, and limited to those that JupyterLab keeps in an untrusted notebook: no `var()`, no `currentColor`,
no `calc()`. Colours are inherited with opacity, or grey with alpha, so that light and dark themes both work. The
elements stay readable without any style. There are no ids, no links of our own, and no headings, which would appear in
the notebook's table of contents.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence

from ..results.answers import Citation
from ..results.base import printable, to_json
from ..results.files import Failure
from ..results.passages import Anchor, Hit
from ..text import matches
from . import words
from .safe import escape

_LINE = "rgba(128, 128, 128, 0.4)"
_CELL = f"text-align: left; vertical-align: top; padding: 0.3em 1em 0.3em 0; border-bottom: 1px solid {_LINE}"
_COMMAND = re.compile(r"jupyter localai(?: [\w./=-]*\w)+")


def frame(*parts: str) -> str:
    """Return a complete output; MathJax ignores it, because formulas in documents could be active."""
    inside = "".join(parts)
    return (
        '<div class="localai tex2jax_ignore mathjax_ignore" style="max-width: 56em; overflow-wrap: break-word">'
        f"{inside}</div>"
    )


def line(inside: str, above: str = "0") -> str:
    return f'<p style="margin: {above} 0 0.4em 0">{inside}</p>'


def faint(inside: str, above: str = "0.8em") -> str:
    """Return a line in a subdued style."""
    return f'<p style="margin: {above} 0 0.4em 0; font-size: 0.9em; opacity: 0.75">{inside}</p>'


def note(inside: str, colour: str = "rgba(200, 130, 0, 0.8)") -> str:
    """Return a highlighted paragraph."""
    return f'<p style="margin: 0.6em 0; padding: 0 0 0 0.8em; border-left: 3px solid {colour}">{inside}</p>'


def quote(text: str, wanted: Sequence[str] = ()) -> str:
    """Return text of a document with its lines, in the direction of its script; the wanted words are strong."""
    if not text.strip():
        return ""
    pieces = matches.pieces(printable(text).strip(), wanted)
    inside = "".join(f"<strong>{escape(piece)}</strong>" if strong else escape(piece) for piece, strong in pieces)
    return (
        f'<blockquote dir="auto" style="margin: 0 0 0.8em 0; padding: 0 0.8em; border-left: 3px solid {_LINE}; '
        f'white-space: pre-line">{inside}</blockquote>'
    )


def place(path: str, anchor: Anchor | None = None) -> str:
    """Return the file, with its full path as a tooltip, and the place in it."""
    inside = escape(words.place(anchor)) if anchor else ""
    return f"<strong>{file(path)}</strong>" + (f" · <bdi>{inside}</bdi>" if inside else "")


def place_link(source: Citation | Hit) -> str:
    """Return the place of a citation or a hit, which only the JupyterLab extension can open."""
    return f'<span data-localai-place="{html.escape(_place_data(source))}">{place(source.path, source.anchor)}</span>'


def marker_attributes(source: Citation) -> dict[str, str]:
    """Return the attributes of a citation's marker: the place as a tooltip and as data for opening it."""
    return {"title": printable(words.where(source.path, source.anchor)), "data-localai-place": _place_data(source)}


def _place_data(source: Citation | Hit) -> str:
    """Return the data for opening a place as JSON, which escapes unprintable characters of a path."""
    data = {name: to_json(getattr(source, name)) for name in ("path", "start", "end", "anchor")}
    if isinstance(source, Citation) and source.quote:
        data["quote"] = source.quote
    return json.dumps(data, separators=(",", ":"))


def file(path: str) -> str:
    """Return a shortened path; each name is isolated, so that right-to-left names keep the others in order."""
    names = [escape(name) for name in words.short(path).split("/")]
    inside = "/".join(name if name.isascii() else f'<bdi dir="ltr">{name}</bdi>' for name in names)
    return f'<bdi dir="ltr" title="{escape(path)}">{inside}</bdi>'


def number(text: str) -> str:
    return f'<span style="opacity: 0.75; font-size: 0.9em; white-space: nowrap">· {escape(text)}</span>'


def details(title: str, *inside: str) -> str:
    return (
        '<details style="margin: 0.6em 0"><summary style="cursor: pointer; display: list-item">'
        f'{escape(title)}</summary><div style="margin: 0.6em 0 0 0">{"".join(inside)}</div></details>'
    )


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of HTML cells without its empty columns."""
    used = [column for column in range(len(names)) if any(row[column] for row in rows)]
    head = "".join(f'<th style="{_CELL}; font-weight: bold">{escape(names[column])}</th>' for column in used)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{row[column]}</td>' for column in used) + "</tr>" for row in rows
    )
    return (
        '<div style="overflow-x: auto"><table style="border-collapse: collapse; margin: 0.4em 0">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def commands(text: str) -> str:
    """Return a sentence with its commands in code style."""
    return _COMMAND.sub(lambda match: f"<code>{match.group()}</code>", escape(text))


def failures(failed: Sequence[Failure]) -> str:
    notes = [
        note(f"{place(failure.path)}: {escape(failure.message)} {commands(failure.remedy)}", "rgba(200, 50, 50, 0.8)")
        for failure in failed[: words.SHOWN]
    ]
    more = len(failed) - words.SHOWN
    return "".join(notes) + (faint(f"… and {more} more", "0") if more > 0 else "")
