"""Every route of the server extension, with a real engine behind it."""

import asyncio
import time

import pytest

from jupyter_localai.service.protocol.wire import connection_file
from tests.adapters.server.conftest import QUESTION, until
from tests.support.ollama import says

ANSWER = "Boats must stay when the wind is above twelve metres per second [1]."


class Slow(list):
    """Reports that come one at a time."""

    def __iter__(self):
        for report in super().__iter__():
            yield report
            time.sleep(0.1)


async def test_version_starts_no_engine(server, settings, tmp_path):
    settings.setenv("LOCALAI_STORE", str(tmp_path / "other"))
    assert set(await server.get("version")) == {"version"}
    assert not connection_file(tmp_path / "other").exists()


async def test_documents_are_indexed_and_found(server):
    report = await server.index("found", {"boats.md": "Boats must stay.", "broken.pdf": "%PDF-1.4 and no more"})
    assert (report["collection"], report["added"]) == ("found", 1)
    (failed,) = report["failed"]
    assert failed["contents"] == "docs/broken.pdf" and failed["path"] == str(server.root / "docs" / "broken.pdf")
    jobs = (await server.get("jobs"))["jobs"]
    assert jobs[-1]["state"] == "done" and jobs[-1]["result"] == report
    (collection,) = [c for c in (await server.get("collections"))["collections"] if c["name"] == "found"]
    assert collection["roots"] == [str(server.root / "docs")]
    status = await server.get("status")
    assert collection in status["collections"] and status["privacy"]["enforcement"]
    code, found = await server.call("POST", "search", {"query": "boats", "k": 1, "collection": "found"})
    assert code == 200 and found["collection"] == "found"
    (hit,) = found["hits"]
    assert hit["contents"] == "docs/boats.md" and hit["text"] == "Boats must stay."


async def test_search_is_narrowed_to_files(server):
    await server.index("narrow", {"a.md": "Boats here.", "b.md": "Boats there."})
    _, found = await server.call("POST", "search", {"query": "boats", "collection": "narrow", "file": "b.md"})
    assert [hit["contents"] for hit in found["hits"]] == ["docs/b.md"]


async def test_a_place_is_found_and_named_as_jupyterlab_opens_it(server, tmp_path):
    await server.index("placed", {"boats #1?.md": "Boats must stay at the slipway."})
    file = server.root / "docs" / "boats #1?.md"
    asked = {"path": str(file), "start": 0, "end": 15, "quote": "Boats must stay"}
    status, located = await server.call("POST", "locate", asked)
    assert status == 200
    assert located == {
        "path": str(file),
        "contents": "docs/boats #1?.md",
        "state": "same",
        "anchor": {"line": 1},
        "start": 0,
        "end": 15,
        "kind": "markdown",
    }
    outside = {**asked, "path": str(tmp_path / "elsewhere.md"), "quote": ""}
    status, located = await server.call("POST", "locate", outside)
    assert (status, located["state"], "contents" in located) == (200, "unknown", False)
    for wrong in ({"path": "x"}, {**asked, "start": -1}, {**asked, "path": "a\0b"}, {**asked, "quote": 1}):
        status, told = await server.call("POST", "locate", wrong)
        assert status == 400 and told["code"] and told["message"]


async def test_an_answer_is_streamed(server, ollama):
    await server.index("asked")
    ollama.chatting = says("Boats must stay ", "there [1].")
    async with server.stream("POST", "ask", {"question": QUESTION, "collection": "asked"}) as stream:
        events = [event async for event in stream]
    assert stream.status == 200 and stream.headers["content-type"] == "application/x-ndjson"
    assert stream.headers["x-accel-buffering"] == "no" and stream.headers["cache-control"] == "no-store"
    kinds = [event["type"] for event in events if event["type"] != "progress"]
    assert kinds == ["passages", "token", "token", "answer"]
    passages = next(event for event in events if event["type"] == "passages")
    assert passages["passages"][0]["contents"] == "docs/boats.md"
    answer = events[-1]
    assert answer["text"] == "Boats must stay there [1]." and answer["citations"][0]["contents"] == "docs/boats.md"


async def test_an_answer_without_a_chat_model(server, ollama):
    await server.index("quoted")
    asked = {"question": QUESTION, "collection": "quoted", "extractive": True, "k": 1, "file": "*.md"}
    answer = (await server.events("POST", "ask", asked))[-1]
    assert (answer["type"], answer["mode"], len(answer["passages"])) == ("answer", "extractive", 1)
    assert not ollama.chats


