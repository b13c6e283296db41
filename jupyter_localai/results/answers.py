"""Answers with their sources, conversations of them, and what is sent before an answer is complete; all frozen."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from . import drawing
from .base import DOCUMENT_TEXT, CallResult, DisplayableList, frame_of, quoted_field, to_json
from .passages import Anchor, Hit
from .references import Reference


@dataclasses.dataclass(frozen=True)
class Citation:
    """A verified link from a marker in an answer to the quote that carries the claim."""

    marker: int
    path: str
    anchor: Anchor
    start: int
    end: int
    quote: str = dataclasses.field(repr=False, metadata=DOCUMENT_TEXT)
    support: float


@dataclasses.dataclass(frozen=True)
class Answer(CallResult):
    """An answer with its sources. ``mode`` is ``none`` when nothing relevant was found.

    ``query`` is what was searched for, where that is not the question itself; ``conversation`` continues with
    this answer. ``prompt_tokens`` of ``context_tokens`` were used, without ``dropped_passages`` passages.
    ``cut_off`` is True when the chat model did not come to its end. ``context`` is the text that the question was
    about, where some came with it. ``remembered`` is when the answer was written, ISO 8601 in UTC, where the same had
    been asked before and this is the answer of then.
    ``select`` is the SELECT over a table whose result the answer gives. ``useful`` is what the user said of it, where
    that was said. ``quoted`` as in `Hit`.
    """

    question: str
    text: str
    mode: Literal["llm", "extractive", "none"]
    citations: tuple[Citation, ...] = ()
    passages: tuple[Hit, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    model: str | None = None
    prompt_tokens: int | None = None
    context_tokens: int | None = None
    dropped_passages: int | None = None
    query: str | None = None
    conversation: str | None = None
    cut_off: bool | None = None
    context: str | None = dataclasses.field(default=None, repr=False)
    remembered: str | None = None
    select: str | None = dataclasses.field(default=None, repr=False)
    useful: bool | None = None
    quoted: bool = quoted_field()

    def __repr__(self) -> str:
        sources = f"{len(self.citations)} source{'' if len(self.citations) == 1 else 's'}"
        return f"<Answer {self.model if self.mode == 'llm' else self.mode}, {sources}>"

    @property
    def sources(self) -> Any:
        """The citations as a pandas DataFrame, or `Rows` without pandas."""
        rows = [
            {
                "marker": c.marker,
                "document": os.path.basename(c.path),
                **to_json(c.anchor),
                "quote": c.quote,
                "support": round(c.support, 3),
                "path": c.path,
            }
            for c in self.citations
        ]
        return frame_of(rows, () if self.quoted else ("heading", "quote"))

    def to_markdown(self) -> str:
        """Return the answer and its sources as Markdown in which no document text is active."""
        return drawing.renderer().markdown(self)


@dataclasses.dataclass(frozen=True)
class Conversation(CallResult):
    """Questions that build on each other. ``answers`` is empty in a list of conversations.

    ``collection`` was asked last; ``created`` and ``changed`` are ISO 8601 times in UTC. ``pinned`` is True for one
    that is listed first and kept.
    """

    id: str
    title: str
    collection: str
    created: str
    changed: str
    turns: int
    answers: tuple[Answer, ...] = ()
    pinned: bool | None = None

    def to_markdown(self) -> str:
        """Return the whole conversation as Markdown in which no document text is active."""
        return drawing.renderer().markdown(self)

    @property
    def cited(self) -> list[str]:
        """The files that are cited, each once, in the order of the first citation."""
        return list(dict.fromkeys(cited.path for answer in self.answers for cited in answer.citations))

    def save(self, path: str | os.PathLike[str], references: Sequence[Reference] = (), *, quotes: bool = False) -> Path:
        """Write the conversation into a file to hand in, and return its path.

        Parameters
        ----------
        path : path
            Its suffix says what is written: ``.md``, ``.html`` or ``.ipynb`` for the conversation with links to its
            sources, relative to the file; ``.bib`` (BibTeX) or ``.json`` (CSL-JSON) for the documents it cites.
        references : sequence of Reference
            ``ai.references(talk.cited)``: titles, authors and dates. Without them documents go by their files' names.
        quotes : bool
            Write only the quotes, by document, as Markdown.

        Raises
        ------
        UsageError
        """
        file = Path(path).expanduser().absolute()
        form = "quotes" if quotes else drawing.renderer().form_of(file)
        file.write_text(drawing.renderer().export(self, form, references, str(file.parent)), encoding="utf-8")
        return file


class Conversations(DisplayableList, list[Conversation]):
    """The conversations that are remembered: a list, which a notebook shows as a table."""


@dataclasses.dataclass(frozen=True)
class Suggestions(CallResult):
    """Questions that the documents of a collection answer; they contain headings of these."""

    questions: tuple[str, ...] = dataclasses.field(default=(), metadata=DOCUMENT_TEXT)
    quoted: bool = quoted_field()


@dataclasses.dataclass(frozen=True)
class Passages:
    """The passages found, sent before the answer is made; ``query`` and ``conversation`` as in `Answer`."""

    passages: tuple[Hit, ...]
    query: str | None = None
    conversation: str | None = None


@dataclasses.dataclass(frozen=True)
class Token:
    """A piece of the answer's text, as the chat model writes it."""

    text: str


@dataclasses.dataclass(frozen=True)
class Thinking:
    """A piece of what the chat model thinks before it answers."""

    text: str
