"""Texts that were embedded once, kept in a file for all builds and runs."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


class Remembering:
    """An embedding model that computes each text and each query once; a key is that of a store's vectors."""

    def __init__(self, model: Any, file: Path) -> None:
        self._model = model
        self._kept = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._kept.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def embed(self, texts: Sequence[str], coming: int = 0) -> Any:
        keys = [self._key(text) for text in texts]
        return self._all(keys, texts, lambda missing: self._model.embed(missing, coming))

    def embed_query(self, text: str) -> Any:
        return self._all([self._key(f"query\0{text}")], [text], lambda _: self._model.embed_query(text)[None])[0]

    def _key(self, text: str) -> bytes:
        identity = f"{self._model.fingerprint}\0{text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(identity, digest_size=16).digest()

    def _all(self, keys: list[bytes], texts: Sequence[str], compute: Any) -> Any:
        known = {}
        for key in keys:
            row = self._kept.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            if row:
                known[key] = np.frombuffer(row[0], "<f4")
        missing = [at for at, key in enumerate(keys) if key not in known]
        if missing:
            made = compute([texts[at] for at in missing]).astype("<f4")
            rows = [(keys[at], vector.tobytes()) for at, vector in zip(missing, made, strict=True)]
            self._kept.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
            known.update((keys[at], vector) for at, vector in zip(missing, made, strict=True))
        return np.stack([known[key] for key in keys]) if keys else self._model.embed([], 0)
