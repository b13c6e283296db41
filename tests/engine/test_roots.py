"""Several roots in one collection: nested, overlapping, missing, forgotten, unreadable."""

import contextlib
import errno
import glob
import os
import shutil
import sys
import unicodedata
from pathlib import Path
from unittest import mock

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError, UsageError
from jupyter_localai.index.catalogue import DocumentRecord, Source
from jupyter_localai.ingest import read as read_module
from jupyter_localai.ingest.discover import FoundFile
from jupyter_localai.results.files import Rules
from tests.engine.test_listing import counts, paths
from tests.support import probe
from tests.support.equality import assert_sound
from tests.support.in_process import WordEmbedder, run_index
from tests.support.makers import locked

SPIKES = "spikes.py"


def roots_of(engine, collection="default"):
    known = probe.known(engine, collection)
    return {os.path.basename(path): document.root for path, document in known.items()}


def test_what_one_root_leaves_out_and_another_does_not_stays(engine, folder):
    run_index(engine, [str(folder)])
    run_index(engine, [str(folder / "sub")])
    report = run_index(engine, [str(folder)], rules=Rules(exclude=("*.py",)))
    assert counts(report)[:4] == (0, 0, 3, 0)
    assert roots_of(engine)[SPIKES] == str(folder / "sub")
    assert counts(run_index(engine))[:4] == (0, 0, 3, 0)
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}


def test_a_root_and_a_root_in_it_disagree_in_one_run(engine, folder):
    run_index(engine, [str(folder), str(folder / "sub")])
    (folder / ".gitignore").write_text("sub/\n")
    report = run_index(engine)
    assert counts(report)[:4] == (0, 0, 3, 0)
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}
    assert not [s for s in report.skipped if s.path == str(folder / "sub" / SPIKES)]


def test_what_every_root_leaves_out_goes(engine, folder):
    run_index(engine, [str(folder)])
    run_index(engine, [str(folder / "sub")])
    run_index(engine, [str(folder / "sub")], rules=Rules(exclude=("*.py",)))
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}
    assert counts(run_index(engine, [str(folder)], rules=Rules(exclude=("*.py",))))[:4] == (0, 0, 2, 1)


def test_a_file_in_two_roots_is_removed_once(engine, folder):
    run_index(engine, [str(folder), str(folder / "sub")])
    (folder / "sub" / SPIKES).unlink()
    assert run_index(engine, dry_run=True).removed == 1
    assert run_index(engine).removed == 1


def test_a_document_belongs_to_the_outermost_root_that_has_it(engine, folder):
    run_index(engine, [str(folder / "sub")])
    run_index(engine, [str(folder)])
    assert roots_of(engine)[SPIKES] == str(folder)
    assert engine.search("outliers", files="sub/*.py")
    run_index(engine, [str(folder / "sub")])
    assert roots_of(engine)[SPIKES] == str(folder)


def test_a_folder_named_inside_a_forgotten_one_stays(engine, folder):
    deep = folder / "sub" / "deep"
    deep.mkdir()
    (deep / "wind.md").write_text("# Wind\n\nThe wind is measured at ten metres.\n")
    run_index(engine, [str(folder)])
    list(engine.forget([str(folder / "sub")]))
    run_index(engine, [str(deep)])
    assert paths(engine) == {"leave.md", "gauge.txt", "wind.md"}
    assert run_index(engine).removed == 0
    assert paths(engine) == {"leave.md", "gauge.txt", "wind.md"}


def test_a_file_named_inside_a_forgotten_folder_stays(engine, folder):
    run_index(engine, [str(folder)])
    list(engine.forget([str(folder / "sub")]))
    run_index(engine, [str(folder / "sub" / SPIKES)])
    run_index(engine)
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}


def test_a_root_forgotten_inside_another_root_stays_out(engine, folder):
    run_index(engine, [str(folder), str(folder / "sub")])
    list(engine.forget([str(folder / "sub")]))
    assert engine.collections()[0].roots == (str(folder),)
    assert counts(run_index(engine))[:4] == (0, 0, 2, 0)


