"""Measure, and write the page of benchmarks: docs/benchmarks.md, its plots and its raw numbers.

    python tests/benchmarks/page.py                          every part: some 15 minutes on two quiet cores
    python tests/benchmarks/page.py peers [--runs 3]         this and three others index the same texts, in turn
    python tests/benchmarks/page.py pipeline                 where the time of indexing goes (`pipeline.py`)
    python tests/benchmarks/page.py markdown mixed chunks    parts of `growth.py`
    python tests/benchmarks/page.py million                  the last of them up to a million chunks
    python tests/benchmarks/page.py write                    measure nothing, write the page

What is not measured keeps its figures and their date, in docs/benchmarks.json. `peers` makes the others' environment
with pip in a temporary folder, or takes the one in --environment. Plots need matplotlib (extra `dev`).
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from common import ROOT, Prose, environment, machine, real_embedder, scratch_folder
from growth import COLUMNS
from peers import PACKAGES, QUERIES, TORCH, WARM, WEIGHTS

HERE = Path(__file__).resolve().parent
PAGE, RAW, IMAGES = (ROOT / "docs" / name for name in ("benchmarks.md", "benchmarks.json", "images"))
BYTES, FILES = 1_400_000, 5
NAMES = {
    "ours": "jupyter-localai",
    "langchain": "LangChain + Chroma",
    "llamaindex": "LlamaIndex + Chroma",
    "txtai": "txtai",
}
GROWTH = {
    "markdown": ["markdown"],
    "mixed": ["mixed"],
    "chunks": ["chunks"],
    "million": ["chunks", "--most", "1000000", "--minutes", "40"],
}
PARTS = ("peers", "pipeline", "markdown", "mixed", "chunks")

Figures = dict[str, Any]


# Beside others ---------------------------------------------------------------------------------------


def peers(options: argparse.Namespace) -> Figures:
    """Index the same texts with each, in turn."""
    with scratch_folder() as scratch, _environment(options.environment) as python:
        folder = scratch / "texts"
        folder.mkdir()
        if options.corpus:
            for number, file in enumerate(sorted(path for path in options.corpus.rglob("*.md"))):
                shutil.copyfile(file, folder / f"{number:03}-{file.name}")
        else:
            for number in range(FILES):
                text = Prose(number).markdown(options.bytes // FILES)
                (folder / f"document-{number}.md").write_text(text, encoding="utf-8")
        runs: dict[str, list[Figures]] = {name: [] for name in NAMES}
        for number in range(options.runs):
            for name in NAMES:
                store = scratch / f"{name}-{number}"
                own = [sys.executable, __file__, "--child", str(folder), str(store)]
                other = [str(python), str(HERE / "peers.py"), name, str(folder), str(store)]
                runs[name].append(_watched(own if name == "ours" else other, scratch))
                print(name, runs[name][-1], flush=True)
                shutil.rmtree(store, ignore_errors=True)
        files = list(folder.iterdir())
        return {"files": len(files), "bytes": sum(file.stat().st_size for file in files), "runs": runs}


@contextmanager
def _environment(kept: Path | None) -> Iterator[Path]:
    """Yield the Python of an environment that has the others, made where there is none."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = kept or Path(temporary) / "others"
        python = folder / "bin" / "python"
        if not python.exists():
            print("Making the environment of the others (some minutes) …", flush=True)
            venv.create(folder, with_pip=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            packages = {package for packages in PACKAGES.values() for package in packages}
            for wanted in ([TORCH], [TORCH, WEIGHTS, *sorted(packages)]):  # first alone: so a build for CPUs is taken
                subprocess.run([*pip, *wanted], check=True)
        yield python


def _watched(command: Sequence[str], scratch: Path) -> Figures:
    """Run one measurement; return its figures, the most memory of all processes, and ``wall_s`` until all is stored."""
    import psutil

    started = time.time()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = subprocess.Popen(
            command, env=environment(scratch), cwd=scratch, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        most, done, watched = 0, threading.Event(), psutil.Process(process.pid)

        def watch() -> None:
            nonlocal most
            while not done.wait(0.1):
                try:
                    family = [watched, *watched.children(recursive=True)]
                    most = max(most, sum(_memory(one) for one in family))
                except psutil.Error:
                    continue

        thread = threading.Thread(target=watch)
        thread.start()
        told = process.communicate()[0]
        done.set()
        thread.join()
        if process.returncode:
            complaints.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{complaints.read()[-4000:]}")
    figures: Figures = json.loads(told.strip().splitlines()[-1])
    return figures | {"wall_s": figures.pop("ended") - started, "all_mib": most / 2**20}


def _memory(process: Any) -> int:
    """Return the bytes of memory that a process holds; what it shares with others counts in parts, on Linux."""
    told = process.memory_full_info()
    return int(getattr(told, "pss", told.rss))


def _ours(folder: str, store: str) -> Figures:
    """Do what `peers.py` does, and index once more."""
    started = time.perf_counter()
    from jupyter_localai.privacy import guard

    guard.stay_offline()
    import chromadb  # noqa: F401  (the others, too, have it imported before their indexing is timed)

    from jupyter_localai.config import resolve
    from jupyter_localai.engine.engine import Engine
    from jupyter_localai.results.files import Rules

    config = resolve({"store": store})
    embedder = real_embedder(config)
    embedder.embed(["loads the model"], sum(file.stat().st_size for file in Path(folder).iterdir()) // 360)
    loaded, began = time.perf_counter(), _busy()
    engine = Engine.open(config, embedder)
    *_, report = engine.index([folder], rules=Rules(ignore=False))
    indexed, ended, busy = time.perf_counter(), time.time(), _busy() - began
    *_, again = engine.index([folder])
    unchanged = time.perf_counter() - indexed
    searches = []
    for number in range(WARM + QUERIES):
        began = time.perf_counter()
        engine.search(f"where is the water level of station {number} measured")
        searches.append(time.perf_counter() - began)
    engine.close()
    if report.failed or again.embedded:
        sys.exit(f"Failed: {report.failed}; embedded again: {again.embedded}.")
    return {
        "load_s": loaded - started,
        "index_s": indexed - loaded,
        "busy_s": busy,
        "ended": ended,
        "again_s": unchanged,
        "chunks": report.chunks,
        "disk_mib": sum(file.stat().st_size for file in Path(store).rglob("*") if file.is_file()) / 2**20,
        "search_ms": 1000 * statistics.median(searches[WARM:]),
        "unseen_percent": 0.0,
        "versions": ", ".join(f"{name} {version(name)}" for name in ("jupyter-localai", "chromadb", "onnxruntime")),
    }


def _busy() -> float:
    """Return the processor time of this process and of those that read files for it."""
    import psutil

    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in family)


# Growth ------------------------------------------------------------------------------------------------


def growth(arguments: Sequence[str]) -> list[Figures]:
    """Run a case of `growth.py`."""
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch) / "figures.json"
        subprocess.run([sys.executable, str(HERE / "growth.py"), *arguments, "--json", str(told)], check=True)
        figures: list[Figures] = json.loads(told.read_text(encoding="utf-8"))
        return figures


def pipeline(options: argparse.Namespace) -> Figures:
    """Index once in a process that notes what happens when."""
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch) / "figures.json"
        folder = [str(options.corpus)] if options.corpus else ["--bytes", str(options.bytes)]
        subprocess.run([sys.executable, str(HERE / "pipeline.py"), *folder, "--json", str(told)], check=True)
        figures: Figures = json.loads(told.read_text(encoding="utf-8"))
        return figures


