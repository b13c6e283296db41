"""A thousand requests that the panel would not send: a result or a named error each, and the server goes on."""

import asyncio
import collections
import json
import random
import re

from jupyter_localai.adapters.server.handlers import ROUTES
from tests.support.hostile import PIECES

VERBS = ("GET", "POST", "DELETE", "PUT", "PATCH")
FIELDS = (
    "query question k collection file model extractive conversation kind paths include exclude ignore retry name "
    "path start end quote context document answer folder refresh max_documents"
).split()
JUNK = (
    *(None, True, False, 0, -1, 2**70, 1e308, "", " ", "?", "\x00", "\ud800", "a" * 70_000, "日本", "../../etc/passwd"),
    *("/etc/shadow", "C:\\x", "docs", "index", "default", "last", [], {}, [[]], {"a": {"b": []}}, ["docs"] * 300),
)
QUERIES = (
    *(
        ("name", "\x00"),
        ("name", "' OR 1=1 --"),
        ("limit", "-1"),
        ("limit", "9" * 20),
        ("limit", "1e3"),
        ("offset", "x"),
    ),
    *(("state", "failed"), ("state", "🐑"), ("under", "docs"), ("under", "../.."), ("under", "/etc"), ("limit", "5")),
    *(("collection", "default"), ("collection", ""), ("evil", "1"), ("token", "x"), ("", ""), ("1764000000000", "")),
)
RAW = (b"", b"{", b"\xff", b"null", b"[1]", b'"x"', b"[" * 50_000, b'{"query": 1e999}', b'{"a":1}' * 9, b"\x00" * 99)


def body(rng: random.Random) -> bytes:
    if rng.random() < 0.15:
        return rng.choice(RAW)
    names = rng.sample(FIELDS, rng.randint(0, 4)) + rng.choices(PIECES, k=rng.random() < 0.1)
    fields = {name: rng.choice(JUNK) if rng.random() < 0.7 else rng.choice(PIECES) for name in names}
    worthy = {
        "query": "gauge",
        "question": "gauge",
        "kind": "index",
        "paths": ["docs"],
        "path": "x",
        "start": 0,
        "end": 9,
    }
    for name, worth in worthy.items():
        if rng.random() < 0.3:
            fields[name] = worth
    if fields.get("paths") == ["docs"]:
        fields["dry_run"] = True  # the folder that the last question is about stays
    return json.dumps(fields).encode()


async def test_a_thousand_hostile_requests(server, ollama):
    await server.index("default")
    rng = random.Random(0)
    routes = [re.sub(r"\(.*?\)", "{}", route) for route, _ in ROUTES]
    ends: collections.Counter[str] = collections.Counter()
    leaves = asyncio.Semaphore(8)

    async def one() -> None:
        route, verb = rng.choice(routes), rng.choices(VERBS, (3, 6, 2, 1, 1))[0]
        route = route.format(rng.choice(("x", "last", "0", "..%2f..", "%00", "%ff", "a" * 2000, "'%3b--")), "1")
        if (verb, route) == ("POST", "forget"):
            return
        asked = rng.choices(QUERIES, k=rng.randint(0, 3)) if route == "documents" else []
        async with leaves:
            status, said = await server.call(
                verb, route, None if verb in ("GET", "DELETE") else body(rng), lines=True, params=asked
            )
        last = said[-1] if said else {}
        named = status < 400 and last.get("type") != "error"
        assert named or (last["code"] and last["message"]), (verb, route, status, last)
        assert status != 500 and last.get("code") != "internal", (verb, route, last)
        ends[last.get("code", "") if not named else "done"] += 1

    await asyncio.gather(*(one() for _ in range(1100)))
    assert ends.total() >= 1000
    assert {"done", "malformed_json", "wrong_field", "http_405"} < set(ends), ends
    status, found = await server.call("POST", "search", {"query": "boats slipway"})
    assert status == 200 and found["hits"]
