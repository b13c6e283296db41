"""Documents follow their folder into the index; bad requests get clear errors."""

import itertools
import os
import stat
import struct
from pathlib import Path

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.engine.validate import MAX_QUESTION_CHARS
from jupyter_localai.errors import EmbedderMismatchError, StoreError, UnknownCollectionError, UsageError
from jupyter_localai.results.files import Rules
from jupyter_localai.results.reports import IndexReport, Progress
from tests.support.compound_files import make_compound
from tests.support.in_process import WordEmbedder, run_index


def paths(hits):
    return {Path(hit.path).name for hit in hits}


def test_a_folder_is_indexed_and_found(engine, folder):
    report = run_index(engine, [str(folder)])
    assert (report.added, report.updated, report.unchanged, report.removed) == (3, 0, 0, 0)
    assert report.chunks == report.embedded > 0
    assert report.failed == ()
    assert engine.search("annual leave", k=1)[0].path == str(folder / "leave.md")
    assert engine.search("drop outliers", k=1)[0].anchor.heading == "remove_spikes"


def test_nothing_changed_means_nothing_embedded(engine, folder):
    run_index(engine, [str(folder)])
    report = run_index(engine, [str(folder)])
    assert (report.unchanged, report.embedded, report.added) == (3, 0, 0)


def test_a_touched_file_is_unchanged(engine, folder):
    run_index(engine, [str(folder)])
    os.utime(folder / "leave.md", (1, 1))
    report = run_index(engine, [str(folder)])
    assert (report.unchanged, report.updated, report.embedded) == (3, 0, 0)


def test_edits_and_deletions_are_followed_without_naming_the_folder(engine, folder):
    run_index(engine, [str(folder)])
    (folder / "leave.md").unlink()
    (folder / "gauge.txt").write_text("Gauge log\n\nThe North Pier gauge was painted green.\n")
    (folder / "new.md").write_text("# Canteen\n\nThe canteen opens at noon.\n")
    report = run_index(engine)
    assert (report.added, report.updated, report.unchanged, report.removed) == (1, 1, 1, 1)
    assert "leave.md" not in paths(engine.search("annual leave", k=10))
    assert "lightning" not in engine.search("gauge lightning", k=1)[0].text
    assert engine.search("canteen", k=1)[0].document == "Canteen"


def test_a_dry_run_tells_and_changes_nothing(engine, folder):
    report = run_index(engine, [str(folder)], dry_run=True)
    assert (report.added, report.dry_run, report.chunks) == (3, True, 0)
    with pytest.raises(UnknownCollectionError):
        engine.search("leave")


def test_a_root_that_is_gone_keeps_its_documents(engine, folder):
    run_index(engine, [str(folder)])
    folder.rename(folder.with_name("unplugged"))
    report = run_index(engine)
    assert report.removed == 0
    assert [f.code for f in report.failed] == ["not_found"]
    assert len(engine.search("annual leave")) > 0


def test_one_bad_document_does_not_stop_the_others(engine, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nonsense")
    (folder / "picture.dat2").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / "empty.txt").write_text("")
    report = run_index(engine, [str(folder)])
    assert report.added >= 3
    assert [(Path(f.path).name, f.code) for f in report.failed] == [("broken.pdf", "corrupted")]
    assert report.failed[0].remedy
    reasons = {Path(s.path).name: s.reason for s in report.skipped}
    assert reasons == {"picture.dat2": "binary file", "empty.txt": "empty"}


def test_files_of_an_old_format_are_skipped_and_named_with_one_remedy(engine, folder):
    for name in ("a.doc", "b.ppt"):  # of Word 95, saved in pieces
        head = struct.pack("<HHxxxxxxH", 0xA5DC, 104, 4).ljust(600, b"\0")
        (folder / name).write_bytes(make_compound({"WordDocument": head}))
    report = run_index(engine, [str(folder)])
    assert report.failed == ()
    assert [Path(skipped.path).name for skipped in report.skipped] == ["a.doc", "b.ppt"]
    notices = [notice for notice in report.warnings if notice.code == "old_format"]
    assert len(notices) == 1 and "a.doc and 1 more" in notices[0].message and notices[0].remedy == "Save it as .docx."


def test_a_known_failure_is_told_again_until_it_is_mended(engine, folder):
    (folder / "broken.ipynb").write_text("not a notebook")
    run_index(engine, [str(folder)])
    assert [f.code for f in run_index(engine).failed] == ["corrupted"]
    assert engine.status().failed == 1
    (folder / "broken.ipynb").write_text(
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, '
        '"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "herons"}]}'
    )
    report = run_index(engine)
    assert (report.added, report.failed) == (1, ())


def test_an_empty_folder_is_told_and_is_no_failure(engine, tmp_path):
    (tmp_path / "empty").mkdir()
    report = run_index(engine, [str(tmp_path / "empty")])
    assert report.failed == ()
    assert report.warnings[0].code == "no_documents"


def test_a_missing_path_is_a_failure_and_the_rest_is_done(engine, folder):
    report = run_index(engine, [str(folder / "nowhere"), str(folder)])
    assert [f.code for f in report.failed] == ["not_found"]
    assert report.added == 3


