"""TLS before a server on loopback, as a proxy has it, with a certificate of a test's own authority.

python -m tests.support.tls CERTIFICATE KEY HOST PORT TARGET_PORT
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

HAVE_OPENSSL = shutil.which("openssl") is not None


class Certificate(NamedTuple):
    """Files with a certificate and its key, and the certificate of the authority that signed it."""

    file: Path
    key: Path
    authority: Path


def make_certificate(folder: Path, name: str, days: int = 2) -> Certificate:
    """Return a new certificate for a name or an IPv4 address, signed by an authority that is made in `folder` once.

    With -1 day it has expired.
    """
    authority, its_key = folder / "authority.pem", folder / "authority.key"
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    if not authority.exists():
        _openssl("req", "-x509", *new_key, "-keyout", its_key, "-out", authority, "-days", 2, "-subj", "/CN=test")
    file, key, request = (folder / f"{name}{days}.{suffix}" for suffix in ("pem", "key", "csr"))
    kind = "IP" if name.replace(".", "").isdigit() else "DNS"
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName = {kind}:{name}\n")
    _openssl("req", *new_key, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    signed_by = ["-CA", authority, "-CAkey", its_key, "-CAcreateserial", "-days", days, "-extfile", extensions]
    _openssl("x509", "-req", "-in", request, "-out", file, *signed_by)
    return Certificate(file, key, authority)


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class TlsFront:
    """Takes connections by TLS and forwards what is inside to a port of loopback, until `stop`.

    Attributes
    ----------
    names : list
        The server's name that each client asked for.
    """

    def __init__(self, file: Path, key: Path, target_port: int, host: str = "127.0.0.1", port: int = 0) -> None:
        self.names: list[str | None] = []
        self._target = ("127.0.0.1", target_port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file, key)
        self._context.sni_callback = lambda connection, name, context: self.names.append(name)
        self._listener = socket.create_server((host, port))
        self.port = self._listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._forward, args=(connection,), daemon=True).start()

    def _forward(self, connection: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(self._target) as far,
            self._context.wrap_socket(connection, server_side=True) as near,
        ):
            threading.Thread(target=pump, args=(far, near), daemon=True).start()
            pump(near, far)


def pump(source: socket.socket, target: socket.socket, seen: bytearray | None = None) -> None:
    """Forward what comes until it ends, and write it down in `seen`."""
    with contextlib.suppress(OSError):
        while block := source.recv(1 << 16):
            target.sendall(block)
            if seen is not None:
                seen.extend(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    certificate, key, host, port, target = sys.argv[1:]
    TlsFront(Path(certificate), Path(key), int(target), host, int(port)).thread.join()
