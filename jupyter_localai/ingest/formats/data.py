"""JSON, YAML and TOML: the text as it is, with the outermost keys as headings.

JSON is laid out first when it was written without line breaks, since nobody could cite it otherwise, and its
escaped letters are written out. Nothing is parsed into values: digits stay as they are, and nothing nests too deep.
"""

from __future__ import annotations

import io
import re
from pathlib import PurePath

from ...results.passages import Document
from .text import decode, refuse_binary, sections

_LONG_LINE = 2000
_WIDTH = 100
_MAX_INDENT = 4  # text that nests deeper is not moved further to the right
_KEYS = {
    "json": re.compile(r'^(?:\t| {1,8})"((?:[^"\\\n]|\\.){1,200})"[^\S\n]*:', re.MULTILINE),
    "yaml": re.compile(r"^([\w.\"'-][^:#\n]{0,199}):(?=\s|$)", re.MULTILINE),
    "toml": re.compile(r"^\[{1,2}([^\[\]\n{},=]{1,200})\]{1,2}[^\S\n]*(?:#.*)?$", re.MULTILINE),
}
_STRING_OR_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\],:]|[^{}\[\],:"]+', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)")
SUFFIXES = {".json": "json", ".geojson": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".jsonl": "jsonl"}
SUFFIXES[".ndjson"] = "jsonl"


def read(data: bytes, path: str) -> Document:
    """Read structured data; a place per outermost key, anchored by line."""
    refuse_binary(data)
    text, warnings = decode(data)
    language = SUFFIXES.get(PurePath(path).suffix.lower(), "json")
    if language in ("json", "jsonl") and "\\u" in text:
        text = _ESCAPE.sub(_letter, text)
    if language == "json" and max(map(len, text.splitlines()), default=0) > _LONG_LINE:
        text = _laid_out(text)
        warnings.append("Written on very long lines; laid out anew, so line numbers are not the file's.")
    headings = [(match.start(), 1, match.group(1).strip("\"' ")) for match in _outermost(language, text)]
    return Document(path, "data", text, "", sections(text, headings), tuple(warnings))


def _letter(escape: re.Match[str]) -> str:
    """Return the letter that an escape stands for; what is no letter to be seen stays escaped."""
    high, low, single = escape.groups()
    if high:
        code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
    elif single:
        code = int(single, 16)
    else:
        return escape.group()
    return chr(code) if code > 127 and chr(code).isprintable() else escape.group()


def _laid_out(text: str) -> str:
    """Return JSON with a line per member of an object, its values untouched; no JSON is worse for it."""
    out = io.StringIO()
    open_objects: list[bool] = []  # per bracket that is open: whether it is an object
    column = 0
    before = ""
    for match in _STRING_OR_MARK.finditer(text):
        token = match.group().strip()
        if not token:
            continue
        if token in ("}", "]") and open_objects:
            is_object = open_objects.pop()
            fresh = is_object and before != "{"
        else:
            member = bool(open_objects) and open_objects[-1] and before in ("{", ",")
            element = before in ("[", ",") and (token in ("{", "[") or column > _WIDTH)
            fresh = (member or element or (not open_objects and before in ("}", "]"))) and token not in (",", ":")
        if fresh:
            indent = min(len(open_objects), _MAX_INDENT)
            out.write("\n" + " " * indent)
            column = indent
        elif before in (",", ":"):
            out.write(" ")
            column += 1
        out.write(token)
        column += len(token)
        if token in ("{", "["):
            open_objects.append(token == "{")
        before = token
    return out.getvalue() + "\n"


def _outermost(language: str, text: str) -> list[re.Match[str]]:
    """Return the keys that are indented least; those of a list of records repeat and say nothing."""
    if language not in _KEYS or (language == "json" and text.lstrip().startswith("[")):
        return []
    matches = list(_KEYS[language].finditer(text))
    indents = [len(match.group()) - len(match.group().lstrip()) for match in matches]
    least = min(indents, default=0)
    return [match for match, indent in zip(matches, indents, strict=True) if indent == least]