# The page ----------------------------------------------------------------------------------------------

_INTRODUCTION = """# Benchmarks

What indexing and searching cost, beside others and as an index grows. One script measures and
writes this page with its plots:

```
python tests/benchmarks/page.py
```

Each part tells when and on what it was measured; figures of two machines, or of two times, cannot
be compared. All numbers, those of each single run too, are in
[benchmarks.json](benchmarks.json). How well passages are found is another question: see
[How passages are found](retrieval.md).
"""

_PEERS = """
## Beside others

The same {files} files, {megabytes:.2f} MB of text, are indexed with the same embedding model
(all-MiniLM-L6-v2) by each in turn, each in a fresh process with an empty store. The others run as
their guides show, with their default chunks. {runs}:

{table}

*index*: from reading to storing, once libraries and the model are loaded. *process*: from its start
until everything is stored. *memory*: the most that the process and its children held at one time,
what they share counted once.
*search*: the ten best passages, in the same process. Who drops text, see below, has less to embed.

![Seconds from reading to storing](images/benchmarks-peers.svg)

What is lost on the way:

| | tokens that the model never sees | a hit leads to | the same folder again |
|---|---|---|---|
{lost}

The model was made for 256 tokens, and what is behind the last one that is read (txtai reads
{tokens}) is dropped silently; such words count for no search by meaning. The others can skip what
they know already (LangChain's `index` with a record manager, LlamaIndex's `IngestionPipeline` with
a document store, txtai's `upsert`) when one builds that; the scripts of their guides embed
everything again.

{versions}
"""