def test_rules_are_remembered_for_the_next_refresh(engine, folder):
    run_index(engine, [str(folder)], rules=Rules(include=("*.md",)))
    (folder / "other.txt").write_text("left out")
    assert run_index(engine).unchanged == 1


def test_the_index_never_indexes_itself(tmp_path, embedder):
    (tmp_path / "a.txt").write_text("gull")
    engine = Engine.open(Config(store=tmp_path / "store"), embedder)
    report = run_index(engine, [str(tmp_path)], rules=Rules(ignore=False))
    engine.close()
    assert report.added == 1
    assert "the index itself" in {s.reason for s in report.skipped}


def test_stopping_early_keeps_what_is_stored_and_the_next_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.storing._MUCH", 0)  # so that files are counted
    monkeypatch.setattr("jupyter_localai.engine.indexing._BATCH_CHARS", 1)
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text(f"document number{number}")
    config, before, again = Config(store=tmp_path / "store"), WordEmbedder(), WordEmbedder()
    engine = Engine.open(config, before)
    run = engine.index([str(tmp_path / f"{n}.txt") for n in range(4)])
    for event in run:
        if isinstance(event, Progress) and event.stage == "index" and event.done == 2:
            break
    run.close()
    engine.close()
    engine = Engine.open(config, again)
    report = run_index(engine)
    engine.close()
    assert (report.chunks, report.unchanged) == (4, 2)
    assert len(again.seen) == report.embedded and len({*before.seen, *again.seen}) == 4
    assert len(before.seen) + len(again.seen) == 4


def test_progress_ends_where_it_says(engine, folder):
    events = list(engine.index([str(folder)]))
    assert isinstance(events[-1], IndexReport)
    last = [e for e in events if isinstance(e, Progress)][-1]
    assert last.done == last.total == sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    assert (last.stage, last.unit) == ("index", "bytes")


