"""Questions that want all rows of a table, or a number of them: right or wrong, and how long they take.

    python tests/benchmarks/tables.py [--rows 100000] [--runs 3] [--engine]

Makes a table of claims, asks twenty questions about it and compares each result with what Python works out from the
rows. Prints the time of the queries (found by the words of the question, run, rows included), of the first question
(which reads the table), and of the same SELECTs by SQLite and by DuckDB where that is installed. With ``--engine`` the
table is also indexed, with a tiny embedding model, and asked through the engine; the time of indexing stands beside
what the tables take of it, which is nothing: they are read back from the stored text when they are asked.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from jupyter_localai.config import Config  # noqa: E402
from jupyter_localai.engine.engine import Engine  # noqa: E402
from jupyter_localai.ingest.read import read  # noqa: E402
from jupyter_localai.tables.process import Document, TableInfo, Tables  # noqa: E402
from jupyter_localai.tables.wanted import wanted  # noqa: E402
from tests.support.engines import make_weights  # noqa: E402

NAMES = "claim_id,customer,region,status,amount,opened,priority,agent".split(",")
Claim = dict[str, Any]


def claims(count: int) -> list[Claim]:
    """Return rows of a table, the same in every run."""
    chance = random.Random(7)
    first, last = "Ann Bob Cid Dora Emil Fay Gus Hana".split(), "Ames Bell Cole Dunn Eves Ford".split()
    return [
        {
            "claim_id": f"C-{100_000 + number}",
            "customer": f"{chance.choice(first)} {chance.choice(last)}",
            "region": chance.choice("North South East West".split()),
            "status": chance.choices("open denied approved withdrawn".split(), [3, 2, 4, 1])[0],
            "amount": round(chance.uniform(5, 5000), 2),
            "opened": (date(2029, 1, 1) + timedelta(days=chance.randrange(1200))).isoformat(),
            "priority": chance.choice("low medium high".split()),
            "agent": f"agent {chance.randrange(40)}",
        }
        for number in range(count)
    ]


def count(fits: Callable[[Claim], bool]) -> Callable[[list[Claim]], Any]:
    """Return what counts the rows that fit."""
    return lambda rows: sum(map(fits, rows))


def over(measure: Callable[[Any], Any], fits: Callable[[Claim], bool], name: str = "amount") -> Any:
    """Return what works out a measure of a column over the rows that fit."""
    return lambda rows: measure([row[name] for row in rows if fits(row)])


QUESTIONS: list[tuple[str, Callable[[list[Claim]], Any]]] = [
    ("How many claims are there?", len),
    ("How many claims were denied?", count(lambda c: c["status"] == "denied")),
    ("How many claims were not denied?", count(lambda c: c["status"] != "denied")),
    (
        "How many rows have status open in 2031?",
        count(lambda c: c["status"] == "open" and c["opened"].startswith("2031")),
    ),
    ("Which claims are over 4,990?", count(lambda c: c["amount"] > 4990)),
    ("How many claims are open or withdrawn?", count(lambda c: c["status"] in ("open", "withdrawn"))),
    (
        "How many claims by agent 12 were approved?",
        count(lambda c: (c["agent"], c["status"]) == ("agent 12", "approved")),
    ),
    (
        "How many claims of Ann Ames are between 100 and 200?",
        count(lambda c: c["customer"] == "Ann Ames" and 100 <= c["amount"] <= 200),
    ),
    (
        "How many high priority claims were opened after March 2031?",
        count(lambda c: c["priority"] == "high" and c["opened"] > "2031-03-31"),
    ),
    (
        "How many claims were opened between 2030-01-01 and 2030-03-31?",
        count(lambda c: "2030-01-01" <= c["opened"] <= "2030-03-31"),
    ),
    ("How many claims were opened on 7 March 2031?", count(lambda c: c["opened"] == "2031-03-07")),
    (
        "How many claims with at least 1000 in the West are not open?",
        count(lambda c: c["amount"] >= 1000 and c["region"] == "West" and c["status"] != "open"),
    ),
    ("List claims with amount under 6", count(lambda c: c["amount"] < 6)),
    ("How many different agents are there?", over(lambda values: len(set(values)), lambda c: True, "agent")),
    ("What is the average amount of open claims?", over(statistics.fmean, lambda c: c["status"] == "open")),
    (
        "What is the total amount of denied claims in the North?",
        over(sum, lambda c: c["status"] == "denied" and c["region"] == "North"),
    ),
    ("What is the highest amount?", over(max, lambda c: True)),
    ("Which claim has the lowest amount?", over(min, lambda c: True)),
    ("When was the latest claim opened?", over(max, lambda c: True, "opened")),
    (
        "How many claims exceed $4,500 and have priority low?",
        count(lambda c: c["amount"] > 4500 and c["priority"] == "low"),
    ),
]


def main() -> None:
    """Run the benchmark and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--engine", action="store_true")
    options = parser.parse_args()
    rows = claims(options.rows)
    out = io.StringIO()
    csv.writer(out).writerows([NAMES, *([row[name] for name in NAMES] for row in rows)])
    started = time.perf_counter()
    document = read("claims.csv", out.getvalue().encode())
    print(f"{options.rows:,} rows; the reader took {time.perf_counter() - started:.2f} s")
    selects = ask(document, rows, options.runs)
    compare(out.getvalue(), selects, options.runs)
    if options.engine:
        through_engine(out.getvalue(), rows)


