import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats.notebook import read
from jupyter_localai.results import saved
from jupyter_localai.results.mime import ANSWER as OWN_OUTPUT


def markdown_cell(source, **more):
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def code_cell(source="", outputs=(), **more):
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "source": source,
        "outputs": list(outputs),
        **more,
    }


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def shown(data, output_type="display_data"):
    return {"output_type": output_type, "metadata": {}, "execution_count": 1, "data": data}


def notebook(*cells, minor=5, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": list(cells), **more}).encode()


def document(*cells, **more):
    return read(notebook(*cells, **more), "/work/tide_analysis.ipynb")


def texts(document):
    return [document.text[place.start : place.end].strip() for place in document.places]


def refused(data):
    with pytest.raises(ReadError) as caught:
        read(data, "a.ipynb")
    assert caught.value.code == "corrupted"
    assert caught.value.remedy
    return caught.value


# -- cells -----------------------------------------------------------------------------------------


def test_a_place_per_cell_with_number_id_and_headings():
    made = document(
        markdown_cell("# Tide *analysis*\n\nIntro", id="aa"),
        code_cell("import os", id="bb"),
        code_cell("", id="empty"),
        markdown_cell(["## Spikes\n", "\n", "Text"], id="dd"),
        code_cell("remove()", id="ee"),
        markdown_cell("# Next", id="ff"),
        {"cell_type": "raw", "metadata": {}, "source": "raw text", "id": "gg"},
    )
    assert (made.kind, made.title, made.warnings) == ("notebook", "Tide analysis", ())
    assert texts(made) == [
        "# Tide *analysis*\n\nIntro",
        "import os",
        "## Spikes\n\nText",
        "remove()",
        "# Next",
        "raw text",
    ]
    anchors = [place.anchor for place in made.places]
    assert [anchor.cell for anchor in anchors] == [0, 1, 3, 4, 5, 6]
    assert [anchor.cell_id for anchor in anchors] == ["aa", "bb", "dd", "ee", "ff", "gg"]
    assert [anchor.heading for anchor in anchors] == [
        "Tide analysis",
        "Tide analysis",
        "Tide analysis > Spikes",
        "Tide analysis > Spikes",
        "Next",
        "Next",
    ]


def test_places_follow_each_other_and_cover_the_text():
    made = document(*(code_cell(f"x = {number}", [stream("out\n")]) for number in range(5)))
    assert made.places[0].start == 0
    assert made.places[-1].end == len(made.text)
    assert all(a.end == b.start for a, b in zip(made.places, made.places[1:], strict=False))


def test_a_notebook_without_a_heading_has_no_title():
    assert document(code_cell("# a comment\nx = 1")).title == ""


def test_cells_without_ids_have_none():
    assert document(code_cell("x = 1"), minor=4).places[0].anchor.cell_id is None


def test_a_byte_order_mark_is_no_obstacle():
    assert texts(read(b"\xef\xbb\xbf" + notebook(code_cell("x")), "a.ipynb")) == ["x"]


def test_empty_notebook_says_so():
    made = document(code_cell(""), markdown_cell(" \n"))
    assert (made.text, made.places) == ("", ())
    assert made.warnings == ("The notebook has no text.",)


def test_format_version_3():
    cells = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": "Old tides"},
        {
            "cell_type": "code",
            "language": "python",
            "collapsed": False,
            "metadata": {},
            "input": "print(1)",
            "prompt_number": 1,
            "outputs": [
                {"output_type": "stream", "stream": "stdout", "text": "one\n"},
                {"output_type": "pyout", "prompt_number": 1, "metadata": {}, "text": ["two"]},
                {"output_type": "pyerr", "ename": "ValueError", "evalue": "too high", "traceback": ["frame"]},
            ],
        },
    ]
    data = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    made = read(json.dumps(data).encode(), "old.ipynb")
    assert texts(made) == ["## Old tides", "print(1)\n\none\n\n\ntwo\n\nframe\nValueError: too high"]
    assert made.title == "Old tides"
    assert [place.anchor.cell for place in made.places] == [0, 1]
    assert made.places[1].anchor.heading == "Old tides"


