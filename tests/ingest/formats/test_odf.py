"""OpenDocument: texts with headings and notes, slides with titles, sheets with rows as they are shown."""

import io
import zipfile

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.parts import grid
from jupyter_localai.ingest.read import read
from tests.support.office_files import make_odf, make_zip


def p(text):
    return f"<text:p>{text}</text:p>"


def cell(text, more=""):
    return f"<table:table-cell {more}>{p(text)}</table:table-cell>"


def row(*cells, more=""):
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def test_headings_lists_tables_and_notes_in_order():
    note = f"<text:note-citation>1</text:note-citation><text:note-body>{p('In a note.')}</text:note-body>"
    note = f"<text:note>{note}</text:note>"
    body = "<text:tracked-changes><text:deletion>" + p("Taken out.") + "</text:deletion></text:tracked-changes>"
    body += '<text:h text:outline-level="1">Tides</text:h>' + p(f"High<text:s text:c='3'/>water.{note} More.")
    body += f"<text:list><text:list-item>{p('one')}</text:list-item></text:list>"
    body += '<text:h text:outline-level="2">Levels</text:h>'
    body += f"<table:table>{row(cell('Port'), cell('Level'))}{row(cell('Gull'), cell('3.2'))}</table:table>"
    body += p("<draw:frame><draw:text-box>" + p("In a box.") + "</draw:text-box></draw:frame>")
    document = read("a.odt", make_odf("text", body))
    assert document.text == (
        "Tides\n\nHigh   water. More.\n\nIn a note.\n\n- one\n\nLevels\n\nPort | Level\nGull | 3.2\n\nIn a box.\n\n"
    )
    assert [place.anchor.heading for place in document.places] == ["Tides", "Tides > Levels"]
    assert (document.title, document.kind) == ("Harbour", "word")


def test_slides_have_numbers_titles_and_notes():
    def page(title, text, notes=""):
        frame = f'<draw:frame presentation:class="title"><draw:text-box>{p(title)}</draw:text-box></draw:frame>'
        said = f"<presentation:notes>{p(notes)}</presentation:notes>"
        return f"<draw:page>{frame}<draw:frame><draw:text-box>{p(text)}</draw:text-box></draw:frame>{said}</draw:page>"

    document = read("a.odp", make_odf("presentation", page("Opening", "One.") + page("End", "Two.", "Bow.")))
    assert document.text == "Opening\n\nOne.\n\nEnd\n\nTwo.\n\nNotes:\n\nBow.\n\n"
    assert [(place.anchor.slide, place.anchor.heading) for place in document.places] == [(1, "Opening"), (2, "End")]


def test_sheets_have_rows_as_they_are_shown_and_repeat_what_is_repeated():
    rows = row(cell("Port"), cell("Level")) + row(cell("Gull"), cell("3,2 m", 'office:value="3.2"'))
    rows += row("<table:table-cell/>", more='table:number-rows-repeated="5"')
    rows += row(cell("x", 'table:number-columns-repeated="2"'), more='table:number-rows-repeated="2"')
    rows += row(
        "<table:table-cell table:number-columns-repeated='16000'/>", more='table:number-rows-repeated="1048567"'
    )
    document = read("a.ods", make_odf("spreadsheet", f"<table:table table:name='Tides'>{rows}</table:table>"))
    assert [(place.anchor.sheet, place.anchor.row) for place in document.places] == [
        ("Tides", 1), ("Tides", 2), ("Tides", 8), ("Tides", 9)
    ]  # fmt: skip
    assert "Gull | 3,2 m" in document.text and document.text.count("x | x") == 2


def test_hidden_sheets_rows_and_columns_are_left_out_and_told():
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>'
    rows = row(cell("Name"), cell("Pay"), cell("Boat")) + row(cell("Ann"), cell("3100"), cell("Gull"))
    rows += row(cell("Ben"), cell("2900"), cell("Tern"), more='table:visibility="filter"')
    rows += f'<table:table-row-group table:display="false">{row(cell("Cid"), cell("1"))}</table:table-row-group>'
    sheets = f"<table:table table:name='A'>{columns}{rows}</table:table>"
    sheets += f"<table:table table:name='B' table:style-name='s'>{row(cell('Draft'))}</table:table>"
    style = '<o:styles><o:style o:name="s"><o:table-properties o:display="false"/></o:style></o:styles>'
    document = read("a.ods", with_style(make_odf("spreadsheet", sheets), style))
    assert document.text == "Name | Boat\nAnn | Gull\n\n"
    assert [w.split("read: ")[1] for w in document.warnings] == ["2 rows and 1 column of sheet 'A'.", "sheet 'B'."]


def with_style(data, style):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    style = style.replace("<o:styles>", '<o:styles xmlns:o="o">')
    parts["content.xml"] = parts["content.xml"].replace("<office:body>", style + "<office:body>", 1)
    return make_zip(parts)


def test_hidden_slides_are_left_out_and_told():
    pages = f"<draw:page>{p('One.')}</draw:page><draw:page draw:style-name='s'>{p('Two.')}</draw:page>"
    style = '<o:styles><o:style o:name="s"><o:drawing-page-properties o:visibility="hidden"/></o:style></o:styles>'
    document = read("a.odp", with_style(make_odf("presentation", pages), style))
    assert document.text == "One.\n\n" and "slide 2" in document.warnings[0]


def test_cells_that_are_repeated_without_end_are_bounded(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 5000)
    rows = row(cell("x", 'table:number-columns-repeated="9999999"'), more='table:number-rows-repeated="9999999"')
    document = read("a.ods", make_odf("spreadsheet", f"<table:table table:name='A'>{rows * 3}</table:table>"))
    assert len(document.text) < 50_000 and "not read to its end" in document.warnings[0]


