"""Results as Markdown in which nothing that came from a document, a question, a name or a model is active.

JupyterLab trusts the Markdown of an executed cell: HTML in it would run. Every text is therefore escaped. What a chat
model wrote keeps its paragraphs, lists, tables, emphasis and code: see `rewrite`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import LocalAIError
from ..results.passages import Answer, Conversation, Hit, Hits
from . import words
from .rewrite import escape, fenced, rewritten
from .withheld import shown


def answer(answer: Answer, links: Mapping[int, str] | None = None) -> str:
    """Return an answer and its sources.

    Parameters
    ----------
    answer : Answer
    links : mapping of int to str, optional
        Percent-encoded targets of sources by their markers, for Markdown that is passed on: no source then tells the
        folders that it lies in.
    """
    answer = shown(answer)
    parts = [f"Understood as: {_line(answer.query)}"] if answer.query else []
    markers = {cited.marker for cited in answer.citations}
    parts.append(rewritten(answer.text, markers) if answer.mode == "llm" else escape(answer.text))
    sources = []
    for cited in answer.citations:
        quote = f": “{_line(cited.quote)}”" if cited.quote else ""
        where = words.where(cited.path if links is None else os.path.basename(cited.path), cited.anchor)
        place = f"**{_line(where)}**"
        link = (links or {}).get(cited.marker)
        sources.append(f"\\[{cited.marker}\\] {f'[{place}]({link})' if link else place}{quote}  ")
    parts.append("\n".join(sources).rstrip())
    parts += [f"Note: {_line(warning)}" for warning in answer.warnings]
    told = words.answered(answer)
    parts.append(f"*{_line(', '.join(told))}.*" if told else "")
    parts.append("" if answer.quoted or answer.mode != "llm" else escape(words.KEPT_OUT))
    return "\n\n".join(part for part in parts if part) + "\n"


def conversation(talk: Conversation) -> str:
    """Return the questions of a conversation and their answers."""
    parts = [f"# {_line(talk.title)}\n"]
    for each in talk.answers:
        about = f"{fenced(each.context)}\n\n" if each.context else ""
        parts.append(f"## {_line(each.question)}\n\n{about}{answer(each)}")
    return "\n".join(parts)


def hits(hits: Hits) -> str:
    """Return search results with their text."""
    found = "\n".join(map(hit, hits)) or f"{words.NOTHING_FOUND}\n"
    for notice in hits.warnings or ():
        found = f"{_line(notice.message)} {_line(notice.remedy)}\n\n{found}"
    return found if hits.quoted or not hits else f"{found}\n{escape(words.KEPT_OUT)}\n"


def hit(hit: Hit) -> str:
    """Return one search result with its text."""
    hit = shown(hit)
    head = f"{hit.rank}\\. **{_line(words.where(hit))}** (score {hit.score:.2f})"
    return f"{head}  \n{_line(hit.text)}\n" if hit.text else f"{head}\n"


def error(error: LocalAIError) -> str:
    """Return what happened and what to do."""
    return f"**{_line(error.message)}**\n\n{_line(error.remedy)}".rstrip() + "\n"


def _line(text: str | None) -> str:
    return escape(" ".join((text or "").split()))