def test_format_version_2():
    cells = [{"cell_type": "code", "language": "python", "collapsed": False, "input": "print(2)", "outputs": []}]
    data = {"nbformat": 2, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    assert texts(read(json.dumps(data).encode(), "old.ipynb")) == ["print(2)"]


# -- outputs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (stream("printed\n"), "printed"),
        (stream(["one\n", "two\n"]), "one\ntwo"),
        (shown({"text/plain": "42"}, "execute_result"), "42"),
        (shown({"text/plain": ["4", "2"]}), "42"),
        (shown({"text/plain": "<Markdown>", "text/markdown": "*bold*"}), "*bold*"),
        (shown({"text/plain": "a  b\n1  2", "text/html": "<table></table>"}), "a  b\n1  2"),
        (shown({"application/json": {"größe": 3}}), '{"größe": 3}'),
        (
            {"output_type": "error", "ename": "ValueError", "evalue": "too high", "traceback": ["a frame"]},
            "a frame\nValueError: too high",
        ),
        (shown({"text/html": "<b>only html</b>"}), "only html"),
        (shown({"text/html": "<p>3.71 m</p>", "text/plain": "<IPython.core.display.HTML object>"}), "3.71 m"),
        (shown({"text/html": "<p>as text</p>", "text/plain": "as a plain text"}), "as a plain text"),
        (
            shown(
                {"text/html": "<table><tr><th>Port<th>Tide<tr><td>A<td>3</table>", "text/plain": "  Port Tide\n0 A 3"}
            ),
            "Port | Tide\nA | 3",
        ),
        (
            shown({"text/html": "<table id=T_1><tr><td>A<td>2.09</table>", "text/plain": "<a.Styler at 0x7f1b>"}),
            "A | 2.09",
        ),
        (shown({"image/png": "iVBORw0KGgo=", "text/plain": "Tides in May"}), "[picture: Tides in May]"),
        ({**shown({"image/png": "iVBORw0KGgo="}), "metadata": {"alt": "Tides"}}, "[picture: Tides]"),
        (shown({"application/vnd.plotly.v1+json": {"layout": {"title": {"text": "Salt"}}}}), "[picture: Salt]"),
        (shown({"text/latex": ["$x$"]}), "$x$"),
    ],
)
def test_output_text(output, expected):
    assert texts(document(code_cell("x", [output]))) == [f"x\n\n{expected}"]


@pytest.mark.parametrize(
    "output",
    [
        shown({"text/html": "<script>draw()</script>"}),
        shown({"image/png": "iVBORw0KGgo="}),
        shown({"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 640x480 with 1 Axes>"}),
        shown({"text/plain": "<matplotlib.lines.Line2D at 0x7f30>"}),
        shown({"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "  0%| | 0/9"}),
        shown({OWN_OUTPUT: {"text": "an answer"}, "text/plain": "an answer", "text/markdown": "an answer"}),
        shown({}),
        stream("   \n"),
        {"output_type": "unheard of", "text": "x"},
    ],
)
def test_output_that_is_left_out(output):
    assert texts(document(code_cell("x", [output]))) == ["x"]


def test_an_answer_of_ours_does_not_take_its_neighbours_with_it():
    own = shown({OWN_OUTPUT: {}, "text/plain": "an answer"})
    assert texts(document(code_cell("%ask q", [stream("before\n"), own, stream("after\n")]))) == [
        "%ask q\n\nbefore\n\n\nafter"
    ]


def test_a_cell_with_nothing_but_output_counts():
    assert texts(document(code_cell("", [stream("printed\n")]))) == ["printed"]


@pytest.mark.parametrize(
    "output",
    [
        stream("\x1b[1;31mred\x1b[0m \x1b[2Kplain"),
        stream("\x1b]0;a title\x07red \x1b7plain"),
        shown({"text/plain": "\x1b[31mred\x1b[39m plain"}),
    ],
)
def test_terminal_colours_are_stripped(output):
    assert texts(document(code_cell("x", [output]))) == ["x\n\nred plain"]


def test_of_a_progress_bar_in_many_pieces_the_last_state_is_read():
    bar = [stream(f"\r{n}0%|##  | {n}/10") for n in range(11)]
    assert texts(document(code_cell("x", [*bar, stream("\nloss 0.4\r\nend\n")]))) == [
        "x\n\n100%|##  | 10/10\nloss 0.4\nend"
    ]


def test_a_long_traceback_is_its_last_frames():
    trace = ["\x1b[31m-----\x1b[0m", *(f"File a.py:{n} in step\n  call()" for n in range(100)), "ValueError: too high"]
    error = {"output_type": "error", "ename": "ValueError", "evalue": "too high", "traceback": trace}
    text = texts(document(code_cell("x", [error])))[0]
    assert "a.py:99" in text and "a.py:50" not in text and text.count("too high") == 1


@pytest.mark.parametrize("trace", [None, 3, [3, None], "text", [["a"]]])
def test_a_traceback_that_is_none_costs_only_itself(trace):
    error = {"output_type": "error", "ename": "E", "evalue": "too high", "traceback": trace}
    assert texts(document(code_cell("x", [error])))[0].endswith("E: too high")


def test_of_a_long_output_beginning_and_end_are_read():
    made = document(code_cell("x", [stream("epoch\n" * 10_000 + "final accuracy 0.873\n")]))
    assert texts(made)[0].endswith("final accuracy 0.873") and "…" in made.text


def test_huge_output_is_cut_and_the_cells_after_it_stay():
    made = document(code_cell("x", [stream("word " * 1_000_000)]), markdown_cell("The end"))
    assert len(made.text) < 25_000
    assert texts(made)[1] == "The end"


# -- what is no notebook ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"not json",
        b"{",
        b"null",
        b"[1, 2]",
        b'"text"',
        b"{}",
        b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
        b'{"nbformat": 1000000000, "nbformat_minor": 0, "metadata": {}, "cells": []}',
        b'{"nbformat": "4", "nbformat_minor": 5, "metadata": {}, "cells": []}',
        notebook(code_cell("x = 1"))[:-40],
    ],
)
def test_corrupted_notebook_is_an_error_of_ours(data):
    refused(data)


