"""The wheel is complete, needs no Node.js to install, and JupyterLab takes the extension."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PANEL = ROOT / "jupyter_localai" / "labextension" / "package.json"


def built(target: Path, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build a wheel with the installed build requirements, without any network and where no Node.js is found."""
    target.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", f"import hatchling.build as b; print(b.build_wheel({str(target)!r}))"],
        cwd=root,
        env={"PATH": "/nowhere", "HOME": str(target), **environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def panel_hook() -> ModuleType:
    """Return the module that builds the panel."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "extension" / "hatch_build.py")
    assert spec and spec.loader
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    return hook


HAS_PANEL = panel_hook().is_current(PANEL, ROOT / "extension")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with the panel where that is built, else without."""
    target = tmp_path_factory.mktemp("wheel")
    done = built(target, **({} if HAS_PANEL else {"LOCALAI_WITHOUT_PANEL": "1"}))
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


def test_a_wheel_has_everything_that_users_need_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "jupyter_localai/engine/engine.py",
        "jupyter_localai/py.typed",
        "jupyter_localai/examples/report-2031.pdf",
    ):
        assert name in names
    assert not any(name.startswith(("tests/", "jupyter_localai/labextension/")) for name in names)
    assert not any("node_modules" in name for name in names)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the panel was never built."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if name.startswith(("jupyter_localai/", "extension/", "examples/corpus/")) or "/" not in name:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_file():
                shutil.copy(ROOT / name, copy / name)
    return copy


def test_a_build_without_node_says_what_to_do(checkout, tmp_path):
    done = built(tmp_path, checkout)
    assert done.returncode != 0
    assert not list(tmp_path.glob("*.whl"))
    told = done.stderr.strip().splitlines()[-1]
    assert "Node.js was not found" in told and "Install Node.js 20.19, 22.12 or newer" in told
    assert "LOCALAI_WITHOUT_PANEL=1" in told


def test_without_the_panel_all_else_is_built_where_that_is_asked_for(checkout, tmp_path):
    done = built(tmp_path, checkout, LOCALAI_WITHOUT_PANEL="1")
    assert done.returncode == 0, done.stderr
    (made,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(made).namelist()
    assert "jupyter_localai/engine/engine.py" in names
    assert not any("labextensions" in name for name in names)


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.1", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
    ],
)
def test_one_range_of_versions_of_node_is_accepted_and_told(version, fits):
    hook = panel_hook()
    wanted = json.loads((ROOT / "extension" / "package.json").read_text())["engines"]["node"]
    assert hook.is_accepted(version, wanted) is fits
    least = re.findall(r"\d+\.\d+", wanted)
    for page in ("README.md", "docs/install.md", "docs/contributing.md", "dev.py", "extension/hatch_build.py"):
        told = re.findall(r"Node\.js (\d[\d., or]*?) or\s+newer", (ROOT / page).read_text())
        assert told and all(each == ", ".join(least) for each in told), page


def test_installed_without_node_the_panel_is_there(wheel, tmp_path):
    if not HAS_PANEL:
        pytest.skip("the panel is not built, or older than its sources")
    fresh = tmp_path / "fresh"
    venv.create(fresh, symlinks=os.name != "nt")
    python = str(fresh / ("Scripts" if os.name == "nt" else "bin") / "python")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    # what it needs lies beside the fresh environment, so that nothing is downloaded
    environment = {"PATH": "/nowhere", "HOME": str(tmp_path), "PYTHONPATH": sysconfig.get_path("purelib")}
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True, timeout=120)
    share = fresh / "share" / "jupyter" / "labextensions" / "jupyter-localai"
    assert json.loads((share / "package.json").read_text())["name"] == "jupyter-localai"
    assert (share / "static" / "style.js").exists() and list((share / "static").glob("remoteEntry.*.js"))
    code = (
        "import sys; site = [each for each in sys.path if each.startswith(sys.prefix)]; sys.path[:] = site + sys.path\n"
        "from IPython.core.interactiveshell import InteractiveShell as Shell\n"
        "Shell.instance().run_line_magic('load_ext', 'jupyter_localai')\n"
        "import jupyter_localai; print(jupyter_localai.__file__)\n"
        "from jupyter_localai.doctor.jupyter_checks import panel_folder; print(panel_folder())"
    )
    done = subprocess.run(
        [python, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    package, panel = map(Path, done.stdout.splitlines())
    assert package.is_relative_to(fresh) and panel == share


def test_the_wheel_switches_the_server_extension_on(wheel, tmp_path):
    """Jupyter finds it where the wheel's configuration lies, and it can be loaded."""
    wheel = zipfile.ZipFile(wheel)
    (name,) = [name for name in wheel.namelist() if name.endswith("/jupyter_server_config.d/jupyter-localai.json")]
    assert name.split(".data/data/")[1].startswith("etc/jupyter/")
    wheel.extract(name, tmp_path)
    configuration = (tmp_path / name).parent.parent
    command = [sys.executable, "-m", "jupyter", "server", "extension", "list"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(configuration), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    plain = re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)
    listed = plain.split(f"Config dir: {configuration}")[1].split("Config dir:")[0]
    assert "jupyter_localai enabled" in listed
    assert re.search(r"^ *jupyter_localai [\d.]+ OK$", listed, re.MULTILINE)


def test_jupyterlab_lists_the_extension_as_ok():
    if shutil.which("npm") is None and not PANEL.exists():
        pytest.skip("without Node.js the panel is not built")
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    line = next(line for line in (done.stdout + done.stderr).splitlines() if "jupyter-localai v" in line)
    assert "enabled" in line and "OK" in line
