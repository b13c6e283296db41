"""A sentence-transformers model of a few kilobytes, made of random numbers."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import numpy as np

_SIZE, _INNER, _LAYERS, _READS = 32, 64, 2, 64
_PARTS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")


def files(text: str = "") -> dict[str, bytes]:
    """Return the model's files by path; its words are those of `text`, and all letters and digits."""
    from safetensors.numpy import save
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    characters = string.ascii_lowercase + string.digits + string.punctuation
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters, *(f"##{ch}" for ch in characters)]
    words += sorted(set(re.findall(r"[a-z]{2,}", text.lower())))
    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": _SIZE,
        "intermediate_size": _INNER,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": _READS,
        "num_attention_heads": 4,
        "num_hidden_layers": _LAYERS,
        "type_vocab_size": 2,
        "vocab_size": len(words),
        "pad_token_id": 0,
    }
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    parts = {
        "config.json": config,
        "modules.json": modules,
        "1_Pooling/config.json": {"word_embedding_dimension": _SIZE, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": _READS, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "document": ""}},
        "tokenizer_config.json": {"tokenizer_class": "BertTokenizerFast", "pad_token": "[PAD]"},
    }
    made = {name: json.dumps(part).encode() for name, part in parts.items()}
    made["tokenizer.json"] = tokenizer.to_str().encode()
    made["model.safetensors"] = save(_tensors(len(words)), {"format": "pt"})
    return made


def reranker_files(text: str = "") -> dict[str, bytes]:
    """Return the files of a cross-encoder of the same encoder, as sentence-transformers has them."""
    from safetensors.numpy import load, save

    parts = files(text)
    random = np.random.default_rng(2)
    tensors = {f"bert.{name}": value for name, value in load(parts["model.safetensors"]).items()}
    for name, rows in (("bert.pooler.dense", _SIZE), ("classifier", 1)):
        tensors[f"{name}.weight"] = random.normal(0, 0.3, (rows, _SIZE)).astype(np.float32)
        tensors[f"{name}.bias"] = random.normal(size=rows).astype(np.float32)
    told = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}}
    parts["config.json"] = json.dumps({**json.loads(parts["config.json"]), **told}).encode()
    parts["model.safetensors"] = save(tensors, {"format": "pt"})
    kept = ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")
    return {name: parts[name] for name in kept}


def write(folder: Path, parts: dict[str, bytes]) -> None:
    """Lay the files out in a folder."""
    for name, content in parts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _tensors(words: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    tensors: dict[str, np.ndarray] = {}

    def dense(name: str, rows: int, columns: int) -> None:
        tensors[f"{name}.weight"] = random.normal(0, 0.1, (rows, columns)).astype(np.float32)
        tensors[f"{name}.bias"] = np.zeros(rows, np.float32)

    def norm(name: str) -> None:
        tensors[f"{name}.LayerNorm.weight"] = np.ones(_SIZE, np.float32)
        tensors[f"{name}.LayerNorm.bias"] = np.zeros(_SIZE, np.float32)

    for name, rows in (("word", words), ("position", _READS), ("token_type", 2)):
        tensors[f"embeddings.{name}_embeddings.weight"] = random.normal(size=(rows, _SIZE)).astype(np.float32)
    norm("embeddings")
    for number in range(_LAYERS):
        layer = f"encoder.layer.{number}"
        for part in _PARTS:
            dense(f"{layer}.{part}", _SIZE, _SIZE)
        dense(f"{layer}.intermediate.dense", _INNER, _SIZE)
        dense(f"{layer}.output.dense", _SIZE, _INNER)
        norm(f"{layer}.attention.output")
        norm(f"{layer}.output")
    return tensors
