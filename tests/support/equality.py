"""Whether an index is what it would be, had it been built in one go."""

from __future__ import annotations

import numpy as np

from jupyter_localai.engine.engine import Engine
from jupyter_localai.index.check import agrees
from jupyter_localai.index.write import about
from tests.support import probe

TOLERANCE = 1e-3


def told(engine: Engine, name: str) -> dict[str, tuple[object, ...]]:
    """Return what the record says of each document of a collection, failures included, by path."""
    sql = "SELECT path, root, words, kind, title, state, code FROM documents WHERE collection_id = ?"
    return {
        path: tuple(rest) for path, *rest in probe.catalogue(engine).rows(sql, (probe.collection(engine, name).id,))
    }


def words(engine: Engine, name: str) -> list[tuple[object, ...]]:
    """Return every word of a collection's keyword indexes: where it stands, and how often."""
    number = probe.collection(engine, name).id
    of_chunks = "SELECT d.path, c.seq, {} JOIN chunks c ON c.id = v.doc JOIN documents d ON d.id = c.document_id"
    of_names = "SELECT d.path, -1, {} JOIN documents d ON d.id = v.doc"
    of_heads = "SELECT d.path, p.first, {} JOIN pages p ON p.id = v.doc JOIN documents d ON d.id = p.document_id"
    indexes = {"keywords": of_chunks, "names": of_names, "heads": of_heads}
    return [row for index, sql in indexes.items() for row in _vocabulary(engine, f"{index}_{number}", sql)]


def pages(engine: Engine, name: str) -> list[tuple[object, ...]]:
    """Return every page of a collection's documents: its chunks, its head, the vector of that."""
    sql = """SELECT d.path, p.first, p.last, p.head, v.vector FROM pages p JOIN documents d ON d.id = p.document_id
             LEFT JOIN vectors v ON v.id = p.vector_id WHERE p.collection_id = ? ORDER BY 1, 2"""
    return [tuple(row) for row in probe.rows(engine, sql, probe.collection(engine, name).id)]


def _vocabulary(engine: Engine, index: str, sql: str) -> list[tuple[object, ...]]:
    catalogue = probe.catalogue(engine)
    with catalogue.transaction():
        catalogue.execute(f"CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', '{index}', 'instance')")
        sql = sql.format("col, offset, term FROM temp.vocabulary v") + " ORDER BY 1, 2, 3, 4"
        found = [tuple(row) for row in catalogue.execute(sql).fetchall()]
        catalogue.execute("DROP TABLE temp.vocabulary")
    return found


def contents(engine: Engine, name: str) -> dict[str, list[tuple[object, ...]]]:
    """Return the chunks of each document of a collection, with contexts and vectors, by path."""
    catalogue = probe.catalogue(engine)
    collection = catalogue.registry.find(name)
    documents: dict[str, list[tuple[object, ...]]] = {}
    for number, path, _ in catalogue.readable(collection):
        contexts = catalogue.rows("SELECT context FROM chunks WHERE document_id = ? ORDER BY seq", (number,))
        documents[path] = [
            (c.seq, c.start, c.end, context, c.text, c.after, c.places, c.label, c.vector)
            for c, (context,) in zip(catalogue.chunks.of_documents([number]), contexts, strict=True)
        ]
    return documents


def assert_same(engine: Engine, other: Engine, name: str, left_out: frozenset[str] = frozenset()) -> None:
    """Fail unless both engines hold the same documents, chunks, places, words and vectors."""
    record = {path: what for path, what in told(other, name).items() if path not in left_out}
    assert told(engine, name) == record
    assert words(engine, name) == [row for row in words(other, name) if row[0] not in left_out]
    assert pages(engine, name) == [row for row in pages(other, name) if row[0] not in left_out]
    ours = contents(engine, name)
    theirs = {path: chunks for path, chunks in contents(other, name).items() if path not in left_out}
    assert set(ours) == set(theirs), set(ours) ^ set(theirs)
    for path, chunks in ours.items():
        assert [chunk[:-1] for chunk in chunks] == [chunk[:-1] for chunk in theirs[path]], path
        for one, two in zip(chunks, theirs[path], strict=True):
            assert np.allclose(one[-1], two[-1], atol=TOLERANCE), path
    assert probe.roots(engine, name) == probe.roots(other, name)


def assert_sound(engine: Engine) -> None:
    """Fail unless catalogue, keyword index and Chroma agree, with nothing left over anywhere."""
    catalogue = probe.catalogue(engine)
    root = engine.config.store / "chroma"
    for collection in catalogue.registry.all():
        store = probe.open_folder(engine, collection)
        collection = catalogue.registry.fresh(collection)
        table = catalogue.chunks
        numbers = table.numbers(collection.id)
        assert not catalogue.is_unsettled(collection)
        chunks = table.by_id(numbers)
        got = probe.chroma_rows(store)
        assert {int(i) for i in got["ids"]} == set(numbers), "orphans in Chroma, or chunks it lacks"
        for i, text, vector, told in zip(
            got["ids"], got["documents"], got["embeddings"], got["metadatas"], strict=True
        ):
            chunk = chunks[int(i)]
            assert (text, told) == ((chunk.text, about(chunk)) if collection.texts else (None, None))
            assert np.allclose(vector, chunk.vector, atol=TOLERANCE)
        assert agrees(catalogue, collection.id, root)
        for index in (f'"{kind}_{collection.id}"' for kind in ("keywords", "names", "heads")):
            with catalogue.transaction():  # fails when the keyword index is not that of the table
                catalogue.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
        rows = catalogue.rows(f'SELECT count(*) FROM "names_{collection.id}_docsize"')
        documents = catalogue.rows("SELECT count(*) FROM documents WHERE collection_id = ?", (collection.id,))
        assert rows == documents, "orphans in the index of names"
        rows = catalogue.rows(f'SELECT count(*) FROM "keywords_{collection.id}_docsize"')
        assert rows == [(len(numbers),)], "orphans in the keyword index"
    folders = {collection.folder for collection in catalogue.registry.all()}
    assert {path.name for path in root.iterdir()} == folders - {""}
    unused = """SELECT count(*) FROM vectors WHERE id NOT IN (SELECT vector_id FROM chunks)
                AND NOT EXISTS (SELECT 1 FROM pages WHERE vector_id = vectors.id)"""
    assert catalogue.rows(unused) == [(0,)]
    assert catalogue.rows("PRAGMA integrity_check") == [("ok",)]
    assert catalogue.rows("PRAGMA foreign_key_check") == []
