"""Excel: cells as they are shown, whatever wrote the file, and what stands beside them."""

import io
import time
import zipfile

from jupyter_localai.ingest.chunk import chunk
from jupyter_localai.ingest.formats.parts import grid
from jupyter_localai.ingest.read import read
from tests.support.office_files import KIND, make_docx, make_sheet, make_xlsx, p, relations


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


def test_hidden_sheets_are_not_read_and_told():
    document = sheet(data(row(1, '<c r="A1"><v>1</v></c>')), state="veryHidden")
    assert document.text == "" and "not read: sheet 'A'" in document.warnings[0]


def test_hidden_rows_and_columns_are_not_read_and_told():
    rows = row(1, text("A1", "Name") + text("B1", "Pay") + text("C1", "Boat"))
    rows += row(2, text("A2", "Ann") + text("B2", "3100") + text("C2", "Gull"))
    rows += f'<row r="3" hidden="1">{text("A3", "Ben")}</row>' + row(4, text("A4", "Cid") + text("C4", "Tern"))
    document = sheet(f'<cols><col min="2" max="2" hidden="1"/></cols>{data(rows)}')
    assert document.text == "Name | Boat\nAnn | Gull\nCid | Tern\n\n", "a hidden row parts no table"
    assert document.warnings == ("Hidden in its program and not read: 1 row and 1 column of sheet 'A'.",)


def text(where, what):
    return f'<c r="{where}" t="str"><v>{what}</v></c>'


def test_names_over_names_are_joined():
    rows = row(1, text("A1", "Department") + text("B1", "2030") + text("D1", "2031"))
    rows += row(2, "".join(text(f"{c}2", t) for c, t in zip("BCDE", ("Plan", "Actual") * 2, strict=True)))
    rows += row(3, text("A3", "Kitchen") + "".join(f'<c r="{c}3"><v>{n}</v></c>' for n, c in enumerate("BCDE")))
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in ("A1:A2", "B1:C1", "D1:E1"))
    joined = [(2, "Department | 2030 Plan | 2030 Actual | 2031 Plan | 2031 Actual"), (3, "Kitchen | 0 | 1 | 2 | 3")]
    assert places(sheet(data(rows) + f"<mergeCells>{merged}</mergeCells>")) == joined
    assert places(sheet(data(rows))) == joined, "names that are only set apart"


def test_names_of_three_rows_are_joined():
    rows = row(1, text("A1", "Unit") + text("B1", "2030")) + row(2, text("B2", "May") + text("D2", "June"))
    rows += row(3, "".join(text(f"{c}3", t) for c, t in zip("BCDE", ("Plan", "Actual") * 2, strict=True)))
    rows += row(4, text("A4", "Kitchen") + "".join(f'<c r="{c}4"><v>{n}</v></c>' for n, c in enumerate("BCDE")))
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in ("A1:A3", "B1:E1", "B2:C2", "D2:E2"))
    assert places(sheet(data(rows) + f"<mergeCells>{merged}</mergeCells>"))[0] == (
        3, "Unit | 2030 May Plan | 2030 May Actual | 2030 June Plan | 2030 June Actual"
    )  # fmt: skip


def test_a_merged_name_without_names_below_is_not_joined_with_the_first_row():
    rows = row(1, text("A1", "Boat") + text("B1", "Crew")) + row(2, text("A2", "Gull") + text("B2", "Ann"))
    rows = rows.replace("</row>", text("C2", "Ben") + "</row>").replace(text("C2", "Ben"), "", 1)
    merged = '<mergeCells><mergeCell ref="B1:C1"/></mergeCells>'
    assert places(sheet(data(rows) + merged))[1] == (2, "Gull | Ann | Ben")


