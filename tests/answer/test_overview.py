"""Overviews without a chat model."""

from pathlib import Path

import pytest

from jupyter_localai.answer import overview
from jupyter_localai.errors import UsageError
from tests.support.in_process import run_index


def ask(engine, question):
    *_, answer = engine.ask(question, extractive=True)
    return answer


def summarize(engine, collection="default", **options):
    *_, answer = engine.summarize(collection, extractive=True, **options)
    return answer


@pytest.mark.parametrize(
    "question", ["What is this collection about?", "Summarise these documents", "Overview of my files"]
)
def test_an_overview_of_a_collection_quotes_each_document_once(engine, folder, question):
    run_index(engine, [str(folder)])
    answer = ask(engine, question)
    assert {Path(cited.path).name for cited in answer.citations} == {"leave.md", "gauge.txt", "spikes.py"}
    assert len(answer.citations) == 3 and answer.text.count("\n- ") == 2


@pytest.mark.parametrize(
    "question", ["Summarise leave.md", "What is in leave.md?", "Give me the main points of leave.md"]
)
def test_an_overview_of_a_document_quotes_it_alone(engine, folder, question):
    run_index(engine, [str(folder)])
    answer = ask(engine, question)
    assert {Path(cited.path).name for cited in answer.citations} == {"leave.md"}
    for cited in answer.citations:
        assert Path(cited.path).read_text()[cited.start : cited.end] == cited.quote


@pytest.mark.parametrize(
    "question",
    [
        "What is the limit of wind in leave.md?",
        "Summarise the rules on annual leave",
        "What is in the tide gauge?",
        "Compare the gauge and the tide",
    ],
)
def test_other_questions_are_no_overviews(engine, folder, question):
    run_index(engine, [str(folder)])
    assert not ask(engine, question).text.startswith("- ")


def test_an_overview_of_nothing_is_none(engine, tmp_path):
    (tmp_path / "empty").mkdir()
    run_index(engine, [str(tmp_path / "empty")])
    for answer in (ask(engine, "What is this collection about?"), summarize(engine)):
        assert answer.mode == "none" and "Nothing is indexed in collection 'default'" in answer.text


def test_documents_without_text_are_told(engine, tmp_path):
    (tmp_path / "blank.md").write_text(" \n")
    run_index(engine, [str(tmp_path / "blank.md")])
    answer = summarize(engine)
    assert answer.mode == "none" and "no text" in answer.text


def test_of_very_many_documents_some_are_looked_at_and_it_says_so(engine, folder, monkeypatch):
    run_index(engine, [str(folder)])
    monkeypatch.setattr(overview, "MOST_DOCUMENTS", 2)
    answer = summarize(engine)
    assert "Looked at 2 of 3 documents." in answer.warnings and answer.citations


@pytest.mark.parametrize(
    "question",
    [
        "Give me the main points of leave and gauge.txt",
        "Compare leave.md with gauge",
        "Compare the gauge and the leave document",
        "Summarise @leave.md and @gauge.txt",
    ],
)
def test_several_documents_each_have_their_part(engine, folder, question):
    run_index(engine, [str(folder)])
    answer = ask(engine, question)
    assert {Path(cited.path).name for cited in answer.citations} == {"leave.md", "gauge.txt"}


@pytest.mark.parametrize(
    ("question", "remedy"),
    [
        ("Summarise guage.txt", "Did you mean 'gauge.txt'?"),
        ("What is in guage.txt?", "Did you mean 'gauge.txt'?"),
        ("Compare leave.md and budget.xlsx", "See which there are: jupyter localai documents."),
    ],
)
def test_a_document_that_is_not_there_is_told(engine, folder, question, remedy):
    run_index(engine, [str(folder)])
    with pytest.raises(UsageError) as caught:
        ask(engine, question)
    assert (caught.value.code, caught.value.remedy) == ("no_matching_file", remedy)


def test_summarize_takes_paths_folders_and_names(engine, folder):
    run_index(engine, [str(folder)], collection="station")

    def names(*files):
        return {Path(cited.path).name for cited in summarize(engine, None, files=list(files)).citations}

    assert names(str(folder / "leave.md")) == names("leave.md") == {"leave.md"}
    assert names(str(folder / "sub")) == {"spikes.py"}
    assert names("leave.md", "gauge.txt") == {"leave.md", "gauge.txt"}
    *_, answer = engine.summarize(files="leave.md", extractive=True)
    assert answer.question == "Summarise leave.md"
    with pytest.raises(UsageError, match="no document"):
        names(str(folder / "nowhere.md"))


def test_quotes_of_one_document_stand_in_the_order_of_its_text(engine, tmp_path):
    duties = ["paints the pier", "feeds seven gulls", "counts old ropes", "repairs a radio"]
    parts = [f"# {duty}\n\nEvery Monday somebody {duty}. {f'That {duty} matters. ' * 20}\n" for duty in duties]
    (tmp_path / "parts.md").write_text("\n".join(parts))
    run_index(engine, [str(tmp_path / "parts.md")])
    answer = summarize(engine)
    starts = [cited.start for cited in answer.citations]
    assert len(starts) > 1 and starts == sorted(starts)


@pytest.mark.parametrize("question", ["How many documents are there?", "How many files do I have in this collection?"])
def test_the_number_of_documents_is_told(engine, folder, question):
    run_index(engine, [str(folder)])
    assert "Documents in this collection: 3." in ask(engine, question).text
