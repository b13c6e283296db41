"""The command ``pull-embedder``: shows the source and size of a model, asks, downloads it and says how to use it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ...embed import download, weights
from ...errors import EmbedderError, UsageError
from ...results.base import printable
from .progress import ProgressLine


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Download a model and return its facts.

    Raises
    ------
    UsageError
        Without a terminal for the question, and for a model of Ollama.
    EmbedderError
        ``declined``, and as `pull_embedder`.
    """
    if options.name.startswith("ollama:"):
        model = options.name.removeprefix("ollama:")
        raise UsageError(f"Only Ollama can download {model!r}.", f"Run: jupyter localai models pull {model}")
    if not (options.yes or sys.stdin.isatty()):
        raise UsageError("This downloads from another machine, and there is no terminal to confirm it.", "Add --yes.")
    offer = download.look(options.name, options.revision)
    print(
        f"{printable(offer.name)} at {offer.host}: {offer.bytes / 1e6:,.1f} MB, "
        f"licence {printable(offer.licence) or 'unknown'}, commit {offer.revision}.\n"
        "The download comes from that host or from the storage that it refers to. Your documents are not involved.",
        file=sys.stderr,
    )
    if not options.yes:
        print("Download it? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise EmbedderError("Nothing was downloaded.", "Answer y to download it.", code="declined")
    with ProgressLine() as line:
        folder = download.download(offer, line)
    return {
        "name": offer.name,
        "host": offer.host,
        "revision": offer.revision,
        "licence": offer.licence,
        "bytes": offer.bytes,
        "folder": str(folder),
        "setting": "reranker" if weights.is_cross_encoder(folder) else "embedder",
    }


def as_text(pulled: dict[str, Any]) -> str:
    """Return the model's location and how to use it."""
    setting, name = pulled["setting"], printable(pulled["name"])
    then = ", then run: jupyter localai rebuild" if setting == "embedder" else "."
    return (
        f"{name} is in {printable(pulled['folder'])}.\n"
        f'To use it, put  {setting} = "{name}"  into localai.toml (or set LOCALAI_{setting.upper()}){then}'
    )
