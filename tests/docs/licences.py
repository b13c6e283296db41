"""Write the licences of the tested set, from the metadata of what is installed.

python -m tests.docs.licences > docs/licences.md
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HEAD = """# Licences

This is the licence of every package of the [tested set](supply.md), from its own metadata. *run*: comes
with `pip install "jupyter-localai[legacy,offline,teams]"`; *test*: only for tests, examples and the documentation.
jupyter-localai itself is under BSD-3-Clause. Written by `python -m tests.docs.licences`.

| package | version | licence | for |
|---|---|---|---|
"""


def locked() -> dict[str, str]:
    """Return the version of every package of the tested set."""
    text = "".join((ROOT / "requirements" / name).read_text() for name in ("tested.txt", "torch.txt"))
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


def licence(name: str) -> str:
    """Return the licence that a package's metadata names."""
    told = metadata.metadata(name)
    classified = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    free = (told.get("License") or "").strip().split("\n")[0]
    return told.get("License-Expression") or ", ".join(classified) or free or _title(name) or "unknown"


def _title(name: str) -> str:
    """Return the first words of the licence itself."""
    files = [file for file in metadata.files(name) or () if "licen" in file.name.lower()]
    text = files[0].read_text() if files else ""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def needed_to_run() -> set[str]:
    """Return the packages that come with this one, tests left out."""
    found: set[str] = set()
    waiting = [Requirement("jupyter-localai[legacy,offline,teams]")]
    while waiting:
        wanted = waiting.pop()
        for line in metadata.requires(wanted.name) or ():
            needed = Requirement(line)
            extras = {"", *wanted.extras}
            applies = needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras)
            name = canonicalize_name(needed.name)
            if applies and (name not in found or needed.extras):
                found.add(name)
                waiting.append(Requirement(f"{name}[{','.join(needed.extras)}]" if needed.extras else name))
    return found


def page() -> str:
    """Return the whole page."""
    run = needed_to_run()
    rows = [
        f"| {name} | {version} | {licence(name)} | {'run' if name in run else 'test'} |\n"
        for name, version in sorted(locked().items())
    ]
    return HEAD + "".join(rows)


if __name__ == "__main__":
    print(page(), end="")
