"""Ollama as the embedding model: against the stand-in, which is as strict as the server."""

import json
import socket
import threading

import numpy as np
import pytest

from jupyter_localai.config import Config
from jupyter_localai.embed import weights
from jupyter_localai.embed.choose import open_embedder
from jupyter_localai.embed.ollama import OllamaEmbedder
from jupyter_localai.embed.prefixes import of_family
from jupyter_localai.embed.tokenizer import Tokenizer
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import EmbedderError, EmbedderMismatchError, PrivacyError
from tests.support.in_process import run_index
from tests.support.ollama import StandIn, llama
from tests.support.ollama_embed import DIMENSION, embedding_model


@pytest.fixture
def ollama():
    server = StandIn()
    server.models = [embedding_model()]
    yield server
    server.stop()


def embedder(server, model="all-minilm"):
    return OllamaEmbedder(model, server.address)


def sent(server):
    return [body["input"] for _, path, body in server.requests if path == "/api/embed"]


def refusal(action):
    with pytest.raises((EmbedderError, PrivacyError)) as caught:
        action()
    return caught.value


def test_vectors_are_of_unit_length_and_in_order(ollama):
    texts = [f"text number {n}" for n in range(80)]
    vectors = embedder(ollama).embed(texts)
    assert vectors.shape == (80, DIMENSION) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.allclose(vectors[70], embedder(ollama).embed([texts[70]])[0], atol=1e-6)
    assert max(len(texts) for texts in sent(ollama)) == 32
    assert embedder(ollama).embed([]).shape[0] == 0


def test_long_vectors_are_made_unit(ollama):
    ollama.broken["/api/embed"] = (200, json.dumps({"embeddings": [[3.0, 4.0]]}).encode())
    assert np.allclose(embedder(ollama).embed(["x"]), [[0.6, 0.8]])


def test_queries_and_documents_have_the_prefixes_of_the_family(ollama):
    ollama.models = [embedding_model("nomic-embed-text:latest")]
    nomic = embedder(ollama, "nomic-embed-text")
    nomic.embed(["a passage"])
    assert nomic.embed_query("a question").shape == (DIMENSION,)
    assert sent(ollama) == [["search_document: a passage"], ["search_query: a question"]]


def test_the_fingerprint_is_of_the_digest_and_the_prefixes(ollama):
    assert embedder(ollama).fingerprint == ollama.models[0]["digest"][:16]
    ollama.models = [embedding_model("nomic-embed-text:latest")]
    nomic = embedder(ollama, "nomic-embed-text:latest")
    digest = ollama.models[0]["digest"]
    assert nomic.fingerprint == of_family("nomic-embed-text").fingerprint(digest) != digest[:16]
    assert nomic.name == "ollama:nomic-embed-text:latest"


@pytest.mark.parametrize(
    ("show", "tokens"),
    [
        ({"model_info": {"general.architecture": "bert", "bert.context_length": 8192}}, 256),
        ({"model_info": {"general.architecture": "bert", "bert.context_length": 256}}, 128),
        ({"parameters": "num_ctx                        128\nstop   num_ctx"}, 64),
        ({"model_info": None}, 256),
        ({}, 256),
    ],
)
def test_chunks_are_kept_to_half_of_what_is_read(ollama, show, tokens):
    ollama.models = [embedding_model(show={"capabilities": ["embedding"], **show})]
    assert embedder(ollama).max_tokens == tokens


TEXTS = {
    "prose": "Staff receive twenty-nine days of annual leave; extraordinary circumstances notwithstanding. ",
    "code": "def remove_spikes(self, burst: list[float]) -> None:\n    return [x for x in burst if x < 1.5e3]\n",
    "encoded": "aGVsbG8gd29ybGQhIFRoaXMgaXMgYmFzZTY0LCBhbmQgSSBrbm93IGl0Lg==",
    "german": "Die Donaudampfschifffahrtsgesellschaft übernahm die Verantwortung für Verspätungen. ",
    "chinese": "不得在风速超过二十一节时出海。",
    "korean": "직원은 매년 이십구일의 연차 휴가를 받습니다. ",
    "russian": "Сотрудники получают двадцать девять дней ежегодного отпуска. ",
    "chemistry": "Tetrahydrocannabinol acetylsalicylic dichlorodiphenyltrichloroethane. ",
}


