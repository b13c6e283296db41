import contextlib
import errno
import math
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest import discover as discover_module
from jupyter_localai.ingest import ignore, names
from jupyter_localai.ingest import read as read_module
from jupyter_localai.ingest.discover import FoundFile, discover, matches
from jupyter_localai.results.files import Failure, Rules, Skipped
from tests.support import elsewhere
from tests.support.linear import grows_faster, undisturbed

FOUND = "found"
posix_only = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX file system")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def write(root, *names, text="words\n"):
    for name in names:
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def link(root, name, target):
    try:
        os.symlink(target, Path(root, name))
    except OSError:
        pytest.skip("this system makes no links")


def listing(root, rules=None, avoid=""):
    """Return what became of each path, by its path inside the root."""
    outcome = {}
    for item in discover(str(root), rules, avoid):
        told = FOUND if isinstance(item, FoundFile) else item.reason if isinstance(item, Skipped) else item.code
        outcome[os.path.relpath(item.path, root).replace(os.sep, "/")] = told
    return outcome


def found(root, rules=None):
    return sorted(path for path, outcome in listing(root, rules).items() if outcome == FOUND)


# -- what is named -----------------------------------------------------------------------------


def test_files_come_with_absolute_path_size_and_time(tmp_path):
    write(tmp_path, "sub/a.md", text="12345")
    (item,) = discover(str(tmp_path))
    info = (tmp_path / "sub" / "a.md").stat()
    assert item == FoundFile(str(tmp_path / "sub" / "a.md"), 5, info.st_mtime_ns, info.st_ctime_ns)


def test_empty_folder_yields_nothing(tmp_path):
    assert list(discover(str(tmp_path))) == []


def test_missing_root_is_a_failure_with_a_remedy(tmp_path):
    (item,) = discover(str(tmp_path / "nowhere"))
    assert isinstance(item, Failure)
    assert (item.path, item.code) == (str(tmp_path / "nowhere"), "not_found")
    assert item.message and item.remedy


@pytest.mark.parametrize("name", ["notes.md", ".hidden.md", "id_rsa", "picture.png"])
def test_a_file_named_as_root_counts_whatever_it_is_called(tmp_path, name):
    write(tmp_path, name)
    assert [type(item) for item in discover(str(tmp_path / name))] == [FoundFile]


@pytest.mark.parametrize("name", [".hidden", "node_modules", "__pycache__", "venv"])
def test_a_folder_named_as_root_counts_whatever_it_is_called(tmp_path, name):
    write(tmp_path, f"{name}/pyvenv.cfg", f"{name}/a.md")
    assert "a.md" in found(tmp_path / name)


def test_a_root_counts_although_an_ignore_file_above_hides_it(tmp_path):
    write(tmp_path, "private/a.md", "private/b.md")
    write(tmp_path, ".gitignore", text="private/\n*.md\n")
    write(tmp_path, "private/.gitignore", text="b.md\n")
    assert listing(tmp_path / "private") == {".gitignore": "hidden", "a.md": FOUND, "b.md": "ignored by .gitignore"}


def test_order_is_stable_and_by_name(tmp_path):
    write(tmp_path, "b.md", "a/z.md", "a/B.md", "c/y.md", "a.md")
    order = [os.path.relpath(item.path, tmp_path).replace(os.sep, "/") for item in discover(str(tmp_path))]
    assert order == ["a/B.md", "a/z.md", "a.md", "b.md", "c/y.md"]
    assert list(discover(str(tmp_path))) == list(discover(str(tmp_path)))