def test_progress_names_the_file_and_nothing_is_rebuilt(engine, folder, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.indexing._BATCH_CHARS", 1)
    events = [e for e in engine.index([str(folder)]) if isinstance(e, Progress)]
    assert "rebuild" not in {e.stage for e in events}
    named = [e.name for e in events if e.stage == "index" and e.name]
    assert list(dict.fromkeys(named)) == ["gauge.txt", "leave.md", "spikes.py"]


def counted(engine, folder):
    """Return how far each step of indexing was, and what it counted."""
    steps = [e for e in engine.index([str(folder)]) if isinstance(e, Progress) and e.stage == "index"]
    assert all(one.done <= other.done for one, other in itertools.pairwise(steps[1:]))
    return [step.done for step in steps[1:]], {step.unit for step in steps[1:]}, steps[0]


def test_many_files_are_counted(engine, tmp_path):
    (tmp_path / "notes").mkdir()
    for number in range(20):
        (tmp_path / "notes" / f"{number}.txt").write_text(f"document number{number:02}")
    done, units, first = counted(engine, tmp_path / "notes")
    assert (first.done, first.total, units, done[-1]) == (0, 20, {"files"}, 20)


def test_one_very_large_file_does_not_hold_up_the_bar(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_localai.embed.ahead._AT_FIRST", 8)
    (tmp_path / "notes").mkdir()
    for number in range(20):
        (tmp_path / "notes" / f"{number}.txt").write_text(f"document number{number:02}")
    (tmp_path / "notes" / "all.txt").write_text("The gauge was struck by lightning, and nobody was there. " * 2000)
    done, units, first = counted(engine, tmp_path / "notes")
    assert (first.total, units) == (21, {"bytes"})
    assert len(set(done)) > 3 and max(b - a for a, b in itertools.pairwise(done)) < done[-1]


def test_collections_are_apart_and_may_have_any_name(engine, folder):
    run_index(engine, [str(folder / "leave.md")], "日本")
    run_index(engine, [str(folder / "gauge.txt")], "hr")
    assert paths(engine.search("gauge leave", collection="日本")) == {"leave.md"}
    assert paths(engine.search("gauge leave", collection="hr")) == {"gauge.txt"}
    assert [c.name for c in engine.collections()] == ["hr", "日本"]


def test_one_file_in_two_collections_is_one_document_and_is_embedded_once(engine, folder):
    run_index(engine, [str(folder)], "one")
    assert run_index(engine, [str(folder)], "two").embedded == 0
    assert engine.status().documents == 3


@pytest.mark.parametrize("pattern", ["*.py", "sub/*", "spikes.py", "sub/spikes.py"])
def test_a_file_filter_limits_the_documents(engine, folder, pattern):
    run_index(engine, [str(folder)])
    assert paths(engine.search("gauge leave spikes", files=pattern)) == {"spikes.py"}


@pytest.mark.parametrize(
    "pattern",
    ["documents/sub/spikes.py", "./documents/sub/spikes.py", "documents/sub/*", "SPIKES.PY", "Documents/Sub/spikes.py"],
)
def test_a_file_filter_takes_paths_as_lists_show_them(engine, folder, pattern):
    run_index(engine, [str(folder)])
    assert paths(engine.search("gauge leave spikes", files=pattern)) == {"spikes.py"}


def test_a_file_filter_takes_the_case_as_it_is_first(engine, tmp_path):
    for number, name in enumerate(("Tide.md", "tide.md")):
        (tmp_path / "both" / str(number)).mkdir(parents=True)
        (tmp_path / "both" / str(number) / name).write_text(f"The tide turns twice a day, says {number}.")
    run_index(engine, [str(tmp_path / "both")])
    assert {hit.path.rsplit("/", 1)[-1] for hit in engine.search("tide", files="Tide.md")} == {"Tide.md"}
    assert len(engine.search("tide", files="TIDE.md")) > 0


def test_an_absolute_path_means_no_other_file(engine, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "tide.md").write_text("The tide turns twice a day.")
    run_index(engine, [str(tmp_path / "docs" / "tide.md")])
    assert paths(engine.search("tide", files=str(tmp_path / "docs" / "TIDE.md"))) == {"tide.md"}
    (tmp_path / "docs" / "TIDE.md").write_text("The tide turns never.")
    with pytest.raises(UsageError):
        engine.search("tide", files=str(tmp_path / "docs" / "TIDE.md"))


def test_the_narrow_meaning_of_a_file_filter_comes_first(engine, tmp_path):
    (tmp_path / "docs" / "docs").mkdir(parents=True)
    (tmp_path / "docs" / "a.md").write_text("The tide turns twice a day.")
    (tmp_path / "docs" / "docs" / "b.md").write_text("The wind turns once a day.")
    run_index(engine, [str(tmp_path / "docs")])
    assert paths(engine.search("turns", files="docs/*")) == {"b.md"}


def test_a_file_filter_that_matches_nothing_says_so(engine, folder):
    run_index(engine, [str(folder)])
    with pytest.raises(UsageError) as caught:
        engine.search("gauge", files="*.docx")
    assert caught.value.code == "no_matching_file"


@pytest.mark.parametrize("question", ["", "   ", "?!…", "\n\t"])
def test_a_question_without_words_is_refused(engine, folder, question):
    run_index(engine, [str(folder)])
    with pytest.raises(UsageError) as caught:
        engine.search(question)
    assert caught.value.code == "empty_question"


def test_a_question_of_a_hundred_thousand_characters_is_refused(engine, folder):
    run_index(engine, [str(folder)])
    with pytest.raises(UsageError) as caught:
        list(engine.ask("why " * 25_000))
    assert caught.value.code == "question_too_long"
    assert f"{MAX_QUESTION_CHARS:,}" in caught.value.message


@pytest.mark.parametrize(
    "query", ['"', "a AND", "NEAR(", "x*", "col:gauge", "NOT gauge", "'; DROP TABLE chunks; --", "gauge)\x00"]
)
def test_query_operators_are_only_words(engine, folder, query):
    run_index(engine, [str(folder)])
    if any(ch.isalnum() for ch in query):
        engine.search(query)
    assert engine.status().documents == 3


@pytest.mark.parametrize("k", [0, -1, 1001])
def test_k_out_of_range_is_refused(engine, folder, k):
    run_index(engine, [str(folder)])
    with pytest.raises(UsageError, match="between 1 and 1000"):
        engine.search("gauge", k=k)


def test_an_unknown_collection_suggests_the_closest(engine, folder):
    with pytest.raises(UnknownCollectionError, match="Nothing has been indexed"):
        engine.search("x")
    run_index(engine, [str(folder)], "handbook")
    with pytest.raises(UnknownCollectionError, match="Did you mean 'handbook'"):
        engine.search("x", collection="handbok")
    with pytest.raises(UnknownCollectionError):
        list(engine.index(collection="handbok"))


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb", "\x1b[31m"])
def test_an_impossible_collection_name_is_refused(engine, folder, name):
    with pytest.raises(UsageError):
        list(engine.index([str(folder)], name))


def test_another_embedding_model_is_refused_with_the_remedy(tmp_path, folder):
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    engine.close()
    other = WordEmbedder()
    other.fingerprint, other.name = "words-2", "other"
    engine = Engine.open(config, other)
    with pytest.raises(EmbedderMismatchError) as caught:
        engine.search("gauge")
    engine.close()
    assert "jupyter localai rebuild -c default" in caught.value.remedy


def test_the_store_is_private_and_hidden_from_git(engine, folder):
    run_index(engine, [str(folder)])
    store = engine.config.store
    assert (store / ".gitignore").read_text() == "*\n"
    for path in (store, *store.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_an_impossible_store_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        Engine.open(Config(store=tmp_path / "file" / "store"))
    assert caught.value.code == "store_unwritable"
    assert "LOCALAI_STORE" in caught.value.remedy


def test_no_text_of_documents_or_questions_is_logged(engine, folder, caplog):
    caplog.set_level("DEBUG")
    run_index(engine, [str(folder)])
    list(engine.ask("Why was the Gull Rock gauge offline?"))
    assert "Gull" not in caplog.text and "lightning" not in caplog.text
