"""How well search finds, with each of its means on and off; and what each costs.

    python tests/benchmarks/retrieval.py FOLDER [--store STORE] [--sets NAME ...] [--limit N]

Every folder in FOLDER is a set of its own:

    NAME/documents/         the files, in any format that is read
    NAME/questions.jsonl    one question per line: {"question": "...", "relevant": [{"file": "name.txt"}, ...]}

What is relevant is a file ("grade": 1 when left out), a page of one ("page": 12, counted from 1) or a stretch of its
text ("start" and "end", character offsets); all of a set's are of one kind, and so is its measure:

    files    nDCG at 10, by the files of the hits
    pages    the share of questions with a relevant page among the first 5 and 10
    spans    the share of the relevant characters in the first 5 hits, and intersection over union

Documents are indexed once into STORE, a new folder when left out; a second run on the same one goes straight to the
questions. Prints a row per means, as Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from common import ROOT, machine

sys.path.insert(0, str(ROOT))

from jupyter_localai.answer import fuse, rank, retrieve
from jupyter_localai.config import Config
from jupyter_localai.embed.choose import open_embedder
from jupyter_localai.engine.engine import Engine
from jupyter_localai.results.passages import Hit
from jupyter_localai.results.reports import Progress
from jupyter_localai.text import keywords

Question = dict[str, Any]
HITS = {"files": 200, "pages": 100, "spans": 5}


def only_words(query: str) -> list[keywords.Term]:
    """Stand for the analysis of a query: its words, and nothing else."""
    return [keywords.Term(word, f'"{word}"') for word in keywords.terms(query)]


VARIANTS: dict[str, list[tuple[Any, str, Any]]] = {
    "everything": [],
    "without the words around": [(rank, "AROUND_WEIGHT", 0.0)],
    "without the echo": [(rank, "ECHO_WEIGHT", 0.0)],
    "without names of documents": [(retrieve, "named_documents", lambda *_: {})],
    "named documents not searched by themselves": [(retrieve, "_NAMED_CHUNKS", -1)],
    "without parts, compounds and phrases": [(keywords, "query_terms", only_words)],
    "without the least spread": [(fuse, "_LEAST_SPREAD", 1e-9)],
    "meaning alone": [(fuse, "DENSE_WEIGHT", 1.0), (retrieve, "named_documents", lambda *_: {})],
    "words alone": [(fuse, "DENSE_WEIGHT", 0.0), (retrieve, "named_documents", lambda *_: {})],
    "meaning and words, no more": [
        (rank, "AROUND_WEIGHT", 0.0),
        (rank, "ECHO_WEIGHT", 0.0),
        (retrieve, "named_documents", lambda *_: {}),
        (keywords, "query_terms", only_words),
        (fuse, "_LEAST_SPREAD", 1e-9),
    ],
}


class Remembering:
    """An embedding model that computes each query once."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._known: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def embed_query(self, text: str) -> Any:
        if text not in self._known:
            self._known[text] = self._model.embed_query(text)
        return self._known[text]


@contextlib.contextmanager
def changed(changes: Sequence[tuple[Any, str, Any]]) -> Iterator[None]:
    """Run with some means off."""
    with contextlib.ExitStack() as stack:
        for owner, name, value in changes:
            stack.enter_context(mock.patch.object(owner, name, value))
        yield


def kind_of(questions: Sequence[Question]) -> str:
    """Return what the set says is relevant."""
    first = questions[0]["relevant"][0]
    return "spans" if "start" in first else "pages" if "page" in first else "files"


def by_files(question: Question, hits: Sequence[Hit]) -> list[float]:
    """Return nDCG at 10."""
    grade = {item["file"]: item.get("grade", 1) for item in question["relevant"]}
    ranked = list(dict.fromkeys(Path(hit.path).name for hit in hits))[:10]
    gain = sum((2 ** grade.get(name, 0) - 1) / math.log2(at + 2) for at, name in enumerate(ranked))
    best = sorted(grade.values(), reverse=True)[:10]
    return [100 * gain / sum((2**value - 1) / math.log2(at + 2) for at, value in enumerate(best))]


def by_pages(question: Question, hits: Sequence[Hit]) -> list[float]:
    """Return whether a relevant page is among the first 5, and 10."""
    wanted = {(item["file"], item["page"]) for item in question["relevant"]}
    ranked = list(dict.fromkeys((Path(hit.path).name, hit.anchor.page) for hit in hits))
    return [100.0 * bool(wanted & set(ranked[:5])), 100.0 * bool(wanted & set(ranked[:10]))]


def by_spans(question: Question, hits: Sequence[Hit]) -> list[float]:
    """Return the share of the relevant characters that the hits have, and intersection over union."""
    gold = {(item["file"], at) for item in question["relevant"] for at in range(item["start"], item["end"])}
    shown = {(Path(hit.path).name, at) for hit in hits for at in range(hit.start, hit.end)}
    total = sum(hit.end - hit.start for hit in hits)
    found = len(gold & shown)
    return [100 * found / len(gold), 100 * found / (total + len(gold) - found)]


SCORE: dict[str, Callable[[Question, Sequence[Hit]], list[float]]] = {
    "files": by_files,
    "pages": by_pages,
    "spans": by_spans,
}


def measure(engine: Engine, name: str, questions: Sequence[Question]) -> tuple[list[float], float]:
    """Return the set's scores and the median time of a search in milliseconds, the embedding of the query left out."""
    kind, rows, times = kind_of(questions), [], []
    for question in questions:
        started = time.perf_counter()
        hits = engine.search(question["question"], HITS[kind], name)
        times.append(1000 * (time.perf_counter() - started))
        rows.append(SCORE[kind](question, hits))
    return [statistics.fmean(column) for column in zip(*rows, strict=True)], statistics.median(times)


def main() -> None:
    """Index what is not indexed yet, ask every question with each means on and off, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--sets", nargs="+")
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="MEANS")
    options = parser.parse_args()
    store = options.store or Path(tempfile.mkdtemp(prefix="localai-retrieval-"))
    config = Config(store=store)
    engine = Engine.open(config, Remembering(open_embedder(config)))
    names = options.sets or sorted(path.parent.name for path in options.folder.glob("*/questions.jsonl"))
    sets: dict[str, list[Question]] = {}
    for name in names:
        text = (options.folder / name / "questions.jsonl").read_text(encoding="utf-8")
        sets[name] = [json.loads(line) for line in text.splitlines() if line.strip()][: options.limit]
        for event in engine.index([str(options.folder / name / "documents")], name):
            if isinstance(event, Progress) and event.total:
                print(f"\r{name}: {event.done} of {event.total} {event.unit}", end="", file=sys.stderr)
        print(f"\r{name}: {len(sets[name])} questions, {engine.search('a', 1, name) and 'indexed'}", file=sys.stderr)
    print(f"{machine()}; {store}\n")
    print(f"| | {' | '.join(f'{name} ({kind_of(sets[name])})' for name in names)} | ms |")
    print(f"|---|{'---|' * (len(names) + 1)}")
    for variant in options.variants:
        with changed(VARIANTS[variant]):
            results = [measure(engine, name, sets[name]) for name in names]
        scores = [" / ".join(f"{value:.1f}" for value in values) for values, _ in results]
        times = " / ".join(f"{ms:.0f}" for _, ms in results)
        print(f"| {variant} | {' | '.join(scores)} | {times} |", flush=True)
    engine.close()


if __name__ == "__main__":
    main()
