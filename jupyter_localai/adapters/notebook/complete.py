"""Completion of lines with ``%localai``, ``%ask`` or ``%%ask``."""

from __future__ import annotations

import itertools
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from ...config import DEFAULT_COLLECTION, EVERY_COLLECTION, Config
from ...errors import LocalAIError
from ...service.client.launch import find
from ...service.client.sync_client import Client
from ..parsing import Parser

FRESH_S, WAIT_S = 5.0, 0.7
_LINE = re.compile(r"(?:[\w.,\s]+=\s*|\s*)(?P<sign>%{0,2})(?P<magic>localai|ask)\s+(?P<rest>(?![=(.,\[]).*)", re.DOTALL)
_WORD = re.compile(r"""(["'])(?:.*?\1(?=\s)|.*$)|(?:\\.|[^\s\\])+\\?""", re.DOTALL)
_MENTION = re.compile(r"""(?<![\w@.])@(?:"[^"\n]*|[^\s"@]*)\Z""")
_MOST_PATHS = 200
_DOCUMENTS, _MOST_DOCUMENTS = "documents ", 1000
_ACTIONS = {"conversations": ("show", "delete"), "models": ("pull",), "engine": ("start", "stop", "status")}


class Completer:
    """Completes commands, options, collections, documents, models, conversations and paths.

    Parameters
    ----------
    commands : mapping
        The parsers of ``%localai``'s commands.
    ask : Parser
        The parser of ``%ask``.
    config : callable
        Returns the current settings.
    collection : callable
        Returns the collection of lines that name none.
    """

    def __init__(
        self,
        commands: Mapping[str, Parser],
        ask: Parser,
        config: Callable[[], Config],
        collection: Callable[[], str] = lambda: DEFAULT_COLLECTION,
    ) -> None:
        self._parsers = {**commands, "ask": ask}
        self._config = config
        self._collection = collection
        self._asking: set[tuple[str, str]] = set()
        self._known: dict[tuple[str, str], tuple[float, list[str]]] = {}

    def __call__(self, line: str, automagic: bool) -> tuple[str, list[str]]:
        """Return the end of a line and its possible completions.

        Parameters
        ----------
        line : str
            The text up to the cursor.
        automagic : bool
            Whether the magics work without their percent sign.
        """
        found = _LINE.fullmatch(line)
        if not found or not (found["sign"] or automagic) or line.rfind("{{") > line.rfind("}}"):
            return "", []
        if found["magic"] == "ask" or found["rest"].lstrip().startswith(("ask ", "search ")):
            mention = _MENTION.search(found["rest"])
            if mention:
                return mention[0], self._mentioned(mention[0], found["rest"])
        words = [word[0] for word in _WORD.finditer(found["rest"])]
        part = words.pop() if words and not found["rest"][-1:].isspace() else ""
        command = "ask" if found["magic"] == "ask" else words.pop(0) if words else ""
        if not command:
            return part, _beginning(part, (*self._parsers, "help"))
        if command == "help":
            return part, _beginning(part, self._parsers)
        if command not in self._parsers:
            return part, []
        return self._argument(command, words, part)

    def body(self, first: str, line: str) -> tuple[str, list[str]]:
        """Return the end of a line in the body of a cell, and what it can become; for a name after ``@`` only.

        Parameters
        ----------
        first : str
            The cell's first line.
        line : str
            The text of the line up to the cursor.
        """
        mention = _MENTION.search(line)
        if not first.startswith("%%ask") or mention is None:
            return "", []
        return mention[0], self._mentioned(mention[0], first)

    def _mentioned(self, part: str, options: str) -> list[str]:
        """Return the documents whose names begin as typed, of the collections that the options name."""
        wanted = part.replace('"', "").casefold()
        collections = _collections(options) or [self._collection()]
        names = dict.fromkeys(name for each in collections for name in self._names(_DOCUMENTS + each))
        return [name for name in names if name.replace('"', "").casefold().startswith(wanted)]

    def _argument(self, command: str, words: list[str], part: str) -> tuple[str, list[str]]:
        flags = self._parsers[command].flags
        flag, given, value = part.partition("=")
        if not given and words and flags.get(words[-1]):
            return part, self._values(words[-1], part)
        if given and flags.get(flag):
            return value, self._values(flag, value)
        if part.startswith("-"):
            return part, _beginning(part, flags)
        if command in ("index", "forget", "read", "summarize"):
            return part, _paths(part)
        if command in _ACTIONS and not words:
            return part, _beginning(part, _ACTIONS[command])
        if command == "conversations":
            return part, _beginning(part, ["last", *self._names("conversations")])
        if command == "models" and words == ["pull"]:
            return part, _beginning(part, self._names("suggestions"))
        return part, []

    def _values(self, flag: str, part: str) -> list[str]:
        kinds = {"-c": "collections", "--collection": "collections", "--model": "models"}
        kind = "conversations" if flag == "--conversation" else kinds.get(flag)
        return _beginning(part, self._names(kind)) if kind else []

    def _names(self, kind: str) -> list[str]:
        """Return names from the engine; older ones than `FRESH_S` are fetched again, waiting at most `WAIT_S`."""
        try:
            config = self._config()
        except LocalAIError:  # commands report wrong settings
            return []
        key = (kind, str(config.store))
        if key not in self._asking and time.monotonic() - self._known.get(key, (-FRESH_S, []))[0] >= FRESH_S:
            thread = threading.Thread(target=self._fetch, args=(key, config), daemon=True)
            thread.start()
            thread.join(WAIT_S)
        return self._known.get(key, (0.0, []))[1]

    def _fetch(self, key: tuple[str, str], config: Config) -> None:
        self._asking.add(key)
        try:
            names = _ask_engine(config, key[0])
            if names is not None:
                self._known[key] = (time.monotonic(), names)
        finally:
            self._asking.discard(key)


