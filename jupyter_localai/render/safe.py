"""Text of documents, questions and models as inert HTML. Only this module imports markdown-it-py and nh3.

The HTML loads nothing, runs nothing, leads nowhere and has no style, class or id of its own. A link is its text with
its target beside it: a browser may look up the names of the links in a page before anybody clicks.
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

# hostile Markdown of this size takes at most a second; longer text, or text with more tokens, is shown as plain text
_MOST_CHARS = 50_000
_MOST_TOKENS = 20_000
_TAGS = set(
    "p br hr strong em s code pre blockquote ul ol li table thead tbody tr th td sup".split(),
)
_ATTRIBUTES = {"ol": {"start"}, "th": {"style"}, "td": {"style"}, "sup": {"title", "data-localai-place"}}
Marks = Mapping[int, Mapping[str, str]]  # the attributes of citation markers in HTML, by their numbers
_MARKER = re.compile(r"\[(\d{1,3})\]")


def escape(text: str) -> str:
    """Return `text` escaped for HTML, including attribute values."""
    return html.escape(printable(text))


def plain(text: str, marks: Marks | None = None) -> str:
    """Return plain `text` as HTML paragraphs, with citation markers as in `markdown`."""
    blocks = re.split(r"\n\s*\n", printable(text).strip())
    return "".join(f"<p>{''.join(map(_token_html, _split_markers(block, marks)))}</p>" for block in blocks if block)


def markdown(text: str, marks: Marks | None = None) -> str:
    """Return CommonMark with tables as HTML; HTML, images and links in it become text.

    Parameters
    ----------
    text : str
    marks : mapping of int to mapping, optional
        The citation markers, with their attributes ``title`` and ``data-localai-place``. By default each ``[1]`` is a
        marker.
    """
    parsed = tokens(text, marks)
    return f"<pre>{escape(text)}</pre>" if parsed is None else _html(parsed)


def partial_markdown(text: str) -> str:
    """Return `markdown(text)`, faster when `text` extends the text of the last call."""
    global _settled
    text = printable(text)
    settled = _settled  # read once, because another thread may show another answer
    begin, shown = settled[:2] if text.startswith(settled[2]) else ("", "")
    parsed = tokens(text[len(begin) :])
    if parsed is None or len(text) > _MOST_CHARS:
        return markdown(text)
    # further text changes no block before one whose first two lines are complete
    lines = text[len(begin) :].split("\n")
    starts = [(at, token.map[0]) for at, token in enumerate(parsed) if token.map and token.level == 0]
    last, line = next(((at, line) for at, line in reversed(starts) if line + 2 < len(lines)), (0, 0))
    if last:
        begin += "".join(f"{each}\n" for each in lines[:line])
        shown += _html(parsed[:last])
        _settled = (begin, shown, f"{begin}{lines[line]}\n{lines[line + 1]}\n")
    return shown + _html(parsed[last:])


_settled = ("", "", "")  # a prefix of the last text, its HTML, and the longer prefix that a text needs to reuse them


def tokens(text: str, marks: Marks | None = None) -> list[Token] | None:
    """Return the parsed tokens that `markdown` renders: no HTML, no images, no links but their targets.

    None for text that would take too long to render.
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
        if token.tag in ("th", "td") and token.nesting == 1:  # JupyterLab aligns cells to the right by default
            token.attrs = {"style": token.attrs.get("style") or "text-align:left"}
    for token in parsed:  # headings would appear in the notebook's table of contents
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
    parser.add_render_rule("marker", lambda _self, tokens, index, _options, _env: _token_html(tokens[index]))
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
        token.content = printable(token.content)  # again, because entities such as "&#x202e;" are decoded only now
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
            yield from _split_markers(token.content, marks)
        else:
            label += token.content
            yield token


def _split_markers(text: str, marks: Marks | None) -> Iterator[Token]:
    """Split `text` at its citation markers."""
    done = 0
    for match in _MARKER.finditer(text):
        number = int(match.group(1))
        if marks is None or number in marks:
            yield _text(text[done : match.start()])
            yield Token("marker", "sup", 0, {**(marks or {}).get(number, {})}, content=match.group())
            done = match.end()
    yield _text(text[done:])


def _token_html(token: Token) -> str:
    if token.type != "marker":
        return html.escape(token.content)
    attributes = "".join(f' {name}="{html.escape(str(value))}"' for name, value in token.attrs.items())
    return f"<sup{attributes}>{token.content}</sup>"


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
