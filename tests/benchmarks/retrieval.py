"""How well search finds, beside another build and beside plain search, and what a change of its weights brings.

    python tests/benchmarks/retrieval.py --data DIR [--cache DIR] [--sets NAME ...] [--limit N]
        [--against CHECKOUT] [--try WEIGHT=VALUE,... ...] [--each]

Every folder in DIR, or in a folder of it, is a set of its own:

{forms}
Measures are nDCG at 10 for files, the share of the relevant documents among the first 5 pages, a relevant page among
the first 5 and 10, and for spans the share of the relevant characters in the first 5 hits, with intersection over
union. `mixed` is one collection of all sets, asked some questions of each.

"Plain" is the nearest and the best worded chunks (cosine and BM25 on the same chunks, each scaled to 0..1), half and
half, and neighbours joined. Another build is another checkout of this repository. Differences are paired, with 95 %
bootstrap intervals; the mean over sets is told with the least mean that leaving one set out gives.

CACHE keeps vectors, an index for each version of the code that makes one, and for each question all evidence, so that
a change of weights is judged without a search. --try scores every combination of some weights, and what choosing the
best on all sets but one gains on that one; --each switches each weight off.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import itertools
import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import judge
import numpy as np
from common import ROOT, machine
from remembered import Remembering
from sets import FORMS, Set, sets_in

sys.path.insert(0, str(ROOT))
from tests.support import probe

MIXED = "mixed"
_RANKING = {"fuse.py", "meaning.py", "rank.py", "turns.py", "hits.py"}  # what may change without a search


def digest(package: Path, *without: str) -> str:
    """Return what tells one version of the code from another, some files of `answer` aside."""
    found = hashlib.blake2b(digest_size=6)
    for room in ("answer", "index", "ingest", "text"):
        for file in sorted((package / room).rglob("*.py")):
            if room != "answer" or (without != ("answer",) and file.name not in without):
                found.update(file.read_bytes())
    return found.hexdigest()


def open_engine(build: Path, cache: Path) -> Any:
    """Return the engine of a build on its store in the cache."""
    sys.path.insert(0, str(build))
    from jupyter_localai.config import Config
    from jupyter_localai.embed.choose import open_embedder
    from jupyter_localai.engine.engine import Engine

    config = Config(store=cache / f"store-{digest(build / 'jupyter_localai', 'answer')}")
    return Engine.open(config, Remembering(open_embedder(config), cache / "vectors.sqlite"))


def collection_of(sets: Sequence[Set]) -> str:
    """Return the name of the collection of some sets: another for other folders."""
    places = "\n".join(str(each.documents) for each in sets)
    return f"sets-{hashlib.blake2b(places.encode(), digest_size=6).hexdigest()}"


def index(engine: Any, sets: Sequence[Set]) -> None:
    """Index each set, and all of them together."""
    for name, folders in [*((s.name, [s]) for s in sets), (MIXED, sets)]:
        started, event = time.perf_counter(), None
        for event in engine.index([str(each.documents) for each in folders], collection_of(folders)):
            if getattr(event, "total_files", 0) and sys.stderr.isatty():
                print(f"\r{name}: {event.files} of {event.total_files} files  ", end="", file=sys.stderr)
        print(
            f"\r{name}: {event.chunks if event else 0} chunks, {time.perf_counter() - started:.0f} s    ",
            file=sys.stderr,
        )


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question to ask: under which name it counts, in which collection it is asked, the set it is from."""

    name: str
    collection: str
    of: Set
    question: Any

    @property
    def hits(self) -> int:
        return judge.HITS[self.of.kind]

    def score(self, hits: Sequence[Any]) -> list[float]:
        """Return the measures of some hits; in the mixed collection the first one alone."""
        shown = [{"path": h.path, "page": h.anchor.page, "start": h.start, "end": h.end} for h in hits]
        scores = judge.score(self.of, self.question, shown)
        return scores[:1] if self.name == MIXED else scores


def questions(sets: Sequence[Set], limit: int | None, mixed: int) -> list[Asked]:
    """Return every question to ask."""
    alone = [Asked(s.name, collection_of([s]), s, q) for s in sets for q in spread(s.questions, limit)]
    together = collection_of(sets)
    return alone + [Asked(MIXED, together, s, q) for s in sets for q in spread(s.questions, mixed) if len(sets) > 1]


