"""What the files of documents say of themselves: who wrote them, and when."""

from __future__ import annotations

import dataclasses
import os

from .base import DOCUMENT_TEXT, Redactable, quoted_field


@dataclasses.dataclass(frozen=True, repr=False)
class Reference(Redactable):
    """A document as a bibliography names it.

    ``date`` is a year, a month or a day, as in 2031-04-30. What the file does not say is empty; ``kind`` is the
    reader's name of what the file is; ``quoted`` as in `jupyter_localai.results.passages.Hit`.
    """

    path: str
    kind: str = ""
    title: str = dataclasses.field(default="", metadata=DOCUMENT_TEXT)
    authors: tuple[str, ...] = dataclasses.field(default=(), metadata=DOCUMENT_TEXT)
    date: str = ""
    doi: str = ""
    quoted: bool = quoted_field()

    @property
    def name(self) -> str:
        """The title, or the file's name where there is none."""
        return self.title or os.path.basename(self.path)
