"""PDF through pdfium: text page by page, a place per page and heading, and what is attached."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from ....errors import ReadError
from ....results.passages import Anchor, Document
from ..parts.attached import Attached
from ..parts.flow import Flow
from ..parts.recognised import NeedsOcrError, PageText
from . import forms, hyphens, layout, margins, overlay, pdfium, positions, scans
from .outline import Outline
from .tables import Names

_NEED_OCR = ("empty", "picture", "unmapped")
_MOST_OF_A_NOTICE = 1000  # characters of a page that asks for another program
_RUNS_ON = re.compile(r"[^\W\d_]\Z|[,;–-]\Z")
_GOES_ON = re.compile(r"\s*(?:[a-zß-öø-ÿ]{2}|[a-zß-öø-ÿ](?![.)\w]))")  # not "a)" or "a." of a list


@dataclasses.dataclass
class _Page:
    """What was found on a page."""

    lines: list[str]
    laid: overlay.Laid | None = None
    state: str = "read"  # or "broken", or one of _NEED_OCR
    ocr: float | None = None


def read(data: bytes, path: str, recognised: Mapping[int, PageText] | None = None) -> Document:
    """Read the text layer of a PDF, its forms, comments and attachments.

    Divided words are joined, headers and page numbers left out, and a sentence goes on over the end of a page. Pages
    that need OCR are named in the warnings, or say what OCR has `recognised` on them.

    Raises
    ------
    ReadError
        ``encrypted``, ``corrupted``, ``xfa_form``, or ``needs_ocr`` when no page has text.
    """
    with pdfium.opened(data) as pdf:
        form = pdfium.form(pdf)
        names = Names()
        pages = [_page(pdf, index, names) for index in range(len(pdf))]
        title = pdfium.title(pdf)
        outline = Outline(pdfium.bookmarks(pdf))
        files = overlay.attachments(pdf)
    for page in pages:
        files += page.laid.files if page.laid else []
    for number, seen in (recognised or {}).items():
        if number <= len(pages) and pages[number - 1].state in _NEED_OCR:
            pages[number - 1] = _Page(seen.text.split("\n"), pages[number - 1].laid, ocr=seen.confidence)
    warnings = _refuse_dynamic(form, pages)
    flow = Flow()
    attached = Attached(flow)
    has_text = any(page.state == "read" for page in pages)
    if has_text:
        _add(pages, outline, flow)
    for name, content in dict(files).items():
        if content is None:
            attached.leave_out(name)
        else:
            attached.add(name, content)
    warnings += _states(pages)
    if not has_text and not flow.text.strip():
        _refuse(pages)
    needs_ocr = tuple(number for number, page in enumerate(pages, 1) if page.state in _NEED_OCR)
    return Document(path, "pdf", flow.text, title, flow.places, (*warnings, *attached.warnings()), needs_ocr)


def _page(pdf: Any, index: int, names: Names) -> _Page:
    try:
        with pdfium.text_page(pdf, index) as (page, held):
            raw = held.get_text_range()
            text = raw.replace("\r\n", "\n").replace("\r", "\n")
            laid = overlay.laid_over(pdf, page, held)
            lines = text.split("\n")
            if laid and laid.filled:
                lines = forms.filled_in(lines, positions.line_boxes(held, lines), laid.filled)
            else:
                bands = positions.bands(held, raw)
                lines = layout.laid_out(positions.words(held, raw, bands) if bands else [], lines, names)
            has_values = bool(laid and (laid.comments or [field for field in laid.filled if not field.is_button]))
            state = "read"
            if not text.strip() and not has_values:
                state = "empty"
            elif not has_values and scans.is_picture(page, text):
                state = "picture"
            elif scans.is_unmapped(held, text):
                state = "unmapped"
            return _Page(lines, laid, state)
    except pdfium.failures():
        return _Page([], state="broken")


def _add(pages: list[_Page], outline: Outline, flow: Flow) -> None:
    """Add what the pages say; the text of those that need OCR is kept, since it may be a title or a date."""
    lines = margins.without_margins([page.lines for page in pages])
    texts = hyphens.joined(["\n".join(page) for page in lines])
    for index, (page, text) in enumerate(zip(pages, texts, strict=True)):
        following = texts[index + 1] if index + 1 < len(texts) else ""
        comments = _comments(page)
        end = "\n" if not comments and _RUNS_ON.search(text.rstrip()[-2:]) and _GOES_ON.match(following) else "\n\n"
        if page.state == "unmapped" or not (text.strip() or comments):
            continue
        for heading, part in outline.parts(index, text.rstrip() + end):
            if part.strip():
                flow.line(Anchor(page=index + 1, heading=heading, ocr=page.ocr), part)
        for comment in comments:
            flow.paragraph(comment)


def _comments(page: _Page) -> list[str]:
    shown = []
    for comment in page.laid.comments if page.laid else []:
        by = f" by {comment.author}" if comment.author else ""
        about = f" on “{comment.about}”" if comment.about else ""
        shown.append(f"Comment{by}{about}: {comment.text}")
    return shown


def _states(pages: list[_Page]) -> list[str]:
    """Return the warnings about pages that could not be read."""
    said = {
        "broken": "could not be read: damaged.",
        "empty": "without text: needs OCR.",
        "picture": "with hardly any text on a picture: needs OCR.",
        "unmapped": "with letters that cannot be read, since their font does not say what they mean: needs OCR.",
    }
    found = []
    for state, what in said.items():
        numbers = [number for number, page in enumerate(pages, 1) if page.state == state]
        found += [f"{_numbers(numbers)} {what}"] if numbers else []
    return found


def _refuse_dynamic(form: str, pages: list[_Page]) -> list[str]:
    """Tell of a form whose content only one program shows; refuse the file when nothing else is in it."""
    fields = sum(page.laid.fields for page in pages if page.laid)
    if form != "dynamic" and not (form == "xfa" and not fields):
        return []
    if sum(len(line) for page in pages for line in page.lines) < _MOST_OF_A_NOTICE:
        raise ReadError(
            "The PDF is a dynamic XFA form, whose content is not read.",
            "Open it in Adobe Reader and print it to a PDF.",
            code="xfa_form",
        )
    return ["The form in this PDF (dynamic XFA) is not read."]


def _refuse(pages: list[_Page]) -> None:
    if any(page.state == "broken" for page in pages):
        raise ReadError(
            "The PDF is damaged: no page can be read.", "Open it in a PDF viewer and save it again.", code="corrupted"
        )
    raise NeedsOcrError(
        f"None of the {len(pages)} pages has text: needs OCR.",
        "Have it read by OCR: jupyter localai index --ocr.",
        pages=range(1, len(pages) + 1),
    )


def _numbers(pages: list[int]) -> str:
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    return f"Page {shown}" if len(pages) == 1 else f"Pages {shown}"
