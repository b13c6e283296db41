"""Answers, hits, conversations and errors as HTML for notebook outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import LocalAIError
from ..results.answers import Answer, Conversation
from ..results.passages import Hit, Hits
from . import words
from .parts import commands, details, faint, frame, line, marker_attributes, note, number, place_link, quote, table
from .redact import redact
from .safe import escape, markdown, partial_markdown, plain

_HIT_CHARS = 400
_NOTE_CHARS = 160
_FILES_CHARS = 90  # of file names in the title of collapsed sources


def answer(answer: Answer, fold: bool = False) -> str:
    """Return an answer with its sources and collapsed passages; `fold` collapses the sources, too."""
    return frame(_answer(redact(answer), fold))


def question_heading(question: str) -> str:
    """Return a question as the heading of its answer."""
    return frame(
        '<p dir="auto" style="margin: 0 0 0.4em 0; white-space: pre-line"><strong>'
        f"{escape(question.strip())}</strong></p>"
    )


def helped(head: str, says: Mapping[str, str], foot: str) -> str:
    """Return commands with what each does."""
    rows = [(f"<code>{escape(command)}</code>", escape(text)) for command, text in says.items()]
    return frame(line(escape(head)), table(("Command", "What it does"), rows), faint(escape(foot)))


def status_line(text: str) -> str:
    """Return a status message in a subdued style."""
    return frame(faint(commands(text), "0"))


def draft(text: str, status: str = "", query: str | None = None, passages: Sequence[Hit] = ()) -> str:
    """Return an answer in progress, which will be the beginning of `answer`.

    Parameters
    ----------
    text : str
        The answer so far.
    status : str
        The current activity, such as ``Waiting for the chat model``.
    query : str, optional
        As in `Passages`.
    passages : sequence of Hit
        What is being read; the places of the first few are shown.
    """
    return frame(
        _query_line(query),
        _body(partial_markdown(text)),
        faint(f"<em>{escape(status)}</em>") if status else "",
        *(line(f"{hit.rank}. {place_link(hit)}") for hit in map(redact, passages[: words.PLACES_SHOWN])),
    )


def hits(hits: Hits) -> str:
    """Return search results with place, score and the beginning of their text."""
    notes = [note(f"{escape(notice.message)} {commands(notice.remedy)}") for notice in hits.warnings or ()]
    if not hits:
        return frame(*notes, line(escape(words.NOTHING_FOUND)))
    visible = redact(hits)
    wanted = words.matching(hits.query)
    return frame(*notes, *(_hit(each, wanted, _HIT_CHARS) for each in visible), _withheld_note(visible.quoted))


def hit(hit: Hit) -> str:
    """Return one search result with its full text."""
    visible = redact(hit)
    return frame(_hit(visible, hit.explain.words if hit.explain else ()), _withheld_note(visible.quoted))


def conversation(talk: Conversation) -> str:
    """Return the questions and answers of a conversation."""
    head = f"{words.count(talk.turns, 'turn')} · {talk.changed[:16].replace('T', ' ')} UTC · {talk.id}"
    parts = [line(f"<strong><bdi>{escape(words.one_line(talk.title))}</bdi></strong>"), faint(escape(head), "0")]
    for answer in redact(talk).answers:
        parts.append('<hr style="margin: 1em 0; opacity: 0.4">')
        parts.append(line(f"<strong><bdi>{escape(answer.question)}</bdi></strong>"))
        parts.append(_answer(answer))
    return frame(*parts)


def error(error: LocalAIError) -> str:
    """Return the message of an error and its remedy below."""
    remedy = f"<br>{commands(error.remedy)}" if error.remedy else ""
    return frame(note(f"<strong>{escape(error.message)}</strong>{remedy}", "rgba(200, 50, 50, 0.8)"))


def _answer(answer: Answer, fold: bool = False) -> str:
    wanted = words.matching(answer.query or answer.question)
    listed = words.passages(answer)
    parts = [_query_line(answer.query)]
    if not listed:
        markers = {source.marker: marker_attributes(source) for source in reversed(answer.citations)}
        parts.append(_body((markdown if answer.mode == "llm" else plain)(answer.text, markers)))
    sources = []
    for source, said in listed or [(cited, cited.quote) for cited in answer.citations]:
        support = number(words.support(source.support))
        sources.append(line(f"[{source.marker}] {place_link(source)} {support}"))
        sources.append(quote(words.one_line(said), wanted if listed else ()))
    if listed:
        parts += [*sources, *_notes(answer.warnings)]
        sources = []
    else:
        parts += _notes(answer.warnings)
    if sources and fold:
        files = ", ".join(dict.fromkeys(words.short(source.path) for source in answer.citations))
        parts.append(details(f"Sources ({len(answer.citations)}): {words.clipped(files, _FILES_CHARS)}", *sources))
    elif sources:
        parts += [line("<strong>Sources</strong>", "1em"), *sources]
    if answer.passages:
        title = f"Passages considered ({len(answer.passages)})"
        parts.append(details(title, *(_hit(passage, wanted) for passage in answer.passages)))
    facts = words.provenance(answer)
    if answer.mode == "llm":
        facts.append(f"{answer.seconds:.1f} s")
    check = "<br>Check important facts against the sources." if answer.mode == "llm" else ""
    parts.append(faint(" · ".join(map(escape, facts)) + check) if facts else "")
    return "".join([*parts, _withheld_note(answer.quoted or answer.mode != "llm")])


def _body(inside: str) -> str:
    return f'<div dir="auto">{inside}</div>'


def _query_line(query: str | None) -> str:
    return faint(f"Understood as: <bdi>{escape(query)}</bdi>", "0") if query else ""


def _notes(warnings: Sequence[str]) -> list[str]:
    """Return warnings: one in full, several or a long one as a line that unfolds."""
    if len(warnings) == 1 and len(warnings[0]) <= _NOTE_CHARS:
        return [note(f"<strong>Note:</strong> {commands(warnings[0])}")]
    title = words.clipped(f"{words.count(len(warnings), 'note')}: {words.notes(warnings)}", _NOTE_CHARS)
    return [details(title, *(note(commands(warning)) for warning in warnings))] if warnings else []


def _hit(hit: Hit, wanted: Sequence[str], chars: int = 0) -> str:
    score = number(f"score {hit.score:.2f}")
    text = words.part(hit.text, wanted, chars) if chars else hit.text
    return line(f"{hit.rank}. {place_link(hit)} {score}") + quote(text, wanted)


def _withheld_note(quoted: bool) -> str:
    return "" if quoted else faint(escape(words.WITHHELD), "0")
