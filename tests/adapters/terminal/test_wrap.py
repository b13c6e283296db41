"""A streamed answer is broken between words, wherever its pieces end."""

import itertools
import textwrap

from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.adapters.terminal.wrap import WrappedWriter


def written(pieces, width):
    out = []
    writer = WrappedWriter(out.append, width)
    for piece in pieces:
        writer.add(piece)
    writer.end()
    return "".join(out)


@given(st.text(alphabet="ab \n", max_size=80), st.lists(st.integers(0, 80), max_size=10))
def test_the_cuts_of_the_stream_do_not_matter(text, cuts):
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b] for a, b in itertools.pairwise(edges)]
    whole = written(pieces, 12)
    assert whole == written([text], 12)
    assert whole.split() == text.split(), "words stay whole and none is lost"


def test_lines_are_broken_as_a_book_does():
    text = "the quick brown fox jumps over the lazy dog " * 3
    assert [line.rstrip() for line in written([text], 20).splitlines()] == textwrap.wrap(text, 20)


def test_wide_letters_count_twice():
    assert written(["日本 日本 日本"], 9) == "日本 日本\n日本"
