"""Imports point down, each large library has one door, and start-up stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "jupyter_localai"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts)

NOUNS = {"results"}
# what a module or package may import of ours; the longest matching key counts
MAY_IMPORT = {
    "errors": set(),
    "paths": set(),
    "sentences": set(),
    "seccomp": set(),
    "privacy": {"seccomp", "errors"},
    "ollama": {"ollama_stream", "errors", "privacy"},
    "ollama_stream": {"errors"},
    "config": {"errors"},
    "ingest": {"ingest", *NOUNS, "errors", "privacy", "sentences"},
    "index": {"index", "paths", "ollama", *NOUNS, "errors", "config", "privacy"},
    "answer": {"answer", "index", "ollama", *NOUNS, "errors", "config", "privacy", "sentences"},
    "checks": {"errors"},
    "listing": {"ingest", "index", *NOUNS, "errors", "config"},
    "indexing": {"listing", "ingest", "index", *NOUNS, "errors", "config"},
    "rebuilding": {"indexing", "ingest", "index", *NOUNS, "errors", "config"},
    "results": {"results"},
    "questions": {"checks", "errors", "evaluation"},
    "evaluating": {"ingest.discover", *NOUNS},
    "sampling": {"errors", "index", "vectors"},
    "locating": {"answer.cite", "index", "ingest.read", "checks", *NOUNS, "errors"},
    "asking": {"answer", "index", "ollama", *NOUNS, "errors", "config"},
    "scope": {"index", "ingest.discover", "paths", "errors"},
    "engine": {
        "paths",
        "scope",
        "asking",
        "checks",
        "evaluating",
        "sampling",
        "indexing",
        "locating",
        "rebuilding",
        "ingest",
        "index",
        "answer",
        "ollama",
        *NOUNS,
        "errors",
        "config",
        "privacy",
    },
    "service": {
        "service",
        "engine",
        "questions",
        *NOUNS,
        "errors",
        "config",
        "privacy",
    },
    "service.gate": {"service", "seccomp", "errors", "privacy"},
    "findings": {*NOUNS, "config"},
    "jupyter_checks": {"findings"},
    "proofs": {"findings", "jupyter_checks", "service.wire", *NOUNS, "config", "privacy"},
    "doctor": {
        "findings",
        "jupyter_checks",
        "proofs",
        "service.client",
        "index.place",
        "index.weights",
        *NOUNS,
        "errors",
        "config",
        "privacy",
    },
    "pull_embedder": {"index", *NOUNS, "errors", "privacy"},
    "adapters": {"adapters", "render", "service", *NOUNS, "errors", "config", "privacy"},
    "adapters.cli": {"adapters", "render", "doctor", "service", *NOUNS, "errors", "config", "privacy"},
    "adapters.pull": {"adapters", "pull_embedder", "errors", *NOUNS},
    "adapters.notebook": {"adapters", "render", "doctor", "service", *NOUNS, "errors", "config"},
    "adapters.server": {
        "adapters.server",
        "render",
        "doctor",
        "findings",
        "paths",
        "service",
        *NOUNS,
        "errors",
        "config",
    },
    "render": {"render", *NOUNS, "errors"},
    "adapters.widget": {
        "adapters.widget",
        "render",
        "adapters.steps",
        "service.client",
        *NOUNS,
        "errors",
        "config",
    },
    "__init__": {"results", "render", "service", "adapters"},
}
DOORS = {
    "chromadb": {"index/store.py"},
    "sentence_transformers": {"index/embed_torch.py"},
    "transformers": {"index/embed_torch.py"},
    "torch": {"index/embed_torch.py", "index/precision.py"},
    "onnx": {"index/embed_onnx.py"},
    "onnxruntime": {"index/embed_onnx.py"},
    "safetensors": {"index/embed_onnx.py"},
    "tokenizers": {"index/tokens.py"},
    "sqlite3": {"index/database.py"},
    "pypdfium2": {"ingest/read_pdf.py"},
    "nbformat": {"ingest/read_notebook.py"},
    "charset_normalizer": {"ingest/read_text.py"},
    "lxml": {"ingest/office.py", "ingest/html_tree.py"},
    "pathspec": {"ingest/discover.py"},
    "psutil": {"index/place.py", "answer/machine.py", "service/stopping.py"},
    "httpx": {"ollama.py", "ollama_stream.py", "service/async_client.py"},
    "uvicorn": {"service/server.py"},
    "huggingface_hub": {"pull_embedder.py"},
    "ctypes": {"seccomp.py", "index/store.py"},
    "filelock": {"service/ownership.py"},
    "rich": {"adapters/progress.py"},
    "IPython": {
        "adapters/magics.py",
        "adapters/cell.py",
        "adapters/question_marks.py",
        "adapters/widget/panel.py",
    },
    "traitlets": {"adapters/magics.py", "adapters/server/__init__.py", "adapters/widget/panel.py"},
    "jupyter_server": {f"adapters/server/{name}.py" for name in ("__init__", "base", "changes", "handlers")},
    "tornado": {f"adapters/server/{name}.py" for name in ("base", "changes", "handlers")},
    "pandas": {"forms.py"},
    "nh3": {"render/safe.py"},
    "markdown_it": {"render/safe.py"},
    "ipywidgets": {f"adapters/widget/{name}.py" for name in ("choosers", "log", "panel", "parts", "sections")},
}


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
            base = here[: len(here) - node.level]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found += [(".".join((*base, name)), True) for name in names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    above = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    allowed = next(MAY_IMPORT[name] for name in above if name in MAY_IMPORT)
    for name, ours in _imports(path):
        if ours:
            inside = any(name == room or name.startswith(f"{room}.") for room in allowed)
            assert inside, f"{path.name} may not import {name}"


def test_every_large_library_has_one_door():
    for path in MODULES:
        inside = path.relative_to(PACKAGE).as_posix()
        for name, ours in _imports(path):
            top = name.split(".")[0]
            if not ours and top in DOORS:
                assert inside in DOORS[top], f"{inside} imports {top}; its door is {DOORS[top]}"


def test_what_opens_connections_outwards_is_reached_by_one_command_only():
    reaching = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for name, ours in _imports(path)
        if ours and name.split(".")[:1] == ["pull_embedder"]
    }
    assert reaching == {"adapters/pull.py"}
    for path in MODULES:
        assert path.stem == "cli" or "adapters.pull" not in [name for name, ours in _imports(path) if ours]


HEAVY = (
    "torch",
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


def test_bare_import_is_light():
    assert _loaded_after("import jupyter_localai", *HEAVY, "IPython", "tornado") == "[]"


def test_command_line_starts_light():
    statement = "from jupyter_localai.adapters.terminal import cli\ncli._parsers()"
    assert _loaded_after(statement, *HEAVY, "IPython", "tornado", "rich", "nh3", "markdown_it") == "[]"


def test_a_client_is_light():
    statement = (
        "from pathlib import Path\nfrom jupyter_localai.config import Config\n"
        "from jupyter_localai.service.client import sync_client, launch\n"
        "ai = client.Client(Config(Path('/nowhere')))\nassert launch.find(Path('/nowhere')) is None"
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
    assert (
        _loaded_after(statement, "jupyter_localai.results.passages", "jupyter_localai.service", "nh3", "markdown_it")
        == "[]"
    )


def test_the_gate_is_light():
    statement = "from jupyter_localai.service.process import gate"
    ours = ("jupyter_localai.engine.engine", "jupyter_localai.config", "jupyter_localai.service.client.sync_client")
    assert _loaded_after(statement, *HEAVY, *ours, "uvicorn", "asyncio", "http.client", "filelock") == "[]"


def test_readers_load_no_model_library():
    assert _loaded_after("import jupyter_localai.ingest.read, jupyter_localai.ingest.chunk", *HEAVY) == "[]"


def test_chroma_is_loaded_without_a_grammar_it_does_not_use():
    statement = "from jupyter_localai.index.store import _load\n_load()"
    assert _loaded_after(statement, "chromadb", "rfc3987_syntax", "sentence_transformers", "torch") == "['chromadb']"


def test_public_names_exist():
    import jupyter_localai

    for name in jupyter_localai.__all__:
        assert getattr(jupyter_localai, name)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = jupyter_localai.nothing_like_it
