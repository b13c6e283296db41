"""The Jupyter server's half of the panel: HTTP below ``jupyter-localai/``, translated to calls of the engine.

What enters is a request of somebody the Jupyter server knows, what leaves is JSON of `results`. Loading it costs a
server milliseconds: the client of the engine and everything it needs are loaded by the first request.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.utils import url_path_join
from traitlets import List, Unicode
from traitlets.config import Configurable

from .following import Following
from .handlers import ROUTES
from .places import Places
from .shared import Examination, SharedClient

if TYPE_CHECKING:
    from ...doctor.case import Lab

ROOT = "jupyter-localai"


class JupyterLocalAI(Configurable):
    """What the user's Jupyter configuration can say of the panel."""

    folders = List(
        Unicode(),
        help="""Folders beside the server's own whose documents the panel may index and forget, as absolute paths.

        ``c.JupyterLocalAI.folders = ["/data/papers"]``
        """,
    ).tag(config=True)


def load(app: Any) -> None:
    """Give a Jupyter server the routes."""
    settings = JupyterLocalAI(parent=app)
    manager = app.contents_manager
    # what other contents managers show are no files of this machine
    root = manager.root_dir if isinstance(manager, FileContentsManager) else None
    client = SharedClient()
    following = Following(client)
    client.renewed = following.restart
    given = {
        "client": client,
        "places": Places(root, settings.folders, manager.allow_hidden),
        "following": following,
        "examination": Examination(lambda: _lab(app)),
    }
    base = url_path_join(app.web_app.settings["base_url"], ROOT)
    app.web_app.add_handlers(".*$", [(url_path_join(base, route), handler, given) for route, handler in ROUTES])


def _lab(app: Any) -> Lab:
    """Return what the server knows of its JupyterLab, if that is there."""
    from ...doctor.case import Lab

    for lab in app.extension_manager.extension_apps.get("jupyterlab", ()):
        return Lab(Path(lab.user_settings_dir), Path(lab.app_settings_dir))
    return Lab()
