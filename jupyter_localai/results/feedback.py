"""What the user said of answers, and the questions for measuring that this makes."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from .answers import Answer
from .base import CallResult

FILE = "questions.jsonl"
"""Where questions are saved when no file is named."""


@dataclasses.dataclass(frozen=True)
class Feedback(CallResult):
    """The answers of which the user said something, the oldest first; each has ``useful``."""

    answers: tuple[Answer, ...] = ()

    def questions(self) -> list[dict[str, Any]]:
        """Return the questions that had a useful answer with sources, and these places, as `evaluate` takes them.

        Of an answer that was not useful nobody has said what the right place is, so it makes no question. Of several
        answers to one question the last counts.
        """
        made: dict[str, dict[str, Any]] = {}
        for answer in self.answers:
            question = answer.query or answer.question
            made.pop(question, None)
            if answer.useful and answer.citations:
                places = [_place(cited.path, cited.anchor.page, cited.quote) for cited in answer.citations]
                made[question] = {"question": question, "expected": places}
        return list(made.values())

    def to_jsonl(self) -> str:
        """Return `questions` as the lines of a file for ``jupyter localai eval``."""
        return "".join(json.dumps(question, ensure_ascii=False) + "\n" for question in self.questions())

    def save(self, path: str | os.PathLike[str] = FILE) -> Path:
        """Write the questions into a file, and return its path."""
        file = Path(path).expanduser().absolute()
        file.write_text(self.to_jsonl(), encoding="utf-8")
        return file


def _place(path: str, page: int | None, quote: str) -> dict[str, Any]:
    place: dict[str, Any] = {"file": path}
    if page is not None:
        place["page"] = page
    if any(map(str.isalnum, quote)):
        place["quote"] = quote
    return place
