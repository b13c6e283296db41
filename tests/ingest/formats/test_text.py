import codecs
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.chunk import chunk
from jupyter_localai.ingest.formats.text import decode, line_starts, read_markdown, read_plain, read_rst, refuse_binary
from jupyter_localai.text.sentences import sentence_spans


def markdown(text):
    return read_markdown(text.encode(), "/notes/field_notes-2031.md")


def rst(text):
    return read_rst(text.encode(), "/notes/field_notes-2031.rst")


def headings(document):
    return [place.anchor.heading for place in document.places]


def lines(document):
    return [place.anchor.line for place in document.places]


def assert_places_fit(document):
    """Check that places are in order, do not overlap, lose no text, and start on the line that they name."""
    assert line_starts(document.text) == sorted(set(line_starts(document.text)))
    end = 0
    for place in document.places:
        assert end <= place.start < place.end <= len(document.text)
        assert not document.text[end : place.start].strip()
        assert line_starts(document.text)[place.anchor.line - 1] == place.start
        end = place.end
    assert not document.text[end:].strip()


# -- decoding ------------------------------------------------------------------------------------

SENTENCE = "Naïve café — the gauge reads 3 °C; Größe 日本 🌊.\nSecond line.\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("read", [read_plain, read_markdown, read_rst])
def test_text_is_the_decoded_file_with_its_line_ends(read, newline):
    text = newline.join(["Title", "=====", "", "Words – more.", ""])
    document = read(text.encode(), "a.txt")
    assert document.text == text
    assert document.warnings == ()
    assert document.places[0].start == 0
    assert document.places[-1].end == len(text)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_says_the_encoding_and_is_not_text(mark, encoding):
    data = mark + SENTENCE.encode(encoding)
    refuse_binary(data)
    assert decode(data) == (SENTENCE, [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_recognised(encoding):
    text = "The café is open.\nEntrée: 5 €\n"
    refuse_binary(text.encode(encoding))
    decoded, warnings = decode(text.encode(encoding))
    assert decoded == text
    assert warnings == [f"Not UTF-8; read as {encoding}."]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (
            "latin-1",
            "El señor Muñoz llegó mañana a la estación. ¿Cuándo empezó la reunión? También habló del año próximo.",
        ),
        (
            "cp1252",
            "„Der Bär“ – sagte der Jäger – „hat über Nacht die schöne Gärtnerei völlig zerstört“. Größe und Maße.",
        ),
        (
            "cp1251",
            "Приливная обсерватория открыта каждый день. Измерения уровня моря записываются каждые десять минут.",
        ),
        (
            "koi8-r",
            "Приливная обсерватория открыта каждый день. Измерения уровня моря записываются каждые десять минут.",
        ),
        ("shift_jis", "潮位観測所は毎日開いています。海面の高さは十分ごとに記録され、毎月手作業で確認されます。"),
        ("gb18030", "潮汐观测站每天开放。海平面每十分钟记录一次，并由工作人员手工检查。观测员在日志中记录天气情况。"),
        ("euc-kr", "조석 관측소는 매일 문을 엽니다. 해수면 높이는 십 분마다 기록되며 매달 손으로 확인합니다."),
        ("cp1253", "Το παλιρροιακό παρατηρητήριο είναι ανοιχτό κάθε μέρα. Οι μετρήσεις καταγράφονται κάθε δέκα λεπτά."),
    ],
)
def test_older_encodings_are_recognised_and_named(encoding, text):
    text = f"{text}\n" * 5
    document = read_plain(text.encode(encoding), "a.txt")
    assert document.text == text
    assert len(document.warnings) == 1
    assert document.warnings[0].startswith("Not UTF-8; read as ")


def test_a_wrong_byte_order_mark_is_an_error():
    with pytest.raises(ReadError) as caught:
        decode(codecs.BOM_UTF8 + b"caf\xe9")
    assert caught.value.code == "wrong_encoding"
    assert caught.value.remedy


def test_an_unknown_encoding_is_an_error():
    with pytest.raises(ReadError) as caught:
        decode(bytes(range(1, 256)) * 3)
    assert caught.value.code == "wrong_encoding"


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_can_be_stored_or_an_error_of_ours(data):
    try:
        refuse_binary(data)
        document = read_plain(data, "a.txt")
    except ReadError as error:
        assert error.code in ("binary", "private_key", "wrong_encoding")
        return
    document.text.encode("utf-8")
    document.title.encode("utf-8")


@pytest.mark.parametrize(
    "data", [b"text\x00with a zero", b"a" * 60_000 + b"\x00", bytes(100_000) + b"09:12 started\n09:13 stopped\n"]
)
def test_zero_bytes_in_a_log_are_spaces(data):
    document = read_plain(data, "a.log")
    assert document.text == data.decode().replace("\x00", " ")


