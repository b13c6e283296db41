"""A server on loopback that speaks a model hub's protocol, so far as huggingface_hub uses it to download a model."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves `repositories` (name to files by path) until `stop`; every request is written down.

    Large files (`.safetensors`) are kept apart, as on a real hub: they have a SHA-256 and are redirected to
    another address. `sent` replaces what is sent for a path; `pause` is waited in the middle of a large file.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.licence: str | None = "apache-2.0"
        self.sent: dict[str, bytes] = {}
        self.pause = 0.0
        self.paused = threading.Event()
        self.gone = False  # drops every connection
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def paths(self, method: str = "GET") -> list[str]:
        return [path for asked, path, _ in self.requests if asked == method]

    def info(self, name: str) -> dict[str, Any]:
        siblings = []
        for path, content in self.repositories[name].items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            sibling = {"rfilename": path, "size": len(content), "blobId": blob}
            if path.endswith(".safetensors"):
                digest = hashlib.sha256(content).hexdigest()
                sibling["lfs"] = {"size": len(content), "sha256": digest, "pointerSize": 134}
            siblings.append(sibling)
        card = {"cardData": {"license": self.licence}} if self.licence else {}
        return {"_id": "1", "id": name, "modelId": name, "sha": COMMIT, "siblings": siblings, "tags": [], **card}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._serve()

            def do_GET(self) -> None:
                self._serve()

            def _serve(self) -> None:
                path = unquote(urlsplit(self.path).path)
                hub.requests.append((self.command, path, {k.lower(): v for k, v in self.headers.items()}))
                if hub.gone:
                    self.close_connection = True
                    return
                parts = path.strip("/").split("/")
                if parts[:2] == ["api", "models"]:
                    self._tell("/".join(parts[2:4]), parts[5] if parts[4:5] == ["revision"] else "main")
                elif parts[0] == "storage":
                    self._send("/".join(parts[1:3]), "/".join(parts[3:]))
                elif parts[2:3] == ["resolve"]:
                    self._resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
                else:
                    self._reply(404, {}, b"")

            def _tell(self, name: str, revision: str) -> None:
                if name not in hub.repositories:
                    self._reply(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}, b"{}")
                elif revision not in ("main", COMMIT):
                    self._reply(404, {"X-Error-Code": "RevisionNotFound"}, b"{}")
                else:
                    self._reply(200, {"Content-Type": "application/json"}, json.dumps(hub.info(name)).encode())

            def _resolve(self, name: str, revision: str, file: str) -> None:
                content = hub.repositories.get(name, {}).get(file)
                if content is None or revision not in ("main", COMMIT):
                    self._reply(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, b"")
                    return
                headers = {"X-Repo-Commit": COMMIT}
                if not file.endswith(".safetensors"):
                    headers["ETag"] = f'"{hashlib.sha1(content).hexdigest()}"'
                    self._reply(200, headers, hub.sent.get(file, content))
                    return
                headers |= {"X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"'}
                headers |= {"X-Linked-Size": str(len(content))}
                # another name of this machine: as on a real hub, the storage is not where the hub is
                headers |= {"Location": f"http://localhost:{hub.port}/storage/{name}/{file}"}
                self._reply(302, headers, b"")

            def _send(self, name: str, file: str) -> None:
                content = hub.sent.get(file, hub.repositories[name][file])
                if not hub.pause:
                    self._reply(200, {}, content)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self.wfile.flush()
                hub.paused.set()
                time.sleep(hub.pause)

            def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
