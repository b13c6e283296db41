import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.index.catalogue import Catalogue, Source
from jupyter_localai.index.layout import NO_PAGE, Layout
from jupyter_localai.results.passages import Anchor, Chunk, Place
from tests.index.test_catalogue import make_collection


def paged(*pages):
    """Return one chunk per text of each page."""
    places = [(number, text) for number, texts in enumerate(pages, 1) for text in texts]
    return [Chunk(0, len(text), text, (Place(0, len(text), Anchor(page=number)),)) for number, text in places]


def put(catalogue, collection, path, chunks):
    with catalogue.transaction():
        texts = list(dict.fromkeys([*(chunk.text for chunk in chunks), "head"]))
        keys = [text.encode() for text in texts]
        made = catalogue.chunks.put_vectors(keys, np.ones((len(keys), 4), np.float32))
        vectors = {text: made[text.encode()] for text in texts}
        heads = {chunk.text: vectors["head"] for chunk in chunks}
        ids = [vectors[chunk.text] for chunk in chunks]
        return catalogue.put_document(collection, Source(path, "/r", 1, 2), chunks, ids, heads)


def test_what_changes_is_seen_at_once(catalogue):
    collection = make_collection(catalogue)
    assert len(catalogue.layouts.get(collection.id).numbers) == 0
    one = put(catalogue, collection, "/r/a", paged(["cover"], ["assets", "debts"]))
    layout = catalogue.layouts.get(collection.id)
    assert layout is catalogue.layouts.get(collection.id)
    assert len(set(layout.pages.tolist())) == 2 and NO_PAGE not in layout.pages
    assert len(layout.heads[0]) == 1, "the second page's head is of two chunks and was given no vector"
    put(catalogue, collection, "/r/b", paged(["cover"]))
    assert catalogue.layouts.get(collection.id).sizes.tolist() == [3, 1]
    with catalogue.transaction():
        catalogue.remove_documents(collection, [one])
    assert catalogue.layouts.get(collection.id).sizes.tolist() == [1]
    assert catalogue.rows("SELECT count(*) FROM pages")[0][0] == 1


def test_another_process_that_writes_is_seen(catalogue):
    collection = make_collection(catalogue)
    put(catalogue, collection, "/r/a", paged(["cover"]))
    reader = Catalogue(catalogue.path, "read")
    assert len(reader.layouts.get(collection.id).numbers) == 1
    put(catalogue, collection, "/r/b", paged(["cover"]))
    assert len(reader.layouts.get(collection.id).numbers) == 2
    reader.close()


def test_heads_are_searched_and_leave_nothing_behind(catalogue):
    collection = make_collection(catalogue)
    document = put(catalogue, collection, "/r/a", paged(["Balance sheet"], ["Cash flows"]))
    assert len(catalogue.fulltext.headed(collection.id, '"cash"', 9)) == 1
    put(catalogue, collection, "/r/a", paged(["Balance sheet"]))
    assert catalogue.fulltext.headed(collection.id, '"cash"', 9) == {}
    with catalogue.transaction():
        catalogue.chunks.drop_unused_vectors()
    assert len(catalogue.layouts.get(collection.id).heads[0]) == 1, "a head's vector is in use"
    with catalogue.transaction():
        catalogue.remove_documents(collection, [document])
        catalogue.chunks.drop_unused_vectors()
    assert catalogue.fulltext.headed(collection.id, '"balance"', 9) == {}
    assert catalogue.rows("SELECT count(*) FROM vectors")[0][0] == 0


rows = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), max_size=30)


@given(rows, st.randoms(use_true_random=False))
def test_neighbours_and_first_copies_are_those_of_the_document(rows, random):
    numbers = random.sample(range(100), len(rows))
    chunks, seen = [], {}
    for (document, vector), number in zip(sorted(rows), numbers, strict=True):
        seq = seen[document] = seen.get(document, -1) + 1
        chunks.append((document, seq, number, vector))
    layout = Layout(np.array(chunks, np.int64).reshape(-1, 4), np.empty((0, 4), np.int64), lambda: None)
    asked = sorted([*numbers[::2], 500])
    places = layout.places(np.array(asked, np.int64))
    assert layout.numbers[places].tolist() == asked[:-1]
    near, same = layout.around(places, 2)
    for row, place in enumerate(places.tolist()):
        document, seq, _, vector = chunks[place]
        expected = [number for d, s, number, _ in chunks if d == document and abs(s - seq) <= 2]
        assert layout.numbers[near[row][same[row]]].tolist() == expected
        first = next(number for d, _, number, v in chunks if (d, v) == (document, vector))
        assert layout.numbers[layout.firsts[place]] == first