@pytest.mark.model
@pytest.mark.parametrize("kind", TEXTS)
def test_no_text_has_more_than_twice_the_estimated_tokens(ollama, kind):
    text = TEXTS[kind] * 20
    starts = embedder(ollama).token_starts(text)
    assert starts == sorted(set(starts)) and all(not text[start].isspace() for start in starts)
    real = Tokenizer(weights.find(weights.DEFAULT_NAME).folder).starts(text)
    assert len(real) <= 2 * len(starts)


def test_a_text_that_is_too_long_is_embedded_in_parts_and_whole(ollama):
    ollama.models = [embedding_model(context=40)]
    long = "alpha " * 60 + "omega " * 60
    vectors = embedder(ollama).embed(["short", long, "other"])
    apart = embedder(ollama).embed(["alpha", "omega", "short"])
    assert np.allclose(vectors[0], apart[2], atol=1e-6)
    middle = (apart[0] + apart[1]) / np.linalg.norm(apart[0] + apart[1])
    assert float(vectors[1] @ middle) > 0.99  # neither half was left out


def test_a_model_that_refuses_every_length_is_an_error_and_no_endless_loop(ollama):
    ollama.broken["/api/embed"] = (400, b'{"error": "the input length exceeds the context length"}')
    error = refusal(lambda: embedder(ollama).embed(["word " * 100]))
    assert error.code == "embed_failed" and "num_ctx" in error.remedy


@pytest.mark.parametrize(
    "embeddings",
    [[[1.0, 2.0]] * 2, [[]], [1.0], [["a"]], [[None, 1.0]], [[0.0, 0.0]], [[1.0, 2.0], [1.0]], None],
)
def test_anything_but_a_vector_per_text_is_an_error(ollama, embeddings):
    ollama.broken["/api/embed"] = (200, json.dumps({"embeddings": embeddings}).encode())
    assert refusal(lambda: embedder(ollama).embed(["x"])).code == "embed_failed"


def test_not_a_number_is_an_error(ollama):
    ollama.broken["/api/embed"] = (200, b'{"embeddings": [[NaN, 1.0]]}')
    assert refusal(lambda: embedder(ollama).embed(["x"])).code == "embed_failed"
    ollama.broken["/api/embed"] = (500, b'{"error": "failed to encode response: json: unsupported value: NaN"}')
    error = refusal(lambda: embedder(ollama).embed(["x"]))
    assert error.code == "embed_failed" and "NaN" in error.message


def test_another_number_of_dimensions_is_an_error(ollama):
    minilm = embedder(ollama)
    minilm.embed(["x"])
    ollama.broken["/api/embed"] = (200, b'{"embeddings": [[1.0, 2.0]]}')
    error = refusal(lambda: minilm.embed(["x"]))
    assert error.code == "embedder_changed" and "rebuild" in error.remedy


def test_a_model_downloaded_again_is_noticed(ollama):
    minilm = embedder(ollama)
    minilm.embed(["x"])
    before = minilm.fingerprint
    ollama.models = [embedding_model(digest="f" * 64)]
    assert refusal(lambda: minilm.embed(["x"])).code == "embedder_changed"
    assert minilm.fingerprint == "f" * 16 != before
    minilm.embed(["x"])


def test_a_missing_model_names_the_command(ollama):
    error = refusal(lambda: embedder(ollama, "mxbai-embed-large").embed(["x"]))
    assert error.code == "unknown_model"
    assert error.remedy == "Download it: jupyter localai models pull mxbai-embed-large"


def test_a_chat_model_is_refused(ollama):
    ollama.models = [llama()]
    assert refusal(lambda: embedder(ollama, "llama3.1:8b").embed(["x"])).code == "not_embedding"
    old = llama()
    old["show"] = {**old["show"], "capabilities": []}  # a server that tells no capabilities
    ollama.models = [old]
    error = refusal(lambda: embedder(ollama, "llama3.1:8b").embed(["x"]))
    assert error.code == "embed_failed" and "is not an embedding model" in error.message


