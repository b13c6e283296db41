"""What a new user begins with: the example documents, and questions that documents answer."""

from jupyter_localai.adapters.examples import corpus
from tests.adapters.server.conftest import TEXT


async def test_the_examples_are_copied_where_jupyterlab_shows_them(server):
    folder = server.root / "localai-examples"
    folder.mkdir()
    (folder / "glossary.md").write_text("my own")
    assert await server.call("POST", "examples", {}) == (201, {"folder": "localai-examples"})
    assert {file.name for file in folder.iterdir()} == {file.name for file in corpus().iterdir()}
    assert (folder / "glossary.md").read_text() == "my own"
    assert (folder / "report-2031.pdf").read_bytes() == (corpus() / "report-2031.pdf").read_bytes()


async def test_what_prevents_copying_is_told_with_a_remedy(server):
    (server.root / "localai-examples").write_text("a file")
    status, told = await server.call("POST", "examples", {})
    assert (status, told["code"]) == (400, "examples_not_copied") and "write" in told["remedy"]


async def test_questions_are_suggested_of_a_collection(server):
    await server.index("suggested", {"boats.md": TEXT})
    asked = {"collection": "suggested"}
    assert await server.call("GET", "suggest", params=asked) == (200, {"questions": []})
    status, told = await server.call("GET", "suggest", params={"collection": "none"})
    assert (status, told["code"]) == (404, "unknown_collection")
