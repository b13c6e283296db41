"""What is laid over a page: filled form fields, comments, attached files."""

from __future__ import annotations

import dataclasses
from typing import Any

from .pdfium import wide_text

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""
_MAX_ANNOTATIONS = 5000  # of a page
_MAX_OPTIONS = 500
_MAX_QUADS = 50
_INSET = 0.4
_MAX_CHARS = 100_000


@dataclasses.dataclass(frozen=True)
class Field:
    """A filled field of a form: what stands in it, and the name a screen reader would tell."""

    box: Box
    value: str
    name: str
    is_button: bool = False


@dataclasses.dataclass(frozen=True)
class Comment:
    """A note, or a comment on marked text."""

    text: str
    author: str
    about: str


@dataclasses.dataclass(frozen=True)
class Laid:
    """All that is laid over one page; ``fields`` counts empty ones, too."""

    filled: list[Field] = dataclasses.field(default_factory=list)
    comments: list[Comment] = dataclasses.field(default_factory=list)
    files: list[tuple[str, bytes]] = dataclasses.field(default_factory=list)
    fields: int = 0


def laid_over(pdf: Any, page: Any, text: Any) -> Laid | None:
    """Return what is laid over a page, None when it is links only."""
    import pypdfium2.raw as raw

    found: Laid | None = None
    fields = 0
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), _MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
                continue
            if raw.FPDFAnnot_GetFlags(annotation) & raw.FPDF_ANNOT_FLAG_HIDDEN:
                continue
            found = found or Laid()
            if kind == raw.FPDF_ANNOT_WIDGET:
                fields += 1
                field = _field(pdf, annotation)
                found.filled.extend([field] if field else [])
            elif kind == raw.FPDF_ANNOT_FILEATTACHMENT:
                handle = raw.FPDFAnnot_GetFileAttachment(annotation)
                found.files.extend(_file(pdf, handle) if handle else [])
            else:
                comment = _comment(annotation, kind, text)
                found.comments.extend([comment] if comment else [])
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return dataclasses.replace(found, fields=fields) if found else None


def attachments(pdf: Any) -> list[tuple[str, bytes | None]]:
    """Return name and content of the files attached to the whole document; None where one cannot be taken out."""
    import pypdfium2

    found: list[tuple[str, bytes | None]] = []
    for index in range(min(pdf.count_attachments(), _MAX_ANNOTATIONS)):
        try:
            found += [(name, data) for name, data in _file(pdf, pdf.get_attachment(index).raw)]
        except pypdfium2.PdfiumError:
            found.append((f"attachment {index + 1}", None))
    return found


def _file(pdf: Any, handle: Any) -> list[tuple[str, bytes]]:
    import pypdfium2

    attachment = pypdfium2.PdfAttachment(handle, pdf)
    name = " ".join(attachment.get_name().split()) or "attachment"
    return [(name, bytes(attachment.get_data()))]


def _field(pdf: Any, annotation: Any) -> Field | None:
    import pypdfium2.raw as raw

    form = pdf.formenv
    if form is None:
        return None
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    name = wide_text(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    name = name or wide_text(raw.FPDFAnnot_GetFormFieldName, form, annotation)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        ticked = raw.FPDFAnnot_IsChecked(form, annotation)
        return Field(_box(annotation), "[x]" if ticked else "[ ]", name, is_button=True)
    value = ""
    if kind in (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        options = range(min(max(raw.FPDFAnnot_GetOptionCount(form, annotation), 0), _MAX_OPTIONS))
        chosen = [i for i in options if raw.FPDFAnnot_IsOptionSelected(form, annotation, i)]
        value = ", ".join(wide_text(raw.FPDFAnnot_GetOptionLabel, form, annotation, index) for index in chosen)
    if kind != raw.FPDF_FORMFIELD_PUSHBUTTON:
        value = value or wide_text(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip()[:_MAX_CHARS]
    return Field(_box(annotation), value, name) if value else None


def _comment(annotation: Any, kind: int, text: Any) -> Comment | None:
    import pypdfium2.raw as raw

    words = wide_text(raw.FPDFAnnot_GetStringValue, annotation, b"Contents").replace("\r", "\n").strip()
    if not words:
        return None
    author = "" if kind == raw.FPDF_ANNOT_FREETEXT else wide_text(raw.FPDFAnnot_GetStringValue, annotation, b"T")
    author = " ".join(author.split())
    return Comment(words[:_MAX_CHARS], "" if words.startswith(author) else author, _marked(annotation, text))


def _marked(annotation: Any, text: Any) -> str:
    """Return the text that a highlight marks."""
    import pypdfium2.raw as raw

    if not raw.FPDFAnnot_HasAttachmentPoints(annotation):
        return ""
    pieces = []
    quad = raw.FS_QUADPOINTSF()
    for index in range(min(raw.FPDFAnnot_CountAttachmentPoints(annotation), _MAX_QUADS)):
        if raw.FPDFAnnot_GetAttachmentPoints(annotation, index, quad):
            xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
            inset = (max(ys) - min(ys)) * _INSET  # the lines above and below reach into the mark
            pieces.append(text.get_text_bounded(min(xs), min(ys) + inset, max(xs), max(ys) - inset))
    return " ".join(" ".join(pieces).split())


def _box(annotation: Any) -> Box:
    import pypdfium2.raw as raw

    rect = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rect)
    return rect.left, rect.bottom, rect.right, rect.top
