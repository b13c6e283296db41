"""A project that is cloned twice: the same index, the same lock, and what differs is found before anything changes."""

import shutil

import pytest
from safetensors.numpy import load_file, save_file

from jupyter_localai.errors import ProjectError
from jupyter_localai.project import lock as locks
from jupyter_localai.project import team
from jupyter_localai.project.manifest import FILE, Project
from tests.support.engines import make_weights


@pytest.fixture
def project(ai, folder):
    team.init(ai, folder, name="handbook")
    return Project.find(folder)


def test_a_project_begins_with_the_model_of_its_maker(ai, folder):
    made = team.init(ai, folder, ["sub", str(folder / "leave.md")])
    assert (made.name, made.roots, made.path) == ("documents", ("sub", "leave.md"), str(folder / FILE))
    project = Project.find(folder)
    assert project.fingerprint and team.index(ai, project).added == 2
    assert {hit.path for hit in ai.search("staff outliers", collection="documents")} <= {
        str(folder / "leave.md"),
        str(folder / "sub" / "spikes.py"),
    }
    with pytest.raises(ProjectError) as caught:
        team.init(ai, folder)
    assert caught.value.code == "project_exists"


def test_nothing_is_left_of_a_project_that_would_lead_out(ai, folder):
    with pytest.raises(ProjectError) as caught:
        team.init(ai, folder, [".."])
    assert caught.value.code == "project_outside" and not (folder / FILE).exists()


def test_two_clones_have_equal_locks(connect, project, folder, tmp_path):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    clone = tmp_path / "elsewhere" / "clone"
    shutil.copytree(folder, clone)
    theirs = Project.find(clone)
    mine = team.lock(connect("mine"), project)
    assert [document.path for document in mine.documents] == [
        "broken.pdf",
        "gauge.txt",
        "leave.md",
        FILE,
        "sub/spikes.py",
    ]
    assert mine.documents[0].error == "corrupted"
    team.lock(connect("theirs"), theirs)
    assert theirs.lock_file.read_bytes() == project.lock_file.read_bytes()


def test_a_lock_can_be_checked_where_nothing_is_indexed(connect, ai, project):
    team.lock(ai, project)
    fresh = connect("fresh")
    found = team.check(fresh, project)
    assert found.ok and found.documents == 4 and not fresh.collections()
    (project.folder / "leave.md").write_text("Something else.\n")
    assert team.check(fresh, project).changed == ("leave.md",)


def test_a_locked_run_stops_before_it_changes_anything(ai, project):
    team.lock(ai, project)
    (project.folder / "gauge.txt").unlink()
    before = ai.status().documents
    with pytest.raises(ProjectError) as caught:
        team.index(ai, project, locked=True)
    assert caught.value.code == "lock_differs" and ai.status().documents == before
    (project.folder / "gauge.txt").write_text(
        "Gauge log\n\nThe Gull Rock gauge was offline in March because of lightning.\n"
    )
    assert team.index(ai, project, locked=True).failed == ()


def test_what_is_passed_over_is_in_the_lock_and_no_difference(ai, project):
    (project.folder / "data.txt").write_bytes(bytes(range(256)) * 8)
    lock = team.lock(ai, project)
    (passed_over,) = [document for document in lock.documents if document.path == "data.txt"]
    assert passed_over.chunks is None and team.check(ai, project).ok


def test_a_file_that_moved_is_missing_there_and_added_here(ai, project):
    team.lock(ai, project)
    (project.folder / "leave.md").rename(project.folder / "holidays.md")
    found = team.check(ai, project)
    assert (found.missing, found.added, found.changed) == (("leave.md",), ("holidays.md",), ())


def test_another_embedding_model_is_refused_before_anything_is_read(connect, project, tmp_path):
    weights = make_weights(tmp_path / "weights")
    tensors = load_file(weights / "model.safetensors")
    save_file({name: tensor + 1 for name, tensor in tensors.items()}, weights / "model.safetensors")
    other = connect("other", weights)
    with pytest.raises(ProjectError) as caught:
        team.index(other, project)
    assert caught.value.code == "project_embedder" and not other.collections()


def test_roots_with_rules_of_their_own_are_one_report(ai, folder):
    rules = '[[roots]]\npath = "sub"\ninclude = ["*.py"]\n\n[[roots]]\npath = "."\ninclude = ["*.md"]\n'
    (folder / FILE).write_text('name = "two"\n' + rules)
    report = team.index(ai, Project.find(folder))
    assert (report.added, report.collection) == (2, "two")
    assert {document.path for document in team.lock(ai, Project.find(folder)).documents} == {
        "leave.md",
        "sub/spikes.py",
    }


def test_a_lock_is_replaced_in_one_step(ai, project, monkeypatch):
    team.lock(ai, project)
    before = project.lock_file.read_bytes()
    monkeypatch.setattr(locks, "to_text", lambda lock: "\ud800")  # cannot be written
    with pytest.raises(UnicodeEncodeError):
        team.lock(ai, project)
    assert project.lock_file.read_bytes() == before


def test_the_projects_own_questions_are_measured(ai, project):
    team.index(ai, project)
    with pytest.raises(ProjectError) as caught:
        team.evaluate(ai, project)
    assert caught.value.code == "no_questions_file"
    (project.folder / "questions.jsonl").write_text('{"question": "annual leave of staff", "file": "leave.md"}\n')
    (project.folder / FILE).write_text(f'questions = "questions.jsonl"\n{project.to_toml()}')
    assert team.evaluate(ai, Project.find(project.folder)).recall[10] == 1
