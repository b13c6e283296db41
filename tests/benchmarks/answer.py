"""What answering costs before the chat model's first word, with a chat model that costs nothing.

    python tests/benchmarks/answer.py [FOLDER] [--runs 30]

Indexes FOLDER (the example documents when left out) into a throw-away store, asks its own headings as questions
through a stand-in for Ollama on loopback, and prints the milliseconds from the question to the moment the
server has the prompt, and to the first word: from a client, through the engine's process and its gate. Then how
long after a stop in the middle of an answer the server sees that nobody waits for it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import jupyter_localai as la  # noqa: E402
from jupyter_localai.results.answers import Answer, Passages, Token  # noqa: E402
from jupyter_localai.service.client.sync_client import stop_engine  # noqa: E402
from tests.support.ollama import StandIn, llama, says  # noqa: E402


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=str(ROOT / "examples" / "corpus"))
    parser.add_argument("--runs", type=int, default=30)
    options = parser.parse_args()
    server, arrived = StandIn(), []
    server.models = [llama()]

    def chat(body: dict) -> list[dict]:
        arrived.append(time.perf_counter())
        return says("It is so [1].")

    server.chatting = chat
    with tempfile.TemporaryDirectory() as store:
        ai = la.connect(store=store, ollama_host=server.address)
        report = ai.index(options.folder)
        headings = [hit.anchor.heading or hit.text[:60] for hit in ai.search("what is described here", k=40)]
        questions = [f"What is said about {heading}?" for heading in headings if heading.strip()]
        parts: dict[str, list[float]] = {
            "passages": [],
            "prompt at the server": [],
            "first word": [],
            "verified answer": [],
        }
        for run in range(options.runs + 3):
            started = time.perf_counter()
            arrived.clear()
            seen: dict[str, float] = {}
            for event in ai.stream(questions[run % len(questions)]):
                name = {Passages: "passages", Token: "first word", Answer: "verified answer"}.get(type(event))
                if name:
                    seen.setdefault(name, time.perf_counter())
            if arrived:
                answered = questions[run % len(questions)]
            if run >= 3 and arrived:  # the first ones load libraries
                seen["prompt at the server"] = arrived[0]
                for name, moment in seen.items():
                    parts[name].append(1000 * (moment - started))
        server.holds_after = 1
        stops = [stopped(ai, server, answered) for _ in range(options.runs)]
        stop_engine(store)
    server.stop()
    print(f"{report.chunks} chunks, {len(parts['first word'])} warm questions; milliseconds from the question to")
    for name, values in parts.items():
        show(name, values)
    print("milliseconds from a stop to")
    show("end at the server", stops)


def stopped(ai: la.Client, server: StandIn, question: str) -> float:
    """Stop an answer after its first word and return the milliseconds until the server knows."""
    already = len(server.left)
    events = ai.stream(question)
    next(event for event in events if isinstance(event, Token))
    started = time.perf_counter()
    events.close()
    while len(server.left) == already:
        time.sleep(0.0005)
    return 1000 * (time.perf_counter() - started)


def show(name: str, values: list[float]) -> None:
    tail = statistics.quantiles(values, n=20)[-1]
    print(f"  {name:22} median {statistics.median(values):6.1f}   95th percentile {tail:6.1f}")


if __name__ == "__main__":
    main()
