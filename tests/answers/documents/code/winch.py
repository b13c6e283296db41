"""Control of the slipway winch."""

MAX_PULL_KG = 850
RETRY_LIMIT = 4


class WinchJammed(RuntimeError):
    """Raised when the drum does not turn."""


def haul(load_kg: float, metres: float) -> float:
    """Haul a load and return the seconds it takes.

    Raises :class:`WinchJammed` when the load is above ``MAX_PULL_KG``.
    """
    if load_kg > MAX_PULL_KG:
        raise WinchJammed(f"{load_kg} kg is too much")
    return metres / 0.25


def best_of(rows):
    """Return the row with the greatest second value."""
    return max(rows, key=lambda row: row[1])
