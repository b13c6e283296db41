"""What is found out about the server of shared collections."""

from __future__ import annotations

import dataclasses

from .base import CallResult


@dataclasses.dataclass(frozen=True)
class ServerReply(CallResult):
    """That the server answers, is a Chroma server and takes the token: where, and after how many seconds."""

    address: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Trait:
    """One thing that shared collections rely on; `detail` says what was tried, or what the server did instead."""

    name: str
    ok: bool
    detail: str


@dataclasses.dataclass(frozen=True)
class ServerCheck(CallResult):
    """Whether a server does what shared collections rely on, by what was tried there."""

    address: str
    traits: tuple[Trait, ...]

    @property
    def ok(self) -> bool:
        """Whether it does all of it."""
        return all(trait.ok for trait in self.traits)
