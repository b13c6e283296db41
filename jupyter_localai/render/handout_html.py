"""A conversation to hand in, as one HTML file that runs nothing and loads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..results import saved
from ..results.answers import Answer
from . import safe, words
from .handout import CAUTION, Handout, Source
from .safe import escape

_MARKER = re.compile(r"<sup[^<>]*>(\[(\d{1,3})\])</sup>")
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1.25rem;
  overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; padding-top: 1.25rem; border-top: 1px solid #8886; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .9rem; margin: 0; }
dt { opacity: .75; } dd { margin: 0; }
blockquote { margin: 1rem 0; padding: .1rem 1rem; border-left: 3px solid #8888; }
blockquote p { margin: .4rem 0; white-space: pre-line; } cite { font-style: normal; font-size: .9rem; }
.sources, .documents { font-size: .92rem; padding-left: 1.5rem; } .sources li, .documents li { margin: .4rem 0; }
.note { font-size: .92rem; padding-left: .75rem; border-left: 3px solid #c98200; }
.caution { font-size: .9rem; opacity: .8; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8884; } table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .9rem .25rem 0; vertical-align: top; }
@media print { a { color: inherit; } blockquote, li { break-inside: avoid; } }
"""


def html(handout: Handout) -> str:
    """Return an HTML file."""
    title = escape(words.one_line(handout.talk.title))
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in handout.facts())
    caution = any(answer.mode == "llm" for answer in handout.talk.answers)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        saved.META,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f'<h1 dir="auto">{title}</h1><dl>{facts}</dl>',
        f'<p class="caution">{CAUTION}</p>' if caution else "",
        *("".join(_answer(handout, number, answer)) for number, answer in enumerate(handout.answers)),
        _documents(handout),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _answer(handout: Handout, number: int, answer: Answer) -> Iterator[str]:
    question = handout.question(number)
    yield f'<h2 dir="auto">{escape(question)}</h2>' if question else ""
    if answer.context:
        yield f"<pre>{escape(answer.context)}</pre>"
    sources = handout.sources(answer)
    if words.passages(answer):
        yield "".join(_quote(handout, source) for source in sources)
        sources = []
    else:
        markers: dict[int, dict[str, str]] = {source.cited.marker: {} for source in sources}
        said = safe.markdown(answer.text, markers) if answer.mode == "llm" else safe.plain(answer.text, markers)
        linked = _MARKER.sub(rf'<sup><a href="#a{number}-\2">\1</a></sup>', said)
        yield f'<div dir="auto">{linked}</div>'
    if sources:
        yield f'<ol class="sources">{"".join(_source(handout, number, source) for source in sources)}</ol>'
    yield "".join(f'<p class="note">{escape(words.one_line(warning))}</p>' for warning in answer.warnings)


def _link(source: Source, inside: str) -> str:
    return f'<a href="{escape(source.link)}">{escape(inside)}</a>'


def _quote(handout: Handout, source: Source) -> str:
    cite = f"<cite>— {_link(source, handout.where(source.cited))}</cite>"
    return f'<blockquote dir="auto"><p>{escape(source.said.strip())}</p>{cite}</blockquote>'


def _source(handout: Handout, number: int, source: Source) -> str:
    quote = f": “{escape(words.one_line(source.said))}”" if source.said else ""
    marker = source.cited.marker
    where = _link(source, handout.where(source.cited))
    return f'<li id="a{number}-{marker}" value="{marker}">{where}{quote}</li>'


def _documents(handout: Handout) -> str:
    rows = "".join(
        f'<li><a href="{escape(link)}">{escape(name)}</a>{escape(f". {details}" if details else "")}</li>'
        for name, details, link in handout.documents()
    )
    return f'<h2>Documents</h2><ul class="documents">{rows}</ul>' if rows else ""
