"""Overviews without a chat model."""

from pathlib import Path

import pytest

from tests.support.in_process import run_index


def ask(engine, question):
    *_, answer = engine.ask(question, extractive=True)
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


def test_other_questions_are_no_overviews(engine, folder):
    run_index(engine, [str(folder)])
    assert not ask(engine, "What is the limit of wind in leave.md?").text.startswith("- ")


def test_an_overview_of_nothing_is_none(engine, tmp_path):
    (tmp_path / "empty").mkdir()
    run_index(engine, [str(tmp_path / "empty")])
    assert ask(engine, "What is this collection about?").mode == "none"


@pytest.mark.parametrize("question", ["How many documents are there?", "How many files do I have in this collection?"])
def test_the_number_of_documents_is_told(engine, folder, question):
    run_index(engine, [str(folder)])
    assert "Documents in this collection: 3." in ask(engine, question).text
