"""Jupyter notebooks: Markdown, code and text outputs, a place per cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...errors import ReadError
from ...results import mime, saved
from ...results.passages import Anchor, Document, Place
from ...text.terminal import without_codes
from .parts.headings import HeadingPath
from .text import decode, markdown_headings

_MAX_OUTPUT_CHARS = 20_000


def read(data: bytes, path: str) -> Document:
    """Read a notebook of any format version.

    Answers that this project displayed or inserted are left out, so that an index never feeds on itself.

    Raises
    ------
    ReadError
        ``corrupted`` when the file is not a notebook.
    """
    raw, warnings = decode(data)
    cells = _cells(raw)
    pieces: list[str] = []
    places: list[Place] = []
    offset = 0
    headings = HeadingPath()
    title = ""
    for number, cell in enumerate(cells):
        body = "\n\n".join(part for part in _parts(cell) if part.strip())
        if not body.strip():
            continue
        if cell.get("cell_type") == "markdown":
            for _, level, name in markdown_headings(body):
                title = title or name
                headings.enter(level, name)
        anchor = Anchor(cell=number, cell_id=cell.get("id") or None, heading=str(headings) or None)
        body += "\n\n"
        pieces.append(body)
        places.append(Place(offset, offset + len(body), anchor))
        offset += len(body)
    if not places:
        warnings.append("The notebook has no text.")
    return Document(path, "notebook", "".join(pieces), title, tuple(places), tuple(warnings))


def _cells(raw: str) -> list[dict[str, Any]]:
    import nbformat.converter
    import nbformat.reader

    try:
        # reader and converter alone: nbformat.reads() would also validate, and log what it finds
        source = nbformat.reader.reads(raw)
        has_ids = (source.get("nbformat"), source.get("nbformat_minor", 0)) >= (4, 5)
        notebook = nbformat.converter.convert(source, 4)
        cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
        for cell in cells if not has_ids else ():
            cell.pop("id", None)  # made up by the conversion, another one each time
    except RecursionError as error:
        raise ReadError(
            "The notebook is nested too deeply.", "Open and save it in Jupyter.", code="corrupted"
        ) from error
    except Exception as error:  # the reader raises whatever its version's code happens to raise
        raise ReadError("This is not a valid notebook.", "Open and save it in Jupyter.", code="corrupted") from error
    return cells


def _parts(cell: dict[str, Any]) -> Iterator[str]:
    source = _joined(cell.get("source"))
    if saved.is_cell(source):
        return
    yield source
    for output in cell.get("outputs") or ():
        if isinstance(output, dict):
            yield _output_text(output)[:_MAX_OUTPUT_CHARS]


def _output_text(output: dict[str, Any]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return without_codes(_joined(output.get("text")))
    if kind == "error":
        return without_codes(f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}")
    bundle = output.get("data")
    if not isinstance(bundle, dict) or mime.ANSWER in bundle:
        return ""
    if "text/markdown" in bundle:
        said = _joined(bundle["text/markdown"])
        return "" if saved.is_cell(said) else said
    if "text/plain" in bundle:
        return without_codes(_joined(bundle["text/plain"]))
    if "application/json" in bundle:
        return json.dumps(bundle["application/json"], ensure_ascii=False)
    return ""


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(str(item) for item in value)
    return value if isinstance(value, str) else ""
