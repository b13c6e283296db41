"""The route of the settings that the panel's form shows and changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .. import settings_file
from .base import Handler

_Verb = Callable[..., Awaitable[None]]
_executes: Callable[[_Verb], _Verb] = authorized("execute")


class Settings(Handler):
    """What the user's ``localai.toml`` says to notebooks and shells, too; hence the permission to execute."""

    @authenticated
    @_executes
    async def get(self) -> None:
        self.reply(await asyncio.to_thread(settings_file.described))

    @authenticated
    @_executes
    async def patch(self) -> None:
        changes = self.body(settings_file.FORM)
        await asyncio.to_thread(settings_file.change, changes)
        self.reply(await asyncio.to_thread(settings_file.described))