def test_a_root_in_a_hidden_folder_that_may_not_be_entered_keeps_its_documents(engine, folder):
    hidden = folder / ".hidden" / "notes"
    hidden.mkdir(parents=True)
    (hidden / "wind.md").write_text("# Wind\n\nThe wind is measured at ten metres.\n")
    run_index(engine, [str(folder), str(hidden)])
    with locked(folder / ".hidden"):
        assert run_index(engine, [str(folder)]).removed == 0
        report = run_index(engine)
    assert (report.removed, [f.code for f in report.failed]) == (0, ["permission_denied"])
    assert "wind.md" in paths(engine)


def test_a_root_in_a_hidden_folder_that_is_unplugged_keeps_its_documents(engine, folder):
    hidden = folder / ".mnt" / "stick"
    hidden.mkdir(parents=True)
    (hidden / "wind.md").write_text("# Wind\n\nThe wind is measured at ten metres.\n")
    run_index(engine, [str(folder), str(hidden)])
    hidden.rename(folder.with_name("away"))
    report = run_index(engine)
    assert (report.removed, [f.path for f in report.failed]) == (0, [str(hidden)])
    assert "wind.md" in paths(engine)


def test_an_unreadable_folder_keeps_its_documents(engine, folder):
    run_index(engine, [str(folder)])
    with locked(folder / "sub"):
        report = run_index(engine)
    assert (report.removed, [f.code for f in report.failed]) == (0, ["permission_denied"])
    assert counts(run_index(engine))[:4] == (0, 0, 3, 0)


def test_a_folder_whose_ignore_file_cannot_be_read_is_left_as_it_was(engine, folder):
    """Else what it should leave out would be indexed."""
    (folder / "sub" / ".gitignore").write_text("private.md\n")
    (folder / "sub" / "private.md").write_text("# Private\n\nNobody may find this.\n")
    run_index(engine, [str(folder)])
    real = Path.open

    def opened(path, *arguments, **options):
        if path.name == ".gitignore":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *arguments, **options)

    with mock.patch.object(Path, "open", opened):
        report = run_index(engine)
    assert (report.removed, [f.path for f in report.failed]) == (0, [str(folder / "sub")])
    assert ".gitignore" in report.failed[0].message
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}


def test_a_version_that_is_being_built_is_not_counted_as_forgotten_twice(tmp_path, folder, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.storing._MUCH", 0)  # so that files are counted
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    engine.close()
    other = WordEmbedder()
    other.fingerprint = "words-2"
    engine = Engine.open(config, other)
    run = engine.rebuild()
    for event in run:
        if event.stage == "index" and event.done == 3:
            break
    run.close()
    *_, report = engine.forget([str(folder / "gauge.txt")])
    assert (report.documents, report.chunks) == (1, 1)
    engine.close()


def test_a_root_that_may_not_be_entered_has_not_moved_to_its_copy(engine, folder, tmp_path):
    parent = tmp_path / "locked"
    parent.mkdir()
    folder = folder.rename(parent / "documents")
    run_index(engine, [str(folder)])
    shutil.copytree(folder, tmp_path / "copy")
    with locked(parent):
        report = run_index(engine, [str(tmp_path / "copy")])
    assert counts(report)[:5] == (3, 0, 0, 0, None)
    assert engine.collections()[0].roots == (str(tmp_path / "copy"), str(folder))
    assert counts(run_index(engine))[:4] == (0, 0, 6, 0)


def test_a_folder_root_becomes_a_file_and_a_folder_again(engine, folder):
    run_index(engine, [str(folder)])
    shutil.rmtree(folder)
    folder.write_text("Now this is a file.\n")
    assert counts(run_index(engine))[:4] == (1, 0, 0, 3)
    folder.unlink()
    folder.mkdir()
    (folder / "new.md").write_text("# New\n\nIt is a folder again.\n")
    assert counts(run_index(engine))[:4] == (1, 0, 0, 1)
    assert_sound(engine)


def test_the_index_is_avoided_whatever_it_is_called(tmp_path, folder):
    (tmp_path / "link").symlink_to(folder)
    engine = Engine.open(Config(store=tmp_path / "link" / "store"), WordEmbedder())
    (engine.config.store / "owner.json").write_text('{"pid": 1}')
    run_index(engine, [str(folder)], rules=Rules(ignore=False))
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}
    engine.close()


