"""The commands and their options, declared once for the shell and for notebooks."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from ..config import DEFAULT_COLLECTION
from ..errors import UsageError, did_you_mean

_ONLY_IN_A_SHELL = ("ask", "demo", "pull-embedder")  # the first has a magic of its own
HITS, PASSAGES = 10, 6
"""How many a search finds and an answer considers, unless told."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are our errors.

    Attributes
    ----------
    flags : dict
        Every option, and whether a value follows it.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.flags: dict[str, bool] = {}
        super().__init__(*arguments, **keywords)

    def add_argument(self, *arguments: Any, **keywords: Any) -> argparse.Action:
        action = super().add_argument(*arguments, **keywords)
        self.flags.update(dict.fromkeys(action.option_strings, action.nargs != 0))
        return action

    def error(self, message: str) -> NoReturn:
        raise UsageError(message[0].upper() + message[1:] + ".", f"See {self.prog} --help.")


class Command(NamedTuple):
    """A command: what it is called, what it does, and what declares its arguments."""

    name: str
    help: str
    declare: Callable[[Parser], None]


def _nothing(parser: Parser) -> None:
    pass


def _collection(parser: Parser) -> None:
    told = f"the collection (default: {DEFAULT_COLLECTION})"
    parser.add_argument("-c", "--collection", default=DEFAULT_COLLECTION, help=told)


