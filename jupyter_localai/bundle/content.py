"""The content of a bundle, checked while it is read: nothing is believed that can be compared or computed."""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Iterator
from typing import IO, Any, NoReturn

import numpy as np
import numpy.typing as npt

from ..paths import is_relative
from ..results.codec import from_json
from ..results.projects import Lock, LockedDocument, digest
from . import refusals
from .archive import Archive
from .form import (
    DATA_FILES,
    FORMAT,
    MOST_DIMENSION,
    MOST_DOCUMENT_BYTES,
    MOST_LINE_BYTES,
    MOST_MANIFEST_BYTES,
    NUMBERS,
    TENSOR,
    Manifest,
)

Array = npt.NDArray[np.float32]
Line = dict[str, Any]

_MOST_LOCK_BYTES = 256 << 20
_MOST_HEADER_BYTES = 1 << 16
_MOST_NAME_CHARS, _MOST_TITLE_CHARS, _MOST_KIND_CHARS = 200, 100_000, 40
_LAST_OFFSET = 2**53
_MOST_BLANK_CHARS = 1 << 20  # of white space that a document begins with
_ROWS = 2000  # vectors at once
_TOLERANCE = {"F32": 1e-3, "F16": 1e-2}  # of a vector's length
_DOCUMENT = {"path": str, "sha256": str, "size": int, "kind": str, "chunks": int, "heads": list}
_CHUNK = {"document": int, "start": int, "end": int, "places": list, "vector": int}
_ANCHOR = {"page": int, "line": int, "cell": int, "cell_id": str, "slide": int, "sheet": str, "row": int}
_ANCHOR |= {"heading": str, "ocr": float}


