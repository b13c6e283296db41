"""Which passages have to do with a question, and what of a question is code."""

import pytest

from jupyter_localai.answer.relevance import is_relevant, names_file, relevant_hits, without_code
from jupyter_localai.results.passages import Anchor, Explanation, Hit
from tests.support.in_process import run_index


def hit(text, similarity, path="/d/a.txt", title="", words=()):
    explain = Explanation(0.0, 0.0, words=words)
    return Hit(1, 1.0, similarity, path, title or path, "1", 0, len(text), Anchor(), text, explain)


@pytest.mark.parametrize(
    ("question", "text", "similarity", "relevant"),
    [
        ("Why was the gauge offline?", "It was struck by lightning.", 0.6, True),
        ("Why was the gauge offline?", "It was struck by lightning.", 0.5, False),
        ("Why was the gauge offline?", "The gauge was struck.", 0.35, True),
        ("Why was the gauge offline?", "The gauge was offline.", 0.1, True),
        ("Which opera has a gauge in it?", "The gauge was offline.", 0.2, False),
        ("How long is the probation period?", "Once their probation is over.", 0.2, True),
        ("预算是多少", "委员会批准了新的潮汐站预算是多少。", 0.1, True),
        ("天气怎么样", "委员会批准了新的潮汐站预算。", 0.3, False),
    ],
)
def test_a_passage_is_relevant_by_meaning_and_words_together(question, text, similarity, relevant):
    assert is_relevant(question, hit(text, similarity)) is relevant


def test_words_of_the_file_name_the_title_and_the_ranking_count():
    question = "What is the total of the expenses in March?"
    assert not is_relevant(question, hit("Rope,120", 0.1))
    assert is_relevant(question, hit("Rope,120", 0.1, path="/d/expenses_march.csv"))
    assert is_relevant(question, hit("Rope,120", 0.1, title="Expenses of March"))
    assert is_relevant("Which files mention seals?", hit("A seal swam by.", 0.1, words=("seals",)))


def test_a_document_that_is_named_is_relevant_whatever_it_says():
    assert is_relevant("What is in report.md?", hit("312 of them.", 0.0, path="/d/report.md"))
    assert names_file("Summarise Report.MD", "report.md")
    assert not names_file("Summarise myreport.md", "report.md")
    assert not names_file("Summarise report.mdx", "report.md")


def test_a_clause_is_relevant_by_its_number():
    assert is_relevant("What does clause 5.2 say?", hit("## Duties\n\n5.2 The tenant paints.", 0.0))
    assert not is_relevant("What does clause 5.3 say?", hit("## Duties\n\n5.2 The tenant paints.", 0.0))


def test_a_passage_about_many_things_is_relevant_by_one_of_its_sentences(embedder):
    filler = " ".join(f"Thing{n} lies beside the other{n} thing in its own small box{n}." for n in range(9))
    passage = hit(f"{filler} Hedgehogs are not.", 0.1)
    assert not is_relevant("Are hedgehogs allowed in it?", passage)
    assert relevant_hits("Are hedgehogs allowed in it?", [passage], embedder) == [passage]
    assert relevant_hits("Are parrots allowed in it?", [passage], embedder) == []
    assert relevant_hits("Are hedgehogs allowed in it?", [], embedder) == []


def test_sentences_are_looked_at_only_where_no_passage_is_near(embedder):
    near = hit("The gauge was offline.", 0.9)
    assert relevant_hits("Why was the gauge offline?", [near, hit("Offline gauge.", 0.0)], embedder)[0] is near
    assert embedder.seen == []


CODE = "df = pd.read_csv('huts.csv').groupby('hut').mean()"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (f"{CODE}\nWhat is the SOP for fires?", "What is the SOP for fires?"),
        (f"What is the SOP for fires?\n```python\n{CODE}\n```\n", "What is the SOP for fires?"),
        ("import os\nWhere is the red binder?", "Where is the red binder?"),
        (CODE, CODE),
        (f"{CODE}\n{CODE}", f"{CODE}\n{CODE}"),
        ("Who may go?\nAnd when, if the wind (and the tide) permit?",) * 2,
        ("What does df.mean(axis=0)[1:] do?",) * 2,
    ],
)
def test_pasted_code_is_told_from_what_is_asked(question, said):
    assert without_code(question).strip() == said.strip()


def test_pasted_code_does_not_drown_the_question(engine, folder):
    run_index(engine, [str(folder)])
    *_, answer = engine.ask(f"{CODE}\nWhy was the Gull Rock gauge offline?", extractive=True)
    assert "lightning" in answer.citations[0].quote


def test_a_word_that_stands_only_in_the_name_of_a_file_finds_it(engine, tmp_path):
    for name, text in (
        ("expenses_march.csv", "What,Amount\nRope,120\n"),
        ("other.txt", "Tide turns."),
        ("x.md", "x"),
    ):
        (tmp_path / name).write_text(text)
    run_index(engine, [str(tmp_path / name) for name in ("expenses_march.csv", "other.txt", "x.md")])
    *_, answer = engine.ask("What is the total of the expenses in March?", extractive=True)
    assert {citation.path.rsplit("/", 1)[-1] for citation in answer.citations} == {"expenses_march.csv"}
