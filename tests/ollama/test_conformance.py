"""What a real Ollama answered: the client understands it, and the stand-in answers the same.

``tests/data/ollama/recordings.jsonl`` has a request and its answer a line, recorded from Ollama of August 2026 (main
branch after 0.33.0-rc2). The middle of streams and long texts are left out, which they say.
"""

import json
import re
from pathlib import Path

import pytest

from jupyter_localai.errors import OllamaError
from jupyter_localai.ollama.models import describe, model_info
from jupyter_localai.ollama.refusals import PromptTooLong
from jupyter_localai.ollama.server import Ollama
from tests.support.ollama import StandIn

FILE = Path(__file__).parents[1] / "data" / "ollama" / "recordings.jsonl"
RECORDINGS = {told["name"]: told for told in map(json.loads, FILE.read_text(encoding="utf-8").splitlines())}
LEFT_OUT = re.compile(r"…(?: \((\d+) characters\))$")
REFUSED = {
    "chat-bad-keepalive": "chat_failed",
    "chat-cloud-name": "cloud_model",
    "chat-embedder": "cannot_chat",
    "chat-think-low": "chat_failed",
    "chat-think-true": "chat_failed",
    "chat-think-word": "chat_failed",
    "chat-unknown": "unknown_model",
    "embed-chatmodel": "embed_failed",
    "embed-long": "text_too_long",
    "numctx-small": "prompt_too_long",
    "overflow-noshiftfield": "prompt_too_long",
    "overflow-refused": "prompt_too_long",
    "overflow-truncate-true": "prompt_too_long",
    "pull": "pull_failed",
    "show-missing": "ollama",
}


def whole(text):
    """Return a text as long as it was when it was sent."""
    cut = LEFT_OUT.search(text)
    return text if cut is None else (text[: cut.start()] * int(cut[1]))[: int(cut[1])]


def request(recording):
    asked = json.loads(json.dumps(recording["request"]))
    for message in (asked["body"] or {}).get("messages", ()):
        message["content"] = whole(message["content"])
    if isinstance((asked["body"] or {}).get("input"), list):
        asked["body"]["input"] = [whole(text) for text in asked["body"]["input"]]
    return asked["method"], asked["path"], asked["body"]


def reports(answer):
    return [report for report in answer if "…" not in report]


def sent(recording):
    """Return an answer as the bytes that came."""
    answer = recording["answer"]
    lines = reports(answer) if isinstance(answer, list) else [answer]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def models():
    """Return the models of the recorded server, without what only its list tells."""
    shown = {name: RECORDINGS[f"show-{name}"]["answer"] for name in ("smol", "thinker", "embed")}
    entries = {entry["name"].removesuffix(":latest"): entry for entry in RECORDINGS["tags"]["answer"]["models"]}
    entries["thinker"] = {**entries["smol"], "name": "thinker:latest", "model": "thinker:latest"}
    found = []
    for name, entry in entries.items():
        details = {k: v for k, v in entry["details"].items() if k not in ("context_length", "embedding_length")}
        info = {"general.architecture": "gemma3", "gemma3.context_length": 32768, "gemma3.embedding_length": 640}
        show = {**shown.get(name, {"model_info": info, "capabilities": ["completion"]}), "details": details}
        found.append({**{k: v for k, v in entry.items() if k != "capabilities"}, "details": details, "show": show})
    return found


@pytest.fixture
def server(ollama):
    ollama.models = models()
    return ollama


def ask(connection, method, path, body):
    """Ask as the product does; the request is made anew from what was recorded."""
    calls = {
        "/api/version": connection.version,
        "/api/tags": connection.installed,
        "/api/ps": connection.loaded,
        "/api/status": connection.cloud_is_off,
        "/api/show": lambda: connection.show(body["model"], ""),
        "/api/embed": lambda: connection.embed(body["model"], body["input"]),
        "/api/pull": lambda: list(connection.pull(body["model"])),
        "/api/chat": lambda: [report for report in connection.chat(body) if report is not None],
    }
    return calls[path]()


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_client_understands_what_a_real_server_answers(ollama, name):
    recording = RECORDINGS[name]
    method, path, body = request(recording)
    ollama.broken[path] = (recording["status"], sent(recording))
    with Ollama(ollama.address) as connection:
        if name not in REFUSED:
            assert ask(connection, method, path, body) is not None
            return
        with pytest.raises(OllamaError) as caught:
            ask(connection, method, path, body)
    assert caught.value.code == REFUSED[name]
    assert caught.value.remedy and not set("{}\\") & set(caught.value.message)


