"""The command ``jupyter-localai`` (also ``jupyter localai``).

Standard output carries the result and nothing else; progress and warnings go to standard
error. Exit status: 0 done, 1 failed in part or whole, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import argparse
import errno
import functools
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ... import __version__
from ...doctor import missing_panel
from ...errors import LocalAIError, UsageError
from ...privacy import guard
from ...render import text
from ...results.answers import Conversation
from ...results.base import printable, to_json
from ...results.reports import Progress
from ...results.trials import Trials
from ...service.client import sync_client
from .. import commands
from ..arguments import COMMANDS, add_commands
from ..parsing import Parser, parse
from . import agreeing, answering
from .progress import ProgressLine

_MAX_INPUT_CHARS = 1 << 20  # far more than a question may have
_UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EBADF)  # errors of a failed write to standard output


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in arguments
    if sys.stdout is None:  # the parent process has closed it
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # Windows writes into files and pipes in a character set of 256
            stream.reconfigure(errors="replace")
    try:
        options = parse(*_parsers(), arguments)
        if options.command != "pull-embedder":  # this command downloads from another machine and asks first
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
        kept = " Finished work is kept; run the same command to continue." if _is_resumable(arguments) else ""
        print(f"\nStopped.{kept}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output is gone; print nothing more
        return 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        print(f"Error: The output could not be written ({error.strerror}).", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that Python does not try to flush the rest at exit
        return 1


def _is_resumable(arguments: list[str]) -> bool:
    kept = {"index", "summarize", "project", "rebuild", "forget", "compact", "models", "pull-embedder"}
    return bool(kept & set(arguments[:1])) and "--try" not in arguments


def _parsers() -> tuple[Parser, dict[str, Parser]]:
    parser = Parser(prog="jupyter localai", description="Ask your own documents. Nothing leaves this machine.")
    parser.add_argument("--version", action="version", version=__version__)
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
    if options.command == "shared-check":
        from . import shared_check

        checked = shared_check.run(options.address)
        _show(options, checked, str)
        return 0 if checked.ok else 1
    if options.command == "engine":
        return _engine(options)
    commands.check(options)
    if options.command == "project" and options.action == "join":
        from . import joining

        _show(options, joining.run(options.yes_to), str)
        return 0
    _take_from_standard_input(options)
    # quotes are shown, because a terminal does not save its output
    with ProgressLine() as line, sync_client.connect(progress=line, quotes=True) as ai:
        if options.command in ("ask", "summarize"):
            watched = sys.stdout.isatty() and not options.json
            events = (commands.ask if options.command == "ask" else commands.summarize)(options, ai)
            answer, written = answering.follow(events, line, watched)
            _show(options, answer, functools.partial(text.answer_text, written=written))
            return 0
        pulling = options.command == "models" and options.action == "pull"
        try:
            result = commands.run(options, ai, _download_report(options.name, line) if pulling else line)
        except UsageError as error:
            line.hide()
            options.yes_to = agreeing.agreed(error, ai.config.shared_host)
            result = commands.run(options, ai, line)
    if options.command == "index" and sys.stderr.isatty() and (said := missing_panel.note()):
        print(said, file=sys.stderr)
    whole = Conversation.to_markdown if isinstance(result, Conversation) else _TEXTS[options.command]
    _show(options, result, str if isinstance(result, Trials) else whole)
    has_failed = getattr(result, "failed", ()) and options.command not in ("status", "documents")
    return 1 if has_failed or not getattr(result, "ok", True) else 0


def _take_from_standard_input(options: argparse.Namespace) -> None:
    """Put what stands on standard input where ``-`` was given: what others must not see in the list of processes."""
    for name in ("question", "query"):
        if getattr(options, name, None) == "-":
            setattr(options, name, sys.stdin.read(_MAX_INPUT_CHARS).strip())


def _engine(options: argparse.Namespace) -> int:
    if options.action == "start":
        with ProgressLine() as line:
            sync_client.connect(progress=line).close()
    if options.action == "stop":
        _show(options, {"stopped": sync_client.stop_engine()}, text.engine_text)
    else:
        _show(options, sync_client.engine_status(), text.engine_text)
    return 0


def _download_report(name: str, line: ProgressLine) -> commands.Report:
    """Announce a download by Ollama, and its size once that is known."""
    text = f"Ollama will now download {printable(name)} from its library; your documents are not involved."
    print(text, file=sys.stderr)
    size = 0

    def report(progress: Progress) -> None:
        nonlocal size
        if progress.total and not size:
            size = progress.total
            print(f"The download has {size / 1e9:,.1f} GB. Ctrl-C stops it; a later pull resumes it.", file=sys.stderr)
        line(progress)

    return report


_TEXTS: dict[str, Callable[[Any], str]] = {
    "index": text.report_text,
    "search": text.hits_text,
    "eval": str,  # its own rendering, so that other commands need not load it
    "conversations": text.conversations_text,
    "status": text.status_text,
    "collections": text.collections_text,
    "documents": text.documents_text,
    "models": text.models_text,
    "project": str,  # each action has a result of its own
    "export": str,
    "import": str,
    "share": str,
    "attach": str,
    "sync": str,
    "detach": text.forget_text,
    "rebuild": text.rebuild_text,
    "forget": text.forget_text,
    "watch": text.watch_text,
    "rename": text.collections_text,
    "feedback": text.feedback_text,
    "compact": text.compact_text,
}


def _show(options: argparse.Namespace, result: Any, as_text: Any) -> None:
    if options.json:
        _print_json(to_json(result))
    else:
        print(as_text(result))
    sys.stdout.flush()  # a full disk fails here


def _print_json(value: Any) -> None:
    has_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"  # else escapes, of which nothing is lost
    # surrogates cannot be encoded, and a file name may hold one
    line = json.dumps(value, ensure_ascii=not has_all).encode("utf-8", "backslashreplace").decode()
    print(line)


if __name__ == "__main__":
    sys.exit(main())
