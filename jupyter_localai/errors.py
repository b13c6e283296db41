"""Everything that can go wrong, told once.

Each error carries three things a person or a program can act on:

``message``
    what happened, in one sentence;
``remedy``
    the one command or setting that helps, empty when there is none;
``code``
    a stable ``snake_case`` name; an adapter shows these three and never re-words them.

::

    LocalAIError
    ├── UsageError              the request itself is malformed
    ├── ConfigError             a setting has a wrong name, type or value
    ├── ProjectError            a project file or a lock cannot be used, or documents are not those of it
    ├── BundleError             a bundle cannot be written, or is not read since something in it is wrong
    ├── PrivacyError            something tried to reach beyond this machine
    ├── ReadError               one file cannot become a document
    ├── StoreError              the index on disk cannot be used
    │   ├── StoreBusyError          another process holds it
    │   ├── UnknownCollectionError  no collection of that name
    │   ├── UnknownConversationError  no conversation of that id
    │   ├── EmbedderMismatchError   the collection was built with another embedding model
    │   └── RemoteError             a server of shared collections does not do what was asked
    ├── EmbedderError           embedding weights are missing, altered or unusable
    ├── OllamaError             the chat model's server is absent or does not do what was asked
    ├── EngineError             the engine's process failed, or was asked for what it cannot do
    │   ├── EngineUnreachableError  it does not start, does not answer, or was lost
    │   └── EngineVersionError      it is of another version and does not make room
    └── Cancelled               the caller asked for the work to stop
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar


class LocalAIError(Exception):
    """Base of every error raised on purpose.

    Parameters
    ----------
    message : str
        What happened, in one sentence.
    remedy : str
        The one thing to do about it.
    code : str, optional
        Stable name; the class's own code when left out.
    """

    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, remedy: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code or self.default_code

    def to_dict(self) -> dict[str, str]:
        """Return ``{"code", "message", "remedy"}``, the shape every adapter prints."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy}


class UsageError(LocalAIError):
    """The request is malformed: a wrong option, an empty or far too long question."""

    default_code = "usage"


class ConfigError(LocalAIError):
    """A setting has an unknown name, a wrong type or an impossible value."""

    default_code = "config"


class ProjectError(LocalAIError):
    """A project file or a lock is missing or wrong, or the documents are not those that it names."""

    default_code = "project"


class BundleError(LocalAIError):
    """A bundle cannot be written, or is not imported because it is damaged, too new or unsafe."""

    default_code = "bundle"


class PrivacyError(LocalAIError):
    """Something tried to reach a network address beyond this machine."""

    default_code = "network_refused"


class ReadError(LocalAIError):
    """A file cannot be read as a document; costs that document and nothing else."""

    default_code = "unreadable"


class StoreError(LocalAIError):
    """The index on disk is missing, too new, or cannot be written."""

    default_code = "store"

    @classmethod
    def unwritable(cls, message: str) -> StoreError:
        """Return the error for a store that cannot be written."""
        return cls(message, "Check the folder's permissions, or set LOCALAI_STORE to another.", code="store_unwritable")


class StoreBusyError(StoreError):
    """Another process holds the store."""

    default_code = "store_busy"


class UnknownCollectionError(StoreError):
    """No collection of that name has been indexed."""

    default_code = "unknown_collection"

    @classmethod
    def for_name(cls, name: str, known: Sequence[str]) -> UnknownCollectionError:
        """Return the error for a missing name, with the closest known one as a suggestion."""
        if not known:
            return cls("Nothing has been indexed yet.", "Index a folder first: jupyter localai index FOLDER.")
        return cls(
            f"There is no collection {name!r}.{did_you_mean(name, known)}",
            f"Collections are: {', '.join(sorted(known))}.",
        )


class UnknownConversationError(StoreError):
    """No conversation of that id is remembered."""

    default_code = "unknown_conversation"


class EmbedderMismatchError(StoreError):
    """A collection was built with another embedding model than the configured one."""

    default_code = "embedder_mismatch"


class RemoteError(StoreError):
    """The server of shared collections is away, refuses what was asked, or sends what cannot be right."""

    default_code = "shared_failed"


class EmbedderError(LocalAIError):
    """Embedding weights are missing, do not match their checksum, or cannot be loaded."""

    default_code = "embedder"


class OllamaError(LocalAIError):
    """The chat model's server is absent, is something else, or refuses what was asked."""

    default_code = "ollama"


class EngineError(LocalAIError):
    """The engine's process failed, or cannot do what it was asked for with the settings it was started with."""

    default_code = "engine"


class EngineUnreachableError(EngineError):
    """The engine does not start, does not answer, or was lost in the middle of an answer."""

    default_code = "engine_unreachable"


class EngineVersionError(EngineError):
    """The engine is of another version, and cannot be replaced now."""

    default_code = "engine_version"


class Cancelled(LocalAIError):
    """The work was stopped on request; what was done before is kept."""

    default_code = "cancelled"

    def __init__(self) -> None:
        super().__init__("Stopped.")


def to_wire(error: LocalAIError) -> dict[str, str]:
    """Return what `from_wire` makes the same error of, in another process."""
    return {**error.to_dict(), "kind": type(error).__name__}


def from_wire(told: Mapping[str, Any]) -> LocalAIError:
    """Return an error of the class it had in the process that told of it; of the base class if that is unknown."""
    kinds = {kind.__name__: kind for kind in _descendants(LocalAIError)}
    kind: type[LocalAIError] = kinds.get(str(told.get("kind")), LocalAIError)
    error = kind.__new__(kind)
    message, remedy = str(told.get("message") or ""), str(told.get("remedy") or "")
    LocalAIError.__init__(error, message, remedy, code=str(told.get("code") or "") or None)
    return error


def _descendants(kind: type[LocalAIError]) -> list[type[LocalAIError]]:
    return [found for child in kind.__subclasses__() for found in (child, *_descendants(child))]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest known word, else an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