async def test_an_overview_of_a_document_is_streamed_and_remembered(server, ollama):
    await server.index("summed")
    ollama.chatting = says("Boats must stay at the slipway [1].")
    asked = {"documents": ["docs/boats.md"]}
    *events, answer = await server.events("POST", "summarize", asked)
    assert "token" in {event["type"] for event in events}
    assert (answer["mode"], answer["question"]) == ("llm", "Summarise boats.md")
    assert answer["citations"][0]["contents"] == "docs/boats.md"
    _, talk = await server.call("GET", f"conversations/{answer['conversation']}")
    assert [one["question"] for one in talk["answers"]] == ["Summarise boats.md"]
    whole = {"documents": [], "collection": "summed", "extractive": True, "conversation": answer["conversation"]}
    *_, answer = await server.events("POST", "summarize", whole)
    assert (answer["mode"], answer["question"]) == ("extractive", "Summarise collection 'summed'")
    status, told = await server.call("POST", "summarize", {"documents": ["docs/../../secret.md"]})
    assert (status, told["code"]) == (403, "path_outside")


async def test_text_comes_while_it_is_written_and_ends_when_the_browser_leaves(server, ollama):
    await server.index("left")
    ollama.chatting, ollama.holds_after = says(*["Word "] * 200), 3
    async with server.stream("POST", "ask", {"question": QUESTION, "collection": "left"}) as stream:
        assert (await stream.until("token"))["text"] == "Word "
        assert not ollama.left
    await until(lambda: ollama.left)


async def test_it_ends_before_the_first_word_too(server, ollama):
    await server.index("early")
    ollama.chatting, ollama.holds_after = says(ANSWER), 0
    async with server.stream("POST", "ask", {"question": QUESTION, "collection": "early"}) as stream:
        await stream.until("passages")
        await until(lambda: ollama.chats)
    await until(lambda: ollama.left)


async def test_several_streams_at_once(server, ollama):
    await server.index("several")
    ollama.chatting, ollama.holds_after = says(*["Word "] * 200), 3
    asked = {"question": QUESTION, "collection": "several"}
    async with server.stream("POST", "ask", asked) as first, server.stream("POST", "ask", asked) as second:
        await asyncio.gather(first.until("token"), second.until("token"))
        third = await server.events("POST", "ask", {**asked, "extractive": True})
        assert third[-1]["type"] == "answer"
        await first.until("token")
    await until(lambda: len(ollama.left) == 2)


async def test_conversations_go_on_and_are_deleted(server, ollama):
    await server.index("talk")
    ollama.replies = [says(ANSWER), says("Who decides about boats?"), says("The leader [1].")]
    first = (await server.events("POST", "ask", {"question": QUESTION, "collection": "talk"}))[-1]
    number = first["conversation"]
    await server.events("POST", "ask", {"question": "And who decides?", "conversation": number})
    (talk,) = [t for t in (await server.get("conversations"))["conversations"] if t["id"] == number]
    assert (talk["turns"], talk["answers"]) == (2, [])
    whole = await server.get(f"conversations/{number}")
    assert [answer["question"] for answer in whole["answers"]] == [QUESTION, "And who decides?"]
    assert whole["answers"][0]["citations"][0]["contents"] == "docs/boats.md"
    markdown = (await server.get(f"conversations/{number}/export", folder="notes"))["text"]
    assert "twelve metres" in markdown and QUESTION in markdown and "](../docs/boats.md" in markdown
    assert "@misc{" in (await server.get(f"conversations/{number}/export", form="bibtex"))["text"]
    assert await server.call("PATCH", f"conversations/{number}", {"title": "Boats", "pinned": True}) == (204, None)
    assert await server.call("PUT", f"conversations/{number}/answers/1", {"useful": True}) == (204, None)
    whole = await server.get(f"conversations/{number}")
    assert (whole["title"], whole["pinned"], whole["answers"][0]["useful"]) == ("Boats", True, True)
    said = await server.get("feedback")
    assert (said["answers"], said["questions"]) == (1, 1) and QUESTION in said["text"]
    assert (await server.call("PUT", f"conversations/{number}/answers/9", {"useful": None}))[0] == 404
    asked = {"question": "Which boats?", "conversation": number, "after": 1, "extractive": True}
    await server.events("POST", "ask", {**asked, "collection": ["talk"]})
    whole = await server.get(f"conversations/{number}")
    assert [answer["question"] for answer in whole["answers"]] == [QUESTION, "Which boats?"]
    assert await server.call("DELETE", f"conversations/{number}") == (204, None)
    code, told = await server.call("GET", f"conversations/{number}")
    assert (code, told["code"]) == (404, "unknown_conversation")


async def test_a_collection_is_renamed_and_left(server):
    await server.index("before")
    assert await server.call("POST", "collections/rename", {"collection": "before", "name": "after"}) == (204, None)
    names = [each["name"] for each in (await server.get("collections"))["collections"]]
    assert "after" in names and "before" not in names
    told = {"paths": ["docs/boats.md"], "collection": "after"}
    _, would = await server.call("POST", "forget", {**told, "dry_run": True})
    assert (would["documents"], would["dry_run"]) == (1, True)
    _, report = await server.call("POST", "forget", told)
    assert report["collections"] == ["after"]
    assert (await server.call("POST", "forget", {"collection": "after"}))[1]["documents"] == 0


