"""JSON, YAML and TOML: the text as it is, with the outermost keys as headings.

JSON that was written without line breaks is laid out first, since nobody could cite it otherwise.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePath

from ..schema import Document
from . import read_text

_LONG_LINE = 2000
_KEYS = {
    "json": re.compile(r'^(?:\t| {1,8})"((?:[^"\\\n]|\\.){1,200})"[^\S\n]*:', re.MULTILINE),
    "yaml": re.compile(r"^([\w.\"'-][^:#\n]{0,199}):(?=\s|$)", re.MULTILINE),
    "toml": re.compile(r"^\[{1,2}([^\[\]\n]{1,200})\]{1,2}", re.MULTILINE),
}
SUFFIXES = {".json": "json", ".geojson": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".jsonl": "jsonl"}
SUFFIXES[".ndjson"] = "jsonl"


def read(data: bytes, path: str) -> Document:
    """Read structured data; a place per outermost key, anchored by line."""
    read_text.refuse_binary(data)
    text, warnings = read_text.decode(data)
    language = SUFFIXES.get(PurePath(path).suffix.lower(), "json")
    if language == "json":
        text = _laid_out(text, warnings)
    headings = [(match.start(), 1, match.group(1).strip("\"' ")) for match in _outermost(language, text)]
    return Document(path, "data", text, "", read_text.sections(text, headings), tuple(warnings))


def _laid_out(text: str, warnings: list[str]) -> str:
    try:
        value = json.loads(text)
        if max(map(len, text.splitlines()), default=0) <= _LONG_LINE:
            return text
        laid_out = json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "replace").decode()
        warnings.append("Written on very long lines; laid out anew, so line numbers are not the file's.")
        return laid_out
    except ValueError:
        warnings.append("This is not valid JSON; read as plain text.")
    except RecursionError:
        warnings.append("Nested too deeply to be laid out; read as plain text.")
    return text


def _outermost(language: str, text: str) -> list[re.Match[str]]:
    """Return the keys that are indented least."""
    if language not in _KEYS:
        return []
    found = list(_KEYS[language].finditer(text))
    indents = [len(match.group()) - len(match.group().lstrip()) for match in found]
    return [match for match, indent in zip(found, indents, strict=True) if indent == min(indents)]