_PIPELINE = """
## Where the time goes

Markdown of that size, once: {chunks:,} chunks, of which {embedded:,} have a text of their own, in
{seconds:.1f} s. Seconds of each stage, which overlap: read {read:.1f}, cut {cut:.1f}, embed
{embed:.1f}, store {store:.1f}.

![What is read, cut, embedded and stored when](images/benchmarks-pipeline.svg)

{real:,} tokens went through the model in {calls:,} batches, with {padding:.1%} of padding:
{speed:,.0f} tokens a second while it computes, in {arithmetic}. The matrix products of such a
model, in the same arithmetic and nothing else, come to {peak:,.0f} on this machine: {share:.0%} of
the peak is reached, with attention, norms and padding.
"""

_GROWTH = """
## Growth

{tables}

`markdown` has the real embedding model and an engine of its own process; `mixed` (long texts, a
table, notebooks full of pictures, files that are passed over) has a tiny model with short vectors,
so that time and memory are those of all the rest. The larger indexes are filled with made-up chunks
of four sentences and with random vectors in clusters, since reading and embedding take as long for
each chunk as for the first; the seconds, of all chunks so far, are then those of SQLite and Chroma,
and queries go through the real model. *CPU* is processor time, which other work on the machine
changes little. *engine* is the memory of the engine's process, *one file* a search in one document
of twenty chunks, *a tenth* one in a tenth of all documents, *after a change* the first search after
a document was added, which reads again where all chunks stand.

![Milliseconds of a search by the number of chunks](images/benchmarks-search.svg)

![Memory and disk by the number of chunks](images/benchmarks-size.svg)
"""


def write(raw: Figures) -> None:
    """Write the page and its plots from the raw numbers."""
    parts = [_INTRODUCTION]
    if "peers" in raw:
        parts += [_PEERS.format(**_compared(raw["peers"]["figures"])), _measured(raw["peers"])]
    if "pipeline" in raw:
        parts += [_piped(raw["pipeline"]["figures"]), _measured(raw["pipeline"])]
    grown = {part: raw[part] for part in GROWTH if part in raw}
    if grown:
        parts.append(
            _GROWTH.format(tables="\n\n".join(f"{_grown(each)}\n\n{_measured(each)}" for each in grown.values()))
        )
    PAGE.write_text("\n".join(part.strip("\n") + "\n" for part in parts), encoding="utf-8")
    _plot(raw)


