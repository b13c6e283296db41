"""Word: what it shows and does not store as text, such as numbers, ticks, links, equations and embedded files."""

import pytest

from jupyter_localai.ingest.formats.parts.numbering import numeral
from jupyter_localai.ingest.formats.parts.scripts import DOWN, END, UP, plain
from jupyter_localai.ingest.read import read
from tests.support.office_files import KIND, W, make_docx, make_xlsx, p, relations, table

STYLES = ("styles", "styles.xml")
NAMES = f'{W} xmlns:r="{KIND[:-1]}" xmlns:m="m" xmlns:o="o" xmlns:wp="wp"'


def text_of(body, **parts):
    return word(body, **parts).text


def word(body, targets=(), **parts):
    parts = {"word/_rels/document.xml.rels": relations(STYLES, *targets), **parts}
    document = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>"
    return read("a.docx", make_docx("", **{"word/document.xml": document, **parts}))


def item(text, level=0, key=1, more=""):
    number = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{key}"/></w:numPr>'
    return f"<w:p><w:pPr>{more}{number}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def level(number, form, text, more=""):
    inner = f'<w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>{more}'
    return f'<w:lvl w:ilvl="{number}">{inner}</w:lvl>'


CLAUSES = level(0, "decimal", "%1.") + level(1, "decimal", "%1.%2") + level(2, "lowerLetter", "(%3)")


def numbered(body, levels=CLAUSES, lists='<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>'):
    root = f'<w:numbering {W}><w:abstractNum w:abstractNumId="5">{levels}</w:abstractNum>{lists}</w:numbering>'
    return text_of(body, targets=[("numbering", "n.xml")], **{"word/n.xml": root}).split("\n\n")[:-1]


def test_clauses_have_the_numbers_that_word_shows():
    style = '<w:pStyle w:val="H1"/>'
    body = item("Aim", more=style) + item("First.", 1) + item("Second.", 1) + item("Sub.", 2) + item("More.", 2)
    body += item("End", more=style) + item("Third.", 1) + item("Deep.", 2)
    assert numbered(body) == [
        "1. Aim", "1.1 First.", "1.2 Second.", "(a) Sub.", "(b) More.", "2. End", "2.1 Third.", "(a) Deep.",
    ]  # fmt: skip


def test_numbers_stand_in_the_path_of_headings():
    root = f'<w:numbering {W}><w:abstractNum w:abstractNumId="5">{CLAUSES}</w:abstractNum>'
    root += '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num></w:numbering>'
    body = item("Aim", more='<w:pStyle w:val="H1"/>') + item("First.", 1)
    document = word(body, [("numbering", "n.xml")], **{"word/n.xml": root})
    assert document.places[-1].anchor.heading == "1. Aim"


def test_a_list_can_begin_again_and_levels_need_not():
    lists = '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="5"/>'
    lists += '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    kept = level(0, "decimal", "%1)") + level(1, "upperRoman", "%2.", '<w:lvlRestart w:val="0"/>')
    body = item("a") + item("b", 1) + item("c") + item("d", 1) + item("e", key=2) + item("f", key=2)
    assert numbered(body, kept, lists) == ["1) a", "I. b", "2) c", "II. d", "7) e", "8) f"]


def test_bullets_and_lists_without_a_definition_have_a_dash():
    assert numbered(item("one") + item("two", key=9), level(0, "bullet", "x")) == ["- one", "- two"]


