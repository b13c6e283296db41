"""Listing chat models: what is told of each, and every way in which Ollama can fail."""

import json
import socket

import pytest

from jupyter_localai.adapters.terminal import cli
from jupyter_localai.errors import OllamaError, PrivacyError
from jupyter_localai.ollama.models import cache_bytes, describe, pull, suggestions
from jupyter_localai.ollama.server import Ollama
from jupyter_localai.privacy.guard import address
from tests.support.ollama import StandIn, llama


def listed(server):
    with Ollama(server.address) as connection:
        return describe(connection, 8192)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("localhost:8080", "http://127.0.0.1:8080"),
        ("http://LocalHost", "http://127.0.0.1:80"),
        (":5000", "http://127.0.0.1:5000"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://[::1]:11434/", "http://[::1]:11434"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
        ("https://localhost", "https://localhost:443"),
    ],
)
def test_every_form_of_the_address_is_understood(host, expected):
    assert address(host) == expected


@pytest.mark.parametrize(
    "host",
    [
        "http://example.org:11434",
        "192.168.1.5",
        "http://127.0.0.1@example.org",
        "localhost.example.org",
        "ftp://localhost",
        "::1:x",
        "[1e+308, -1]",
        "[",
    ],
)
def test_another_machine_is_refused(host):
    with pytest.raises(PrivacyError) as caught:
        address(host)
    assert caught.value.code == "host_refused"
    assert "example.org" not in caught.value.message


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("127.1", "127.0.0.1"),
        ("0", "127.0.0.1"),
        ("http://0:11434", "127.0.0.1"),
        ("127.0.2", "127.0.0.2"),
        ("2130706433", "127.0.0.1"),
    ],
)
def test_a_short_form_of_an_address_is_named_as_what_it_is(host, meant):
    with pytest.raises(PrivacyError, match="short form of") as caught:
        address(host)
    assert caught.value.code == "host_refused" and f"OLLAMA_HOST={meant}" in caught.value.remedy


@pytest.mark.parametrize("host", ["10.1", "8", "127.999.1", "99999999999", "1.2.3.4", "127.0.0.256"])
def test_another_number_is_another_machine(host):
    with pytest.raises(PrivacyError, match="not on this machine"):
        address(host)


def test_a_name_is_no_part_of_a_connection_without_a_gate(ollama, monkeypatch):
    looked_up = []
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **named: looked_up.append(host) or look_up(host, *more, **named)
    )
    with Ollama(ollama.address.replace("127.0.0.1", "localhost")) as connection:
        connection.version()
    assert {host for host in looked_up if host} == {"127.0.0.1"}


def test_a_model_is_described_from_what_the_server_tells(ollama):
    ollama.models = [llama()]
    (model,) = listed(ollama).models
    assert (model.name, model.parameters, model.quantisation) == ("llama3.1:8b", "8.0B", "Q4_0")
    assert model.context_tokens == 131072
    assert model.licence == "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT"
    assert model.memory_bytes == 4_661_000_000 + 2 * 32 * 8 * 128 * 8192 * 2
    assert model.chats and not model.thinks and not model.loaded and not model.remote


def test_a_loaded_model_needs_what_it_takes(ollama):
    ollama.models = [llama()]
    ollama.running = [{"name": "llama3.1:8b", "size": 6_000_000_000, "size_vram": 0}]
    (model,) = listed(ollama).models
    assert model.loaded and model.memory_bytes == 6_000_000_000


def test_a_mixture_of_experts_counts_whole(ollama):
    ollama.models = [llama("mixtral:8x7b", size=26_000_000_000_000)]
    (model,) = listed(ollama).models
    assert model.memory_bytes > 26_000_000_000_000 and not model.fits


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "glm-4.6:cloud"])
def test_a_cloud_model_is_marked_by_its_name(ollama, name):
    ollama.models = [llama(name, size=400)]
    (model,) = listed(ollama).models
    assert model.remote and not model.fits


def test_a_cloud_model_is_marked_by_its_remote_host_under_any_name(ollama):
    harmless = llama("mine:latest")
    harmless["show"] = {**harmless["show"], "remote_host": "https://example.org:443", "remote_model": "big"}
    ollama.models = [harmless]
    (model,) = listed(ollama).models
    assert model.remote and not model.fits


def test_an_embedding_model_does_not_chat_and_a_thinking_one_thinks(ollama):
    embedding, thinking = llama("nomic-embed-text"), llama("qwen3:8b")
    embedding["show"] = {**embedding["show"], "capabilities": ["embedding"]}
    thinking["show"] = {**thinking["show"], "capabilities": ["completion", "thinking"]}
    ollama.models = [embedding, thinking]
    one, two = listed(ollama).models
    assert (one.chats, one.thinks, two.chats, two.thinks) == (False, False, True, True)


def test_a_model_removed_while_listing_costs_nothing_else(ollama):
    ollama.models = [llama("gone", missing=True), llama()]
    gone, kept = listed(ollama).models
    assert gone.parameters == "8.0B" and gone.context_tokens == 0
    assert kept.context_tokens == 131072