@pytest.mark.parametrize(
    "model",
    [
        embedding_model("embed-cloud:latest", remote_host="https://example.org:443"),
        embedding_model("mine:latest", remote_model="big"),
        embedding_model("shown:latest", show={"remote_host": "https://example.org:443"}),
        embedding_model("big:670b-cloud"),
        embedding_model("big:cloud"),
    ],
    ids=lambda model: model["name"],
)
def test_a_model_that_answers_from_elsewhere_gets_no_text(ollama, model):
    ollama.models = [model]
    assert refusal(lambda: embedder(ollama, model["name"]).embed(["secret"])).code == "cloud_model"
    assert not sent(ollama)


def test_another_machine_is_refused_unless_it_is_listed(tmp_path):
    config = Config(tmp_path, embedder="ollama:all-minilm", ollama_host="http://example.org")
    assert refusal(lambda: open_embedder(config)).code == "host_refused"
    open_embedder(Config(tmp_path, embedder="ollama:x", ollama_host="http://example.org", allow_hosts=("example.org",)))
    assert refusal(lambda: open_embedder(Config(tmp_path, embedder="ollama:"))).code == "embedder"


def test_without_ollama_the_remedy_says_what_needs_it():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = refusal(lambda: OllamaEmbedder("all-minilm", f"127.0.0.1:{unused.getsockname()[1]}").embed(["x"]))
    assert error.code == "ollama_absent" and "ollama serve" in error.remedy and "ollama:all-minilm" in error.remedy


def test_it_can_be_reached_through_a_unix_socket(ollama, tmp_path):
    path = str(tmp_path / "s")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    port = int(ollama.address.rsplit(":", 1)[1])

    def forward():
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            with near, socket.create_connection(("127.0.0.1", port)) as far:
                back = threading.Thread(target=pump, args=(far, near))
                back.start()
                pump(near, far)
                back.join()

    def pump(source, target):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

    forwarder = threading.Thread(target=forward)
    forwarder.start()
    config = Config(tmp_path, embedder="ollama:all-minilm", ollama_host="127.0.0.1:9")
    reached = open_embedder(config, path)
    assert reached.embed(["x"]).shape == (1, DIMENSION)
    del reached
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    forwarder.join()


def test_a_folder_is_indexed_searched_and_switched(ollama, tmp_path, folder):
    config = Config(tmp_path / "store", embedder="ollama:all-minilm", ollama_host=ollama.address)
    engine = Engine.open(config)
    assert run_index(engine, [str(folder)]).added == 3
    assert engine.search("annual leave of the staff").hits[0].path == str(folder / "leave.md")
    assert list(engine.ask("How many days of annual leave do staff receive?", extractive=True))[-1].citations
    assert engine.collections()[0].embedder == "ollama:all-minilm"
    engine.close()
    ollama.models = [embedding_model(digest="e" * 64)]
    engine = Engine.open(config)
    with pytest.raises(EmbedderMismatchError):
        engine.search("annual leave")
    *_, report = engine.rebuild()
    assert report.embedded > 0
    assert engine.search("annual leave of the staff").hits[0].path == str(folder / "leave.md")
    engine.close()


def test_without_ollama_a_search_says_what_is_missing(tmp_path, folder):
    engine = Engine.open(Config(tmp_path / "store", embedder="ollama:all-minilm", ollama_host="127.0.0.1:9"))
    with pytest.raises(EmbedderError) as caught:
        run_index(engine, [str(folder)])
    assert caught.value.code == "ollama_absent"
    engine.close()


def test_indexing_stops_between_requests_and_goes_on(ollama, tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_localai.engine.indexing._BATCH_CHARS", 10_000)
    (tmp_path / "documents").mkdir()
    for number in range(30):
        (tmp_path / "documents" / f"{number}.md").write_text(
            "\n\n".join(f"Passage {n} of document {number} speaks of boats. " * 8 for n in range(10))
        )
    engine = Engine.open(Config(tmp_path / "store", embedder="ollama:all-minilm", ollama_host=ollama.address))
    events = engine.index([str(tmp_path / "documents")])
    while not sent(ollama):
        next(events)
    events.close()
    done = sum(map(len, sent(ollama)))
    assert 0 < done < 150
    report = run_index(engine)
    assert report.embedded >= 150 and report.embedded + done == sum(map(len, sent(ollama)))
    engine.close()
