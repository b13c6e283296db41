"""Read every file of a folder and thousands of damaged copies: no hang, no crash of ours, every failure named.

    python -m tests.soak.readers FOLDER [--copies 2000] [--seed 0] [--seconds 20]

Copies have bits flipped, are cut off, or have another file at their end. Prints how each kind ended, the slowest
files, and exits with 1 when something went wrong that has no name.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import tempfile
import time
from pathlib import Path

from jupyter_localai.ingest.readers import FileToRead, Limits, Readers

_UNNAMED = {"reader_failed", "reader_crashed", "error", "unreadable"}


def main() -> int:
    """Run the soak and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--copies", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    originals = sorted(path for path in Path(options.folder).resolve().rglob("*") if path.is_file())
    chance = random.Random(options.seed)
    ends: collections.Counter[str] = collections.Counter()
    odd: list[str] = []
    slow: list[tuple[float, str]] = []
    readers, limits = Readers(2), Limits(options.seconds, 100 * 2**20)
    with tempfile.TemporaryDirectory() as scratch:
        started = time.monotonic()
        for number in range(len(originals) + options.copies):
            original = number < len(originals)
            path = originals[number] if original else damaged(chance, originals, Path(scratch), number)
            begun = time.monotonic()
            error = readers.read(FileToRead(str(path)), limits).error
            slow.append((time.monotonic() - begun, path.name))
            code = error.code if error else "read"
            ends[code] += 1
            if code in _UNNAMED:
                odd.append(f"{code}: {path.name}: {error}")
            if not original and code not in _UNNAMED:
                path.unlink()
        seconds = time.monotonic() - started
    readers.close()
    print(f"{len(originals)} files and {options.copies} damaged copies (seed {options.seed}) in {seconds:.0f} s")
    for code, count in ends.most_common():
        print(f"  {count:6} {code}")
    print("slowest: " + ", ".join(f"{name} {took:.1f} s" for took, name in sorted(slow, reverse=True)[:5]))
    for line in odd:
        print(line)
    return 1 if odd else 0


def damaged(chance: random.Random, originals: list[Path], folder: Path, number: int) -> Path:
    """Write a damaged copy of some file and return its path."""
    original = chance.choice(originals)
    data = bytearray(original.read_bytes())
    how = chance.choice(("flipped", "cut", "joined")) if data else "joined"
    if how == "flipped":
        for _ in range(chance.choice((1, 10, 200))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif how == "cut":
        del data[chance.randrange(len(data)) :]
    else:
        data += chance.choice(originals).read_bytes()
    copy = folder / f"{number}-{how}-{original.name}"
    copy.write_bytes(data)
    return copy


if __name__ == "__main__":
    sys.exit(main())
