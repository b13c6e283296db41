"""The server of shared collections that the settings name."""

from __future__ import annotations

import threading
from pathlib import Path

from ..config import Config
from ..errors import ConfigError, EngineError
from ..privacy.shared_host import address
from .connection import ANSWER_SECONDS
from .door import Door
from .keys import KeyRing


class SharedServer:
    """The door to the one server of shared collections, which an open store keeps.

    Parameters
    ----------
    fixed : str, optional
        The setting ``shared_host`` that the process was started with; None where none is fixed.
    socket : str, optional
        As in `Door`.
    """

    def __init__(self, fixed: str | None = None, socket: str | None = None) -> None:
        self._fixed, self._socket = fixed, socket
        self._open: dict[tuple[str, str, float], Door] = {}
        self._opening = threading.Lock()

    def door(self, config: Config, seconds: float = ANSWER_SECONDS) -> Door:
        """Return the door to the server that the settings name, opened with the user's token when it is first needed.

        Parameters
        ----------
        config : Config
        seconds : float
            As in `Door`.

        Raises
        ------
        ConfigError
            ``no_shared_host`` when they name none.
        PrivacyError
            ``shared_host_refused``.
        EngineError
            ``engine_settings`` when this process was started for another one.
        RemoteError
            ``shared_certificate``, ``key_exposed``, ``bad_token``.
        """
        if not config.shared_host:
            raise ConfigError(
                "No server of shared collections is named.",
                "Set shared_host in localai.toml, then: jupyter localai engine stop.",
                code="no_shared_host",
            )
        wanted = address(config.shared_host)
        if self._fixed is not None and (not self._fixed or address(self._fixed) != wanted):
            raise EngineError(
                f"The running engine was started for the shared server at {self._fixed or 'no address'}, "
                f"and {wanted} is asked for.",
                "End it with: jupyter localai engine stop. The next command starts a new one.",
                code="engine_settings",
            )
        with self._opening:
            key = (wanted, config.shared_ca, seconds)
            if key not in self._open:
                self._open[key] = self._opened(*key)
            return self._open[key]

    def second_door(self, config: Config) -> Door:
        """Return another connection to the same server, which the caller closes; errors as `door`."""
        return self._opened(self.door(config).address, config.shared_ca)

    def _opened(self, address: str, ca: str, seconds: float = ANSWER_SECONDS) -> Door:
        return Door(address, KeyRing().token(), self._socket, Path(ca) if ca else None, seconds)

    def close(self) -> None:
        """Let go of the connection."""
        with self._opening:
            for door in self._open.values():
                door.close()
            self._open.clear()
