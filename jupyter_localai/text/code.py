"""Which text is source code: by the suffix of its file, or by what stands in a line."""

from __future__ import annotations

import re
from pathlib import PurePath

SUFFIXES = tuple(
    f".{name}"
    for name in (
        "py pyi r jl m js jsx ts tsx mjs cjs java kt kts scala groovy c h cc cpp cxx hpp hh cs go rs swift rb "
        "php pl pm lua sh bash zsh fish ps1 bat sql f f90 f95 for pas hs ml mli clj ex exs erl dart vue "
        "svelte css scss less sas do stan nf smk"
    ).split()
)
_DATA = (".json", ".geojson", ".jsonl", ".ndjson", ".yaml", ".yml", ".toml")
_LIKE_CODE = re.compile(r"[\w)\]] ?[-+*/|&]?=[=>]? ?\S|[A-Za-z_]\(|[;{]\s*$|->|=>|\blambda\b")


def is_code(path: str) -> bool:
    """Whether a file is source code or data, by its suffix."""
    return PurePath(path).suffix.lower() in (*SUFFIXES, *_DATA)


def is_code_line(line: str) -> bool:
    """Whether a line looks like code: an assignment, a call, a statement's end."""
    return _LIKE_CODE.search(line) is not None
