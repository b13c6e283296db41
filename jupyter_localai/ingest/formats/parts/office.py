"""Office documents and electronic books are zip archives of XML parts: open them safely, whatever is in them."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from ....errors import ReadError

MAX_BYTES = 256 * 2**20
"""Limit of all parts together, decompressed."""
MAX_TAGS = 4_000_000
"""Limit of the elements of all parts that are read: each takes a hundred times the memory of its text."""
_MAX_PARTS = 20_000
_PIECE_BYTES = 2**14  # the piece in which damage begins is lost
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others cannot be unpacked up to a limit only
_DATUM_CHARS = 1500
_ADDRESS_CHARS = 500
_PARTS_OF_2003 = {"body": "word/document.xml", "styles": "word/styles.xml"}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, KeyError)

DAMAGED = ReadError(
    "The document is damaged and cannot be opened.",
    "Open it in the program that made it and save it again.",
    code="corrupted",
)
OLD = ReadError(
    "This is an Office document in the format of before 2007.",
    'To have it read, install "jupyter-localai[legacy]".',
    code="old_format",
)


class Package:
    """The parts of a document.

    Raises
    ------
    ReadError
        ``encrypted``, ``old_format`` (an Office document of before 2007), ``too_large`` or ``corrupted``.
    """

    def __init__(self, data: bytes) -> None:
        if data.startswith(_OLD_OFFICE):
            raise _old(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN:
            raise DAMAGED from None
        parts = self._zip.infolist()
        if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_BYTES:
            raise ReadError(
                f"The document unpacks to more than {MAX_BYTES // 2**20} MiB.", "Split it.", code="too_large"
            )
        if any(part.flag_bits & 1 for part in parts):
            raise protected()
        self.names = [part.filename for part in parts]
        self.damaged = False
        self._tags = 0

    def data(self, name: str) -> bytes | None:
        """Return a part's content, of a damaged one what comes before the damage; None when there is none."""
        pieces = []
        try:
            part = self._zip.getinfo(name)
            if part.compress_type not in _METHODS:
                return None
            left = part.file_size  # and no more is unpacked, whatever is packed behind that size
            with self._zip.open(part) as handle:
                while left > 0 and (piece := handle.read(min(left, _PIECE_BYTES))):
                    pieces.append(piece)
                    left -= len(piece)
        except KeyError:
            return None
        except (*_BROKEN, RuntimeError):
            self.damaged = True
        return b"".join(pieces) or None

    def xml(self, name: str) -> Any:
        """Return the root element of a part, None when there is none or it is past reading.

        Raises
        ------
        ReadError
            ``too_large`` when there are more elements than memory is meant for.
        """
        data = self.data(name)
        if data is None:
            return None
        self._tags += data.count(b"<")
        return parse(data, self._tags)

    def stream(self, name: str, *wanted: str) -> Iterator[Any]:
        """Yield the elements of a part that have one of the names `wanted`, one at a time, then forget them."""
        from lxml import etree

        data = self.data(name)
        if data is None:
            return
        tags = tuple("{*}" + tag for tag in wanted)
        walk = etree.iterparse(
            io.BytesIO(data), tag=tags, resolve_entities=False, load_dtd=False, no_network=True, recover=True
        )
        try:
            for _, element in walk:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except (etree.LxmlError, ValueError):
            return

    def warnings(self) -> tuple[str, ...]:
        """Return what is to be said of the state of the document, after it was read."""
        return ("The document is damaged; what could be read of it was.",) if self.damaged else ()

    def related(self, name: str) -> list[tuple[str, str, str]]:
        """Return ``(id, kind, part)`` for each part that the part `name` refers to, in its order."""
        folder, base = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", base + ".rels"))
        parts = []
        for element in root if root is not None else ():
            target = unquote(element.get("Target") or "")
            if element.get("TargetMode") != "External" and target:
                part = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
                parts.append((element.get("Id") or "", (element.get("Type") or "").rsplit("/", 1)[-1], part))
        return parts

    def links(self, name: str) -> dict[str, str]:
        """Return the addresses outside the document that the part `name` refers to, by their ids."""
        folder, base = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", base + ".rels"))
        return {
            element.get("Id") or "": _address(element.get("Target") or "")
            for element in (root if root is not None else ())
            if element.get("TargetMode") == "External" and (element.get("Type") or "").endswith("/hyperlink")
        }

    def main(self, usual: str) -> str:
        """Return the name of the part that the document begins with."""
        return next((part for _, kind, part in self.related("") if kind == "officeDocument"), usual)

    def title(self, part: str = "docProps/core.xml") -> str:
        """Return the title in the document's properties."""
        root = self.xml(part)
        title = next((e.text for e in root.iter() if local(e) == "title"), None) if root is not None else None
        return " ".join((title or "").split())[:200]


