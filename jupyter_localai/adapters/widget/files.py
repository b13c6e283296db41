"""Exports a conversation as a file beside the notebook, or as a cell."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from pathlib import Path

from ...errors import LocalAIError, UsageError
from ...render import bundle
from ...results.answers import Answer, Conversation

_MOST_FILES = 1000
_INSTEAD = "Copy the text below instead, or change the folder with %cd."


def markdown(answers: Sequence[Answer]) -> str:
    """Return questions and answers as inert Markdown.

    Raises
    ------
    UsageError
        Without an answer.
    """
    if not answers:
        raise UsageError("There is no answer to export yet.", "Ask a question first.")
    title = " ".join(answers[0].question.split())[:80]
    return bundle.markdown(Conversation("", title, "", "", "", len(answers), tuple(answers)))


def cell(text: str) -> str:
    """Return the source of a code cell that displays Markdown."""
    return f"%%markdown\n{text}"


def write(text: str, title: str, folder: Path) -> Path:
    """Write a new file into `folder` and return its path; never overwrite a file.

    Raises
    ------
    LocalAIError
        ``cannot_write``.
    """
    stem = "-".join(re.findall(r"[^\W_]+", title.lower()))[:40].strip("-") or "conversation"
    for number in itertools.islice(itertools.count(1), _MOST_FILES):
        path = folder / (f"{stem}.md" if number == 1 else f"{stem}-{number}.md")
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise LocalAIError(
                f"{path} could not be written: {error.strerror or type(error).__name__}.",
                _INSTEAD,
                code="cannot_write",
            ) from None
    raise LocalAIError(
        f"{folder} has {_MOST_FILES} files with similar names.", "Remove some of them.", code="cannot_write"
    )


def here() -> Path:
    """Return the notebook's folder, which is the kernel's working folder.

    Raises
    ------
    LocalAIError
        ``cannot_write``, if it was removed.
    """
    try:
        return Path(os.getcwd())
    except OSError:
        raise LocalAIError("The notebook's folder no longer exists.", _INSTEAD, code="cannot_write") from None