def _ask_engine(config: Config, kind: str) -> list[str] | None:
    """Return names from a running engine; None if there is none."""
    try:
        if find(config.store) is None:
            return None
        ai = Client(config)
        if kind == "collections":
            return [info.name for info in ai.collections()]
        if kind == "conversations":
            return [talk.id for talk in ai.conversations()]
        if kind.startswith(_DOCUMENTS):
            known, asked = [info.name for info in ai.collections()], kind.removeprefix(_DOCUMENTS)
            wanted = known if asked == EVERY_COLLECTION and asked not in known else [asked]
            items = [item for name in wanted for item in ai.documents(name, limit=_MOST_DOCUMENTS).items]
            names = dict.fromkeys(os.path.basename(item.path) for item in items)
            return [f'@"{name}"' if re.search(r"\s", name) else f"@{name}" for name in names if '"' not in name]
        models = ai.models()
        if kind == "suggestions":
            return [suggestion.name for suggestion in models.suggestions]
        return [model.name for model in models.models if model.chats and not model.remote]
    except (LocalAIError, OSError):
        return None


def _collections(options: str) -> list[str]:
    """Return the collections that a line names."""
    words = [word[0] for word in _WORD.finditer(options)]
    named = [value for flag, value in itertools.pairwise(words) if flag in ("-c", "--collection")]
    return [name.strip("\"'") for name in named]


def _beginning(part: str, names: Iterable[str]) -> list[str]:
    plain = part.lstrip("\"'")
    return [_quoted(name, part) for name in names if name.startswith(plain)]


def _paths(part: str) -> list[str]:
    """Return completions of a path; folders end with a separator and without a closing quote."""
    typed = part[1:] if part[:1] in ("'", '"') else re.sub(r"\\(.)", r"\1", part) if os.sep == "/" else part
    folder, name = os.path.split(typed)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            found = sorted(
                (entry.name, entry.is_dir())
                for entry in entries
                if entry.name.startswith(name) and (name.startswith(".") or not entry.name.startswith("."))
            )
    except (OSError, ValueError):
        return []
    lead = typed[: len(typed) - len(name)]
    return [
        _quoted(lead + entry + (os.sep if is_folder else ""), part, closed=not is_folder)
        for entry, is_folder in found[:_MOST_PATHS]
    ]


def _quoted(name: str, part: str, closed: bool = True) -> str:
    if part[:1] not in ("'", '"') and not re.search(r"[\s\"'\\]", name):
        return name
    mark = "'" if '"' in name else '"'
    return mark + name + (mark if closed else "")
