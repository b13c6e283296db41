"""What is said of parts that a document's program hides: they are not read."""

from __future__ import annotations

from collections.abc import Sequence

_MAX_LISTED = 50


def left_out(what: str) -> str:
    """Return the warning for `what`, such as ``sheet 'A'`` or ``2 rows of sheet 'A'``, that is hidden."""
    return f"Hidden in its program and not read: {what}."


def slides_left_out(numbers: Sequence[int]) -> tuple[str, ...]:
    """Return the warning for hidden slides, none when there are none."""
    if not numbers:
        return ()
    listed = ", ".join(map(str, numbers[:_MAX_LISTED])) + (" …" if len(numbers) > _MAX_LISTED else "")
    return (left_out(f"slide{'s' * (len(numbers) > 1)} {listed}"),)
