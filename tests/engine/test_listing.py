"""What a run finds changed: renames, moves, clocks, and files that change under its hands."""

import os
import shutil
import time

import pytest

from jupyter_localai.ingest import read as read_module
from jupyter_localai.results.files import Rules
from tests.support import probe
from tests.support.in_process import run_index


@pytest.fixture
def indexed(engine, folder):
    run_index(engine, [str(folder)])
    probe.embedder(engine).seen.clear()
    return engine


def counts(report):
    return report.added, report.updated, report.unchanged, report.removed, report.moved, report.embedded


def paths(engine, collection="default"):
    found = probe.known(engine, collection)
    return {os.path.basename(path) for path in found}


def test_a_renamed_file_is_neither_read_nor_embedded(indexed, folder, monkeypatch):
    monkeypatch.setattr(read_module, "read", None)
    (folder / "leave.md").rename(folder / "sub" / "zanzibar.md")
    assert counts(run_index(indexed)) == (1, 0, 2, 1, 1, 0)
    hit = indexed.search("annual leave", k=1)[0]
    assert hit.path == str(folder / "sub" / "zanzibar.md")
    assert indexed.search("zanzibar", k=1)[0].explain.keyword == 1.0


def test_a_document_without_a_title_has_its_new_name(indexed, folder):
    (folder / "sub" / "spikes.py").rename(folder / "sub" / "zebra.py")  # a word that stands in no document
    run_index(indexed)
    (folder / "sub" / "zebra.py").rename(folder / "sub" / "outliers.py")
    run_index(indexed)
    assert indexed.search("drop outliers", k=1)[0].document == "outliers.py"
    explain = indexed.search("zebra", k=1)[0].explain
    assert explain.keyword_rank is None and explain.name == 0


def test_a_copy_is_added_and_embeds_nothing(indexed, folder):
    shutil.copy(folder / "leave.md", folder / "copy.md")
    assert counts(run_index(indexed)) == (1, 0, 3, 0, None, 0)


def test_two_names_that_change_places(indexed, folder):
    (folder / "leave.md").rename(folder / "x")
    (folder / "gauge.txt").rename(folder / "leave.md")
    (folder / "x").rename(folder / "gauge.txt")
    report = run_index(indexed)
    assert (report.updated, report.added, report.removed) == (2, 0, 0)
    assert indexed.search("annual leave", k=1)[0].path == str(folder / "gauge.txt")


def test_an_edited_and_renamed_file_is_a_new_one(indexed, folder):
    (folder / "leave.md").rename(folder / "left.md")
    with (folder / "left.md").open("a") as file:
        file.write("\n## Tea\n\nTea is served at four.\n")
    report = run_index(indexed)
    assert (report.added, report.removed, report.moved) == (1, 1, None)


def test_only_the_changed_chunks_of_a_file_change(indexed, folder, engine):
    long = folder / "long.txt"
    long.write_text("\n\n".join(" ".join(f"word{i}" for i in range(70)) + f" part{n}" for n in range(30)))
    run_index(engine)
    collection = probe.collection(engine)
    before = set(probe.catalogue(engine).chunks.numbers(collection.id))
    long.write_text(long.read_text().replace("part14", "part14 with three words"))
    report = run_index(engine)
    after = set(probe.catalogue(engine).chunks.numbers(collection.id))
    assert report.embedded == len(after - before) <= 2
    assert len(before & after) >= len(before) - 2


def test_a_moved_root_needs_no_forgetting(indexed, folder):
    (folder / "gone.txt").write_text("Deleted while nobody looked.")
    run_index(indexed)
    folder.rename(folder.with_name("elsewhere"))
    elsewhere = folder.with_name("elsewhere")
    (elsewhere / "gone.txt").unlink()
    report = run_index(indexed, [str(elsewhere)])
    assert counts(report) == (3, 0, 0, 4, 3, 0)
    assert [notice.code for notice in report.warnings] == ["root_moved"]
    assert indexed.collections()[0].roots == (str(elsewhere),)
    assert counts(run_index(indexed)) == (0, 0, 3, 0, None, 0)
    assert indexed.search("annual leave", k=1)[0].path == str(elsewhere / "leave.md")


def test_a_missing_root_says_what_to_do(indexed, folder):
    folder.rename(folder.with_name("unplugged"))
    (failure,) = run_index(indexed).failed
    assert "index it where it is now" in failure.remedy
    assert paths(indexed) == {"leave.md", "gauge.txt", "spikes.py"}


def test_a_few_files_copied_from_a_missing_root_do_not_move_it(indexed, folder, tmp_path):
    (tmp_path / "desk").mkdir()
    shutil.copy(folder / "leave.md", tmp_path / "desk")
    folder.rename(folder.with_name("unplugged"))
    report = run_index(indexed, [str(tmp_path / "desk")])
    assert (report.moved, report.embedded) == (1, 0)
    assert str(folder) in indexed.collections()[0].roots
    assert paths(indexed) == {"leave.md", "gauge.txt", "spikes.py"}


