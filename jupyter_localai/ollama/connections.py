"""The connections to Ollama that an open store keeps."""

from __future__ import annotations

from ..config import Config
from .server import Ollama


class ChatServers:
    """Connections to Ollama, one for each address that is configured.

    Parameters
    ----------
    socket : str, optional
        As in `Ollama`.
    """

    def __init__(self, socket: str | None = None) -> None:
        self._socket = socket
        self._open: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Ollama] = {}

    def get(self, config: Config) -> Ollama:
        """Return the connection that the settings ask for.

        Raises
        ------
        PrivacyError
        """
        where = (config.ollama_host, config.allow_hosts, config.allow_users)
        if where not in self._open:
            self._open[where] = Ollama(*where, self._socket)
        return self._open[where]

    def close(self) -> None:
        """Let go of all connections."""
        for server in self._open.values():
            server.close()
