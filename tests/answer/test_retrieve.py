import pytest

from jupyter_localai.answer.hits import MAX_MERGED
from tests.support.in_process import run_index


@pytest.fixture
def long_document(engine, tmp_path):
    words = ["tide", "wind", "gauge", "pier", "storm", "boat", "rope", "mast"]
    paragraphs = [f"Section {w}. " + " ".join(f"{w}{i}" for i in range(60)) + "." for w in words]
    (tmp_path / "long.txt").write_text("Log\n\n" + "\n\n".join(paragraphs))
    run_index(engine, [str(tmp_path / "long.txt")])
    return (tmp_path / "long.txt").read_text()


def test_adjacent_chunks_become_one_hit_whose_text_is_the_span(engine, long_document):
    hits = engine.search("wind1 wind2 gauge1 gauge2 gauge3", k=3)
    assert len(hits) == 3
    assert any("wind1" in hit.text and "gauge1" in hit.text for hit in hits)
    for hit in hits:
        assert long_document[hit.start : hit.end] == hit.text
        assert hit.text.count("Section") <= MAX_MERGED + 1


def test_chunks_far_apart_stay_two_hits(engine, tmp_path):
    """What stands between two chunks would be shown and sent with them."""
    text = f"The wind gauge stands on the pier.{' ' * 5000}The wind gauge is read at noon."
    (tmp_path / "gap.txt").write_text(text)
    run_index(engine, [str(tmp_path / "gap.txt")])
    hits = engine.search("wind gauge pier noon", k=5)
    assert len(hits) == 2
    assert all(text[hit.start : hit.end] == hit.text and "   " not in hit.text for hit in hits)


def test_k_counts_hits_and_ranks_are_dense(engine, long_document):
    for k in (1, 2, 4):
        hits = engine.search("storm1", k=k)
        assert [hit.rank for hit in hits] == list(range(1, k + 1))
    scores = [hit.score for hit in engine.search("storm1 pier2", k=4)]
    assert scores == sorted(scores, reverse=True)


def test_near_copies_are_shown_once(engine, tmp_path):
    text = "The emergency meeting point is the car park behind the boat house, whatever the weather may be."
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"{text}")
    (tmp_path / "d.txt").write_text("The canteen opens at noon.")
    run_index(engine, [str(tmp_path / f"{name}.txt") for name in "abcd"])
    assert len(engine.search("emergency meeting point", k=4)) == 2


def test_a_hit_explains_its_rank(engine, folder):
    run_index(engine, [str(folder)])
    explain = engine.search("lightning gauge 2031")[0].explain
    assert explain.dense == pytest.approx(1)
    assert explain.keyword == pytest.approx(1)
    assert explain.name == pytest.approx(1)
    assert (explain.dense_rank, explain.keyword_rank) == (1, 1)
    assert (explain.words, explain.around) == (("lightning", "gauge"), ())


def test_words_that_stand_around_a_passage_count(engine, tmp_path):
    """Both documents have the same sentence; one says before it what it is about."""
    for name, topic in (("a", "umbrella"), ("b", "lighthouse")):
        filler = " ".join(f"{name}filler{i}" for i in range(70))
        text = f"About the {topic}. {filler} one.\n\nIts repair was paid by the council. {filler} two.\n"
        (tmp_path / f"{name}.txt").write_text(text)
    run_index(engine, [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")])
    best = engine.search("lighthouse repair paid council", k=1)[0]
    assert best.path.endswith("b.txt")
    assert set(best.explain.words) | set(best.explain.around) == {"lighthouse", "repair", "paid", "council"}
    assert best.explain.around


def test_a_document_that_the_question_names_comes_first(engine, tmp_path):
    text = "The total of all current assets is told in the balance sheet, as every year.\n"
    for name in ("GULLROCK_2030", "GULLROCK_2031", "PUFFIN_2030", "PUFFIN_2031"):
        (tmp_path / f"{name}.txt").write_text(text.replace("told", f"told in {name[:3]}{name[-1]}"))
    run_index(engine, [str(tmp_path)])
    for question, name in (
        ("What were the current assets of Gull Rock in 2031?", "GULLROCK_2031"),
        ("What were Puffin's current assets in FY30?", "PUFFIN_2030"),
    ):
        best = engine.search(question, k=1)[0]
        assert best.path.endswith(f"{name}.txt")
        assert best.explain.name == pytest.approx(1)


def test_a_named_document_is_searched_though_its_passages_are_not_among_the_best(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_localai.answer.retrieve._DEPTH", 3)
    for number in range(8):
        (tmp_path / f"log{number}.txt").write_text(f"harbour tide storm harbour tide storm number{number}\n")
    (tmp_path / "zebra.txt").write_text("The harbour is mentioned once in this text about something else.\n")
    run_index(engine, [str(tmp_path)])
    assert engine.search("harbour tide storm in zebra", k=1)[0].path.endswith("zebra.txt")


def test_the_number_of_hits_does_not_change_their_order(engine, folder):
    run_index(engine, [str(folder)])
    many = [hit.chunk_id for hit in engine.search("wind and leave", k=5)]
    assert [hit.chunk_id for hit in engine.search("wind and leave", k=2)] == many[:2]
