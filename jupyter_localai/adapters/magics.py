"""``%localai``, ``%ask`` and ``%%ask`` in a notebook or an IPython terminal, and ``%config LocalAI``."""

from __future__ import annotations

import argparse
import contextlib
import keyword
from collections.abc import Iterator, Mapping
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, needs_local_scope, no_var_expand
from traitlets import Bool, Int, TraitError, Unicode, validate

from ..config import DEFAULT_COLLECTION, Config, resolve
from ..errors import UsageError
from ..schema import Answer, Document, Progress
from ..service import client
from . import commands, interpolate, lines, question_marks, terminal
from .arguments import COMMANDS, HITS, PASSAGES, Parser, add_commands, parse
from .calm import KEPT, STOPPED, calm
from .cell import Display, is_cell, is_watched
from .complete import Completer
from .progress import ProgressLine
from .progress_cell import ProgressCell
from .render import text
from .streaming import AnswerCell

_ELSEWHERE = ("ask", "demo", "pull-embedder")  # a magic of its own, or better done in a shell


@magics_class
class LocalAI(Magics):
    """Private document search and cited answers; each option of `%config LocalAI` that is set counts for all cells."""

    store = Unicode("", help="Folder of the index; empty takes the setting `store`.").tag(config=True)
    collection = Unicode("", help="Collection of index, search and ask where none is given with -c.").tag(config=True)
    k = Int(None, allow_none=True, help="Number of hits and passages where none is given with -k.").tag(config=True)
    model = Unicode("", help="Chat model; empty takes the setting `model`.").tag(config=True)
    extractive = Bool(False, help="Whether to answer with sentences of the documents only.").tag(config=True)
    quotes = Bool(
        None, allow_none=True, help="Whether outputs show text of documents; None takes the setting `quotes`."
    ).tag(config=True)

    def __init__(self, shell: Any, **keywords: Any) -> None:
        super().__init__(shell, **keywords)
        self._shell = shell
        self._client: client.Client | None = None
        self._report: commands.Report | None = None
        self._ask_parser = _ask_parser()
        self._parser, self._commands = _command_parsers()
        self._completer = Completer(self._commands, self._ask_parser, self._config)

    @validate("k")
    def _check_k(self, proposal: Mapping[str, Any]) -> Any:
        if proposal["value"] is not None and not 1 <= proposal["value"] <= 1000:
            raise TraitError(f"k must lie between 1 and 1000; {proposal['value']} was given.")
        return proposal["value"]

    @context_matcher(identifier="LocalAI")  # type: ignore[untyped-decorator]
    def matcher(self, context: CompletionContext) -> dict[str, Any]:
        """Complete a line of these magics, in the place of everything else that would."""
        line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
        part, found = self._completer(line, self._shell.automagic)
        completions = [SimpleCompletion(text, type="localai") for text in found]
        return {"completions": completions, "matched_fragment": part, "suppress": bool(found), "ordered": True}

    @no_var_expand
    @needs_local_scope
    @line_magic
    def localai(self, line: str, local_ns: Mapping[str, Any] | None = None) -> Any:
        """Index folders, search them, and look after the index: `%localai help` lists the commands."""
        with calm():
            first, _, rest = line.strip().partition(" ")
            if first in ("", "help", "-h", "--help"):
                topic = self._commands.get(rest.strip(), self._ask_parser if rest.strip() == "ask" else self._parser)
                topic.print_help()
                return None
            if first == "ask":
                return self._ask(rest, None, local_ns)
            marked, expressions = interpolate.mark(rest)
            if first == "search":
                asked, query = lines.split_question(marked, self._commands["search"])
                words = [*asked, "--", query]
            else:
                words = lines.split_command(marked)
            worth = interpolate.values(expressions, self._namespace(local_ns))
            with contextlib.suppress(SystemExit):  # help was asked for
                words = [first, *(interpolate.fill(word, worth) for word in words)]
                return self._run(parse(self._parser, self._commands, words))
            return None

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def ask(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> None:
        """Answer a question with citations."""
        with calm():
            self._ask(line, cell, local_ns)

    def _ask(self, line: str, cell: str | None, local_ns: Mapping[str, Any] | None) -> None:
        marked, expressions = interpolate.mark(line)
        body, more = interpolate.mark(cell or "")
        words, question = lines.split_question(marked, self._ask_parser)
        namespace = self._namespace(local_ns)
        worth = interpolate.values(expressions, namespace)
        words = [interpolate.fill(word, worth) for word in words]
        parts = [interpolate.fill(question, worth)]
        parts.append(interpolate.fill(body, interpolate.values(more, namespace)))
        question = "\n".join(part for part in parts if part.strip())
        try:
            options = self._ask_parser.parse_args([*words, "--", question])
        except SystemExit:  # help was asked for
            return
        if not question.strip():
            raise UsageError("There is no question.", "Write it behind %ask, or in the lines below %%ask.")
        if options.out is not None and (not options.out.isidentifier() or keyword.iskeyword(options.out)):
            raise UsageError(f"{options.out!r} is no name of a variable.", "Use letters, digits and underscores.")
        if not (options.collection or options.more or options.conversation):
            options.collection = self.collection or None
        options.k = self.k or PASSAGES if options.k is None else options.k
        options.extractive = options.extractive or self.extractive
        answer = self._answer(options)
        if options.out is not None:
            self._shell.push({options.out: answer})

    def _answer(self, options: argparse.Namespace) -> Answer:
        if not is_cell(self._shell):
            with ProgressLine() as line, self._reporting(line):
                answer, written = terminal.follow(commands.ask(options, self._ai()), line, watched=True)
            print(text.answer_text(answer, written=written))
            return answer
        view = AnswerCell(Display(is_watched(self._shell)), options.model or self._config().model)
        with self._reporting(view.progress):
            return view.follow(commands.ask(options, self._ai()))

    def _run(self, options: argparse.Namespace) -> Any:
        if options.command == "read":
            return client.read(options.file)
        if options.command == "engine":
            return self._engine(options.action)
        commands.check(options)
        if options.command in ("index", "search"):
            options.collection = options.collection or self.collection or DEFAULT_COLLECTION
        if options.command == "search":
            options.k = self.k or HITS if options.k is None else options.k
        goes_on = options.command in ("index", "rebuild", "forget", "models")
        with calm(KEPT if goes_on else STOPPED), self._progress() as report, self._reporting(report):
            return commands.run(options, self._ai(), report)

    def _engine(self, action: str) -> Any:
        store = self._config().store
        if action == "start":
            with self._progress() as report:
                client.connect(store, progress=report).close()
        return _Engine({"stopped": client.stop_engine(store)} if action == "stop" else client.engine_status(store))

    def _progress(self) -> ProgressLine | ProgressCell:
        return ProgressCell(Display(is_watched(self._shell))) if is_cell(self._shell) else ProgressLine()

    @contextlib.contextmanager
    def _reporting(self, report: commands.Report) -> Iterator[None]:
        """Have `report` told what the client does by itself meanwhile."""
        self._report = report
        try:
            yield
        finally:
            self._report = None

    def _config(self) -> Config:
        return resolve({"store": self.store or None, "model": self.model or None, "quotes": self.quotes})

    def _ai(self) -> client.Client:
        config = self._config()
        if self._client is None or self._client.config != config:
            self._client = client.Client(config, self._tell)
        return self._client

    def _tell(self, progress: Progress) -> None:
        if self._report is not None:
            self._report(progress)

    def _namespace(self, local_ns: Mapping[str, Any] | None) -> dict[str, Any]:
        return {**self._shell.user_ns, **(local_ns or {})}


class _Engine(dict[str, Any]):
    """What is known of an engine, shown in words."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text.engine_text(self))


def _ask_parser() -> Parser:
    parser = Parser(prog="%ask", description="Answer a question with citations. %%ask takes it from the cell's body.")
    COMMANDS["ask"].declare(parser)
    parser.add_argument("-o", dest="out", metavar="NAME", help="a variable for the answer")
    parser.set_defaults(k=None)
    parser.epilog = "{{ expression }} takes a value from the notebook; %config LocalAI sets defaults."
    return parser


def _command_parsers() -> tuple[Parser, dict[str, Parser]]:
    parser = Parser(prog="%localai", description="Ask your own documents. Nothing leaves this machine.")
    added = add_commands(parser, [name for name in COMMANDS if name not in _ELSEWHERE])
    added["index"].set_defaults(collection=None)
    added["search"].set_defaults(collection=None, k=None)
    parser.epilog = "%localai help COMMAND tells the options. %ask answers questions."
    return parser, added


def _show_document(document: Document, printer: Any, cycle: bool) -> None:
    printer.text("\n".join([*(f"Note: {warning}" for warning in document.warnings), text.document_text(document)]))


def load(shell: Any) -> None:
    """Register the magics, their completion, and how a document is shown."""
    magics = LocalAI(shell)
    shell.register_magics(magics)
    shell.Completer.custom_matchers.append(magics.matcher)
    question_marks.allow(shell)
    shell.display_formatter.formatters["text/plain"].for_type(Document, _show_document)


def unload(shell: Any) -> None:
    """Take back what `load` did."""
    manager = shell.magics_manager
    magics = manager.registry.pop("LocalAI", None)
    for kind, names in (("line", ("localai", "ask")), ("cell", ("ask",))):
        for name in names:
            manager.magics[kind].pop(name, None)
    shell.configurables[:] = [each for each in shell.configurables if each is not magics]
    shell.Completer.custom_matchers[:] = [each for each in shell.Completer.custom_matchers if each != magics.matcher]
    question_marks.disallow(shell)
    shell.display_formatter.formatters["text/plain"].pop(Document, None)


LocalAI.ask.__doc__ = _ask_parser().format_help()
LocalAI.localai.__doc__ = _command_parsers()[0].format_help()