@pytest.mark.parametrize("closing", [b"", b"]" * 100_000 + b"}"])
def test_deep_nesting_is_an_error_and_not_a_crash(closing):
    refused(b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ' + b"[" * 100_000 + closing)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "text", "# Head", "code", "stream"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "text/plain", "id"]), inner, max_size=2)
    ),
    max_leaves=6,
)
_cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | _json,
        "source": _json,
        "metadata": _json,
        "outputs": _json
        | st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "output_type": st.sampled_from(["stream", "error", "display_data"]) | _json,
                    "text": _json,
                    "data": _json,
                    "ename": _json,
                },
            ),
            max_size=2,
        ),
    },
)


@settings(max_examples=150)
@given(cells=st.lists(_cells | _json, max_size=4) | _json, version=st.integers(0, 5), minor=st.integers(0, 9) | _json)
def test_any_json_is_a_notebook_or_an_error_of_ours(cells, version, minor):
    data = {
        "nbformat": version,
        "nbformat_minor": minor,
        "metadata": {},
        "cells": cells,
        "worksheets": [{"cells": cells}],
    }
    try:
        made = read(json.dumps(data).encode(), "a.ipynb")
    except ReadError as error:
        assert error.code == "corrupted"
        return
    assert "".join(made.text[place.start : place.end] for place in made.places) == made.text


def test_two_reads_of_an_old_notebook_agree():
    sheet = {"cells": [{"cell_type": "markdown", "source": "x"}]}
    raw = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [sheet]}).encode()
    assert read(raw, "a.ipynb") == read(raw, "a.ipynb")
    assert read(raw, "a.ipynb").places[0].anchor.cell_id is None


def test_what_looks_like_a_heading_in_a_fence_is_none():
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# A\n```\n# not\n```"}
    raw = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}).encode()
    assert read(raw, "a.ipynb").places[0].anchor.heading == "A"


@pytest.mark.parametrize("mark", [saved.FILE, saved.CELL, "%%markdown\n" + saved.FILE])
def test_answers_that_were_put_into_cells_are_left_out(mark):
    kept = document(
        markdown_cell("Our own words."),
        markdown_cell(mark + "There were 312 seals."),
        code_cell(mark + "There were 312 seals.", [shown({"text/markdown": mark + "There were 312 seals."})]),
        code_cell("talk", [shown({"text/markdown": saved.FILE + "There were 312 seals."})]),
    )
    assert "312" not in kept.text and "Our own words." in kept.text and "talk" in kept.text


def test_the_words_of_a_drawing_are_read():
    drawing = "<svg><title>Tide curve</title><path d='M5 10'/><text>High water 3.71 m</text></svg>"
    outputs = [shown({"image/svg+xml": drawing, "text/plain": "<IPython.core.display.SVG object>"})]
    outputs += [shown({"image/svg+xml": "<svg><path d='M5 10'/></svg>"}), shown({"image/svg+xml": "not xml"})]
    assert document(code_cell("x", outputs)).text.strip() == "x\n\n[picture: Tide curve High water 3.71 m]"