def ask(document: Any, rows: list[Claim], runs: int) -> list[tuple[str, list[Any]]]:
    """Ask each question of the process that holds the table; return the SELECTs."""
    tables = Tables()
    held = Document("claims", lambda: chunks(document))
    started = time.perf_counter()
    (table,) = tables.of(held)
    print(f"the table was read back and typed in {time.perf_counter() - started:.2f} s, once")
    right, times, selects = 0, [], []
    for question, worked_out in QUESTIONS:
        query, took = None, []
        for _ in range(runs):
            started = time.perf_counter()
            query, result, numbers = answered(tables, held, table, question)
            took.append(time.perf_counter() - started)
        expected, came = worked_out(rows), result
        good = came == expected or (isinstance(came, float) and abs(came - expected) < 1e-6 * abs(expected))
        right += good
        times.append(statistics.median(took))
        selects += [query] if query else []
        said = f"{question}  {came}  {len(numbers)} rows cited"
        print(f"  {'right' if good else 'WRONG'} {1000 * times[-1]:6.1f} ms  {said}")
    median, most = 1000 * statistics.median(times), 1000 * max(times)
    print(f"right {right} of {len(QUESTIONS)}; median {median:.1f} ms, most {most:.1f} ms")
    tables.close()
    return selects


def answered(tables: Tables, held: Document, table: TableInfo, question: str) -> tuple[Any, Any, list[int]]:
    """Return a question's SELECT, its result, and rows to be cited."""
    query = wanted(question, table, ["claims"], lambda keys: tables.having(held, keys)[0])
    if query is None:
        return None, None, []
    result = tables.select(held, 0, *query.value()).rows[0][0]
    return query.value(), result, [row[0] for row in tables.select(held, 0, *query.rows(result, 10)).rows]


def chunks(document: Any, rows_each: int = 9) -> list[tuple[int, str, str, str]]:
    """Return a document as the store has it, about as many rows to a chunk as it would have."""
    found = []
    for at in range(0, len(document.places), rows_each):
        part = document.places[at : at + rows_each]
        places = [[place.start, place.end, {"row": place.anchor.row, "line": place.anchor.line}] for place in part]
        found.append((part[0].start, document.text[part[0].start : part[-1].end], "", json.dumps(places)))
    return found


def compare(text: str, selects: list[tuple[str, list[Any]]], runs: int) -> None:
    """Run the same SELECTs with DuckDB."""
    try:
        import duckdb
    except ImportError:
        print("DuckDB is not installed; nothing to compare with")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.csv"
        path.write_text(text)
        connection = duckdb.connect(":memory:")
        types = "{'opened': 'VARCHAR'}"
        connection.execute(f"CREATE TABLE data AS SELECT * FROM read_csv('{path}', types = {types})")
        times = []
        for sql, values in selects:
            took = []
            for _ in range(runs):
                started = time.perf_counter()
                connection.execute(sql, values).fetchall()
                took.append(time.perf_counter() - started)
            times.append(statistics.median(took))
        print(f"DuckDB {duckdb.__version__}: median {1000 * statistics.median(times):.1f} ms")


def through_engine(text: str, rows: list[Claim]) -> None:
    """Index the table and ask the engine."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "claims.csv"
        path.write_text(text)
        config = Config(store=Path(scratch) / "store", embedder=str(make_weights(Path(scratch) / "weights")))
        engine = Engine.open(config)
        started = time.perf_counter()
        *_, report = engine.index([str(path)])
        print(f"indexed {report.chunks:,} chunks in {time.perf_counter() - started:.1f} s, of which tables took none")
        times = []
        for question, _ in QUESTIONS:
            started = time.perf_counter()
            *_, answer = engine.ask(question, extractive=True)
            times.append(time.perf_counter() - started)
            if not answer.select:
                print(f"  not worked out: {question}")
        print(
            f"whole answers: first {times[0]:.2f} s, median of the others {1000 * statistics.median(times[1:]):.0f} ms"
        )
        engine.close()


if __name__ == "__main__":
    main()
