"""Word, PowerPoint and Excel: everything a reader of the document sees, in order, with its place."""

import datetime
import io
import random
import time
import tracemalloc
import zipfile

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.parts import grid, office
from jupyter_localai.ingest.read import read
from tests.support import office_files
from tests.support.office_files import make_docx, make_pptx, make_xlsx, make_zip, p, relations, shape, table


def headings(document):
    return [place.anchor.heading for place in document.places]


def code(name, data):
    with pytest.raises(ReadError) as caught:
        read(name, data)
    return caught.value.code


def in_order(text, *parts):
    at = -1
    for part in parts:
        assert text.count(part) == 1, f"{part!r} stands {text.count(part)} times in {text!r}"
        assert text.index(part) > at, f"{part!r} comes too early"
        at = text.index(part)
    return True


def test_word_keeps_headings_paragraphs_and_tables_in_order():
    body = p("Manual", "Title") + p("Tides", "H1") + p("High water.") + table(("Port", "Level"), ("Gull", "3.2"))
    body += p("Depth", "Mine") + p("After the table.") + p("Wind", "H1") + p("Force 8.")
    document = read("a.docx", make_docx(body))
    assert in_order(document.text, "Manual", "Tides", "High water.", "Port | Level", "Gull | 3.2", "Depth", "After")
    assert document.title == "Manual" and document.kind == "word"
    assert headings(document)[1:] == [
        "Manual",
        "Manual > Tides",
        "Manual > Tides > Depth",
        "Manual > Wind",
    ]
    assert document.text[document.places[-1].start :].startswith("Wind")


def test_word_reads_what_is_wrapped_and_leaves_out_what_was_deleted():
    wrapped = f"<w:sdt><w:sdtContent>{p('In a control.')}</w:sdtContent></w:sdt>"
    added = "<w:ins><w:r><w:t>Put in.</w:t></w:r></w:ins>"
    tracked = f"<w:p>{added}<w:del><w:r><w:delText>Taken out.</w:delText></w:r></w:del></w:p>"
    note = p("See below.", before='<w:r><w:footnoteReference w:id="7"/></w:r>')
    box = "<w:pict><w:txbxContent>" + p("In a box.") + "</w:txbxContent></w:pict>"
    branches = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    twice = f'<mc:AlternateContent xmlns:mc="m">{branches}</mc:AlternateContent>'
    document = read("a.docx", make_docx(wrapped + tracked + note + f"<w:p><w:r>{twice}</w:r></w:p>"))
    assert in_order(
        document.text, "On every page.", "In a control.", "Put in.", "See below.", "In a footnote.", "In a box."
    )
    assert "Taken" not in document.text


def test_slides_come_as_shown_with_titles_tables_and_notes():
    cells = "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{c}</a:t></a:r></a:p></a:txBody></a:tc>" for c in ("Port", "Gull"))
    grid = f"<p:graphicFrame><a:tbl><a:tr>{cells}</a:tr></a:tbl></p:graphicFrame>"
    group = f"<p:grpSp>{shape('Grouped.')}</p:grpSp>"
    slides = [shape("Opening", kind="ctrTitle"), shape("Figures", kind="title") + shape("One", "Two") + group + grid]
    document = read("a.pptx", make_pptx(slides, [None, shape("Say this.") + shape("2", kind="sldNum")]))
    assert in_order(document.text, "Opening", "Figures", "One\nTwo", "Grouped.", "Port | Gull", "Notes:", "Say this.")
    assert [(place.anchor.slide, place.anchor.heading) for place in document.places] == [(1, "Opening"), (2, "Figures")]
    assert document.text[document.places[1].start :].startswith("Figures")


