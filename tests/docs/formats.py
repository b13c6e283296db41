"""Write the table of kinds and suffixes in docs/formats.md, from `ingest.formats.kinds`.

python -m tests.docs.formats
"""

from __future__ import annotations

from pathlib import Path

from jupyter_localai.ingest.formats.kinds import BY_SUFFIX, READERS

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
BEGIN = "<!-- What follows is written by `python -m tests.docs.formats`. -->\n"


def written_by_hand() -> str:
    """Return the page up to the table."""
    return PAGE.read_text().split(BEGIN)[0]


def table() -> str:
    """Return the part of the page that is not written by hand."""
    rows = []
    for kind in READERS:
        suffixes = " ".join(f"`{suffix}`" for suffix, of in BY_SUFFIX.items() if of == kind)
        rows.append(f"| {kind} | {suffixes or 'every other file of text'} |")
    return "\n".join([BEGIN, "| kind | suffixes |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(written_by_hand() + table())
