"""The routes for teams: a project that is indexed, a bundle that becomes a collection, attached ones that follow."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import Handler


class ProjectIndex(Handler):
    """Indexes the project of a folder; returns the jobs."""

    @authenticated
    @authorized
    async def post(self) -> None:
        from ...project import team
        from ...project.manifest import Project

        folder = self.places.resolve(self.body({"path": str}, "path")["path"])
        project = Project.find(folder)
        for place in (str(project.folder), *project.places()):
            self.places.resolve(place)
        client = await self.client()
        team.check_embedder(project, await client.lock(project.folder))
        jobs = [await client.index(**run, background=True) for run in project.runs()]
        self.reply({"collection": project.name, "jobs": jobs}, 202)


class Bundles(Handler):
    """Makes a collection of a bundle; returns what came in."""

    @authenticated
    @authorized
    async def post(self) -> None:
        path = self.places.resolve(self.body({"path": str}, "path")["path"])
        self.reply(await (await self.client()).import_bundle(path))


class Sync(Handler):
    """Brings an attached collection up to date; returns how it went."""

    @authenticated
    @authorized
    async def post(self) -> None:
        collection = self.body({"collection": str}, "collection")["collection"]
        self.reply(await (await self.client()).sync(collection))