def _measured(part: Figures) -> str:
    busy = part["load"] > part["cores"] / 2
    note = f"\nThe machine was busy with other work (load {part['load']:.0f}): all times are too high." if busy else ""
    return f"Measured {part['date']}: {part['machine']}.\n{part['versions']}.\nCommand: `{part['command']}`.{note}"


def _circumstances(command: str) -> Figures:
    """Return when and where a measurement is made, and how busy the machine is before it."""
    named = ", ".join(f"{name} {version(name)}" for name in ("jupyter-localai", "chromadb", "onnxruntime", "numpy"))
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": f"{named}, SQLite {sqlite3.sqlite_version}",
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "command": command,
    }


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = "|---|" + "---:|" * (len(header) - 1)
    return "\n".join([f"| {' | '.join(header)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)])


def _median(runs: Sequence[Figures], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _compared(figures: Figures) -> Figures:
    columns = {
        "index_s": "index, s",
        "busy_s": "its CPU, s",
        "wall_s": "process, s",
        "chunks": "chunks",
        "all_mib": "memory, MiB",
    }
    columns |= {"disk_mib": "disk, MiB", "search_ms": "search, ms"}
    runs = figures["runs"]
    rows = [
        [NAMES[name], *(f"{_median(told, c):,.{0 if c in ('chunks', 'all_mib') else 1}f}" for c in columns)]
        for name, told in runs.items()
    ]
    lost = [
        [
            NAMES[name],
            f"{told[0]['unseen_percent']:.1f} %",
            "page, line, cell, slide" if name == "ours" else "the file" if name != "txtai" else "the text",
            f"{_median(told, 'again_s'):.3f} s" if name == "ours" else "everything again",
        ]
        for name, told in runs.items()
    ]
    versions = "; ".join(f"{NAMES[name]}: {told[0]['versions']}" for name, told in runs.items())
    versions = textwrap.fill(f"Versions: {versions}.", 100, break_on_hyphens=False)
    count = len(next(iter(runs.values())))
    return {
        "files": figures["files"],
        "megabytes": figures["bytes"] / 1e6,
        "runs": f"Medians of {count} runs" if count > 1 else "One run of each",
        "table": _markdown(["", *columns.values()], rows),
        "lost": "\n".join(f"| {' | '.join(row)} |" for row in lost),
        "versions": versions,
        "tokens": runs["txtai"][0]["most_tokens"],
    }


def _piped(figures: Figures) -> str:
    speed = figures["real"] / figures["computing"]
    text = _PIPELINE.format(
        **figures["shares"],
        **{name: value for name, value in figures.items() if name not in ("shares", "spans")},
        padding=1 - figures["real"] / figures["padded"],
        speed=speed,
        share=speed / figures["peak"],
    )
    return "\n\n".join(
        part if part.startswith(("#", "!")) else textwrap.fill(" ".join(part.split()), 100, break_on_hyphens=False)
        for part in text.strip().split("\n\n")
    )


def _grown(part: Figures) -> str:
    shown = {name: column for name, column in COLUMNS.items() if name in part["figures"][0]}
    rows = [
        [
            "" if each[name] is None else each[name] if name == "name" else f"{each[name]:,.{digits}f}"
            for name, (_, digits) in shown.items()
        ]
        for each in part["figures"]
    ]
    return _markdown([heading for heading, _ in shown.values()], rows)


def _plot(raw: Figures) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    def save(figure: Any, name: str) -> None:
        figure.tight_layout()
        figure.savefig(IMAGES / f"benchmarks-{name}.svg", metadata={"Date": None})
        pyplot.close(figure)

    if "peers" in raw:
        runs = raw["peers"]["figures"]["runs"]
        figure, axes = pyplot.subplots(figsize=(6, 2))
        names = list(reversed(runs))
        bars = axes.barh([NAMES[name] for name in names], [_median(runs[name], "index_s") for name in names])
        for name, bar in zip(names, bars, strict=True):
            bar.set_color("teal" if name == "ours" else "silver")
        axes.bar_label(bars, fmt="%.1f", padding=3)
        axes.set_xlabel("seconds from reading to storing")
        axes.spines[["top", "right"]].set_visible(False)
        save(figure, "peers")
    if "pipeline" in raw:
        figure, axes = pyplot.subplots(figsize=(6, 1.8))
        stages = ("store", "embed", "cut", "read")
        for at, stage in enumerate(stages):
            spans = [(a, b - a) for one, a, b in raw["pipeline"]["figures"]["spans"] if one == stage]
            axes.broken_barh(spans, (at - 0.35, 0.7), color="teal" if stage == "embed" else "darkgray")
        axes.set(yticks=range(len(stages)), yticklabels=stages, xlabel="seconds")
        axes.spines[["top", "right"]].set_visible(False)
        save(figure, "pipeline")
    marks = next((raw[part]["figures"] for part in ("million", "chunks") if part in raw), None)
    if marks:
        counts = [mark["chunks"] for mark in marks]
        figure, axes = pyplot.subplots(figsize=(6, 3))
        for name, label in (("", "all"), ("file_", "one file"), ("tenth_", "a tenth of the files")):
            (line,) = axes.plot(counts, [mark[f"{name}median_ms"] for mark in marks], marker="o", label=label)
            axes.plot(counts, [mark[f"{name}p95_ms"] for mark in marks], linestyle=":", color=line.get_color())
        axes.set(xscale="log", yscale="log", xlabel="chunks", ylabel="milliseconds (dotted: 95 %)")
        axes.set_xticks(counts, [f"{count:,.0f}" for count in counts])
        axes.set_yticks(ticks := [5, 10, 20, 50, 100], ticks)
        axes.minorticks_off()
        axes.legend(fontsize=7)
        save(figure, "search")
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(6, 2.4))
        left.plot(counts, [mark["engine_mib"] for mark in marks], marker="o", color="teal")
        left.set(xscale="log", xlabel="chunks", ylabel="engine, MiB")
        right.plot(counts, [mark["bytes_a_chunk"] for mark in marks], marker="o", color="teal")
        right.set(xscale="log", xlabel="chunks", ylabel="bytes of disk a chunk")
        for axes in (left, right):
            axes.set_ylim(bottom=0)
        save(figure, "size")


def main() -> None:
    """Measure what is named, and write the page."""
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(_ours(*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "parts", nargs="*", choices=["peers", "pipeline", *GROWTH, "write"], default=PARTS, metavar="PART"
    )
    parser.add_argument("--runs", type=int, default=1, help="of each of the peers")
    parser.add_argument("--bytes", type=int, default=BYTES, help="of generated texts, for the peers")
    parser.add_argument("--corpus", type=Path, help="Markdown files instead of generated ones, for the peers")
    parser.add_argument("--environment", type=Path, help="of the others; made when it is not there, and kept")
    options = parser.parse_args()
    raw: Figures = json.loads(RAW.read_text(encoding="utf-8")) if RAW.exists() else {}
    cases: dict[str, Callable[[], Any]] = {"peers": lambda: peers(options), "pipeline": lambda: pipeline(options)}
    for part, arguments in GROWTH.items():
        cases[part] = lambda arguments=arguments: growth(arguments)
    for part in options.parts:
        if part != "write":
            chosen = {"runs": options.runs, "bytes": options.bytes} if part in ("peers", "pipeline") else {}
            flags = "".join(f" --{name} {n}" for name, n in chosen.items() if n != parser.get_default(name))
            flags += " --corpus FOLDER" if chosen and options.corpus else ""
            told = _circumstances(f"python tests/benchmarks/page.py {part}{flags}")
            raw[part] = {**told, "figures": cases[part]()}
            RAW.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    write(raw)


if __name__ == "__main__":
    main()
