"""The prefixes that an embedding model needs before a query and before a document.

Many models were trained with such prefixes and find less without them. A sentence-transformers
folder says them itself; for Ollama's models, which do not, they stand here.
"""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from . import weights

_TO_PASSAGES = "Represent this sentence for searching relevant passages: "


@dataclasses.dataclass(frozen=True)
class Prefixes:
    """Put before each text that is embedded: one for queries, one for what is searched."""

    query: str = ""
    document: str = ""

    def fingerprint(self, model: str, dimensions: int | None = None) -> str:
        """Return what identifies vectors made with these by the model of that hash, in 16 characters.

        Without prefixes and with whole vectors it is the beginning of the model's own hash.
        """
        cut = [str(dimensions)] if dimensions else []
        if not (self.query or self.document or cut):
            return model[:16]
        return hashlib.sha256("\0".join((model, self.query, self.document, *cut)).encode()).hexdigest()[:16]


# By the beginning of the name in Ollama's library; the longest that fits counts. From the usage sections
# of the models' cards: nomic-ai/nomic-embed-text-v1.5 and -v2-moe, mixedbread-ai/mxbai-embed-large-v1,
# Snowflake/snowflake-arctic-embed-m and -l-v2.0, BAAI/bge-large-en-v1.5 (bge-m3 wants none),
# google/embeddinggemma-300m, Qwen/Qwen3-Embedding-0.6B. all-minilm, paraphrase-multilingual and
# granite-embedding want none.
_FAMILIES = {
    "nomic-embed-text": Prefixes("search_query: ", "search_document: "),
    "mxbai-embed-large": Prefixes(_TO_PASSAGES),
    "snowflake-arctic-embed": Prefixes(_TO_PASSAGES),
    "snowflake-arctic-embed2": Prefixes("query: "),
    "bge-large": Prefixes(_TO_PASSAGES),
    "embeddinggemma": Prefixes("task: search result | query: ", "title: none | text: "),
    "qwen3-embedding": Prefixes(
        "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
    ),
}


def of_family(model: str) -> Prefixes:
    """Return the prefixes for a model of Ollama's, by its name; none for one that is not known."""
    name = model.rsplit("/", 1)[-1].lower()
    fitting = max((family for family in _FAMILIES if name.startswith(family)), key=len, default="")
    return _FAMILIES.get(fitting, Prefixes())


def of_folder(folder: Path) -> Prefixes:
    """Return the prefixes that a sentence-transformers folder names for its model.

    They are chosen as ``encode_query`` and ``encode_document`` of sentence-transformers do: the prompt of
    that name, of one of its other names, or the one the model uses by default.
    """
    settings = weights.settings(folder)
    prompts = settings.get("prompts")
    if not isinstance(prompts, dict):
        return Prefixes()

    def first(*names: object) -> str:
        return next((text for name in names if isinstance(text := prompts.get(name), str)), "")

    default = settings.get("default_prompt_name")
    return Prefixes(first("query", default), first("document", "passage", "corpus", default))