@pytest.mark.parametrize(("copied", "is_left"), [(1, False), (2, False), (3, True)])
def test_a_missing_root_is_left_when_more_than_half_of_it_is_elsewhere(engine, tmp_path, copied, is_left):
    names = ("a.txt", "b.txt", "c.txt", "d.txt")
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    for name in names:
        (here / name).write_text(f"The text of {name}.\n")
    run_index(engine, [str(here)])
    for name in names[:copied]:
        shutil.copy(here / name, there)
    here.rename(tmp_path / "unplugged")
    assert run_index(engine, [str(there)]).moved == copied
    assert (str(here) not in engine.collections()[0].roots) is is_left
    assert paths(engine) == (set(names[:copied]) if is_left else set(names))


def test_a_dry_run_foretells_moves_and_touches(indexed, folder):
    (folder / "leave.md").rename(folder / "left.md")
    os.utime(folder / "gauge.txt", (1, 1))
    (folder / "sub" / "spikes.py").write_text("def changed(): ...\n")
    report = run_index(indexed, dry_run=True)
    assert counts(report) == (1, 1, 1, 1, 1, 0)
    assert "left.md" not in paths(indexed)
    assert counts(run_index(indexed))[:5] == counts(report)[:5]


def test_an_edit_that_keeps_size_and_time_is_seen(engine, folder):
    os.utime(folder / "gauge.txt", (1_000_000_000, 1_000_000_000))
    run_index(engine, [str(folder)])
    text = (folder / "gauge.txt").read_text()
    (folder / "gauge.txt").write_text(text.replace("March", "April"))
    os.utime(folder / "gauge.txt", (1_000_000_000, 1_000_000_000))
    assert run_index(engine).updated == 1


def test_an_edit_within_the_same_tick_of_a_coarse_clock_is_seen(engine, folder, monkeypatch):
    run_index(engine, [str(folder)])
    known = probe.known(engine)[str(folder / "gauge.txt")]
    assert known.mtime_ns == 0, "a file written just now must not be trusted by its time"
    monkeypatch.setattr(time, "time_ns", lambda: (folder / "gauge.txt").stat().st_mtime_ns + 10**10)
    run_index(engine)
    known = probe.known(engine)[str(folder / "gauge.txt")]
    assert known.mtime_ns == (folder / "gauge.txt").stat().st_mtime_ns


@pytest.mark.parametrize("seconds", [-10 * 365 * 86400, 10 * 365 * 86400])
def test_a_clock_that_jumps_loses_no_edit(indexed, folder, monkeypatch, seconds):
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + seconds * 10**9)
    (folder / "gauge.txt").write_text("The gauge was repainted.\n")
    os.utime(folder / "gauge.txt", (time.time_ns() / 1e9, time.time_ns() / 1e9))
    assert counts(run_index(indexed))[:4] == (0, 1, 2, 0)
    assert counts(run_index(indexed))[:4] == (0, 0, 3, 0)


def test_a_file_deleted_while_the_run_goes_on_is_no_failure(engine, folder, monkeypatch):
    run_index(engine, [str(folder)])
    (folder / "gauge.txt").write_text("changed")
    real = read_module.load

    def load(path, limit, root=""):
        (folder / "gauge.txt").unlink(missing_ok=True)
        return real(path, limit)

    monkeypatch.setattr(read_module, "load", load)
    report = run_index(engine)
    assert report.failed == ()
    assert {s.reason for s in report.skipped} == {"deleted while indexing"}
    assert paths(engine) == {"leave.md", "spikes.py"}


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old " * 10)
    real, calls = os.fstat, []

    def fstat(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            path.write_text("new " * 12)
        return real(descriptor)

    monkeypatch.setattr(read_module.os, "fstat", fstat)
    assert read_module.load(str(path), 1000) == b"new " * 12


def test_a_file_that_changes_all_the_time_is_taken_as_it_is_and_read_anew_later(engine, folder, monkeypatch):
    log = folder / "gauge.txt"
    real = os.fstat

    def fstat(descriptor):
        with log.open("a") as file:
            file.write("one more line\n")
        return real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(read_module.os, "fstat", fstat)
        assert run_index(engine, [str(folder)]).failed == ()
    assert run_index(engine).updated == 1
    assert "one more line" in indexed_text(engine, log)


def indexed_text(engine, path):
    known = probe.known(engine)[str(path)]
    return "\n".join(chunk.text for chunk in probe.catalogue(engine).chunks.of_documents([known.id]))


def test_a_file_deleted_from_a_folder_named_below_its_root_vanishes(indexed, folder):
    (folder / "sub" / "spikes.py").unlink()
    assert run_index(indexed, [str(folder / "sub")]).removed == 1


def test_narrower_rules_take_out_what_they_leave_out(indexed, folder):
    assert counts(run_index(indexed, [str(folder)], rules=Rules(exclude=("*.py",))))[:4] == (0, 0, 2, 1)


def test_readers_that_changed_read_again_and_embed_only_what_differs(indexed, folder, monkeypatch):
    monkeypatch.setattr("jupyter_localai.ingest.VERSION", 999)
    report = run_index(indexed)
    assert (report.updated, report.embedded) == (3, 0)
    assert run_index(indexed).unchanged == 3