def test_a_long_text_that_is_repeated_is_bounded(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CHARS", 100_000)
    rows = row(cell("x" * 10_000, 'table:number-columns-repeated="999"'), more='table:number-rows-repeated="999"')
    document = read("a.ods", make_odf("spreadsheet", f"<table:table table:name='A'>{rows}</table:table>"))
    assert len(document.text) < 200_000 and "not read to its end" in document.warnings[0]


@pytest.mark.parametrize("name", ["a.odt", "a.odp", "a.ods"])
def test_what_is_damaged_or_protected_has_a_name(name):
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    for data, code in (
        (make_zip({"x": "y"}), "corrupted"),
        (b"PK\x03\x04", "corrupted"),
        (make_zip({"content.xml": "noise", "META-INF/manifest.xml": manifest}), "encrypted"),
    ):
        with pytest.raises(ReadError) as caught:
            read(name, data)
        assert caught.value.code == code


def test_embedded_documents_are_read_once_or_named():
    shown = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    other = '<draw:frame><draw:object-ole xlink:href="./Object 2"/></draw:frame>'
    lost = '<draw:frame><draw:object-ole xlink:href="./Object 3"/></draw:frame>'
    body = f'<text:p xmlns:xlink="x">Above.{shown}{shown}{other}{lost}</text:p>'
    inner = make_odf("text", p("One embedded."), mimetype="application/vnd.oasis.opendocument.text")
    with zipfile.ZipFile(io.BytesIO(inner)) as archive:
        parts = {
            "Object 1/content.xml": archive.read("content.xml"),
            "Object 2": inner,
            "Object 3": b"\x89PNG\r\n\x1a\n",
        }
    document = read("a.odt", make_odf("text", body, **parts))
    assert document.text == "Above.\n\nOne embedded.\n\nEmbedded file:\nOne embedded.\n\n"
    assert document.warnings == ("Embedded files that were not read: Object 3.",)


STYLES = """<office:automatic-styles>
<text:outline-style><text:outline-level-style text:level="1" style:num-format="1" style:num-suffix="."/>
<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>
<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")"/>
</text:list-style>
<text:list-style style:name="B"><text:list-level-style-bullet text:level="1"/></text:list-style>
<style:style style:name="up"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="down"><style:text-properties style:text-position="-33% 58%"/></style:style>
<style:style style:name="plain"><style:text-properties style:text-position="0% 100%"/></style:style>
<style:style style:name="gone"><style:text-properties text:display="none"/></style:style>
</office:automatic-styles>"""


def styled(body):
    names = 'xmlns:style="urn:style" xmlns:xlink="urn:xlink"'
    content = make_odf("text", body)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("content.xml").decode()
    xml = xml.replace("<office:document-content ", f"<office:document-content {names} ", 1)
    return read("a.odt", make_zip({"content.xml": xml.replace("<office:body>", f"{STYLES}<office:body>", 1)}))


def listed(style, *items, more=""):
    inner = "".join(f"<text:list-item>{item}</text:list-item>" for item in items)
    return f'<text:list text:style-name="{style}" {more}>{inner}</text:list>'


def test_headings_and_items_have_their_numbers():
    below = "<text:list>" + "".join(f"<text:list-item>{p(x)}</text:list-item>" for x in ("c", "d")) + "</text:list>"
    body = '<text:h text:outline-level="1">Duties</text:h><text:h text:outline-level="2">Jetty</text:h>'
    body += listed("L", p("a") + p("more"), p("b") + below, p("e")) + p("between")
    body += listed("L", p("f"), more='text:continue-numbering="true"') + listed("L", p("g")) + listed("B", p("h"))
    body += listed("L", p("i")).replace("<text:list-item", '<text:list-item text:start-value="7"')
    body += '<text:h text:outline-level="1">End</text:h><text:h text:outline-level="1" text:is-list-header="true">X'
    body += "</text:h>"
    assert styled(body).text.split("\n\n")[:-1] == [
        "1. Duties", "1.1 Jetty", "1. a", "more", "2. b", "(a) c", "(b) d", "3. e", "between", "4. f",
        "1. g", "- h", "7. i", "2. End", "X",
    ]  # fmt: skip


def test_exponents_addresses_and_hidden_parts():
    def span(style, text):
        return f'<text:span text:style-name="{style}">{text}</text:span>'

    body = p(f"10{span('up', '6')} of CO{span('down', '2')}{span('plain', '!')}{span('gone', ' a secret')}")
    body += p('The <text:a xlink:href="https://a.example/r">roster</text:a>, <text:a xlink:href="#b">below</text:a>')
    body += p("<text:hidden-paragraph text:is-hidden='true'/>secret") + p("<text:hidden-text>seen</text:hidden-text>")
    body += f'<text:section text:display="none">{p("secret")}</text:section>{p("End.")}'
    document = styled(body)
    assert document.text == "10^6 of CO_2!\n\nThe roster (https://a.example/r), below\n\nseen\n\nEnd.\n\n"
    assert document.warnings == ("Hidden in its program and not read: 3 parts of the text.",)


def test_a_long_cell_keeps_the_row_and_comes_whole_afterwards():
    long = " ".join(["Check the stove."] * 120)
    rows = row(cell("Risk"), cell("Owner"), cell("Measure")) + row(cell("Fire"), cell("Radio officer"), cell(long))
    text = read("a.odt", make_odf("text", f"<table:table>{rows}</table:table>")).text
    assert "Fire | Radio officer | Check the stove." in text and f"Fire: Measure: {long}" in text
