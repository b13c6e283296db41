"""The user's secrets of shared collections: files that nobody else can read.

The token lets one past what stands before the server. A share key opens the texts of one collection. By the publisher's
key, members believe what was published. None of them is a setting, an argument or a line in a log.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from ..errors import RemoteError
from ..privacy import trust
from .sealing import KEY_BYTES

TOKEN_VARIABLE = "LOCALAI_SHARED_TOKEN"
_MAX_BYTES = 4096
_TOKEN = re.compile(r"[!-~]*")
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class KeyRing:
    """The secrets in the user's configuration folder.

    Parameters
    ----------
    folder : Path, optional
        Made when something is kept; ``localai-keys`` in Jupyter's configuration folder when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or _folder()

    def token(self) -> str:
        """Return the server's token: of the environment, else of the file ``token``; empty when there is none.

        Raises
        ------
        RemoteError
            ``key_exposed``; ``bad_token`` for what no request could carry.
        """
        given = os.environ.get(TOKEN_VARIABLE) or (self._read("token") or b"").decode("utf-8-sig", "replace")
        if not _TOKEN.fullmatch(given.strip()):
            raise RemoteError(
                "The token for the server of shared collections has spaces, or letters that no token has.",
                f"Copy it again: into the variable {TOKEN_VARIABLE}, or as the only line into {self.folder / 'token'}.",
                code="bad_token",
            )
        return given.strip()

    def share_key(self, key_id: str) -> bytes:
        """Return the key of a shared collection.

        Raises
        ------
        RemoteError
            ``no_key``, ``key_exposed``.
        """
        key = self._read(_share(key_id))
        if key is None or len(key) != KEY_BYTES:
            raise RemoteError(
                f"The key {key_id} of a shared collection is not on this machine.",
                "Ask whoever publishes it for the key file, and attach the collection with it.",
                code="no_key",
            )
        return key

    def keep_share_key(self, key_id: str, key: bytes) -> None:
        """Keep the key of a shared collection; the same key again changes nothing.

        Raises
        ------
        RemoteError
            ``key_exposed``; ``key_kept`` when there is another one of that name, or it cannot be written.
        """
        self._keep(_share(key_id), key)

    def publisher_key(self) -> bytes:
        """Return 32 random bytes, this user's as a publisher, made when they are first needed.

        Raises
        ------
        RemoteError
            ``key_exposed``, ``key_kept``.
        """
        if self._read("publisher") is None:
            self._keep("publisher", secrets.token_bytes(KEY_BYTES), ours_counts=False)
        key = self._read("publisher") or b""
        if len(key) != KEY_BYTES:
            raise _unkept(self.folder / "publisher", "it is no key")
        return key

    def _read(self, name: str) -> bytes | None:
        path = self.folder / name
        try:
            with open(trust.open_own(path, os.O_RDONLY), "rb") as stream:
                if not trust.is_private(os.fstat(stream.fileno())):
                    raise RemoteError(
                        f"{path} can be read by other users; what is in it is no secret, and is not used.",
                        f"Replace what is in it, after: chmod 600 {str(path)!r}.",
                        code="key_exposed",
                    )
                return stream.read(_MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unkept(path, error.strerror or "") from None

    def _keep(self, name: str, secret: bytes, ours_counts: bool = True) -> None:
        """Write a file in one step, unless it is there; then `ours_counts` says whether it has to be the same."""
        path = self.folder / name
        beside = path.with_name(f".{name}.{secrets.token_hex(4)}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with open(trust.open_own(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as stream:
                    stream.write(secret)
                    stream.flush()
                    os.fsync(stream.fileno())
                os.link(beside, path)
            except FileExistsError:
                if ours_counts and self._read(name) != secret:
                    raise _unkept(path, "another key of that name is there") from None
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise _unkept(path, error.strerror or "") from None


def _folder() -> Path:
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / "localai-keys"


def _share(key_id: str) -> str:
    if not _KEY_ID.fullmatch(key_id):
        raise RemoteError(f"{key_id[:100]!r} is no name of a key.", "Ask for the key file again.", code="no_key")
    return f"share-{key_id}"


def _unkept(path: Path, why: str) -> RemoteError:
    return RemoteError(f"{path} cannot be used ({why}).", "Look at it, and move it away.", code="key_kept")
