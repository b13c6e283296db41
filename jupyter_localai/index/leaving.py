"""What would be removed with documents or with a collection; nothing is changed here."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence

from ..errors import StoreError
from ..paths import lies_in, real
from .catalogue import Catalogue, DocumentRecord
from .conversations import Turn
from .registry import Collection
from .shared_text import sharing


@dataclasses.dataclass(frozen=True)
class Leaving:
    """What is removed.

    Attributes
    ----------
    paths : set of str
        What was named, in every spelling; empty where a collection goes as a whole.
    documents : mapping of Collection to list of DocumentRecord
        By the collection they leave. Only these collections are touched.
    roots : mapping of Collection to list of str
        Folders and files that are not refreshed any more.
    turns : set of (str, int)
        Conversations, and the first answer of each that goes.
    quoted : set of str
        Collections that answers about the documents had asked.
    """

    paths: set[str]
    documents: Mapping[Collection, list[DocumentRecord]]
    roots: Mapping[Collection, list[str]]
    turns: set[Turn]
    quoted: set[str]

    @property
    def files(self) -> set[str]:
        """The distinct files."""
        return {document.path for documents in self.documents.values() for document in documents}


def of_paths(catalogue: Catalogue, paths: Sequence[str], name: str | None) -> Leaving:
    """Return what goes with files, and with all below folders, from one collection or from every one.

    Raises
    ------
    StoreError
        ``not_indexed`` when nothing of one of the paths can be in the store.
    """
    everywhere = set[str]().union(*(spellings(path) for path in paths))
    registry = catalogue.registry
    held = {c: ([*registry.roots(c)], catalogue.documents(c)) for c in registry.all() if name in (None, c.name)}
    _refuse_unknown(paths, catalogue, held, name)
    documents = {c: [d for path, d in known.items() if lies_in(path, everywhere)] for c, (_, known) in held.items()}
    # where answers were made of them they were indexed, and may have left remains since
    made, quoted = catalogue.conversations.made_from(lambda path: lies_in(path, everywhere), name)
    shared = sharing(catalogue, _only_in(catalogue, documents))
    roots = {c: [root for root in known if lies_in(root, everywhere)] for c, (known, _) in held.items()}
    return Leaving(everywhere, documents, roots, made | shared, quoted)


def of_collection(catalogue: Catalogue, name: str) -> Leaving:
    """Return what goes with a collection, in every version of it."""
    registry = catalogue.registry
    going = [collection for collection in registry.all() if collection.name == name]
    documents = {collection: [*catalogue.documents(collection).values()] for collection in going}
    shared = sharing(catalogue, _only_in(catalogue, documents))
    roots = {collection: [*registry.roots(collection)] for collection in going}
    return Leaving(set(), documents, roots, catalogue.conversations.asked_of(name) | shared, {name})


def _only_in(catalogue: Catalogue, leaving: Mapping[Collection, list[DocumentRecord]]) -> list[int]:
    """Return the ids of documents whose file stays in no other collection."""
    staying = {path for c in catalogue.registry.all() if c not in leaving for path in catalogue.documents(c)}
    return [document.id for found in leaving.values() for document in found if document.path not in staying]


def _refuse_unknown(
    paths: Sequence[str],
    catalogue: Catalogue,
    held: Mapping[Collection, tuple[list[str], dict[str, DocumentRecord]]],
    name: str | None,
) -> None:
    """Refuse a path of which nothing can be in the store: no document, no answer, and it never lay in a root."""
    roots = {root for roots, _ in held.values() for root in roots}
    indexed = roots | {path for _, known in held.values() for path in known}
    indexed |= catalogue.conversations.paths() if name is None else set()
    for path in paths:
        ways = spellings(path)
        if any(lies_in(other, ways) for other in indexed) or any(lies_in(path, roots) for path in ways):
            continue
        if name is not None or not any(catalogue.registry.lay_in_root(spelling) for spelling in ways):
            where = "is indexed" if name is None else f"is in collection {name!r}"
            raise StoreError(
                f"Nothing of {path!r} {where}.",
                "See which folders are: jupyter localai collections.",
                code="not_indexed",
            )


def spellings(path: str) -> set[str]:
    """Return a path as it was named and as the disk has it, both absolute."""
    absolute = os.path.abspath(os.path.expanduser(path))
    return {absolute, real(absolute)}
