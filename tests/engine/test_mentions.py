"""A question may be limited to documents by their names, as in @report.md."""

import pytest

from jupyter_localai.errors import UsageError
from tests.support.in_process import run_index


@pytest.fixture
def found(engine, folder):
    (folder / "sub" / "annual report.txt").write_text("Boats, leave and the gauge are told of here.")
    run_index(engine, [str(folder)])
    return lambda question, **more: {hit.path.rsplit("/", 1)[-1] for hit in engine.search(question, **more)}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does @gauge.txt say of boats?", {"gauge.txt"}),
        ("What does @gauge say of boats?", {"gauge.txt"}),
        ("What of boats is in @GAUGE.TXT, please?", {"gauge.txt"}),
        ("boats in @sub/spikes.py.", {"spikes.py"}),
        ("boats in @leave.md and @gauge.txt?", {"leave.md", "gauge.txt"}),
        ('boats in @"annual report.txt"?', {"annual report.txt"}),
    ],
)
def test_a_name_limits_the_question_to_its_document(found, question, names):
    assert found(question) == names


@pytest.mark.parametrize("question", ["boats in @Prüfung", "boats in @prüfung.md", "boats in @Pru\u0308fung.md"])
@pytest.mark.parametrize("name", ["Prüfung.md", "Pru\u0308fung.md"])
def test_accents_may_be_written_in_either_form(engine, folder, name, question):
    """A Mac's disk has them in another form than a keyboard gives, and so has what was copied from one."""
    (folder / name).write_text("Boats are told of here.")
    run_index(engine, [str(folder)])
    assert [hit.path for hit in engine.search(question)] == [str(folder / name)]
    assert [hit.path for hit in engine.search("boats", files="prüfung*")] == [str(folder / name)]


@pytest.mark.parametrize("pattern", ["plan [12].md", "{}/plan [12].md", "PLAN [12].MD"])
def test_a_name_with_brackets_means_the_document_of_that_name(engine, folder, pattern):
    for name in ("plan [12].md", "plan 1.md", "plan 2.md"):
        (folder / name).write_text("Paint the pump house.")
    run_index(engine, [str(folder)])
    hits = engine.search("pump house", files=pattern.format(folder))
    assert [hit.path for hit in hits] == [str(folder / "plan [12].md")]
    (folder / "plan [12].md").unlink()
    run_index(engine)
    hits = engine.search("pump house", files="plan [12].md")
    assert {hit.path for hit in hits} == {str(folder / "plan 1.md"), str(folder / "plan 2.md")}


@pytest.mark.parametrize(
    "question", ["gauge boats of ann@gauge.txt", "gauge boats @functools.wraps", "gauge boats @ann"]
)
def test_other_words_after_the_sign_mean_nothing(found, question):
    assert len(found(question)) > 1


def test_a_document_that_is_not_there_is_told_with_the_closest_name(found):
    with pytest.raises(UsageError) as caught:
        found("What is in @guage.txt?")
    assert caught.value.code == "no_matching_file" and caught.value.remedy == "Did you mean @gauge.txt?"


def test_a_filter_and_a_name_count_both(found):
    assert found("boats in @gauge.txt and @leave.md", files="*.md") == {"leave.md"}


def test_several_globs_and_names_add_up(found):
    assert found("boats", files=["*.md", "gauge.txt"]) == {"leave.md", "gauge.txt"}


@pytest.mark.parametrize(
    ("name", "remedy"), [("guage.txt", "Did you mean 'gauge.txt'?"), ("*.xyz", "Check the pattern")]
)
def test_a_filter_that_fits_nothing_says_what_may_be_meant(found, name, remedy):
    with pytest.raises(UsageError) as caught:
        found("boats", files=name)
    assert caught.value.remedy.startswith(remedy)


def test_a_question_that_names_a_file_that_is_not_there_is_answered_with_a_note(engine, found):
    *_, answer = engine.ask("What does guage.txt say of boats?", extractive=True)
    assert any("Did you mean 'gauge.txt'?" in warning for warning in answer.warnings)
    *_, answer = engine.ask("What does gauge.txt say of boats?", extractive=True)
    assert not any("Did you mean" in warning for warning in answer.warnings)