async def test_what_to_index_is_chosen(server):
    (server.root / "docs").mkdir()
    for name in ("a.md", "b.md", "c.txt", ".gitignore"):
        (server.root / "docs" / name).write_text("a.md" if name == ".gitignore" else f"Text of {name}.")

    async def found(**rules):
        asked = {"kind": "index", "paths": ["docs"], "collection": "rules", "dry_run": True, **rules}
        _, job = await server.call("POST", "jobs", asked)
        report = (await server.events("GET", f"jobs/{job['id']}/events"))[-1]["value"]
        assert report["dry_run"] is True
        return report["added"]

    assert await found() == 2
    assert await found(ignore=False) == 3
    assert await found(include=["*.md"]) == 1
    assert await found(exclude=["*.txt"], ignore=False, retry=True) == 2


async def test_a_job_goes_on_without_its_followers_until_it_is_cancelled(server):
    (server.root / "many").mkdir()
    for number in range(1500):
        (server.root / "many" / f"{number}.txt").write_text(f"Document {number}: {number * 7919}. " * 5)
    _, job = await server.call("POST", "jobs", {"kind": "index", "paths": ["many"], "collection": "many"})
    for _ in range(2):
        async with server.stream("GET", f"jobs/{job['id']}/events") as stream:
            await stream.until("progress")
    (listed,) = [one for one in (await server.get("jobs"))["jobs"] if one["id"] == job["id"]]
    assert listed["state"] == "running"
    code, told = await server.call("DELETE", f"jobs/{job['id']}")
    assert (code, told["id"]) == (200, job["id"])
    *_, last = await server.events("GET", f"jobs/{job['id']}/events")
    assert (last["type"], last["code"]) == ("error", "cancelled")


async def test_documents_are_forgotten_deleted_ones_too(server):
    await server.index("gone", {"a.md": "Boats here.", "b.md": "Boats there."})
    (server.root / "docs" / "a.md").unlink()
    code, report = await server.call("POST", "forget", {"paths": ["docs/a.md"]})
    assert (code, report["documents"], report["collections"]) == (200, 1, ["gone"])
    code, report = await server.call("POST", "forget", {"collection": "gone"})
    assert (code, report["documents"]) == (200, 1)
    code, report = await server.call("POST", "forget", {"paths": ["docs/a.md"]})  # its remains, if any
    assert (code, report["documents"]) == (200, 0)
    code, told = await server.call("POST", "forget", {"paths": ["nowhere/a.md"]})
    assert (code, told["code"]) == (404, "not_indexed")


async def test_models_are_listed_and_pulled(server, ollama):
    models = await server.get("models")
    assert [model["name"] for model in models["models"]] == ["llama3.1:8b"]
    layer = {"status": "pulling aa", "digest": "sha256:aa", "total": 1000}
    ollama.pulling = [{**layer, "completed": 500}, {**layer, "completed": 1000}, {"status": "success"}]
    events = await server.events("POST", "models/pull", {"name": "qwen3:4b"})
    assert events[-1] == {"type": "result", "value": None}
    assert {event["stage"] for event in events[:-1]} == {"pull"} and events[-2]["total"] == 1000
    assert [body["model"] for _, path, body in ollama.requests if path == "/api/pull"] == ["qwen3:4b"]


async def test_a_chat_model_is_brought_into_memory(server, ollama):
    assert await server.call("POST", "models/load", {"model": ""}) == (200, {"loaded": True})
    assert await server.call("POST", "models/load", {}) == (200, {"loaded": False})
    assert [model for model, _ in ollama.loads] == ["llama3.1:8b"]


async def test_a_pull_ends_when_the_browser_leaves(server, ollama):
    layer = {"status": "pulling aa", "digest": "sha256:aa", "total": 1000}
    ollama.pulling = Slow([{**layer, "completed": number} for number in range(1000)])
    async with server.stream("POST", "models/pull", {"name": "qwen3:4b"}) as stream:
        await stream.until("progress")
    await until(lambda: ollama.left)


@pytest.fixture
def papers(tmp_path, jp_server_config):
    """A folder that the user's Jupyter configuration lists."""
    papers = tmp_path / "papers"
    papers.mkdir()
    jp_server_config["JupyterLocalAI"] = {"folders": [str(papers)]}
    return papers


async def test_folders_of_the_configuration(papers, server):
    (papers / "a.md").write_text("Boats elsewhere.")
    (server.root / "link").symlink_to(papers)
    for path in (str(papers), "link"):
        asked = {"kind": "index", "paths": [path], "collection": "papers", "retry": True}
        _, job = await server.call("POST", "jobs", asked)
        assert (await server.events("GET", f"jobs/{job['id']}/events"))[-1]["value"]["chunks"] == 1
    _, found = await server.call("POST", "search", {"query": "boats", "collection": "papers"})
    (hit,) = found["hits"]
    assert hit["path"] == str(papers / "a.md") and "contents" not in hit
    status, told = await server.call("POST", "forget", {"paths": [str(papers.parent / "other")]})
    assert (status, told["code"]) == (403, "path_outside")
    assert (await server.call("POST", "forget", {"paths": [str(papers / "a.md")]}))[1]["documents"] == 1
