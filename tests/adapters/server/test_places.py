"""Which paths the panel may name, and what JupyterLab calls a file."""

import ntpath
import os
from pathlib import PureWindowsPath

import pytest

from jupyter_localai.adapters.server import places as places_module
from jupyter_localai.adapters.server.places import Places, with_contents
from jupyter_localai.errors import PrivacyError, UsageError
from tests.support import elsewhere


@pytest.fixture
def tree(tmp_path):
    for folder in ("root/docs", "root/a b", "papers/sub", "elsewhere", "rootless"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "root" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root" / "papers").symlink_to(tmp_path / "papers")
    (tmp_path / "root" / "again").symlink_to(tmp_path / "root" / "docs")
    (tmp_path / "root" / "loop").symlink_to(tmp_path / "root" / "loop")
    (tmp_path / "papers" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / "root")
    return tmp_path


@pytest.fixture
def places(tree):
    return Places(str(tree / "root"), [str(tree / "papers")])


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("", "root"),
        ("docs", "root/docs"),
        ("docs/", "root/docs"),
        ("docs//x.md", "root/docs/x.md"),
        ("./docs", "root/docs"),
        ("a b/日本 é.md", "root/a b/日本 é.md"),
        ("docs/gone/long ago.md", "root/docs/gone/long ago.md"),
        ("docs/x..", "root/docs/x.."),
        ("~/docs", "root/~/docs"),
        ("$HOME", "root/$HOME"),
        ("again/x.md", "root/docs/x.md"),
        ("papers/sub", "papers/sub"),
        ("{tree}/root/docs", "root/docs"),
        ("{tree}/papers", "papers"),
        ("{tree}/papers/sub/x.md", "papers/sub/x.md"),
    ],
)
def test_what_lies_inside_is_resolved(places, tree, path, real):
    assert places.resolve(path.replace("{tree}", str(tree))) == str(tree / real)


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../elsewhere",
        "docs/../../elsewhere",
        "docs/../docs",
        "out",
        "out/x.md",
        "papers/out/x.md",
        "../rootless",
        "/",
        "/etc/passwd",
        "//etc/passwd",
        "/docs",
        "{tree}/papersonly",
        "{tree}/papers/../elsewhere",
        "{tree}/papers/out",
    ],
)
def test_what_lies_or_leads_outside_is_refused(places, tree, path):
    with pytest.raises(PrivacyError, match="outside") as refused:
        places.resolve(path.replace("{tree}", str(tree)))
    assert refused.value.code == "path_outside" and "c.JupyterLocalAI.folders" in refused.value.remedy


@pytest.mark.parametrize(
    "path",
    ["a\0b", "\0", "a\nb", "a\\b", "..\\x", "\\\\host\\share", "C:", "C:/x", "c:x", "//host/share\\x", "a\ud800"],
)
def test_what_is_no_path_is_refused(places, path):
    with pytest.raises(UsageError) as refused:
        places.resolve(path)
    assert refused.value.code == "wrong_path" and refused.value.remedy
    refused.value.message.encode()


@pytest.mark.parametrize("path", [".ssh", ".ssh/key", "docs/.git/config", "shown/key", "{tree}/papers/.x"])
def test_what_the_server_does_not_show_is_refused(places, tree, path):
    (tree / "root" / ".ssh").mkdir()
    (tree / "root" / "shown").symlink_to(tree / "root" / ".ssh")
    path = path.replace("{tree}", str(tree))
    with pytest.raises(PrivacyError) as refused:
        places.resolve(path)
    assert refused.value.code == "path_hidden" and "allow_hidden" in refused.value.remedy
    assert Places(str(tree / "root"), [str(tree / "papers")], hidden=True).resolve(path)


def test_a_listed_folder_that_is_hidden_itself_may_be_used(tree):
    (tree / "root" / ".notes").mkdir()
    assert Places(str(tree / "root"), [str(tree / "root" / ".notes")]).resolve(".notes/a.md")


def test_a_root_that_is_a_link_is_where_it_leads(tree):
    assert Places(str(tree / "link")).resolve("docs") == str(tree / "root" / "docs")


def test_a_server_without_files_of_this_machine_has_the_listed_folders(tree):
    places = Places(None, [str(tree / "papers")])
    assert places.resolve(str(tree / "papers" / "sub")) == str(tree / "papers" / "sub")
    with pytest.raises(PrivacyError):
        places.resolve("docs")
    with pytest.raises(PrivacyError):
        places.resolve("")


def test_a_listed_folder_that_is_not_absolute_counts_for_nothing(tree, monkeypatch):
    monkeypatch.chdir(tree / "papers")
    places = Places(str(tree / "root"), ["", ".", "sub"])
    with pytest.raises(PrivacyError):
        places.resolve(str(tree / "papers" / "sub"))


@pytest.mark.parametrize(
    ("path", "contents"),
    [
        ("/r/docs/a.md", "docs/a.md"),
        ("/r/日本 x.md", "日本 x.md"),
        ("/r", ""),
        ("/rest/a.md", None),
        ("/r/../etc/passwd", None),
        ("docs/a.md", None),
        ("", None),
        (7, None),
    ],
)
def test_objects_with_a_path_get_the_one_of_the_contents_api(path, contents):
    found = with_contents({"deep": [{"path": path, "n": 1}]}, "/r")
    assert found == {"deep": [{"path": path, "n": 1} | ({} if contents is None else {"contents": contents})]}
    assert with_contents({"path": path}, None) == {"path": path}


def test_the_value_itself_is_left_as_it_is():
    value = {"path": os.sep + "r", "items": [{"path": "/r/x"}]}
    with_contents(value, "/r")
    assert value == {"path": "/r", "items": [{"path": "/r/x"}]}


@pytest.fixture
def windows_places(monkeypatch):
    """The panel's folders on Windows, on a disk that is not there."""
    monkeypatch.setattr(places_module, "os", elsewhere.Other(os, sep="\\", path=ntpath))
    monkeypatch.setattr(places_module, "Path", PureWindowsPath)
    return Places("C:\\Users\\me\\work", ["D:\\papers"])


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("docs/a.md", "C:\\Users\\me\\work\\docs\\a.md"),
        ("C:\\Users\\me\\work\\docs", "C:\\Users\\me\\work\\docs"),
        ("c:/users/ME/work/docs", "c:\\users\\ME\\work\\docs"),
        ("D:\\papers\\b.pdf", "D:\\papers\\b.pdf"),
    ],
)
def test_paths_of_windows_are_taken_as_it_names_them(windows_places, path, real):
    assert windows_places.resolve(path) == real


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("docs\\a.md", "wrong_path"),
        ("C:docs", "wrong_path"),
        ("D:\\papers\\..\\secrets", "path_outside"),
        ("D:\\papersonly", "path_outside"),
        ("E:\\x", "path_outside"),
        ("\\\\host\\share\\x", "path_outside"),
    ],
)
def test_other_paths_of_windows_are_refused(windows_places, path, code):
    with pytest.raises((UsageError, PrivacyError)) as refused:
        windows_places.resolve(path)
    assert refused.value.code == code


def test_jupyterlab_opens_a_file_of_windows_by_its_path_with_slashes(windows_places):
    found = with_contents({"path": "c:\\users\\me\\work\\docs\\a.md"}, windows_places.root)
    assert found["contents"] == "docs/a.md"
