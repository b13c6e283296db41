"""An engine in the process of a test: an embedder without a model, readers without processes of their own."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import ReadError
from jupyter_localai.ingest import read as read_module
from jupyter_localai.ingest.about import about
from jupyter_localai.ingest.formats.parts.recognised import PageText
from jupyter_localai.ingest.readers import FileToRead, Limits, Reading
from jupyter_localai.results.reports import IndexReport
from jupyter_localai.service.client.local import Session
from jupyter_localai.service.client.sync_client import Client
from jupyter_localai.service.process.operations import Operations
from tests.support import probe


@functools.cache
def _word_vector(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
    return np.random.default_rng(seed).normal(size=32)


class DirectReaders:
    """Reads in this process, so that a test can put something in the place of a reader, and costs no start.

    What OCR would read is in `recognised`, by page; an error in its place is raised.
    """

    recognised: ClassVar[dict[int, PageText | BaseException]] = {}

    def __init__(self, count: int | None = None) -> None:
        pass

    def read(self, wanted: FileToRead, limits: Limits) -> Reading:
        digest = ""
        try:
            data = read_module.load(wanted.path, limits.max_bytes, wanted.root)
            digest = hashlib.sha256(data).hexdigest()
            if digest == wanted.known:
                return Reading(digest)
            if wanted.about:
                return Reading(digest, about=about(wanted.path, data))
            document = read_module.read(wanted.path, data, wanted.recognised)
            return Reading(digest, document, needs_ocr=document.needs_ocr)
        except ReadError as error:
            return Reading(digest, error=error, needs_ocr=getattr(error, "pages", ()))

    def recognise(self, wanted: FileToRead, pages: Iterable[int], limits: Limits) -> Iterator[tuple[int, Reading]]:
        digest = hashlib.sha256(read_module.load(wanted.path, limits.max_bytes)).hexdigest()
        for number in pages:
            page = self.recognised[number]
            if isinstance(page, ReadError):
                yield number, Reading(digest, error=page)
            elif isinstance(page, BaseException):
                raise page
            else:
                yield number, Reading(digest, page=page)

    def end_ocr(self) -> None:
        pass

    def read_ahead(self, files: Iterable[FileToRead], limits: Limits) -> Iterator[Reading]:
        for wanted in files:
            yield self.read(wanted, limits)

    def close(self) -> None:
        pass


class WordEmbedder:
    """An embedder without a model: a text's vector is the sum of its words' random vectors.

    Texts that share words are similar, equal texts have equal vectors, and every text that is
    embedded is written down in `seen`.
    """

    name = "words"
    fingerprint = "words-1"
    max_tokens = 100

    def __init__(self) -> None:
        self.seen: list[str] = []

    def token_starts(self, text: str) -> list[int]:
        return [match.start() for match in re.finditer(r"\S+", text)]

    def reads(self, text: str) -> bool:
        return "Gezeiten" not in text

    def embed(self, texts: list[str], coming: int = 0) -> np.ndarray:
        self.seen += texts
        return np.stack([self.vector(text) for text in texts]) if texts else np.empty((0, 32), np.float32)

    def embed_query(self, text: str) -> np.ndarray:
        return self.embed([text])[0]

    @staticmethod
    def vector(text: str) -> np.ndarray:
        """Return the vector of a text."""
        total = np.full(32, 1e-3)
        for word in re.findall(r"\w+", text.lower()):
            total += _word_vector(word)
        return (total / np.linalg.norm(total)).astype(np.float32)


def run_index(engine: Engine, *arguments: Any, **keywords: Any) -> IndexReport:
    """Run an indexing to its end and return the report."""
    *_, report = engine.index(*arguments, **keywords)
    return report


def serve_in_process(config: Config) -> Client:
    """Return a client of an engine in this process; closing it closes the engine."""
    operations = Operations(config, lambda report: Engine.open(config, report=report))
    client = Client(config)
    probe.use_session(client, Session(operations))
    return client
