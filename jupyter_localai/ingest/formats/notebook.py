"""Jupyter notebooks: Markdown, code and what the outputs say, a place per cell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ...errors import ReadError
from ...results import mime, saved
from ...results.passages import Anchor, Document, Place
from ...text.terminal import last_state, without_codes
from . import drawing, html
from .parts.flow import Flow
from .parts.headings import HeadingPath
from .text import decode, markdown_headings

_MAX_OUTPUT_CHARS = 20_000
_END_CHARS = 5_000  # of a longer output, of its end
_TRACE_LINES = 20
_CAPTION_CHARS = 300
_DRAWING_CHARS = 2000
_OBJECT = re.compile(r"<[^<>\n]{1,200}(?: object| at 0x[0-9a-fA-F]+)>|<Figure size [^<>\n]{1,100}>")
_WIDGET = "application/vnd.jupyter.widget-view"
_CHARTS = ("application/vnd.plotly", "application/vnd.vega")


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
    outputs = [output for output in cell.get("outputs") or () if isinstance(output, dict)]
    for stream, run in groupby(outputs, key=_stream):
        if stream:  # a progress bar may be written in many pieces
            yield _shortened(last_state(without_codes("".join(_joined(output.get("text")) for output in run))))
        else:
            for output in run:
                yield _shortened(_error(output) if output.get("output_type") == "error" else _shown(output))


def _stream(output: dict[str, Any]) -> str:
    return f"stream {output.get('name')}" if output.get("output_type") == "stream" else ""


def _shortened(text: str) -> str:
    """Return the beginning and the end of a long text, since a long log ends with what came out."""
    if len(text) <= _MAX_OUTPUT_CHARS:
        return text
    return f"{text[: -_END_CHARS + _MAX_OUTPUT_CHARS]}\n…\n{text[-_END_CHARS:]}"


def _error(output: dict[str, Any]) -> str:
    """Return an error behind the last lines of its traceback."""
    error = without_codes(f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}")
    trace = output.get("traceback")
    lines = without_codes("\n".join(map(_joined, trace)) if isinstance(trace, list) else "").splitlines()
    last = "\n".join([line for line in lines if line.strip("- ")][-_TRACE_LINES:])
    return last if error in last else f"{last}\n{error}".strip()


def _shown(output: dict[str, Any]) -> str:
    """Return the form of an output that says most."""
    bundle = output.get("data")
    if not isinstance(bundle, dict) or mime.ANSWER in bundle:
        return ""
    if "text/markdown" in bundle:
        said = _joined(bundle["text/markdown"])
        return "" if saved.is_cell(said) else said
    plain = without_codes(_joined(bundle.get("text/plain"))).strip("\n")
    if _OBJECT.fullmatch(plain.strip()) or any(kind.startswith(_WIDGET) for kind in bundle):
        plain = ""  # an object's type and address, or a widget's first state
    page = _page(_joined(bundle.get("text/html")))
    if page and (not plain or "<table" in _joined(bundle["text/html"])):
        return page
    if caption := _caption(output, bundle, plain) or _words(_joined(bundle.get("image/svg+xml"))):
        return f"[picture: {caption}]"
    if not plain and "application/json" in bundle:
        return json.dumps(bundle["application/json"], ensure_ascii=False)
    return plain or _joined(bundle.get("text/latex"))


def _page(source: str) -> str:
    """Return what is seen of HTML, its tables with their column names; empty when it cannot be read."""
    flow = Flow()
    try:
        html.add(source, flow)
    except ReadError:
        return ""
    return flow.text.strip()


def _words(source: str) -> str:
    """Return the words in a drawing, empty when it has none or cannot be read."""
    try:
        return (
            " ".join(drawing.read(source.encode("utf-8", "replace"), "").text.split())[:_DRAWING_CHARS]
            if source
            else ""
        )
    except ReadError:
        return ""


def _caption(output: dict[str, Any], bundle: dict[str, Any], plain: str) -> str:
    """Return what is said of a picture or chart, empty when the output is none or nothing is said."""
    for kind, content in bundle.items():
        if kind.startswith(_CHARTS) and isinstance(content, dict):
            layout = content.get("layout")
            title = (layout if isinstance(layout, dict) else content).get("title")
            title = title.get("text") if isinstance(title, dict) else title
            return _on_a_line(title) or _on_a_line(content.get("description")) or plain
    if not any(kind.startswith("image/") for kind in bundle):
        return ""
    metadata = output.get("metadata")
    return _on_a_line(metadata.get("alt") if isinstance(metadata, dict) else "") or _on_a_line(plain)


def _on_a_line(value: Any) -> str:
    return " ".join(_joined(value).split())[:_CAPTION_CHARS]


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(str(item) for item in value)
    return value if isinstance(value, str) else ""
