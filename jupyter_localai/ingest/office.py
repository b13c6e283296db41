"""Office documents are zip archives of XML parts: open them safely, whatever is in them."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import Any
from urllib.parse import unquote

from ..errors import ReadError

MAX_BYTES = 256 * 2**20
"""Limit of all parts together, decompressed."""
_MAX_PARTS = 20_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, KeyError)

DAMAGED = ReadError(
    "The document is damaged and cannot be opened.",
    "Open it in the program that made it and save it again.",
    code="corrupted",
)


class Package:
    """The parts of an Office document.

    Raises
    ------
    ReadError
        ``encrypted``, ``binary`` (an Office document of before 2007), ``too_large`` or ``corrupted``.
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
            raise _protected()
        self.names = [part.filename for part in parts]

    def xml(self, name: str) -> Any:
        """Return the root element of a part, None when there is none or it is past reading."""
        from lxml import etree

        try:
            data = self._zip.read(name)
        except (*_BROKEN, RuntimeError):
            return None
        parser = etree.XMLParser(
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            recover=True,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(data, parser)
        except (etree.LxmlError, ValueError):
            return None

    def related(self, name: str) -> list[tuple[str, str, str]]:
        """Return ``(id, kind, part)`` for each part that the part `name` refers to, in its order."""
        folder, base = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", base + ".rels"))
        found = []
        for element in root if root is not None else ():
            target = unquote(element.get("Target") or "")
            if element.get("TargetMode") != "External" and target:
                part = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
                found.append((element.get("Id") or "", (element.get("Type") or "").rsplit("/", 1)[-1], part))
        return found

    def main(self, usual: str) -> str:
        """Return the name of the part that the document begins with."""
        return next((part for _, kind, part in self.related("") if kind == "officeDocument"), usual)

    def title(self) -> str:
        """Return the title in the document's properties."""
        root = self.xml("docProps/core.xml")
        found = next((e.text for e in root.iter() if local(e) == "title"), None) if root is not None else None
        return " ".join((found or "").split())[:200]


def local(element: Any) -> str:
    """Return an element's name without its namespace, of which there are two for everything."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """Return an attribute's value, whatever its namespace; empty when it is not there."""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def alternative(element: Any) -> Any:
    """Return the one branch of an ``AlternateContent`` to read: the first that has text."""
    branches = [child for child in element if local(child) in ("Choice", "Fallback")]
    return next((b for b in branches if any(local(e) == "t" and e.text for e in b.iter())), None)


def _old(data: bytes) -> ReadError:
    if _ENCRYPTED in data:
        return _protected()
    return ReadError(
        "This is an Office document in the format of before 2007, which is not read.",
        "Save it as .docx, .xlsx or .pptx, or as PDF.",
        code="binary",
    )


def _protected() -> ReadError:
    return ReadError("The document is protected by a password.", "Save a copy without a password.", code="encrypted")
