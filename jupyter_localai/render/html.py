"""Answers, hits, conversations and errors as HTML, for a notebook's output."""

from __future__ import annotations

from ..errors import LocalAIError
from ..results.passages import Answer, Conversation, Hit, Hits
from . import words
from .parts import cited, commands, faint, folded, frame, line, marked, note, number, quote
from .safe import escape, growing, markdown, plain
from .withheld import shown

_HIT_CHARS = 400
_FILES_CHARS = 90  # of the names in the title of folded sources


def answer(answer: Answer, fold: bool = False) -> str:
    """Return an answer with its sources, the passages folded, and how it was made; `fold` folds the sources, too."""
    return frame(_answer(shown(answer), fold))


def asked(question: str) -> str:
    """Return a question as the head of what answers it."""
    return frame(
        '<p dir="auto" style="margin: 0 0 0.4em 0; white-space: pre-line"><strong>'
        f"{escape(question.strip())}</strong></p>"
    )


def said(told: str) -> str:
    """Return a line of ours that stands back."""
    return frame(faint(commands(told), "0"))


def draft(text: str, told: str = "", query: str | None = None) -> str:
    """Return an answer while the chat model writes it: what will be the beginning of `answer`.

    Parameters
    ----------
    text : str
        What there is of it.
    told : str
        What goes on, such as ``Waiting for the chat model``.
    query : str, optional
        As in `Passages`.
    """
    return frame(_understood(query), _body(growing(text)), faint(f"<em>{escape(told)}</em>") if told else "")


def hits(hits: Hits) -> str:
    """Return search results: place, score and the beginning of the text of each."""
    notes = [note(f"{escape(notice.message)} {commands(notice.remedy)}") for notice in hits.warnings or ()]
    if not hits:
        return frame(*notes, line(escape(words.NOTHING_FOUND)))
    found = shown(hits)
    return frame(*notes, *(_hit(each, _HIT_CHARS) for each in found), _kept_out(found.quoted))


def hit(hit: Hit) -> str:
    """Return one search result with its whole text."""
    found = shown(hit)
    return frame(_hit(found, 0), _kept_out(found.quoted))


def conversation(talk: Conversation) -> str:
    """Return the questions of a conversation and their answers."""
    head = f"{words.count(talk.turns, 'turn')} · {talk.changed[:16].replace('T', ' ')} UTC · {talk.id}"
    parts = [line(f"<strong><bdi>{escape(words.one_line(talk.title))}</bdi></strong>"), faint(escape(head), "0")]
    for answer in shown(talk).answers:
        parts.append('<hr style="margin: 1em 0; opacity: 0.4">')
        parts.append(line(f"<strong><bdi>{escape(answer.question)}</bdi></strong>"))
        parts.append(_answer(answer))
    return frame(*parts)


def error(error: LocalAIError) -> str:
    """Return what happened, and below it what to do."""
    remedy = f"<br>{commands(error.remedy)}" if error.remedy else ""
    return frame(note(f"<strong>{escape(error.message)}</strong>{remedy}", "rgba(200, 50, 50, 0.8)"))


def _answer(answer: Answer, fold: bool = False) -> str:
    marks = {source.marker: marked(source) for source in reversed(answer.citations)}
    written = markdown if answer.mode == "llm" else plain
    parts = [_understood(answer.query), _body(written(answer.text, marks))]
    parts += [note(f"<strong>Note:</strong> {commands(warning)}") for warning in answer.warnings]
    sources = []
    for source in answer.citations:
        support = number(f"support {source.support:.2f}")
        sources.append(line(f"[{source.marker}] {cited(source)} {support}"))
        sources.append(quote(words.one_line(source.quote)))
    if sources and fold:
        files = ", ".join(dict.fromkeys(words.short(source.path) for source in answer.citations))
        parts.append(folded(f"Sources ({len(answer.citations)}): {words.clipped(files, _FILES_CHARS)}", *sources))
    elif sources:
        parts += [line("<strong>Sources</strong>", "1em"), *sources]
    if answer.passages:
        title = f"Passages considered ({len(answer.passages)})"
        parts.append(folded(title, *(_hit(passage, 0) for passage in answer.passages)))
    told = words.answered(answer)
    if answer.mode == "llm":
        told.append(f"{answer.seconds:.1f} s")
    check = "<br>Check what matters against the sources." if answer.mode == "llm" else ""
    parts.append(faint(" · ".join(map(escape, told)) + check) if told else "")
    return "".join([*parts, _kept_out(answer.quoted or answer.mode != "llm")])


def _body(inside: str) -> str:
    return f'<div dir="auto">{inside}</div>'


def _understood(query: str | None) -> str:
    return faint(f"Understood as: <bdi>{escape(query)}</bdi>", "0") if query else ""


def _hit(hit: Hit, chars: int) -> str:
    score = number(f"score {hit.score:.2f}")
    text = words.clipped(hit.text, chars) if chars else hit.text
    return line(f"{hit.rank}. {cited(hit)} {score}") + quote(text)


def _kept_out(quoted: bool) -> str:
    return "" if quoted else faint(escape(words.KEPT_OUT), "0")
