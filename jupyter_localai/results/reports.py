"""Reports about work on the index, frozen: its progress, its outcome, and what there is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal, overload

from .answers import Answer, Passages, Thinking, Token
from .base import DOCUMENT_TEXT, CallResult, DisplayableList, quoted_field
from .files import Failure, Notice, Skipped
from .shared import Attachment


@dataclasses.dataclass(frozen=True)
class IndexReport(CallResult):
    """What one indexing run did.

    ``chunks`` counts what is in the collection afterwards, ``embedded`` the texts that went
    through the embedding model in this run. ``moved`` says how many of the added documents were there
    before, under one of the removed paths. After a dry run, ``dry_run`` is True and nothing changed.
    """

    collection: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: tuple[Skipped, ...] = ()
    failed: tuple[Failure, ...] = ()
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0
    warnings: tuple[Notice, ...] = ()
    moved: int | None = None
    dry_run: bool | None = None


@dataclasses.dataclass(frozen=True)
class RebuildReport(CallResult):
    """What was built anew. ``embedded`` is 0 unless the embedding model was changed."""

    collections: tuple[str, ...]
    documents: int
    chunks: int
    embedded: int = 0
    failed: tuple[Failure, ...] = ()
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class ForgetReport(CallResult):
    """What was removed from the store for good, and the collections it was in.

    ``answers`` were made of the documents, or are about text of them, or came after such ones; they stood in so many
    ``conversations``. ``dry_run`` is True where nothing was removed yet.
    """

    documents: int
    chunks: int
    collections: tuple[str, ...]
    seconds: float = 0.0
    answers: int = 0
    conversations: int = 0
    dry_run: bool | None = None


@dataclasses.dataclass(frozen=True)
class CompactReport(CallResult):
    """The collections from whose files remains of deleted and changed documents were cleaned away."""

    collections: tuple[str, ...]
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class CollectionInfo:
    """One collection as ``status`` and ``collections`` show it.

    A watched one follows its folders by itself, a ``shared`` one a collection on a server.
    """

    name: str
    documents: int
    chunks: int
    embedder: str
    roots: tuple[str, ...]
    watched: bool = False
    shared: Attachment | None = None


@dataclasses.dataclass(frozen=True)
class Watch(CallResult):
    """Whether a collection follows its folders by itself, and how.

    Attributes
    ----------
    collection : str
    how : {"off", "system", "polling"}
        Whether the system reports changes, or the folders are looked at every `seconds`.
    roots : int
        Folders and files that are followed.
    seconds : float
        0 without polling.
    code, message, remedy : str
        Why some folders are polled, or why the last run failed, and what to do; empty if all is well.
    """

    collection: str
    how: Literal["off", "system", "polling"]
    roots: int = 0
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class RootInfo:
    """A folder or file that a collection follows, and how many of its documents belong to it."""

    path: str
    documents: int


@dataclasses.dataclass(frozen=True)
class DocumentInfo:
    """One document as `Documents` lists it.

    ``indexed`` is when it was last read, in seconds since 1970, None when an earlier version did that. ``code``,
    ``message`` and ``remedy`` tell why a failed one failed, and what to do.
    """

    path: str
    root: str
    kind: str
    state: Literal["ready", "pending", "failed"]
    chunks: int
    title: str | None = dataclasses.field(default=None, metadata=DOCUMENT_TEXT)
    indexed: float | None = None
    code: str | None = None
    message: str | None = None
    remedy: str | None = None


@dataclasses.dataclass(frozen=True)
class Documents(CallResult, Sequence[DocumentInfo]):
    """Documents of a collection, by path; behaves as a sequence of `DocumentInfo`.

    ``items`` are a part of the ``total`` that was asked for; ``failed`` counts in the whole collection.
    ``quoted`` as in `Hit`.
    """

    collection: str
    total: int
    failed: int
    roots: tuple[RootInfo, ...] = ()
    items: tuple[DocumentInfo, ...] = ()
    quoted: bool = quoted_field()

    def __repr__(self) -> str:
        return f"<Documents {len(self.items)} of {self.total} in {self.collection!r}>"

    @overload
    def __getitem__(self, index: int) -> DocumentInfo: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[DocumentInfo]: ...
    def __getitem__(self, index: int | slice) -> DocumentInfo | Sequence[DocumentInfo]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)


class Collections(DisplayableList, list[CollectionInfo]):
    """Every collection: a list, which a notebook shows as a table."""


@dataclasses.dataclass(frozen=True)
class Status(CallResult):
    """What the store holds. ``bytes`` is its size on disk; ``failed`` counts documents, ``failures`` tells of some."""

    documents: int
    chunks: int
    pending: int
    failed: int
    collections: tuple[CollectionInfo, ...]
    bytes: int
    engine: dict[str, Any]
    privacy: dict[str, Any]
    failures: tuple[Failure, ...] = ()


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that `doctor` looked at. Without what is ``needed`` nothing works, without the rest something less.

    ``promise`` says that it is about what PRIVACY.md promises.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True
    promise: bool = False


@dataclasses.dataclass(frozen=True)
class Diagnosis(CallResult):
    """What `doctor` found. ``ok`` is True when all that is needed is; ``enforcement`` as in ``Status.privacy``.

    ``elsewhere`` is the chat model's address when the settings allow one on another machine.
    """

    ok: bool
    checks: tuple[Check, ...]
    enforcement: str
    elsewhere: str | None = None

    @property
    def failed(self) -> tuple[Check, ...]:
        """What is needed and not well."""
        return tuple(check for check in self.checks if check.needed and not check.ok)


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """A model that Ollama has.

    ``memory_bytes`` is what it takes when loaded with ``used_context_tokens`` (all of it, whatever part a
    token uses), ``gpu_bytes`` how much of that is or would be on the GPU, ``fits`` whether this machine has
    that. A ``remote`` one is answered by another machine and is never used. ``context_tokens`` is the most
    the model can read, 0 when unknown.
    """

    name: str
    family: str
    parameters: str
    quantisation: str
    context_tokens: int
    used_context_tokens: int
    licence: str
    bytes: int
    memory_bytes: int
    gpu_bytes: int
    fits: bool
    chats: bool
    thinks: bool
    loaded: bool
    remote: bool


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """A model that suits this machine; ``bytes`` is the size of its download."""

    name: str
    family: str
    bytes: int


@dataclasses.dataclass(frozen=True)
class Models(CallResult):
    """What Ollama has; ``memory_bytes`` is this machine's, ``gpu_bytes`` that of its GPUs, 0 without one.

    ``cloud_off`` is whether Ollama is told to use no models of other machines, None where it does not say.
    ``suggested`` is the month of the table of suggestions.
    """

    address: str
    version: str
    memory_bytes: int
    gpu_bytes: int
    models: tuple[ModelInfo, ...]
    suggestions: tuple[Suggestion, ...]
    cloud_off: bool | None = None
    suggested: str | None = None


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a step of a run has come: ``done`` of ``total`` files, say; ``total`` is None while it is not known.

    ``check`` and ``rebuild`` are about the vector index, ``scrub`` about removing what was forgotten,
    ``pull`` about a model that Ollama downloads, ``model`` that the chat model has not yet said anything (for
    ``done`` seconds of an estimate), ``summarize`` that it sums up sections of documents,
    ``think`` that it thinks, ``fetch`` about an embedding model that we download. ``start`` waits for the engine,
    ``wait`` for another change of the index to end. ``index`` begins with the number of files, and counts bytes
    where one file is much of the whole; ``name`` is the file that is worked on. ``ocr`` counts pages that OCR reads,
    and says how many it does ``per_minute``. ``share`` counts documents that are published, ``sync`` chunks that come.
    """

    stage: Literal[
        "start",
        "wait",
        "list",
        "load",
        "index",
        "ocr",
        "check",
        "rebuild",
        "scrub",
        "pull",
        "model",
        "think",
        "summarize",
        "fetch",
        "evaluate",
        "export",
        "import",
        "share",
        "sync",
    ]
    done: int = 0
    total: int | None = None
    unit: Literal["files", "chunks", "bytes", "questions", "sections", "seconds", "pages"] = "files"
    per_minute: float | None = None
    name: str | None = None


@dataclasses.dataclass(frozen=True)
class Job(CallResult):
    """Work on the index that goes on by itself. ``started`` is in seconds since 1970, ``progress`` the latest.

    ``result`` is the report as JSON once it is done, ``error`` why it failed.
    """

    id: str
    kind: str
    state: Literal["running", "done", "failed", "cancelled"]
    started: float
    collection: str | None = None
    progress: Progress | None = None
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class Changed:
    """Something changed in the store, of these kinds: ``jobs``, ``documents``, ``conversations``, ``models``."""

    topics: tuple[str, ...]


Event = Progress | Passages | Thinking | Token | Answer | IndexReport | RebuildReport | ForgetReport | CompactReport
