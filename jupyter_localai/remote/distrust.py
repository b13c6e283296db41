"""What a server has of a shared collection and should not have: as errors."""

from __future__ import annotations

from ..errors import RemoteError


def wrong_key() -> RemoteError:
    """Return the error for records that are sealed with another key."""
    return RemoteError(
        "The shared collection is sealed with another key than the one here.",
        "Ask whoever publishes it for the key file, and attach it again with --key FILE.",
        code="wrong_key",
    )


def history_changed(number: int) -> RemoteError:
    """Return the error for a log that is not the continuation of what was seen."""
    return RemoteError(
        f"The log of the shared collection is not the one that was seen before (revision {number}): it was set back, "
        "or written anew. What is here stays as it is.",
        "Ask the server's operator whether an old backup was restored. To begin anew, detach and attach it; "
        "or publish it under another name: jupyter localai share --as NAME.",
        code="history_changed",
    )


def unknown_publisher(number: int) -> RemoteError:
    """Return the error for an entry that nobody who is believed has signed."""
    return RemoteError(
        f"Revision {number} of the shared collection is not signed by a publisher that is known here; "
        "what is here stays as it is.",
        "If there is a new publisher, ask for the new key file, and attach the collection again with it; "
        "who publishes, too, names it with share --key FILE.",
        code="unknown_publisher",
    )


def damaged(number: int, why: str) -> RemoteError:
    """Return the error for records that are missing or altered."""
    return RemoteError(
        f"Revision {number} of the shared collection is damaged on the server: {why}. What is here stays as it is.",
        "Ask whoever published it to mend it: jupyter localai share --repair.",
        code="shared_damaged",
    )


def log_damaged(number: int, why: str) -> RemoteError:
    """Return the error for an entry of the log, which nobody can write once more."""
    return RemoteError(
        f"The log of the shared collection is damaged on the server at revision {number}: {why}. "
        "What is here stays as it is.",
        "Ask the server's operator for a backup. Without one, publish it anew: jupyter localai share --as NAME.",
        code="shared_damaged",
    )


def too_new() -> RemoteError:
    """Return the error for a log that a newer version wrote."""
    return RemoteError(
        "The shared collection was published by a newer version of jupyter-localai.",
        "Update jupyter-localai: pip install --upgrade jupyter-localai.",
        code="shared_newer",
    )


def not_shared(name: str) -> RemoteError:
    """Return the error for a collection that the server does not have."""
    return RemoteError(
        f"The server has no shared collection {name!r}.",
        "Ask whoever publishes it under which name it is there.",
        code="shared_missing",
    )


def conflict(others: list[tuple[str, str, str]]) -> RemoteError:
    """Return the error for documents that another publisher has changed since; rows of path, who and when."""
    shown = "; ".join(f"{path} (by {who}, {when})" for path, who, when in others[:3])
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return RemoteError(
        f"Another publisher has changed documents that you published: {shown}{more}.",
        "Choose whose content counts: jupyter localai share --take theirs, or --take mine.",
        code="shared_conflict",
    )


def of_another_index(paths: list[str]) -> RemoteError:
    """Return the error for documents that the same publisher has published, and that are not in the index at hand."""
    shown = "; ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return RemoteError(
        f"From another index you have published what is not in this one, and would be taken away: {shown}.",
        "Publish from that index; or under another name: --as NAME. To take it away: --take mine.",
        code="shared_conflict",
    )
