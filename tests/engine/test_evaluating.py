"""Measuring retrieval: what counts as found, what the measures are, and what is told of a miss."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.engine.evaluating import carries, folded, is_there
from jupyter_localai.errors import UnknownCollectionError, UsageError
from jupyter_localai.results.passages import Anchor, Hit
from jupyter_localai.results.reports import Progress
from jupyter_localai.results.scores import Evaluation, Expected, Outcome, Question, measured
from jupyter_localai.service.client.questions import read
from tests.support.in_process import run_index


def hit(text="x", page=None, path="/root/reports/a [final].pdf"):
    return Hit(1, 1.0, 1.0, path, "Title", "1", 0, len(text), Anchor(page=page), text)


@pytest.mark.parametrize(
    ("file", "fits"),
    [
        ("a [final].pdf", True),
        ("reports/a [final].pdf", True),
        ("./reports/a [final].pdf", True),
        ("/root/reports/a [final].pdf", True),
        ("*.pdf", True),
        ("reports/*", True),
        ("/root/*", True),
        ("*.md", False),
        ("a.pdf", False),
        ("final].pdf", False),
        ("Title", False),
    ],
)
def test_a_file_fits_by_name_path_or_glob(file, fits):
    assert is_there(Expected((file,)), hit(), "reports/a [final].pdf") is fits


def test_all_that_is_said_of_a_place_must_fit_and_any_of_a_list():
    place = Expected(("*.pdf", "*.md"), (3, 4), ("The gauge", "The pier"))
    assert is_there(place, hit("At the pier.", 4), "a.pdf")
    assert not is_there(place, hit("At the pier.", 5), "a.pdf")
    assert not is_there(place, hit("At the pier.", None), "a.pdf")
    assert not is_there(place, hit("At the quay.", 4), "a.pdf")
    assert not is_there(place, hit("At the pier.", 4, "/x.txt"), "x.txt")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("He said: “Don’t  sail”\n— ever.", 'he said: "don\'t sail" - ever'),
        ("mea\u00adsured in ﬁve places", "measured in five places"),
        ("Straße", "STRASSE"),
        ("the gauge at Gull Rock was", "The gauge at Gull Rock was offline"),
        ("Rock was offline in March.", "Gull Rock was offline"),
        ("gauge was off", "the gauge was offline"),
    ],
)
def test_a_quote_is_found_however_it_was_copied_and_when_most_of_it_is_there(text, quote):
    assert carries(folded(text), folded(quote))


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("the gauge was broken", "the gauge was offline since March"),
        ("was offline", "the gauge at Gull Rock was offline"),
        ("", "the gauge"),
        ("the pier", "the gauge"),
        ("offline was the gauge", "the gauge was offline"),
        ("a 42 m mast", "a 4.2 m mast"),
    ],
)
def test_half_a_quote_or_another_is_not_found(text, quote):
    assert not carries(folded(text), folded(quote))


@given(st.text("ab ", max_size=12), st.text("ab", min_size=1, max_size=12))
def test_what_carries_is_what_a_plain_search_finds(text, quote):
    text = folded(text)
    parts = [quote[a:b] for a, b in itertools.combinations(range(len(quote) + 1), 2) if 2 * (b - a) > len(quote)]
    cut = any(
        (quote.startswith(part) and text.endswith(part))
        or (quote.endswith(part) and text.startswith(part))
        or part == text
        for part in parts
    )
    assert carries(text, quote) == (quote in text or cut)


def outcome(*ranks):
    return Outcome(1, "q", (Expected(("a",)),) * len(ranks), ranks, 0.1)


def test_recall_and_mrr_are_those_of_the_books():
    recall, mrr = measured([outcome(1), outcome(4), outcome(None), outcome(2, None)], 7)
    assert recall == {1: 0.25, 3: 0.375, 5: 0.625, 7: 0.625}
    assert mrr == pytest.approx((1 + 1 / 4 + 0 + 1 / 2) / 4)
    assert list(measured([outcome(1)], 1)[0]) == [1]
    assert list(measured([outcome(1)], 20)[0]) == [1, 3, 5, 10, 20]


@pytest.fixture
def asked(engine, folder):
    run_index(engine, [str(folder)])

    def ask(questions, **keywords):
        *progress, evaluation = engine.evaluate(read(questions), **keywords)
        assert isinstance(evaluation, Evaluation)
        assert [p.done for p in progress if isinstance(p, Progress)] == list(range(len(questions)))
        return evaluation

    return ask


QUESTIONS = [
    {"question": "how many days of annual leave", "file": "leave.md", "quote": "twenty nine days"},
    {"question": "gauge offline lightning", "file": "*.py", "quote": "def remove"},
    {
        "question": "drop outliers, return burst",
        "expected": [{"file": "sub/spikes.py"}, {"file": "handbook.pdf", "page": 3}],
    },
]


def test_a_run_tells_ranks_misses_and_what_was_found_instead(asked, folder):
    evaluation = asked(QUESTIONS, k=1)
    leave, gauge, spikes = evaluation.outcomes
    assert (leave.ranks, leave.instead, leave.rank) == ((1,), (), 1)
    assert spikes.ranks == (1, None) and spikes.missed == (Expected(("handbook.pdf",), (3,)),)
    assert evaluation.misses == (gauge, spikes) and spikes.instead == ()
    first = gauge.instead[0]
    assert (first.path, first.rank) == (str(folder / "gauge.txt"), 1) and "lightning" in first.words
    assert evaluation.recall[1] == pytest.approx((1 + 0 + 0.5) / 3)
    assert (evaluation.k, evaluation.questions, evaluation.embedder) == (1, 3, "words")
    (notice,) = evaluation.warnings
    assert "Question 3 expects 'handbook.pdf'" in notice.message


def test_what_came_before_a_place_is_told_too(asked, folder):
    question = {"question": "annual leave of staff, lightning", "file": "gauge.txt"}
    (outcome,) = asked([question], k=9).outcomes
    assert outcome.rank > 1 and [found.rank for found in outcome.instead] == list(range(1, outcome.rank))


def test_a_run_can_be_limited_to_files_and_makes_a_table(asked):
    evaluation = asked(QUESTIONS[:2], k=2, files="*.py")
    assert [outcome.rank for outcome in evaluation.outcomes] == [None, 1]
    frame = evaluation.to_frame()
    assert list(frame["rank"].fillna(0)) == [0, 1] and list(frame["instead"]) == ["spikes.py, line 1", ""]
    assert json.loads(json.dumps(evaluation.to_dict()))["recall"] == {"1": 0.5, "2": 0.5}


def test_what_cannot_be_asked_is_refused(engine, folder):
    run_index(engine, [str(folder)])
    with pytest.raises(UnknownCollectionError):
        list(engine.evaluate([Question("x", (Expected(("a",)),))], collection="nowhere"))
    for wrong in ([], [Question("x", ())], [Question("?", (Expected(("a",)),))]):
        with pytest.raises(UsageError):
            list(engine.evaluate(wrong))
    with pytest.raises(UsageError):
        list(engine.evaluate([Question("x", (Expected(("a",)),))], k=0))
