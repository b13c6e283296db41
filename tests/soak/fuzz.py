"""Send hostile requests to an engine of one's own for some minutes; every answer has to be a named error.

    nice python -m tests.soak.fuzz [--minutes 10] [--seed 0]

Prints how the requests ended and the engine's memory, and exits with 1 when an answer had no name, a request got none,
or the engine was another one at the end.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from pathlib import Path

import psutil
from hypothesis import HealthCheck, Phase, given, seed, settings

from jupyter_localai.config import Config
from jupyter_localai.service.client.sync_client import Client, stop_engine
from jupyter_localai.service.protocol.wire import Address
from tests.support import hostile_requests as hostile
from tests.support.engines import make_weights

_ROUND = 2000


def main() -> int:
    """Run it and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        (place / "documents").mkdir()
        (place / "documents" / "gauge.txt").write_text("The Gull Rock gauge was offline because of lightning.")
        weights = make_weights(place / "weights")
        config = Config(place / "store", embedder=str(weights), precision="float32", ollama_host="127.0.0.1:9")
        ai = Client(config)
        ai.index(place / "documents")
        address = Address.read(config.store)
        assert address is not None
        ends, wrongs = fuzz(address, time.monotonic() + options.minutes * 60, options.seed, str(weights))
        same = ai.status().engine["pid"] == address.pid and len(ai.search("lightning", k=1)) == 1
        stop_engine(store=config.store)
    for end, count in ends.most_common():
        print(f"  {count:7} {end}")
    for wrong in wrongs:
        print(wrong)
    print(f"{ends.total()} requests, {len(wrongs)} wrong answers, the engine {'goes on' if same else 'was lost'}")
    return 0 if same and not wrongs else 1


def fuzz(address: Address, until: float, number: int, embedder: str) -> tuple[collections.Counter[str], list[str]]:
    """Send requests until it is time, and return how they ended and what was wrong."""
    ends: collections.Counter[str] = collections.Counter()
    wrongs: list[str] = []
    engine = psutil.Process(address.pid)
    while time.monotonic() < until:

        @seed(number)
        @settings(
            max_examples=_ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(hostile.requests(embedder=embedder, precision="float32"))
        def one(request: bytes) -> None:
            if time.monotonic() < until:
                end, wrong = hostile.judged(hostile.send(address, request))
                ends[end] += 1
                if wrong:
                    wrongs.append(f"{wrong} after {request[:500]!r}")

        one()
        number += 1
        print(f"{ends.total()} requests, {engine.memory_info().rss / 2**20:.0f} MiB", flush=True)
    return ends, wrongs


if __name__ == "__main__":
    sys.exit(main())
