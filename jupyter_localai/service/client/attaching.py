"""The verbs about collections on a server, and about that server; `Verbs` has them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from ...config import DEFAULT_COLLECTION
from ...results.base import to_json
from ...results.reports import ForgetReport
from ...results.servers import ServerCheck, ServerReply
from ...results.shared import AttachReport, AttachWishes, ShareReport, ShareWishes, SyncReport
from .methods import Verb
from .naming import absolute
from .request import Report, Request


class AttachingVerbs:
    """Share, attach, sync and detach, and the server that this needs."""

    @Verb
    def share(
        self,
        collection: str = DEFAULT_COLLECTION,
        name: str = "",
        *,
        is_open: bool = False,
        key: str | os.PathLike[str] = "",
        publishers: Sequence[str] = (),
        take: Literal["", "theirs", "mine"] = "",
        repair: bool = False,
        dry_run: bool = False,
        yes_to: str = "",
        progress: Report | None = None,
    ) -> Request[ShareReport]:
        """Publish a collection, or what has changed in it, on the Chroma server that the setting `shared_host` names.

        Vectors and sealed texts go there. Who has the key file, whose place the first report says, can attach it.

        Parameters
        ----------
        collection : str
        name : str
            The server's name of the collection; at first the same when left out, later the one that it has. Another one
            publishes it anew, with a new key; what is under the old name stays there.
        is_open : bool
            Leave texts and paths readable for all who reach the server, such as other programs that use Chroma.
            Counts when it is published for the first time under a name.
        key : path
            The key file of a collection that others publish, to publish together; or a newer one. Named again after
            the server has moved, it goes on there.
        publishers : sequence of str
            Others who may publish, too, each as ``NAME=KEY``; a new key file is written, which members need then.
        take : {"", "theirs", "mine"}
            Whose content counts for documents that another publisher has changed since; ``mine`` also takes away what
            you have published from another index.
        repair : bool
            Send again what the server has lost, and take away what publishing left that was broken off.
        dry_run : bool
            Only report what would be sent.
        yes_to : str
            The server's address, to agree that something goes there; asked for once for each address.
        progress : callable, optional
            Called with each `Progress`.

        Raises
        ------
        UnknownCollectionError
        UsageError
            ``attached`` for a collection that is itself attached; ``address_not_accepted``.
        RemoteError
            ``shared_exists``, ``shared_conflict``, ``not_a_publisher``; when the server does not do what was asked.
        """
        place = absolute(key)[0] if os.fspath(key) else ""
        wishes = ShareWishes(name, is_open, place, tuple(publishers), take, repair, dry_run, yes_to)
        return Request("share", {"collection": collection, "wishes": to_json(wishes)}, ShareReport, progress)

    @Verb
    def attach(
        self,
        key: str | os.PathLike[str],
        collection: str = "",
        *,
        vectors: Literal["", "local", "remote"] = "",
        root: str | os.PathLike[str] = "",
        yes_to: str = "",
        progress: Report | None = None,
    ) -> Request[AttachReport]:
        """Make a collection that follows one on the server that the setting `shared_host` names.

        Its texts and places are kept here, so that words are found and passages read without the server, too. Attach
        it again with a newer key file to believe new publishers, and with any after the server has moved.

        Parameters
        ----------
        key : path
            The key file that its publisher gave you.
        collection : str
            Its name here. When left out, that of the collection that follows it already, else the one on the server.
        vectors : {"", "local", "remote"}
            Whether the vectors are kept here, too; then no question goes out in any form. When left out, they are for
            fewer than 200,000 chunks.
        root : path
            The folder that has the documents on this machine, so that citations open them.
        yes_to : str
            As in `share`.
        progress : callable, optional
            Called with each `Progress`.

        Raises
        ------
        StoreError
            ``collection_exists``.
        EmbedderMismatchError
            ``other_embedder`` when it was published with another embedding model than the configured one.
        UsageError
            ``address_not_accepted``.
        RemoteError
        """
        wishes = AttachWishes(collection, vectors, absolute(root)[0] if os.fspath(root) else "", yes_to)
        return Request("attach", {"key": absolute(key)[0], "wishes": to_json(wishes)}, AttachReport, progress)

    @Verb
    def sync(self, collection: str | None = None, *, progress: Report | None = None) -> Request[SyncReport]:
        """Bring an attached collection, or all of them, up to date; questions do so by themselves every minute.

        What is wrong with one is in its part of the report.
        """
        return Request("sync", {"collection": collection}, SyncReport, progress)

    @Verb
    def detach(self, collection: str, *, progress: Report | None = None) -> Request[ForgetReport]:
        """Remove an attached collection here, so that nothing of it stays in the index; the server keeps its own.

        Raises
        ------
        UnknownCollectionError
        UsageError
            ``not_attached``.
        """
        return Request("detach", {"collection": collection}, ForgetReport, progress)

    @Verb
    def shared_server(self) -> Request[ServerReply]:
        """Ask the server that the setting ``shared_host`` names whether it is a Chroma server, and takes the token.

        Raises
        ------
        ConfigError
            ``no_shared_host`` when no server is named.
        PrivacyError
            ``shared_host_refused``.
        EngineError
            ``engine_settings`` when the engine was started for another one.
        RemoteError
        """
        return Request("shared_server", {}, ServerReply)

    @Verb
    def check_shared_server(self) -> Request[ServerCheck]:
        """Try whether that server does what shared collections rely on, in a collection that is deleted at the end.

        Raises
        ------
        ConfigError, PrivacyError, EngineError, RemoteError
            As `shared_server`, before anything is tried.
        """
        return Request("check_shared_server", {}, ServerCheck)
