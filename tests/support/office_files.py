"""Makes small Office documents part by part, so that the tests know exactly what stands in them."""

import io
import zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def make_zip(parts, **more):
    """Return a zip archive of ``{name: text}``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**parts, **more}.items():
            archive.writestr(name, text)
    return out.getvalue()


def relations(*targets):
    """Return a relations part of ``(kind, target)``; their ids are r1, r2 …"""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{KIND}{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def p(text, style="", before=""):
    """Return a Word paragraph."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{before}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows):
    """Return a Word table."""
    body = "".join("<w:tr>" + "".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
    return f"<w:tbl>{body}</w:tbl>"


def make_docx(body, **parts):
    """Return a Word document with the styles Title, H1 and H2, a footnote 7 and a page header."""
    named = "".join(
        f'<w:style w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in (("Title", "Title"), ("H1", "heading 1"), ("H2", "heading 2"))
    )
    derived = '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H2"/></w:style>'
    note = f'<w:footnote w:id="7">{p("In a footnote.")}</w:footnote>'
    return make_zip(
        {
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/_rels/document.xml.rels": relations(
                ("styles", "styles.xml"), ("footnotes", "footnotes.xml"), ("header", "header1.xml")
            ),
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {W}>{named}{derived}</w:styles>",
            "word/footnotes.xml": f"<w:footnotes {W}>{note}</w:footnotes>",
            "word/header1.xml": f"<w:hdr {W}>{p('On every page.')}</w:hdr>",
        },
        **parts,
    )


def shape(*lines, kind=""):
    """Return a shape of a slide."""
    holder = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>' if kind else ""
    text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return f"<p:sp>{holder}<p:txBody>{text}</p:txBody></p:sp>"


def make_pptx(slides, notes=()):
    """Return a presentation; `slides` are shown in their order but stored in the reverse one."""
    count = len(slides)
    parts = {
        "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/_rels/presentation.xml.rels": relations(
            *[("slide", f"slides/slide{count - i}.xml") for i in range(count)]
        ),
    }
    ids = "".join(f'<p:sldId id="{256 + i}" r:id="r{i + 1}"/>' for i in range(count))
    parts["ppt/presentation.xml"] = f"<p:presentation {_A}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    for index, slide in enumerate(slides):
        number = count - index
        parts[f"ppt/slides/slide{number}.xml"] = f"<p:sld {_A}><p:cSld><p:spTree>{slide}</p:spTree></p:cSld></p:sld>"
        if index < len(notes) and notes[index]:
            parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(
                ("notesSlide", f"../notesSlides/notesSlide{number}.xml")
            )
            parts[f"ppt/notesSlides/notesSlide{number}.xml"] = f"<p:notes {_A}>{notes[index]}</p:notes>"
    return make_zip(parts)


def make_xlsx(sheets, formats=None):
    """Return a workbook of ``{name: rows}``; `formats` maps a cell of the first sheet to its number format."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cell, form in (formats or {}).items():
        book.worksheets[0][cell].number_format = form
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_ODF_NAMES = " ".join(
    f'xmlns:{key}="{_ODF}{name}:1.0"'
    for key, name in {"office": "office", "text": "text", "table": "table", "draw": "drawing"}.items()
)
_ODF_NAMES += f' xmlns:presentation="{_ODF}presentation:1.0" xmlns:svg="{_ODF}svg-compatible:1.0"'


def make_odf(kind, body, **parts):
    """Return an OpenDocument file; `kind` is text, presentation or spreadsheet."""
    content = f"<office:{kind}>{body}</office:{kind}>"
    return make_zip(
        {
            "content.xml": f"<office:document-content {_ODF_NAMES}><office:body>{content}</office:body>"
            "</office:document-content>",
            "meta.xml": '<m xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Harbour</dc:title></m>',
        },
        **parts,
    )


def make_epub(chapters, **parts):
    """Return a book; `chapters` are read in their order but stored in the reverse one."""
    items = "".join(f'<item id="c{i}" href="c%20{i}.xhtml"/>' for i in reversed(range(len(chapters))))
    order = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    container = "<container><rootfiles><rootfile full-path='OPS/book.opf'/></rootfiles></container>"
    return make_zip(
        {
            "META-INF/container.xml": container,
            "OPS/book.opf": f"<package><metadata><title>Pilot</title></metadata><manifest>{items}</manifest>"
            f"<spine>{order}</spine></package>",
            **{f"OPS/c {i}.xhtml": chapter for i, chapter in reversed(list(enumerate(chapters)))},
        },
        **parts,
    )


_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def make_sheet(inner, formats=(), strings=(), state="visible", **parts):
    """Return a workbook with one sheet of the given XML, to say what no library would write."""
    named = "".join(f'<numFmt numFmtId="{200 + i}" formatCode="{f}"/>' for i, f in enumerate(formats))
    styles = "".join(f'<xf numFmtId="{200 + i}"/>' for i in range(len(formats)))
    texts = "".join(f"<si>{text}</si>" for text in strings)
    rels = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    return make_zip(
        {
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "worksheets/a.xml"), ("styles", "styles.xml"), ("sharedStrings", "s.xml")
            ),
            "xl/workbook.xml": f'<workbook {_SHEET} {rels}><sheets><sheet name="A" r:id="r1" state="{state}"/>'
            "</sheets></workbook>",
            "xl/styles.xml": f"<styleSheet {_SHEET}><numFmts>{named}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>",
            "xl/s.xml": f"<sst {_SHEET}>{texts}</sst>",
            "xl/worksheets/a.xml": f"<worksheet {_SHEET}>{inner}</worksheet>",
        },
        **parts,
    )