def shape(value):
    """Return what a value is made of, without what it says."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items() if name not in ("model_info", "details")}
    if isinstance(value, list):
        return sorted({json.dumps(shape(part), sort_keys=True) for part in value})
    return "text" if isinstance(value, str) else "number" if type(value) in (int, float) else value


def prepare(server, recording, body):
    """Bring the stand-in to the state that the recorded server was in."""
    answer, name = recording["answer"], recording["name"]
    if name.startswith("ps-"):
        for entry in reversed(answer["models"]):
            if entry["name"] == "embed:latest":
                server.answer("POST", "/api/embed", {"model": "embed", "input": ["x"], "truncate": False})
            else:
                asked = 1 << 20 if name == "ps-clamped" else entry["context_length"]
                server.answer(
                    "POST", "/api/chat", {"model": entry["name"], "messages": [], "options": {"num_ctx": asked}}
                )
    if isinstance(answer, list):
        server.pulling = reports(answer)
        own = ("message", "done", "done_reason")
        server.chatting = [{k: v for k, v in report.items() if k in own} for report in reports(answer)]
    server.cloud = RECORDINGS["status"]["answer"]["cloud"]
    if found := re.search(r'n_prompt_tokens":(\d+)', str(answer)):
        server.characters_per_token = sum(len(message["content"]) for message in body["messages"]) / int(found[1])
    if name == "numctx-small":
        server.characters_per_token = 0.2  # the template's own tokens


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_stand_in_answers_as_a_real_server(server, name):
    recording = RECORDINGS[name]
    method, path, body = request(recording)
    prepare(server, recording, body)
    status, answer = server.answer(method, path, body)
    told = recording["answer"]
    assert status == recording["status"]
    if "error" in told:
        assert answer == told
    elif isinstance(told, list):
        assert shape(answer) == shape(reports(told))
        assert answer[-1].get("done_reason") == told[-1].get("done_reason")
    elif path != "/api/show":  # the test gave it what it tells there
        assert shape(answer) == shape(told)
        if path == "/api/ps":
            windows = [[entry["context_length"] for entry in there["models"]] for there in (answer, told)]
            assert windows[0] == windows[1]


def test_a_prompt_that_is_cut_without_a_word_has_the_tokens_that_are_left(server):
    recording = RECORDINGS["overflow-default"]
    prepare(server, recording, None)
    _, answer = server.answer(*request(recording))
    assert answer[-1]["prompt_eval_count"] == recording["answer"][-1]["prompt_eval_count"]


def test_another_value_of_shift_or_another_window_loads_the_model_again(server):
    for name in ("shift-alternate-1", "shift-alternate-2", "shift-alternate-2"):
        prepare(server, RECORDINGS[name], None)
        server.answer(*request(RECORDINGS[name]))
    assert len(server.loads) == 2
    _, path, body = request(RECORDINGS["shift-alternate-2"])
    server.answer("POST", path, {**body, "options": {**body["options"], "num_ctx": 4096}})
    assert len(server.loads) == 3


def test_a_refusal_tells_how_many_tokens_there_were(ollama):
    recording = RECORDINGS["overflow-refused"]
    ollama.broken["/api/chat"] = (recording["status"], sent(recording))
    with Ollama(ollama.address) as connection, pytest.raises(PromptTooLong, match="3,760 tokens") as caught:
        list(connection.chat(request(recording)[2]))
    assert (caught.value.tokens, caught.value.window) == (3760, 2048)


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"code": 500, "message": "the model runner has stopped"}},
        json.dumps({"error": {"message": "the model runner has stopped"}}),
        "the model runner has stopped",
    ],
    ids=["object", "JSON in a text", "text"],
)
def test_what_the_runner_says_is_told_without_its_json(ollama, error):
    ollama.broken["/api/chat"] = (500, json.dumps({"error": error}).encode())
    with Ollama(ollama.address) as connection, pytest.raises(OllamaError) as caught:
        list(connection.chat({"model": "smol"}))
    assert caught.value.message == "Ollama could not answer with 'smol': the model runner has stopped."


@pytest.mark.parametrize("error", ["{" * 500, "[1, 2]", '{"a": 1}', {"error": {"error": {"error": {}}}}, 5, None])
def test_what_cannot_be_read_is_not_told(ollama, error):
    ollama.broken["/api/chat"] = (500, json.dumps({"error": error}).encode())
    with Ollama(ollama.address) as connection, pytest.raises(OllamaError) as caught:
        list(connection.chat({"model": "smol"}))
    assert caught.value.message == "Ollama could not answer with 'smol'."


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (RECORDINGS["pull"]["answer"][-1]["error"], "did not reach its library"),
        ("pull model manifest: file does not exist", "has no model"),
        ("write /models/blobs/x: no space left on device", "no room"),
        ("pull model manifest: 412: requires a newer version of Ollama", "newer version"),
        ("something else", "something else"),
    ],
)
def test_a_pull_says_what_is_at_fault(ollama, said, fault):
    ollama.pulling = [{"status": "pulling manifest"}, {"error": said}]
    with Ollama(ollama.address) as connection, pytest.raises(OllamaError, match=fault) as caught:
        list(connection.pull("llama3.2:3b"))
    assert caught.value.code == "pull_failed" and "lookup" not in caught.value.message


def test_the_embedding_model_that_the_list_calls_a_chat_model_does_not_chat(server):
    with Ollama(server.address) as connection:
        told = {model.name: model.chats for model in describe(connection, 8192).models}
    assert told == {"embed:latest": False, "gemma:latest": True, "smol:latest": True, "thinker:latest": True}
    (listed,) = [entry for entry in RECORDINGS["tags"]["answer"]["models"] if entry["name"] == "embed:latest"]
    assert not model_info(listed, {}, 8192).chats  # removed since it was listed


def test_an_older_server_tells_no_window_and_no_state_of_its_cloud():
    server = StandIn()
    try:
        server.models, server.is_old = models(), True
        server.answer("POST", "/api/chat", {"model": "smol", "messages": [], "options": {"num_ctx": 2048}})
        with Ollama(server.address) as connection:
            assert connection.window("smol:latest") == 0 and connection.cloud_is_off() is None
            server.is_old = False
            server.answer("POST", "/api/chat", {"model": "smol", "messages": [], "options": {"num_ctx": 4096}})
            assert connection.window("smol:latest") == 4096 and connection.cloud_is_off() is False
            assert connection.window("thinker:latest") == 0
    finally:
        server.stop()