def test_tables_side_by_side_are_told_apart():
    left = [("Boat", "Seats"), ("Skiff", "4"), ("Gig", "9")]
    right = [("Tool", "Price"), ("Saw", "12"), ("Axe", "8")]
    rows = "".join(
        row(n, text(f"A{n}", a) + text(f"B{n}", b) + text(f"D{n}", c) + text(f"E{n}", d))
        for n, ((a, b), (c, d)) in enumerate(zip(left, right, strict=True), 1)
    )
    assert sheet(data(rows)).text == "Boat | Seats\nSkiff | 4\nGig | 9\n\nTool | Price\nSaw | 12\nAxe | 8\n\n"


def test_a_column_that_only_makes_room_parts_no_table():
    rows = row(1, text("A1", "Boat") + text("B1", "Seats") + text("D1", "Price") + text("E1", "Sum"))
    rows += "".join(row(n, text(f"A{n}", "Gig") + "".join(text(f"{c}{n}", "7") for c in "BDE")) for n in (2, 3))
    assert sheet(data(rows)).text.startswith("Boat | Seats | Price | Sum\nGig | 7 | 7 | 7\n")


def test_links_names_and_titles_of_charts_are_read():
    inner = data(row(1, text("A1", "Manual") + text("B1", "open")) + row(2, text("A2", "Rate") + text("B2", "7 %")))
    inner += '<hyperlinks><hyperlink ref="B1" r:id="h"/></hyperlinks>'
    rels = relations(("drawing", "../d.xml")).replace(
        "</Rel",
        f'<Relationship Id="h" Type="{KIND}hyperlink" Target="https://x.example/m" TargetMode="External"/></Rel',
    )
    chart = (
        "<chart><title><tx><strRef><cache><pt idx='0'><v>Fuel by month</v></pt></cache></strRef></tx></title></chart>"
    )
    parts = {"xl/worksheets/_rels/a.xml.rels": rels, "xl/d.xml": "<d/>", "xl/c.xml": chart}
    parts["xl/_rels/d.xml.rels"] = relations(("chart", "c.xml"))
    names = '<definedName name="Rate_now">A!$B$2</definedName><definedName name="Days">14</definedName>'
    book = make_sheet(inner)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        workbook = archive.read("xl/workbook.xml").decode()
    parts["xl/workbook.xml"] = workbook.replace("</workbook>", f"<definedNames>{names}</definedNames></workbook>")
    assert places(sheet(f"<x xmlns:r='{KIND[:-1]}'>{inner}</x>", **parts)) == [
        (1, "Manual | open (https://x.example/m)"), (2, "Rate | 7 %"), (2, "Rate_now: 7 %"),
        (None, "Fuel by month"), (None, "Days: 14"),
    ]  # fmt: skip


def test_what_a_format_shows_nothing_of_is_told():
    document = sheet(data(row(1, text("A1", "x") + '<c r="B1" s="0"><v>9</v></c>')), formats=[";;;"])
    assert document.text == "x\n\n" and "1 cells show nothing" in document.warnings[0].replace("formats of ", "")


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


def test_raised_letters_and_narrow_columns_are_read_as_shown():
    runs = (
        "<r><t>10</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>6</t></r><r><t xml:space='preserve'> l</t></r>"
    )
    cols = "<cols><col min='2' max='2' width='0' customWidth='1'/></cols>"
    cells = "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='inlineStr'><is><t>narrow</t></is></c></row>"
    document = read("a.xlsx", make_sheet(f"{cols}<sheetData>{cells}</sheetData>", strings=[runs]))
    assert document.text.strip() == "10^6 l"
    assert document.warnings == ("Hidden in its program and not read: 1 column of sheet 'A'.",)


def test_files_inside_a_workbook_are_read_once_or_named():
    rels = relations(("package", "../a.docx"), ("package", "../a.docx"), ("oleObject", "../b.bin"))
    parts = {
        "xl/worksheets/_rels/a.xml.rels": rels,
        "xl/a.docx": make_docx(p("In a letter.")),
        "xl/b.bin": b"\x89PNG\r\n",
    }
    document = read("a.xlsx", make_sheet("<sheetData/>", **parts))
    assert document.text.count("In a letter.") == 1
    assert document.places[0].anchor.sheet == "A"
    assert document.warnings == ("Embedded files that were not read: b.bin.",)
