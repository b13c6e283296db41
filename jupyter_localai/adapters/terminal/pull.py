"""The command ``pull-embedder``: say what would be downloaded and from where, ask, download, say how to use it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ...embed import download
from ...errors import EmbedderError, UsageError
from ...results.base import printable
from .progress import ProgressLine


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was downloaded.

    Raises
    ------
    UsageError
        When nobody can be asked, and for the name of a model of Ollama's.
    EmbedderError
        ``declined``, and as `pull_embedder`.
    """
    if options.name.startswith("ollama:"):
        model = options.name.removeprefix("ollama:")
        raise UsageError(f"{model!r} is Ollama's to download.", f"Do it with: jupyter localai models pull {model}")
    if not (options.yes or sys.stdin.isatty()):
        raise UsageError("This downloads from another machine, and there is no terminal to ask at.", "Add --yes.")
    offer = download.look(options.name, options.revision)
    print(
        f"{printable(offer.name)} at {offer.host}: {offer.bytes / 1e6:,.1f} MB, "
        f"licence {printable(offer.licence) or 'not told'}, commit {offer.revision}.\n"
        "The download comes from there or from the storage it points to. Your documents are not involved.",
        file=sys.stderr,
    )
    if not options.yes:
        print("Download it? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise EmbedderError("Nothing was downloaded.", "Answer y to download.", code="declined")
    with ProgressLine() as line:
        folder = download.download(offer, line)
    return {
        "name": offer.name,
        "host": offer.host,
        "revision": offer.revision,
        "licence": offer.licence,
        "bytes": offer.bytes,
        "folder": str(folder),
    }


def as_text(pulled: dict[str, Any]) -> str:
    """Return where the model is and how to use it."""
    return (
        f"{printable(pulled['name'])} is in {printable(pulled['folder'])}.\n"
        f'To use it, put  embedder = "{printable(pulled["name"])}"  into localai.toml (or set LOCALAI_EMBEDDER), '
        "then run: jupyter localai rebuild"
    )
