"""Bringing single files up to date: where they lie in a root, by the root's rules, and nothing else."""

import os
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import UnknownCollectionError, UsageError
from jupyter_localai.index.folders import ChromaFolders
from jupyter_localai.results.files import Rules
from tests.engine.test_follows_folder import check_here, paragraph
from tests.support import probe
from tests.support.equality import assert_same, assert_sound
from tests.support.in_process import WordEmbedder, run_index
from tests.support.pdf_files import make_pdf


@pytest.fixture
def indexed(engine, folder):
    run_index(engine, [str(folder)])
    return engine


def refresh(engine, *paths, collection="default", **keywords):
    return run_index(engine, [str(path) for path in paths], collection, refresh=True, **keywords)


def paths(engine, collection="default"):
    return {item.path for item in engine.documents(collection, limit=1000)}


def roots(engine, collection="default"):
    return [root.path for root in engine.documents(collection).roots]


def test_a_changed_file_alone_is_read(indexed, folder):
    (folder / "leave.md").write_text("The kettle is descaled on Fridays.")
    (folder / "gauge.txt").write_text("Nobody has looked at this yet.")
    report = refresh(indexed, folder / "leave.md")
    assert (report.updated, report.added, report.removed, report.warnings) == (1, 0, 0, ())
    assert "kettle" in indexed.search("kettle descaled Fridays", k=1)[0].text
    assert "offline in March" in indexed.search("gauge offline March", k=1)[0].text


def test_a_new_file_in_a_root_is_added_and_is_no_root(indexed, folder):
    (folder / "sub" / "new").mkdir()
    (folder / "sub" / "new" / "tea.md").write_text("Tea is served at four.")
    assert refresh(indexed, folder / "sub" / "new" / "tea.md").added == 1
    assert roots(indexed) == [str(folder)]


def test_what_lies_in_no_root_is_not_looked_at(indexed, folder, tmp_path):
    outside = tmp_path / "documents2" / "a.md"  # its folder's name begins like that of the root
    outside.parent.mkdir()
    outside.write_text("Elsewhere.")
    before = paths(indexed)
    report = refresh(indexed, outside)
    assert (report.added, report.skipped, report.failed, report.warnings) == (0, (), (), ())
    assert paths(indexed) == before and roots(indexed) == [str(folder)]


def test_a_deleted_file_and_a_deleted_folder_are_gone(indexed, folder):
    (folder / "gauge.txt").unlink()
    (folder / "sub" / "spikes.py").unlink()
    (folder / "sub").rmdir()
    assert refresh(indexed, folder / "gauge.txt").removed == 1
    assert refresh(indexed, folder / "sub").removed == 1
    assert paths(indexed) == {str(folder / "leave.md")}


def test_a_renamed_file_keeps_what_was_made_of_it(indexed, folder):
    probe.embedder(indexed).seen.clear()
    (folder / "leave.md").rename(folder / "sub" / "left.md")
    report = refresh(indexed, folder / "leave.md", folder / "sub" / "left.md")
    assert (report.moved, report.embedded) == (1, 0)
    assert indexed.search("annual leave", k=1)[0].path == str(folder / "sub" / "left.md")


def test_a_renamed_pdf_is_cut_again_under_its_name(indexed, folder):
    (folder / "gull_rock.pdf").write_bytes(make_pdf("The lamp was lit in March."))
    refresh(indexed, folder / "gull_rock.pdf")
    (folder / "gull_rock.pdf").rename(folder / "tern_isle.pdf")
    report = refresh(indexed, folder / "gull_rock.pdf", folder / "tern_isle.pdf")
    assert (report.moved, report.added, report.removed) == (1, 1, 1)
    catalogue = probe.catalogue(indexed)
    assert [row[0] for row in catalogue.rows("SELECT context FROM chunks WHERE text LIKE '%lamp%'")] == ["tern isle"]
    assert refresh(indexed, folder / "tern_isle.pdf").unchanged == 1


