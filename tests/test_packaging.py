"""The wheel is complete, needs no Node.js to install, and JupyterLab takes the extension."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
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
    for name in ("jupyter_localai/engine.py", "jupyter_localai/py.typed", "jupyter_localai/examples/report-2031.pdf"):
        assert name in names
    assert not any(name.startswith(("tests/", "jupyter_localai/labextension/")) for name in names)
    has_panel = any("labextensions/jupyter-localai/package.json" in name for name in names)
    assert has_panel == PANEL.exists()


def test_jupyterlab_lists_the_extension_as_ok():
    if shutil.which("npm") is None and not PANEL.exists():
        pytest.skip("without Node.js the panel is not built")
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    line = next(line for line in (done.stdout + done.stderr).splitlines() if "jupyter-localai v" in line)
    assert "enabled" in line and "OK" in line