def test_hidden_slides_and_objects_are_left_out_and_told():
    hidden = '<p:sp><p:nvSpPr><p:cNvPr id="1" hidden="1"/></p:nvSpPr><p:txBody><a:p><a:r><a:t>Draft.</a:t></a:r></a:p>'
    data = make_pptx([shape("One."), shape("Two."), shape("Three.") + hidden + "</p:txBody></p:sp>"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["ppt/slides/slide2.xml"] = parts["ppt/slides/slide2.xml"].replace("<p:sld ", '<p:sld show="0" ')
    document = read("a.pptx", make_zip(parts))
    assert document.text == "One.\n\nThree.\n\n" and [place.anchor.slide for place in document.places] == [1, 3]
    assert "not read: slide 2." in document.warnings[0] and "1 objects" in document.warnings[1]


def placed(text, top, left):
    at = f'<p:spPr><a:xfrm><a:off x="{int(left * 914400)}" y="{int(top * 914400)}"/></a:xfrm></p:spPr>'
    return shape(text).replace("<p:txBody>", at + "<p:txBody>")


def test_shapes_are_read_from_top_to_bottom_and_left_to_right():
    group = "<p:grpSp><p:grpSpPr><a:xfrm><a:off x='0' y='5000000'/></a:xfrm></p:grpSpPr>"
    group += placed("last.", 9, 1) + placed("six,", 8, 1) + "</p:grpSp>"
    slide = group + placed("five,", 4, 1) + placed("three,", 2, 5) + placed("four,", 2.1, 9) + placed("two,", 2.2, 1)
    slide += shape("one,", kind="title")
    text = read("a.pptx", make_pptx([slide])).text
    assert text.split() == ["one,", "two,", "three,", "four,", "five,", "six,", "last."]


def test_placeholders_stand_where_their_layout_puts_them():
    holder = '<p:sp><p:nvSpPr><p:nvPr><p:ph idx="4"/></p:nvPr></p:nvSpPr>'
    words = "<p:txBody><a:p><a:r><a:t>Below.</a:t></a:r></a:p></p:txBody></p:sp>"
    at = '<p:spPr><a:xfrm><a:off x="0" y="5000000"/></a:xfrm></p:spPr></p:sp>'
    with zipfile.ZipFile(io.BytesIO(make_pptx([holder + words + placed("Above.", 1, 1)]))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["ppt/slides/_rels/slide1.xml.rels"] = relations(("slideLayout", "../l.xml"))
    names = 'xmlns:p="p" xmlns:a="a"'
    parts["ppt/l.xml"] = f"<p:sldLayout {names}><p:cSld><p:spTree>{holder}{at}</p:spTree></p:cSld></p:sldLayout>"
    assert read("a.pptx", make_zip(parts)).text == "Above.\n\nBelow.\n\n"


def test_diagrams_come_in_the_order_of_their_tree():
    def point(key, text, kind=""):
        words = f"<t><p><r><t>{text}</t></r></p></t>" if text else ""
        return f'<pt modelId="{key}" {kind and f"type={kind!r}"}>{words}</pt>'

    links = "".join(
        f'<cxn srcId="{a}" destId="{b}" srcOrd="{n}"/>'
        for a, b, n in (("d", "2", 1), ("d", "1", 0), ("1", "3", 0), ("3", "d", 0))
    )
    points = point("2", "Cook") + point("3", "Light it") + point("1", "Stove") + point("d", "", "doc")
    data = f"<dataModel><ptLst>{points}{point('9', 'drawn', 'pres')}</ptLst><cxnLst>{links}</cxnLst></dataModel>"
    rels = {"word/_rels/document.xml.rels": relations(("diagramData", "d.xml")), "word/d.xml": data}
    assert read("a.docx", make_docx(p("x"), **rels)).text == "x\n\nStove\n- Light it\nCook\n\n"


def test_embedded_files_and_descriptions_of_pictures_on_slides_are_read():
    picture = "<p:pic><p:nvPicPr><p:cNvPr id='1' descr='A winch.'/></p:nvPicPr></p:pic>"
    with zipfile.ZipFile(io.BytesIO(make_pptx([shape("Words.") + picture]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["ppt/slides/_rels/slide1.xml.rels"] = relations(("package", "../b.xlsx"), ("oleObject", "../c.bin"))
    parts |= {"ppt/b.xlsx": make_xlsx({"A": [["Diesel", 7]]}), "ppt/c.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}
    document = read("a.pptx", make_zip(parts))
    assert in_order(document.text, "Words.", "[Picture: A winch.]", "Diesel | 7")
    assert document.warnings == ("Embedded files that were not read: c.bin.",)


def test_empty_notes_are_not_announced():
    document = read("a.pptx", make_pptx([shape("Words")], [shape("1", kind="sldNum")]))
    assert document.text.strip() == "Words"


def test_sheets_have_rows_as_they_are_shown():
    rows = [["Port", "Share", "Cost", "Day"], ["Gull", 0.1234, 1234567.891, datetime.date(2024, 3, 1)]]
    rows += [[], ["Note", True, 7, 0.1 + 0.2]]
    data = make_xlsx({"Tides": rows, "Empty": [], "Winds": [["Force"], [8]]}, {"B2": "0.0%", "C2": '#,##0.00 "EUR"'})
    document = read("a.xlsx", data)
    assert "Gull | 12.3% | 1,234,567.89 EUR | 2024-03-01" in document.text
    assert "Note | TRUE | 7 | 0.3" in document.text
    found = [(place.anchor.sheet, place.anchor.row) for place in document.places]
    assert found == [("Tides", 1), ("Tides", 2), ("Tides", 4), ("Winds", 1), ("Winds", 2)]
    gull = next(place for place in document.places if place.anchor.row == 2)
    assert document.text[gull.start : gull.end].startswith("Gull")


def test_too_many_cells_are_told_and_the_rest_is_kept(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 40)
    document = read("a.xlsx", make_xlsx({"Long": [[f"cell{i}", i] for i in range(100)]}))
    assert "cell3" in document.text and "cell50" not in document.text
    assert "'Long' was not read to its end" in document.warnings[0]


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
def test_what_is_no_office_document_has_a_name(name, monkeypatch):
    assert code(name, b"PK\x03\x04 and then nothing") == "corrupted"
    assert code(name, make_zip({"other.txt": "words"})) == "corrupted"
    assert code(name, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600) in ("old_format", "corrupted")
    assert code(name, b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")) == "encrypted"
    monkeypatch.setattr(office, "MAX_BYTES", 1000)
    assert code(name, make_zip({"word/document.xml": " " * 1001})) == "too_large"


def test_entities_are_not_expanded():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    document = bomb + f"<w:document xmlns:w='w'><w:body>{p('x &b; &f; y')}</w:body></w:document>"
    text = read("a.docx", make_docx("", **{"word/document.xml": document})).text
    assert "aaaa" not in text and "root:" not in text


def test_deep_nesting_costs_at_most_the_document():
    deep = "<w:sdt><w:sdtContent>" * 5000 + p("deep") + "</w:sdtContent></w:sdt>" * 5000
    try:
        read("a.docx", make_docx(p("Kept.") + deep))
    except ReadError as error:
        assert error.code == "corrupted"


@pytest.mark.parametrize("kind", ["docx", "pptx", "xlsx"])
def test_damage_of_any_kind_is_an_error_with_a_name(kind):
    body = p("Tides", "H1") + table(("Port", "Level"), ("Gull", "3.2"))
    whole = {
        "docx": make_docx(body),
        "pptx": make_pptx([shape("Words", kind="title")], [shape("Notes")]),
        "xlsx": make_xlsx({"A": [["x", 1], ["y", 2]]}),
    }[kind]
    chance = random.Random(7)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = bytes(data[: chance.randint(1, len(data))] if chance.random() < 0.3 else data)
        try:
            document = read(f"a.{kind}", cut)
        except ReadError as error:
            assert error.code in ("corrupted", "encrypted", "too_large", "binary", "old_format")
        else:
            assert all(0 <= place.start < place.end <= len(document.text) for place in document.places)


def reference(kind, key):
    return f'<w:r><w:{kind}Reference w:id="{key}"/></w:r>'


def test_a_note_comes_once_and_notes_of_notes_after_it():
    chain = "".join(
        f'<w:footnote w:id="{n}">{p(f"note-{n}.", before=reference("footnote", n + 1))}</w:footnote>'
        for n in range(900)
    )
    chain += f'<w:footnote w:id="900">{p("last.", before=reference("footnote", 900))}</w:footnote>'
    notes = {"word/footnotes.xml": f"<w:footnotes {office_files.W}>{chain}</w:footnotes>"}
    text = read("a.docx", make_docx(p("See.", before=reference("footnote", 0)) * 500, **notes)).text
    assert text.count("note-0.") == text.count("note-899.") == text.count("last.") == 1


def test_word_comments_notes_in_tables_and_hidden_text():
    cell = f"<w:tc>{p('Level', before=reference('footnote', 7))}</w:tc>"
    grid = f"<w:tbl><w:tr><w:tc>{p('Port')}</w:tc>{cell}</w:tr></w:tbl>"
    vanishes = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:t>shown</w:t></w:r></w:p>"
    said = f'<w:comments {office_files.W}><w:comment w:id="1">{p("Is it?")}</w:comment></w:comments>'
    rels = relations(("footnotes", "footnotes.xml"), ("comments", "comments.xml"))
    body = grid + vanishes + p("Sure.", before=reference("comment", 1))
    data = make_docx(body, **{"word/comments.xml": said, "word/_rels/document.xml.rels": rels})
    assert read("a.docx", data).text == "Port | Level\n\nIn a footnote.\n\nshown\n\nSure.\n\nComment:\n\nIs it?\n\n"


def test_a_text_box_in_a_cell_is_read_once():
    box = f"<w:pict><w:txbxContent>{p('Boxed.')}</w:txbxContent></w:pict>"
    twice = f'<mc:AlternateContent xmlns:mc="m"><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>'
    cell = f"<w:tc>{p('a', before=f'<w:r>{twice}</mc:AlternateContent></w:r>')}</w:tc>"
    text = read("a.docx", make_docx(f"<w:tbl><w:tr>{cell}<w:tc>{p('b')}</w:tc></w:tr></w:tbl>")).text
    assert in_order(text, "a | b", "Boxed.")


def test_a_table_that_lays_out_the_page_keeps_its_headings():
    body = f"<w:tbl><w:tr><w:tc>{p('Tides', 'H1')}{p('High.')}</w:tc></w:tr></w:tbl>"
    document = read("a.docx", make_docx(body))
    assert "Tides" in headings(document) and document.text.endswith("Tides\n\nHigh.\n\n")


def test_page_footers_stand_under_no_heading():
    rels = relations(("styles", "styles.xml"), ("footer", "header1.xml"))
    document = read("a.docx", make_docx(p("Tides", "H1") + p("High."), **{"word/_rels/document.xml.rels": rels}))
    assert document.text.endswith("On every page.\n\n") and document.places[-1].anchor.heading is None


def test_styles_with_odd_levels_are_no_headings():
    style = (
        '<w:style w:styleId="S"><w:name w:val="heading \u00b2"/><w:pPr><w:outlineLvl w:val="\u00b2"/></w:pPr></w:style>'
    )
    data = make_docx(p("Words", "S"), **{"word/styles.xml": f"<w:styles {office_files.W}>{style}</w:styles>"})
    assert "Words" in read("a.docx", data).text


def test_charts_become_tables():
    def values(kind, *texts):
        points = "".join(f'<pt idx="{i}"><v>{text}</v></pt>' for i, text in enumerate(texts))
        return f"<{kind}><cache>{points}</cache></{kind}>"

    series = "".join(
        f"<ser>{values('tx', name)}{values('cat', 'May', 'June')}{values('val', *figures)}</ser>"
        for name, figures in (("Gull", (3, 4)), ("Skerry", (5, 6)))
    )
    chart = f"<chart><title><tx><rich><p><r><t>Levels</t></r></p></rich></tx></title>{series}</chart>"
    rels = {"word/_rels/document.xml.rels": relations(("chart", "c.xml")), "word/c.xml": chart}
    text = read("a.docx", make_docx(p("Above."), **rels)).text
    assert in_order(text, "Above.", "Levels", "| Gull | Skerry", "May | 3 | 5", "June | 4 | 6")


def test_a_slide_that_is_listed_again_and_again_is_read_once():
    data = make_pptx([shape("Words", kind="title")])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    name = "ppt/presentation.xml"
    start = parts[name].index("<p:sldId ")
    listed = parts[name][start : parts[name].index("/>", start) + 2]
    parts[name] = parts[name].replace(listed, listed * 1000)
    assert read("a.pptx", make_zip(parts)).text == "Words\n\n"


def test_a_part_that_unpacks_to_more_than_it_says_is_cut_there():
    data = make_zip({"word/document.xml": "<d>" + " " * 50_000_000})
    size = (50_000_003).to_bytes(4, "little")
    tracemalloc.start()
    try:
        with pytest.raises(ReadError):
            read("a.docx", data.replace(size, (1000).to_bytes(4, "little")))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_methods_that_cannot_be_unpacked_up_to_a_limit_are_not():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("word/document.xml", "<d/>")
    assert code("a.docx", out.getvalue()) == "corrupted"


def test_too_many_elements_are_an_error_with_a_name(monkeypatch):
    monkeypatch.setattr(office, "MAX_TAGS", 1000)
    assert code("a.docx", make_docx("<w:r/>" * 3000)) == "too_large"


def test_of_a_damaged_part_the_beginning_is_read_and_told():
    chance = random.Random(1)
    words = " ".join(str(chance.random()) for _ in range(20_000))
    data = bytearray(make_docx(p("Kept.") + p(words)))
    at = data.index(b"word/document.xml") + 40_000
    data[at : at + 40] = bytes(40)
    document = read("a.docx", bytes(data))
    assert "Kept." in document.text and "damaged" in document.warnings[0]


def test_tables_in_tables_take_no_time():
    begin = time.monotonic()
    deep = "<w:tbl><w:tr><w:tc>" * 60 + p("x") * 20_000 + "</w:tc></w:tr></w:tbl>" * 60
    assert read("a.docx", make_docx(deep)).text.count("x") == 20_000
    assert time.monotonic() - begin < 60, "it grows with the depth"


def test_numbers_exponents_and_addresses_on_slides_are_read():
    def item(text, more="", kind="arabicPeriod"):
        return f'<a:p><a:pPr {more}><a:buAutoNum type="{kind}"/></a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>'

    run = '<a:r><a:rPr baseline="{}"/><a:t>{}</a:t></a:r>'
    link = '<a:r><a:rPr><a:hlinkClick r:id="r1"/></a:rPr><a:t>{}</a:t></a:r>'
    body = item("open") + item("prime") + item("slowly", 'lvl="1"', "alphaLcParenR") + item("log")
    body += f"<a:p>{run.format(0, '10')}{run.format(30000, '6')}{run.format(0, ' CO')}{run.format(-25000, '2')}</a:p>"
    body += f"<a:p>{link.format('the ')}{link.format('plan')}</a:p>" + item("again")
    with zipfile.ZipFile(io.BytesIO(make_pptx([f"<p:sp><p:txBody>{body}</p:txBody></p:sp>"]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    target = f'<Relationship Id="r1" TargetMode="External" Type="{office_files.KIND}hyperlink" Target="https://a.example/p"/>'
    parts["ppt/slides/_rels/slide1.xml.rels"] = f"<Relationships>{target}</Relationships>"
    assert read("a.pptx", make_zip(parts)).text.splitlines() == [
        "1. open", "2. prime", "a) slowly", "3. log", "10^6 CO_2", "the plan (https://a.example/p)", "1. again", "",
    ]  # fmt: skip