WESTERN = {
    "de": "Die Fähre fährt täglich. „Schöne Grüße“ – sagt er. Größere Boote müssen früher ablegen. Die Gebühr: 12 €.",
    "fr": "La réunion a été reportée à l’été prochain, après la fête. Le procès-verbal était prêt à être signé.",
    "pt": "A reunião não será amanhã; a decisão está na comissão. Você pagará até quinta-feira. São ações.",
    "sv": "Båten går på söndag. Vädret är dåligt så vi får vänta på ön. Priset är fyrtio kronor för varje gäst.",
    "it": "La riunione è già finita perché c’è stato un problema. Più tardi sarà tutto più chiaro, così è la vita.",
}
OTHERS = {
    "cp1250": "Łódź odpływa w każdą środę. Opłata wynosi dwanaście złotych. Większe łodzie muszą odpłynąć wcześniej.",
    "cp1251": "Паром отправляется каждый день в девять часов. Плата составляет двенадцать крон.",
    "cp1254": "Gemi her gün saat dokuzda kalkıyor. Ücret on iki liradır. Büyük tekneler daha erken ayrılmalıdır, "
    "çünkü akıntı onlar için tehlikeli. Şimdi değil.",
}


@pytest.mark.parametrize("language", WESTERN)
def test_windows_1252_is_recognised(language):
    text, warnings = decode(WESTERN[language].encode("cp1252"))
    assert text == WESTERN[language] and warnings == ["Not UTF-8; read as cp1252."]


@pytest.mark.parametrize("encoding", OTHERS)
def test_its_neighbours_are_told_from_it(encoding):
    assert decode(OTHERS[encoding].encode(encoding))[0] == OTHERS[encoding]


@pytest.mark.parametrize("declared", ["iso-8859-1", "latin1", "us-ascii", "windows-1252"])
def test_what_declares_latin_1_may_have_quotation_marks(declared):
    assert decode("“5 €” – naïve".encode("cp1252"), declared)[0] == "“5 €” – naïve"


# -- what is no text -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04rest",
        b"\xd0\xcf\x11\xe0rest",
        b"\x7fELFrest",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0rest",
        b"GIF89a",
        b"\x1f\x8b\x08rest",
        b"SQLite format 3\x00",
        b"{\\rtf1 text}",
        b"many\x00zeros\x00on\x00a\x00line\n",
        b"\x00" * 100,
        b"text\x00and control\x01 letters",
        b"text\x00and \xff\xfe bytes",
        b"a.txt".ljust(257, b"\x00") + b"ustar  \x00" + b"words\n" * 90,
    ],
)
@pytest.mark.parametrize(
    "refuse", [refuse_binary, lambda data: read_markdown(data, "a.md"), lambda data: read_rst(data, "a.rst")]
)
def test_binary_content_is_refused(refuse, data):
    with pytest.raises(ReadError) as caught:
        refuse(data)
    assert caught.value.code == "binary"
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_key_is_refused_whatever_the_file_is_called(kind):
    data = f"Comment\n-----BEGIN {kind}PRIVATE KEY-----\nMIIE\n".encode()
    with pytest.raises(ReadError) as caught:
        read_markdown(data, "notes.md")
    assert caught.value.code == "private_key"


def test_public_key_is_text():
    refuse_binary(b"-----BEGIN PUBLIC KEY-----\nMIIE\n")


# -- plain text ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Gauge log\n\nThe gauge was offline.\n", "Gauge log"),
        ("\n\n  Gauge log  \r\nThe gauge was offline.\r\n", "Gauge log"),
        ("Only one line", ""),
        ("ab\nmore\n", ""),
        ("-----\nmore\n", ""),
        ("x" * 201 + "\nmore\n", ""),
        ("日本語\n本文\n", "日本語"),
        (" \n\n", ""),
    ],
)
def test_title_is_a_short_first_line_or_nothing(text, title):
    assert read_plain(text.encode(), "/notes/field_notes-2031.txt").title == title


def test_plain_text_is_one_place_from_line_one():
    document = read_plain(b"One\nTwo\n", "a.txt")
    assert document.kind == "text"
    assert [(place.start, place.end, place.anchor.line) for place in document.places] == [(0, 8, 1)]


def test_line_starts_count_every_kind_of_line_end_once():
    assert line_starts("a\nb\r\nc\rd\n") == [0, 2, 5, 7, 9]
    assert line_starts("") == [0]


# -- Markdown --------------------------------------------------------------------------------------


