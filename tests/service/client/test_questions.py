"""Questions to measure with: what a file may hold, and every mistake told with its line."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.errors import UsageError
from jupyter_localai.results.scores import Expected, Question
from jupyter_localai.service.client.questions import read


@pytest.fixture
def lines(tmp_path):
    def write(*lines):
        path = tmp_path / "questions.jsonl"
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        return path

    return write


def test_each_line_is_a_question_and_where_it_leads(lines):
    path = lines(
        '\ufeff{"question": " Why? ", "file": "report.pdf", "page": 3, "quote": "because"}',
        '{"question": "Who?", "file": ["a.md", "b.md"], "page": [1, 2]}\r',
        '{"question": "What?", "expected": [{"file": "a.md"}, {"quote": ["x", "y"]}]}',
        "",
        "  ",
    )
    assert read(path) == read(str(path))
    assert read(path) == [
        Question("Why?", (Expected(("report.pdf",), (3,), ("because",)),), 1),
        Question("Who?", (Expected(("a.md", "b.md"), (1, 2)),), 2),
        Question("What?", (Expected(("a.md",)), Expected(quotes=("x", "y"))), 3),
    ]


def test_a_list_will_do_and_questions_can_be_asked_again(lines):
    told = [{"question": "Why?", "page": 3}, {"question": "Who?", "expected": [{"file": "a.md"}]}]
    found = read(told)
    assert [question.number for question in found] == [1, 2]
    assert read(found) == found == read(lines(*map(json.dumps, told)))


BAD = [
    ("not json", "is not JSON"),
    ("[" * 100_000, "is not JSON"),
    ("9" * 5000, "is not JSON"),
    ("", "is empty"),
    ("[1]", "is not an object"),
    ("{}", "has no question"),
    ('{"question": 3, "page": 1}', "question must be a text"),
    ('{"question": "?!", "page": 1}', "has no words"),
    ('{"question": "' + "why " * 9000 + '", "page": 1}', "36,0"),
    ('{"question": "Why?"}', "does not say what is expected"),
    ('{"question": "Why?", "fiel": "a"}', "Did you mean 'file'"),
    ('{"question": "Why?", "file": ""}', "file must be"),
    ('{"question": "Why?", "file": 3}', "file must be"),
    ('{"question": "Why?", "file": null}', "file must be"),
    ('{"question": "Why?", "page": "3"}', "page must be"),
    ('{"question": "Why?", "page": 0}', "page must be"),
    ('{"question": "Why?", "page": true}', "page must be"),
    ('{"question": "Why?", "page": 1.5}', "page must be"),
    ('{"question": "Why?", "page": []}', "page is an empty list"),
    ('{"question": "Why?", "quote": "…"}', "quote must be"),
    ('{"question": "Why?", "quote": ["a", {}]}', "quote must be"),
    ('{"question": "Why?", "expected": []}', "expected must be a list"),
    ('{"question": "Why?", "expected": {"page": 1}}', "expected must be a list"),
    ('{"question": "Why?", "expected": [3]}', "expected must be a list"),
    ('{"question": "Why?", "expected": [{}]}', "does not say what is expected"),
    ('{"question": "Why?", "expected": [{"page": 1, "question": "x"}]}', "a key 'question'"),
    ('{"question": "Why?", "expected": [{"page": 1}], "page": 1}', "both expected and page"),
]


@pytest.mark.parametrize(("line", "told"), BAD, ids=[told for _, told in BAD])
def test_a_mistake_is_told_with_its_line(lines, line, told):
    good = '{"question": "Why?", "page": 1}'
    with pytest.raises(UsageError) as caught:
        read(lines(good, line, good))
    assert caught.value.code == "bad_question" and caught.value.remedy
    assert caught.value.message.startswith("Line 2") and told in caught.value.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["question", "file", "page", "quote", "expected", "x"]), inner, max_size=4)
    ),
)


@settings(max_examples=300)
@given(JSON)
def test_whatever_a_line_holds_is_a_question_or_a_named_error(value):
    try:
        (question,) = read([{"question": "why", **value} if isinstance(value, dict) else value])
    except UsageError as error:
        assert error.code == "bad_question" and error.message.startswith("Question 1")
    else:
        assert question.question and question.expected
        assert all(place.files or place.pages or place.quotes for place in question.expected)


def test_a_mistake_in_a_list_is_told_with_its_number():
    with pytest.raises(UsageError, match="Question 2 has no question"):
        read([{"question": "Why?", "page": 1}, {"page": 1}])
    with pytest.raises(UsageError, match="Question 1 is not an object"):
        read(["Why?"])
    for wrong in (None, 3, {"question": "Why?"}, iter([])):
        with pytest.raises(UsageError, match="a file's path or a list"):
            read(wrong)


def test_a_file_that_is_none_is_told(lines, tmp_path):
    (tmp_path / "latin.jsonl").write_bytes('{"question": "Müll?", "page": 1}'.encode("latin-1"))
    for path in (tmp_path / "nowhere", tmp_path, "a\0b", tmp_path / "latin.jsonl", lines("", " "), []):
        with pytest.raises(UsageError) as caught:
            read(path)
        assert caught.value.code == "no_questions" and caught.value.remedy
    with pytest.raises(UsageError, match="at most 10,000"):
        read([{"question": "Why?", "page": 1}] * 10_001)
