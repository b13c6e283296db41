"""A collection that comes in from elsewhere: built out of sight, and there at once when it is complete."""

from __future__ import annotations

import hashlib

from .catalogue import Catalogue
from .chroma import chroma_stem
from .registry import Collection

_IMPORTING = "importing"


def begin(catalogue: Catalogue, name: str, embedder: str, fingerprint: str) -> Collection:
    """Add an empty collection that does not answer yet, and that the next opening drops if this one ends before.

    What an earlier one has left, which a full disk kept from being dropped, goes first.
    """
    drop(catalogue)
    with catalogue.transaction():
        staged = catalogue.registry.create(name, chroma_stem(name), embedder, fingerprint, active=False)
        catalogue.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (_IMPORTING, str(staged.id)))
    return staged


def complete(catalogue: Catalogue, staged: Collection) -> None:
    """Let the collection answer; inside a transaction."""
    catalogue.execute("UPDATE collections SET active = 1 WHERE id = ?", (staged.id,))
    catalogue.execute("DELETE FROM state WHERE key = ?", (_IMPORTING,))


def drop(catalogue: Catalogue) -> None:
    """Drop what was not completed; without any of that it does nothing."""
    number = catalogue.recall(_IMPORTING)
    if number is None:
        return
    with catalogue.transaction():
        for collection in catalogue.registry.all():
            if str(collection.id) == number and not collection.active:
                catalogue.registry.drop(collection)
        catalogue.chunks.drop_unused_vectors()
        catalogue.execute("DELETE FROM state WHERE key = ?", (_IMPORTING,))


def vector_key(source: str, row: int) -> bytes:
    """Return the key of a vector that was made elsewhere.

    It is another one than that of the text's own vector: what a bundle says of a text is not believed for documents
    that were indexed here.
    """
    return hashlib.blake2b(f"imported\0{source}\0{row}".encode(), digest_size=16).digest()
