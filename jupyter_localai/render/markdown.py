"""Results as inert Markdown.

JupyterLab trusts the Markdown of an executed cell and would run HTML in it. So all text is escaped. The text of a chat
model keeps its paragraphs, lists, tables, emphasis and code; see `rewrite`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..errors import LocalAIError
from ..results.answers import Answer, Conversation
from ..results.passages import Hit, Hits
from ..text import matches
from . import words
from .redact import redact
from .rewrite import code_block, escape, rewrite


def answer(answer: Answer, links: Mapping[int, str] | None = None) -> str:
    """Return an answer and its sources.

    Parameters
    ----------
    answer : Answer
    links : mapping of int to str, optional
        Percent-encoded link targets by marker, for Markdown to pass on. With them, sources show only their file names,
        not their folders.
    """
    answer = redact(answer)
    parts = [f"Understood as: {_line(answer.query)}"] if answer.query else []
    markers = {cited.marker for cited in answer.citations}
    listed = words.passages(answer)
    wanted = words.matching(answer.query or answer.question) if listed else []
    if not listed:
        parts.append(rewrite(answer.text, markers) if answer.mode == "llm" else escape(answer.text))
    sources = []
    for cited, said in listed or [(each, each.quote) for each in answer.citations]:
        quote = f": “{_strong(said, wanted)}”" if said else ""
        where = words.where(cited.path if links is None else os.path.basename(cited.path), cited.anchor)
        place = f"**{_line(where)}**"
        link = (links or {}).get(cited.marker)
        sources.append(
            f"\\[{cited.marker}\\] {f'[{place}]({link})' if link else place} ({words.support(cited.support)}){quote}  "
        )
    parts.append("\n".join(sources).rstrip())
    parts += [f"Note: {_line(warning)}" for warning in answer.warnings]
    facts = words.provenance(answer)
    parts.append(f"*{_line(', '.join(facts))}.*" if facts else "")
    parts.append("" if answer.quoted or answer.mode != "llm" else escape(words.WITHHELD))
    return "\n\n".join(part for part in parts if part) + "\n"


def conversation(talk: Conversation) -> str:
    """Return the questions and answers of a conversation."""
    parts = [f"# {_line(talk.title)}\n"]
    for each in talk.answers:
        about = f"{code_block(each.context)}\n\n" if each.context else ""
        parts.append(f"## {_line(each.question)}\n\n{about}{answer(each)}")
    return "\n".join(parts)


def hits(hits: Hits) -> str:
    """Return search results with their text."""
    found = "\n".join(map(hit, hits)) or f"{words.NOTHING_FOUND}\n"
    for notice in hits.warnings or ():
        found = f"{_line(notice.message)} {_line(notice.remedy)}\n\n{found}"
    return found if hits.quoted or not hits else f"{found}\n{escape(words.WITHHELD)}\n"


def hit(hit: Hit) -> str:
    """Return one search result with its text."""
    hit = redact(hit)
    head = f"{hit.rank}\\. **{_line(words.where(hit))}** (score {hit.score:.2f})"
    return f"{head}  \n{_line(hit.text)}\n" if hit.text else f"{head}\n"


def error(error: LocalAIError) -> str:
    """Return the message and the remedy of an error."""
    return f"**{_line(error.message)}**\n\n{_line(error.remedy)}".rstrip() + "\n"


def _strong(text: str, wanted: Sequence[str]) -> str:
    shown = ""
    for piece, strong in matches.pieces(" ".join(text.split()), wanted):
        inside = escape(piece)  # which takes the blanks around it off
        before, after = " " * piece.startswith(" "), " " * (piece.endswith(" ") and bool(piece.strip()))
        shown += f"**{inside}**" if strong else f"{before}{inside}{after}"
    return shown


def _line(text: str | None) -> str:
    return escape(" ".join((text or "").split()))
