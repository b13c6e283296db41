#!/usr/bin/env bash
# Chroma on a local disk indexes texts and values that a collection's schema says not to index.
#
# A Schema given to create_collection can switch off the full-text index of documents and the indexes of metadata, to
# save their room. The collection keeps that schema and reports it, without an error or a warning. Every text is put
# into the trigram table all the same, which is larger than texts and vectors together, and so are metadata into theirs.
#
# Expected: no rows in the table of trigrams. Seen with chromadb 1.5.9 on Python 3.11: a row for every document, while
# the stored schema says "fts_index": {"enabled": false} for "#document".
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/libraries" chromadb==1.5.9
PYTHONPATH="$folder/libraries" python3 - "$folder/store" <<'PYTHON'
import json
import sqlite3
import sys

import chromadb
from chromadb.api.types import FtsIndexConfig, Schema

DOCUMENTS = 100
store = sys.argv[1]
schema = Schema().delete_index(config=FtsIndexConfig(), key="#document")
client = chromadb.PersistentClient(store)
collection = client.create_collection("letters", schema=schema, embedding_function=None)
collection.add(
    ids=[str(number) for number in range(DOCUMENTS)],
    embeddings=[[float(number), 1.0] for number in range(DOCUMENTS)],
    documents=[f"The ferry sails at {number}." for number in range(DOCUMENTS)],
)
with sqlite3.connect(f"{store}/chroma.sqlite3") as database:
    told = json.loads(database.execute("SELECT schema_str FROM collections").fetchone()[0])
    (rows,) = database.execute("SELECT count(*) FROM embedding_fulltext_search_docsize").fetchone()
enabled = told["keys"]["#document"]["string"]["fts_index"]["enabled"]
print("expected: the schema says", enabled, "and the index of texts has 0 rows")
print("seen:     the schema says", enabled, "and the index of texts has", rows, "rows")
sys.exit(0 if enabled is False and rows == DOCUMENTS else 1)
PYTHON
