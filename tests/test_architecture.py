"""Imports point down, each large library has one door, and start-up stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "jupyter_localai"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts)

# What each room may import, besides itself and the modules of the floor. The order is from the floor upwards.
ROOMS = {
    "errors": set(),
    "paths": set(),
    "config": set(),
    "lines": set(),
    "results": set(),
    "text": {"results"},
    "privacy": set(),
    "ollama": {"privacy", "results"},
    "ingest": {"text", "privacy", "results"},
    "tables": {"ingest", "text", "privacy", "results"},
    "bundle": {"privacy", "results"},
    "remote": {"privacy", "results"},
    "embed": {"ollama", "text", "privacy", "results"},
    "index": {"embed", "remote", "text", "privacy", "results"},
    "answer": {"index", "embed", "tables", "ollama", "text", "results"},
    "engine": {
        *("answer", "index", "embed", "remote", "bundle", "tables", "ingest", "ollama"),
        *("text", "privacy", "results"),
    },
    "service": set(),
    "service.protocol": {"privacy", "results"},
    "service.process": {"service.protocol", "engine", "privacy", "results"},
    "service.client": {"service.protocol", "service.process", "engine", "privacy", "results"},
    "project": {"service.client", "remote", "privacy", "results"},
    "render": {"text", "results"},
    "doctor": {"service.client", "service.protocol", "index", "embed", "privacy", "results"},
    "adapters": {"project", "service.client", "results"},  # what the screens share
    "adapters.terminal": {"adapters", "project", "render", "doctor", "service.client", "embed", "privacy", "results"},
    "adapters.notebook": {"adapters", "adapters.terminal", "render", "doctor", "service.client", "text", "results"},
    "adapters.server": {"adapters", "project", "render", "doctor", "service.client", "service.protocol", "results"},
    "adapters.widget": {"adapters", "render", "service.client", "results"},
}
FLOOR = {"errors", "config", "paths", "lines"}
ENTRANCES = {"__init__", "service.__main__"}  # what starts others: they may import anything, late
DOORS = {
    "chromadb": {"index/chroma.py"},
    "sentence_transformers": {"embed/torch.py"},
    "transformers": {"embed/torch.py"},
    "torch": {"embed/torch.py"},
    "onnx": {"embed/bert.py"},
    "onnxruntime": {"embed/onnx_runtime.py", "ingest/ocr/models.py"},
    "rapidocr": {"ingest/ocr/models.py"},
    "cv2": {"ingest/ocr/recognise.py"},
    "PIL": {"ingest/formats/picture.py", "ingest/ocr/pages.py"},
    "openvino": {"embed/openvino.py"},
    "safetensors": {"embed/bert.py"},
    "tokenizers": {"embed/tokenizer.py"},
    "sqlite3": {"index/database.py", "tables/held.py"},
    "cryptography": {"remote/sealing.py"},
    "pypdfium2": {f"ingest/formats/pdf/{name}.py" for name in ("overlay", "pdfium", "positions", "scans")},
    "olefile": {"ingest/formats/parts/compound.py"},
    "xlrd": {"ingest/formats/old_sheets.py"},
    "nbformat": {"ingest/formats/notebook.py"},
    "charset_normalizer": {"ingest/formats/text.py"},
    "lxml": {"ingest/formats/parts/office.py", "ingest/formats/parts/html_tree.py"},
    "watchfiles": {"engine/watching.py"},
    "psutil": {
        *("index/place.py", "ollama/memory.py", "privacy/confined.py"),
        *("service/client/launch.py", "service/client/stopping.py", "service/process/gate.py"),
    },
    "httpx": {"ollama/server.py", "ollama/stream.py", "remote/connection.py", "service/client/async_client.py"},
    "uvicorn": {"service/process/server.py"},
    "huggingface_hub": {"embed/download.py"},
    "ctypes": {"privacy/seatbelt.py", "privacy/seccomp.py", "index/chroma.py", "ingest/formats/pdf/pdfium.py"},
    "filelock": {"service/protocol/ownership.py"},
    "rich": {"adapters/terminal/progress.py"},
    "IPython": {
        "adapters/notebook/magics.py",
        "adapters/notebook/cell.py",
        "adapters/notebook/question_marks.py",
        "adapters/widget/panel.py",
    },
    "traitlets": {"adapters/notebook/magics.py", "adapters/server/__init__.py", "adapters/widget/panel.py"},
    "jupyter_server": {
        f"adapters/server/{name}.py"
        for name in ("__init__", "base", "changes", "handlers", "settings", "talk_handlers", "team")
    },
    "tornado": {
        f"adapters/server/{name}.py" for name in ("base", "changes", "handlers", "settings", "talk_handlers", "team")
    },
    "pandas": {"results/base.py"},
    "nh3": {"render/safe.py"},
    "markdown_it": {"render/safe.py"},
    "ipywidgets": {f"adapters/widget/{name}.py" for name in ("choosers", "log", "panel", "parts", "sections")},
}


NAMES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__") for path in MODULES}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")


def _imports(path: Path) -> list[tuple[str, bool]]:
    """Return ``(dotted name, ours)`` of everything a module imports, at any depth."""
    here = path.relative_to(PACKAGE).with_suffix("").parts
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, False) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append((node.module or "", False))
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: len(here) - node.level], *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                module = ".".join((*base, alias.name))
                found.append((module if module in NAMES else ".".join(base), True))
    return found


def _room(name: str) -> str:
    """Return the room of a module: the longest name of a room that it begins with."""
    return max((room for room in ROOMS if name == room or name.startswith(f"{room}.")), key=len)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_point_down(path):
    name = _name(path)
    if name in ENTRANCES:
        return
    room = _room(name)
    for target, ours in _imports(path):
        if ours and target and room not in FLOOR:
            assert _room(target) in {room, *FLOOR, *ROOMS[room]}, f"{name} may not import {target}"


def test_the_rooms_have_an_order():
    below: set[str] = set(FLOOR)
    for room, allowed in ROOMS.items():
        assert allowed <= below, f"{room} imports what stands above it: {allowed - below}"
        below.add(room)


def test_no_module_imports_itself_by_way_of_others():
    targets = {_name(path): {target for target, ours in _imports(path) if ours and target} for path in MODULES}
    while leaves := [name for name, found in targets.items() if not found & targets.keys()]:
        for name in leaves:
            del targets[name]
    assert not targets, f"a circle, or above one: {sorted(targets)}"


def test_few_modules_stand_outside_the_rooms():
    assert len([path for path in MODULES if path.parent == PACKAGE]) <= 6


def _parameters(path: Path) -> dict[str, int]:
    """Return how many parameters each function of a module has, without ``self``."""
    counts = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            counts[node.name] = len([name for name in names if name not in ("self", "cls")])
    return counts


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent.name in ("engine", "answer")], ids=_name)
def test_the_flows_pass_objects_and_not_their_parts(path):
    facade = {"index", "ask", "summarize"} if path == PACKAGE / "engine" / "engine.py" else set()  # as people call them
    long = {name: count for name, count in _parameters(path).items() if count > 6 and name not in facade}
    assert not long


def test_the_engine_is_a_facade():
    assert len((PACKAGE / "engine" / "engine.py").read_text(encoding="utf-8").splitlines()) <= 300


def test_every_large_library_has_one_door():
    for path in MODULES:
        inside = path.relative_to(PACKAGE).as_posix()
        for name, ours in _imports(path):
            top = name.split(".")[0]
            if not ours and top in DOORS:
                assert inside in DOORS[top], f"{inside} imports {top}; its door is {DOORS[top]}"


def test_what_opens_connections_outwards_is_reached_by_one_command_only():
    def importers(module):
        return {_name(path) for path in MODULES if (module, True) in _imports(path)}

    assert importers("embed.download") == {"adapters.terminal.pull"}
    assert importers("adapters.terminal.pull") == {"adapters.terminal.cli"}


HEAVY = (
    "torch",
    "openvino",
    "chromadb",
    "sentence_transformers",
    "onnxruntime",
    "ollama",
    "httpx",
    "transformers",
    "huggingface_hub",
    "numpy",
    "lxml",
)


def _loaded_after(statement: str, *names: str) -> str:
    code = f"import sys\n{statement}\nprint([n for n in {names!r} if n in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


# Names of others' making: hooks of Jupyter and IPython, a method of named tuples, the way a forked process ends.
NOT_PRIVATE = {
    "_jupyter_server_extension_points",
    "_jupyter_labextension_paths",
    "_repr_mimebundle_",
    "_replace",
    "_exit",
}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NOT_PRIVATE


def _private_names(path: Path) -> list[str]:
    """Return the private names that a file reaches for in something that is not its own."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.ImportFrom):
            found += [f"line {node.lineno}: {alias.name}" for alias in node.names if _is_private(alias.name)]
    return found


