"""Private document search and cited answers for Jupyter; nothing leaves the machine.

``connect()`` opens the index; everything else hangs off what it returns. Importing
this package loads neither torch nor chromadb nor IPython: names resolve on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapters.widget.panel import ChatPanel
    from .service.client import Client, connect

__all__ = ["ChatPanel", "Client", "connect"]


def __getattr__(name: str) -> Any:
    if name == "ChatPanel":
        from .adapters.widget.panel import ChatPanel

        return ChatPanel
    if name in __all__:
        from .service import client

        return getattr(client, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("jupyter-localai")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