# -- what is passed over, and why ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".hidden.md", "hidden"),
        (".env", "hidden"),
        (".ipynb_checkpoints/a-checkpoint.ipynb", "hidden"),
        (".git/config", "hidden"),
        ("prod.env", "may hold secrets"),
        ("~$lease.docx", "note of a program that a file is open"),
        (".~lock.lease.odt#", "note of a program that a file is open"),
        ("desktop.ini", "left by the desktop"),
        ("Link.URL", "shortcut to something else"),
        ("budget.gdoc", "document in the cloud, not on this machine"),
        (".plan.docx.icloud", "document in the cloud, not on this machine"),
        ("package-lock.json", "lock file of a package installer"),
        ("poetry.lock", "lock file of a package installer"),
        ("app.min.js", "minified or generated code"),
        ("film.pdf.crdownload", "download that is not finished"),
        ("notes.md~", "temporary file"),
        ("id_rsa", "may hold secrets"),
        ("id_ed25519", "may hold secrets"),
        ("server.pem", "may hold secrets"),
        ("SERVER.KEY", "may hold secrets"),
        ("vault.kdbx", "may hold secrets"),
        ("node_modules/x/readme.md", "installed packages"),
        ("lib/site-packages/x/readme.md", "installed packages"),
        ("__pycache__/a.md", "compiled code"),
        ("photo.GIF", "unsupported type .gif"),
        ("log.gz", "unsupported type .gz"),
        ("report.mobi", "unsupported type .mobi"),
        ("data.sqlite3", "unsupported type .sqlite3"),
    ],
)
def test_passed_over_with_a_reason(tmp_path, name, reason):
    write(tmp_path, name, "kept.md")
    outcome = listing(tmp_path)
    assert outcome.pop("kept.md") == FOUND
    assert list(outcome.values()) == [reason]
    assert name.startswith(*outcome), "the topmost folder passed over is what is listed"


def test_virtual_environment_is_passed_over_under_any_name(tmp_path):
    write(tmp_path, "work/pyvenv.cfg", "work/lib/a.md")
    assert listing(tmp_path) == {"work": "virtual environment"}


def test_public_key_and_names_that_only_resemble_secrets_are_read(tmp_path):
    write(tmp_path, "id_ed25519.pub", "environment.md", "keynote.md", "venv.md")
    assert len(found(tmp_path)) == 4


def test_the_index_itself_is_never_entered(tmp_path):
    write(tmp_path, "store/a.md", "store2/a.md")
    outcome = listing(tmp_path, avoid=str(tmp_path / "store"))
    assert outcome == {"store": "the index itself", "store2/a.md": FOUND}


# -- include and exclude -------------------------------------------------------------------------


def test_include_keeps_only_what_matches(tmp_path):
    write(tmp_path, "a.md", "a.txt", "docs/b.md", "docs/c.txt")
    assert found(tmp_path, Rules(include=("*.md",))) == ["a.md", "docs/b.md"]
    assert found(tmp_path, Rules(include=("docs/*",))) == ["docs/b.md", "docs/c.txt"]
    assert found(tmp_path, Rules(include=("a.txt", "c.*"))) == ["a.txt", "docs/c.txt"]
    assert listing(tmp_path, Rules(include=("*.md",)))["a.txt"] == "not included"


def test_exclude_wins_over_include_and_prunes_folders(tmp_path):
    write(tmp_path, "a.md", "drafts/b.md", "docs/draft.md")
    outcome = listing(tmp_path, Rules(include=("*.md",), exclude=("drafts", "draft.*")))
    assert outcome == {"a.md": FOUND, "drafts": "excluded", "docs/draft.md": "excluded"}


def test_an_owner_file_is_passed_over_even_when_it_is_named(tmp_path):
    write(tmp_path, "~$lease.docx")
    assert listing(tmp_path / "~$lease.docx") == {".": "note of a program that a file is open"}


@pytest.mark.parametrize("mark", [{"st_file_attributes": 0x400000}, {"st_flags": 0x40000000}])
def test_a_file_that_the_system_would_fetch_is_in_the_cloud(mark):
    assert names.in_the_cloud(SimpleNamespace(**mark)) and not names.in_the_cloud(os.stat(__file__))


def test_include_does_not_bring_back_secrets_hidden_or_ignored_files(tmp_path):
    write(tmp_path, "id_rsa", ".env", "a.md")
    write(tmp_path, ".gitignore", text="a.md\n")
    assert found(tmp_path, Rules(include=("*", "id_rsa", ".env", "a.md"))) == []


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.md", "a.md", True),
        ("*.md", "deep/down/a.md", True),
        ("deep/*", "deep/down/a.md", True),
        ("down/*", "deep/down/a.md", False),
        ("a.md", "deep/a.md", True),
        ("?.md", "ab.md", False),
        ("[ab].md", "x/b.md", True),
    ],
)
def test_a_glob_is_compared_with_relative_path_and_base_name(pattern, path, expected):
    assert matches(pattern, path) is expected


# -- .gitignore ----------------------------------------------------------------------------------


