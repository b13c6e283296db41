"""Private document search and cited answers for Jupyter; nothing leaves the machine.

``connect()`` opens the index; everything else hangs off what it returns. Importing
this package loads neither torch nor chromadb nor IPython: names resolve on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .results import drawing

if TYPE_CHECKING:
    from .adapters.widget.panel import ChatPanel
    from .project.manifest import Project
    from .service.client.sync_client import Client, connect

__all__ = ["ChatPanel", "Client", "Project", "connect"]


def __getattr__(name: str) -> Any:
    if name == "ChatPanel":
        from .adapters.widget.panel import ChatPanel

        return ChatPanel
    if name == "Project":
        from .project.manifest import Project

        return Project
    if name in __all__:
        from .service.client import sync_client

        return getattr(sync_client, name)
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("jupyter-localai")
        except PackageNotFoundError:  # its own files are not all there
            return "unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _renderer() -> drawing.Renderer:
    from .render import bundle

    return bundle


drawing.renderer = _renderer


def load_ipython_extension(ipython: Any) -> None:
    """Give IPython the magics, for ``%load_ext jupyter_localai``."""
    from .adapters.notebook import magics

    magics.load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magics away again, for ``%unload_ext jupyter_localai``."""
    from .adapters.notebook import magics

    magics.unload(ipython)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "jupyter_localai"}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Give a Jupyter server what the panel asks for."""
    from .adapters import server

    server.load(app)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-localai"}]


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
