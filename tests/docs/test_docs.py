"""What the documents promise is true: code runs, settings and commands exist, languages share a version."""

import dataclasses
import json
import re
import tempfile
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_localai.adapters.arguments import COMMANDS, ask_parser, command_parsers
from jupyter_localai.adapters.notebook import lines
from jupyter_localai.adapters.parsing import parse
from jupyter_localai.config import Config
from tests.docs import formats, troubleshooting
from tests.support import probe
from tests.support.engines import SHORT, end_engines

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "PRIVACY.md", *sorted((ROOT / "docs").glob("*.md"))]
PANEL = [path.read_text() for path in (ROOT / "extension" / "src").rglob("*.ts")]
BASES = {"bundle", "error", "store", "engine", "project"}  # of errors that each have a code of their own
FAILURES = {
    "disk_away",
    "too_many_rules",
    "not_found",
    "permission_denied",
    "unreadable",
}  # told of a folder without an error
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_setting_is_documented_and_nothing_else_is():
    table = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert [name for name, *_ in table] == [field.name for field in dataclasses.fields(Config)]
    for name, variable, default in table:
        assert variable == f"LOCALAI_{name.upper()}"
        if name != "store":
            value = getattr(Config, name)
            assert default == f"`{str(value).lower() if isinstance(value, bool) else value}`"


def commands():
    """Yield each command that a page shows, in a block or within a sentence, with the page's name."""
    for page in PAGES:
        text = page.read_text()
        rest, blocks = BLOCK.sub("", text), [block for kind, block in BLOCK.findall(text) if kind != "json"]
        shown = [line for block in blocks for line in block.splitlines()]
        shown += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)]
        for line in shown:
            if re.match(r"jupyter localai [^A-Z]|%%?ask |%localai ", line):
                yield pytest.param(line.partition("  #")[0], id=f"{page.stem}: {line}")


@pytest.mark.parametrize("line", list(commands()))
def test_every_command_is_one_with_the_options_it_has(line):
    first, rest = line.split(maxsplit=1)
    if first == "jupyter":
        parse(*probe.command_parsers(), lines.split_command(rest)[1:])
    elif first == "%localai":
        words = rest.split(maxsplit=1)
        if words[0] == "help":
            assert words[1] in command_parsers()[1]
        elif words[0] == "search":
            options, query = lines.split_question(words[1], command_parsers()[1]["search"])
            command_parsers()[1]["search"].parse_args([*options, "--", query])
        else:
            parse(*command_parsers(), lines.split_command(rest))
    else:
        options, question = lines.split_question(rest, ask_parser())
        ask_parser().parse_args([*options, "--", question])


def test_commands_are_found_where_they_stand():
    found = [parameter.values[0] for parameter in commands()]
    assert {"jupyter localai doctor", "jupyter localai index --retry", "%localai index {{folder}}"} <= set(found)


def test_links_lead_somewhere():
    texts = [(page, page.read_text()) for page in PAGES]
    for path in sorted((ROOT / "examples").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        texts.append((path, "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")))
    for page, text in texts:
        for link in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", text)):
            if not link.startswith("https://"):
                assert (page.parent / link.partition("#")[0]).exists(), f"{page.name}: {link}"


def test_every_file_of_the_architecture_exists():
    text = (ROOT / "docs" / "architecture.md").read_text()
    for name in re.findall(r"^  +(\w+\.py|\w+/) ", text, re.MULTILINE):
        assert list((ROOT / "jupyter_localai").rglob(name.rstrip("/"))), name


def test_the_architecture_page_names_files_that_exist():
    text = (ROOT / "docs" / "architecture.md").read_text()
    package = ROOT / "jupyter_localai"
    named = set(re.findall(r"`((?:[\w-]+/)*\w+\.(?:py|ts|tsx))`", text.split("## Where to look")[1]))
    assert len(named) > 25
    for name in named - {"index.ts"}:
        assert (package / name).is_file() or (ROOT / name).is_file(), name
    rooms = rooms_of_the_architecture(text)
    assert len(rooms) > 15
    for room, names in rooms.items():
        for name in names:
            assert (package / room / f"{name}.py").is_file(), f"{room}{name}"


def test_the_architecture_page_names_every_module():
    text = (ROOT / "docs" / "architecture.md").read_text()
    package, rooms = ROOT / "jupyter_localai", rooms_of_the_architecture(text)
    found = {path.relative_to(package) for path in package.rglob("*.py") if not path.name.startswith("__")}
    readers = {path for path in found if path.parent.name == "formats"}  # the page about formats names them
    outside = {path for path in found if len(path.parts) == 1}
    named = {Path(room, f"{name}.py") for room, names in rooms.items() for name in names}
    assert found - readers - outside - named == set()
    assert all(f"  {path} " in text for path in outside)


def test_the_architecture_page_names_every_module_of_the_extension():
    text = (ROOT / "docs" / "architecture.md").read_text()
    folders = re.findall(r"^\| `(\w+/)` \| (.+) \|$", text.split("below `extension/src`")[1], re.MULTILINE)
    named = {f"{folder}{name}" for folder, names in folders for name in re.findall(r"`(\w+)`", names)}
    source = ROOT / "extension" / "src"
    found = {str(path.relative_to(source).with_suffix("")) for path in source.glob("*/*.ts*")}
    assert named == found


