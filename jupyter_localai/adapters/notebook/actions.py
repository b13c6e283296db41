"""The commands behind ``%localai`` and ``%ask``, imported on first use to keep loading the magics fast."""

from __future__ import annotations

import argparse
import contextlib
import keyword
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ...config import DEFAULT_COLLECTION, HITS, Config, resolve
from ...errors import LocalAIError, UsageError
from ...render import text
from ...results.answers import Answer
from ...results.reports import Progress
from ...service.client import sync_client
from .. import commands
from ..arguments import ask_parser, command_parsers
from ..parsing import parse
from ..terminal import answering
from ..terminal.progress import ProgressLine
from . import interpolate, lines
from .cell import Display, is_cell, is_watched
from .complete import Completer
from .last_error import last_error
from .progress_cell import ProgressCell
from .quiet import KEPT, STOPPED, short_errors
from .streaming import AnswerCell

_RESUMABLE = ("index", "summarize", "rebuild", "forget", "compact", "models")


class Defaults(Protocol):
    """Defaults for options that a line omits; an empty value or None refers to the settings."""

    store: str
    collection: str
    k: int | None
    model: str
    extractive: bool
    quotes: bool | None


class Notebook:
    """The magics of one shell.

    Parameters
    ----------
    shell : InteractiveShell
    defaults : Defaults
    """

    def __init__(self, shell: Any, defaults: Defaults) -> None:
        self._shell = shell
        self._defaults = defaults
        self._client: sync_client.Client | None = None
        self._report: commands.Report | None = None
        self._ask_parser = ask_parser()
        self._parser, self._commands = command_parsers()
        self.completer = Completer(
            self._commands, self._ask_parser, self._config, lambda: defaults.collection or DEFAULT_COLLECTION
        )

    def localai(self, line: str, local_ns: Mapping[str, Any] | None) -> Any:
        """Run one command and return its result.

        Raises
        ------
        LocalAIError
        """
        with short_errors():
            first, rest = (*line.split(maxsplit=1), "", "")[:2]
            if first in ("", "help", "-h", "--help"):
                topic = self._commands.get(rest.strip(), self._ask_parser if rest.strip() == "ask" else self._parser)
                if topic is self._parser and is_cell(self._shell):
                    self._list_commands()
                else:
                    topic.print_help()
                return None
            if first == "ask":
                return self._ask(rest, None, local_ns)
            marked, expressions = interpolate.mark(rest)
            if first == "search":
                options, query = lines.split_question(marked, self._commands["search"])
                words = [*options, "--", query]
            else:
                words = lines.split_command(marked)
            values = interpolate.values(expressions, self._namespace(local_ns))
            with contextlib.suppress(SystemExit):  # --help
                words = [first, *(interpolate.fill(word, values) for word in words)]
                return self._run(parse(self._parser, self._commands, words))
            return None

    def _list_commands(self) -> None:
        """Show the commands as a table, which no narrow cell breaks within a word."""
        from ...render import html

        says = {f"%localai {name}": command.description or "" for name, command in self._commands.items()}
        shown = html.helped(self._parser.description or "", says, self._parser.epilog or "")
        Display(watched=False).show({"text/plain": self._parser.format_help(), "text/html": shown})

    def ask(self, line: str, cell: str | None, local_ns: Mapping[str, Any] | None) -> None:
        """Answer the question in a line and a cell's body.

        Raises
        ------
        LocalAIError
        """
        with short_errors():
            self._ask(line, cell, local_ns)

    def _ask(self, line: str, cell: str | None, local_ns: Mapping[str, Any] | None) -> None:
        marked, expressions = interpolate.mark(line)
        body, more = interpolate.mark(cell or "")
        words, question = lines.split_question(marked, self._ask_parser)
        namespace = self._namespace(local_ns)
        values = interpolate.values(expressions, namespace)
        words = [interpolate.fill(word, values) for word in words]
        parts = [interpolate.fill(question, values)]
        parts.append(interpolate.fill(body, interpolate.values(more, namespace)))
        question = "\n".join(part for part in parts if part.strip())
        try:
            options = self._ask_parser.parse_args([*words, "--", question])
        except SystemExit:  # --help
            return
        context = ""
        if options.error:
            explain, context = last_error(self._shell)
            options.question = question if question.strip() else explain
        elif not question.strip():
            raise UsageError("There is no question.", "Write it after %ask, or below %%ask.")
        if options.out is not None and (not options.out.isidentifier() or keyword.iskeyword(options.out)):
            raise UsageError(f"{options.out!r} is not a variable name.", "Use letters, digits and underscores.")
        if not (options.collection or options.more or options.conversation):
            options.collection = self._defaults.collection or None
        options.k = self._defaults.k if options.k is None else options.k
        options.extractive = options.extractive or self._defaults.extractive
        answer = self._answer(options, context)
        if options.out is not None:
            self._shell.push({options.out: answer})

    def _answer(self, options: argparse.Namespace, context: str) -> Answer:
        if not is_cell(self._shell):
            with ProgressLine() as line, self._reporting(line):
                try:
                    answer, written = answering.follow(commands.ask(options, self._ai(), context), line, watched=True)
                except (KeyboardInterrupt, LocalAIError):
                    print()  # ends the streamed line
                    raise
            print(text.answer_text(answer, written=written))
            return answer
        view = AnswerCell(Display(is_watched(self._shell)), options.model or self._config().model)
        with self._reporting(view.take):
            return view.follow(commands.ask(options, self._ai(), context))

    def _run(self, options: argparse.Namespace) -> Any:
        if options.command == "read":
            return sync_client.read(options.file)
        if options.command == "engine":
            return self._engine(options.action)
        if options.command == "doctor":
            from ...doctor.checks import doctor

            with self._progress() as report:
                return doctor(self._config().store, progress=report)
        commands.check(options)
        is_resumable = options.command in _RESUMABLE and not getattr(options, "trial", False)
        if options.command in ("index", "search", "eval", "documents", "export", "share"):
            options.collection = options.collection or self._defaults.collection or DEFAULT_COLLECTION
        if options.command == "summarize":
            if not (options.collection or options.document):
                options.collection = self._defaults.collection or None
            options.extractive = options.extractive or self._defaults.extractive
        if options.command == "search":
            options.k = self._defaults.k or HITS if options.k is None else options.k
        with (
            short_errors(KEPT if is_resumable else STOPPED),
            self._progress() as report,
            self._reporting(report),
        ):
            return commands.run(options, self._ai(), report)

    def _engine(self, action: str) -> Any:
        store = self._config().store
        if action == "start":
            with self._progress() as report:
                sync_client.connect(store, progress=report).close()
        return _Engine(
            {"stopped": sync_client.stop_engine(store)} if action == "stop" else sync_client.engine_status(store)
        )

    def _progress(self) -> ProgressLine | ProgressCell:
        return ProgressCell(Display(is_watched(self._shell))) if is_cell(self._shell) else ProgressLine()

    @contextlib.contextmanager
    def _reporting(self, report: commands.Report) -> Iterator[None]:
        """Pass the client's own progress to `report` meanwhile."""
        self._report = report
        try:
            yield
        finally:
            self._report = None

    def _config(self) -> Config:
        given = self._defaults
        quotes = given.quotes
        if quotes is None and not is_cell(self._shell):
            quotes = True  # a terminal does not save its output
        return resolve({"store": given.store or None, "model": given.model or None, "quotes": quotes})

    def _ai(self) -> sync_client.Client:
        config = self._config()
        if self._client is None or self._client.config != config:
            self._client = sync_client.Client(config, self._forward)
        return self._client

    def _forward(self, progress: Progress) -> None:
        if self._report is not None:
            self._report(progress)

    def _namespace(self, local_ns: Mapping[str, Any] | None) -> dict[str, Any]:
        return {**self._shell.user_ns, **(local_ns or {})}


class _Engine(dict[str, Any]):
    """The state of an engine, displayed as text."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text.engine_text(self))