class Content:
    """What is in a bundle.

    Parameters
    ----------
    stream : binary file

    Attributes
    ----------
    manifest : Manifest
    lock : Lock

    Raises
    ------
    BundleError
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._archive = Archive(stream)
        self.manifest = _manifest(_parsed(self._archive.read("manifest.json", MOST_MANIFEST_BYTES)))
        told = self.manifest.files["lock.json"]
        if self._archive.size("lock.json") > _MOST_LOCK_BYTES:
            raise refusals.sizes("lock.json is too large")
        self.lock = _lock(_parsed(b"".join(self._archive.pieces("lock.json", told))), self.manifest)

    def documents(self) -> Iterator[tuple[Line, list[Line]]]:
        """Yield each document and its chunks, as `docs/bundle.md` describes their lines.

        Raises
        ------
        BundleError
        """
        manifest, locked = self.manifest, {document.path: document for document in self.lock.documents}
        chunks = self._lines("chunks.jsonl")
        paths = set[str]()
        number = in_all = 0
        for number, document in enumerate(self._lines("documents.jsonl"), 1):
            _check_document(document, manifest)
            path = document["path"]
            if path in paths:
                raise refusals.paths("two documents have one path")
            paths.add(path)
            mine = self._chunks_of(number - 1, document, chunks)
            told = LockedDocument(path, document["sha256"], len(mine))
            if manifest.texts:
                told = LockedDocument(
                    path, document["sha256"], len(mine), digest((c["start"], c["end"], c["text"]) for c in mine)
                )
            elif path in locked:
                told = LockedDocument(path, document["sha256"], len(mine), locked[path].digest)
            if locked.get(path) != told:
                raise refusals.damaged("a document is not as its lock says")
            in_all += len(mine)
            yield document, mine
        if next(chunks, None) is not None or (number, in_all) != (manifest.documents, manifest.chunks):
            raise refusals.sizes("the manifest tells another number of documents or chunks")
        if len(locked) != number:
            raise refusals.content("its lock is of other documents")

    def _chunks_of(self, number: int, document: Line, chunks: Iterator[Line]) -> list[Line]:
        mine: list[Line] = []
        at = size = 0
        for _ in range(document["chunks"]):
            chunk = next(chunks, None)
            if chunk is None or chunk.get("document") != number:
                raise refusals.content("a document has another number of chunks than told")
            _check_chunk(chunk, self.manifest)
            if not mine and chunk["start"] > _MOST_BLANK_CHARS:
                _wrong("chunks.jsonl", "a document does not begin at its beginning")
            if self.manifest.texts and mine and chunk["start"] != at:
                _wrong("chunks.jsonl", "a chunk does not begin where the one before it ends")
            if chunk["start"] < at:
                _wrong("chunks.jsonl", "two chunks of a document overlap")
            at = chunk["end"] + len(chunk.get("after", ""))
            size += len(chunk.get("text", "")) + 100 * len(chunk["places"]) + 200
            if size > MOST_DOCUMENT_BYTES:
                raise refusals.sizes("a document is too large")
            mine.append(chunk)
        return mine

    def vectors(self) -> Iterator[Array]:
        """Yield the (n, dimension) float32 vectors of unit length, some at a time.

        Raises
        ------
        BundleError
        """
        manifest = self.manifest
        name, told = "vectors.safetensors", manifest.files["vectors.safetensors"]
        row_bytes = manifest.dimension * int(NUMBERS[manifest.numbers][-1])
        held, begun, done = b"", False, 0
        for piece in self._archive.pieces(name, told):
            held += piece
            if not begun:
                (length,) = struct.unpack("<Q", held[:8]) if len(held) >= 8 else (0,)
                if length > _MOST_HEADER_BYTES:
                    raise refusals.vectors("the head of the vectors is too long")
                if len(held) < 8 + length or len(held) < 8:
                    continue
                _check_tensor(held[8 : 8 + length], told.size - 8 - length, manifest)
                held, begun = held[8 + length :], True
            while begun and len(held) >= row_bytes * _ROWS:
                part, held = held[: row_bytes * _ROWS], held[row_bytes * _ROWS :]
                done += _ROWS
                yield _units(part, manifest)
        if not begun or len(held) % row_bytes or done + len(held) // row_bytes != manifest.vectors:
            raise refusals.vectors("there are other vectors than told")
        if held:
            yield _units(held, manifest)

    def _lines(self, name: str) -> Iterator[Line]:
        held = b""
        for piece in self._archive.pieces(name, self.manifest.files[name]):
            *lines, held = (held + piece).split(b"\n")
            for line in lines:
                yield _parsed(line)
            if len(held) > MOST_LINE_BYTES:
                raise refusals.sizes(f"a line of {name} is too long")
        if held:
            raise refusals.content(f"{name} ends in the middle of a line")


def _parsed(data: bytes) -> Line:
    def no_number(_: str) -> NoReturn:
        raise ValueError

    value = None
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(data, parse_constant=no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half of a pair of surrogates cannot be stored
        value = found
    if not isinstance(value, dict):
        raise refusals.content("what should be a JSON object is none")
    return value


def _manifest(told: Line) -> Manifest:
    if isinstance(told.get("format"), int) and told["format"] > FORMAT:
        raise refusals.too_new("it was made by a newer version")
    try:
        manifest = from_json(Manifest, told)
    except ValueError as error:
        _wrong("manifest.json", str(error)[:100])
    if manifest.format != FORMAT or set(manifest.files) != set(DATA_FILES):
        _wrong("manifest.json", "it is of another format")
    if not 0 < len(manifest.name) <= _MOST_NAME_CHARS or not manifest.name.isprintable():
        _wrong("manifest.json", "the name is empty, too long or not printable")
    for text in (manifest.embedder, manifest.fingerprint):
        if not 0 < len(text) <= _MOST_NAME_CHARS or not text.isprintable():
            _wrong("manifest.json", "the name of its embedding model is empty, too long or not printable")
    counts = (manifest.documents, manifest.chunks, manifest.vectors, manifest.reading)
    if min(counts) < 0 or max(counts) > _LAST_OFFSET:
        raise refusals.sizes("a number is negative or too large")
    if manifest.numbers not in NUMBERS or not 0 < manifest.dimension <= MOST_DIMENSION:
        raise refusals.vectors("the vectors are of an unknown form")
    for root in manifest.roots:
        if root.path != ".":
            _check_path(root.path)
    return manifest


def _lock(told: Line, manifest: Manifest) -> Lock:
    try:
        lock = from_json(Lock, told)
    except ValueError as error:
        _wrong("lock.json", str(error)[:100])
    if (lock.embedder, lock.fingerprint, lock.reading) != (manifest.embedder, manifest.fingerprint, manifest.reading):
        _wrong("lock.json", "it is of another embedding model, or other readers")
    if len({document.path for document in lock.documents}) < len(lock.documents):
        raise refusals.paths("two documents have one path")
    return lock


def _check_document(document: Line, manifest: Manifest) -> None:
    _check_types("documents.jsonl", document, _DOCUMENT | ({"title": str} if manifest.texts else {}))
    _check_path(document["path"])
    if len(document.get("title", "")) > _MOST_TITLE_CHARS or len(document["kind"]) > _MOST_KIND_CHARS:
        _wrong("documents.jsonl", "a title or a kind is too long")
    if len(document["sha256"]) != 64 or not 0 <= document["size"] <= _LAST_OFFSET or document["chunks"] < 0:
        _wrong("documents.jsonl", "a document has an impossible size, or no SHA-256")
    for row in document["heads"]:
        if row is not None:
            _check_row(row, manifest)


def _check_path(path: str) -> None:
    if not is_relative(path):
        raise refusals.paths("a path leads out of its folder, or is no path or too long")


def _check_chunk(chunk: Line, manifest: Manifest) -> None:
    texts = {"text": str, "context": str, "after": str}
    _check_types("chunks.jsonl", chunk, _CHUNK | (texts if manifest.texts else {}))
    start, end = chunk["start"], chunk["end"]
    if not 0 <= start < end <= _LAST_OFFSET or (manifest.texts and end - start != len(chunk["text"])):
        _wrong("chunks.jsonl", "a chunk's span is not that of its text")
    _check_row(chunk["vector"], manifest)
    places = chunk["places"]
    if not places:
        _wrong("chunks.jsonl", "a chunk has no place")
    for place in places:
        match place:
            case [int(a), int(b), dict(anchor)] if 0 <= a <= b <= _LAST_OFFSET:
                _check_types("chunks.jsonl", anchor, {name: kind for name, kind in _ANCHOR.items() if name in anchor})
                if anchor.keys() - _ANCHOR.keys() or any(_is_wild(value) for value in anchor.values()):
                    _wrong("chunks.jsonl", "a place is not known")
            case _:
                _wrong("chunks.jsonl", "a place is none")


def _is_wild(value: Any) -> bool:
    return not isinstance(value, str) and not 0 <= value <= _LAST_OFFSET


def _check_row(row: Any, manifest: Manifest) -> None:
    if type(row) is not int or not 0 <= row < manifest.vectors:
        raise refusals.vectors("a vector is not there")


def _check_types(name: str, line: Line, kinds: dict[str, type]) -> None:
    for key, kind in kinds.items():
        value = line.get(key)
        if type(value) is not kind and not (kind is float and type(value) is int):
            _wrong(name, f"{key} is missing or wrong")


def _check_tensor(header: bytes, size: int, manifest: Manifest) -> None:
    told = _parsed(header).get(TENSOR)
    shape = [manifest.vectors, manifest.dimension]
    bytes_ = manifest.vectors * manifest.dimension * int(NUMBERS[manifest.numbers][-1])
    if told != {"dtype": manifest.numbers, "shape": shape, "data_offsets": [0, bytes_]} or bytes_ != size:
        raise refusals.vectors("their dimension or number is not the one told")


def _units(data: bytes, manifest: Manifest) -> Array:
    vectors = np.frombuffer(data, NUMBERS[manifest.numbers]).reshape(-1, manifest.dimension).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or (abs(lengths - 1) > _TOLERANCE[manifest.numbers]).any():
        raise refusals.vectors("a vector is not finite, or not of unit length")
    return vectors if manifest.numbers == "F32" else vectors / lengths


def _wrong(name: str, what: str) -> NoReturn:
    raise refusals.content(f"{name} is wrong: {what}")
