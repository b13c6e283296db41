r"""Inert Markdown: escaped text, and a model's Markdown rewritten from its parsed form.

A model's text is parsed as for HTML and written again from the tokens, so only constructs that this module writes can
appear. JupyterLab reads Markdown twice: its parser reads the source, and MathJax typesets text between dollars or after
``\(`` and ``\begin`` in the finished page. Every character that is active for the parser is escaped. Characters that
would begin a formula become code, which MathJax ignores.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Set

from ..results.base import printable
from .safe import Token, tokens

_FORMULA = re.compile(r"[()\[\]]|begin|(?:eq)?ref", re.IGNORECASE)  # after a backslash
_ACTIVE = re.compile(
    r"(?P<maybe>[\\$]+)|(?P<letter>[*_\[\]{}<>&~|@]|:(?=//)|(?<=www)\.)|`",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"\d+[.)]|[#+\-=]|:(?=[:\s-])")  # a list, a heading, a rule, a table
_PLACEHOLDER = re.compile(r"@@(?=\d+@@)")  # JupyterLab's placeholder for a formula; a foreign one breaks its rendering
_LANGUAGES = frozenset(
    "bash c cpp css go html ini java javascript json julia python r rust sh sql toml xml yaml".split()
)
_LINKED = "linked marker"
_MARKS = {"strong": "**", "em": "*", "s": "~~"}


def escape(text: str) -> str:
    """Return Markdown that shows `text` with its lines and has no structure."""
    lines = (line.strip() for line in printable(text).split("\n"))
    return "\n".join(map(_escaped, lines)).strip()


def rewrite(text: str, markers: Set[int], links: Mapping[int, str] | None = None) -> str:
    """Return CommonMark `text` as Markdown without HTML, images, links and formulas.

    With `links`, percent-encoded targets by marker, a citation's marker leads there.
    """
    parsed = tokens(text, {marker: {} for marker in markers})
    if parsed is None:
        return escape(text)
    for token in (child for block in parsed for child in block.children or ()):
        number = int(token.content.strip("[]")) if token.type == "marker" else 0
        if links and number in links:
            token.type, token.content = _LINKED, f"[[{number}]]({links[number]})"
    return "\n\n".join(block for block, _ in _blocks(iter(parsed)))


def code_block(text: str, language: str = "") -> str:
    """Return `text` as a code block; a language is kept only if it is known to affect nothing but highlighting."""
    text = _code(text).rstrip("\n")
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}{language if language in _LANGUAGES else ''}\n{text}\n{fence}"


def _code(text: str) -> str:
    return _PLACEHOLDER.sub("@\u200b@", printable(text))


def _escaped(text: str, begins: bool = True) -> str:
    """Return a line, or a part of it, with active characters escaped; `begins` says that it starts the line."""
    done = _ACTIVE.sub(_replacement, text)
    first = _BEGINS.match(done) if begins else None
    return f"{done[: first.end() - 1]}\\{done[first.end() - 1 :]}" if first else done


def _replacement(match: re.Match[str]) -> str:
    found = match.group()
    if found == "@":
        return "&#64;"  # not "\\@": see _PLACEHOLDER
    if match["letter"]:
        return f"\\{found}"
    if match["maybe"] and ("$" in found or _FORMULA.match(match.string, match.end())):
        return f"`{found}`"
    return f"&#{ord(found[0])};" * len(found)


def _blocks(stream: Iterator[Token]) -> Iterator[tuple[str, str]]:
    """Yield each block of the current container with the name of its kind."""
    for token in stream:
        if token.nesting == -1:
            return
        kind = token.type.removesuffix("_open")
        if kind == "inline":
            yield _text(token), kind
        elif kind == "paragraph":
            yield "\n\n".join(block for block, _ in _blocks(stream)), kind
        elif kind in ("fence", "code_block"):
            yield code_block(token.content, token.info.strip().partition(" ")[0].lower()), kind
        elif kind == "hr":
            yield "***", kind
        elif kind == "blockquote":
            inside = "\n\n".join(block for block, _ in _blocks(stream))
            yield "\n".join(f"> {line}".rstrip() for line in inside.split("\n")), kind
        elif kind in ("bullet_list", "ordered_list"):
            yield _list(stream, token.attrs.get("start", 1) if kind == "ordered_list" else None), kind
        elif kind == "table":
            yield _table(stream), kind


def _list(stream: Iterator[Token], number: int | str | float | None) -> str:
    items = []
    for token in stream:
        if token.nesting == -1:
            break
        mark = "- " if number is None else f"{number}. "
        blocks = list(_blocks(stream))
        close = [kind for _, kind in blocks] in (["paragraph"], ["paragraph", "bullet_list"])
        inside = ("\n" if close else "\n\n").join(block for block, _ in blocks)
        items.append((mark + inside.replace("\n", "\n" + " " * len(mark))).rstrip())
        number = None if number is None else int(number) + 1
    return "\n".join(items)


def _table(stream: Iterator[Token]) -> str:
    rows: list[list[str]] = []
    for token in stream:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_text(token, in_table=True).replace("\n", " "))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _text(inline: Token, in_table: bool = False) -> str:
    written = ""
    for plain, group in itertools.groupby(inline.children or (), lambda token: token.type in ("text", "marker")):
        begins = not written or written.endswith("\n")
        if plain:
            pieces = [_escaped("".join(token.content for token in group).replace("\n", " "), begins)]
        else:
            pieces = [_piece(token, in_table) for token in group]
        for piece in pieces:
            # a separator, or two adjacent code spans would merge
            written += f"&#8203;{piece}" if written.endswith("`") and piece.startswith("`") else piece
    return "\n".join(line.strip() for line in written.split("\n"))


def _piece(token: Token, in_table: bool) -> str:
    if token.type == "code_inline":
        code = _code(token.content)
        fence = "`" * (1 + _longest_run(code))
        pad = " " if code.startswith("`") or code.endswith("`") else ""
        return f"{fence}{pad}{code.replace('|', chr(92) + '|') if in_table else code}{pad}{fence}"
    if token.type == _LINKED:
        return token.content
    if token.type == "softbreak":
        return "\n"
    if token.type == "hardbreak":
        return "\\\n"
    return _MARKS.get(token.tag, "")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