def test_headings_make_places_with_path_and_line():
    document = markdown(
        "Preface\n\n# Hand *book*\n\nIntro\n\n## Leave ##\nText\n### Sick\n\n## [Boats](b.md)\n\n# End\n"
    )
    assert headings(document) == [
        None,
        "Hand book",
        "Hand book > Leave",
        "Hand book > Leave > Sick",
        "Hand book > Boats",
        "End",
    ]
    assert lines(document) == [1, 3, 7, 9, 11, 13]
    assert document.title == "Hand book"
    assert_places_fit(document)


def test_a_skipped_level_does_not_end_the_section_above():
    assert headings(markdown("# A\n### C\n## B\n#### D\n")) == ["A", "A > C", "A > B", "A > B > D"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_heading_lines_are_those_of_an_editor(newline):
    document = markdown(newline.join(["# A", "text", "", "## B", "text", "Under", "-----", ""]))
    assert headings(document) == ["A", "A > B", "A > Under"]
    assert lines(document) == [1, 4, 6]
    assert_places_fit(document)


def test_underlined_headings():
    document = markdown("Handbook\n========\n\nIntro\n\nLeave\n---\n\nText\n")
    assert headings(document) == ["Handbook", "Handbook > Leave"]
    assert lines(document) == [1, 6]
    assert document.title == "Handbook"


@pytest.mark.parametrize(
    "text",
    [
        "#hashtag\n",
        "####### seven\n",
        "    # code\n",
        "#\n",
        "Text\n\n---\n\nText\n",
        "- item\n---\n",
        "> quote\n---\n",
        "a | b\n--- | ---\n1 | 2\n",
        "```sh\n# comment\nA\n===\n```\n",
        "~~~\n# a\n```\n# b\n~~~\n",
        "````\n```\n# a\n```\n````\n",
        "```\n``` not an end\n# a\n```\n",
        "```\n# never closed\n",
    ],
)
def test_what_only_looks_like_a_heading(text):
    document = markdown(text)
    assert headings(document) == [None]
    assert document.title == ""


def test_headings_count_again_after_a_fence():
    assert headings(markdown("```\n# no\n```\n# Yes\n")) == [None, "Yes"]


@pytest.mark.parametrize("value", ["The Title", '"The Title"', "'The Title'"])
def test_front_matter_names_the_title_and_has_no_headings(value):
    document = markdown(f"---\n# comment\ntitle: {value}\ntags: [a]\n---\n\n# Other\n")
    assert document.title == "The Title"
    assert headings(document) == [None, "Other"]
    assert lines(document) == [1, 7]


def test_front_matter_without_a_title_leaves_it_to_the_first_heading():
    assert markdown("---\nsubtitle: Nested\n---\n\n# Real\n").title == "Real"


def test_title_is_the_first_heading_of_level_one():
    assert markdown("## Small\n\n# Big\n\n# Second\n").title == "Big"
    assert markdown("## Small\n").title == ""


def test_empty_markdown_has_no_places():
    assert markdown("").places == ()


_MARKDOWN_LINES = st.sampled_from(
    [
        "# A",
        "## B",
        "###### F",
        "Text",
        "===",
        "---",
        "```",
        "~~~~",
        "- item",
        "| a | b |",
        "",
        "    code",
        "> q",
        "#",
        "日本",
    ]
)


@settings(max_examples=150)
@given(st.lists(_MARKDOWN_LINES, max_size=25), st.sampled_from(["\n", "\r\n", "\r"]))
def test_markdown_places_always_fit_the_text(parts, newline):
    text = newline.join(parts)
    document = markdown(text)
    assert document.text == text
    assert_places_fit(document)


# -- reStructuredText ------------------------------------------------------------------------------


def test_rst_levels_follow_the_order_of_the_underlines():
    document = rst("""\
========
Handbook
========

Intro

Leave
~~~~~

Sick
....

Boats
~~~~~

Annex
=====
""")
    # an overlined and a plain style of the same character are two levels
    assert headings(document) == [
        "Handbook",
        "Handbook > Leave",
        "Handbook > Leave > Sick",
        "Handbook > Boats",
        "Handbook > Boats > Annex",
    ]
    assert lines(document) == [1, 7, 10, 13, 16]
    assert document.title == "Handbook"
    assert document.kind == "rst"
    assert_places_fit(document)


@pytest.mark.parametrize(
    "text",
    [
        "Long title\n---\n",
        "Text\n\n-----\n\nText\n",
        "=====  =====\nA      B\n=====  =====\n",
        "+-----+\n| a   |\n+-----+\n",
        "Text\n..\n",
    ],
)
def test_what_only_looks_like_an_rst_heading(text):
    document = rst(text)
    assert headings(document) == [None]
    assert document.title == ""


def test_text_before_the_first_rst_heading_is_kept():
    document = rst("Preface\n\nTitle\n=====\n\nText\n")
    assert headings(document) == [None, "Title"]
    assert_places_fit(document)


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(["A title", "====", "========", "~~~~~~~~", "........", "", "text", "  in"]), max_size=25)
)
def test_rst_places_always_fit_the_text(parts):
    document = rst("\n".join(parts))
    assert_places_fit(document)