def _index(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument(
        "--include", action="append", default=[], metavar="GLOB", help="only files that match; may be repeated"
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave out files and folders that match; may be repeated",
    )
    parser.add_argument("--no-ignore", action="store_true", help="read what .gitignore files hide, too")
    parser.add_argument("--retry", action="store_true", help="try files again that failed and have not changed")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would happen")


def _search(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument("query", help="what to look for; - in a shell reads it from standard input")
    parser.add_argument("-k", type=int, default=HITS, help=f"number of hits (default: {HITS})")
    parser.add_argument("--file", metavar="GLOB", help="only documents whose path or name matches")


def _ask(parser: Parser) -> None:
    parser.add_argument("-c", "--collection", help="the collection (default: the conversation's, else default)")
    parser.add_argument("question", help="- in a shell reads it from standard input")
    parser.add_argument("-k", type=int, default=PASSAGES, help=f"number of passages to consider (default: {PASSAGES})")
    parser.add_argument("--file", metavar="GLOB", help="only documents whose path or name matches")
    parser.add_argument(
        "--model",
        default="",
        metavar="NAME",
        help="the chat model (default: the one last used, at first the largest that fits)",
    )
    parser.add_argument("--extractive", action="store_true", help="answer with sentences of the documents only")
    parser.add_argument("--more", action="store_true", help="go on with the last conversation")
    parser.add_argument("--conversation", metavar="ID", help="go on with this conversation")


def _eval(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument(
        "questions",
        metavar="QUESTIONS.jsonl",
        help='a line per question, such as {"question": "…", "file": "report.pdf", "page": 3, "quote": "…"}',
    )
    parser.add_argument("-k", type=int, default=HITS, help=f"number of hits to look at (default: {HITS})")
    parser.add_argument("--file", metavar="GLOB", help="only documents whose path or name matches")
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="ask again with another collection, file or embedder; may be repeated",
    )


def _conversations(parser: Parser) -> None:
    parser.add_argument("action", nargs="?", choices=("show", "delete"))
    parser.add_argument("ids", nargs="*", metavar="ID", help="of the conversation, or 'last'")


def _read(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE")


def _documents(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument("--name", default="", metavar="TEXT", help="only those with this in their path")
    parser.add_argument("--failed", action="store_true", help="only those that could not be read")


def _rebuild(parser: Parser) -> None:
    parser.add_argument("-c", "--collection", help="only this collection (default: all)")


def _forget(parser: Parser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file or folder; it need not exist any more")
    parser.add_argument("--collection", metavar="NAME", help="remove this collection")


def _models(parser: Parser) -> None:
    parser.add_argument("action", nargs="?", choices=("pull",), help="download a model")
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the model to download")


def _pull(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="for example sentence-transformers/all-MiniLM-L12-v2")
    parser.add_argument("--revision", metavar="R", help="a branch, tag or commit (default: the newest)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _engine(parser: Parser) -> None:
    parser.add_argument("action", choices=("start", "stop", "status"))


COMMANDS = {
    command.name: command
    for command in (
        Command("index", "Index folders and files, or refresh all that are known when none is named.", _index),
        Command("search", "Find the passages that best match a query.", _search),
        Command("ask", "Answer a question with citations.", _ask),
        Command("eval", "Measure how well questions find what they should.", _eval),
        Command("conversations", "List the conversations, show one as Markdown, or delete some.", _conversations),
        Command("read", "Show what a reader sees in one file.", _read),
        Command("status", "Show what is indexed and where it is kept.", _nothing),
        Command("collections", "List the collections.", _nothing),
        Command("documents", "List the documents of a collection, and why some failed.", _documents),
        Command(
            "rebuild",
            "Build the vector index anew, with the configured embedding model; also saves disk space.",
            _rebuild,
        ),
        Command("forget", "Remove documents or a collection, leaving no trace of them in the index.", _forget),
        Command(
            "models", "List the chat models that Ollama has and what each needs, or have Ollama download one.", _models
        ),
        Command(
            "pull-embedder",
            "Download an embedding model from a model hub, after saying from where and how much.",
            _pull,
        ),
        Command(
            "doctor",
            "Check the installation, the index and the way to the chat model; tell what would help.",
            _nothing,
        ),
        Command(
            "engine",
            "Start, stop or look at the process that serves the index; it also starts and ends by itself.",
            _engine,
        ),
        Command(
            "demo",
            "Index the documents that come with this package and ask three questions, in a throw-away store.",
            _nothing,
        ),
    )
}


def add_commands(parser: Parser, names: Iterable[str]) -> dict[str, Parser]:
    """Give `parser` the named commands, each with a parser of its own, and return these."""
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    added: dict[str, Parser] = {}
    for name in names:
        command = COMMANDS[name]
        added[name] = commands.add_parser(name, help=command.help, description=command.help)
        command.declare(added[name])
    return added


def parse(parser: Parser, commands: Mapping[str, Parser], words: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command that `words` are.

    Raises
    ------
    UsageError
        With the closest command or option for one that does not exist.
    SystemExit
        After help was asked for and printed.
    """
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None and first not in commands and not set(words[: words.index(first)]) & set(parser.flags):
        raise UsageError(
            f"There is no command {first!r}.{did_you_mean(first, commands)}", f"Commands are: {', '.join(commands)}."
        )
    options, left = parser.parse_known_args(words)
    if left:
        asked = commands[options.command]
        if not left[0].startswith("-"):
            raise UsageError(
                f"{left[0]!r} is more than {options.command} takes.",
                f"Put several words that belong together in quotes. See {asked.prog} --help.",
            )
        raise unknown_option(left[0], asked)
    return options


def unknown_option(word: str, parser: Parser) -> UsageError:
    """Return the error for an option that does not exist, with the closest one as a suggestion."""
    option = word.partition("=")[0]
    return UsageError(
        f"There is no option {option!r}.{did_you_mean(option, parser.flags)}", f"See {parser.prog} --help."
    )


def ask_parser() -> Parser:
    """Return the parser of ``%ask``."""
    parser = Parser(prog="%ask", description="Answer a question with citations. %%ask takes it from the cell's body.")
    COMMANDS["ask"].declare(parser)
    parser.add_argument("-o", dest="out", metavar="NAME", help="a variable for the answer")
    parser.add_argument("--error", action="store_true", help="ask about the last error; without a question, explain it")
    parser.set_defaults(k=None)
    parser.epilog = "{{ expression }} takes a value from the notebook; %config LocalAI sets defaults."
    return parser


def command_parsers() -> tuple[Parser, dict[str, Parser]]:
    """Return the parser of ``%localai`` and those of its commands."""
    parser = Parser(prog="%localai", description="Ask your own documents. Nothing leaves this machine.")
    added = add_commands(parser, [name for name in COMMANDS if name not in _ONLY_IN_A_SHELL])
    added["index"].set_defaults(collection=None)
    added["search"].set_defaults(collection=None, k=None)
    added["eval"].set_defaults(collection=None)
    added["documents"].set_defaults(collection=None)
    parser.epilog = "%localai help COMMAND tells the options. %ask answers questions."
    return parser, added
