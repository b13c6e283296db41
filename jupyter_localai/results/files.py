"""Which files of a folder are indexed, and what is told of those that are not, or not well."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Rules:
    """What of a root to index: only what matches `include`, nothing that matches `exclude`.

    A glob is compared with the path relative to the root and with the base name. `ignore` says
    whether ``.gitignore`` files inside the root count.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    ignore: bool = True


@dataclasses.dataclass(frozen=True)
class Skipped:
    """A file or folder passed over on purpose, and why."""

    path: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Failure:
    """A document that could not be indexed."""

    path: str
    code: str
    message: str
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class Notice:
    """Something the user should know that is not a failure."""

    code: str
    message: str
    remedy: str = ""
