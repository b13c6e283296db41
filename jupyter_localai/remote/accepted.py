"""The servers that the user has agreed to send something to: asked once for each address, and for each project file.

A project's file or an administrator's setting can name a server, but not agree to it.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import RemoteError, UsageError
from ..privacy import trust
from ..privacy.shared_host import address
from .keys import KeyRing

WHAT = (
    "What would go there: of collections that you share, their vectors and their texts, sealed unless you say --open; "
    "of questions to an attached collection, nothing, or their vectors where it keeps its own on the server."
)


class Accepted:
    """The addresses in the user's configuration folder.

    Parameters
    ----------
    folder : Path, optional
        As in `KeyRing`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = KeyRing(folder).folder / "accepted"

    def check(self, host: str, yes_to: str = "", for_: str = "") -> None:
        """Refuse an address that the user has not agreed to, now by `yes_to` or before.

        Parameters
        ----------
        host : str
            As `shared_host.address` returns it.
        yes_to : str
        for_ : str
            Digest of the project file that names the address; empty when the user named it.

        Raises
        ------
        UsageError
            ``address_not_accepted``.
        RemoteError
            ``key_kept`` when the answer cannot be kept.
        """
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
            known = [line.split() for line in lines]
            if any(agreed[:1] == [host] and for_ in ("", *agreed[1:]) for agreed in known):
                return
            if not yes_to or address(yes_to) != host:
                message = f"You have not agreed yet to send anything to {host}. {WHAT}"
                raise UsageError(message, f"To agree, add: --yes-to {host}", code="address_not_accepted")
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(trust.open_own(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "a", encoding="utf-8") as out:
                out.write(f"{host} {for_}".rstrip() + "\n")
        except OSError as error:
            message = f"{self._file} cannot be used ({error.strerror})."
            raise RemoteError(message, "Look at it, and move it away.", code="key_kept") from None
