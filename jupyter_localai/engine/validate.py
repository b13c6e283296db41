"""Checks of a request before anything is done for it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..errors import UsageError
from ..paths import real
from ..results.scores import Question

MAX_QUESTION_CHARS = 10_000
MAX_CONTEXT_CHARS = 20_000
MAX_NAME_CHARS = 200


def check_question(question: str, k: int = 1) -> str:
    """Return the question, stripped, with question marks for what is no valid Unicode.

    Raises
    ------
    UsageError
        ``empty_question``, ``question_too_long``; or for `k` outside 1 to 1000.
    """
    question = question.encode("utf-8", "replace").decode("utf-8")
    if not any(ch.isalnum() for ch in question):
        raise UsageError("The question has no words.", "Ask with at least one word.", code="empty_question")
    if len(question) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION_CHARS:,} are read.",
            "Shorten it, or index the text as a document and ask about it.",
            code="question_too_long",
        )
    if not 1 <= k <= 1000:
        raise UsageError(f"k is {k}; it must lie between 1 and 1000.", "Use -k 10.")
    return question.strip()


def check_questions(questions: Sequence[Question], k: int) -> None:
    """Check questions that retrieval is measured by.

    Raises
    ------
    UsageError
        ``no_questions`` for none, and where one has no place to be found; else as `check_question`.
    """
    if not questions or not all(question.expected for question in questions):
        raise UsageError("A question is needed, and a place for each.", code="no_questions")
    for question in questions:
        check_question(question.question, k)


def check_context(context: str) -> str:
    """Return the text that a question is about, with question marks for what is no valid Unicode; empty for none.

    Raises
    ------
    UsageError
        ``context_too_long``.
    """
    context = context.encode("utf-8", "replace").decode("utf-8")
    if len(context) > MAX_CONTEXT_CHARS:
        raise UsageError(
            f"The text to ask about has {len(context):,} characters; at most {MAX_CONTEXT_CHARS:,} are read.",
            "Attach less of it, or index it as a document.",
            code="context_too_long",
        )
    return context if context.strip() else ""


def check_context_path(path: str) -> str:
    """Return the path of the file that a text comes from, without links; empty for none.

    Raises
    ------
    UsageError
    """
    if not path:
        return ""
    check_paths([path])
    if not os.path.isabs(path):
        raise UsageError(f"The path {path!r} is not absolute.", "Name the whole path.", code="wrong_path")
    return real(path)


def check_paths(paths: Sequence[str]) -> None:
    """Refuse a path that cannot be stored and shown.

    Raises
    ------
    UsageError
    """
    for path in paths:
        try:
            usable = "\0" not in path
            path.encode("utf-8")
        except UnicodeEncodeError:
            usable = False
        if not usable:
            raise UsageError(f"{path!r} is not valid Unicode.", "Rename the file or folder.")


def check_after(after: int | None) -> int | None:
    """Return the number of answers that stay before a new one; refuse one below 0.

    Raises
    ------
    UsageError
    """
    if after is not None and after < 0:
        raise UsageError(f"after is {after}; no conversation has fewer than 0 answers.", "Leave it out.")
    return after


def check_part(limit: int, offset: int) -> None:
    """Refuse a part of a list that there cannot be.

    Raises
    ------
    UsageError
    """
    if not 1 <= limit <= 1000 or offset < 0:
        message = f"A part of a list has 1 to 1000 items, after 0 or more; asked for are {limit} after {offset}."
        raise UsageError(message, "Ask for 100 after 0.")


def check_name(collection: str) -> None:
    """Refuse a name of a collection that could not be typed or shown.

    Raises
    ------
    UsageError
    """
    if not collection.strip() or len(collection) > MAX_NAME_CHARS or not collection.isprintable():
        raise UsageError(
            f"A collection's name must be 1 to {MAX_NAME_CHARS} printable characters.",
            "Choose another name with -c NAME.",
        )


def check_forgetting(paths: Sequence[str], collection: str | None) -> None:
    """Check what is to be forgotten: nothing named is not everything.

    Raises
    ------
    UsageError
    """
    check_paths(paths)
    if not paths and collection is None:
        raise UsageError("Name paths or a collection to forget.", "Name a PATH, or --collection NAME.")
