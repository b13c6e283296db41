"""The project file: what it may ask for, and what is refused in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.config import Config
from jupyter_localai.errors import ConfigError, ProjectError
from jupyter_localai.project.manifest import FILE, Project, Shared
from jupyter_localai.results.files import Rules


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder / FILE


def code_of(file: Path) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        Project.read(file)
    assert caught.value.remedy
    return caught.value


def test_it_is_found_from_a_folder_below(tmp_path):
    write(tmp_path / "team", 'name = "handbook"\n')
    below = tmp_path / "team" / "a" / "b"
    below.mkdir(parents=True)
    project = Project.find(below)
    assert (project.name, project.folder, dict(project.roots)) == ("handbook", tmp_path / "team", {".": Rules()})
    assert project.places() == {str(tmp_path / "team"): Rules()}


def test_without_one_the_way_to_make_it_is_said(tmp_path):
    with pytest.raises(ProjectError) as caught:
        Project.find(tmp_path)
    assert caught.value.code == "no_project" and "project init" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('nam = "x"', "Did you mean 'name'"),
        ('[[roots]]\npath = "."\nexlude = ["a"]', "Did you mean 'exclude'"),
        ("name = 3", "name must be a text"),
        ('roots = ["docs"]', "must be a table"),
        ('[[roots]]\npath = "."\ninclude = "*.md"', "must be a list"),
        ('[[roots]]\npath = "."\nignore = "no"', "true or false"),
        ("[[roots]]\ninclude = []", "path must be a text"),
        ("roots = 3", "must be a list"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path, text, message):
    error = code_of(write(tmp_path, text))
    assert error.code == "bad_project" and message in error.message and FILE in error.message


SHARED = '[shared]\naddress = "https://chroma.example:8443/"\ncollection = "papers"\n'


def test_a_server_is_named_and_written_again(tmp_path):
    project = Project.read(write(tmp_path, f'name = "handbook"\n{SHARED}[[roots]]\npath = "."\n'))
    assert project.shared == Shared("https://chroma.example:8443", "papers")
    assert Project.read(write(tmp_path, project.to_toml())) == project
    named = Project.read(write(tmp_path, 'name = "handbook"\nshared.address = "http://127.0.0.1:8000"\n'))
    assert named.shared == Shared("http://127.0.0.1:8000", "handbook")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shared = 3", "shared must be a table"),
        ("[shared]", "shared.address must be a text"),
        ('[shared]\naddress = "http://192.0.2.1:8000"', "not encrypted"),
        ('[shared]\naddress = "https://user:secret@chroma.example"', "more than a scheme"),
        ('[shared]\naddress = "https://chroma.example"\ntoken = "secret"', "no key 'shared.token'"),
        ('[shared]\naddress = "https://chroma.example"\ncollection = 3', "shared.collection must be a text"),
    ],
)
def test_a_server_that_cannot_be_one_is_refused(tmp_path, text, message):
    error = code_of(write(tmp_path, text))
    assert error.code == "bad_project" and message in error.message and "secret@" not in error.message


def test_what_is_no_toml_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        Project.read(write(tmp_path, "name = "))


@pytest.mark.parametrize("setting", [name for name in Config.__dataclass_fields__ if name != "embedder"])
def test_settings_of_the_user_do_not_count(tmp_path, setting):
    """A committed file must not change where questions go, or what is read."""
    error = code_of(write(tmp_path, f'{setting} = "x"'))
    assert error.code == "project_setting" and "localai.toml" in error.remedy


@pytest.mark.parametrize("path", ["..", "/etc", "a/../../b", "link", "link/below", "C:\\\\x", "a\\u0000b"])
@pytest.mark.parametrize("key", ["root", "questions"])
def test_no_path_leads_out_of_the_folder(tmp_path, path, key):
    (tmp_path / "outside" / "below").mkdir(parents=True)
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    text = f'questions = "{path}"' if key == "questions" else f'[[roots]]\npath = "{path}"'
    error = code_of(write(folder, text))
    assert error.code == "project_outside"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    error = code_of(write(tmp_path, '[[roots]]\npath = "docs"'))
    assert error.code == "root_missing" and "'docs'" in error.message


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40).filter(
    str.strip
)


@given(names, st.lists(names, max_size=3), st.lists(names, max_size=3), st.booleans())
def test_what_is_written_is_read_again(tmp_path_factory, name, include, exclude, ignore):
    folder = tmp_path_factory.mktemp("team").resolve()
    made = Project(
        folder, name, "a model", "1f", {".": Rules(tuple(include), tuple(exclude), ignore)}, "questions.jsonl"
    )
    assert Project.read(write(folder, made.to_toml())) == made