def test_the_index_is_avoided_as_a_root(engine, folder):
    (engine.config.store / "owner.json").write_text('{"pid": 1}')
    run_index(
        engine, [str(folder), str(engine.config.store), str(engine.config.store / "chroma")], rules=Rules(ignore=False)
    )
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}


def test_an_edit_within_the_same_tick_of_a_coarse_inode_clock_is_seen(engine, folder, monkeypatch):
    """A file unpacked just now has an old time; an edit that restores it changes only the time of its inode."""
    real = __import__("jupyter_localai.engine.listing", fromlist=["discover"]).discover

    def coarse(*arguments):
        for item in real(*arguments):
            is_file = isinstance(item, FoundFile)
            yield FoundFile(item.path, item.size, item.mtime_ns, item.ctime_ns // 10**11 * 10**11) if is_file else item

    monkeypatch.setattr("jupyter_localai.engine.listing.discover", coarse)
    monkeypatch.setattr("time.time_ns", lambda: os.stat(folder).st_ctime_ns // 10**11 * 10**11 + 10**9)
    os.utime(folder / "gauge.txt", (1_000_000_000, 1_000_000_000))
    run_index(engine, [str(folder)])
    text = (folder / "gauge.txt").read_text()
    (folder / "gauge.txt").write_text(text.replace("March", "April"))
    os.utime(folder / "gauge.txt", (1_000_000_000, 1_000_000_000))
    assert run_index(engine).updated == 1


def test_a_file_too_large_is_read_when_the_limit_is_raised(tmp_path, folder):
    long_ago(folder)
    engine = Engine.open(Config(store=tmp_path / "store", max_file_mb=1), WordEmbedder())
    (folder / "large.txt").write_text("word " * 300_000)
    os.utime(folder / "large.txt", (1_000_000_000, 1_000_000_000))
    assert [f.code for f in run_index(engine, [str(folder)]).failed] == ["too_large"]
    engine.close()
    engine = Engine.open(Config(store=tmp_path / "store", max_file_mb=2), WordEmbedder())
    report = run_index(engine)
    assert (report.added, report.failed) == (1, ())
    engine.close()


def test_a_file_the_system_could_not_read_once_is_read_the_next_time(engine, folder, monkeypatch):
    long_ago(folder)
    real = os.open

    def broken(path, *arguments, **options):
        if str(path).endswith("gauge.txt"):
            raise OSError(errno.EIO, "Input/output error")
        return real(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", broken)
        assert [f.code for f in run_index(engine, [str(folder)]).failed] == ["unreadable"]
    assert counts(run_index(engine))[:4] == (1, 0, 2, 0)


def long_ago(folder):
    """Give every file a time that can be trusted."""
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))


def test_what_becomes_unreadable_or_no_document_is_counted_as_removed(engine, folder):
    run_index(engine, [str(folder)])
    (folder / "gauge.txt").write_bytes(b"\x00\x01\x02" * 100)
    (folder / "leave.md").rename(folder / "leave.pdf")
    (folder / "leave.pdf").write_text("%PDF-1.4 broken")
    report = run_index(engine)
    assert counts(report)[:4] == (0, 0, 1, 2)
    assert [f.code for f in report.failed] == ["corrupted"]
    (folder / "leave.pdf").unlink()
    assert run_index(engine).removed == 0


def test_a_dry_run_reads_as_the_real_one_does(engine, folder):
    (folder / "bits").write_bytes(b"\x00\x01\x02" * 100)
    (folder / "broken.pdf").write_text("%PDF-1.4 broken")
    (folder / "empty.txt").write_text("")
    told = run_index(engine, [str(folder)], dry_run=True)
    done = run_index(engine, [str(folder)])
    assert told.dry_run and done.dry_run is None
    assert (told.added, told.skipped, told.failed) == (done.added, done.skipped, done.failed)
    (folder / "gauge.txt").write_bytes(b"\x00\x01\x02" * 100)
    (folder / "leave.md").write_text("%PDF-1.4 broken")
    told, done = run_index(engine, dry_run=True), run_index(engine)
    assert counts(told)[:4] == counts(done)[:4]
    assert (told.skipped, told.failed, told.warnings) == (done.skipped, done.failed, done.warnings)


def test_a_path_that_is_not_there_is_no_dry_run(engine, tmp_path):
    assert run_index(engine, [str(tmp_path / "nothing")]).dry_run is None


def test_a_name_that_is_no_unicode_is_told(engine, folder):
    odd = os.fsdecode(os.fsencode(str(folder)) + b"/\xff\xfe")
    os.mkdir(odd)
    with open(os.path.join(odd, "a.md"), "w") as file:
        file.write("# Odd\n\nIts folder has an odd name.\n")
    run_index(engine, [str(folder)])
    for path in (odd, "a\0b"):
        for call in (engine.index, engine.forget):
            with pytest.raises(UsageError, match="not valid Unicode"):
                list(call([path]))
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}