def rooms_of_the_architecture(text):
    """Return the names of modules that the page tells, by their room."""
    table = text.split("## The rooms")[1].split("The extension")[0]
    return {
        room: [name for part in modules.split(" · ") for name in re.findall(r"`(\w+)`", part.partition(":")[0])]
        for room, modules in re.findall(r"^\| `([\w/]+/)` \| (.+) \|$", table, re.MULTILINE)
    }


def test_decisions_have_numbers_in_order_and_dates():
    text = (ROOT / "docs" / "decisions.md").read_text()
    found = re.findall(r"^### D(\d+)\. .+\n\n(\d{4}-\d\d-\d\d)[.,] ", text, re.MULTILINE)
    assert len(found) == text.count("\n### ") > 100
    assert len({number for number, _ in found}) == len(found)
    topics = [part.split("\n")[0] for part in text.split("\n## ")[1:]]
    assert re.findall(r"^- \[(.+)\]\(#", text, re.MULTILINE) == topics


def test_decisions_that_are_cited_exist():
    known = set(re.findall(r"^### (D\d+)\.", (ROOT / "docs" / "decisions.md").read_text(), re.MULTILINE))
    sources = [*PAGES, *(ROOT / "jupyter_localai").rglob("*.py"), *(ROOT / "extension" / "src").rglob("*.ts*")]
    for path in sources:
        assert set(re.findall(r"\bD[1-9]\d{0,2}\b", path.read_text())) <= known, path


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A throw-away store that the pages share, so that each text is embedded once; no chat model."""
    runtime = Path(tempfile.mkdtemp(prefix="rt-", dir=SHORT))
    store = str(tmp_path_factory.mktemp("docs") / "store")
    yield {"LOCALAI_STORE": store, "LOCALAI_PRECISION": "float32", "XDG_RUNTIME_DIR": str(runtime)}
    end_engines(runtime)


@pytest.fixture
def run(environment, monkeypatch):
    """Return a function that runs a page's Python blocks in their order, each as a cell of one notebook."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(page):
        blocks = [block for kind, block in BLOCK.findall(page.read_text()) if kind == "python"]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(block.strip()) for block in blocks])
        where = {"metadata": {"path": str(ROOT)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
        outputs = [output for cell in notebook.cells for output in cell.outputs]
        return "".join(output.get("text") or output.data["text/plain"] for output in outputs)

    return run


SHOWN = {
    "README": "No boat may leave the slipway when the mean wind exceeds 21 knots",
    "quickstart": "defibrillator",
    "answers": "extractive None\n1 page 3 0.8",
    "notebooks": "",
}


@pytest.mark.model
@pytest.mark.parametrize("name", SHOWN)
def test_the_code_of_a_page_runs(run, name):
    (page,) = (page for page in PAGES if page.stem == name)
    assert SHOWN[name] in run(page).replace("**", "")  # words of the question are bold


def test_no_page_with_code_is_left_out():
    of_its_own = {"bundle", "shared-format"}  # tests/docs/test_bundle_page.py, test_shared_page.py
    assert {page.stem for page in PAGES if "```python" in page.read_text()} == set(SHOWN) | of_its_own


def test_both_halves_have_one_version():
    assert version("jupyter-localai") == json.loads((ROOT / "extension" / "package.json").read_text())["version"]


def test_the_changelog_has_this_version():
    assert f"\n## [{version('jupyter-localai')}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (ROOT / "extension" / "package-lock.json").read_text()


def test_every_proof_of_the_privacy_page_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "PRIVACY.md").read_text())
    assert len(named) > 40
    for path, name in named:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), f"{path}::{name}"


def test_the_page_about_formats_has_every_kind_and_suffix():
    assert formats.PAGE.read_text() == formats.written_by_hand() + formats.table(), "Run: python -m tests.docs.formats"


def test_every_error_is_told_on_the_page_about_trouble_as_the_code_tells_it():
    told = troubleshooting.written_by_hand() + troubleshooting.page()
    assert troubleshooting.PAGE.read_text() == told, "Write it anew: python -m tests.docs.troubleshooting"


def test_no_code_of_an_error_is_missed_by_what_writes_that_page():
    texts = "\n".join(path.read_text() for path in (ROOT / "jupyter_localai").rglob("*.py"))
    codes = set(re.findall(r"""\bcode="(\w+)\"""", texts)) | set(re.findall(r"""Notice\(\s*"(\w+)\"""", texts))
    codes |= {code for text in PANEL for code in re.findall(r"new RequestError\(\s*'(\w+)'", text)}
    defaults = set(re.findall(r'default_code.* = "(\w+)"', texts))
    assert len(codes) > 80 and defaults >= BASES
    told = set(re.findall(r"^\| `(\w+)` \|", troubleshooting.PAGE.read_text(), re.MULTILINE))
    assert (codes | defaults - BASES) - told == set()
    assert told - codes - defaults == FAILURES - codes - defaults


def test_every_remedy_on_that_page_is_a_command_there_is():
    named = set(re.findall(r"jupyter localai ([a-z][\w-]*)", troubleshooting.PAGE.read_text()))
    assert len(named) > 8 and named <= set(COMMANDS)
