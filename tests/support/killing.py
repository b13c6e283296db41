"""A process that runs the engine, to be killed at a chosen moment.

``python -m tests.support.killing STORE MOMENT ACTION [ARGUMENT...]`` runs one action of the engine with the fake
embedding model, says ``there`` when it comes to the moment, and waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.index import catalogue, chroma, chunks, database, migrate, origins, place, staged
from jupyter_localai.privacy import guard
from tests.support import probe
from tests.support.in_process import WordEmbedder

# moment: the object, its method, whether the moment is after the call, and which call it is
MOMENTS: dict[str, tuple[Any, str, bool, int]] = {
    "embedding": (WordEmbedder, "embed", False, 2),
    "recorded": (chroma.VectorStore, "upsert", False, 1),
    "in Chroma": (chroma.VectorStore, "upsert", True, 1),
    "half filled": (chroma.VectorStore, "upsert", True, 2),
    "deleted from Chroma": (chroma.VectorStore, "delete", True, 1),
    "taken out": (catalogue.Catalogue, "compact", False, 1),
    "copied": (database.os, "replace", False, 1),
    "replaced": (database.os, "replace", True, 1),
    "migrating": (migrate, "name_words", False, 2),
    "halving": (migrate, "halved", False, 2),
    "backed up": (Path, "replace", False, 1),
    "begun": (staged, "begin", True, 1),
    "vectors taken in": (chunks.ChunkTable, "put_vectors", True, 1),
    "a document taken in": (catalogue.Catalogue, "put_document", True, 2),
    "almost complete": (staged, "complete", True, 1),
    "complete": (place, "restrict", False, 2),
    "a revision taken in": (origins.Origins, "put", True, 1),
}


def stop_at(moment: str) -> None:
    """Make the process wait at a moment, holding everything it holds."""
    owner, name, after, which = MOMENTS[moment]
    real: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        result = real(*arguments, **options) if after or calls != which else None
        if calls == which:
            print("there", flush=True)
            time.sleep(600)
        return result

    setattr(owner, name, call)


def main(place: str, moment: str, action: str, *arguments: str) -> None:
    """Run one action of the engine."""
    guard.refuse_network()
    probe.read_in_small_batches()
    embedder = WordEmbedder()
    if os.environ.get("OTHER_MODEL"):
        embedder.fingerprint, embedder.name = "words-2", "other words"
    stop_at(moment)
    config = Config(store=Path(place), shared_host=os.environ.get("SHARED_HOST", ""))
    engine = Engine.open(config, embedder)
    one_by_one = action.endswith("_bundle") or action in ("attach", "sync")
    given = arguments if one_by_one else [list(arguments)] if arguments else []
    for _ in getattr(engine, action)(*given):
        pass
    engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
