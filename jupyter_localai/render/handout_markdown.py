"""A conversation to hand in, as Markdown and as a notebook, both inert."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..results import saved
from ..results.answers import Answer
from . import words
from .handout import CAUTION, Handout, Source
from .rewrite import code_block, escape, rewrite


def markdown(handout: Handout) -> str:
    """Return a Markdown file."""
    return saved.FILE + "\n\n".join(_parts(handout)) + "\n"


def notebook(handout: Handout) -> str:
    """Return a notebook with a cell for each question; a reader of documents leaves its cells out."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": f"part-{number}", "metadata": {}, "source": saved.CELL + part}
        for number, part in enumerate(_parts(handout))
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False)


def quotes(handout: Handout) -> str:
    """Return the quotes of all answers, by document, each with its place."""
    parts = [f"# Quotes: {_line(handout.talk.title)}", _facts(handout)]
    told: dict[str, dict[tuple[int, int], Source]] = {}
    for source in (source for answer in handout.answers for source in handout.sources(answer)):
        if source.said:
            told.setdefault(source.cited.path, {})[source.cited.start, source.cited.end] = source
    for path, found in told.items():
        parts.append(f"## {_line(handout.name(path))}")
        parts += [_quote(handout, source) for _, source in sorted(found.items())]
    return saved.FILE + "\n\n".join(filter(None, [*parts, _documents(handout)])) + "\n"


def _parts(handout: Handout) -> Iterator[str]:
    yield f"# {_line(handout.talk.title)}\n\n{_facts(handout)}"
    for number, answer in enumerate(handout.answers):
        yield "\n\n".join(filter(None, _answer(handout, number, answer)))
    if documents := _documents(handout):
        yield documents


def _facts(handout: Handout) -> str:
    lines = [f"- **{name}:** {_line(said)}" for name, said in handout.facts()]
    return "\n".join([*lines, f"- {CAUTION}"] if any(a.mode == "llm" for a in handout.talk.answers) else lines)


def _answer(handout: Handout, number: int, answer: Answer) -> Iterator[str]:
    if question := handout.question(number):
        yield f"## {_line(question)}"
    if answer.context:
        yield code_block(answer.context)
    sources = handout.sources(answer)
    if words.passages(answer):
        for source in sources:
            yield _quote(handout, source)
    elif answer.mode == "llm":
        links = {source.cited.marker: source.link for source in sources}
        yield rewrite(answer.text, links.keys(), links)
    else:
        yield escape(answer.text)
    if sources and not words.passages(answer):
        yield "**Sources**"
        yield "\n".join(f"- {_source(handout, source)}" for source in sources)
    for warning in answer.warnings:
        yield f"*Note: {_line(warning)}*"


def _quote(handout: Handout, source: Source) -> str:
    lines = escape(source.said).split("\n")
    quoted = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"{quoted}\n>\n> — [{_line(handout.where(source.cited))}]({source.link})"


def _source(handout: Handout, source: Source) -> str:
    quote = f": “{_line(source.said)}”" if source.said else ""
    number = source.cited.marker
    return f"[[{number}]]({source.link}) **{_line(handout.where(source.cited))}**{quote}"


def _documents(handout: Handout) -> str:
    rows = [
        f"- [{_line(name)}]({link})" + (f". {_line(details)}" if details else "")
        for name, details, link in handout.documents()
    ]
    return "\n".join(["## Documents", "", *rows]) if rows else ""


def _line(text: str) -> str:
    return escape(" ".join(text.split()))
