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
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import LocalAIError, UsageError
from ...privacy import guard
from ...render import text
from ...results.base import printable, to_json
from ...results.passages import Conversation
from ...results.reports import Progress
from ...service.client import sync_client
from .. import commands
from ..arguments import COMMANDS, Parser, add_commands, parse
from . import answering
from .progress import ProgressLine

_MOST_ON_INPUT = 1 << 20  # characters: far more than a question may have
_UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EBADF)  # what a write to standard output fails with


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in arguments
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        options = parse(*_parsers(), arguments)
        if options.command != "pull-embedder":  # which is there to reach another machine, and asks before it does
            guard.refuse_network()
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


def _parsers() -> tuple[Parser, dict[str, Parser]]:
    parser = Parser(prog="jupyter localai", description="Ask your own documents. Nothing leaves this machine.")
    parser.add_argument("--version", action="version", version=_version())
    added = add_commands(parser, COMMANDS)
    for name, command in added.items():
        if name != "demo":
            command.add_argument("--json", action="store_true", help="print one line of JSON on standard output")
    return parser, added


def _run(options: argparse.Namespace) -> int:
    if options.command == "demo":
        from . import demo

        return demo.run()
    if options.command == "read":
        document = sync_client.read(options.file)
        for warning in document.warnings if not options.json else ():
            print(f"Note: {warning}", file=sys.stderr)
        _show(options, document, text.document_text)
        return 0
    if options.command == "pull-embedder":
        from . import pull

        _show(options, pull.run(options), pull.as_text)
        return 0
    if options.command == "doctor":
        from ...doctor.checks import doctor

        with ProgressLine() as line:
            diagnosis = doctor(progress=line)
        _show(options, diagnosis, text.diagnosis_text)
        return 0 if diagnosis.ok else 1
    if options.command == "engine":
        return _engine(options)
    commands.check(options)
    _take_from_standard_input(options)
    # a terminal is no notebook: what it shows is not saved
    with ProgressLine() as line, sync_client.connect(progress=line, quotes=True) as ai:
        if options.command == "ask":
            watched = sys.stdout.isatty() and not options.json
            answer, written = answering.follow(commands.ask(options, ai), line, watched)
            _show(options, answer, functools.partial(text.answer_text, written=written))
            return 0
        pulling = options.command == "models" and options.action == "pull"
        result = commands.run(options, ai, _told_of_download(options.name, line) if pulling else line)
    _show(options, result, Conversation.to_markdown if isinstance(result, Conversation) else _TEXTS[options.command])
    return 1 if getattr(result, "failed", ()) and options.command not in ("status", "documents") else 0


def _take_from_standard_input(options: argparse.Namespace) -> None:
    """Put what stands on standard input where ``-`` was given: what others must not see in the list of processes."""
    for name in ("question", "query"):
        if getattr(options, name, None) == "-":
            setattr(options, name, sys.stdin.read(_MOST_ON_INPUT).strip())


def _engine(options: argparse.Namespace) -> int:
    if options.action == "start":
        with ProgressLine() as line:
            sync_client.connect(progress=line).close()
    if options.action == "stop":
        _show(options, {"stopped": sync_client.stop_engine()}, text.engine_text)
    else:
        _show(options, sync_client.engine_status(), text.engine_text)
    return 0


def _told_of_download(name: str, line: ProgressLine) -> commands.Report:
    """Say that Ollama downloads, and how much as soon as that is known."""
    told = f"Ollama will now download {printable(name)} from its library; your documents are not involved."
    print(told, file=sys.stderr)
    size = 0

    def report(progress: Progress) -> None:
        nonlocal size
        if progress.total_bytes and not size:
            size = progress.total_bytes
            print(f"It has {size / 1e9:,.1f} GB. Ctrl-C stops, and a later pull goes on.", file=sys.stderr)
        line(progress)

    return report


_TEXTS: dict[str, Callable[[Any], str]] = {
    "index": text.report_text,
    "search": text.hits_text,
    "eval": str,  # it draws itself, by what no other command has to load
    "conversations": text.conversations_text,
    "status": text.status_text,
    "collections": text.collections_text,
    "documents": text.documents_text,
    "models": text.models_text,
    "rebuild": text.rebuild_text,
    "forget": text.forget_text,
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
