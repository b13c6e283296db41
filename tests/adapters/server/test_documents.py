"""What the panel asks about documents, and what it has done with them: listing, counting, refreshing."""

import pytest

FILES = {"boats.md": "Boats must stay.", "50%_off #1?.md": "Half.", "日本 %41.md": "Japan.", "broken.pdf": "%PDF-1.4"}


async def follow(server, job):
    return (await server.events("GET", f"jobs/{job['id']}/events"))[-1]


@pytest.fixture
def fetched(server):
    async def fetch(asked):
        return await server.call("GET", "documents", params=asked)

    return fetch


async def test_documents_are_listed_with_what_may_be_done_with_them(server, fetched):
    await server.index("listed", FILES)
    status, told = await fetched({"collection": "listed"})
    assert (status, told["total"], told["failed"]) == (200, 4, 1)
    assert told["roots"] == [
        {"path": str(server.root / "docs"), "contents": "docs", "documents": 4, "changeable": True}
    ]
    assert {item["contents"] for item in told["items"]} == {f"docs/{name}" for name in FILES}
    assert all(item["changeable"] for item in told["items"])
    (broken,) = (await fetched({"collection": "listed", "state": "failed"}))[1]["items"]
    assert broken["code"] and broken["message"] and broken["remedy"] and broken["chunks"] == 0


async def test_documents_are_filtered_and_paged(server, fetched):
    await server.index("paged", FILES)

    async def names(**asked):
        _, told = await fetched({"collection": "paged", **asked})
        return [item["contents"].removeprefix("docs/") for item in told["items"]]

    assert await names(name="%_") == ["50%_off #1?.md"]
    assert await names(name="%41") == ["日本 %41.md"]
    assert await names(limit=2, offset=1) == ["boats.md", "broken.pdf"]
    assert await names(under="docs/日本 %41.md") == ["日本 %41.md"]
    assert await names(under="docs") == await names()


async def test_what_lies_elsewhere_is_listed_and_may_not_be_changed(server, fetched, store, tmp_path, ollama, tiny):
    from jupyter_localai.config import Config
    from jupyter_localai.service.client.async_client import AsyncClient

    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.md").write_text("Elsewhere.")
    config = Config(store, embedder=str(tiny), precision="float32", ollama_host=ollama.address)
    async with AsyncClient(config) as client:
        await client.index(tmp_path / "elsewhere", "outside")
    _, told = await fetched({"collection": "outside"})
    for each in (*told["roots"], *told["items"]):
        assert each["changeable"] is False and "contents" not in each
    (collection,) = [c for c in (await server.get("status"))["collections"] if c["name"] == "outside"]
    assert collection["folders"] == []


async def test_roots_are_told_as_the_file_browser_calls_them(server):
    await server.index("named")
    (collection,) = [c for c in (await server.get("status"))["collections"] if c["name"] == "named"]
    assert collection["folders"] == ["docs"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ([("limit", "0")], "usage"),
        ([("limit", "1001")], "usage"),
        ([("offset", "-1")], "usage"),
        ([("limit", "ten")], "wrong_field"),
        ([("limit", "1"), ("limit", "2")], "wrong_field"),
        ([("state", "broken")], "wrong_field"),
        ([("nmae", "x")], "wrong_field"),
        ([("under", "../..")], "path_outside"),
        ([("under", "/etc")], "path_outside"),
        ([("under", "a\x00b")], "wrong_path"),
        ([("collection", "nowhere")], "unknown_collection"),
    ],
)
async def test_hostile_questions_get_a_named_error(server, fetched, asked, code):
    await server.index("default")
    status, told = await fetched(asked)
    assert 400 <= status < 500 and told["code"] == code and told["message"]


async def test_bytes_that_are_no_text_get_a_named_error(server):
    await server.index("default")
    async with server.stream("GET", "documents?name=%ff&limit=%80") as stream:
        (told,) = [event async for event in stream]
    assert (stream.status, told["code"]) == (400, "wrong_field")


async def test_too_many_documents_are_counted_only(server):
    (server.root / "many").mkdir()
    for number in range(5):
        (server.root / "many" / f"{number}.md").write_text(f"Text {number}.")
    asked = {"kind": "index", "paths": ["many"], "collection": "counted"}
    _, job = await server.call("POST", "jobs", {**asked, "max_documents": 4})
    *_, last_progress, last = await server.events("GET", f"jobs/{job['id']}/events")
    assert (last["type"], last["code"]) == ("error", "too_many_documents")
    assert (last_progress["stage"], last_progress["total"]) == ("index", 5)
    assert "counted" not in [c["name"] for c in (await server.get("collections"))["collections"]]
    _, job = await server.call("POST", "jobs", {**asked, "max_documents": None})
    assert (await follow(server, job))["value"]["added"] == 5


async def test_a_saved_file_is_refreshed_where_it_lies_in_a_root(server, fetched):
    await server.index("first")
    await server.index("second")
    await server.index("third", folder="other")
    (server.root / "docs" / "boats.md").write_text("Boats may leave when the flag is green.")
    status, told = await server.call("POST", "refresh", {"paths": ["docs/boats.md"]})
    assert status == 202 and {job["collection"] for job in told["jobs"]} == {"first", "second"}
    for job in told["jobs"]:
        report = (await follow(server, job))["value"]
        assert (report["updated"], report["added"]) == (1, 0)
        _, found = await server.call("POST", "search", {"query": "green flag", "collection": job["collection"]})
        assert "green" in found["hits"][0]["text"]
    assert (await fetched({"collection": "first"}))[1]["roots"][0]["contents"] == "docs"


async def test_what_lies_in_no_root_is_not_refreshed(server):
    await server.index("only")
    (server.root / "docs2").mkdir()
    (server.root / "docs2" / "new.md").write_text("Not indexed.")
    assert await server.call("POST", "refresh", {"paths": ["docs2/new.md"]}) == (202, {"jobs": []})
    hidden = {"paths": ["/etc/passwd", "../x", "docs/.secret.md", "a\x00b"]}
    assert await server.call("POST", "refresh", hidden) == (202, {"jobs": []})
    status, told = await server.call("POST", "refresh", {})
    assert (status, told["code"]) == (400, "wrong_field")


async def test_a_failed_document_is_tried_again_and_gets_no_root_of_its_own(server, fetched):
    await server.index("mended", {"plan.pdf": "%PDF-1.4 and no more"})
    (server.root / "docs" / "plan.pdf").unlink()
    (server.root / "docs" / "plan.pdf").write_text("no PDF, either")
    asked = {"kind": "index", "paths": ["docs/plan.pdf"], "collection": "mended", "refresh": True, "retry": True}
    _, job = await server.call("POST", "jobs", asked)
    assert (await follow(server, job))["value"]["failed"][0]["contents"] == "docs/plan.pdf"
    (root,) = (await fetched({"collection": "mended"}))[1]["roots"]
    assert root["contents"] == "docs"
