"""Answers of a JSON object per line, however they are cut, and what is none."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.lines import Broken, Lines, NotReached, NotTheProtocol, Silent, named_errors, parsed

# what other rules take for the end of a line is text in a JSON string
texts = st.text('a \x85\u2028\u2029日é\\"\n', max_size=8)
objects = st.dictionaries(texts, texts | st.integers() | st.none(), max_size=3)


@given(st.lists(objects | st.none(), max_size=6), st.lists(st.integers(0, 200)), st.booleans())
def test_lines_are_the_same_however_they_are_cut(answer, cuts, ends):
    whole = b"\n".join(b"" if o is None else json.dumps(o, ensure_ascii=False).encode() for o in answer)
    whole += b"\n" if ends and answer else b""
    at = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    lines, got = Lines(10_000), []
    for start, end in itertools.pairwise(at):
        got += lines.feed(whole[start:end])
    last = lines.end()
    assert [line for line in [*got, last] if line is not None] == [o for o in answer if o is not None]
    assert len(got) == whole.count(b"\n")  # blank ones are seen, too, as soon as they are there


@pytest.mark.parametrize("pieces", [[b"x" * 11], [b"x" * 6, b"x" * 5], [b"{}\n" + b" " * 11]])
def test_a_line_has_an_end(pieces):
    lines = Lines(10)
    with pytest.raises(NotTheProtocol, match="10 bytes"):
        for piece in pieces:
            list(lines.feed(piece))


def test_many_lines_may_be_longer_together():
    lines = Lines(10)
    assert list(lines.feed(b'{"a": 1}\n' * 5)) == [{"a": 1}] * 5
    assert lines.end() is None


@pytest.mark.parametrize("line", ["[1]", "hello", "1", '{"a": ', "[" * 100_000, b"\xff\xfe{}", "null"])
def test_what_is_no_object_is_refused(line):
    with pytest.raises(NotTheProtocol):
        parsed(line)


@pytest.mark.parametrize(
    "error, is_taken, named",
    [
        (TimeoutError(), True, Silent),
        (ConnectionResetError(), True, Broken),
        (ConnectionResetError(), False, NotReached),
        (TimeoutError(), False, Silent),
        (KeyError("x"), True, KeyError),
    ],
)
def test_errors_of_a_transport_have_three_names(error, is_taken, named):
    with pytest.raises(named), named_errors((TimeoutError,), (OSError,), lambda: is_taken):
        raise error
