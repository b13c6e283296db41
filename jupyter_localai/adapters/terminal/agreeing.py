"""The question whether something may go to a server that is new: asked where somebody can answer."""

from __future__ import annotations

import sys

from ...errors import UsageError
from ...results.base import printable

CODE = "address_not_accepted"


def agreed(error: UsageError, address: str) -> str:
    """Show what would go to the address, and return it if that is agreed to.

    Raises
    ------
    UsageError
        The given one where nobody can answer; ``declined``.
    """
    if error.code != CODE or not sys.stdin.isatty():
        raise error
    print(printable(error.message), file=sys.stderr)
    print("Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("Nothing was sent.", "Answer y to agree.", code="declined")
    return address
