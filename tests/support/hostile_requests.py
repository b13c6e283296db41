"""Requests that no client of ours would send, as hypothesis makes them, and what may come back."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import Any

from hypothesis import strategies as st

from jupyter_localai.service.protocol.wire import PROTOCOL, Address
from tests.support import probe

# no character of these stands in the name of a folder that is there
LETTERS = "\x00\x01\n\r\x1b\x7f\u200f\u202e\u2028\ud800\udfff\uffff日é😀%*\\\"'{}[]<>&;|`$()!#"
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, -(2**200), 1e308, 1e-308, float("inf"), float("nan"), True, None)
SETTINGS = (
    "embedder device precision threads ollama_host model think temperature seed allow_hosts enforce store".split()
)
ARGUMENTS = (
    "paths collection rules dry_run retry background query question k files model extractive conversation context job "
    "number numbers refresh max_documents state name under limit offset path start end quote "
    "stop emit engine self config"
).split()

text = st.text(LETTERS, max_size=40) | st.text(LETTERS, min_size=1, max_size=3).map(lambda part: part * 20_000)
scalars = st.sampled_from(NUMBERS) | text | st.integers() | st.booleans()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=12
)
rules = st.fixed_dictionaries({"include": values, "exclude": values, "ignore": values})
names = st.sampled_from([*probe.names_of_calls(), "ready", "status", "jobs", "follow", "cancel"]) | text
arguments = st.dictionaries(st.sampled_from(ARGUMENTS) | text, values | rules | st.lists(text, max_size=3), max_size=6)
settings = st.dictionaries(st.sampled_from(SETTINGS) | text, values, max_size=3)
seldom = st.integers(0, 7).map(lambda number: number == 0)


@st.composite
def calls(draw: st.DrawFn, own: dict[str, Any]) -> bytes:
    """Return a well-formed call with any content."""
    request: Any = {"protocol": PROTOCOL, "arguments": draw(arguments), "settings": own}
    if draw(seldom):
        request["settings"] = own | draw(settings)
    if draw(seldom):
        request |= draw(st.dictionaries(st.sampled_from(["protocol", "arguments", "settings"]), values))
    body = json.dumps(draw(values) if draw(seldom) else request).encode("ascii")
    return http(draw(names), body)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return a call with a body that need not be JSON."""
    body = draw(
        st.binary(max_size=2000)
        | st.sampled_from([b"[" * 200_000, b'{"a":' * 50_000, b'"' + b"\\u" * 9, b"1" * 100_000, b"\xff\xfe{}", b"nul"])
    )
    return http(draw(names), body)


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """Return something that looks like HTTP so far, or not at all."""
    word = st.text(LETTERS + "abc/ :?=-,", max_size=30)
    lines = [
        f"{draw(st.sampled_from('GET POST PUT FOO'.split()) | word)} /{draw(word)} HTTP/{draw(word | st.just('1.1'))}"
    ]
    lines += [f"{draw(word)}: {draw(word)}" for _ in range(draw(st.integers(0, 4)))]
    lines += draw(
        st.lists(
            st.sampled_from(
                [
                    "Host: x",
                    "Content-Length: -1",
                    "Content-Length: 0",
                    "Content-Length: 1e9",
                    "Transfer-Encoding: gzip",
                    "Upgrade: websocket",
                    "Expect: 100-continue",
                    "X: " + "y" * 70_000,
                ]
            ),
            max_size=3,
        )
    )
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass")


def requests(**own: Any) -> st.SearchStrategy[bytes]:
    """Return requests, most of them calls with the settings of the engine, as far as they give none."""
    return st.one_of(calls(own), calls(own), calls(own), calls(own), bodies(), heads())


def http(name: str, body: bytes) -> bytes:
    """Return a request to call `name`, whatever that is."""
    path = "".join(f"%{byte:02x}" for byte in name.encode("utf-8", "surrogatepass"))
    head = f"POST /call/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def send(address: Address, data: bytes) -> bytes:
    """Send bytes over a Unix socket and return what comes back."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(60)
        sock.connect(str(address.socket))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer may be there already
            sock.sendall(data)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := sock.recv(1 << 16):
                answer += part
        return answer


def judged(answer: bytes) -> tuple[str, str]:
    """Return how a request ended, and what is wrong with that: it has to be a result or a named error."""
    try:
        head, body = answer.split(b"\r\n\r\n", 1)
        status = int(head.split(b" ", 2)[1])
        last = json.loads([line for line in body.splitlines() if line.startswith(b"{")][-1])
    except (ValueError, IndexError):
        return "nothing", f"no answer of ours: {answer[:200]!r}"
    if last.get("type") == "error":
        named = last["code"] not in ("internal", "error", "") and last["message"]
        return last["code"], "" if named else f"an error without a name: {last}"
    fine = status == 200 and (last.get("type") == "result" or "protocol" in last)
    return "result", "" if fine else f"{status}: {last}"
