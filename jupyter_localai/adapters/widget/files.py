"""A conversation as a file beside the notebook, and as the text of a cell."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from pathlib import Path

from ...errors import LocalAIError, UsageError
from ...render import bundle
from ...results.passages import Answer, Conversation

_MOST_FILES = 1000
_INSTEAD = "Copy the text below instead, or change the folder with %cd."


def markdown(answers: Sequence[Answer]) -> str:
    """Return questions and answers as Markdown in which nothing is active.

    Raises
    ------
    UsageError
        When there is none yet.
    """
    if not answers:
        raise UsageError("There is no answer to export yet.", "Ask a question first.")
    title = " ".join(answers[0].question.split())[:80]
    return bundle.markdown(Conversation("", title, "", "", "", len(answers), tuple(answers)))


def cell(text: str) -> str:
    """Return Markdown as a code cell that shows it, in whatever notebook it is put."""
    return f"%%markdown\n{text}"


def write(text: str, title: str, folder: Path) -> Path:
    """Write a new file into `folder` and return its path; an existing one is never touched.

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
                f"{path} cannot be written: {error.strerror or type(error).__name__}.",
                _INSTEAD,
                code="cannot_write",
            ) from None
    raise LocalAIError(f"There are {_MOST_FILES} files like it in {folder}.", "Remove some.", code="cannot_write")


def here() -> Path:
    """Return the folder of the notebook, which is where its kernel works.

    Raises
    ------
    LocalAIError
        ``cannot_write``, when it has been removed.
    """
    try:
        return Path(os.getcwd())
    except OSError:
        raise LocalAIError("The folder of the notebook is gone.", _INSTEAD, code="cannot_write") from None
