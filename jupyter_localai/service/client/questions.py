"""Questions that measure retrieval, from a JSONL file or a list; errors name the line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ...engine.validate import check_question
from ...errors import UsageError, did_you_mean
from ...results.scores import Expected, Question

Questions = str | os.PathLike[str] | Sequence[Mapping[str, Any] | Question]

MAX_QUESTIONS = 10_000
_PLACE = ("file", "page", "quote")
_KEYS = ("question", *_PLACE, "expected")
_EXAMPLE = 'A line looks like {"question": "…", "file": "report.pdf", "page": 3, "quote": "…"}.'


def read(questions: Questions) -> list[Question]:
    """Return the questions of a JSONL file, or of a list of dicts with the same keys.

    Each has a ``question`` and the place it should lead to: ``file`` (a name, a path or a glob), ``page``,
    ``quote``, or several of these; a list of values means that any one will do. ``expected`` is instead a list of
    such places that should all be found.

    Raises
    ------
    UsageError
        ``bad_question``, with its line; ``no_questions``.
    """
    if isinstance(questions, (str, os.PathLike)):
        path = os.fspath(questions)
        found = [_question(_parsed(line, where), where, n) for n, line, where in _lines(path)]
        source = f"{path!r}"
    elif isinstance(questions, (list, tuple)):
        found = [_any(item, f"Question {n}", n) for n, item in enumerate(questions, 1)]
        source = "the list"
    else:
        raise UsageError("The questions must be a file's path or a list.", _EXAMPLE, code="bad_question")
    if not found:
        raise UsageError(f"There are no questions in {source}.", _EXAMPLE, code="no_questions")
    if len(found) > MAX_QUESTIONS:
        raise UsageError(
            f"There are {len(found):,} questions in {source}; at most {MAX_QUESTIONS:,} are asked.",
            "Ask them in several runs.",
            code="no_questions",
        )
    return found


def _lines(path: str) -> Iterator[tuple[int, str, str]]:
    """Yield each line's number, text, and how it is called."""
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path!r} is not UTF-8 text.", "Save it as UTF-8.", code="no_questions") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it has no usable name"
        raise UsageError(f"{path!r} cannot be read: {why}.", "Check the path.", code="no_questions") from None
    for number, line in enumerate(text.rstrip().split("\n") if text.strip() else (), 1):
        yield number, line, f"Line {number}"


def _parsed(line: str, where: str) -> Any:
    if not line.strip():
        _refuse(f"{where} is empty.", "Remove it.")
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else "too large or too deep"
        _refuse(f"{where} is not JSON: {why}.")


def _any(item: Mapping[str, Any] | Question, where: str, number: int) -> Question:
    if not isinstance(item, Question):
        return _question(item, where, number)
    places = [{"file": [*p.files], "page": [*p.pages], "quote": [*p.quotes]} for p in item.expected]
    kept = [{name: value for name, value in place.items() if value} for place in places]
    return _question({"question": item.question, "expected": kept}, where, item.number or number)


def _question(item: Any, where: str, number: int) -> Question:
    if not isinstance(item, Mapping):
        _refuse(f"{where} is not an object.")
    _check_keys(item, _KEYS, where)
    if not isinstance(item.get("question"), str):
        _refuse(f"{where} has no question." if "question" not in item else f"{where}: question must be a text.")
    try:
        question = check_question(item["question"], 1)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", error.remedy, code="bad_question") from None
    if "expected" not in item:
        return Question(question, (_place(item, where),), number)
    if any(name in item for name in _PLACE):
        _refuse(f"{where} has both expected and {', '.join(name for name in _PLACE if name in item)}.")
    places = item["expected"]
    if not isinstance(places, (list, tuple)) or not places or not all(isinstance(place, Mapping) for place in places):
        _refuse(f"{where}: expected must be a list of objects, each with file, page or quote.")
    for place in places:
        _check_keys(place, _PLACE, where)
    return Question(question, tuple(_place(place, where) for place in places), number)


def _place(item: Mapping[str, Any], where: str) -> Expected:
    if not any(name in item for name in _PLACE):
        _refuse(f"{where} does not say what is expected.", "Give a file, a page or a quote.")
    files, pages, quotes = (_values(item, name, where) for name in _PLACE)
    for file in files:
        if not isinstance(file, str) or not file.strip():
            _refuse(f"{where}: file must be a name, a path or a glob.")
    for page in pages:
        if not isinstance(page, int) or isinstance(page, bool) or page < 1:
            _refuse(f"{where}: page must be a whole number from 1.")
    for quote in quotes:
        if not isinstance(quote, str) or not any(ch.isalnum() for ch in quote):
            _refuse(f"{where}: quote must be a text with letters or digits.")
    return Expected(files, pages, quotes)


def _values(item: Mapping[str, Any], name: str, where: str) -> tuple[Any, ...]:
    if name not in item:
        return ()
    value = item[name]
    if isinstance(value, (list, tuple)):
        return tuple(value) or _refuse(f"{where}: {name} is an empty list.")
    return (value,)


def _check_keys(item: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in item:
        if key not in known:
            hint = did_you_mean(str(key), known)
            _refuse(f"{where} has a key {str(key)!r}.{hint}", f"Known are: {', '.join(known)}.")


def _refuse(message: str, remedy: str = _EXAMPLE) -> NoReturn:
    raise UsageError(message, remedy, code="bad_question")