def test_a_renamed_folder_inside_a_root(indexed, folder):
    (folder / "sub").rename(folder / "parts")
    assert refresh(indexed, folder / "sub", folder / "parts").moved == 1
    assert str(folder / "parts" / "spikes.py") in paths(indexed)


def test_a_root_that_is_away_keeps_its_documents_and_is_told(indexed, folder, tmp_path):
    folder.rename(tmp_path / "elsewhere")
    report = refresh(indexed, folder)
    assert [failure.code for failure in report.failed] == ["not_found"] and "kept" in report.failed[0].remedy
    assert len(paths(indexed)) == 3


@pytest.mark.parametrize("hidden", [".a.md", ".hidden/a.md", "node_modules/a.md", "secret.key", "a.png"])
def test_what_no_folder_is_read_for_stays_out(indexed, folder, hidden):
    path = folder / hidden
    path.parent.mkdir(exist_ok=True)
    path.write_text("Text of something.")
    assert refresh(indexed, path).added == 0
    assert len(paths(indexed)) == 3


def test_the_rules_of_the_root_count(engine, folder):
    (folder / ".gitignore").write_text("gauge.*\n")
    (folder / "sub" / ".gitignore").write_text("!gauge.md\n")
    run_index(engine, [str(folder)], rules=Rules(include=("*.md",), exclude=("old",)))
    (folder / "old").mkdir()
    left_out = [folder / "notes.txt", folder / "old" / "a.md", folder / "gauge.md"]
    for path in (*left_out, folder / "sub" / "gauge.md"):
        path.write_text("Some text.")
    for path in left_out:
        refresh(engine, path)
    assert paths(engine) == {str(folder / "leave.md")}
    refresh(engine, folder / "sub" / "gauge.md")
    assert paths(engine) == {str(folder / "leave.md"), str(folder / "sub" / "gauge.md")}


def test_what_was_forgotten_stays_so(indexed, folder):
    list(indexed.forget([str(folder / "leave.md")]))
    list(indexed.forget([str(folder / "sub")]))
    (folder / "leave.md").write_text("It was changed.")
    refresh(indexed, folder / "leave.md")
    refresh(indexed, folder / "sub" / "spikes.py")
    refresh(indexed, folder / "sub")
    assert paths(indexed) == {str(folder / "gauge.txt")}
    run_index(indexed)
    assert paths(indexed) == {str(folder / "gauge.txt")}


def test_a_file_in_two_roots_belongs_to_the_outermost(indexed, folder):
    run_index(indexed, [str(folder / "sub")], rules=Rules(include=("*.txt",)))
    (folder / "sub" / "b.md").write_text("By the rules of the outer one.")
    refresh(indexed, folder / "sub" / "b.md")
    (item,) = indexed.documents(name="b.md")
    assert item.root == str(folder)
    (folder / "sub" / "b.md").unlink()
    assert refresh(indexed, folder / "sub" / "b.md").removed == 1


def test_a_root_that_is_a_file(engine, folder):
    run_index(engine, [str(folder / "leave.md")])
    (folder / "leave.md").write_text("It was changed.")
    assert refresh(engine, folder / "leave.md").updated == 1
    assert refresh(engine, folder / "gauge.txt").added == 0


