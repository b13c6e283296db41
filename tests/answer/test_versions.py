"""Near-copies that differ in a number, a date or a name: versions, and series such as invoices."""

import os
from pathlib import Path

import pytest

from jupyter_localai.answer.versions import facts, together
from jupyter_localai.results.answers import Citation
from jupyter_localai.results.passages import Anchor, Hit
from tests.support.in_process import run_index

CLAUSE = "The owner pays the mooring fee of {fee} crowns within {days} days after receipt of the invoice, by transfer."
INVOICE = "Invoice number {number} to {client}. For the slipway, the crane and the disposal of waste we charge {sum}."


def hit(path, text, number="1"):
    return Hit(1, 1.0, 0.9, f"/d/{path}", path, path + number, 0, len(text), Anchor(), text)


def versions(*names):
    return [hit(name, CLAUSE.format(fee=4000 + at, days=30 + at)) for at, name in enumerate(names)]


def arranged(question, hits, more=()):
    return together(question, hits, lambda: more)


def quoting(*paths):
    from jupyter_localai.results.answers import Answer

    return Answer("q", "t", "llm", tuple(Citation(1, path, Anchor(), 0, 1, "q", 0.9) for path in paths))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Pay within 30 days.", "Pay within 45 days.", False),
        ("Pay within thirty days.", "Pay within fourteen days.", False),
        ("Boats may sail.", "Boats may not sail.", False),
        ("Sent to Gannet Ltd.", "Sent to Puffin Ltd.", False),
        ("It is due in March.", "It is due in April.", False),
        ("The tide turns twice.", "The tide  turns twice!", True),
    ],
)
def test_copies_have_the_same_numbers_dates_and_names(one, other, same):
    assert (facts(one) == facts(other)) is same


def test_versions_stand_together_and_the_newest_is_named():
    one, two, three = versions("lease_2030.md", "lease_2032.md", "lease_2031.md")
    other = hit("tides.md", "The tide turns twice a day and nobody can do anything about it at all.")
    hits, (group,) = arranged("When must the mooring fee be paid?", [one, other, two, three])
    assert [h.document for h in hits] == ["lease_2032.md", "lease_2030.md", "lease_2031.md", "tides.md"]
    assert [h.rank for h in hits] == [1, 2, 3, 4]
    assert group.warning(quoting(one.path)) == "3 versions differ here. The newest seems to be lease_2032.md."
    assert group.warning(quoting(other.path)) == ""


@pytest.mark.parametrize(
    "names",
    [
        ("lease_v2.md", "lease_v10.md"),
        ("lease draft.md", "lease final.md"),
        ("lease 2031-03-02.md", "lease 2031-11-01.md"),
    ],
)
def test_the_newest_version_is_known_by_its_name(names):
    _, (group,) = arranged("When must the mooring fee be paid?", versions(*names))
    assert group.hits[0].document == names[1]


def test_the_newest_version_is_known_by_its_time_where_nothing_else_tells(tmp_path):
    hits = []
    for at, name in enumerate(("lease v2.md", "lease.md")):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (10**9 + at, 10**9 + at))
        text = CLAUSE.format(fee=4000, days=30 + at)
        hits.append(Hit(1, 1.0, 0.9, str(tmp_path / name), name, name, 0, len(text), Anchor(), text))
    _, (group,) = arranged("When must the mooring fee be paid?", hits)
    assert group.are_versions and group.hits[0].document == "lease.md"


def test_what_the_question_names_is_chosen_among_its_like():
    clients = ("Gannet", "Puffin", "Gannet", "Fulmar")
    hits = [hit(f"invoice_{n}.md", INVOICE.format(number=n, client=c, sum=n)) for n, c in enumerate(clients, 1040)]
    found, (group,) = arranged("Which invoices were sent to Gannet?", hits[:2], hits[2:])
    assert {h.document for h in found} == {"invoice_1040.md", "invoice_1042.md"}
    assert not group.are_versions and "2 similar documents" in group.warning(quoting(hits[0].path))
    found, (group,) = arranged("How much is invoice 1043?", hits)
    assert [h.document for h in found] == ["invoice_1043.md"] and not group.warning(quoting(hits[3].path))


