"""Questions to begin with, made from the headings of a collection's documents without a chat model.

A question is suggested only if its own section is found first and the extractive answer is well supported by it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from ..answer.extract import extract
from ..config import PASSAGES
from ..index.registry import Collection
from ..text.keywords import STOP_WORDS, is_german
from . import searching
from .store import Store

COUNT = 3
_DOCUMENTS, _CHUNKS = 6, 80  # that are looked at
_TRIED = 3  # headings of a document
_MOST_WORDS, _MOST_CHARS = 7, 60
_SUPPORT = 0.5  # of the first quote
_SECTION_CHARS = 200  # a shorter section says little
_LINE_CHARS = 55  # a full line of running text has at least so many
_NOT_RUNNING_TEXT = ("code", "data", "picture", "sheet", "table", "xml")
_NUMBER = re.compile(r"^(?:(?:\d+\.)*\d+\.?|[A-Z]\.|[IVX]+\.|§+\s*\d+)\s+")
_USUAL = frozenset(
    "abstract acknowledgements acknowledgments anhang anhänge appendix background bibliography conclusion conclusions "
    "contents discussion einleitung fazit index inhalt inhaltsverzeichnis introduction literatur methods overview "
    "references results summary thanks vorwort zusammenfassung".split()
)


def suggest(store: Store, name: str, count: int = COUNT) -> list[str]:
    """Return at most `count` questions, each about another document where there are enough.

    Documents with pages come first, since a citation of theirs helps most; then those indexed last.

    Raises
    ------
    UnknownCollectionError
    """
    collection = store.searchable(name)
    asked = [_answered(store, name, document, path) for document, path in _documents(store, collection)]
    found: dict[str, None] = {}
    while asked and len(found) < count:
        for questions in list(asked):
            question = next(questions, None)
            if question is None:
                asked.remove(questions)
            elif len(found) < count:
                found[question] = None
    return list(found)


def _documents(store: Store, collection: Collection) -> list[tuple[int, str]]:
    marks = ", ".join("?" * len(_NOT_RUNNING_TEXT))
    sql = f"""SELECT id, path FROM documents WHERE collection_id = ? AND state = 'ready' AND kind NOT IN ({marks})
              ORDER BY id IN (SELECT document_id FROM pages WHERE collection_id = ?) DESC, id DESC LIMIT ?"""
    return store.catalogue.rows(sql, (collection.id, *_NOT_RUNNING_TEXT, collection.id, _DOCUMENTS))


def _answered(store: Store, name: str, document: int, path: str) -> Iterator[str]:
    """Yield questions about sections of a document that answer them, as they are asked for."""
    for heading, text in _sections(store, document):
        question = _question(_NUMBER.sub("", heading), text)
        if _is_answered(store, name, question, path, heading):
            yield question


def _sections(store: Store, document: int) -> Iterator[tuple[str, str]]:
    """Yield telling headings of a document, evenly over it, each with the text of its section."""
    texts: dict[str, str] = {}
    sql = "SELECT text, start, places FROM chunks WHERE document_id = ? ORDER BY seq LIMIT ?"
    for text, start, places in store.catalogue.rows(sql, (document, _CHUNKS)):
        for heading, part in _by_places(text, start, json.loads(places)) or _by_lines(text):
            texts[heading] = texts.get(heading, "") + part
    telling = [pair for pair in texts.items() if len(pair[1]) >= _SECTION_CHARS and _is_telling(pair[0])]
    yield from telling[:: -(-len(telling) // _TRIED) or 1]


def _by_places(text: str, start: int, places: list[Any]) -> list[tuple[str, str]]:
    return [
        (anchor["heading"].rpartition(" > ")[2], text[begin - start : end - start])
        for begin, end, anchor in places
        if " > " in anchor.get("heading", "")  # the first heading is that of the whole document
    ]


def _by_lines(text: str) -> list[tuple[str, str]]:
    """Return lines that look like headings, such as those of a PDF: short, and a full line begins after them."""
    lines = text.splitlines()
    found = []
    for at, (line, after) in enumerate(itertools.pairwise(lines)):
        if len(after) >= _LINE_CHARS and after[:1].isupper() and line[:1].isalnum() and line[-1:].isalpha():
            found.append((line.strip(), "\n".join(lines[at + 1 :])))
    return found


def _is_telling(heading: str) -> bool:
    name = _NUMBER.sub("", heading)
    words = [word.casefold() for word in name.split()]
    return (
        2 <= len(words) <= _MOST_WORDS
        and len(name) <= _MOST_CHARS
        and name[0].isalpha()
        and not name.isupper()
        and (words[0] not in STOP_WORDS or name.endswith("?"))
        and _USUAL.isdisjoint(words)
    )


def _question(name: str, text: str) -> str:
    """Return a question about a section, in its language where that is known."""
    if name.endswith("?"):
        return name
    if is_german(text):
        return f"Was steht zu „{name}“?"
    first, *others = name.split()
    if all(word == word.lower() for word in others) and first[1:].islower():
        name = " ".join((first.lower(), *others))  # the capital is that of a sentence
    return f"What is said about {name}?"


def _is_answered(store: Store, name: str, question: str, path: str, heading: str) -> bool:
    """Whether the section is found first, and supports an extractive answer well."""
    hits = searching.search(store, question, PASSAGES, name, None)
    if not hits or hits[0].path != path or heading not in f"{hits[0].anchor.heading} {hits[0].text}":
        return False
    first = next(iter(extract(question, hits, store.embedder).citations), None)
    return first is not None and first.path == path and first.support >= _SUPPORT
