"""A JupyterLab of its own for tests: real server, kernels, engine; the stand-in for Ollama; a page that is watched."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import nbformat
from playwright.sync_api import Page, Request

from tests.support.engines import SHORT, end_engines
from tests.support.ollama import StandIn, llama

ROOT = Path(__file__).parent.parent.parent
PANEL = ROOT / "jupyter_localai" / "labextension"
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
    "@jupyterlab/extensionmanager-extension/plugin": {"enabled": False},
}


APPS = {"jupyterlab": "LabApp", "notebook": "JupyterNotebookApp"}


class Lab:
    """A running JupyterLab whose documents lie in `root`; `ollama` is the stand-in that answers its engine.

    Its home, store and sockets are below one short folder, which `stop` removes after ending what was started. `prefix`
    is the path below which it is served, as a hub does for each user.
    """

    def __init__(
        self,
        environment: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
        python: str = sys.executable,
        app: Literal["jupyterlab", "notebook"] = "jupyterlab",
        prefix: str = "",
    ) -> None:
        self.ollama = StandIn()
        self.ollama.models = [llama()]
        self.home = Path(tempfile.mkdtemp(prefix="lab-", dir=SHORT))
        self.root, self.store = self.home / "documents", self.home / "store"
        self.runtime = self.home / "run"
        for folder in (self.root, self.runtime, self.home / "share" / "labextensions"):
            folder.mkdir(parents=True)
        self.runtime.chmod(0o700)
        if PANEL.exists():
            (self.home / "share" / "labextensions" / "jupyter-localai").symlink_to(PANEL)
        self.token, port = secrets.token_hex(8), _free_port()
        self.url = f"http://127.0.0.1:{port}{prefix}"
        self._settings = self.home / "settings"
        for name, value in SETTINGS.items():
            self.set(name, value)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("LOCALAI_", "XDG_", "JUPYTER_"))},
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_PATH": str(self.home / "share"),
            "PYTHONPATH": str(ROOT),
            "LOCALAI_STORE": str(self.store),
            "OLLAMA_HOST": self.ollama.address,
            **(environment or {}),
        }
        command = [python, "-m", app, "--no-browser", "--expose-app-in-browser", *options]
        values = {
            "ServerApp.root_dir": self.root,
            "ServerApp.port": port,
            "ServerApp.base_url": f"{prefix}/",
            "ServerApp.ip": "127.0.0.1",
            "IdentityProvider.token": self.token,
            "ServerApp.allow_root": True,
            f"{APPS[app]}.user_settings_dir": self._settings,
            f"{APPS[app]}.workspaces_dir": self.home / "workspaces",
        }
        self.log = self.home / "server.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *(f"--{name}={value}" for name, value in values.items())],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.root,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=5).close()
                return
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def set(self, plugin: str, values: dict[str, Any]) -> None:
        """Write the user's settings of a plugin; they count from the next load of the page."""
        file = self._settings / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def dark(self, dark: bool = True) -> None:
        """Choose the theme for the next load of the page."""
        self.set(
            "@jupyterlab/apputils-extension:themes".replace(":", "/"),
            {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"},
        )

    def notebook(self, name: str, *cells: str) -> Path:
        """Write a notebook of code cells into the documents."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        file = self.root / name
        nbformat.write(book, file)
        return file

    def distrust(self, name: str) -> None:
        """Change a notebook so that its signature does not fit any more, as if it were a stranger's."""
        file = self.root / name
        book = nbformat.read(file, nbformat.NO_CONVERT)
        book.metadata["changed"] = secrets.token_hex(8)
        nbformat.write(book, file)

    def address(self, path: str = "") -> str:
        """Return the address of the page, with a document open, in a workspace that remembers nothing."""
        tree = f"/tree/{quote(path)}" if path else ""
        return f"{self.url}/lab/workspaces/{secrets.token_hex(4)}{tree}?token={self.token}"

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        end_engines(self.runtime)
        self.ollama.stop()
        shutil.rmtree(self.home, ignore_errors=True)


class Watched:
    """A page, and every request it made to anything but its own server; those are refused."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self.lab = page, lab
        self.outward: list[str] = []
        self.dialogs: list[str] = []
        page.context.route(lambda url: not self._own(url), self._refuse)
        page.on("request", self._note)
        page.on("dialog", self._dialog)

    def _own(self, url: str) -> bool:
        # Chromium shows PDF files by an extension that it has in itself
        inside = ("data:", "blob:", "chrome-extension:", "chrome://resources/")
        return url.startswith((self.lab.url + "/", self.lab.url.replace("http", "ws") + "/", *inside))

    def _note(self, request: Request) -> None:
        if not self._own(request.url):
            self.outward.append(request.url)

    def _refuse(self, route: Any) -> None:
        self.outward.append(route.request.url)
        route.abort()

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, path: str = "") -> Page:
        """Load JupyterLab, with a document, and wait until it can be used."""
        self.page.goto(self.lab.address(path))
        self.page.wait_for_function("window.jupyterapp && window.jupyterapp.restored", timeout=60_000)
        self.page.evaluate("window.jupyterapp.restored.then(() => true)")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60_000)
        return self.page

    def run_all(self, seconds: float = 60) -> None:
        """Run the open notebook from top to bottom; a failed cell ends it."""
        self.page.locator(".jp-Notebook").first.wait_for(timeout=30_000)
        self.page.evaluate(
            """seconds => {
              const { shell, commands } = window.jupyterapp;
              const { context, sessionContext } = shell.currentWidget;
              const run = async () => {
                await context.ready;
                await sessionContext.ready;
                await sessionContext.session.kernel.info;
                await commands.execute('notebook:run-all-cells');
              };
              const tooLong = fail => setTimeout(() => fail(new Error('it took too long')), seconds * 1000);
              const late = new Promise((_, fail) => tooLong(fail));
              return Promise.race([run(), late]);
            }""",
            seconds,
        )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