def test_a_failed_document_is_tried_again(indexed, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    assert [failure.code for failure in refresh(indexed, folder / "broken.pdf").failed] == ["corrupted"]
    (folder / "broken.pdf").unlink()
    assert refresh(indexed, folder / "broken.pdf", retry=True).failed == ()
    assert indexed.documents().failed == 0


def test_a_collection_has_to_be_there_and_rules_are_its_own(indexed, folder):
    with pytest.raises(UnknownCollectionError):
        refresh(indexed, folder, collection="nothing")
    with pytest.raises(UsageError):
        refresh(indexed, folder, rules=Rules(include=("*.md",)))


# too many ------------------------------------------------------------------------------------------


def test_too_many_documents_are_counted_and_nothing_is_read_or_changed(engine, folder, monkeypatch):
    monkeypatch.setattr(probe.engine_readers(engine), "read_ahead", None)
    monkeypatch.setattr(probe.embedder(engine), "embed", None)
    monkeypatch.setattr("jupyter_localai.engine.listing.load", None)
    seen = []
    with pytest.raises(UsageError) as caught:
        for event in engine.index([str(folder)], max_documents=2):
            seen.append(event)
    assert caught.value.code == "too_many_documents" and "3 documents" in caught.value.message
    assert (seen[-1].total, seen[-1].unit) == (3, "files")
    assert engine.collections() == []


def test_what_is_there_already_does_not_count(engine, folder, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.listing._FRESH_NS", 0)
    run_index(engine, [str(folder)])
    (folder / "new.md").write_text("One more.")
    assert run_index(engine, [str(folder)], max_documents=1).added == 1
    (folder / "leave.md").rename(folder / "left.md")
    assert run_index(engine, [str(folder)], max_documents=0).moved == 1


def test_what_was_forgotten_stays_so_when_it_was_too_much(indexed, folder):
    list(indexed.forget([str(folder / "sub")]))
    (folder / "sub" / "more.md").write_text("More.")
    with pytest.raises(UsageError):
        run_index(indexed, [str(folder / "sub")], max_documents=1)
    assert run_index(indexed).added == 0
    assert run_index(indexed, [str(folder / "sub")], max_documents=2).added == 2


def test_counting_reports_often_enough_to_be_stopped(engine, tmp_path):
    many = tmp_path / "pictures"
    many.mkdir()
    for number in range(1100):
        (many / f"{number}.png").touch()  # what is passed over counts, too
    run = engine.index([str(many)], max_documents=5)
    assert next(run).stage == "list" and next(run).stage == "list"
    run.close()
    assert engine.collections() == []


# one by one, or all at once ------------------------------------------------------------------------

NAMES = ("a.md", "b.txt", "sub/a.md", "sub/deep/c.md", "old/d.md")
changes = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.integers(0, 9)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("drop"), st.sampled_from(["sub", "sub/deep", "old"]), st.just("")),
)


def changed(folder: Path, action: str, name: str, more: object) -> list[Path]:
    """Make a change, and return what JupyterLab would say was changed."""
    path = folder / name
    if action == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(paragraph(number) for number in range(more, more + 3)))
        return [path]
    if not path.exists():
        return []
    if action == "rename":
        (folder / more).parent.mkdir(parents=True, exist_ok=True)
        path.replace(folder / more)
        return [path, folder / more]
    if action == "drop":
        path.rename(folder.parent / f"dropped-{len(list(folder.parent.iterdir()))}")
    else:
        path.unlink()
    return [path]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(changes, min_size=1, max_size=8))
@example([("rename", "sub/a.md", "a.md"), ("drop", "sub", ""), ("write", "sub/deep/c.md", 3)])
@example(
    [("delete", "sub/deep/c.md", ""), ("rename", "a.md", "sub/deep/c.md"), ("rename", "sub/deep/c.md", "old/d.md")]
)
def test_refreshing_each_change_ends_as_indexing_anew(happenings):
    with tempfile.TemporaryDirectory() as place, mock.patch.object(ChromaFolders, "_check", check_here):
        base = Path(os.path.realpath(place))
        folder = base / "documents"
        for at, name in enumerate(NAMES):
            changed(folder, "write", name, at)
        named = {
            folder: Rules(exclude=("old",)),
            folder / "sub": Rules(include=("*.md",)),
            folder / "old/d.md": Rules(),
        }
        one, other = (Engine.open(Config(store=base / name), WordEmbedder()) for name in ("store", "fresh"))
        for root, rules in named.items():
            run_index(one, [str(root)], rules=rules)
        for action, name, more in happenings:
            for path in changed(folder, action, name, more):
                run_index(one, [str(path)], refresh=True)
        for root in roots(one):
            if not os.path.exists(root):  # its documents are kept until then
                list(one.forget([root]))
        assert_sound(one)
        for root, rules in probe.roots(one).items():
            run_index(other, [root], rules=rules)
        run_index(other)
        if other.collections():
            assert_same(one, other, "default")
        one.close()
        other.close()
