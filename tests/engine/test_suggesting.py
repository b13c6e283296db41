"""Questions that are suggested have an answer, and are made from headings."""

import pytest

from jupyter_localai.errors import UnknownCollectionError

BOATS = "What is said about booking a boat stands here. " * 6  # words alone make texts alike here
MONEY = "What is said about travel and meals stands there. " * 6


def indexed(engine, folder, **texts):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text)
    list(engine.index([str(folder)]))
    return engine.suggest().questions


def test_headings_with_an_answer_become_questions(engine, tmp_path):
    text = f"# Handbook\n\n## 1.2 Booking a boat\n\n{BOATS}\n\n## References\n\n{MONEY}\n\n## Far away places\n\nNo.\n"
    assert indexed(engine, tmp_path / "d", handbook_md=text) == ("What is said about booking a boat?",)


def test_each_document_has_its_turn_first(engine, tmp_path):
    one = f"# A\n\n## Booking a boat\n\n{BOATS}\n\n## Travel and meals\n\n{MONEY}"
    other = f"# B\n\n## Night Shift Rota\n\n{'What is said about the Night Shift Rota stands on the wall. ' * 6}"
    questions = indexed(engine, tmp_path / "d", a_md=one, b_md=other)
    assert set(questions[:2]) >= {"What is said about Night Shift Rota?"} and len(questions) == 3


def test_a_heading_that_is_a_question_is_asked_as_it_is(engine, tmp_path):
    text = f"# Handbook\n\n## How is booking a boat done?\n\n{BOATS.replace('What', 'How')}"
    assert indexed(engine, tmp_path / "d", handbook_md=text) == ("How is booking a boat done?",)


def test_german_sections_are_asked_in_german(engine, tmp_path):
    text = "Was zu Dienstreisen im Ausland steht, das steht nicht auf der Karte. " * 5
    questions = indexed(engine, tmp_path / "d", heft_md=f"# Heft\n\n## 3. Dienstreisen im Ausland\n\n{text}")
    assert questions == ("Was steht zu „Dienstreisen im Ausland“?",)


def test_code_and_text_without_headings_suggest_nothing(engine, tmp_path):
    assert indexed(engine, tmp_path / "d", a_py="def f():\n    return 1\n", b_txt="Nothing much.\n") == ()


def test_an_unknown_collection(engine):
    with pytest.raises(UnknownCollectionError):
        engine.suggest("none")
