"""The routes about conversations: read, change, export and delete them, and say whether an answer was useful."""

from __future__ import annotations

import asyncio
import os

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import Handler

_CHANGE = {"title": str, "pinned": bool}
_EXPORT = {"form": str, "folder": str}


class Conversations(Handler):
    @authenticated
    @authorized
    async def get(self) -> None:
        self.reply({"conversations": await (await self.client()).conversations()})


class Conversation(Handler):
    @authenticated
    @authorized
    async def get(self, number: str) -> None:
        self.reply(await (await self.client()).conversation(number))

    @authenticated
    @authorized
    async def patch(self, number: str) -> None:
        await (await self.client()).change_conversation(number, **self.body(_CHANGE))
        self.done()

    @authenticated
    @authorized
    async def delete(self, number: str) -> None:
        await (await self.client()).delete_conversations([number])
        self.done()


class Export(Handler):
    """Returns a conversation in a form to hand in, with links relative to a folder of the server."""

    @authenticated
    @authorized
    async def get(self, number: str) -> None:
        from ...render.export import export

        given = self.query(_EXPORT)
        folder = os.path.join(self.places.root or os.sep, *given.get("folder", "").strip("/").split("/"))
        client = await self.client()
        talk = await client.conversation(number)
        references = await client.references(talk.cited)
        form = given.get("form", "markdown")
        self.reply({"text": await asyncio.to_thread(export, talk, form, references, os.path.normpath(folder))})


class Rating(Handler):
    @authenticated
    @authorized
    async def put(self, number: str, answer: str) -> None:
        useful = self.body({"useful": bool | None}, "useful")["useful"]
        await (await self.client()).rate(number, int(answer), useful)
        self.done()


class Feedback(Handler):
    """Returns how much was said of answers, and the questions for measuring that this makes."""

    @authenticated
    @authorized
    async def get(self) -> None:
        said = await (await self.client()).feedback()
        self.reply({"answers": len(said.answers), "questions": len(said.questions()), "text": said.to_jsonl()})


ROUTES: list[tuple[str, type[Handler]]] = [
    ("feedback", Feedback),
    ("conversations", Conversations),
    ("conversations/([^/]+)", Conversation),
    ("conversations/([^/]+)/export", Export),
    (r"conversations/([^/]+)/answers/(\d{1,9})", Rating),
]