def test_numbers_come_from_styles_and_not_from_what_was_deleted():
    styles = f'<w:styles {W}><w:style w:styleId="C"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    styles += '<w:style w:styleId="D"><w:basedOn w:val="C"/></w:style></w:styles>'
    root = f'<w:numbering {W}><w:abstractNum w:abstractNumId="5">{level(0, "upperLetter", "%1.")}</w:abstractNum>'
    root += '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num></w:numbering>'
    gone = '<w:p><w:pPr><w:pStyle w:val="C"/><w:rPr><w:del/></w:rPr></w:pPr><w:del><w:r><w:delText>x</w:delText></w:r>'
    body = p("one", "C") + f"{gone}</w:del></w:p>" + p("two", "D")
    parts = {"word/n.xml": root, "word/styles.xml": styles}
    assert word(body, [("numbering", "n.xml")], **parts).text == "A. one\n\nB. two\n\n"


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (4, "upperRoman", "IV"), (28, "lowerLetter", "bb"), (7, "decimalZero", "07"), (12, "ordinal", "12th"),
        (3, "ordinal", "3rd"), (2, "cardinalText", "Two"), (2, "ordinalText", "Second"), (5, "none", ""),
        (10**9, "upperRoman", "M" * 32 + "DCCLXVII"), (0, "lowerLetter", "0"), (9, "chicago", "9"),
    ],
)  # fmt: skip
def test_numerals(number, form, text):
    assert numeral(number, form) == text


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        (f"10{UP}6{END} l", "10^6 l"), (f"10{UP}-{END}{UP}6{END}", "10^-6"), (f"CO{DOWN}2{END}.", "CO_2."),
        (f"x{DOWN}i{END}{UP}2{END}", "x_i^2"), (f"e{UP}n+1{END}", "e^(n+1)"), (f"21{UP}st{END} May", "21st May"),
        (f"Gull{UP}TM{END}", "GullTM"), (f"{UP}1{END} note", "1 note"), (f"a{UP} {END}b", "a b"), (f"{UP}{END}", ""),
    ],
)  # fmt: skip
def test_raised_and_lowered_letters(marked, text):
    assert plain(marked) == text


def test_ticks_choices_links_and_descriptions_are_read():
    def run(inner):
        return f"<w:p><w:r>{inner}</w:r></w:p>"

    box = '<w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>'
    choice = '<w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="calm"/>'
    choice += '<w:listEntry w:val="stormy"/></w:ddList></w:ffData></w:fldChar>'
    link = '<w:p><w:hyperlink r:id="h"><w:r><w:t>roster</w:t></w:r></w:hyperlink></w:p>'
    field = '<w:fldChar w:fldCharType="begin"/><w:instrText>HYPERLINK "https://b.example/"</w:instrText>'
    field += '<w:fldChar w:fldCharType="separate"/><w:t>page</w:t><w:fldChar w:fldCharType="end"/>'
    body = run('<w:sym w:font="Wingdings" w:char="F0FE"/>') + run(
        '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>ü</w:t>'
    )
    body += run(f"{box}</w:ffData></w:fldChar>") + run(choice) + link + run(field)
    body += run(
        '<w:drawing><wp:inline><wp:docPr descr="A pump. Description automatically generated"/></wp:inline></w:drawing>'
    )
    rels = relations(STYLES).replace(
        "</Rel", f'<Relationship Id="h" Type="{KIND}hyperlink" Target="https://a.example/" TargetMode="External"/></Rel'
    )
    assert text_of(body, **{"word/_rels/document.xml.rels": rels}).split("\n\n")[:-1] == [
        "☑", "✓", "☒", "stormy", "roster (https://a.example/)", "page (https://b.example/)", "[Picture: A pump.]",
    ]  # fmt: skip


def test_what_nobody_filled_in_is_left_out():
    control = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent><w:r><w:t>{}</w:t></w:r></w:sdtContent></w:sdt>"
    body = f"<w:p>{control.format('', 'Ann')}{control.format('<w:showingPlcHdr/>', 'Choose an item.')}</w:p>"
    block = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + p("Click here.") + "</w:sdtContent></w:sdt>"
    assert text_of(body + block) == "Ann\n\n"


