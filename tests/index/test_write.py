"""The write order, interrupted at every step on purpose."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from jupyter_localai.index.catalogue import Source
from jupyter_localai.index.chroma import VectorStore, chroma_stem
from jupyter_localai.index.write import Writer, settle, vector_key
from jupyter_localai.results.passages import Anchor, Place
from tests.support import probe
from tests.support.makers import chunks_of


@pytest.fixture
def collection(catalogue, store):
    with catalogue.transaction():
        return catalogue.registry.create("default", "default", "words", "words-1")


def entry(path, *texts):
    return Source(path, "/r", 1, 2, 3, "sha", 2, "text", "Title"), chunks_of(*texts)


def in_chroma(store, collection, embedder, text, limit=5):
    return [i for i, _ in store.query(embedder.embed([text])[0], limit)]


def test_write_makes_documents_ready_and_searchable(catalogue, store, embedder, collection):
    writer = Writer(catalogue, store, embedder, collection)
    assert sum(writer.write([entry("/r/a", "gull rock", "north pier"), entry("/r/b", "boat")])) == 3
    assert catalogue.pending(collection) == []
    assert len(store.numbers()) == 3
    best = in_chroma(store, collection, embedder, "north pier")[0]
    assert catalogue.chunks.by_id([best])[best].text == "north pier"


def test_equal_texts_are_embedded_once(catalogue, store, embedder, collection):
    writer = Writer(catalogue, store, embedder, collection)
    assert sum(writer.write([entry("/r/a", "same", "same"), entry("/r/b", "same")])) == 1
    assert sum(writer.write([entry("/r/c", "same", "new")])) == 1
    assert embedder.seen == ["same", "new"]
    assert len(store.numbers()) == 5


def test_an_update_replaces_chunks_in_chroma(catalogue, store, embedder, collection):
    writer = Writer(catalogue, store, embedder, collection)
    list(writer.write([entry("/r/a", "gull", "tern")]))
    list(writer.write([entry("/r/a", "heron")]))
    assert len(store.numbers()) == 1
    assert catalogue.chunks.tombstones(collection.id) == []


def test_a_crash_while_embedding_keeps_the_vectors_made(catalogue, store, embedder, collection, monkeypatch):
    monkeypatch.setattr("jupyter_localai.embed.ahead._AT_FIRST", 2)
    texts = [f"{'x' * n}" for n in range(1, 60)]
    writing = Writer(catalogue, store, embedder, collection).write([entry("/r/a", *texts)])
    assert next(writing) == 2
    writing.close()
    assert catalogue.documents(collection) == {}
    made = list(embedder.seen)
    assert len(made) >= 2
    again = Writer(catalogue, store, embedder, collection).write([entry("/r/a", *texts)])
    assert sum(again) == len(texts) - len(made)
    assert sorted(embedder.seen, key=len) == texts


def test_nothing_is_embedded_after_a_batch_was_given_up(catalogue, store, embedder, collection, monkeypatch):
    monkeypatch.setattr("jupyter_localai.embed.ahead._AT_FIRST", 1)
    begun, go_on = threading.Event(), threading.Event()
    embed = embedder.embed

    def slowly(texts, coming=0):
        begun.set()
        assert go_on.wait(60)
        return embed(texts, coming)

    monkeypatch.setattr(embedder, "embed", slowly)
    writer = Writer(catalogue, store, embedder, collection)
    one, two = writer.begin([entry("/r/a", "gull", "heron")]), writer.begin([entry("/r/b", "tern")])
    assert begun.wait(60)
    with ThreadPoolExecutor(1) as thread:
        stopping = thread.submit(one.embedding.stop)
        two.embedding.stop()
        go_on.set()
        stopping.result()
    writer.give_up(one)
    writer.give_up(two)
    assert embedder.seen == ["gull"] and catalogue.documents(collection) == {}


def test_a_batch_takes_what_the_one_before_has_on_its_way(catalogue, store, embedder, collection):
    writer = Writer(catalogue, store, embedder, collection)
    one = writer.begin([entry("/r/a", "gull", "tern")])
    two = writer.begin([entry("/r/b", "tern", "heron")])
    assert [sum(writer.finish(one)), sum(writer.finish(two))] == [2, 1]
    assert sorted(embedder.seen) == ["gull", "heron", "tern"]
    assert len(store.numbers()) == 4 and not catalogue.is_unsettled(collection)


def test_what_the_embedding_model_raises_ends_the_writing(catalogue, store, embedder, collection, monkeypatch):
    monkeypatch.setattr(embedder, "embed", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(Writer(catalogue, store, embedder, collection).write([entry("/r/a", "gull")]))
    assert catalogue.documents(collection) == {}


def test_a_crash_before_chroma_is_made_good(catalogue, store, embedder, collection, monkeypatch):
    writer = Writer(catalogue, store, embedder, collection)
    list(writer.write([entry("/r/a", "gull")]))
    with monkeypatch.context() as patch:
        patch.setattr(VectorStore, "upsert", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            list(writer.write([entry("/r/a", "heron"), entry("/r/b", "tern")]))
    assert len(catalogue.pending(collection)) == 2
    settle(catalogue, store, collection)
    assert catalogue.pending(collection) == []
    assert len(store.numbers()) == 2
    assert catalogue.chunks.tombstones(collection.id) == []


@pytest.mark.parametrize("store", [True], indirect=True)
def test_what_chroma_got_before_a_crash_says_where_its_document_is_now(
    catalogue, store, embedder, collection, monkeypatch
):
    """It is not given twice, so what it says of its document has to be brought up to date."""
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "mark_ready", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            list(Writer(catalogue, store, embedder, collection).write([entry("/r/a", "gull", "tern")]))
    assert len(store.numbers()) == 2
    with catalogue.transaction():
        catalogue.move_document(collection, catalogue.documents(collection)["/r/a"], Source("/r/b", "/r", 1, 2, 3))
    monkeypatch.setattr(VectorStore, "upsert", None)
    settle(catalogue, store, collection)
    assert [row["path"] for row in probe.chroma_rows(store)["metadatas"]] == ["/r/b", "/r/b"]
    assert not catalogue.is_unsettled(collection)


def test_a_crash_between_upsert_and_delete_is_made_good(catalogue, store, embedder, collection, monkeypatch):
    writer = Writer(catalogue, store, embedder, collection)
    list(writer.write([entry("/r/a", "gull", "tern")]))
    with monkeypatch.context() as patch:
        patch.setattr(VectorStore, "delete", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            list(writer.write([entry("/r/a", "heron")]))
    assert len(store.numbers()) == 3
    settle(catalogue, store, collection)
    assert len(store.numbers()) == 1


def test_what_chroma_lacks_is_found_without_going_through_all_there_is(catalogue, store, embedder, collection):
    """Each batch of a run asks for it, so a run of many would go through all chunks again and again."""
    writer, asked = Writer(catalogue, store, embedder, collection), []
    for turn in range(2):
        list(writer.write([entry(f"/r/{turn}/{number}", f"text {number}") for number in range(300)]))
        asked.append(probe.steps_of(catalogue, lambda: settle(catalogue, store, collection)))
        asked.append(probe.steps_of(catalogue, lambda: catalogue.is_unsettled(collection)))
    assert max(asked) < 300


def test_keys_differ_by_text_and_model(embedder):
    one = vector_key(embedder, "text")
    assert one != vector_key(embedder, "text ")
    embedder.fingerprint = "words-2"
    assert one != vector_key(embedder, "text")


@pytest.mark.parametrize("name", ["日本", "hr", "a b/c", "..", "x" * 300, "🦆"])
def test_any_name_becomes_one_chroma_takes(tmp_path, name):
    store = VectorStore(tmp_path / "chroma", f"{chroma_stem(name)}-1", {"name": name})
    store.upsert([1], np.eye(1, 4, dtype=np.float32), ["t"], [{"path": "p"}])
    assert store.numbers() == [1]
    store.close()


@pytest.mark.parametrize("store", [True], indirect=True)
def test_any_chroma_client_can_read_a_folder_with_texts(catalogue, store, embedder, collection):
    list(Writer(catalogue, store, embedder, collection).write([entry("/r/a", "gull rock")]))
    client = probe.chroma_client(store)
    rows = client.get_collection(collection.chroma_name, embedding_function=None).get(
        include=["documents", "metadatas"]
    )
    assert rows["documents"] == ["gull rock"]
    assert rows["metadatas"][0]["path"] == "/r/a"


@pytest.mark.parametrize("store", [True], indirect=True)
def test_chroma_no_longer_tells_of_a_page_that_a_chunk_has_left(catalogue, store, embedder, collection):
    source, (chunk,) = entry("/r/a", "gull rock")
    told = []
    for anchor in (Anchor(page=3, heading="Birds"), Anchor(line=7)):
        placed = dataclasses.replace(chunk, places=(Place(chunk.start, chunk.end, anchor),))
        list(Writer(catalogue, store, embedder, collection).write([(source, [placed])]))
        (about,) = probe.chroma_rows(store)["metadatas"]
        told.append({name: about[name] for name in ("page", "line", "heading") if name in about})
    assert told == [{"page": 3, "heading": "Birds"}, {"line": 7}]


def test_chroma_gets_no_texts_unless_they_are_wanted(catalogue, store, embedder, collection):
    list(Writer(catalogue, store, embedder, collection).write([entry("/r/a", "gull rock")]))
    rows = probe.chroma_rows(store)
    assert (rows["documents"], rows["metadatas"]) == ([None], [None])
    assert b"gull" not in b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
