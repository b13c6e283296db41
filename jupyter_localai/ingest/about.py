"""What a file says of itself: its title, its authors and its date, as its own properties have them."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator

from ..errors import ReadError
from ..results.references import Reference
from .formats import html
from .formats.kinds import kind_of
from .formats.parts.html_tree import parse
from .formats.parts.office import Package, local
from .formats.pdf import pdfium
from .formats.text import decode

_MOST_AUTHORS, _MOST_CHARS = 50, 500
_DATE = re.compile(r"(?:D:)?(\d{4})(?:[-/]?(\d{2}))?(?:[-/]?(\d{2}))?")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]{1,200}[^\s\"<>.,;)\]]")
_FRONT = re.compile(r"\s*---[^\S\n]*\n(.{0,20000}?)\n---[^\S\n]*(?:\n|\Z)", re.DOTALL)
_FRONT_LINE = re.compile(r"(title|author|authors|date|doi):[ \t]*(.*)", re.IGNORECASE)
_ITEM = re.compile(r"[ \t]+-[ \t]+(?:name:[ \t]*)?(.+)|-[ \t]+(?:name:[ \t]*)?(.+)")
_SEPARATOR = re.compile(r";|\band\b|&|\n")
_META = {
    "citation_title": "title",
    "dc.title": "title",
    "author": "author",
    "citation_author": "author",
    "dc.creator": "author",
    "date": "date",
    "citation_publication_date": "date",
    "citation_date": "date",
    "dc.date": "date",
    "article:published_time": "date",
    "citation_doi": "doi",
}
_XML = {"title": "title", "creator": "author", "created": "date", "creation-date": "date", "date": "date"}
Facts = Iterator[tuple[str, str]]


def about(path: str, data: bytes) -> Reference:
    """Return what the file's own properties say; empty where it has none, or is damaged.

    Programs write the name of the machine's user into a new file, and the time of its making: this is what a
    bibliography begins with, and not always what it should say.
    """
    kind = kind_of(path, data)
    found: dict[str, list[str]] = {"title": [], "author": [], "date": [], "doi": []}
    with contextlib.suppress(ReadError, ValueError, *pdfium.failures()):
        for name, value in _FACTS.get(kind, _none)(data):
            if said := " ".join(value.split())[:_MOST_CHARS]:
                found[name].append(said)
    authors = [author.strip() for said in found["author"] for author in _SEPARATOR.split(said) if author.strip()]
    title = next(iter(found["title"]), "")
    dois = [match.group() for said in (*found["doi"], title) if (match := _DOI.search(said))]
    dates = filter(None, map(_date, found["date"]))
    return Reference(
        path,
        kind,
        title,
        tuple(dict.fromkeys(authors))[:_MOST_AUTHORS],
        next(iter(dates), ""),
        next(iter(dois), ""),
    )


def _none(data: bytes) -> Facts:
    return iter(())


def _pdf(data: bytes) -> Facts:
    with pdfium.opened(data) as pdf:
        said = pdf.get_metadata_dict()
    yield "title", said.get("Title", "")
    yield "author", said.get("Author", "")
    yield "date", said.get("CreationDate", "")
    yield "doi", f"{said.get('Subject', '')} {said.get('Keywords', '')}"


def _package(*parts: str) -> Callable[[bytes], Facts]:
    def facts(data: bytes) -> Facts:
        package = Package(data)
        books = [name for name in package.names if name.endswith(".opf")][:1]
        for part in parts or books:
            root = package.xml(part)
            for element in root.iter() if root is not None else ():
                if local(element) in _XML and element.text:
                    yield _XML[local(element)], element.text
                if local(element) == "identifier" and element.text:
                    yield "doi", element.text

    return facts


def _html(data: bytes) -> Facts:
    root = parse(html.decode(data)[0])
    if root is None:
        return
    for element in root.iterfind(".//meta"):
        name = str(element.get("name") or element.get("property") or "").lower()
        if name in _META:
            yield _META[name], str(element.get("content") or "")
    if (title := root.find(".//head/title")) is not None:
        yield "title", title.text_content() if hasattr(title, "text_content") else (title.text or "")


def _front_matter(data: bytes) -> Facts:
    """Yield the lines of YAML that every program for notes writes; no more of YAML is read."""
    front = _FRONT.match(decode(data)[0])
    name = ""
    for line in front.group(1).split("\n") if front else ():
        if known := _FRONT_LINE.match(line):
            name = known.group(1).lower().removesuffix("s")
            for value in known.group(2).strip().strip("[]").split(", ") if name == "author" else [known.group(2)]:
                yield name, value.strip().strip("\"'")
        elif name == "author" and (item := _ITEM.match(line)):
            yield name, (item.group(1) or item.group(2)).strip().strip("\"'")
        elif not line.startswith((" ", "\t")):
            name = ""


def _notebook(data: bytes) -> Facts:
    try:
        said = json.loads(data).get("metadata", {})
    except (ValueError, RecursionError, AttributeError):
        return
    for name in ("title", "date"):
        if isinstance(said.get(name), str):
            yield name, said[name]
    for author in said.get("authors", ()) if isinstance(said.get("authors"), list) else ():
        known = author.get("name") if isinstance(author, dict) else author
        if isinstance(known, str):
            yield "author", known


def _date(said: str) -> str:
    found = _DATE.match(said)
    if found is None:
        return ""
    year, month, day = found.groups()
    if not 1000 <= int(year) <= 2999:
        return ""
    if month is None or not 1 <= int(month) <= 12:
        return year
    return f"{year}-{month}" + (f"-{day}" if day and 1 <= int(day) <= 31 else "")


_OFFICE = _package("docProps/core.xml")
_OPEN_DOCUMENT = _package("meta.xml")
_FACTS: dict[str, Callable[[bytes], Facts]] = {
    "pdf": _pdf,
    **dict.fromkeys(("word", "slides", "sheet", "binary sheet"), _OFFICE),
    **dict.fromkeys(("odt", "odp", "ods"), _OPEN_DOCUMENT),
    "book": _package(),
    "html": _html,
    "markdown": _front_matter,
    "notebook": _notebook,
}
