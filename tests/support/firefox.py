"""Debian's Firefox without a window, driven by WebDriver BiDi, which it speaks over a WebSocket by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FIREFOX = shutil.which("firefox-esr")
WAIT_S = 40
# whatever is not on this machine goes to a proxy where nobody listens
PREFERENCES = {
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
    "network.proxy.socks_remote_dns": True,
    "network.trr.mode": 5,
}

# brings an element into view; whether it stays where it is, as it does not while a page still grows
STANDS = """(async () => {
  const node = document.querySelector(SELECTOR);
  node?.scrollIntoView({ block: 'nearest' });
  const place = () => JSON.stringify(node.getBoundingClientRect());
  const before = node?.getClientRects().length && place();
  await new Promise(resolve => setTimeout(resolve, 50));
  return before && node.isConnected && before === place();
})()"""


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Start Firefox with a profile of its own; end it and remove the profile afterwards."""
    assert FIREFOX
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        Path(profile, "user.js").write_text("".join(lines))
        process = subprocess.Popen(
            [FIREFOX, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with connect(_address(process, Path(profile)), max_size=None, proxy=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], profile: Path) -> str:
    file, until = profile / "WebDriverBiDiServer.json", time.monotonic() + WAIT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            told = json.loads(file.read_text())
            return f"ws://{told['ws_host']}:{told['ws_port']}/session"
        except (FileNotFoundError, json.JSONDecodeError):  # it is not there yet, or being written
            time.sleep(0.1)
    raise AssertionError("Firefox does not listen")


class Firefox:
    """One tab of a running Firefox; `requests` has the address of everything that its pages asked for."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._count = socket, 0
        self.requests: list[str] = []
        self._call("session.new", capabilities={})
        self._call("session.subscribe", events=["network.beforeRequestSent"])
        self._tab = self._call("browsingContext.create", type="tab")["context"]
        self._call("browsingContext.setViewport", context=self._tab, viewport={"width": 1280, "height": 900})

    def open(self, address: str) -> None:
        """Load a page."""
        self._call("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return what an expression, or its promise, comes to as JSON."""
        code = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        told = self._call("script.evaluate", expression=code, target={"context": self._tab}, awaitPromise=True)
        assert told["type"] == "success", told["exceptionDetails"]["text"]
        return json.loads(told["result"]["value"])

    def wait_for(self, expression: str) -> Any:
        """Return what an expression comes to once that is true."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            if value := self.evaluate(expression):
                return value
            time.sleep(0.1)
        raise AssertionError(f"this never was true: {expression}")

    def click(self, selector: str) -> None:
        """Click the first element that a CSS selector finds, once it is there, where a person would."""
        self.wait_for(STANDS.replace("SELECTOR", json.dumps(selector)))
        locator = {"type": "css", "value": selector}
        node = self._call("browsingContext.locateNodes", context=self._tab, locator=locator, maxNodeCount=1)["nodes"][0]
        element = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        steps = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": element},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def type(self, text: str) -> None:
        """Press the keys of a text; a newline is Enter."""
        keys = text.replace("\n", "\ue007")
        steps = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": steps})

    def _act(self, source: dict[str, Any]) -> None:
        self._call("input.performActions", context=self._tab, actions=[source])

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(WAIT_S))
            if message["type"] == "event":
                self.requests.append(message["params"]["request"]["url"])
            elif message["id"] == self._count:
                assert message["type"] == "success", message
                return message["result"]
