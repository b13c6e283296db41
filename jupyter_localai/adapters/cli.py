"""The command ``jupyter-localai`` (also ``jupyter localai``).

Standard output carries the result and nothing else; progress and warnings go to standard
error. Exit status: 0 done, 1 failed in part or whole, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import errno
import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .. import privacy
from ..config import DEFAULT_COLLECTION
from ..errors import LocalAIError, UsageError, did_you_mean
from ..schema import Answer, Conversation, Passages, Progress, Thinking, Token, printable, to_json
from ..service import client
from .progress import ProgressLine
from .render import measures, text
from .wrap import WrappedWriter

COMMANDS = (
    "index",
    "search",
    "ask",
    "eval",
    "conversations",
    "read",
    "status",
    "collections",
    "rebuild",
    "forget",
    "models",
    "pull-embedder",
    "doctor",
    "engine",
    "demo",
)


_UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EBADF)  # what a write to standard output fails with


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are our errors."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message[0].upper() + message[1:] + ".", f"See {self.prog} --help.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in arguments
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        options = _parse(arguments)
        if options.command != "pull-embedder":  # which is there to reach another machine, and asks before it does
            privacy.refuse_network()
        return _run(options)
    except LocalAIError as error:
        if as_json:
            _print_json(error.to_dict())
        else:
            print(f"Error: {printable(error.message)}", file=sys.stderr)
            if error.remedy:
                print(f"  {printable(error.remedy)}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        kept = " What is done so far is kept; run the same command to go on." if _goes_on(arguments) else ""
        print(f"\nStopped.{kept}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; say nothing more
        return 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        print(f"Error: The output could not be written ({error.strerror}).", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left of it is not tried again at the end
        return 1


def _goes_on(arguments: list[str]) -> bool:
    return bool({"index", "rebuild", "forget", "models", "pull-embedder"} & set(arguments[:1]))


def _parse(arguments: list[str]) -> argparse.Namespace:
    first = next((a for a in arguments if not a.startswith("-")), None)
    if (
        first is not None
        and first not in COMMANDS
        and not {"-h", "--help", "--version"} & set(arguments[: arguments.index(first)])
    ):
        raise UsageError(
            f"There is no command {first!r}.{did_you_mean(first, COMMANDS)}", f"Commands are: {', '.join(COMMANDS)}."
        )
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="jupyter localai", description="Ask your own documents. Nothing leaves this machine.")
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, help_text: str, collection: bool = False) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_text, description=help_text)
        if collection:
            command.add_argument(
                "-c", "--collection", default=DEFAULT_COLLECTION, help="the collection (default: %(default)s)"
            )
        if name != "demo":
            command.add_argument("--json", action="store_true", help="print one line of JSON on standard output")
        return command

    index = add("index", "Index folders and files, or refresh all that are known when none is named.", collection=True)
    index.add_argument("paths", nargs="*", metavar="PATH")
    index.add_argument(
        "--include", action="append", default=[], metavar="GLOB", help="only files that match; may be repeated"
    )
    index.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave out files and folders that match; may be repeated",
    )
    index.add_argument("--no-ignore", action="store_true", help="read what .gitignore files hide, too")
    index.add_argument("--retry", action="store_true", help="try files again that failed and have not changed")
    index.add_argument("--dry-run", action="store_true", help="only tell what would happen")

    search = add("search", "Find the passages that best match a query.", collection=True)
    search.add_argument("query")
    search.add_argument("-k", type=int, default=10, help="number of hits (default: %(default)s)")
    search.add_argument("--file", metavar="GLOB", help="only documents whose path or name matches")

    ask = add("ask", "Answer a question with citations.")
    ask.add_argument("-c", "--collection", help="the collection (default: the conversation's, else default)")
    ask.add_argument("question")
    ask.add_argument("-k", type=int, default=6, help="number of passages to consider (default: %(default)s)")
    ask.add_argument("--file", metavar="GLOB", help="only documents whose path or name matches")
    ask.add_argument(
        "--model",
        default="",
        metavar="NAME",
        help="the chat model (default: the one last used, at first the largest that fits)",
    )
    ask.add_argument("--extractive", action="store_true", help="answer with sentences of the documents only")

    ask.add_argument("--more", action="store_true", help="go on with the last conversation")
    ask.add_argument("--conversation", metavar="ID", help="go on with this conversation")

    evaluate = add("eval", "Measure how well questions find what they should.", collection=True)
    evaluate.add_argument(
        "questions",
        metavar="QUESTIONS.jsonl",
        help='a line per question, such as {"question": "…", "file": "report.pdf", "page": 3, "quote": "…"}',
    )
    evaluate.add_argument("-k", type=int, default=10, help="number of hits to look at (default: %(default)s)")
    evaluate.add_argument("--file", metavar="GLOB", help="only documents whose path or name matches")
    evaluate.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="ask again with another collection, file or embedder; may be repeated",
    )

    talks = add("conversations", "List the conversations, show one as Markdown, or delete some.")
    talks.add_argument("action", nargs="?", choices=("show", "delete"))
    talks.add_argument("ids", nargs="*", metavar="ID", help="of the conversation, or 'last'")

    read = add("read", "Show what a reader sees in one file.")
    read.add_argument("file")

    add("status", "Show what is indexed and where it is kept.")
    add("collections", "List the collections.")
    rebuild = add("rebuild", "Build the vector index anew, with the configured embedding model; also saves disk space.")
    rebuild.add_argument("-c", "--collection", help="only this collection (default: all)")
    forget = add("forget", "Remove documents or a collection, leaving no trace of them in the index.")
    forget.add_argument("paths", nargs="*", metavar="PATH", help="a file or folder; it need not exist any more")
    forget.add_argument("--collection", metavar="NAME", help="remove this collection")
    models = add("models", "List the chat models that Ollama has and what each needs, or have Ollama download one.")
    models.add_argument("action", nargs="?", choices=("pull",), help="download a model")
    models.add_argument("name", nargs="?", metavar="NAME", help="of the model to download")
    pull = add("pull-embedder", "Download an embedding model from a model hub, after saying from where and how much.")
    pull.add_argument("name", metavar="NAME", help="for example sentence-transformers/all-MiniLM-L12-v2")
    pull.add_argument("--revision", metavar="R", help="a branch, tag or commit (default: the newest)")
    pull.add_argument("--yes", action="store_true", help="do not ask")
    add("doctor", "Check the installation, the index and the way to the chat model; tell what would help.")
    engine = add(
        "engine", "Start, stop or look at the process that serves the index; it also starts and ends by itself."
    )
    engine.add_argument("action", choices=("start", "stop", "status"))
    add("demo", "Index the documents that come with this package and ask three questions, in a throw-away store.")
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.command == "demo":
        from . import demo

        return demo.run()
    if options.command == "read":
        document = client.read(options.file)
        for warning in document.warnings if not options.json else ():
            print(f"Note: {warning}", file=sys.stderr)
        _show(options, document, text.document_text)
        return 0
    if options.command == "pull-embedder":
        from . import pull

        _show(options, pull.run(options), pull.as_text)
        return 0
    if options.command == "doctor":
        from ..doctor import doctor

        with ProgressLine() as line:
            diagnosis = doctor(progress=line)
        _show(options, diagnosis, text.diagnosis_text)
        return 0 if diagnosis.ok else 1
    if options.command == "engine":
        return _engine(options)
    if options.command == "models" and options.action and not options.name:
        raise UsageError("Which model?", "Name one: jupyter localai models pull NAME.")
    # a terminal is no notebook: what it shows is not saved
    with ProgressLine() as line, client.connect(progress=line, quotes=True) as ai:
        result, as_text = _RESULTS[options.command](options, ai, line)
    _show(options, result, as_text)
    return 1 if getattr(result, "failed", ()) and options.command != "status" else 0


def _engine(options: argparse.Namespace) -> int:
    if options.action == "start":
        with ProgressLine() as line:
            client.connect(progress=line).close()
    if options.action == "stop":
        _show(options, {"stopped": client.stop_engine()}, text.engine_text)
    else:
        _show(options, client.engine_status(), text.engine_text)
    return 0


def _models(options: argparse.Namespace, ai: client.Client, line: ProgressLine) -> tuple[Any, Any]:
    if options.action == "pull":
        _pull(options.name, ai, line)
    return ai.models(), text.models_text


def _pull(name: str, ai: client.Client, line: ProgressLine) -> None:
    told = f"Ollama will now download {printable(name)} from its library; your documents are not involved."
    print(told, file=sys.stderr)
    size = 0

    def report(progress: Progress) -> None:
        nonlocal size
        if progress.total_bytes and not size:
            size = progress.total_bytes
            print(f"It has {size / 1e9:,.1f} GB. Ctrl-C stops, and a later pull goes on.", file=sys.stderr)
        line(progress)

    ai.pull(name, progress=report)


def _index(options: argparse.Namespace, ai: client.Client, line: ProgressLine) -> tuple[Any, Any]:
    report = ai.index(
        options.paths,
        options.collection,
        include=options.include,
        exclude=options.exclude,
        ignore=not options.no_ignore,
        dry_run=options.dry_run,
        retry=options.retry,
        progress=line,
    )
    return report, text.report_text


def _ask(options: argparse.Namespace, ai: client.Client, line: ProgressLine) -> tuple[Any, Any]:
    events = ai.stream(
        options.question,
        options.collection,
        k=options.k,
        file=options.file,
        model=options.model,
        extractive=options.extractive,
        conversation=options.conversation or ("last" if options.more else None),
    )
    watched = sys.stdout.isatty() and not options.json
    writer = WrappedWriter(sys.stdout.write, min(text.WIDTH, shutil.get_terminal_size().columns))
    for event in events:
        if isinstance(event, (Progress, Thinking)):
            line(event if isinstance(event, Progress) else Progress("think"))
        elif isinstance(event, Passages) and event.query and watched:
            print(f"Understood as: {printable(event.query)}\n")
        elif isinstance(event, Token) and watched:
            line.hide()
            writer.add(printable(event.text))
            sys.stdout.flush()
        elif isinstance(event, Answer):
            writer.end()
            return event, functools.partial(text.answer_text, written=watched and event.mode == "llm")
    raise AssertionError("the events of an answer end with it")


def _conversations(options: argparse.Namespace, ai: client.Client, line: ProgressLine) -> tuple[Any, Any]:
    if options.action == "show":
        if len(options.ids) != 1:
            raise UsageError("Which conversation?", "Name one: jupyter localai conversations show ID.")
        return ai.conversation(options.ids[0]), Conversation.to_markdown
    if options.action == "delete":
        if not options.ids:
            raise UsageError("Which conversations?", "Name them: jupyter localai conversations delete ID.")
        ai.delete_conversations(options.ids)
    return ai.conversations(), text.conversations_text


def _eval(options: argparse.Namespace, ai: client.Client, line: ProgressLine) -> tuple[Any, Any]:
    changes = dict(change.split("=", 1) for change in options.compare if "=" in change)
    if len(changes) < len(options.compare):
        raise UsageError("Each --compare takes one KEY=VALUE.", "For example: --compare collection=NAME.")
    evaluation = ai.evaluate(
        options.questions,
        options.collection,
        k=options.k,
        file=options.file,
        compare=changes or None,
        progress=line,
    )
    return evaluation, measures.evaluation_text


def _search(options: argparse.Namespace, ai: client.Client, line: ProgressLine) -> tuple[Any, Any]:
    return ai.search(options.query, options.k, options.collection, options.file), text.hits_text


_RESULTS: dict[str, Callable[[argparse.Namespace, client.Client, ProgressLine], tuple[Any, Any]]] = {
    "index": _index,
    "search": _search,
    "ask": _ask,
    "eval": _eval,
    "conversations": _conversations,
    "status": lambda options, ai, line: (ai.status(), text.status_text),
    "collections": lambda options, ai, line: (ai.collections(), text.collections_text),
    "models": _models,
    "rebuild": lambda options, ai, line: (ai.rebuild(options.collection, progress=line), text.rebuild_text),
    "forget": lambda options, ai, line: (
        ai.forget(options.paths, collection=options.collection, progress=line),
        text.forget_text,
    ),
}


def _show(options: argparse.Namespace, result: Any, as_text: Any) -> None:
    if options.json:
        _print_json(to_json(result))
    else:
        print(as_text(result))
    sys.stdout.flush()  # a disk that is full is told here


def _print_json(value: Any) -> None:
    # surrogates cannot be encoded, and a file name may hold one
    line = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    print(line)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("jupyter-localai")
    except PackageNotFoundError:
        return "unknown"


if __name__ == "__main__":
    sys.exit(main())
