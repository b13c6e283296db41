"""The wheel is complete, needs no Node.js to install, and JupyterLab takes the extension."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PANEL = ROOT / "jupyter_localai" / "labextension" / "package.json"


def build_wheel(target: Path, path: str | None = None) -> zipfile.ZipFile:
    """Build with the installed build requirements, so without any network."""
    code = f"import hatchling.build as b; print(b.build_wheel({str(target)!r}))"
    environment = {"PATH": path, "HOME": str(target)} if path is not None else None
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(target / done.stdout.splitlines()[-1])


def test_a_wheel_without_node_has_everything_but_perhaps_the_panel(tmp_path):
    names = build_wheel(tmp_path, path="/nowhere").namelist()
    for name in (
        "jupyter_localai/engine/engine.py",
        "jupyter_localai/py.typed",
        "jupyter_localai/examples/report-2031.pdf",
    ):
        assert name in names
    assert not any(name.startswith(("tests/", "jupyter_localai/labextension/")) for name in names)
    has_panel = any("labextensions/jupyter-localai/package.json" in name for name in names)
    assert has_panel == PANEL.exists()


def test_the_wheel_switches_the_server_extension_on(tmp_path):
    """Jupyter finds it where the wheel's configuration lies, and it can be loaded."""
    wheel = build_wheel(tmp_path / "built", path="/nowhere")
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
