"""How well an attached collection follows the server's, in words."""

from __future__ import annotations

import time

from ..results.shared import Attachment

_AWAY = ("shared_unreachable", "shared_busy", "shared_failed")


def state(attachment: Attachment) -> str:
    """Return how well an attached collection follows the server's: ``shared, revision 7, synced 2 min ago``."""
    what = f"shared, revision {attachment.revision:,}"
    when = f"synced {_ago(time.time() - attachment.synced)}" if attachment.synced else "not synced yet"
    where = ", vectors on the server" if attachment.vectors == "remote" else ""
    return f"{what}, {when}{where}{f'; {_trouble(attachment)}' if attachment.code else ''}"


def _trouble(attachment: Attachment) -> str:
    if attachment.code == "shared_index_damaged":
        return "its index on the server is damaged"
    return "server away" if attachment.code in _AWAY else f"not followed: {attachment.code}"


def _ago(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return "just now"