def git_keeps(repository):
    """Return what git itself would add, hidden files left out."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    listed = subprocess.run(
        ["git", "-C", str(repository), "ls-files", "-z", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        env=environment,
    ).stdout.decode()
    paths = (path for path in listed.split("\0") if path)
    return sorted(path for path in paths if not any(part.startswith(".") for part in path.split("/")))


def git_init(folder):
    subprocess.run(["git", "init", "-q", str(folder)], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ("*.log\n", ["a.md", "build/a.md", "docs/a.md", "docs/build/a.md"]),
        ("*.log\n!keep.log\n", ["a.md", "build/a.md", "docs/a.md", "docs/build/a.md", "docs/keep.log"]),
        ("build/\n*.log\n", ["a.md", "docs/a.md"]),
        ("/build\n*.log\n", ["a.md", "docs/a.md", "docs/build/a.md"]),
        ("docs/build\n*.log\n", ["a.md", "build/a.md", "docs/a.md"]),
        ("**/build/**\n*.log\n", ["a.md", "docs/a.md"]),
        ("/*\n!/docs\n*.log\n", ["docs/a.md", "docs/build/a.md"]),
        ("docs/\n!docs/a.md\n*.log\n", ["a.md", "build/a.md"]),
        ("a.md/\n*.log\n", ["a.md", "build/a.md", "docs/a.md", "docs/build/a.md"]),
        ("# a comment\n\n   \n*.log\n", ["a.md", "build/a.md", "docs/a.md", "docs/build/a.md"]),
        ("*.log \na.md   \n", []),
        ("*.log\r\n/a.md\r\n", ["build/a.md", "docs/a.md", "docs/build/a.md"]),
        ("*.log\n[unclosed\n\\\n!\n/\n", ["a.md", "build/a.md", "docs/a.md", "docs/build/a.md"]),
        ("*.l?g\n[!b-z].md\n", []),
    ],
)
def test_ignore_patterns(tmp_path, rules, kept):
    write(tmp_path, "a.md", "x.log", "build/a.md", "docs/a.md", "docs/keep.log", "docs/build/a.md")
    write(tmp_path, ".gitignore", text=rules)
    assert found(tmp_path) == kept
    if shutil.which("git"):
        git_init(tmp_path)
        assert git_keeps(tmp_path) == kept


@needs_git
def test_nested_ignore_files_decide_as_in_git(tmp_path):
    git_init(tmp_path)
    names = (
        "a.md",
        "b.txt",
        "out/a.md",
        "out/b.txt",
        "docs/a.md",
        "docs/out/b.txt",
        "docs/deep/a.md",
        "docs/deep/b.txt",
    )
    write(tmp_path, *names, "name with space.md", "docs/#odd.md", "docs/!odd.md", "ünï/日本.md", "ünï/日本.txt")
    write(tmp_path, ".gitignore", text="*.txt\n/out\n日本.md\nname\\ with*\n")
    write(tmp_path, "docs/.gitignore", text="!b.txt\n/deep/a.md\n\\#odd.md\n\\!odd.md\n")
    write(tmp_path, "docs/deep/.gitignore", text="*.txt\n!a.md\n")
    write(tmp_path, "ünï/.gitignore", text="!日本.*\n")
    kept = found(tmp_path)
    assert kept == git_keeps(tmp_path)
    assert kept == ["a.md", "docs/a.md", "docs/deep/a.md", "docs/out/b.txt", "ünï/日本.md", "ünï/日本.txt"]


_NAMES = st.sampled_from(["a", "b", "ab", "x.md", "ab.md", "y.txt", "Foo", " s"])
_FOLDERS = st.sampled_from(["a", "b", "d", "ab"])
_PARTS = ["*", "a", "b", "ab", "d", "x.md", "*.md", "*.txt", "?", "[ab]", "[!a]", "[^a]", "a*", "*b", "\\a", "[a-b]*"]
_PARTS += ["**", "foo", "Foo", "s", " s", "?.md", "\\*", "\\"]
_PARTS += ["*a*", "a*b*", "*.*", "[[:alpha:]]*", "[]a]b", "[b-", "?*"]
_FILE_PATTERNS = ["*.md", "x.md", "*.txt", "?.md", "/x.md", "Foo", "a*.md"]


@st.composite
def _patterns(draw):
    if draw(st.integers(0, 3)) == 0:
        return "!" + draw(st.sampled_from(_FILE_PATTERNS))
    pattern = "/".join(draw(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=3)))
    return draw(st.sampled_from(["", "", "/", "#"])) + pattern + draw(st.sampled_from(["", "", "/", "  "]))


_trees = st.recursive(
    st.fixed_dictionaries({"files": st.sets(_NAMES, max_size=5), "rules": st.lists(_patterns(), max_size=4)}),
    lambda tree: st.fixed_dictionaries(
        {
            "files": st.sets(_NAMES, max_size=5),
            "rules": st.lists(_patterns(), max_size=4),
            "folders": st.dictionaries(_FOLDERS, tree, max_size=3),
        }
    ),
    max_leaves=6,
)


def _grow(folder, tree):
    folder.mkdir(exist_ok=True)
    for name, below in tree.get("folders", {}).items():
        _grow(folder / name, below)
    for name in tree["files"]:
        if not (folder / name).exists():
            (folder / name).write_text("")
    if tree["rules"]:
        (folder / ".gitignore").write_text("\n".join(tree["rules"]))


@needs_git
@settings(max_examples=80)
@given(tree=_trees)
def test_any_tree_is_listed_as_git_lists_it(tree):
    with tempfile.TemporaryDirectory() as folder:
        git_init(folder)
        _grow(Path(folder), tree)
        assert found(folder) == git_keeps(folder)


@pytest.mark.parametrize(
    "rules",
    [
        "*.md\n" * (ignore.MAX_RULES + 1),
        "a" * (ignore.MAX_RULE_CHARS + 1) + "\n",
        "# a comment\n" * (ignore.MAX_BYTES // 12 + 1),
    ],
)
def test_a_folder_with_more_rules_than_are_read_is_left_out_and_told(tmp_path, rules):
    write(tmp_path, "a.md", "sub/b.md", "sub/deep/c.md")
    write(tmp_path, "sub/.gitignore", text=rules)
    assert listing(tmp_path) == {"a.md": FOUND, "sub": "too_many_rules"}
    assert found(tmp_path, Rules(ignore=False)) == ["a.md", "sub/b.md", "sub/deep/c.md"]


def test_the_rules_of_all_folders_on_the_way_count_together(tmp_path):
    write(tmp_path, "a.md", "b/c.md", "b/d/e.md")
    for folder in ("", "b", "b/d"):
        write(tmp_path, f"{folder}/.gitignore".lstrip("/"), text="*.txt\n" * (ignore.MAX_RULES * 2 // 5))
    outcome = listing(tmp_path)
    assert outcome["b/c.md"] == FOUND and outcome["b/d"] == "too_many_rules"


@pytest.mark.parametrize("stars", ["*a", "**/", "a*?", "[ab]*", "*.", "a/**/"])
def test_a_rule_takes_steps_by_its_length_times_that_of_the_path(stars):
    """A rule with twice as many stars takes at most twice as long, and so does a name of twice the length."""

    def tried(size):
        rules = ignore.IgnoreFile(f"{stars * (size // 16)}b\n")
        parts = ["a" * 255, *["a"] * (size // 4)]
        return rules, parts

    def work(given):
        rules, parts = given
        for _ in range(20):
            assert not rules.hides(parts, False)

    def squared(size):
        return tried(math.isqrt(64 * size))

    with undisturbed():
        assert not grows_faster(work, squared)


@posix_only
def test_folders_as_deep_as_paths_can_be_are_walked():
    with tempfile.TemporaryDirectory() as root:
        deepest = root
        try:
            for _ in range(1200):
                deepest += "/d"
                os.mkdir(deepest)
            write(deepest, "a.md")
            assert [item.path for item in discover(root)] == [f"{deepest}/a.md"]
        finally:
            Path(deepest, "a.md").unlink()
            while deepest != root:
                os.rmdir(deepest)
                deepest = os.path.dirname(deepest)


def test_a_walk_goes_on_only_as_items_are_asked_for(tmp_path, monkeypatch):
    """So a run that is cancelled looks at no more folders."""
    for number in range(20):
        write(tmp_path, f"f{number:02}/a.md")
    looked = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked.append(path) or scandir(path))
    walk = discover(str(tmp_path))
    next(walk), next(walk)
    walk.close()
    assert len(looked) == 3


def test_ignore_files_do_not_count_when_told_so(tmp_path):
    write(tmp_path, "a.md", "sub/b.md")
    write(tmp_path, ".gitignore", text="*\n")
    assert found(tmp_path) == []
    assert found(tmp_path, Rules(ignore=False)) == ["a.md", "sub/b.md"]


def test_ignore_file_that_is_not_utf8_still_counts(tmp_path):
    write(tmp_path, "a.md", "b.md")
    (tmp_path / ".gitignore").write_bytes(b"# caf\xe9\na.md\n")
    assert found(tmp_path) == ["b.md"]


@posix_only
def test_ignore_file_that_is_a_pipe_or_folder_does_not_stop_the_walk(tmp_path):
    write(tmp_path, "a/x.md", "b/x.md")
    os.mkfifo(tmp_path / "a" / ".gitignore")
    (tmp_path / "b" / ".gitignore").mkdir()
    assert found(tmp_path) == ["a/x.md", "b/x.md"]


# -- links, pipes and other things that are no files -----------------------------------------------


def test_link_out_of_the_root_is_not_followed(tmp_path):
    write(tmp_path, "outside/secret.md", "root/a.md")
    link(tmp_path, "root/folder", tmp_path / "outside")
    link(tmp_path, "root/file.md", tmp_path / "outside" / "secret.md")
    assert listing(tmp_path / "root") == {
        "a.md": FOUND,
        "folder": "link that leaves the folder",
        "file.md": "link that leaves the folder",
    }


def test_a_neighbour_whose_name_starts_like_the_root_is_outside(tmp_path):
    write(tmp_path, "root2/secret.md", "root/a.md")
    link(tmp_path, "root/file.md", tmp_path / "root2" / "secret.md")
    assert listing(tmp_path / "root")["file.md"] == "link that leaves the folder"


def test_link_inside_the_root_is_reached_by_its_target_only(tmp_path):
    write(tmp_path, "sub/a.md")
    link(tmp_path, "again.md", Path("sub", "a.md"))
    link(tmp_path, "sub2", "sub")
    assert listing(tmp_path) == {
        "sub/a.md": FOUND,
        "again.md": "link, its target is read",
        "sub2": "link, its target is read",
    }


def test_link_loops_end(tmp_path):
    write(tmp_path, "sub/a.md")
    link(tmp_path, "sub/up", "..")
    link(tmp_path, "self", "self")
    link(tmp_path, "ping", "pong")
    link(tmp_path, "pong", "ping")
    assert found(tmp_path) == ["sub/a.md"]
    assert len(listing(tmp_path)) == 5


def test_dangling_link_is_passed_over(tmp_path):
    link(tmp_path, "gone.md", tmp_path / "nowhere" / "x.md")
    assert [type(item) for item in discover(str(tmp_path))] == [Skipped]


@posix_only
def test_pipe_and_socket_are_passed_over_and_not_opened(tmp_path, monkeypatch):
    write(tmp_path, "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    monkeypatch.chdir(tmp_path)  # the name of a socket has to be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.md")
        assert listing(tmp_path) == {
            "a.md": FOUND,
            "pipe.md": "not a regular file",
            "socket.md": "not a regular file",
        }


@posix_only
def test_pipe_named_as_root_is_passed_over(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    assert list(discover(str(tmp_path / "pipe.md"))) == [Skipped(str(tmp_path / "pipe.md"), "not a regular file")]


# -- names -----------------------------------------------------------------------------------------


@posix_only
@pytest.mark.parametrize(
    "name", ["two words.md", "日本語.md", "e\u0301.md", "new\nline.md", "tab\t.md", "-rf.md", "~.md"]
)
def test_unusual_names_are_found_as_they_are(tmp_path, name):
    write(tmp_path, f"{name}.d/{name}")
    assert [item.path for item in discover(str(tmp_path))] == [str(tmp_path / f"{name}.d" / name)]


@posix_only
@pytest.mark.skipif(sys.platform == "darwin", reason="the file system takes Unicode names only")
def test_name_that_is_not_unicode_is_passed_over_in_words_that_can_be_printed(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")).write_text("words")
    write(tmp_path, "a.md")
    outcome = listing(tmp_path)
    assert outcome.pop("a.md") == FOUND
    ((path, reason),) = outcome.items()
    assert reason == "name is not valid Unicode"
    assert path.encode("utf-8").startswith(b"caf")


# -- what may not be read ----------------------------------------------------------------------------

_AS_NOBODY = """
import os, sys
from jupyter_localai.ingest import ignore, names
from jupyter_localai.ingest.discover import discover
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for item in discover(sys.argv[1]):
    print(type(item).__name__, getattr(item, "code", ""), os.path.relpath(item.path, sys.argv[1]), sep="|")
