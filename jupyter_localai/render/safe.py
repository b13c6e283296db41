"""The one door to markdown-it-py and nh3: text of documents, questions and models as HTML that cannot act.

Nothing that leaves here loads anything, runs anything, leads anywhere or has a style, class or id of its own. A link is
its text with its target beside it: a browser may look up the names of the links in a page before anybody clicks.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator, Mapping

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token as Token

from ..results.base import printable

# hostile Markdown of this size takes a second at most; what is longer, or has more parts, is shown as it is
_MOST_CHARS = 50_000
_MOST_TOKENS = 20_000
_TAGS = set(
    "p br hr strong em s code pre blockquote ul ol li table thead tbody tr th td sup".split(),
)
_ATTRIBUTES = {"ol": {"start"}, "th": {"style"}, "td": {"style"}, "sup": {"title", "data-localai-place"}}
Marks = Mapping[int, Mapping[str, str]]  # the attributes of citation markers in HTML, by their numbers
_MARKER = re.compile(r"\[(\d{1,3})\]")


def escape(text: str) -> str:
    """Return `text` as HTML that shows it and does nothing else; also for the value of an attribute."""
    return html.escape(printable(text))


def plain(text: str, marks: Marks | None = None) -> str:
    """Return `text` as HTML paragraphs, as it stands; citation markers as `markdown` has them."""
    blocks = re.split(r"\n\s*\n", printable(text).strip())
    return "".join(f"<p>{''.join(map(_rendered, _marked(block, marks)))}</p>" for block in blocks if block)


def markdown(text: str, marks: Marks | None = None) -> str:
    """Return the HTML of CommonMark and tables in which HTML, images and links are only text.

    Parameters
    ----------
    text : str
    marks : mapping of int to mapping, optional
        The citation markers that are one, with their attributes ``title`` and ``data-localai-place``; each ``[1]``
        is one when left out.
    """
    parsed = tokens(text, marks)
    return f"<pre>{escape(text)}</pre>" if parsed is None else _html(parsed)


def growing(text: str) -> str:
    """Return `markdown(text)`; quicker than that when `text` is the last one and something after it."""
    global _settled
    text = printable(text)
    settled = _settled  # once, since another thread may show another answer
    begin, shown = settled[:2] if text.startswith(settled[2]) else ("", "")
    parsed = tokens(text[len(begin) :])
    if parsed is None or len(text) > _MOST_CHARS:
        return markdown(text)
    # what follows changes no block before one whose first two lines are whole; these say what it is
    lines = text[len(begin) :].split("\n")
    starts = [(at, token.map[0]) for at, token in enumerate(parsed) if token.map and token.level == 0]
    last, line = next(((at, line) for at, line in reversed(starts) if line + 2 < len(lines)), (0, 0))
    if last:
        begin += "".join(f"{each}\n" for each in lines[:line])
        shown += _html(parsed[:last])
        _settled = (begin, shown, f"{begin}{lines[line]}\n{lines[line + 1]}\n")
    return shown + _html(parsed[last:])


_settled = ("", "", "")  # the beginning of the last growing text, its HTML, and what a text must have for them to hold


def tokens(text: str, marks: Marks | None = None) -> list[Token] | None:
    """Return what `markdown` renders, parsed: no HTML, no images, no links but their targets.

    None when it would take too long to show more than the text.
    """
    if len(text) > _MOST_CHARS:
        return None
    text = printable(text)
    parser = _tools()[0]
    parsed: list[Token] = []
    parser.block.parse(text, parser, {}, parsed)
    if len(parsed) > _MOST_TOKENS:
        return None
    for before, token in zip([None, *parsed], parsed, strict=False):
        if token.type == "inline":
            token.children = list(_inline(parser.parseInline(token.content)[0].children or [], marks))
            if before and before.type == "heading_open":
                token.children = [
                    Token("strong_open", "strong", 1),
                    *token.children,
                    Token("strong_close", "strong", -1),
                ]
        if token.tag in ("th", "td") and token.nesting == 1:  # JupyterLab's own is to the right
            token.attrs = {"style": token.attrs.get("style") or "text-align:left"}
    for token in parsed:  # headings of outputs would stand in the notebook's table of contents
        if token.type.startswith("heading"):
            token.type, token.tag = token.type.replace("heading", "paragraph"), "p"
    return parsed


def _html(parsed: list[Token]) -> str:
    parser, cleaner = _tools()
    return cleaner.clean(parser.renderer.render(parsed, parser.options, {}))


@functools.cache
def _tools() -> tuple[MarkdownIt, nh3.Cleaner]:
    # a definition such as "[1]: https://…" would turn citation markers into links
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("reference")
    parser.add_render_rule("marker", lambda _self, tokens, index, _options, _env: _rendered(tokens[index]))
    cleaner = nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        link_rel=None,
        filter_style_properties={"text-align"},
        url_relative="deny",
    )
    return parser, cleaner


def _inline(children: list[Token], marks: Marks | None) -> Iterator[Token]:
    target, label = "", ""
    for token in children:
        token.content = printable(token.content)  # again: "&#x202e;" is a character only now
        if token.type == "link_open":
            target, label = str(token.attrs["href"]), ""
        elif token.type == "link_close":
            if label.strip() not in (target, target.removeprefix("mailto:")):
                yield _text(f" ({target})")
            target = ""
        elif token.type == "image":
            yield _text(" ".join(part for part in (token.content, f"({token.attrs['src']})") if part))
            label += token.content
        elif token.type == "text" and not target:
            yield from _marked(token.content, marks)
        else:
            label += token.content
            yield token


def _marked(text: str, marks: Marks | None) -> Iterator[Token]:
    """Split `text` at its citation markers."""
    done = 0
    for match in _MARKER.finditer(text):
        number = int(match.group(1))
        if marks is None or number in marks:
            yield _text(text[done : match.start()])
            yield Token("marker", "sup", 0, {**(marks or {}).get(number, {})}, content=match.group())
            done = match.end()
    yield _text(text[done:])


def _rendered(token: Token) -> str:
    if token.type != "marker":
        return html.escape(token.content)
    attributes = "".join(f' {name}="{html.escape(str(value))}"' for name, value in token.attrs.items())
    return f"<sup{attributes}>{token.content}</sup>"


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
