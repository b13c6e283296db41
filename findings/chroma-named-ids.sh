#!/usr/bin/env bash
# A Chroma query among a few named ids leaves some of them out, and takes longer than one among all.
#
# query(ids=[...]) limits a search to some records. With three ids named and three results asked for, one would expect
# the three, compared with the question in no time. Chroma walks its approximate graph of all vectors instead and passes
# over what it may not return, so that it sometimes ends before it has come to all of the three, without an error. The
# fewer ids are named, the more of the graph is walked: it takes longer than the same query without ids.
#
# Expected: three results for each query. Seen with chromadb 1.5.9 on Python 3.11, 20,000 vectors of 128 random numbers
# and default settings: some 3 to 7 of 100 queries give two, and the median is twice to six times that without ids.
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/libraries" chromadb==1.5.9
PYTHONPATH="$folder/libraries" python3 - "$folder/store" <<'PYTHON'
import statistics
import sys
import time

import chromadb
import numpy as np

COUNT, DIMENSION, QUERIES = 20_000, 128, 200
generator = np.random.default_rng(7)
vectors = generator.standard_normal((COUNT, DIMENSION)).astype(np.float32)
collection = chromadb.PersistentClient(sys.argv[1]).create_collection("points", embedding_function=None)
for at in range(0, COUNT, 5_000):
    collection.add(ids=[str(number) for number in range(at, at + 5_000)], embeddings=vectors[at : at + 5_000])
seconds = {"all": [], "three": []}
incomplete = 0
for query in generator.standard_normal((QUERIES, DIMENSION)).astype(np.float32):
    three = [str(number) for number in generator.choice(COUNT, 3, replace=False)]
    for name, limit in (("all", {}), ("three", {"ids": three})):
        began = time.perf_counter()
        found = collection.query(query_embeddings=[query], n_results=3, include=[], **limit)["ids"][0]
        seconds[name].append(time.perf_counter() - began)
    incomplete += len(found) < 3
among_all, among_three = (1000 * statistics.median(seconds[name]) for name in ("all", "three"))
print(f"expected: 0 of {QUERIES} queries among 3 named ids find fewer than 3, and they take no longer than others")
print(f"seen:     {incomplete} of {QUERIES}, and {among_three:.1f} ms against {among_all:.1f} ms among all")
sys.exit(0 if incomplete > 0 and among_three > among_all else 1)
PYTHON
