"""The documents that a query names, such as one company's report of one year.

Inside a long report nothing repeats whose it is, so neither meaning nor words of a chunk can tell; the name of the file
can. Its title is part of every chunk's context, and counts there. A word counts the more the fewer documents have it
in their name.
"""

from __future__ import annotations

import math
from collections import defaultdict

from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..text import keywords

_COMMON_SHARE = 0.5
_MANY = 5000
_SURE = 0.6


def named_documents(query: str, catalogue: Catalogue, collection: Collection) -> dict[int, float]:
    """Return how much of what names any document names each one, above 0 to 1; empty when the query names none."""
    count = catalogue.count_in(collection)
    most = min(_MANY, int(_COMMON_SHARE * count))
    rarities: defaultdict[int, float] = defaultdict(float)
    used: list[str] = []
    total = 0.0
    for word in keywords.name_terms(query) if most else ():
        if any(word in longer for longer in used):
            continue
        documents = catalogue.fulltext.named(collection.id, f'"{word}"', most)
        if not documents:
            continue
        rarity = math.log((count + 1) / (len(documents) + 0.5))
        for document in documents:
            rarities[document] += rarity
        total += rarity
        used.append(word)
    return {document: value / total for document, value in rarities.items()}


def most_named(named: dict[int, float]) -> list[int]:
    """Return the documents that are named nearly as well as the best, in order of their number."""
    enough = _SURE * max(named.values(), default=0.0)
    return sorted(document for document, value in named.items() if value >= enough)
