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
