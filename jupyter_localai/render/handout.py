"""What a conversation that is handed in consists of, for every form of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .. import __version__
from ..results.answers import Answer, Citation, Conversation
from ..results.references import Reference
from . import links, words
from .redact import redact

CAUTION = "A chat model can be wrong: check each statement against its source."


class Source(NamedTuple):
    """A citation, what is quoted of it, and the link to its place, percent-encoded."""

    cited: Citation
    said: str
    link: str


@dataclasses.dataclass(frozen=True)
class Handout:
    """A conversation, and what its cited files say of themselves.

    Parameters
    ----------
    talk : Conversation
    references : sequence of Reference
        Of cited files; a file without one goes by its name.
    folder : str
        Where the handout will lie; links are relative to it.
    """

    talk: Conversation
    references: Sequence[Reference]
    folder: str

    @property
    def answers(self) -> list[Answer]:
        """The answers, as the settings allow them to be shown."""
        return [redact(answer) for answer in self.talk.answers]

    def question(self, number: int) -> str:
        """Return the question of an answer, from 0; empty where the title says it already."""
        question = words.one_line(self.talk.answers[number].question)
        return "" if number == 0 and question == words.one_line(self.talk.title) else question

    def facts(self) -> list[tuple[str, str]]:
        """Return what is to be known of the conversation, by name."""
        models = dict.fromkeys(answer.model for answer in self.talk.answers if answer.mode == "llm" and answer.model)
        written = ", ".join(map(words.one_line, models)) or "none; the answers quote the documents"
        return [
            ("Date", f"{self.talk.changed[:16].replace('T', ' ')} UTC"),
            ("Collection", words.one_line(self.talk.collection)),
            ("Chat model", written),
            ("Made with", f"jupyter-localai {__version__}, on this machine only"),
        ]

    def sources(self, answer: Answer) -> list[Source]:
        """Return the sources of an answer that was not yet redacted or is, in order."""
        said = dict(words.passages(answer)) if words.passages(answer) else {}
        return [
            Source(cited, said.get(cited, cited.quote), links.relative(cited.path, cited.anchor, self.folder))
            for cited in answer.citations
        ]

    def where(self, cited: Citation) -> str:
        """Return the document's name and the place in it."""
        place = words.place(cited.anchor)
        return ", ".join(part for part in (self.name(cited.path), place) if part)

    def name(self, path: str) -> str:
        """Return the title of a document, else the name of its file."""
        known = self._known.get(path)
        return words.one_line(known.name if known and known.quoted else Reference(path).name)

    def documents(self) -> list[tuple[str, str, str]]:
        """Return ``(name, authors, date and file, link)`` of each cited document, in the order of citation."""
        return [
            (self.name(path), self._details(path), links.relative(path, links.NOWHERE, self.folder))
            for path in self.talk.cited
        ]

    def _details(self, path: str) -> str:
        known = self._known.get(path)
        file = os.path.basename(path)
        said = (", ".join(known.authors), known.date) if known and known.quoted else ()
        return words.one_line(". ".join(part for part in (*said, file if self.name(path) != file else "") if part))

    @property
    def _known(self) -> Mapping[str, Reference]:
        return {reference.path: reference for reference in self.references}
