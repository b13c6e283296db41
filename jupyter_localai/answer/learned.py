"""A number that is learned of a chat model, and remembered for it."""

from __future__ import annotations

import json

from ..index.catalogue import Catalogue


class Learned:
    """One such number.

    Parameters
    ----------
    catalogue : Catalogue
        Where it is kept.
    key : str
        What it is, with the digest of the model.
    keeps : bool
        Whether what is learned may be written.

    Attributes
    ----------
    value : float or None
        As it was kept last; None when it never was.
    """

    def __init__(self, catalogue: Catalogue, key: str, keeps: bool) -> None:
        self._catalogue, self._key, self._keeps = catalogue, key, keeps
        stored = catalogue.recall(key)
        self.value = None if stored is None else float(json.loads(stored))

    def keep(self, value: float) -> None:
        """Take in another value."""
        self.value = value
        if self._keeps:
            self._catalogue.remember(self._key, json.dumps(round(value, 4)))