# each of these was read wrongly once


def test_plain_ascii_in_utf16_without_a_mark_is_text():
    document = read_plain("hello world\n".encode("utf-16-le"), "a.txt")
    assert document.text == "hello world\n"
    assert document.warnings == ("Not UTF-8; read as utf-16-le.",)


def test_a_few_western_letters_are_taken_as_western():
    assert read_plain("café crème\n".encode("latin-1"), "a.txt").text == "café crème\n"


def paths_of(text):
    return [place.anchor.heading for place in read_markdown(text.encode(), "a.md").places]


def test_inline_code_of_three_backticks_opens_no_fence():
    assert paths_of("# A\n\n```code``` is inline\n\n## B\n") == ["A", "A > B"]


def test_a_rule_after_a_fence_or_code_is_no_heading():
    assert paths_of("# A\n\n```\nx\n```\n---\n\n    code\n---\n") == ["A"]


def test_a_sharp_that_belongs_to_the_word_stays():
    assert paths_of("# C#\n\n## Notes ##\n") == ["C#", "C# > Notes"]


def test_an_empty_front_matter_ends_where_it_ends():
    assert paths_of("---\n---\n# A\n\ntext\n\n---\n\n# B\n") == [None, "A", "B"]


def test_an_rst_underline_is_no_overline_of_the_next_heading():
    places = read_rst(b"A\n===\nB\n===\n", "a.rst").places
    assert [(place.anchor.line, place.anchor.heading) for place in places] == [(1, "A"), (3, "B")]


@pytest.mark.parametrize("text", ["# a" + " " * 200_000 + "x", "." * 400_000 + "x", "```" * 100_000 + "a`"])
def test_reading_hostile_lines_takes_time_in_proportion(text):
    read_markdown(text.encode(), "a.md")
    assert sentence_spans(text)


@pytest.mark.parametrize("data", ["日本語のテキスト".encode()[:-1], ("Größe – Höhe. " * 50).encode() + b"\xff end"])
def test_broken_utf8_is_still_utf8(data):
    text, warnings = decode(data)
    assert text == data.decode("utf-8", "replace") and "Nearly UTF-8" in warnings[0]


# -- tables of Markdown ----------------------------------------------------------------------------


def pipe_table(rows):
    return "| Option | Default |\n|---|---:|\n" + "".join(f"| opt_{n} | {7 * n} |\n" for n in range(rows))


def test_a_long_table_repeats_its_column_names_and_keeps_its_lines():
    source = f"# Options\n\nAll of them.\n\n{pipe_table(60)}\nThe end.\n\n## More\n\ntext\n"
    document = read_markdown(source.encode(), "a.md")
    assert document.text.count("| Option | Default |") >= 5
    assert document.text.replace("\n| Option | Default |\n", "") == source.replace("\n| Option | Default |\n", "")
    lines = source.splitlines()
    for place in document.places:
        text = document.text[place.start : place.end]
        said = text.removeprefix("\n| Option | Default |\n")
        above = text[: len(text) - len(said)].count("\n")
        assert said.splitlines()[0] == lines[place.anchor.line + above - 1]
    assert {place.anchor.heading for place in document.places} == {"Options", "Options > More"}
    assert "".join(document.text[place.start : place.end] for place in document.places) == document.text


def test_each_chunk_of_a_long_table_has_the_column_names():
    document = read_markdown(f"# Options\n\n{pipe_table(60)}".encode(), "a.md")
    chunks = chunk(document, lambda text: [match.start() for match in re.finditer(r"\w+|[^\w\s]", text)], 256)
    rows = [piece for piece in chunks if "opt_" in piece.text]
    assert len(rows) > 3 and all("Option | Default" in piece.text for piece in rows)


@pytest.mark.parametrize(
    "source",
    [
        f"# Options\n\n{pipe_table(4)}\nThe end.\n",
        f"```\n{pipe_table(60)}```\n",
        "a | b\n" * 100,
        "| " + "long name | " * 50 + "\n|" + "---|" * 50 + "\n" + "| 1 " * 50 + "\n",
    ],
)
def test_what_is_no_long_table_stays_as_it_is(source):
    assert read_markdown(source.encode(), "a.md").text == source


@given(st.text("|-: \nab`#", max_size=200))
def test_any_markdown_keeps_what_it_says(source):
    document = read_markdown(source.encode(), "a.md")
    assert all(0 <= p.start <= p.end <= len(document.text) for p in document.places)
    assert set(source.split()) == set(document.text.split())