def test_heads_that_differ_by_layer_are_counted_at_their_largest():
    info = {
        "general.architecture": "gemma3",
        "gemma3.attention.head_count": 8,
        "gemma3.attention.head_count_kv": [4, 8],
        "gemma3.attention.key_length": 256,
        "gemma3.block_count": 2,
    }
    assert cache_bytes(info, 10) == 2 * 2 * 8 * 256 * 10 * 2
    assert cache_bytes({}, 10) == 0


@pytest.mark.parametrize(
    ("gigabytes", "name"), [(4, "llama3.2:3b"), (8, "qwen3:4b"), (16.6, "mistral:7b"), (64, "phi4:14b")]
)
def test_suggestions_suit_the_memory(gigabytes, name):
    assert name in [suggestion.name for suggestion in suggestions(int(gigabytes * 1e9))]


def test_absent_ollama_is_a_clear_error(monkeypatch, capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{unused.getsockname()[1]}")
        assert cli.main(["models", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)
    assert error["code"] == "ollama_absent" and "ollama serve" in error["remedy"]


@pytest.mark.parametrize(
    ("status", "body", "code"), [(200, b"<html>", "not_ollama"), (200, b"[]", "not_ollama"), (500, b"{}", "ollama")]
)
def test_a_wrong_answer_is_a_clear_error(ollama, status, body, code):
    ollama.broken["/api/tags"] = (status, body)
    with pytest.raises(OllamaError) as caught:
        listed(ollama)
    assert caught.value.code == code


def test_redirects_are_not_followed(ollama):
    other = StandIn()
    try:
        ollama.broken["/api/version"] = (302, b"")
        ollama.headers["Location"] = f"{other.address}/api/version"
        with pytest.raises(OllamaError):
            listed(ollama)
        assert other.requests == []
    finally:
        other.stop()


def test_proxies_are_not_used(ollama, monkeypatch):
    proxy = StandIn()
    try:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        assert listed(ollama).version == "0.12.3"
        assert proxy.requests == []
    finally:
        proxy.stop()


def test_the_command_shows_models_and_suggestions(ollama, monkeypatch, capsys):
    monkeypatch.setenv("OLLAMA_HOST", ollama.address)
    ollama.models = [llama("evil\x1b[2J:8b"), llama("far:cloud")]
    assert cli.main(["models"]) == 0
    shown = capsys.readouterr().out
    assert "evil[2J:8b" in shown and "\x1b" not in shown
    assert "not used" in shown and "models pull" in shown
    assert cli.main(["models", "list"]) == 0 and capsys.readouterr().out == shown
    assert cli.main(["models", "--json"]) == 0
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert [model["remote"] for model in json.loads(line)["models"]] == [False, True]


def test_no_model_is_not_an_error(ollama, monkeypatch, capsys):
    ollama.models = []
    monkeypatch.setenv("OLLAMA_HOST", ollama.address)
    assert cli.main(["models"]) == 0
    assert "No model is installed" in capsys.readouterr().out


def layer(digest, done):
    return {"status": f"pulling {digest}", "digest": digest, "total": 100, "completed": done}


def test_pulling_tells_how_far_it_is_over_all_files(ollama):
    done = [{"status": "verifying sha256 digest"}, {"status": "success"}]
    ollama.pulling = [{"status": "pulling manifest"}, layer("a", 50), layer("b", 10), layer("a", 100), *done]
    with Ollama(ollama.address) as connection:
        steps = [(step.done, step.total) for step in pull(connection, "qwen3:4b")]
    assert steps == [(0, None), (50, 100), (60, 200), (110, 200), (110, 200), (110, 200)]
    assert ollama.requests == [("POST", "/api/pull", {"model": "qwen3:4b"})]


@pytest.mark.parametrize(
    "reports",
    [[{"error": "pull model manifest: file does not exist"}], [layer("a", 50)], [], ["text"]],
    ids=["refused", "broken off", "nothing", "not reports"],
)
def test_a_pull_that_does_not_succeed_is_an_error(ollama, reports):
    ollama.pulling = reports
    with Ollama(ollama.address) as connection, pytest.raises(OllamaError) as caught:
        list(pull(connection, "nothing-like-it"))
    assert caught.value.code == "pull_failed"


def test_a_cloud_model_is_not_pulled(ollama):
    with Ollama(ollama.address) as connection, pytest.raises(PrivacyError):
        list(pull(connection, "gpt-oss:120b-cloud"))
    assert ollama.requests == []


def test_the_command_says_who_downloads_before_it_asks(ollama, monkeypatch, capsys):
    monkeypatch.setenv("OLLAMA_HOST", ollama.address)
    ollama.pulling = [{"status": "success"}]
    assert cli.main(["models", "pull", "qwen3:4b", "--json"]) == 0
    streams = capsys.readouterr()
    assert "Ollama will now download qwen3:4b" in streams.err and streams.out.count("\n") == 1
    assert cli.main(["models", "pull"]) == 2