"""


@posix_only
def test_unreadable_folder_is_reported_and_costs_nothing_else():
    # not under tmp_path, which is closed to other users
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        write(folder, "a.md", "closed/b.md", "open/c.md")
        os.chmod(Path(folder, "closed"), 0)
        try:
            command = [sys.executable, "-c", _AS_NOBODY, folder]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        finally:
            os.chmod(Path(folder, "closed"), stat.S_IRWXU)
        if "os.set" in ran.stderr:
            pytest.skip("this system does not let root become another user")
        assert ran.stdout.splitlines() == [
            "FoundFile||a.md",
            "Failure|permission_denied|closed",
            "FoundFile||open/c.md",
        ], ran.stderr


# other systems ---------------------------------------------------------------------------------------


class Entry:
    """An entry of a folder, of which Windows says what tag it has."""

    def __init__(self, entry, tags):
        self._entry, self._tags = entry, tags
        self.name, self.path = entry.name, entry.path

    def __getattr__(self, name):
        return getattr(self._entry, name)

    def stat(self, *, follow_symlinks=True):
        info = self._entry.stat(follow_symlinks=follow_symlinks)
        parts = ("st_size", "st_mtime_ns", "st_ctime_ns", "st_mode")
        tag = self._tags.get(self.name, 0)
        return SimpleNamespace(**{part: getattr(info, part) for part in parts}, st_reparse_tag=tag)


@pytest.fixture
def windows(monkeypatch):
    """Sets the tags by which Windows marks folders and files that are more than that, by their names."""
    tags, real = {}, os.scandir

    @contextlib.contextmanager
    def scandir(path):
        with real(path) as entries:
            yield [Entry(entry, tags) for entry in entries]

    monkeypatch.setattr(discover_module, "os", elsewhere.Other(os, name="nt", scandir=scandir))
    monkeypatch.setattr(names, "os", elsewhere.Other(os, name="nt"))
    return tags


def test_junctions_of_windows_are_links_and_folders_of_a_cloud_are_not(tmp_path, windows):
    for folder in ("junction", "cloud", "plain"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.md").write_text("x")
    windows.update({"junction": 0xA0000003, "cloud": 0x9000001A})
    items = list(discover(str(tmp_path)))
    assert [item.path for item in items if isinstance(item, FoundFile)] == [
        str(tmp_path / "cloud" / "a.md"),
        str(tmp_path / "plain" / "a.md"),
    ]
    (skipped,) = (item for item in items if isinstance(item, Skipped))
    assert skipped.path == str(tmp_path / "junction") and "link" in skipped.reason


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_windows_does_not_find_for_its_length_is_told(tmp_path, windows, monkeypatch, is_folder):
    """It lists such names, and says that there is nothing of the name."""
    deep = tmp_path / ("d" * (250 - len(str(tmp_path)) - 1))
    deep.mkdir()
    (deep / "a-long-name.md").write_text("x")
    monkeypatch.setattr(read_module, "os", elsewhere.Other(os, name="nt", supports_dir_fd=frozenset(), stat=_missing))
    if is_folder:
        real = discover_module.os.scandir
        monkeypatch.setattr(
            discover_module,
            "os",
            elsewhere.Other(os, name="nt", scandir=lambda path: _missing(path) if path == str(deep) else real(path)),
        )
        (failure,) = discover(str(tmp_path))
        assert (failure.path, failure.code) == (str(deep), "path_too_long")
    else:
        with pytest.raises(ReadError) as caught:
            read_module.load(str(deep / "a-long-name.md"), 1000)
        assert caught.value.code == "path_too_long" and "LongPathsEnabled" in caught.value.remedy


def _missing(path):
    raise FileNotFoundError(2, "The system cannot find the path specified", path)


@pytest.mark.parametrize(
    ("system", "number", "remedy"),
    [
        ("linux", errno.EACCES, "chmod u+rX"),
        ("darwin", errno.EACCES, "chmod u+rX"),
        ("darwin", errno.EPERM, "Privacy & Security"),
        ("win32", errno.EACCES, "properties"),
    ],
)
def test_what_to_do_about_a_permission_is_what_the_system_has(monkeypatch, tmp_path, system, number, remedy):
    def refuse(path):
        raise PermissionError(number, "Operation not permitted", path)

    monkeypatch.setattr(names, "sys", elsewhere.platform(system))
    name = "nt" if system == "win32" else "posix"
    monkeypatch.setattr(discover_module, "os", elsewhere.Other(os, name=name, scandir=refuse))
    (failure,) = discover(str(tmp_path))
    assert failure.code == "permission_denied" and remedy in failure.remedy
