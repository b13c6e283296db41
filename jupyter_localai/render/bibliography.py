"""The documents that a conversation cites, as BibTeX and as CSL-JSON."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from ..results.references import Reference
from . import words

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}
_WORD = re.compile(r"[^\W\d_]{3,}")
_SMALL = frozenset("the and for with from der die das und eine ein les des une".split())


def bibtex(references: Sequence[Reference]) -> str:
    """Return an entry for each document; programs that sort references read it."""
    entries = []
    for key, reference in _keyed(references):
        fields = {
            "title": f"{{{_tex(_name(reference))}}}",
            "author": " and ".join(map(_tex_author, reference.authors)) if reference.quoted else "",
            "year": reference.date[:4],
            "month": reference.date[5:7].lstrip("0"),
            "doi": _tex(reference.doi),
            "note": f"File: {_tex(os.path.basename(reference.path))}",
        }
        lines = [f"  {name} = {{{said}}}" for name, said in fields.items() if said]
        entries.append(f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n")
    return "\n".join(entries)


def csl(references: Sequence[Reference]) -> str:
    """Return the documents as CSL-JSON, which Zotero, Pandoc and others read."""
    items: list[dict[str, Any]] = []
    for key, reference in _keyed(references):
        item: dict[str, Any] = {"id": key, "type": "document", "title": _name(reference)}
        if reference.authors and reference.quoted:
            item["author"] = [_csl_author(words.one_line(author)) for author in reference.authors]
        if reference.date:
            item["issued"] = {"date-parts": [[int(part) for part in reference.date.split("-")]]}
        if reference.doi:
            item["DOI"] = words.one_line(reference.doi)
        item["note"] = f"File: {words.one_line(os.path.basename(reference.path))}"
        items.append(item)
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _name(reference: Reference) -> str:
    return words.one_line(reference.name if reference.quoted else os.path.basename(reference.path))


def _keyed(references: Sequence[Reference]) -> list[tuple[str, Reference]]:
    """Give each reference a key that is like no other's: author, year and first word, as people write it."""
    taken: set[str] = set()
    keyed = []
    for reference in references:
        author = _csl_author(reference.authors[0]).get("family", "") if reference.authors and reference.quoted else ""
        telling = [word for word in _WORD.findall(_plain(_name(reference))) if word.casefold() not in _SMALL]
        stem = f"{_letters(author)}{reference.date[:4]}{telling[0] if telling else ''}".lower() or "document"
        key, number = stem, 2
        while key in taken:
            key, number = f"{stem}{number}", number + 1
        taken.add(key)
        keyed.append((key, reference))
    return keyed


def _csl_author(name: str) -> dict[str, str]:
    """Return the parts of a name; one that is not surely a person's stays whole."""
    if name.count(",") == 1:
        family, given = (part.strip() for part in name.split(","))
        return {"family": family, "given": given} if given else {"family": family}
    parts = name.split()
    if 2 <= len(parts) <= 4 and all(part[:1].isupper() for part in (parts[0], parts[-1])):
        return {"family": parts[-1], "given": " ".join(parts[:-1])}
    return {"literal": name}


def _tex_author(name: str) -> str:
    parts = _csl_author(words.one_line(name))
    if "literal" in parts:
        return f"{{{_tex(parts['literal'])}}}"  # braces keep it whole
    return ", ".join(_tex(parts[part]) for part in ("family", "given") if part in parts)


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in words.one_line(text))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, _plain(text)))
