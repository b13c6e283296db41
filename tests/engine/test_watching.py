"""What is watched of a collection, and what a burst of changes becomes."""

import dataclasses
import threading

import pytest
import watchfiles
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.engine import watching
from jupyter_localai.engine.watching import Pending, Subject, Watched
from jupyter_localai.results.files import Rules


def subject(*roots, rules=None):
    return Subject("default", tuple((str(root), rules or Rules()) for root in roots), "/nowhere")


def test_folders_are_watched_that_hold_documents_and_no_others(tmp_path):
    for name in ("notes/deep", "node_modules/x", ".git/refs", "build/out", "drafts"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("build/\n")
    found = watching.watched(subject(tmp_path, rules=Rules(exclude=("drafts",))))
    assert found.folders == {str(tmp_path), str(tmp_path / "notes"), str(tmp_path / "notes/deep")}
    assert found.why is None


def test_the_store_is_not_watched_though_it_lies_in_the_folder(tmp_path):
    (tmp_path / "store").mkdir()
    within = dataclasses.replace(subject(tmp_path), store=str(tmp_path / "store"))
    assert watching.watched(within).folders == {str(tmp_path)}


def test_network_disks_and_missing_folders_are_polled_and_the_others_not(tmp_path, monkeypatch):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(watching, "disk_kind", lambda path: "nfs4" if path.name == "there" else "ext4")
    found = watching.watched(subject(tmp_path / "here", tmp_path / "there"))
    assert found.folders == {str(tmp_path / "here")}
    assert (found.why.code, found.why.how) == ("network_disk", "polling") and "nfs4" in found.why.message
    gone = watching.watched(subject(tmp_path / "here", tmp_path / "gone"))
    assert (gone.why.code, gone.why.how, gone.stands[str(tmp_path / "gone")]) == ("root_missing", "system", None)
    assert gone.folders == {str(tmp_path / "here")}


def test_of_the_folder_of_a_single_file_nothing_else_counts(tmp_path):
    (tmp_path / "plan.md").write_text("A plan.")
    found = watching.watched(subject(tmp_path / "plan.md"))
    pending = Pending(found)
    pending.add({(False, str(tmp_path / "other.md")), (True, str(tmp_path / "plan.md"))})
    assert pending.take() == [str(tmp_path / "plan.md")]


def test_programs_leavings_are_no_news(tmp_path):
    pending = Pending(Watched(frozenset({str(tmp_path)}), frozenset()))
    pending.add({(False, str(tmp_path / name)) for name in (".hidden.md.swp", "~$plan.docx", "a.tmp", "plan.docx")})
    assert pending.take() == [str(tmp_path / "plan.docx")] and not pending.is_everything


@pytest.mark.parametrize("what", ["made", "gone", "rules"])
def test_folders_that_come_or_go_and_new_rules_concern_everything(tmp_path, what):
    (tmp_path / "made").mkdir()
    pending = Pending(Watched(frozenset({str(tmp_path), str(tmp_path / "gone")}), frozenset()))
    pending.add({(what == "gone", str(tmp_path / (".gitignore" if what == "rules" else what)))})
    assert pending.is_everything


@given(st.lists(st.sets(st.integers(0, 3000), max_size=400), max_size=12))
def test_no_change_is_lost_however_many_there_are(batches):
    pending = Pending(Watched(frozenset({"/f"}), frozenset()))
    for batch in batches:
        pending.add({(False, f"/f/{number}.md") for number in batch})
        assert len(pending.paths) <= 1000
    changed = {f"/f/{number}.md" for batch in batches for number in batch}
    assert pending.is_everything or set(pending.take()) == changed
    assert pending.take() == []


def test_a_system_that_watches_no_more_folders_says_so(tmp_path, monkeypatch):
    import watchfiles

    def refuse(*paths, ignore_permission_denied, **how):
        assert not ignore_permission_denied  # with it, watchfiles is silent about the limit
        raise OSError("OS file watch limit reached.")
        yield

    monkeypatch.setattr(watchfiles, "watch", refuse)
    with pytest.raises(OSError, match="limit"):
        next(watching.news(watching.watched(subject(tmp_path)), threading.Event()))


def test_where_the_system_reports_on_trees_it_is_asked_for_few_and_the_rest_is_left_out(tmp_path, monkeypatch):
    """As on macOS and Windows; this system can do so, too."""
    for name in ("notes/deep", "node_modules/x", "alone"):
        (tmp_path / "root" / name).mkdir(parents=True)
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "one.md").write_text("x")
    seen = watching.watched(subject(tmp_path / "root", tmp_path / "beside" / "one.md"))
    monkeypatch.setattr(watching, "_WATCHES_TREES", True)
    asked = []
    real = watchfiles.watch
    monkeypatch.setattr(watchfiles, "watch", lambda *places, **how: asked.extend(places) or real(*places, **how))
    stop = threading.Event()
    news = watching.news(seen, stop)
    next(news)
    for name in ("root/notes/deep/a.md", "root/node_modules/x/b.md", "root/node_modules/c.md", "root/d.md"):
        (tmp_path / name).write_text("new")
    (tmp_path / "beside" / "one.md").write_text("changed")
    changed = set()
    while len(changed) < 3:
        changed |= {path for _, path in next(news)}
    stop.set()
    assert asked == [str(tmp_path / "beside"), str(tmp_path / "root")]
    assert changed == {str(tmp_path / name) for name in ("root/notes/deep/a.md", "root/d.md", "beside/one.md")}