def test_rules_for_no_folder_are_refused(engine, folder):
    run_index(engine, [str(folder)])
    with pytest.raises(UsageError, match="no folder"):
        list(engine.index(rules=Rules(exclude=("*.py",))))


def test_a_drive_unplugged_while_it_is_read_keeps_its_documents(engine, folder, monkeypatch):
    run_index(engine, [str(folder)])
    real = read_module.load
    monkeypatch.setattr("jupyter_localai.ingest.VERSION", 999)

    def load(path, limit, root=""):
        if folder.exists():
            folder.rename(folder.with_name("unplugged"))
        return real(path, limit, root)

    monkeypatch.setattr(read_module, "load", load)
    report = run_index(engine)
    assert (report.removed, [(f.path, f.code) for f in report.failed]) == (0, [(str(folder), "not_found")])
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}
    monkeypatch.setattr(read_module, "load", real)
    folder.with_name("unplugged").rename(folder)
    assert counts(run_index(engine))[:4] == (0, 3, 0, 0)


def test_a_drive_unplugged_while_it_is_listed_keeps_its_documents(engine, folder, monkeypatch):
    run_index(engine, [str(folder)])
    real = os.scandir

    def scandir(path):
        if path == str(folder / "sub"):
            folder.rename(folder.with_name("unplugged"))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = run_index(engine)
    assert (report.removed, {f.path for f in report.failed}) == (0, {str(folder)})
    assert paths(engine) == {"leave.md", "gauge.txt", SPIKES}


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_a_document_that_cannot_be_read_now_is_kept_as_it_was(engine, folder, monkeypatch, number):
    run_index(engine, [str(folder)])
    (folder / "gauge.txt").write_text("Gauge log\n\nThe North Pier gauge was painted green.\n")
    real = os.open

    def broken(path, *arguments, **options):
        if str(path).endswith("gauge.txt"):
            raise OSError(number, "No")
        return real(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", broken)
        report = run_index(engine)
    assert (counts(report)[:4], len(report.failed)) == ((0, 0, 2, 0), 1)
    assert "lightning" in engine.search("gauge", k=1)[0].text
    assert counts(run_index(engine))[:4] == (0, 1, 2, 0)


def test_a_file_deleted_while_its_folder_is_listed_is_no_failure(engine, folder, monkeypatch):
    run_index(engine, [str(folder)])
    real = os.scandir

    def scandir(path):
        if path != str(folder):
            return real(path)
        entries = list(real(path))
        (folder / "gauge.txt").unlink(missing_ok=True)
        return contextlib.nullcontext(entries)

    monkeypatch.setattr(os, "scandir", scandir)
    report = run_index(engine)
    assert (report.failed, report.removed) == ((), 1)


def steps_of_pairing(count, folders):
    """Return how many calls it takes to pair that many documents with files of the same content and name."""
    at = [f"/code/{number % folders}/{number}/__init__.py" for number in range(count)]
    gone = [DocumentRecord(number, path, "/code", 0, 0, 0, "sha", 1, "ready", None) for number, path in enumerate(at)]
    new = [Source(path.replace("/code", "/moved"), "/moved", 0, 0) for path in reversed(at)]
    calls = []
    sys.setprofile(lambda frame, event, _: calls.append(event))
    try:
        pairs = probe.pair_moves(gone, new)
    finally:
        sys.setprofile(None)
    assert {(known.path, source.path) for known, source in pairs} == {(p, p.replace("/code", "/moved")) for p in at}
    return len(calls)


@pytest.mark.parametrize("folders", [1, 7, 1000])
def test_twice_as_many_equal_files_take_twice_the_steps(folders):
    assert steps_of_pairing(800, folders) < 2.5 * steps_of_pairing(400, folders)


def test_many_equal_files_are_moved_each_to_its_own_place(engine, tmp_path):
    for number in range(50):
        (tmp_path / "code" / str(number)).mkdir(parents=True)
        (tmp_path / "code" / str(number) / "__init__.py").write_text("")
    run_index(engine, [str(tmp_path / "code")])
    before = {known.id: path for path, known in probe.known(engine).items()}
    (tmp_path / "code").rename(tmp_path / "moved")
    assert run_index(engine, [str(tmp_path / "moved")]).moved == 50
    now = {known.id: path for path, known in probe.known(engine).items()}
    assert now == {number: path.replace("/code/", "/moved/") for number, path in before.items()}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_accent_does_not_end_a_word_of_a_name(engine, folder, form):
    """Some file systems take accents apart from their letters; renaming is then the only change."""
    taken_apart = folder / unicodedata.normalize("NFD", "résumé.md")
    taken_apart.write_text("It tells what somebody has worked at.\n")
    run_index(engine, [str(folder)])
    assert engine.search(unicodedata.normalize(form, "résumé"), k=1)[0].explain.keyword == 1.0
    taken_apart.rename(folder / unicodedata.normalize("NFC", "résumé.md"))
    assert counts(run_index(engine))[:5] == (1, 0, 3, 1, 1)
    assert engine.search(unicodedata.normalize(form, "résumé"), k=1)[0].explain.keyword == 1.0
    assert_sound(engine)


def test_a_move_mends_the_words_of_a_name_that_an_older_version_cut(engine, folder):
    (folder / "résumé.md").write_text("It tells what somebody has worked at.\n")
    run_index(engine, [str(folder)])
    catalogue, path = probe.catalogue(engine), str(folder / "résumé.md")
    ((number, collection),) = catalogue.rows("SELECT id, collection_id FROM documents WHERE path = ?", (path,))
    with catalogue.transaction():
        numbers = catalogue.chunks.of_document(number)
        catalogue.fulltext.drop_chunks(collection, numbers)
        catalogue.fulltext.drop_name(collection, number)
        catalogue.execute("UPDATE documents SET words = 're sume' WHERE id = ?", (number,))
        catalogue.fulltext.put_chunks(collection, numbers)
        catalogue.fulltext.put_name(collection, number)
    (folder / "résumé.md").rename(folder / "sub" / "résumé.md")
    assert run_index(engine).moved == 1
    assert engine.search("résumé", k=1)[0].explain.keyword == 1.0
    assert_sound(engine)


def test_a_switch_does_not_lose_what_may_not_be_read_now(tmp_path, folder):
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    engine.close()
    other = WordEmbedder()
    other.fingerprint = "words-2"
    engine = Engine.open(config, other)
    with locked(folder / "sub"), pytest.raises(StoreError) as caught:
        list(engine.rebuild())
    assert (caught.value.code, str(folder / "sub") in caught.value.message) == ("permission_denied", True)
    engine.close()
    engine = Engine.open(config, WordEmbedder())
    assert engine.search("outliers", k=1)[0].path == str(folder / "sub" / SPIKES)
    engine.close()
    engine = Engine.open(config, other)
    *_, report = engine.rebuild()
    assert (report.documents, report.embedded) == (3, 1)
    engine.close()


def test_a_switch_that_is_given_up_leaves_no_vectors(tmp_path, folder):
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    engine.close()
    other = WordEmbedder()
    other.fingerprint = "words-2"
    engine = Engine.open(config, other)
    run = engine.rebuild()
    for event in run:
        if event.stage == "index" and event.done:
            break
    run.close()
    engine.close()
    engine = Engine.open(config, WordEmbedder())
    list(engine.rebuild())
    assert_sound(engine)
    engine.close()


def test_a_switch_that_goes_on_follows_what_happened_to_the_roots(tmp_path, folder):
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    engine.close()
    other = WordEmbedder()
    other.fingerprint = "words-2"
    engine = Engine.open(config, other)
    run = engine.rebuild()
    for event in run:
        if event.stage == "list":
            break
    for event in run:
        if event.stage == "index":
            break
    run.close()
    engine.close()
    engine = Engine.open(config, WordEmbedder())
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    run_index(engine, [str(elsewhere)])
    assert engine.collections()[0].roots == (str(elsewhere),)
    engine.close()
    engine = Engine.open(config, other)
    list(engine.rebuild())
    assert engine.collections()[0].roots == (str(elsewhere),)
    assert len(paths(engine)) == 3
    assert_sound(engine)
    engine.close()


def test_an_interrupted_run_whose_files_are_gone_leaves_no_vectors(engine, folder, monkeypatch):
    long_ago(folder)
    run_index(engine, [str(folder)])
    (folder / "wind.md").write_text("# Wind\n\nThe wind is measured at ten metres.\n")
    run = engine.index()
    for event in run:
        if event.stage == "index" and event.done:
            break
    run.close()
    (folder / "wind.md").unlink()
    run_index(engine)
    assert_sound(engine)


def test_a_file_named_in_a_root_that_has_it_is_no_root_of_its_own(engine, folder):
    run_index(engine, [str(folder)])
    (folder / "sub" / "new.md").write_text("# New\n\nThe pump was painted green.\n")
    assert counts(run_index(engine, [str(folder / "sub" / "new.md")]))[:4] == (1, 0, 0, 0)
    assert engine.collections()[0].roots == (str(folder),)
    assert roots_of(engine)["new.md"] == str(folder)
    assert counts(run_index(engine))[:4] == (0, 0, 4, 0)


@pytest.mark.parametrize("why", ["ignored", "excluded", "hidden"])
def test_a_file_that_its_root_leaves_out_becomes_a_root(engine, folder, why):
    file = folder / (".sub" if why == "hidden" else "sub") / "new.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text("# New\n\nThe pump was painted green.\n")
    if why == "ignored":
        (folder / ".gitignore").write_text("new.md\n")
    run_index(engine, [str(folder)], rules=Rules(exclude=("new*",) if why == "excluded" else ()))
    assert counts(run_index(engine, [str(file)]))[:4] == (1, 0, 0, 0)
    assert str(file) in engine.collections()[0].roots
    assert "new.md" in paths(engine) and run_index(engine).removed == 0


AWKWARD = ("a#b?.md", "n[1].md", "star*.md", "a b.md", "日本 é.md", "[a]?[!b]*.md", "back\\slash.md", "-c.md")


@pytest.mark.parametrize("name", AWKWARD)
def test_one_document_is_asked_whatever_its_name_and_those_of_others_are(engine, folder, name):
    for where, what in (("sub", "green"), (".", "red")):
        (folder / where / name).write_text(f"# Pump\n\nThe pump was painted {what}.\n")
    (folder / "n1.md").write_text("# Pump\n\nThe pump was painted blue.\n")
    run_index(engine, [str(folder)])
    hits = engine.search("pump painted", files=glob.escape(str(folder / "sub" / name)))
    assert [hit.path for hit in hits] == [str(folder / "sub" / name)]
    assert len(engine.search("pump painted", files=glob.escape(name))) == 2


def test_a_document_that_is_not_there_is_told_by_its_path(engine, folder):
    run_index(engine, [str(folder)])
    with pytest.raises(UsageError) as raised:
        engine.search("pump", files=glob.escape("/elsewhere/n[1].md"))
    assert raised.value.code == "no_matching_file" and "'/elsewhere/n[1].md'" in raised.value.message
