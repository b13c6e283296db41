"""CSV and its kin: a line of text per row, an anchor per row, the column names repeated."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Iterator
from pathlib import PurePath

from ...results.passages import Anchor, Document, Place
from .parts.rows import Row, lay_out
from .text import decode, read_plain, refuse_binary

MAX_CELLS = 2_000_000
_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_STATED = re.compile(r"sep=([^\w\s\"]|\t)(?:\r\n|\r|\n)", re.IGNORECASE)  # a line for Excel, which does not show it


def read(data: bytes, path: str) -> Document:
    """Read delimited values; rows count from 1, the column names included.

    What is not delimited after all is read as plain text.
    """
    refuse_binary(data)
    text, warnings = decode(data)
    stated = _STATED.match(text)
    if stated:
        delimiter = stated.group(1)
    else:
        delimiter = "\t" if PurePath(path).suffix.lower() in (".tsv", ".tab") else _delimiter(text)
    lines: dict[int, int] = {}
    pieces: list[str] = []
    places: list[Place] = []
    offset = 0
    try:
        for number, piece in lay_out(_rows(text, delimiter, stated, lines, warnings)):
            pieces.append(piece)
            places.append(Place(offset, offset + len(piece), Anchor(row=number, line=lines.pop(number))))
            offset += len(piece)
    except csv.Error:
        plain = read_plain(data, path)
        return dataclasses.replace(
            plain, warnings=(*plain.warnings, "The rows cannot be told apart; read as plain text.")
        )
    return Document(path, "table", "".join(pieces), "", tuple(places), tuple(warnings))


def _rows(
    text: str, delimiter: str, stated: re.Match[str] | None, lines: dict[int, int], warnings: list[str]
) -> Iterator[Row]:
    """Yield numbered rows until there are too many cells; note in `lines` on which line each begins."""
    source = io.StringIO(text, newline="")
    source.seek(stated.end() if stated else 0)
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True)
    cells = 0
    above = 1 if stated else 0
    line = above + 1
    for number, row in enumerate(reader, 1):
        lines[number], line = line, above + reader.line_num + 1
        cells += len(row)
        if cells > MAX_CELLS:
            warnings.append(f"Only the first {number - 1:,} rows were read: there are too many cells.")
            return
        yield number, row


def _delimiter(text: str) -> str:
    """Return the character that divides most of the first lines into equally many parts."""
    sample = [line for line in text[:65536].splitlines()[:_SAMPLE_LINES] if line.strip()]
    best, likeliest = (0, 0), ","
    for delimiter in _DELIMITERS:
        try:
            counts = [len(row) for row in csv.reader(sample, delimiter=delimiter, skipinitialspace=True)]
        except csv.Error:
            continue
        widths = [count for count in counts if count > 1]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        if (score := (widths.count(usual), usual)) > best:
            best, likeliest = score, delimiter
    return likeliest
