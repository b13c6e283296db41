"""One file in, one `Document` out: opens it safely, finds its kind, calls the kind's reader."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import replace

from ..errors import ReadError
from ..results import saved
from ..results.passages import Document, Place
from . import names
from .formats.kinds import READERS, WITH_OCR, kind_of
from .formats.parts import attached
from .formats.parts.headings import MAX_CHARS, MAX_PATH_CHARS, cut
from .formats.parts.recognised import PageText

_HALF = re.compile("[\ud800-\udfff]")
# characters of text for each byte of a file: packed files are smaller than what they say, and of a table with long
# column names each value is told with its name
_MAX_GROWTH = 20
_MAX_GROWTH_OF = {
    **dict.fromkeys("book odp odt pdf slides table word".split(), 100),
    **dict.fromkeys("archive email mailbox ods sheet".split(), 200),  # with any of these inside
    **dict.fromkeys(("binary sheet", "old office"), 200),
}
_ALWAYS_ALLOWED = 1_000_000  # characters
_READ_AGAIN = 3  # a file that still changes, such as a log, is taken as it is and read anew in the next run


def load(path: str, max_bytes: int, root: str = "") -> bytes:
    """Return the content of a regular file of at most `max_bytes`.

    Below `root`, links are not followed: what was a file or a folder when it was listed can be one now.

    Opens without blocking, so that a pipe that takes the place of a file between listing
    and reading cannot stall the run. A file that changes while it is read is read again.

    Raises
    ------
    ReadError
        ``not_found``, ``path_too_long``, ``permission_denied``, ``not_regular``, ``too_large`` or ``unreadable``.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ReadError("This is not a regular file.", "Name a file.", code="not_regular")
        with open(_opened(path, root), "rb") as handle:
            info = os.fstat(handle.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise ReadError("This is not a regular file.", "Name a file.", code="not_regular")
            if info.st_size > max_bytes:
                raise _too_large(info.st_size, max_bytes)
            data = handle.read(max_bytes + 1)
            for _ in range(_READ_AGAIN):
                now = os.fstat(handle.fileno())
                if (now.st_size, now.st_mtime_ns) == (info.st_size, info.st_mtime_ns):
                    break
                handle.seek(0)
                info, data = now, handle.read(max_bytes + 1)
    except FileNotFoundError as error:
        if names.is_too_long(path):
            raise names.too_long() from error
        raise ReadError("There is no such file.", "Check the path.", code="not_found") from error
    except PermissionError as error:
        raise ReadError(
            "You may not read this file.", "Give yourself permission to read it.", code="permission_denied"
        ) from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise ReadError("A link has taken its place.", "Index what it leads to.", code="not_regular") from error
        reason = errno.errorcode.get(error.errno or 0, "unknown error")
        raise ReadError(f"The system could not read this file ({reason}).", "Check the disk or the path.") from error
    if len(data) > max_bytes:
        raise _too_large(len(data), max_bytes)
    return data


def _opened(path: str, root: str) -> int:
    """Return a descriptor of a file, without following a link below `root`; without a root, of whatever it leads to."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not root or os.open not in os.supports_dir_fd:
        return os.open(path, flags)
    if path == root:
        return os.open(path, flags | os.O_NOFOLLOW)
    *folders, name = os.path.relpath(path, root).split(os.sep)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)


def read(path: str, data: bytes, recognised: Mapping[int, PageText] | None = None) -> Document:
    """Turn the content of a file into a `Document`.

    Parameters
    ----------
    path : str
        Used for its suffix.
    data : bytes
        The whole content.
    recognised : mapping of int to PageText, optional
        What OCR has read of its pages, from 1.

    Raises
    ------
    ReadError
        With a code that says what is wrong: ``binary``, ``encrypted``, ``not_downloaded``, ``generated``,
        ``corrupted``, ``needs_ocr``, ``private_key``, ``wrong_encoding``, ``too_much_text``, ``saved_answers``.
    """
    if data and data.count(0) == len(data):
        raise ReadError(
            "The file has zeros only: it was not downloaded from the cloud, or not copied to its end.",
            "Open it once with its own program so that it is downloaded, or copy it again.",
            code="not_downloaded",
        )
    kind = kind_of(path, data)
    if not data:
        document = Document(path, kind, "", "")
    elif recognised and kind in WITH_OCR:
        document = WITH_OCR[kind](data, path, recognised)
    else:
        document = READERS[kind](data, path)
    document = _sound(_bounded(document, len(data), kind))
    if saved.is_file(document.text) or (kind == "html" and saved.is_page(data)):
        raise ReadError("These are saved answers of this project, which are no source.", code="saved_answers")
    if not document.text.strip() and not document.warnings:
        return replace(document, warnings=("The file is empty.",))
    return document


attached.read = read


def _bounded(document: Document, size: int, kind: str) -> Document:
    """Return a document whose places say little beside its text; refuse one that has far more to say than its file.

    Each chunk is stored with its places. A file in which headings or parts stand for each other could fill the disk.
    """
    places = tuple(_short(place) for place in document.places)
    told = sum(len(place.anchor.heading or "") + len(place.anchor.sheet or "") for place in places)
    growth = _MAX_GROWTH_OF.get(kind, _MAX_GROWTH)
    if len(document.text) + told > max(_ALWAYS_ALLOWED, growth * size):
        raise ReadError(
            "The file is small and says very much: parts of it stand in for others many times.",
            "Save what you need of it as a file of its own.",
            code="too_much_text",
        )
    return replace(document, title=cut(document.title, MAX_CHARS), places=places)


def _short(place: Place) -> Place:
    anchor = place.anchor
    heading, sheet, cell = anchor.heading or "", anchor.sheet or "", anchor.cell_id or ""
    if len(heading) <= MAX_PATH_CHARS and len(sheet) <= MAX_CHARS and len(cell) <= MAX_CHARS:
        return place
    short = replace(
        anchor,
        heading=cut(heading, MAX_PATH_CHARS) or None,
        sheet=cut(sheet, MAX_CHARS) or None,
        cell_id=cell if len(cell) <= MAX_CHARS else None,
    )
    return replace(place, anchor=short)


def _sound(document: Document) -> Document:
    """Replace halves of letters, which JSON and notebooks can hold and no file or database takes."""
    try:
        document.text.encode()
        "".join([document.title, *(place.anchor.heading or "" for place in document.places)]).encode()
    except UnicodeEncodeError:
        places = tuple(
            Place(p.start, p.end, replace(p.anchor, heading=_HALF.sub("\ufffd", p.anchor.heading or "") or None))
            for p in document.places
        )
        text, title = _HALF.sub("\ufffd", document.text), _HALF.sub("\ufffd", document.title)
        return replace(document, text=text, title=title, places=places)
    return document


def _too_large(size: int, max_bytes: int) -> ReadError:
    return ReadError(
        f"The file has {size / 2**20:,.0f} MiB; the limit is {max_bytes / 2**20:,.0f} MiB.",
        "Raise the setting max_file_mb (or LOCALAI_MAX_FILE_MB), or split the file.",
        code="too_large",
    )
