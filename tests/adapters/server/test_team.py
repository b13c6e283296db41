"""The panel's way to a project and to a bundle."""

from jupyter_localai.config import resolve
from jupyter_localai.project.manifest import FILE
from jupyter_localai.service.client.async_client import AsyncClient


async def test_a_project_is_indexed_as_its_file_says(server):
    folder = server.root / "team"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "boats.md").write_text("Boats must stay.")
    (folder / "docs" / "draft.md").write_text("Not yet.")
    (folder / FILE).write_text('name = "crew"\n\n[[roots]]\npath = "docs"\nexclude = ["draft*"]\n')
    code, begun = await server.call("POST", "project", {"path": "team/docs"})
    assert (code, begun["collection"]) == (202, "crew")
    (job,) = begun["jobs"]
    report = (await server.events("GET", f"jobs/{job['id']}/events"))[-1]["value"]
    assert (report["collection"], report["added"]) == ("crew", 1)
    (folder / FILE).write_text('name = "crew"\nfingerprint = "other"\n')
    code, told = await server.call("POST", "project", {"path": "team"})
    assert (code, told["code"]) == (409, "project_embedder")


async def test_a_project_above_what_the_server_shows_is_not_indexed(server):
    (server.root.parent / FILE).write_text("")
    (server.root / "below").mkdir()
    for path in ("below", "..", "/"):
        code, told = await server.call("POST", "project", {"path": path})
        assert (code, told["code"]) in ((403, "path_outside"), (409, "no_project")), told


async def test_a_bundle_becomes_a_collection(server):
    await server.index("ship", {"boats.md": "Boats must stay."})
    code, _ = await server.call("POST", "bundles", {"path": "docs/boats.md"})
    assert code == 400
    async with AsyncClient(resolve()) as client:
        await client.export_bundle(server.root / "ship.localai", "ship")
        await client.forget(collection="ship")
    code, report = await server.call("POST", "bundles", {"path": "ship.localai"})
    assert (code, report["collection"], report["documents"], report["embedded"]) == (200, "ship", 1, 0)
    code, told = await server.call("POST", "bundles", {"path": "ship.localai"})
    assert (code, told["code"]) == (409, "collection_exists")
    code, told = await server.call("POST", "bundles", {"path": "/etc/passwd"})
    assert (code, told["code"]) == (403, "path_outside")