class FlatPackage(Package):
    """The parts of an Office document that was saved as a single XML file."""

    def __init__(self, root: Any) -> None:
        from lxml import etree

        self.damaged = False
        self._tags = 0
        self._parts = {}
        for part in (e for e in root if local(e) == "part"):
            content = next((inner for child in part if local(child) == "xmlData" for inner in child), None)
            if content is not None:
                self._parts[attribute(part, "name").lstrip("/")] = etree.tostring(content, with_tail=False)
        named = _PARTS_OF_2003 if local(root) == "wordDocument" else {"meta": "meta.xml"}  # or OpenDocument's
        for part in (e for e in root if local(e) in named):
            self._parts[named[local(part)]] = etree.tostring(part, with_tail=False)
        self.names = list(self._parts)

    def data(self, name: str) -> bytes | None:
        """Return a part's content, None when there is none."""
        return self._parts.get(name)


def local(element: Any) -> str:
    """Return an element's name without its namespace, of which there are two for everything."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """Return an attribute's value, whatever its namespace; empty when it is not there."""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def datum(pieces: Iterable[str]) -> str | None:
    """Return what stands in a table's cell on one line, None when it is too long for a datum.

    A table with such a cell only places things on the page. It is looked at no further than that, since
    tables stand in tables.
    """
    kept = []
    length = 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece.strip())
        if length > _DATUM_CHARS or len(kept) > 10 * _DATUM_CHARS:
            return None
    return " ".join("".join(kept).split())


def with_address(text: str, address: str) -> str:
    """Return the words of a link with what it leads to, unless they say that themselves."""
    return f"{text} ({address})" if address and address.rstrip("/") not in text else text


def _address(target: str) -> str:
    return " ".join(target.split()).removeprefix("mailto:")[:_ADDRESS_CHARS]


def alternative(element: Any) -> Any:
    """Return the one branch of an ``AlternateContent`` to read: the first that has text."""
    branches = [child for child in element if local(child) in ("Choice", "Fallback")]
    first = branches[0] if branches else None  # a picture, which may have a description
    return next((b for b in branches if any(local(e) == "t" and e.text for e in b.iter())), first)


def parse(data: bytes, tags: int) -> Any:
    """Return the root element of an XML text, None when it is past reading.

    External entities are not loaded and internal ones not expanded.

    Raises
    ------
    ReadError
        ``too_large`` when `tags`, the number of elements, is over the limit.
    """
    from lxml import etree

    if tags > 2 * MAX_TAGS:  # each element has two, as a rule
        raise ReadError("The document has too many elements.", "Split it.", code="too_large")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, recover=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None


def walk(root: Any) -> Any:
    """Return an iterator of ``(event, element)``, event being start or end, that can skip subtrees."""
    from lxml import etree

    return etree.iterwalk(root, events=("start", "end"))


def _old(data: bytes) -> ReadError:
    if _ENCRYPTED in data:
        return protected()
    return OLD


def protected() -> ReadError:
    """Return the error for a document that cannot be read without its password."""
    return ReadError("The document is protected by a password.", "Save a copy without a password.", code="encrypted")
