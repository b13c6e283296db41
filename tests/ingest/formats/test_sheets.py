"""Excel: cells as they are shown, whatever wrote the file, and what stands beside them."""

import time

from jupyter_localai.ingest.chunk import chunk
from jupyter_localai.ingest.formats.parts import grid
from jupyter_localai.ingest.read import read
from tests.support.office_files import make_sheet, make_xlsx, relations


def sheet(inner, **more):
    return read("a.xlsx", make_sheet(inner, **more))


def data(*rows):
    return f"<sheetData>{''.join(rows)}</sheetData>"


def row(number, cells):
    return f'<row r="{number}">{cells}</row>'


def places(document):
    return [(place.anchor.row, document.text[place.start : place.end].strip()) for place in document.places]


def test_cells_of_every_type():
    cells = '<c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>in</t><t>line</t></is></c>'
    cells += '<c r="C1" t="b"><v>1</v></c><c r="D1" t="e"><v>#DIV/0!</v></c><c r="E1" t="str"><f>A1</f><v>made</v></c>'
    cells += '<c r="F1" s="0"><v>45352</v></c><c r="G1" s="1"><v>7</v></c>'
    cells += '<c r="H1" t="s"><v>99</v></c><c r="I1"><v>x</v></c>'
    strings = ["<r><t>rich </t></r><r><t>text</t></r><rPh><t>spoken</t></rPh>"]
    document = sheet(data(row(1, cells)), formats=["dd/mm/yyyy", "000"], strings=strings)
    assert document.text == "rich text | inline | TRUE | #DIV/0! | made | 2024-03-01 | 007 | x\n\n"


def test_cells_without_references_stand_side_by_side():
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"
    assert places(sheet(data(rows))) == [(1, "1 | 2"), (2, "3")]


def test_empty_columns_and_far_cells_take_no_room():
    rows = row(1, '<c r="A1"><v>1</v></c><c r="C1"><v>2</v></c><c r="XFD1"><v>3</v></c>')
    rows += row(2, '<c r="A2"><v>4</v></c><c r="XFD2"><v>5</v></c>') + row(1048576, '<c r="A1048576"><v>6</v></c>')
    assert places(sheet(data(rows))) == [(1, "1 | 2 | 3"), (2, "4 | 5"), (1048576, "6")]
    diagonal = "".join(row(n, f'<c r="{name(n)}{n}"><v>{n}</v></c>') for n in range(1, 4000))
    assert len(sheet(data(diagonal)).text) < 40_000


def name(column):
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def test_a_merged_cell_counts_for_all_its_rows():
    rows = "".join(row(n, f'<c r="B{n}"><v>{n}</v></c>') for n in (2, 3))
    rows = row(1, '<c r="A1" t="str"><v>Gull</v></c><c r="B1"><v>1</v></c>') + rows
    merged = '<mergeCells><mergeCell ref="A1:A3"/><mergeCell ref="B1:C1"/><mergeCell ref="A1:A9999999"/></mergeCells>'
    assert places(sheet(data(rows) + merged)) == [(1, "Gull | 1"), (2, "Gull | 2"), (3, "Gull | 3")]


def test_merged_ranges_without_end_take_no_time(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 50_000)
    rows = "".join(row(n, f'<c r="A{n}"><v>1</v></c>') for n in range(1, 20_001))
    merged = '<mergeCell ref="A1:A1000000"/>'
    begin = time.monotonic()
    sheet(data(rows) + f"<mergeCells>{merged * 20_000}</mergeCells>")
    assert time.monotonic() - begin < 60


def test_hidden_sheets_are_read_and_told():
    document = sheet(data(row(1, '<c r="A1"><v>1</v></c>')), state="veryHidden")
    assert document.text == "1\n\n" and "'A' is hidden" in document.warnings[0]


def test_formulas_that_were_never_computed_are_told():
    assert "1 formulas without" in sheet(data(row(1, '<c r="A1"><f>1+1</f></c><c r="B1"><v>2</v></c>'))).warnings[0]


def test_comments_boxes_and_page_margins_are_read():
    code = '&amp;C&amp;"Arial,Bold"&amp;12For us &amp;&amp; you&amp;RPage &amp;P'
    margins = f"<headerFooter><oddHeader>{code}</oddHeader></headerFooter>"
    comment = '<comment ref="B3"><text><t>Check.</t></text></comment>'
    document = sheet(
        data(row(3, '<c r="B3"><v>8</v></c>')) + margins,
        **{
            "xl/worksheets/_rels/a.xml.rels": relations(("comments", "../comments1.xml"), ("drawing", "../d.xml")),
            "xl/comments1.xml": f"<comments><commentList>{comment}</commentList></comments>",
            "xl/d.xml": "<d><p><r><t>In a box.</t></r></p></d>",
        },
    )
    assert places(document) == [
        (3, "8"),
        (3, "Comment on B3: Check."),
        (None, "In a box."),
        (None, "For us & you Page"),
    ]


def test_a_passage_cut_from_a_row_has_that_rows_anchor():
    rows = [["station", "level", "remark"]] + [[f"S{n}", n, "storm " * (n % 30)] for n in range(2, 200)]
    document = read("a.xlsx", make_xlsx({"Log": rows}))
    for piece in chunk(document, lambda text: [m for m, ch in enumerate(text) if m == 0 or text[m - 1] == " "], 120):
        assert piece.text == document.text[piece.start : piece.end] and piece.anchor.sheet == "Log"
        shown = [line for line in piece.text.splitlines() if line.startswith("S")]
        if shown:
            assert shown[0].startswith(f"S{max(piece.anchor.row, 2)} |")


def test_too_many_cells_of_one_row_are_bounded(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 1000)
    document = sheet(data(row(1, "<c><v>1</v></c>" * 5000)))
    assert document.text.count("1") == 1000 and "not read to its end" in document.warnings[0]


def test_a_long_text_that_is_shown_again_and_again_is_bounded(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CHARS", 100_000)
    cells = '<c t="s"><v>0</v></c>' * 1000
    document = sheet(data(row(1, cells)), strings=[f"<t>{'x' * 10_000}</t>"])
    assert len(document.text) < 200_000 and "not read to its end" in document.warnings[0]
