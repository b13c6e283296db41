"""What a Chroma server, or what stands before it, refuses: as errors."""

from __future__ import annotations

from ..errors import RemoteError

_BUSY = (429, 503)
_AWAY = (502, 504)  # a proxy that does not reach the server behind it


def refused(address: str, status: int) -> RemoteError:
    """Return the error for an answer with another status than success."""
    if status in (401, 403):
        return RemoteError(
            f"The server at {address} refuses this (status {status}): the token is missing, wrong, or not for this.",
            "Ask its operator for a token, set LOCALAI_SHARED_TOKEN to it, then: jupyter localai engine stop.",
            code="shared_refused",
        )
    if status == 404:
        return RemoteError(
            f"The server at {address} has no such collection.",
            "Ask whoever publishes it under which name it is there.",
            code="shared_missing",
        )
    if status in _BUSY:
        return RemoteError(
            f"The server at {address} is busy (status {status}).", "Try again in a minute.", code="shared_busy"
        )
    if status in _AWAY:
        return unreachable(address, f"its proxy says status {status}")
    why = ", which means that the request is too large for it" if status == 413 else ""
    why = ", a redirect, which is not followed" if 300 <= status < 400 else why
    return RemoteError(
        f"The server at {address} answered with status {status}{why}.",
        "Ask its operator to look at its log, then try again.",
        code="shared_failed",
    )


def unreachable(address: str, why: str) -> RemoteError:
    """Return the error for a server that does not answer, or breaks off."""
    return RemoteError(
        f"The server at {address} does not answer ({why}).",
        "Check that it runs, and that this machine reaches it.",
        code="shared_unreachable",
    )


def no_certificate(address: str, why: str) -> RemoteError:
    """Return the error for a certificate that does not prove whose the server is."""
    return RemoteError(
        f"The certificate of the server at {address} is not accepted ({why}); nothing was sent there.",
        "If an authority of your own signs it, set shared_ca to the file with that authority's certificate.",
        code="shared_certificate",
    )


def foreign(address: str, owner: str) -> RemoteError:
    """Return the error for a server of another user of this machine."""
    return RemoteError(
        f"What listens at {address} belongs to another user of this machine ({owner}); nothing was sent there.",
        f"Open your own tunnel, or list {owner} in the setting allow_users if you trust them with the server's token.",
        code="shared_foreign",
    )


def another_kind(address: str, name: str) -> RemoteError:
    """Return the error for a collection that was made for something else."""
    return RemoteError(
        f"The server at {address} has a collection {name!r} that was not made for this: it does not compare by cosine.",
        "Publish under another name: --as NAME. Or have its operator delete it, if nobody needs it.",
        code="shared_kind",
    )


def elsewhere(name: str, address: str) -> RemoteError:
    """Return the error for an attached collection that follows one at another address than the setting's."""
    return RemoteError(
        f"Collection {name!r} was attached at {address}, and shared_host is another address.",
        f"Set shared_host to {address}. Where the server has moved, attach the collection again with its key file.",
        code="shared_elsewhere",
    )


def damaged(address: str, why: str) -> RemoteError:
    """Return the error for an answer that cannot be right."""
    return RemoteError(
        f"What the server at {address} sent cannot be right ({why}); it was not used.",
        "Check that the setting shared_host leads to a Chroma server.",
        code="shared_damaged",
    )
