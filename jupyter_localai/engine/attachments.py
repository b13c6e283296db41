"""What there is to say of attached collections: what they follow, what is wrong, what cannot be done to them."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence

from ..errors import UsageError
from ..index.distant import OF_CONTENT
from ..index.leaving import spellings
from ..index.origins import Origin
from ..index.registry import Collection
from ..paths import lies_in
from ..results.files import Notice
from ..results.shared import Attachment
from .store import Store

_FRESH_SECONDS = 60


def stale(store: Store, names: Sequence[str]) -> list[str]:
    """Return those of some collections that are attached and were not brought up to date for a minute."""
    found = []
    for name in names if store.is_writable else ():
        collection = store.catalogue.registry.find(name)
        origin = None if collection is None else store.catalogue.origins.get(collection.id)
        if collection is None or origin is None or _is_fresh(origin):
            continue
        if not store.distant.is_away(collection.id):
            found.append(name)
    return found


def _is_fresh(origin: Origin) -> bool:
    """Whether it was followed in this minute; what a clock says that was set back does not count."""
    return 0 <= time.time() - origin.synced <= _FRESH_SECONDS


def described(store: Store, target: Collection) -> Attachment:
    """Return what an attached collection follows, and what is wrong with that."""
    _, origin = origin_of(store, target.name)
    wrong = store.distant.wrong(target.id, origin)
    told = (wrong.code, wrong.message, wrong.remedy) if wrong else ()
    return Attachment(origin.address, origin.name, origin.revision, origin.synced, origin.vectors, *told)


def notices(store: Store, names: Sequence[str]) -> Iterator[Notice]:
    """Yield what is wrong with those of some collections that are attached, and makes their answers less reliable."""
    for name in names:
        target = store.catalogue.registry.find(name)
        origin = None if target is None else store.catalogue.origins.get(target.id)
        wrong = None if target is None or origin is None else store.distant.wrong(target.id, origin)
        if target is None or origin is None or wrong is None:
            continue
        if origin.vectors == "remote" and not store.distant.is_usable(target.id, origin):
            yield Notice(wrong.code, f"Collection {name!r} was searched by words only. {wrong.message}", wrong.remedy)
        elif wrong.code in OF_CONTENT:
            message = f"Collection {name!r} stays at revision {origin.revision:,}. {wrong.message}"
            yield Notice(wrong.code, message, wrong.remedy)


def refuse(store: Store, name: str) -> None:
    """Refuse to change the documents of a collection that follows one of others.

    Raises
    ------
    UsageError
        ``attached``.
    """
    collection = store.catalogue.registry.find(name)
    if collection is not None and store.catalogue.origins.get(collection.id) is not None:
        raise _is_attached(name)


def refuse_paths(store: Store, paths: Sequence[str], name: str | None) -> None:
    """Refuse to take documents out of attached collections, of that name or of any; raises as `refuse`."""
    places = {each for path in paths for each in spellings(path)}
    for target in attached(store):
        if name in (None, target.name):
            known = (path for _, path, _ in store.catalogue.readable(target))
            if name is not None or any(lies_in(path, places) for path in known):
                raise _is_attached(target.name)


def _is_attached(name: str) -> UsageError:
    return UsageError(
        f"Collection {name!r} is attached: its documents are those that others publish.",
        f"To bring it up to date: jupyter localai sync. To remove it here: jupyter localai detach {shlex.quote(name)}.",
        code="attached",
    )


def origin_of(store: Store, name: str) -> tuple[Collection, Origin]:
    """Return an attached collection, and what it follows.

    Raises
    ------
    UnknownCollectionError
    UsageError
        ``not_attached``.
    """
    target = store.collection(name)
    origin = store.catalogue.origins.get(target.id)
    if origin is None:
        message = f"Collection {name!r} is not attached: its documents are indexed here."
        raise UsageError(message, "See which are: jupyter localai collections.", code="not_attached")
    return target, origin


def attached(store: Store) -> list[Collection]:
    """Return the collections that are attached."""
    return [each for each in store.catalogue.registry.active() if store.catalogue.origins.get(each.id) is not None]
