"""XML: documents are read as text with headings, data as it stands in the file."""

from jupyter_localai.ingest.read import read
from tests.support.office_files import KIND, W, p


def test_sentences_with_markup_inside_become_text():
    data = "<?xml version='1.0' encoding='iso-8859-1'?><book><sec><title>Tides</title><para>High <b>water</b> at"
    data += " Höhe <i>3</i>.</para><sec><title>Ebb</title><para>Low <b>water</b> later.</para></sec></sec></book>"
    document = read("a.xml", data.encode("latin-1"))
    assert document.text == "Tides\n\nHigh water at Höhe 3.\n\nEbb\n\nLow water later.\n\n"
    assert [place.anchor.heading for place in document.places] == ["Tides", "Tides > Ebb"]
    assert (document.title, document.kind) == ("Tides", "xml")


def test_data_stays_as_it_is():
    data = '<?xml version="1.0"?>\n<ports>\n <port name="Gull" depth="3.2"/>\n <note>words</note>\n</ports>\n'
    document = read("a.xml", data.encode())
    assert document.text == data and document.kind == "text"
    assert read("a.xml", b"<not <xml").text == "<not <xml"


def test_a_word_document_in_one_file():
    relation = f'<Relationship Id="r1" Type="{KIND}officeDocument" Target="word/document.xml"/>'
    parts = {
        "/_rels/.rels": f"<Relationships>{relation}</Relationships>",
        "/word/document.xml": f"<w:document {W}><w:body>{p('In Word.')}</w:body></w:document>",
    }
    body = "".join(f'<pkg:part pkg:name="{n}"><pkg:xmlData>{x}</pkg:xmlData></pkg:part>' for n, x in parts.items())
    data = f'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{body}</pkg:package>'
    document = read("a.xml", data.encode())
    assert (document.text, document.kind) == ("In Word.\n\n", "word")


def test_entities_are_neither_expanded_nor_loaded():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = read("a.xml", f"{bomb}<x><p>one &a;<b>two</b> &f; three</p></x>".encode()).text
    assert "root:" not in text and "aaaa" not in text


def test_raised_and_lowered_letters_are_told_from_those_on_the_line():
    data = b"<p>Area in m<sup>2</sup>, 10<superscript>6</superscript> litres of CO<sub>2</sub>, <b>the</b> end</p>"
    assert read("a.xml", data).text == "Area in m^2, 10^6 litres of CO_2, the end\n\n"


def test_a_workbook_of_2003_is_read_as_shown_whatever_its_suffix():
    names = (
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    )

    def cell(text, kind="String", more="", inner=""):
        return f'<Cell {more}><Data ss:Type="{kind}">{text}</Data>{inner}</Cell>'

    styles = '<Styles><Style ss:ID="m"><NumberFormat ss:Format="0.0&quot; m&quot;"/></Style></Styles>'
    rows = f"<Row>{cell('Rope')}{cell('Length')}{cell('Since')}{cell('x')}</Row>"
    metres, note = "ss:StyleID='m'", "<Comment><Data>Worn.</Data></Comment>"
    rows += f"<Row ss:Index='2'>{cell('Long', inner=note)}{cell('75', 'Number', metres)}"
    rows += f"{cell('2031-03-04T00:00:00.000', 'DateTime')}{cell('secret')}</Row>"
    rows += f"<Row ss:Hidden='1'>{cell('secret row')}</Row>"
    sheet = f'<Worksheet ss:Name="A"><Table><Column ss:Index="4" ss:Hidden="1"/>{rows}</Table></Worksheet>'
    hidden = f"<Worksheet ss:Name='B'><Table><Row>{cell('secret sheet')}</Row></Table>"
    hidden += "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>"
    book = f"<Workbook {names}>{styles}{sheet}{hidden}</Workbook>"
    data = f"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?>{book}"
    for name in ("a.xls", "a.xml"):
        document = read(name, data.encode())
        assert document.text == "Rope | Length | Since\nLong | 75.0 m | 2031-03-04\n\nComment: Worn.\n\n"
        assert [place.anchor.row for place in document.places] == [1, 2, 2]
        assert [w.split("read: ")[1] for w in document.warnings] == ["1 row and 1 column of sheet 'A'.", "sheet 'B'."]


def test_a_letter_of_2003_is_read_with_its_headings_and_numbers():
    names = 'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" xmlns:wx="x"'
    styles = "<w:styles><w:style w:styleId='H'><w:name w:val='heading 1'/></w:style></w:styles>"
    number = '<w:pPr><w:listPr><w:ilvl w:val="0"/><wx:t wx:val="2."/></w:listPr></w:pPr>'
    body = f"<wx:sect>{p('Duties', 'H')}<w:p>{number}<w:r><w:t>Pay.</w:t></w:r></w:p></wx:sect>"
    data = f"<?xml version='1.0'?><w:wordDocument {names}>{styles}<w:body>{body}</w:body></w:wordDocument>".encode()
    for name in ("a.doc", "a.xml"):
        document = read(name, data)
        assert document.text == "Duties\n\n2. Pay.\n\n"
        assert document.places[0].anchor.heading == "Duties"