def test_equations_are_written_on_a_line():
    def r(text):
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{r('m')}</m:num><m:den>{r('V+1')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{r('10')}</m:e><m:sup>{r('3')}</m:sup></m:sSup>"
    root = f"<m:rad><m:deg/><m:e>{r('x')}</m:e></m:rad>"
    total = f"<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{r('i=1')}</m:sub><m:sup>{r('n')}</m:sup>"
    total += f"<m:e>{r('i')}</m:e></m:nary>"
    body = f"<w:p><m:oMath>{fraction}{r('=')}{power}{r('+')}{root}{r('+')}{total}</m:oMath></w:p>"
    assert text_of(body) == "m/(V+1)=10^3+√(x)+∑_(i=1)^n i\n\n"
    deep = "<m:sSup><m:e>" * 80 + r("x") + "</m:e></m:sSup>" * 80
    assert "x" in text_of(f"<w:p><m:oMath>{deep}</m:oMath></w:p>")


def test_embedded_files_are_read_or_named():
    body = '<w:altChunk r:id="r2"/>' + p("Below.")
    body += '<w:p><w:r><w:object><o:OLEObject r:id="r3"/></w:object></w:r></w:p>'
    body += '<w:p><w:r><w:object><o:OLEObject r:id="r4"/></w:object></w:r></w:p>'
    targets = [("aFChunk", "a.htm"), ("package", "b.xlsx"), ("oleObject", "c.bin")]
    parts = {"word/a.htm": "<html><body><p>Hauled out.</p></body></html>"}
    parts |= {
        "word/b.xlsx": make_xlsx({"A": [["Diesel", 7]]}),
        "word/c.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    }
    document = word(body, targets, **parts)
    assert document.text == "Hauled out.\n\nBelow.\n\nEmbedded file:\n\nDiesel | 7\n\n"
    assert document.warnings == ("Embedded files that were not read: c.bin.",)


def test_documents_in_documents_end():
    inner = make_docx(p("Innermost."))
    rels = relations(STYLES, ("package", "b.docx"))
    body = f'<w:document {NAMES}><w:body>{p("Here.")}<w:altChunk r:id="r2"/></w:body></w:document>'
    for _ in range(9):
        parts = {"word/document.xml": body, "word/_rels/document.xml.rels": rels, "word/b.docx": inner}
        inner = make_docx("", **parts)
    document = read("a.docx", inner)
    assert document.text.count("Here.") == 6 and "not read: b.docx" in document.warnings[0]


def test_a_long_cell_keeps_the_row_and_comes_whole_afterwards():
    long = "Check the stove. " * 150
    text = text_of(table(("Risk", "Owner", "Measure"), ("Fire", "Radio officer", long), ("Leak", "Cook", "Pump.")))
    assert "Fire | Radio officer | Check the stove." in text and "Leak | Cook | Pump." in text
    assert f"Fire: Measure: {' '.join(long.split())}" in text


def test_merged_cells_of_a_table_say_their_text_where_they_stand():
    def cell(text, more=""):
        return f"<w:tc><w:tcPr>{more}</w:tcPr>{p(text)}</w:tc>"

    wide, on = '<w:gridSpan w:val="2"/>', "<w:vMerge/>"
    rows = cell("Unit", '<w:vMerge w:val="restart"/>') + cell("2030", wide) + cell("2031", wide)
    rows += "</w:tr><w:tr>" + cell("", on) + "".join(map(cell, ("Plan", "Actual", "Plan", "Actual")))
    rows += "</w:tr><w:tr>" + "".join(map(cell, ("Kitchen", "1", "2", "3", "4")))
    gone = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('Deleted')}{cell('9')}</w:tr>"
    text = text_of(f"<w:tbl><w:tr>{rows}</w:tr>{gone}</w:tbl>")
    assert text == "Unit | 2030 Plan | 2030 Actual | 2031 Plan | 2031 Actual\nKitchen | 1 | 2 | 3 | 4\n\n"


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next():
    first = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>One </w:t></w:r></w:p>"
    assert text_of(first + p("line.")) == "One line.\n\n"
