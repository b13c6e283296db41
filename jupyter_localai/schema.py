"""The nouns of the project, frozen, and the one way they become JSON.

Offsets are character offsets (Python string indices) into a document's extracted text;
``end`` is exclusive, so ``document.text[x.start:x.end]`` is always ``x.text``.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, overload


def _quoted() -> Any:
    return dataclasses.field(default=True, repr=False, compare=False, metadata={"json": False})


class Drawn:
    """What a notebook shows by itself when it is the last line of a cell."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        forms: dict[str, Any] = _forms().bundle(self)
        return forms

    def __str__(self) -> str:
        return str(_forms().text(self))


class Listed(Drawn):
    """A list that is drawn; IPython has an opinion of its own about how to print one."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


class Shown(Drawn):
    """What a call returns, and an adapter prints."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        result: dict[str, Any] = to_json(self)
        return result


@dataclasses.dataclass(frozen=True, slots=True)
class Anchor:
    """Where in a file a stretch of text is found, in the terms a person opens it by.

    ``page``, ``slide``, ``line`` and ``row`` count from 1 (a table's row of column names, too), ``cell``
    from 0. ``heading`` is the path of headings, outermost first, joined by `` > ``. What does not apply is None.
    """

    page: int | None = None
    line: int | None = None
    cell: int | None = None
    cell_id: str | None = None
    slide: int | None = None
    sheet: str | None = None
    row: int | None = None
    heading: str | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the named part, or `default` when it does not apply."""
        value = getattr(self, name, None)
        return default if value is None else value

    def label(self) -> str:
        """Return the anchor in words, such as ``page 3``; the heading when there is no other."""
        parts = [
            f"{name} {getattr(self, name)}"
            for name in ("page", "slide", "sheet", "row", "cell", "line")
            if getattr(self, name) is not None
        ]
        return ", ".join(parts) or (self.heading or "").rsplit(" > ", 1)[-1]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document's text and its anchor."""

    start: int
    end: int
    anchor: Anchor


