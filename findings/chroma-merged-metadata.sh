#!/usr/bin/env bash
# Chroma's upsert leaves the metadata of before standing, where one would expect it to be replaced.
#
# upsert is said to update a record or to add it. The vector and the text that are given replace those of before. Of the
# metadata only the names that are given are replaced: a name that is no longer given keeps its old value, so that a
# record tells of its earlier self, and matches where-filters by it. A name goes only when it is given as None.
#
# Expected: {"page": 2}. Seen with chromadb 1.5.9 on Python 3.11: {"cell": 1, "page": 2}, and where={"cell": 1} finds it.
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/libraries" chromadb==1.5.9
PYTHONPATH="$folder/libraries" python3 - "$folder/store" <<'PYTHON'
import sys

import chromadb

collection = chromadb.PersistentClient(sys.argv[1]).create_collection("letters", embedding_function=None)
collection.upsert(ids=["a"], embeddings=[[1.0, 0.0]], documents=["The first ferry."], metadatas=[{"cell": 1}])
collection.upsert(ids=["a"], embeddings=[[0.0, 1.0]], documents=["The last ferry."], metadatas=[{"page": 2}])
record = collection.get(ids=["a"])
told, found = dict(record["metadatas"][0]), collection.get(where={"cell": 1})["ids"]
print("expected: {'page': 2} with", record["documents"], "and nothing found by the old metadata")
print("seen:    ", told, "with", record["documents"], "and", found, "found by the old metadata")
sys.exit(0 if told == {"cell": 1, "page": 2} and found == ["a"] else 1)
PYTHON