def spread(questions: Sequence[Any], most: int | None) -> list[Any]:
    """Return at most so many questions, from all over a set: those of one document often stand together."""
    count = min(len(questions), most or len(questions))
    return [questions[at * len(questions) // count] for at in range(count)]


def by_name(asked: Sequence[Asked], rows: Sequence[list[float]]) -> judge.Scores:
    """Return the scores of each set."""
    named: dict[str, list[list[float]]] = {}
    for each, row in zip(asked, rows, strict=True):
        named.setdefault(each.name, []).append(row)
    return {name: np.array(rows) for name, rows in named.items()}


def searched(engine: Any, asked: Sequence[Asked]) -> dict[str, Any]:
    """Return scores and milliseconds of searches through the engine, which any build has."""
    rows, times = [], []
    for each in asked:
        probe.embedder(engine).embed_query(each.question["question"])
        started = time.perf_counter()
        hits = engine.search(each.question["question"], each.hits, each.collection)
        times.append(1000 * (time.perf_counter() - started))
        rows.append(each.score(hits))
    return {"rows": rows, "ms": times}


def gathered(engine: Any, asked: Sequence[Asked], file: Path) -> list[Any]:
    """Return for each question the evidence, and what plain search says of it; from `file` what is there."""
    from jupyter_localai.answer.retrieve import gather

    known: dict[tuple[str, str], Any] = pickle.loads(file.read_bytes()) if file.exists() else {}
    before = len(known)
    catalogue = probe.catalogue(engine)
    for each in asked:
        query = each.question["question"]
        if (each.collection, query) not in known:
            collection = catalogue.registry.find(each.collection)
            space = probe.search_space(engine, collection)
            evidence = gather(query, max(100, 2 * each.hits), space)
            simple = plain(evidence, query, space) if evidence else None
            known[each.collection, query] = evidence, simple
    if len(known) > before:
        file.write_bytes(pickle.dumps(known))
    return [known[each.collection, each.question["question"]] for each in asked]


def plain(evidence: Any, query: str, space: Any) -> np.ndarray:
    """Return the score that plain search gives each candidate."""
    from jupyter_localai.text import keywords

    total: dict[int, float] = {}
    near = space.nearest(space.embedder.embed_query(query), 100, None)
    words = " OR ".join(f'"{word}"' for word in keywords.terms(query))
    matching = (
        space.catalogue.fulltext.search(space.collection.id, f"{{context text}} : ({words})", 100) if words else []
    )
    for found in (near, matching):
        low, high = min((s for _, s in found), default=0.0), max((s for _, s in found), default=0.0)
        for number, value in found:
            total[number] = total.get(number, 0.0) + 0.5 * (value - low) / max(high - low, 1e-9)
    return np.array([total.get(number, 0.0) for number in evidence.numbers.tolist()])


def ranked(engine: Any, asked: Sequence[Asked], found: Sequence[Any], weights: Any) -> judge.Scores:
    """Return the scores that the evidence gives with some weights; of plain search when there are none."""
    from jupyter_localai.answer.fuse import WEIGHTS
    from jupyter_localai.answer.hits import make_hits
    from jupyter_localai.answer.rank import rank

    rows = []
    for each, (evidence, simple) in zip(asked, found, strict=True):
        hits = []
        if evidence:
            ranking = rank(evidence, weights or WEIGHTS)
            if weights is None:
                ranking = dataclasses.replace(ranking, scores=simple, order=np.lexsort((evidence.numbers, -simple)))
            hits = make_hits(ranking, each.hits, probe.catalogue(engine))
        rows.append(each.score(hits))
    return by_name(asked, rows)


def of_other(build: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return what another build scores; asked once for each of its versions."""
    package = build / "jupyter_localai"
    asked = f"{options.sets}{options.limit}{options.mixed}{options.data}"
    key = hashlib.blake2b(asked.encode(), digest_size=4).hexdigest()
    file = options.cache / f"scores-{digest(package)}-{key}.json"
    if not file.exists():
        command = [sys.executable, __file__, "--data", str(options.data), "--cache", str(options.cache)]
        command += ["--mixed", str(options.mixed), "--build", str(build), "--scores", str(file)]
        command += ["--limit", str(options.limit)] if options.limit else []
        subprocess.run(command + (["--sets", *options.sets] if options.sets else []), check=True)
    return dict(json.loads(file.read_text(encoding="utf-8")))


def compare(asked: Sequence[Asked], ways: dict[str, judge.Scores]) -> None:
    """Print every way beside the last one, as Markdown."""
    *others, new = ways
    kinds = {each.name: judge.MEASURES[each.of.kind] for each in asked} | {MIXED: ("each set's first",)}
    print(f"| set | measure | {' | '.join(ways)} | {' | '.join(f'{new} − {other}' for other in others)} |")
    print(f"|---|---|{'---|' * (len(ways) + len(others))}")
    for name, scores in ways[new].items():
        means = [" / ".join(f"{value:.1f}" for value in ways[way][name].mean(axis=0)) for way in ways]
        apart = [judge.difference(scores[:, 0], ways[other][name][:, 0]) for other in others]
        told = [f"{mean:+.1f} [{low:+.1f}, {high:+.1f}]" for mean, low, high in apart]
        print(f"| {name} ({len(scores)}) | {' / '.join(kinds[name])} | {' | '.join([*means, *told])} |")
    total = [judge.over_sets(ways[new], ways[other]) for other in others]
    told = [f"{mean:+.1f}, least {least:+.1f}" for mean, least in total]
    print(f"| mean over sets | | {' | ' * len(ways)}{' | '.join(told)} |\n")


def settings(weights: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Return the weights to try, by what is changed."""
    tried = {}
    if options.each:
        tried = {f"{f.name}=0": dataclasses.replace(weights, **{f.name: 0.0}) for f in dataclasses.fields(weights)}
    if options.tried:
        grid = dict(each.split("=", 1) for each in options.tried)
        for chosen in itertools.product(*(values.split(",") for values in grid.values())):
            told = " ".join(f"{name}={value}" for name, value in zip(grid, chosen, strict=True))
            tried[told] = dataclasses.replace(weights, **dict(zip(grid, map(float, chosen), strict=True)))
    return tried


def main() -> None:
    """Index what is not indexed yet, ask every question, print the tables."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").format(forms=FORMS), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "localai-retrieval")
    parser.add_argument("--sets", nargs="+", metavar="NAME")
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--mixed", type=int, default=40, help="questions of each set to the mixed collection (40)")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--try", dest="tried", nargs="+", metavar="WEIGHT=VALUE,...")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--build", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--scores", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    sets = [s for s in sets_in(options.data, options.cache / "written") if not options.sets or s.name in options.sets]
    asked = questions(sets, options.limit, options.mixed)
    engine = open_engine(options.build, options.cache)
    index(engine, sets)
    if options.scores:
        options.scores.write_text(json.dumps(searched(engine, asked)), encoding="utf-8")
        engine.close()
        return
    from jupyter_localai.answer.fuse import WEIGHTS

    found = gathered(engine, asked, options.cache / f"evidence-{digest(ROOT / 'jupyter_localai', *_RANKING)}.pickle")
    ways = {"plain": ranked(engine, asked, found, None)}
    if options.against:
        other = of_other(options.against, options)
        ways["other"] = by_name(asked, other["rows"])
    now = ways["new"] = ranked(engine, asked, found, WEIGHTS)
    print(f"{machine()}\n")
    compare(asked, ways)
    tried = {told: ranked(engine, asked, found, weights) for told, weights in settings(WEIGHTS, options).items()}
    for told, scores in tried.items():
        apart = {name: float((scores[name][:, 0] - now[name][:, 0]).mean()) for name in now}
        mean, least = judge.over_sets(scores, now)
        print(f"| {told} | {mean:+.2f}, least {least:+.2f} | {' | '.join(f'{n} {v:+.1f}' for n, v in apart.items())} |")
    if options.tried:
        print(f"\nchosen on all sets but one, scored on that one: {judge.left_out(tried, now):+.2f}")
    engine.close()


if __name__ == "__main__":
    main()
