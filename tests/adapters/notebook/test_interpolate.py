"""Expressions in double braces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.adapters.notebook import interpolate
from jupyter_localai.errors import UsageError
from jupyter_localai.results.answers import Answer


def filled(text: str, **names: object) -> str:
    marked, expressions = interpolate.mark(text)
    return interpolate.fill(marked, interpolate.values(expressions, names))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("is {{x}} it", "is 5 it"),
        ("{{ x }}{{x+1}}", "56"),
        ('{{ {"a": 1}["a"] }}', "1"),
        ('{{{"a": {1: 2}}["a"]}}', "{1: 2}"),
        ("{{ '}}' }}!", "}}!"),
        ("{{x}}}", "5}"),
        ("{x} ${x} {{x", "{x} ${x} {{x"),
        ("a }} b {{x}}", "a }} b 5"),
        ("{{ again }}", "{{x}} {x}"),
        ("{{ [1, 'two', (3.0, again)] }}", "1, two, 3.0, {{x}} {x}"),
        ("{{ [y for y in range(x) if y != x] }}", "0, 1, 2, 3, 4"),
        ("{{ answer }}", "Yes [1]."),
        ("", ""),
    ],
)
def test_values_are_put_in_once(text, result):
    assert filled(text, x=5, again="{{x}} {x}", answer=Answer("q", "Yes [1].", "llm")) == result


@pytest.mark.parametrize(
    "text", ["{{ }}", "{{ nothing }}", "{{ 1 + }}", "{{ import os }}", "{{ x; x }}", "{{ 1 / 0 }}"]
)
def test_what_has_no_value_is_told(text):
    with pytest.raises(UsageError, match="has no value") as told:
        filled(text, x=5)
    assert told.value.code == "bad_expression" and text.strip("{} ") in told.value.message


def test_values_are_bounded():
    with pytest.raises(UsageError, match="exceeds 10,000 characters"):
        filled("{{ 'x' * 9_000 }} {{ 'y' * 2_000 }}")


def test_a_name_can_be_looked_up_inside_and_is_not_changed():
    names = {"x": 5}
    marked, expressions = interpolate.mark("{{ (x := 6) }}")
    assert interpolate.values(expressions, names) == ["6"] and names == {"x": 5} and marked


def test_tables_have_their_index_when_it_says_something():
    import pandas

    frame = pandas.DataFrame({"wind\nspeed": [1.5, None]}, index=pandas.Index(["Mon", "Tue"], name="day"))
    table = "\n| day | wind speed |\n| --- | --- |\n| Mon | 1.5 |\n| Tue | nan |\n"
    assert filled("{{ frame }}", frame=frame) == table
    series = pandas.Series(["x" * 300], name="s")
    assert filled("{{ series }}", series=series) == f"\n| s |\n| --- |\n| {'x' * 99}… |\n"
    wide = pandas.DataFrame([[1, 2]], columns=pandas.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    assert "| ('a', 'b') | ('a', 'c') |" in filled("{{ wide }}", wide=wide)


@given(st.text(alphabet="{}x \ufdd00\ufdd1'", max_size=30), st.text(alphabet="{}x\ufdd00\ufdd1", max_size=20))
def test_a_value_is_never_read_again(text, value):
    """Whatever the line is, a value comes out as it is, as often as it was asked for."""
    try:
        marked, expressions = interpolate.mark(text)
    except UsageError:
        return
    if set(expressions) <= {"x"}:
        asked = interpolate.fill(marked, interpolate.values(expressions, {"x": value}))
        assert asked == interpolate.fill(marked, ["@"] * len(expressions)).replace("@", value)