@pytest.mark.parametrize(
    "path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.relative_to(TESTS).with_suffix("").as_posix()
)
def test_only_the_probe_knows_private_names(path):
    if path != TESTS / "support" / "probe.py":
        assert _private_names(path) == [], "give tests/support/probe.py a function for it"


def test_bare_import_is_light():
    assert _loaded_after("import jupyter_localai", *HEAVY, "IPython", "tornado") == "[]"


def test_command_line_starts_light():
    statement = "from jupyter_localai.adapters.terminal import cli\ncli._parsers()"
    assert _loaded_after(statement, *HEAVY, "IPython", "tornado", "rich", "nh3", "markdown_it") == "[]"


def test_a_client_is_light():
    statement = (
        "from pathlib import Path\nfrom jupyter_localai.config import Config\n"
        "from jupyter_localai.service.client import sync_client, launch\n"
        "ai = sync_client.Client(Config(Path('/nowhere')))\nassert launch.find(Path('/nowhere')) is None"
    )
    shown = ("nh3", "markdown_it", "jupyter_localai.adapters", "jupyter_localai.engine.engine")
    assert _loaded_after(statement, *HEAVY, *shown, "uvicorn", "asyncio", "psutil") == "[]"


def test_the_magics_are_light():
    statement = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance().run_line_magic('load_ext', 'jupyter_localai')"
    )
    assert _loaded_after(statement, *HEAVY, "uvicorn", "rich", "pandas", "jupyter_localai.engine.engine") == "[]"
    # what is not needed before the first line of ours is not loaded before
    late = (
        "jupyter_localai.results.passages",
        "jupyter_localai.results.answers",
        "jupyter_localai.service",
        "nh3",
        "markdown_it",
    )
    assert _loaded_after(statement, *late) == "[]"


def test_the_gate_is_light():
    statement = "from jupyter_localai.service.process import gate"
    ours = ("jupyter_localai.engine.engine", "jupyter_localai.config", "jupyter_localai.service.client.sync_client")
    assert _loaded_after(statement, *HEAVY, *ours, "uvicorn", "asyncio", "http.client", "filelock") == "[]"


def test_readers_load_no_model_library():
    assert _loaded_after("import jupyter_localai.ingest.read, jupyter_localai.ingest.chunk", *HEAVY) == "[]"


def test_the_process_of_tables_starts_light():
    ours = ("jupyter_localai.index.database", "jupyter_localai.engine.engine", "jupyter_localai.config")
    assert _loaded_after("import jupyter_localai.tables.worker", *HEAVY, *ours) == "[]"


def test_chroma_is_loaded_without_a_grammar_it_does_not_use():
    statement = "from jupyter_localai.index.chroma import _load\n_load()"
    assert _loaded_after(statement, "chromadb", "rfc3987_syntax", "sentence_transformers", "torch") == "['chromadb']"


def test_public_names_exist():
    import jupyter_localai

    for name in jupyter_localai.__all__:
        assert getattr(jupyter_localai, name)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = jupyter_localai.nothing_like_it
