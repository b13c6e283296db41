"""Whether the embedding model's tokenizer and configuration are those that texts were embedded with."""

from __future__ import annotations

import contextlib

from ..errors import StoreError
from ..results.files import Notice
from .store import Store, files_key


def changed(store: Store, note: bool = False) -> tuple[Notice, ...]:
    """Return a warning when the tokenizer or the configuration has changed since texts were embedded.

    Parameters
    ----------
    store : Store
    note : bool
        Remember these files as they are now where nothing is known of them.
    """
    embedder = store.embedder
    files = getattr(embedder, "files", "")
    if not files:
        return ()
    key = files_key(embedder.fingerprint)
    known = store.catalogue.recall(key)
    if known is None and note:
        with contextlib.suppress(StoreError):  # a full disk; the next run notes it
            store.catalogue.remember(key, files)
    if known in (None, files):
        return ()
    message = (
        f"Tokenizer or configuration of the embedding model {embedder.name} have changed since texts were embedded."
    )
    return (Notice("embedder_files", message, "Put the model's files back, or forget the collection and index again."),)