def test_hits_that_have_no_like_stay_as_they_are():
    hits = [
        hit("a.md", "The tide turns twice a day, says the old almanac."),
        hit("b.md", "Dogs stay in the courtyard."),
    ]
    assert arranged("tide", hits) == (hits, [])


def test_all_versions_are_answered_and_told(engine, tmp_path):
    for year, days in ((2030, 30), (2031, 45), (2032, 14)):
        (tmp_path / f"lease_{year}.md").write_text(CLAUSE.format(fee=4000, days=days) + "\n")
    run_index(engine, [str(tmp_path / f"lease_{year}.md") for year in (2030, 2031, 2032)])
    question = "Within how many days must the mooring fee be paid?"
    assert len(engine.search(question)) == 3
    *_, answer = engine.ask(question, extractive=True)
    assert {Path(cited.path).name for cited in answer.citations} == {f"lease_{y}.md" for y in (2030, 2031, 2032)}
    assert any(w.startswith("3 versions differ here. The newest seems to be lease_2032.md") for w in answer.warnings)


def test_a_list_of_similar_documents_is_answered_with_all_of_them(engine, tmp_path):
    for number in range(1040, 1060):
        client = "Gannet" if number % 2 else "Puffin"
        (tmp_path / f"invoice_{number}.md").write_text(INVOICE.format(number=number, client=client, sum=number - 300))
    run_index(engine, [str(tmp_path)])
    *_, answer = engine.ask("Which invoices were sent to Gannet?", extractive=True, k=4)
    assert {Path(hit.path).name for hit in answer.passages} == {f"invoice_{n}.md" for n in range(1041, 1060, 2)}
    assert len(answer.citations) > 4 and "10 similar documents differ" in " ".join(answer.warnings)


def test_the_amount_of_one_of_many_similar_documents_is_told(engine, tmp_path):
    for number in (1040, 1041, 1042):
        (tmp_path / f"invoice_{number}.md").write_text(INVOICE.format(number=number, client="Ann", sum=number - 300))
    run_index(engine, [str(tmp_path)])
    *_, answer = engine.ask("How much is invoice 1041?", extractive=True)
    assert {Path(cited.path).name for cited in answer.citations} == {"invoice_1041.md"}


BRIEF = "Liebe {name},\n\nIhr Termin zur Abnahme der Anlage ist am {day}. Mai um {hour} Uhr in der Halle am Hafen."


def test_texts_that_capitalise_every_noun_are_alike_by_the_nouns_they_share():
    people = (("lena.txt", "Lena Voss", 4, 9), ("otto.txt", "Otto Brand", 6, 11), ("ida.txt", "Ida Kern", 9, 10))
    letters = [hit(path, BRIEF.format(name=name, day=day, hour=hour)) for path, name, day, hour in people]
    _, groups = arranged("Wann sind die Termine?", letters)
    assert [len(group.hits) for group in groups] == [3]
    chosen, _ = arranged("Wann ist der Termin von Otto Brand?", letters)
    assert [each.path for each in chosen] == ["/d/otto.txt"]


def test_small_words_alone_make_no_likeness():
    one = hit("a.txt", "Der Hund ist in der Halle und am Abend auf dem Hof der Schule.")
    other = hit("b.txt", "Der Kuchen ist in der Dose und am Morgen auf dem Tisch der Tante.")
    assert arranged("Wo ist es?", [one, other])[1] == []


def test_a_year_of_the_question_keeps_to_the_file_of_that_year(engine, tmp_path):
    for year, price in ((2031, 12), (2032, 14), (2033, 17)):
        (tmp_path / f"prices_{year}.csv").write_text(f"Item,Price\nrope,{price}\nflare,9\n")
    run_index(engine, [str(tmp_path)])
    *_, answer = engine.ask("What was the price of rope in 2032?", extractive=True)
    assert {Path(cited.path).name for cited in answer.citations} == {"prices_2032.csv"}
    assert "14" in answer.text
