"""The routes. Each method reads its request, calls the client once and sends the result.

Jupyter's authorizer takes GET for reading and other methods for writing. Search and locating are POSTs that only read.
Asking, summarizing, downloading a model and the doctor require the permission to execute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ... import __version__
from ...errors import UsageError
from ...paths import meet
from . import talk_handlers
from .base import Handler, stream_call
from .changes import Changes
from .examples import copied
from .settings import Settings
from .team import Bundles, ProjectIndex, Sync

if TYPE_CHECKING:
    from ...results.answers import Answer

_Verb = Callable[..., Awaitable[None]]
_reads: Callable[[_Verb], _Verb] = authorized("read")
_executes: Callable[[_Verb], _Verb] = authorized("execute")

_SEARCH = {"query": str, "k": int, "collection": str, "file": str | None}
_LOCATE = {"path": str, "start": int, "end": int, "quote": str, "text": bool}
_ASK = {
    "question": str,
    "collection": str | list[str] | None,
    "k": int,
    "file": str | None,
    "model": str,
    "extractive": bool,
    "conversation": str | None,
    "context": str,
    "context_path": str,
    "fresh": bool,
    "after": int | None,
    "document": str | None,
}
_SUMMARIZE = {
    "documents": list[str],
    "collection": str | list[str],
    "model": str,
    "extractive": bool,
    "conversation": str | None,
    "after": int | None,
}
_JOB = {
    "kind": str,
    "paths": list[str],
    "collection": str,
    "include": list[str],
    "exclude": list[str],
    "ignore": bool,
    "retry": bool,
    "ocr": bool,
    "dry_run": bool,
    "refresh": bool,
    "max_documents": int | None,
}
_DOCUMENTS = {
    "collection": str,
    "state": Literal["ready", "pending", "failed"],
    "name": str,
    "under": list[str],
    "limit": int,
    "offset": int,
}
_WATCH = {"collection": str, "on": bool}
_FORGET = {"paths": list[str], "collection": str, "dry_run": bool}
_RENAME = {"collection": str, "name": str}


class Version(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.reply({"version": __version__})


class Status(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.reply(await (await self.client()).status())


class Collections(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.reply({"collections": await (await self.client()).collections()})


class Suggest(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.reply(await (await self.client()).suggest(**self.query({"collection": str})))


class Examples(Handler):
    @authenticated
    @authorized
    async def post(self) -> None:
        self.body({})
        self.reply({"folder": await asyncio.to_thread(copied, self.places)}, 201)


class RenameCollection(Handler):
    @authenticated
    @authorized
    async def post(self) -> None:
        await (await self.client()).rename_collection(**self.body(_RENAME, "collection", "name"))
        self.done()


class Search(Handler):
    @authenticated
    @_reads
    async def post(self) -> None:
        given = self.body(_SEARCH, "query")
        self.reply(await (await self.client()).search(**given))


class Locate(Handler):
    @authenticated
    @_reads
    async def post(self) -> None:
        given = self.body(_LOCATE, "path", "start", "end")
        self.reply(await (await self.client()).locate(**given))


class Ask(Handler):
    @authenticated
    @_executes
    async def post(self) -> None:
        given = self.body(_ASK, "question")
        document = given.pop("document", None)
        if document is not None:
            given["document"] = self.places.resolve(document)
        source = given.pop("context_path", "")
        if source and self.places.has(source):  # a text can come from what is no file of this machine
            given["context_path"] = self.places.resolve(source)
        client = await self.client()
        await self.stream(client.stream(**given))


class Summarize(Handler):
    @authenticated
    @_executes
    async def post(self) -> None:
        given = self.body(_SUMMARIZE)
        documents = [self.places.resolve(path) for path in given.pop("documents", ())]
        client = await self.client()
        await self.stream(client.stream_summary(documents or None, **given))


class Preload(Handler):
    @authenticated
    @_executes
    async def post(self) -> None:
        given = self.body({"model": str})
        self.reply({"loaded": await (await self.client()).preload(**given)})


class Jobs(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.reply({"jobs": await (await self.client()).jobs()})

    @authenticated
    @authorized
    async def post(self) -> None:
        given = self.body(_JOB, "kind", "paths")
        if given.pop("kind") != "index":
            raise UsageError("The only kind of job to start is 'index'.", code="wrong_field")
        given["paths"] = [self.places.resolve(path) for path in given["paths"]]
        self.reply(await (await self.client()).index(**given, background=True), 202)


class Refresh(Handler):
    """Updates files in every collection whose roots contain them; returns the jobs."""

    @authenticated
    @authorized
    async def post(self) -> None:
        named = self.body({"paths": list[str]}, "paths")["paths"]
        paths = [self.places.resolve(path) for path in named if self.places.has(path)]  # other paths are not indexed
        client = await self.client()
        names = [info.name for info in await client.collections() if meet(info.roots, paths)]
        jobs = [await client.index(paths, name, refresh=True, background=True) for name in names]
        self.reply({"jobs": jobs}, 202)


class Documents(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        given = self.query(_DOCUMENTS)
        given["under"] = [self.places.resolve(path) for path in given.get("under", ())]
        reply = (await (await self.client()).documents(**given)).to_dict()
        for each in (*reply["roots"], *reply["items"]):
            each["changeable"] = self.places.has(each["path"])
        self.reply(reply)


class Job(Handler):
    @authenticated
    @authorized
    async def delete(self, job: str) -> None:
        self.reply(await (await self.client()).cancel(job))


class JobEvents(Handler):
    @authenticated
    @authorized
    async def get(self, job: str) -> None:
        client = await self.client()
        await self.stream(stream_call(lambda report: client.follow(job, progress=report)))


class Forget(Handler):
    @authenticated
    @authorized
    async def post(self) -> None:
        given = self.body(_FORGET)
        given["paths"] = [self.places.resolve(path) for path in given.get("paths", ())]
        client = await self.client()
        act = client.would_forget if given.pop("dry_run", False) else client.forget
        self.reply(await act(**given))


class Watch(Handler):
    @authenticated
    @authorized
    async def post(self) -> None:
        given = self.body(_WATCH)
        self.reply(await (await self.client()).watch(**given))


class Models(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.reply(await (await self.client()).models())


class Pull(Handler):
    @authenticated
    @_executes
    async def post(self) -> None:
        name = self.body({"name": str}, "name")["name"]
        client = await self.client()
        await self.stream(stream_call(lambda report: client.pull(name, progress=report)))


class AnswerMarkdown(Handler):
    """Renders an answer that the page sends; it need not belong to a stored conversation."""

    @authenticated
    @_reads
    async def post(self) -> None:
        from ...results.answers import Answer

        given = self.body({"answer": Answer, "folder": str}, "answer")
        answer: Answer = given["answer"]
        from .links import source_links

        links = source_links(answer, self.places.root, given.get("folder", ""))
        self.reply({"markdown": await asyncio.to_thread(_markdown, answer, links)})


def _markdown(answer: Answer, links: dict[int, str]) -> str:
    from ...render import markdown
    from ...results import saved

    return saved.CELL + markdown.answer(answer, links)


class Doctor(Handler):
    @authenticated
    @_executes
    async def get(self) -> None:
        self.reply(await self.examination.diagnosis())


ROUTES: list[tuple[str, type[Handler]]] = [
    ("version", Version),
    ("status", Status),
    ("collections", Collections),
    ("collections/rename", RenameCollection),
    ("documents", Documents),
    ("refresh", Refresh),
    ("suggest", Suggest),
    ("examples", Examples),
    ("search", Search),
    ("locate", Locate),
    ("ask", Ask),
    ("summarize", Summarize),
    ("markdown", AnswerMarkdown),
    ("jobs", Jobs),
    ("jobs/([^/]+)", Job),
    ("jobs/([^/]+)/events", JobEvents),
    ("forget", Forget),
    ("watch", Watch),
    ("project", ProjectIndex),
    ("bundles", Bundles),
    ("sync", Sync),
    ("models", Models),
    ("models/pull", Pull),
    ("models/load", Preload),
    *talk_handlers.ROUTES,
    ("settings", Settings),
    ("doctor", Doctor),
    ("changes", Changes),
]
