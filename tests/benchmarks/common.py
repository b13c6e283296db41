"""What the benchmarks share: generated texts, fresh processes, tables."""

from __future__ import annotations

import itertools
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# The processes that import this only to start others stay small: on Linux, the peak memory of a
# child is never told as less than its parent's.

ROOT = Path(__file__).resolve().parents[2]
CHUNK_CHARS = 360  # a paragraph asked for at this length makes one chunk
KEPT_SETTINGS = ("LOCALAI_DEVICE", "LOCALAI_PRECISION", "LOCALAI_THREADS")

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
information development international education environment community particular experience university
president political economic important different children possible available significant management
production performance technology relationship population organization individual department traditional
professional communication responsibility characteristic administration agricultural commercial
conference construction contemporary distribution examination financial foundation generation historical
independent industrial institution instruction interpretation laboratory literature manufacturing
mathematical mechanical observation operation opportunity participation philosophy position practice
preparation principle procedure publication recognition regulation representative requirement resolution
resource scientific security selection settlement situation strategy structure successful sufficient
technical theoretical transportation variation vegetation
""".split()
_ENDINGS = ("ing", "ed", "er", "s", "ment", "less", "ness", "ful")


ENGINE_SESSION = """
import json, psutil, sys, time
import jupyter_localai as la
started = time.perf_counter()
ai = la.connect()
start = time.perf_counter() - started
ai.index(sys.argv[2] + "/0.md", "warm")
ai.search("water level", k=5, collection="warm")
engine = psutil.Process(ai.status().engine["pid"])
def busy():
    return sum(sum(process.cpu_times()[:2]) for process in (engine, *engine.children()))
before, started = busy(), time.perf_counter()
chunks = ai.index(sys.argv[1], "c").chunks
index, index_busy = time.perf_counter() - started, busy() - before
before, started = busy(), time.perf_counter()
for number in range(int(sys.argv[3])):
    ai.search(f"water level {number}", k=5, collection="c")
search, search_busy = time.perf_counter() - started, busy() - before
print(json.dumps({"level": ai.status().privacy["enforcement"], "start": start * 1e3, "index": chunks / index,
    "index_s": index,
    "search": search / int(sys.argv[3]) * 1e3, "index_busy": index_busy / chunks * 1e3,
    "search_busy": search_busy / int(sys.argv[3]) * 1e3}))
engine.terminate()
psutil.wait_procs([engine], 30)
"""
"""A program: documents' folder, another with one file, number of searches; prints its figures as JSON.

It is run by the environment of any checkout, and takes of the package what every version of it has.
"""


class Prose:
    """Endless English-like text: ordinary words as often as Zipf has it, and a long tail of rarer ones.

    An embedding model's tokens of it are about as long as those of English text.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._words = list(dict.fromkeys(COMMON_WORDS + _rare_words(6000)))
        self._cumulative = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self._words))))

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

    def chunks(self, count: int) -> str:
        """Return text that is cut into `count` chunks, about."""
        return "\n\n".join(self.paragraph(CHUNK_CHARS) for _ in range(count)) + "\n"

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


def _rare_words(count: int) -> list[str]:
    """Return made-up words of ordinary parts: half with an ending, half of two words."""
    source = random.Random("rare words")
    stems = [word for word in COMMON_WORDS[120:] if len(word) > 3]
    made: dict[str, None] = {}
    while len(made) < count:
        made[source.choice(stems) + source.choice((source.choice(_ENDINGS), source.choice(stems)))] = None
    return list(made)


def lines(text: str, width: int = 80) -> str:
    """Return one paragraph in lines no wider than a page."""
    made, line = [], ""
    for word in text.split():
        if len(line) + len(word) >= width:
            made.append(line)
            line = ""
        line = f"{line} {word}".lstrip()
    return "\n".join([*made, line])


def write_documents(folder: Path, count: int) -> None:
    """Write so many documents of eight chunks each."""
    folder.mkdir()
    prose = Prose(1)
    for number in range(count):
        (folder / f"{number}.md").write_text(prose.chunks(8))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="localai-benchmark-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def environment(scratch: Path) -> dict[str, str]:
    """Return an environment in which nothing of the user's own counts but how to embed."""
    kept = {n: value for n, value in os.environ.items() if not n.startswith("LOCALAI_") or n in KEPT_SETTINGS}
    return kept | {"JUPYTER_CONFIG_DIR": str(scratch / "config"), "JUPYTER_DATA_DIR": str(scratch / "data")}


def run_child(command: list[str], scratch: Path) -> dict[str, Any]:
    """Run one measurement in a fresh process; return the JSON it prints last, and its ``wall_s``."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        started = time.perf_counter()
        done = subprocess.run(
            command, env=environment(scratch), cwd=scratch, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        wall = time.perf_counter() - started
        if done.returncode:
            complaints.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{complaints.read()[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result | {"wall_s": wall}


def peak_mib() -> float:
    """Return the most memory this process has held."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def real_embedder(config: Any) -> Any:
    """Return the embedder that the engine would take."""
    from jupyter_localai.embed.choose import open_embedder

    return open_embedder(config)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, 1 to 99."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], digits: Sequence[int], left: int = 1) -> None:
    """Print right-aligned columns, the first `left` of them left-aligned; numbers with so many digits."""

    def shown(value: Any, places: int) -> str:
        if isinstance(value, (int, float)):
            return f"{value:,.{0 if isinstance(value, int) else places}f}"
        return str(value)

    cells = [list(header), *([shown(v, d) for v, d in zip(row, digits, strict=True)] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    for line in cells:
        aligned = (c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        print("  ".join(aligned).rstrip())
    print()


def machine() -> str:
    """Return what the figures were measured on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        if sys.platform == "darwin":
            asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
            model = asked.stdout.strip() or model
    return f"{model}, {os.cpu_count()} cores; {platform.system()}, Python {platform.python_version()}"
