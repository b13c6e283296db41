"""The zip around a bundle, read so that only what `pack` writes is accepted.

The files lie one after the other, from the first byte to the list of files, in their order. That leaves no place for
what two readers of zips could understand differently.
"""

from __future__ import annotations

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NoReturn

from . import refusals
from .form import FILES, MIMETYPE, MOST_BYTES, STORED, Member

_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE.TXT 4.3.7
_END_BYTES = 22
_ZIP64_END_BYTES = 56 + 20
_PIECE_BYTES = 1 << 20
_HIGH_RATIO, _HIGH_RATIO_FROM = 200, 64 << 20


class Archive:
    """The files of a bundle.

    Parameters
    ----------
    stream : binary file
        From its beginning.

    Raises
    ------
    BundleError
        ``bundle_unknown``, ``bundle_damaged``, ``bundle_unsafe``, ``bundle_sizes``.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        head = stream.read(_HEADER.size + len(FILES[0]) + len(MIMETYPE))
        if head[:4] != b"PK\3\4" or head[_HEADER.size :] != FILES[0].encode() + MIMETYPE:
            raise refusals.unknown("the file is of another kind")
        self._files = self._checked(self._listed())

    def _listed(self) -> list[zipfile.ZipInfo]:
        try:
            with zipfile.ZipFile(self._stream) as file:
                if file.comment:
                    _unsafe("it has a comment")
                self._list_at = file.start_dir
                return file.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, UnicodeError):
            raise refusals.damaged("its end is missing or damaged") from None

    def _checked(self, infos: list[zipfile.ZipInfo]) -> dict[str, tuple[zipfile.ZipInfo, int]]:
        """Return the files with where their data begins."""
        names = [info.filename for info in infos]
        if len(set(names)) < len(names):
            _unsafe("a file is in it twice")
        if tuple(names) != FILES:
            _unsafe("other files are in it, or in another order")
        found, at = {}, 0
        for info in infos:
            if info.flag_bits & 0x2041:
                _unsafe(f"{info.filename} is encrypted")
            if info.flag_bits & 8:
                _unsafe(f"the size of {info.filename} is told behind it")
            if info.flag_bits & ~0x0806:  # how well it is compressed, and that its name is UTF-8
                _unsafe(f"{info.filename} is marked in a way that is not known")
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
                _unsafe(f"{info.filename} is a link or a folder")
            if info.compress_type != (zipfile.ZIP_STORED if info.filename in STORED else zipfile.ZIP_DEFLATED):
                _unsafe(f"{info.filename} is compressed otherwise")
            if info.header_offset != at:
                _unsafe("its files overlap, or something lies between them")
            begin = self._data_begins(info)
            at = begin + info.compress_size
            if info.filename in STORED and info.compress_size != info.file_size:
                raise refusals.sizes(f"{info.filename} has two sizes")
            if info.file_size > _HIGH_RATIO_FROM and info.file_size > _HIGH_RATIO * info.compress_size:
                raise refusals.sizes(f"{info.filename} would grow beyond measure")
            found[info.filename] = (info, begin)
        if self._list_at != at:
            _unsafe("its files overlap, or something lies between them")
        if at > MOST_BYTES:
            raise refusals.sizes("it is too large")
        return found

    def _data_begins(self, info: zipfile.ZipInfo) -> int:
        """Return where the data of a file begins; the header before it must say what the list says."""
        self._stream.seek(info.header_offset)
        data = self._stream.read(_HEADER.size)
        if len(data) < _HEADER.size:
            raise refusals.damaged("it is cut off")
        mark, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = _HEADER.unpack(data)
        name = self._stream.read(name_bytes)
        told = (mark, flags, method, crc, name)
        if told != (b"PK\3\4", info.flag_bits, info.compress_type, info.CRC, info.filename.encode()):
            _unsafe(f"two descriptions of {info.filename} differ")
        large = 0xFFFFFFFF
        if (packed, size) not in ((info.compress_size, info.file_size), (large, large)):
            _unsafe(f"two sizes of {info.filename} differ")
        return int(info.header_offset + _HEADER.size + name_bytes + extra_bytes)

    def size(self, name: str) -> int:
        """Return the size of a file, as the zip tells it."""
        return self._files[name][0].file_size

    def read(self, name: str, most: int) -> bytes:
        """Return a file's content, which is small.

        Raises
        ------
        BundleError
            ``bundle_sizes``, ``bundle_damaged``.
        """
        if self.size(name) > most:
            raise refusals.sizes(f"{name} is too large")
        content = b"".join(self._pieces(name, self.size(name)))
        if zlib.crc32(content) != self._files[name][0].CRC:
            raise refusals.damaged(f"{name} is altered")
        return content

    def pieces(self, name: str, told: Member) -> Iterator[bytes]:
        """Yield a file's content in pieces, and check at its end that it is what was `told`.

        Raises
        ------
        BundleError
            ``bundle_sizes``, ``bundle_damaged``.
        """
        if told.size != self.size(name):
            raise refusals.sizes(f"the manifest tells another size of {name}")
        digest = hashlib.sha256()
        for piece in self._pieces(name, told.size):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != told.sha256:
            raise refusals.damaged(f"{name} is altered")

    def _pieces(self, name: str, size: int) -> Iterator[bytes]:
        info, at = self._files[name]
        inflate = None if name in STORED else zlib.decompressobj(-zlib.MAX_WBITS)
        left, got = info.compress_size, 0
        while left or (inflate is not None and inflate.unconsumed_tail):
            waiting = inflate.unconsumed_tail if inflate is not None else b""
            if not waiting:
                self._stream.seek(at)
                waiting = self._stream.read(min(_PIECE_BYTES, left))
                if not waiting:
                    raise refusals.damaged(f"{name} is cut off")
                at, left = at + len(waiting), left - len(waiting)
            try:
                piece = waiting if inflate is None else inflate.decompress(waiting, min(1 << 20, size - got + 1))
            except zlib.error:
                raise refusals.damaged(f"{name} cannot be decompressed") from None
            got += len(piece)
            if got > size or (inflate is not None and inflate.unused_data):
                raise refusals.sizes(f"{name} is larger than told")
            yield piece
        if got != size or not (inflate is None or inflate.eof):
            raise refusals.sizes(f"{name} is smaller than told")


def _unsafe(what: str) -> NoReturn:
    raise refusals.unsafe(what)
