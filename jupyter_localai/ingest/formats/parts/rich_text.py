"""Formatted text as Outlook packs it into messages, after Microsoft's [MS-OXRTFCP]."""

from __future__ import annotations

from .compound import number_at

_PACKED, _STORED = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_MAX_BYTES = 64 * 2**20
_BEGIN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
"""What the window holds at first."""


def unpacked(data: bytes) -> bytes:
    """Return the formatted text; of a damaged one what comes before the damage."""
    kind = number_at(data, 8, 4)
    if kind == _STORED:
        return data[16:]
    if kind != _PACKED:
        return b""
    window = bytearray(_BEGIN.ljust(_WINDOW, b"\0"))
    at, place = 16, len(_BEGIN)
    result = bytearray()
    while at < len(data) and len(result) < _MAX_BYTES:
        marks = data[at]
        at += 1
        for bit in range(8):
            if not marks >> bit & 1:
                piece = data[at : at + 1]
                at += 1
            else:
                pair = int.from_bytes(data[at : at + 2], "big")
                at += 2
                begin, length = pair >> 4, (pair & 15) + 2
                if begin == place or at > len(data):
                    return bytes(result)
                piece = b""
                for offset in range(length):  # it may read what it writes
                    byte = window[(begin + offset) % _WINDOW]
                    window[(place + offset) % _WINDOW] = byte
                    piece += bytes((byte,))
            for offset, byte in enumerate(piece):
                window[(place + offset) % _WINDOW] = byte
            place = (place + len(piece)) % _WINDOW
            result += piece
    return bytes(result)
