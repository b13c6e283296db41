import sqlite3

import numpy as np
import pytest

from jupyter_localai.errors import StoreError
from jupyter_localai.index.catalogue import Catalogue, Source
from jupyter_localai.results.files import Failure, Rules
from jupyter_localai.results.passages import Anchor, Place
from tests.support.makers import chunks_of


def make_collection(catalogue, name="default"):
    with catalogue.transaction():
        return catalogue.registry.create(name, "default", "words", "words-1")


def add(catalogue, collection, path, made):
    with catalogue.transaction():
        keys = [f"{path}/{i}".encode() for i in range(len(made))]
        ids = catalogue.chunks.put_vectors(keys, np.eye(len(made), 4, dtype=np.float32))
        source = Source(path, "/r", 1, 2, 3, "sha", 2, "text", "Title")
        return catalogue.put_document(collection, source, made, [ids[key] for key in keys])


def found(catalogue, collection, word):
    ids = [i for i, _ in catalogue.fulltext.search(collection.id, f'"{word}"', 10)]
    return sorted(chunk.text for chunk in catalogue.chunks.by_id(ids).values())


def test_a_chunk_comes_back_as_it_went_in(catalogue):
    collection = make_collection(catalogue)
    document_id = add(catalogue, collection, "/r/a", chunks_of("one gull", "two gulls"))
    first, second = catalogue.chunks.of_documents([document_id])
    assert (first.text, first.start, first.end, first.seq, first.after) == ("one gull", 0, 8, 0, "\n\n")
    assert first.places == (Place(0, 8, Anchor(line=1)),)
    assert (second.path, second.title) == ("/r/a", "Title")
    assert np.array_equal(second.vector, np.eye(2, 4, dtype=np.float32)[1])


def test_words_are_found_by_stem_in_text_and_context(catalogue):
    collection = make_collection(catalogue)
    add(catalogue, collection, "/r/a", chunks_of("The boats were moored.", context="Harbour rules"))
    assert found(catalogue, collection, "boat") == ["The boats were moored."]
    assert found(catalogue, collection, "rule") == ["The boats were moored."]
    assert found(catalogue, collection, "plane") == []


def test_collections_do_not_see_each_other(catalogue):
    one, two = make_collection(catalogue, "one"), make_collection(catalogue, "日本 two")
    add(catalogue, one, "/r/a", chunks_of("gull"))
    assert found(catalogue, one, "gull") == ["gull"]
    assert found(catalogue, two, "gull") == []
    assert one.chroma_name != two.chroma_name


def test_replacing_a_document_leaves_no_trace_but_tombstones(catalogue):
    collection = make_collection(catalogue)
    document_id = add(catalogue, collection, "/r/a", chunks_of("gull", "tern"))
    old = [chunk.id for chunk in catalogue.chunks.of_documents([document_id])]
    assert add(catalogue, collection, "/r/a", chunks_of("heron")) == document_id
    assert found(catalogue, collection, "gull") == []
    assert found(catalogue, collection, "heron") == ["heron"]
    assert catalogue.chunks.tombstones(collection.id) == old
    new = [chunk.id for chunk in catalogue.chunks.of_documents([document_id])]
    assert not set(new) & set(old)
    with catalogue.transaction():
        catalogue.chunks.bury(collection.id, old)
        catalogue.chunks.drop_unused_vectors()
    assert catalogue.chunks.tombstones(collection.id) == []
    assert catalogue.rows("SELECT count(*) FROM vectors")[0][0] == 1


def test_states_of_a_document(catalogue):
    collection = make_collection(catalogue)
    document_id = add(catalogue, collection, "/r/a", chunks_of("gull"))
    assert catalogue.pending(collection) == [document_id]
    with catalogue.transaction():
        catalogue.mark_ready(collection, [document_id])
        catalogue.put_failure(collection, Source("/r/b", "/r", 3, 4), Failure("/r/b", "encrypted", "No.", "Do."))
    assert catalogue.pending(collection) == []
    known = catalogue.documents(collection)
    assert known["/r/a"].state == "ready"
    assert known["/r/b"].failure == Failure("/r/b", "encrypted", "No.", "Do.")
    assert catalogue.count_states() == {"ready": 1, "failed": 1}
    assert catalogue.readable(collection) == [(document_id, "/r/a", "/r")]


def test_roots_remember_their_rules(catalogue):
    collection = make_collection(catalogue)
    rules = Rules(("*.md",), ("old/*",), False)
    with catalogue.transaction():
        catalogue.registry.remember_root(collection, "/r", rules)
    assert catalogue.registry.roots(collection) == {"/r": rules}


def test_a_forgotten_folder_covers_what_lies_below_it_and_a_root_outweighs_its_own_mark(catalogue):
    with catalogue.transaction():
        catalogue.registry.mark_forgotten("default", "/r/sub")
    forgotten = catalogue.registry.forgotten("default")
    assert forgotten.covers("/r/sub", "/r") and forgotten.covers("/r/sub/deep/a.md", "/r")
    assert not forgotten.covers("/r/a.md", "/r") and not forgotten.covers("/r/subway/a.md", "/r")
    for path in ("/r/sub", "/r/sub/deep", "/r/sub/deep/a.md"):
        assert not forgotten.covers(path, "/r/sub"), "whoever names the folder itself wants it"
    assert not catalogue.registry.forgotten("default", recalled=["/r/sub"]).covers("/r/sub/deep/a.md", "/r")


def test_a_failed_transaction_changes_nothing(catalogue):
    collection = make_collection(catalogue)
    with pytest.raises(ZeroDivisionError), catalogue.transaction():
        catalogue.put_document(collection, Source("/r/a", "/r", 1, 2), (), ())
        _ = 1 / 0
    assert catalogue.documents(collection) == {}


def test_a_newer_index_is_refused(tmp_path):
    path = tmp_path / "c.sqlite"
    Catalogue(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    with pytest.raises(StoreError) as caught:
        Catalogue(path)
    assert caught.value.code == "store_too_new"


def test_a_damaged_index_is_a_clear_error(tmp_path):
    path = tmp_path / "c.sqlite"
    path.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(StoreError) as caught:
        Catalogue(path)
    assert caught.value.code == "store_damaged"


def test_the_file_is_private(tmp_path):
    path = tmp_path / "c.sqlite"
    Catalogue(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
