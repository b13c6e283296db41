#!/usr/bin/env bash
# pathlib's rglob ends with an error when a folder is taken away while it walks; os.walk goes on.
#
# A walk reads a folder's names first and lists each folder among them later. One that is gone by then ends the whole
# walk with FileNotFoundError, though rglob passes over folders that it may not read. So whoever adds up the sizes of a
# folder that another thread works in fails now and then.
#
# Expected: the file of the folder that is still there. Seen with Python 3.10 and 3.11: FileNotFoundError from rglob, and
# that file from os.walk. From 3.12 on, both go on.
#
# Needs Python alone. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
python3 - <<'PYTHON'
import os
import shutil
import sys
import tempfile
from pathlib import Path


def files(walk, root):
    """Walk two folders with a file each, of which the other is taken away when the first file is seen."""
    for name in ("one", "other"):
        (root / name).mkdir()
        (root / name / "file").touch()
    found = 0
    try:
        for path in walk(root):
            if path.name == "file":
                found += 1
                (gone,) = {"one", "other"} - {path.parent.name}
                shutil.rmtree(root / gone, ignore_errors=True)
    except OSError as error:
        return type(error).__name__
    return f"{found} file"


def by_rglob(root):
    return root.rglob("*")


def by_walk(root):
    return (Path(base, name) for base, _, names in os.walk(root) for name in names)


with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
    seen = files(by_rglob, Path(one)), files(by_walk, Path(other))
print("expected: 1 file from both")
print("seen:    ", seen[0], "from rglob,", seen[1], "from os.walk")
sys.exit(0 if seen == ("FileNotFoundError", "1 file") else 1)
PYTHON