@dataclasses.dataclass(frozen=True)
class Document:
    """One source file, read.

    ``places`` are in order and do not overlap. A change of page, slide or sheet between
    two places is a hard border that no chunk crosses.
    """

    path: str
    kind: str
    text: str
    title: str
    places: tuple[Place, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Chunk:
    """The stored unit: a span of a document, and what is known of where it stands.

    ``places`` starts with the place of the chunk's first character. ``context`` (title and
    headings) is embedded and searched together with the text but never shown or cited.
    ``after`` is the white space between this chunk and the next.
    """

    start: int
    end: int
    text: str
    places: tuple[Place, ...]
    context: str = ""
    after: str = ""

    @property
    def anchor(self) -> Anchor:
        return self.places[0].anchor


@dataclasses.dataclass(frozen=True)
class Explanation:
    """Why a hit ranks where it does, by its best chunk.

    ``dense``, ``keyword`` and ``name`` are the parts of the score, each 0 to 1 and weighted as `answer.fuse` says: how
    near the chunk is in meaning; its words and those around it; how well the query names its document. The ranks are
    1-based positions among the nearest and among the best worded chunks, None where it was not one of them.
    ``words`` are the telling words of the query that the chunk has, ``around`` those that only its neighbours have.
    ``dense_weight`` is less where the embedding model reads the query badly.
    """

    dense: float
    keyword: float
    dense_rank: int | None = None
    keyword_rank: int | None = None
    name: float = 0.0
    words: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    dense_weight: float = 0.5


@dataclasses.dataclass(frozen=True)
class Hit(Drawn):
    """A chunk (or several adjacent ones) found for a query, with its score.

    ``similarity`` is the cosine of query and text, higher is better; ``score`` orders the hits.
    ``quoted`` is False where the text of documents is not to be shown by itself, see the setting ``quotes``.
    """

    rank: int
    score: float
    similarity: float
    path: str
    document: str
    chunk_id: str
    start: int
    end: int
    anchor: Anchor
    text: str = dataclasses.field(repr=False)
    explain: Explanation | None = dataclasses.field(default=None, repr=False)
    places: tuple[Place, ...] = dataclasses.field(default=(), repr=False, metadata={"json": False})
    quoted: bool = _quoted()


@dataclasses.dataclass(frozen=True)
class Citation:
    """A verified link from a marker in an answer to the quote that carries the claim."""

    marker: int
    path: str
    anchor: Anchor
    start: int
    end: int
    quote: str = dataclasses.field(repr=False)
    support: float


@dataclasses.dataclass(frozen=True)
class Answer(Shown):
    """An answer with its sources. ``mode`` is ``none`` when nothing relevant was found.

    ``query`` is what was searched for, where that is not the question itself; ``conversation`` continues with
    this answer. ``prompt_tokens`` of ``context_tokens`` were used, without ``dropped_passages`` passages.
    ``cut_off`` is True when the chat model did not come to its end. ``quoted`` as in `Hit`.
    """

    question: str
    text: str
    mode: Literal["llm", "extractive", "none"]
    citations: tuple[Citation, ...] = ()
    passages: tuple[Hit, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    model: str | None = None
    prompt_tokens: int | None = None
    context_tokens: int | None = None
    dropped_passages: int | None = None
    query: str | None = None
    conversation: str | None = None
    cut_off: bool | None = None
    quoted: bool = _quoted()

    def __repr__(self) -> str:
        sources = f"{len(self.citations)} source{'' if len(self.citations) == 1 else 's'}"
        return f"<Answer {self.model if self.mode == 'llm' else self.mode}, {sources}>"

    @property
    def sources(self) -> Any:
        """The citations as a pandas DataFrame, or a list of dicts without pandas."""
        rows = [
            {
                "marker": c.marker,
                "document": os.path.basename(c.path),
                **to_json(c.anchor),
                "quote": c.quote,
                "support": round(c.support, 3),
                "path": c.path,
            }
            for c in self.citations
        ]
        return frame_of(rows, () if self.quoted else ("heading", "quote"))

    def to_markdown(self) -> str:
        """Return the answer and its sources as Markdown in which no document text is active."""
        return str(_forms().markdown(self))


@dataclasses.dataclass(frozen=True)
class Conversation(Shown):
    """Questions that build on each other. ``answers`` is empty in a list of conversations.

    ``collection`` was asked last; ``created`` and ``changed`` are ISO 8601 times in UTC.
    """

    id: str
    title: str
    collection: str
    created: str
    changed: str
    turns: int
    answers: tuple[Answer, ...] = ()

    def to_markdown(self) -> str:
        """Return the whole conversation as Markdown in which no document text is active."""
        return str(_forms().markdown(self))


class Conversations(Listed, list[Conversation]):
    """The conversations that are remembered: a list, which a notebook shows as a table."""


@dataclasses.dataclass(frozen=True)
class Hits(Shown, Sequence[Hit]):
    """The ranked result of a search; behaves as a sequence of `Hit`. ``quoted`` as there.

    ``warnings`` is None when there are none.
    """

    query: str
    collection: str
    hits: tuple[Hit, ...] = ()
    seconds: float = 0.0
    warnings: tuple[Notice, ...] | None = None
    quoted: bool = _quoted()

    def __repr__(self) -> str:
        return f"<Hits {len(self.hits)} in {self.collection!r}>"

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def to_frame(self) -> Any:
        """Return one row per hit as a pandas DataFrame, or a list of dicts without pandas."""
        rows = []
        for hit in self.hits:
            row = {"rank": hit.rank, "document": hit.document, **to_json(hit.anchor), **to_json(hit)}
            rows.append({name: value for name, value in row.items() if name not in ("anchor", "explain")})
        return frame_of(rows, () if self.quoted else ("document", "heading", "text"))


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


@dataclasses.dataclass(frozen=True)
class IndexReport(Shown):
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
class RebuildReport(Shown):
    """What was built anew. ``embedded`` is 0 unless the embedding model was changed."""

    collections: tuple[str, ...]
    documents: int
    chunks: int
    embedded: int = 0
    failed: tuple[Failure, ...] = ()
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class ForgetReport(Shown):
    """What was removed from the store for good, and the collections it was in."""

    documents: int
    chunks: int
    collections: tuple[str, ...]
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class CollectionInfo:
    """One collection as ``status`` and ``collections`` show it."""

    name: str
    documents: int
    chunks: int
    embedder: str
    roots: tuple[str, ...]


class Collections(Listed, list[CollectionInfo]):
    """Every collection: a list, which a notebook shows as a table."""


@dataclasses.dataclass(frozen=True)
class Status(Shown):
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
    """One thing that `doctor` looked at. Without what is ``needed`` nothing works, without the rest something less."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True


@dataclasses.dataclass(frozen=True)
class Diagnosis(Shown):
    """What `doctor` found. ``ok`` is True when all that is needed is; ``enforcement`` as in ``Status.privacy``."""

    ok: bool
    checks: tuple[Check, ...]
    enforcement: str

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
class Models(Shown):
    """What Ollama has; ``memory_bytes`` is this machine's, ``gpu_bytes`` that of its GPUs, 0 without one."""

    address: str
    version: str
    memory_bytes: int
    gpu_bytes: int
    models: tuple[ModelInfo, ...]
    suggestions: tuple[Suggestion, ...]


@dataclasses.dataclass(frozen=True)
class Progress:
    """A step of a run. Totals are None while they are not known.

    ``check`` and ``rebuild`` are about the vector index, ``scrub`` about removing what was forgotten,
    ``pull`` about a model that Ollama downloads, ``model`` that the chat model has not yet said anything,
    ``think`` that it thinks, ``fetch`` about an embedding model that we download. ``start`` waits for the engine,
    ``wait`` for another change of the index to end, ``evaluate`` counts questions as files.
    """

    stage: Literal[
        "start",
        "wait",
        "list",
        "load",
        "index",
        "check",
        "rebuild",
        "scrub",
        "pull",
        "model",
        "think",
        "fetch",
        "evaluate",
    ]
    files: int = 0
    total_files: int | None = None
    done_bytes: int = 0
    total_bytes: int | None = None
    chunks: int = 0
    total_chunks: int | None = None


@dataclasses.dataclass(frozen=True)
class Job(Shown):
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
class Passages:
    """The passages found, sent before the answer is made; ``query`` as in `Answer`."""

    passages: tuple[Hit, ...]
    query: str | None = None


@dataclasses.dataclass(frozen=True)
class Token:
    """A piece of the answer's text, as the chat model writes it."""

    text: str


@dataclasses.dataclass(frozen=True)
class Thinking:
    """A piece of what the chat model thinks before it answers."""

    text: str


Event = Progress | Passages | Thinking | Token | Answer | IndexReport | RebuildReport | ForgetReport


def to_json(value: Any) -> Any:
    """Turn any value of this module into plain JSON types; None fields are left out."""
    if isinstance(value, Document):
        return {
            "path": value.path,
            "kind": value.kind,
            "text": value.text,
            "anchors": [{"start": p.start, "end": p.end, **to_json(p.anchor)} for p in value.places],
            "warnings": list(value.warnings),
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (f for f in dataclasses.fields(value) if f.metadata.get("json", True))
        pairs = ((f.name, getattr(value, f.name)) for f in fields)
        return {name: to_json(item) for name, item in pairs if item is not None}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Path):
        return str(value)
    return value


# Control characters can move the cursor, retitle a terminal or hide text; direction overrides and isolates can make
# text read as something it is not, annotations and tags (but for those of flags) are text that is not seen.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"
_HARMFUL = re.compile(
    f"({_FLAG})|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_UNKNOWN = re.compile(
    "[\ud800-\udfff]"
)  # halves of characters, as in file names that are not UTF-8: nothing can write them


def printable(text: str) -> str:
    """Return `text` without characters that act on a terminal, or on how other text is read, instead of showing."""
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return _UNKNOWN.sub("\ufffd", _HARMFUL.sub(r"\1", text))


def frame_of(rows: list[dict[str, Any]], without: tuple[str, ...] = ()) -> Any:
    """Return rows as a pandas DataFrame, or as they are without pandas; `without` these columns."""
    rows = [{name: value for name, value in row.items() if name not in without} for row in rows]
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)


def _forms() -> Any:
    """How results look: the one import that points up, since they draw themselves without the magics, too."""
    from .adapters.render import bundle

    return bundle
