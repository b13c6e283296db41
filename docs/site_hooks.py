"""Pages for the site that do not lie in docs/: README, PRIVACY, CHANGELOG and the example notebooks.

On GitHub a link from one of them to another page begins with ``docs/``, and a link back with ``../``. In the site
all pages lie in one folder, so both beginnings are dropped.
"""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "PRIVACY.md", "CHANGELOG.md")
_BEGINNING = re.compile(r"(\]\(|\bsrc=\"|^\[[^\]]+\]: )(?:\.\./|docs/)", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and notebooks of the project's folder."""
    notebooks = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").glob("*.ipynb"))
    for name in (*PAGES, *notebooks):
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return a page with its links as they are in the site."""
    return _BEGINNING.sub(r"\1", markdown)
