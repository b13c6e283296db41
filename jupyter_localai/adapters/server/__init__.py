"""The Jupyter server extension: translates HTTP below ``jupyter-localai/`` to calls of the engine.

It accepts requests of logged-in users and returns JSON of `results`. Loading it takes milliseconds, because the first
request imports the engine's client.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.utils import url_path_join
from traitlets import List, Unicode
from traitlets.config import Configurable

from .change_feed import ChangeFeed
from .handlers import ROUTES
from .places import Places
from .shared import Examination, SharedClient

if TYPE_CHECKING:
    from ...doctor.case import Lab

ROOT = "jupyter-localai"


class JupyterLocalAI(Configurable):
    """The panel's options in the Jupyter configuration."""

    folders = List(
        Unicode(),
        help="""Further folders that the panel may index and forget, as absolute paths.

        ``c.JupyterLocalAI.folders = ["/data/papers"]``
        """,
    ).tag(config=True)


def load(app: Any) -> None:
    """Add the routes to a Jupyter server; below a hub, an engine that it or its kernels start ends with it."""
    if "JUPYTERHUB_USER" in os.environ:
        from ...service.protocol.wire import ENDS_WITH

        os.environ[ENDS_WITH] = str(os.getpid())
    settings = JupyterLocalAI(parent=app)
    manager = app.contents_manager
    # other contents managers may show files that are not on this machine
    root = manager.root_dir if isinstance(manager, FileContentsManager) else None
    client = SharedClient()
    feed = ChangeFeed(client)
    client.renewed = feed.restart
    given = {
        "client": client,
        "places": Places(root, settings.folders, manager.allow_hidden),
        "feed": feed,
        "examination": Examination(lambda: _lab(app)),
    }
    base = url_path_join(app.web_app.settings["base_url"], ROOT)
    app.web_app.add_handlers(".*$", [(url_path_join(base, route), handler, given) for route, handler in ROUTES])


def _lab(app: Any) -> Lab:
    """Return the settings folders of the server's JupyterLab, if it has one."""
    from ...doctor.case import Lab

    for lab in app.extension_manager.extension_apps.get("jupyterlab", ()):
        return Lab(Path(lab.user_settings_dir), Path(lab.app_settings_dir))
    return Lab()
