from pathlib import Path

import pytest

from jupyter_localai.answer.hits import MAX_MERGED
from tests.support.in_process import run_index
from tests.support.pdf_files import make_pdf


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


def test_copies_in_one_file_show_the_first(engine, tmp_path):
    """Words around a later copy that the question has, too, do not bring it before the first."""
    filler = [" ".join(f"filler{part}{i}" for i in range(70)) + "." for part in range(4)]
    line = " ".join(f"clause{i}" for i in range(60)) + " the meeting point is the boat house."
    text = "\n\n".join([filler[0], line, filler[1], filler[2], line, f"Evacuation drill storm. {filler[3]}"])
    (tmp_path / "rules.txt").write_text(text)
    run_index(engine, [str(tmp_path / "rules.txt")])
    hits = engine.search("meeting point clause1 evacuation drill storm", k=6)
    holding = [hit for hit in hits if "meeting point" in hit.text]
    assert [hit.start <= text.index(line) < hit.end for hit in holding] == [True]


def test_copies_in_other_files_are_other_hits(engine, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text("The emergency meeting point is the car park behind the boat house.")
    run_index(engine, [str(tmp_path / f"{name}.txt") for name in "abc"])
    assert len({hit.path for hit in engine.search("emergency meeting point", k=3)}) == 3


@pytest.fixture
def reports(engine, tmp_path):
    """Quarterly reports of two companies, which say nearly the same on three pages each, and their folder."""
    for name in ("GULLROCK", "PUFFIN"):
        for quarter in (1, 2, 3, 4):
            pages = [
                f"{name.title()} report\nof quarter {quarter} of 2031",
                "Revenue\n"
                + f"Total revenue of {name.lower()} changed against the earlier period in quarter {quarter}.",
                "Sales\n" + f"The total revenue and sales of {name.lower()} in stores in quarter {quarter}.",
                "Risks\nStorms and tides.",
            ]
            (tmp_path / f"{name}_2031_Q{quarter}.pdf").write_bytes(make_pdf(*pages))
    run_index(engine, [str(tmp_path)])
    return tmp_path


def test_the_same_report_of_four_quarters_gives_four_documents(engine, reports):
    hits = engine.search("How did the total revenue of Gullrock change?", k=4)
    assert sorted(Path(hit.path).stem for hit in hits) == [f"GULLROCK_2031_Q{quarter}" for quarter in (1, 2, 3, 4)]


def test_a_question_that_names_one_report_keeps_to_it(engine, reports):
    hits = engine.search("How did the total revenue of Gullrock change in Q3?", k=2)
    assert {Path(hit.path).stem for hit in hits} == {"GULLROCK_2031_Q3"}


def test_a_question_that_names_a_year_keeps_to_it(engine, tmp_path):
    for year in (2029, 2030, 2031):
        pages = [
            f"Gullrock annual report\nof {year}",
            "Balance sheet\nTotal assets rose.",
            "Cash flows\nTotal cash fell.",
        ]
        (tmp_path / f"GULLROCK_{year}.pdf").write_bytes(make_pdf(*pages))
    run_index(engine, [str(tmp_path)])
    hits = engine.search("What were the total assets of Gullrock in 2030?", k=2)
    assert Path(hits[0].path).stem == "GULLROCK_2030"
    assert hits[0].anchor.page == 2


def test_pdfs_among_notes_do_not_change_the_order_of_the_notes(engine, tmp_path):
    words = "tide wind gauge pier storm boat rope mast".split()
    for at, word in enumerate(words):
        others = " ".join(words[(at + i) % 8] for i in range(at % 4))
        (tmp_path / f"note{at}.txt").write_text(f"A note about {word} and {others} in the harbour.\n")
    question = "storm and tide near the pier"
    run_index(engine, [str(tmp_path)])
    alone = [hit.path for hit in engine.search(question, k=8)]
    for number in range(3):
        pages = [
            f"Chart {number}\nDepths of the bay.",
            "Tide tables\nHigh water at noon.",
            "Storm signals\nRed lights.",
        ]
        (tmp_path / f"chart{number}.pdf").write_bytes(make_pdf(*pages))
    run_index(engine, [str(tmp_path)])
    together = [hit.path for hit in engine.search(question, k=17) if hit.path.endswith(".txt")]
    assert len(together) == len(alone) == 8
    moved = [abs(at - together.index(path)) for at, path in enumerate(alone)]
    assert together[:2] == alone[:2] and max(moved) <= 2


def test_what_the_head_of_a_page_says_counts_for_all_of_it(engine, tmp_path):
    table = "\n".join(f"Item {letter * 3} was told in the notes as every time before" for letter in "abcdefghijklmnop")
    (tmp_path / "report.pdf").write_bytes(make_pdf(f"Statement of harbour dues\n{table}", f"Other matters\n{table}"))
    run_index(engine, [str(tmp_path / "report.pdf")])
    hits = engine.search("harbour dues: item ppp", k=4)
    assert hits[0].anchor.page == 1
    assert hits[0].explain.head == pytest.approx(1)


def test_a_document_of_copies_hides_nothing(engine, tmp_path):
    (tmp_path / "log.csv").write_text("what\n" + "tide gauge offline\n" * 100_000)
    (tmp_path / "note.txt").write_text("The tide gauge was offline because of lightning.\n")
    run_index(engine, [str(tmp_path)])
    hits = engine.search("tide gauge offline", k=5)
    assert {Path(hit.path).name for hit in hits} == {"log.csv", "note.txt"}
    log = [hit for hit in hits if hit.path.endswith("log.csv")]
    assert min(hit.start for hit in log) < 500, "the second chunk is the first without the column's name"
    assert len(log) <= 2, "copies are shown once"


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
        (tmp_path / f"{name}.txt").write_text(text)
    run_index(engine, [str(tmp_path)])
    for question, name in (
        ("What were the current assets of Gull Rock in 2031?", "GULLROCK_2031"),
        ("What were Puffin's current assets in FY30?", "PUFFIN_2030"),
    ):
        best = engine.search(question, k=1)[0]
        assert best.path.endswith(f"{name}.txt")
        assert best.explain.name == pytest.approx(1)


def test_a_title_names_nothing_since_every_chunk_has_it(engine, tmp_path):
    (tmp_path / "a.md").write_text("# Gull Rock 2031\n\nThe current assets are told in the balance sheet.\n")
    (tmp_path / "b.md").write_text("# Puffin 2030\n\nThe current assets are told in the balance sheet.\n")
    run_index(engine, [str(tmp_path)])
    best = engine.search("What were the current assets of Gull Rock in 2031?", k=1)[0]
    assert best.path.endswith("a.md")
    assert best.explain.name == 0


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
