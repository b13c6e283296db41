"""The commands and their options, shared by the shell and notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..config import DEFAULT_COLLECTION, EVERY_COLLECTION, HITS
from .parsing import Parser

_ONLY_IN_A_SHELL = ("ask", "demo", "pull-embedder", "shared-check")  # in a notebook, ask is a magic of its own


class Command(NamedTuple):
    """The name and help of a command, and the function that declares its arguments."""

    name: str
    help: str
    declare: Callable[[Parser], None]


def _nothing(parser: Parser) -> None:
    pass


def _collection(parser: Parser) -> None:
    text = f"the collection (default: {DEFAULT_COLLECTION})"
    parser.add_argument("-c", "--collection", default=DEFAULT_COLLECTION, help=text)


def _collections(parser: Parser, default: str) -> None:
    text = f"the collection; may be repeated, and {EVERY_COLLECTION!r} means every one (default: {default})"
    parser.add_argument("-c", "--collection", action="append", metavar="NAME", help=text)


def _files(parser: Parser) -> None:
    text = "only documents whose path or name matches; may be repeated"
    parser.add_argument("--file", action="append", metavar="GLOB", help=text)


def _model(parser: Parser) -> None:
    parser.add_argument(
        "--model",
        default="",
        metavar="NAME",
        help="the chat model (default: the last one used, or at first the largest that fits)",
    )
    parser.add_argument("--extractive", action="store_true", help="answer only with sentences from the documents")


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
        help="skip files and folders that match; may be repeated",
    )
    parser.add_argument("--no-ignore", action="store_true", help="include files that .gitignore excludes")
    parser.add_argument("--ocr", action="store_true", help="then have OCR read scanned pages and pictures (extra: ocr)")
    parser.add_argument("--retry", action="store_true", help="retry failed files even if they have not changed")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")


def _search(parser: Parser) -> None:
    _collections(parser, DEFAULT_COLLECTION)
    parser.add_argument("query", help="what to look for; - in a shell reads it from standard input")
    parser.add_argument("-k", type=int, default=HITS, help=f"number of hits (default: {HITS})")
    _files(parser)


def _ask(parser: Parser) -> None:
    _collections(parser, "that of the conversation, else 'default'")
    parser.add_argument("question", help="the question; in a shell, - reads it from standard input")
    parser.add_argument("-k", type=int, help="number of passages to consider (default: the setting passages)")
    _files(parser)
    _model(parser)
    parser.add_argument("--fresh", action="store_true", help="ask again even if the same question was answered before")
    parser.add_argument("--more", action="store_true", help="continue the last conversation")
    parser.add_argument("--conversation", metavar="ID", help="continue this conversation")


def _summarize(parser: Parser) -> None:
    _collections(parser, "those that have the documents, else 'default'")
    parser.add_argument(
        "document", nargs="*", metavar="PATH", help="a document by its path or name, or a folder (default: everything)"
    )
    _model(parser)


def _eval(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument(
        "questions",
        metavar="QUESTIONS.jsonl",
        help='a file with a question per line, like {"question": "…", "file": "report.pdf", "page": 3, "quote": "…"}',
    )
    parser.add_argument("-k", type=int, default=HITS, help=f"number of hits to evaluate (default: {HITS})")
    parser.add_argument("--file", metavar="GLOB", help="only documents whose path or name matches")
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="compare with another collection, file or embedder; may be repeated",
    )


def _conversations(parser: Parser) -> None:
    actions = ("show", "delete", "rename", "pin", "unpin", "export")
    parser.add_argument("action", nargs="?", choices=actions)
    about = "a conversation's id, or 'last'; with rename its new title follows, with export the file"
    parser.add_argument("ids", nargs="*", metavar="ID", help=about)
    parser.add_argument("--quotes", action="store_true", help="export only the quotes, by document")


def _rename(parser: Parser) -> None:
    parser.add_argument("collection", metavar="COLLECTION")
    parser.add_argument("name", metavar="NAME", help="its new name")


def _feedback(parser: Parser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE.jsonl", help="write the questions into this file")


def _read(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE")


def _documents(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument("--name", default="", metavar="TEXT", help="only documents with this text in their path")
    parser.add_argument("--failed", action="store_true", help="only documents that could not be read")


def _project(parser: Parser) -> None:
    parser.add_argument("action", choices=("init", "index", "lock", "eval", "join"))
    parser.add_argument("roots", nargs="*", metavar="PATH", help="with init: what to index (default: this folder)")
    parser.add_argument("--name", default="", help="with init: the collection's name (default: the folder's)")
    parser.add_argument("--locked", action="store_true", help="with index: stop when the documents are not the lock's")
    parser.add_argument("--check", action="store_true", help="with lock: only show what differs from it")
    _yes_to(parser, "with join: ")


def _export(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument("file", nargs="?", metavar="FILE", help="where to write it (default: NAME.localai)")
    parser.add_argument("--half", action="store_true", help="write vectors with 16 bits a number, in half the room")
    parser.add_argument(
        "--no-text", action="store_true", help="leave out the texts; importing needs the documents then"
    )


def _import(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--as", dest="name", default="", metavar="NAME", help="the collection (default: as exported)")
    parser.add_argument("--root", default="", metavar="FOLDER", help="the folder that has the documents here")
    parser.add_argument("--inspect", action="store_true", help="only check the file and show what it has")


def _share(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument("--as", dest="name", default="", metavar="NAME", help="its name on the server (default: same)")
    parser.add_argument("--open", action="store_true", dest="is_open", help="leave the texts readable on the server")
    parser.add_argument("--key", default="", metavar="FILE", help="the key file of a collection to publish together")
    parser.add_argument(
        "--publisher",
        action="append",
        default=[],
        metavar="NAME=KEY",
        help="let somebody else publish, too; may be repeated",
    )
    parser.add_argument(
        "--take", default="", choices=("theirs", "mine"), help="whose content counts where both have changed a document"
    )
    parser.add_argument("--repair", action="store_true", help="send again what the server has lost")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be sent")
    _yes_to(parser)


def _yes_to(parser: Parser, when: str = "") -> None:
    text = f"{when}agree that something goes to the server at this address"
    parser.add_argument("--yes-to", default="", metavar="ADDRESS", help=text)


def _attach(parser: Parser) -> None:
    parser.add_argument("--key", required=True, metavar="FILE", help="the key file that its publisher gave you")
    parser.add_argument("--as", dest="collection", default="", metavar="NAME", help="its name here (default: same)")
    parser.add_argument(
        "--vectors",
        default="",
        choices=("local", "remote"),
        help="keep the vectors here, or on the server (default: here, up to 200,000 chunks)",
    )
    parser.add_argument("--root", default="", metavar="FOLDER", help="the folder that has the documents here")
    _yes_to(parser)


def _sync(parser: Parser) -> None:
    parser.add_argument("-c", "--collection", metavar="NAME", help="only this one (default: all that are attached)")


def _detach(parser: Parser) -> None:
    parser.add_argument("collection", metavar="COLLECTION")


def _rebuild(parser: Parser) -> None:
    parser.add_argument("-c", "--collection", help="only this collection (default: all)")


def _forget(parser: Parser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file or folder, even one that no longer exists")
    parser.add_argument(
        "--collection", metavar="NAME", help="remove this collection; with a PATH, only the PATH, and only from it"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be removed")


def _watch(parser: Parser) -> None:
    _collection(parser)
    parser.add_argument("--off", action="store_true", help="end that")


def _models(parser: Parser) -> None:
    parser.add_argument(
        "action", nargs="?", choices=("list", "pull"), help="list the models (the default), or download one"
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the model to download")
    parser.add_argument(
        "--try", action="store_true", dest="trial", help="ask every model that fits ten questions, and compare them"
    )


def _pull(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="for example sentence-transformers/all-MiniLM-L12-v2")
    parser.add_argument("--revision", metavar="R", help="a branch, tag or commit (default: the newest)")
    parser.add_argument("--yes", action="store_true", help="download without asking")


def _shared_check(parser: Parser) -> None:
    parser.add_argument("address", nargs="?", metavar="URL", help="of the server (default: the setting shared_host)")


def _engine(parser: Parser) -> None:
    parser.add_argument("action", choices=("start", "stop", "status"))


COMMANDS = {
    command.name: command
    for command in (
        Command("index", "Index folders and files; without a path, refresh everything that is indexed.", _index),
        Command("search", "Find the passages that best match a query.", _search),
        Command("ask", "Answer a question with citations.", _ask),
        Command("summarize", "Give an overview of documents or a collection, with citations.", _summarize),
        Command("eval", "Measure how well questions find the expected passages.", _eval),
        Command(
            "conversations",
            "List the conversations; show, delete, rename, pin or export one (.md, .html, .ipynb, .bib, .json).",
            _conversations,
        ),
        Command("feedback", "Show how many answers you called useful; write them as questions for eval.", _feedback),
        Command("read", "Show the text that is read from a file.", _read),
        Command("status", "Show what is indexed and where it is stored.", _nothing),
        Command("collections", "List the collections.", _nothing),
        Command("rename", "Give a collection another name.", _rename),
        Command("documents", "List the documents of a collection, with the reason of each failure.", _documents),
        Command(
            "project",
            "Begin a project file that a team shares, index or lock what it names, measure retrieval, join its server.",
            _project,
        ),
        Command("export", "Write a collection into one file, for another machine.", _export),
        Command("import", "Make a collection of a file that export wrote.", _import),
        Command("share", "Publish a collection, or its changes, on the team's Chroma server.", _share),
        Command("attach", "Make a collection that follows one on the team's Chroma server.", _attach),
        Command("sync", "Bring attached collections up to date.", _sync),
        Command("detach", "Remove an attached collection from the index; the server keeps its own.", _detach),
        Command(
            "rebuild",
            "Rebuild the vector index with the configured embedding model; this also saves disk space.",
            _rebuild,
        ),
        Command("forget", "Remove documents or a collection from the index without a trace.", _forget),
        Command("watch", "Have a collection follow its folders: changes are indexed within seconds.", _watch),
        Command("compact", "Remove what is left in the index of deleted and changed documents.", _nothing),
        Command("models", "List Ollama's chat models and their requirements, or download one.", _models),
        Command(
            "pull-embedder",
            "Download an embedding model or a reranker from a model hub, after showing its source and size.",
            _pull,
        ),
        Command(
            "doctor",
            "Check privacy, the installation, the index and the chat model, with a remedy for each problem.",
            _nothing,
        ),
        Command(
            "shared-check",
            "Check whether a Chroma server does what shared collections rely on.",
            _shared_check,
        ),
        Command(
            "engine",
            "Start, stop or show the process that serves the index; it also starts and stops automatically.",
            _engine,
        ),
        Command(
            "demo",
            "Index the example documents in a temporary store and ask three questions.",
            _nothing,
        ),
    )
}


def add_commands(parser: Parser, names: Iterable[str]) -> dict[str, Parser]:
    """Add the named commands to `parser` and return their parsers."""
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    added: dict[str, Parser] = {}
    for name in names:
        command = COMMANDS[name]
        added[name] = commands.add_parser(name, help=command.help, description=command.help)
        command.declare(added[name])
    return added


def ask_parser() -> Parser:
    """Return the parser of ``%ask``."""
    parser = Parser(
        prog="%ask", description="Answer a question with citations. %%ask reads the question from the cell's body."
    )
    COMMANDS["ask"].declare(parser)
    parser.add_argument("-o", dest="out", metavar="NAME", help="store the answer in this variable")
    parser.add_argument(
        "--error", action="store_true", help="ask about the last error, or explain it without a question"
    )
    parser.set_defaults(k=None)
    parser.epilog = "{{ expression }} inserts a value from the notebook; %config LocalAI sets defaults."
    return parser


def command_parsers() -> tuple[Parser, dict[str, Parser]]:
    """Return the parser of ``%localai`` and the parsers of its commands."""
    parser = Parser(prog="%localai", description="Ask your own documents. Nothing leaves this machine.")
    added = add_commands(parser, [name for name in COMMANDS if name not in _ONLY_IN_A_SHELL])
    added["index"].set_defaults(collection=None)
    added["search"].set_defaults(collection=None, k=None)
    added["eval"].set_defaults(collection=None)
    added["documents"].set_defaults(collection=None)
    added["export"].set_defaults(collection=None)
    added["share"].set_defaults(collection=None)
    parser.epilog = "%localai help COMMAND shows the options. %ask answers questions."
    return parser, added
