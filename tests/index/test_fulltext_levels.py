"""What merging does to the structure of a keyword index: FTS5 opens none with more than 2,000 levels."""

import random

import pytest

from jupyter_localai.index import fulltext
from jupyter_localai.index.catalogue import Source
from jupyter_localai.index.write import Writer
from tests.support import probe
from tests.support.makers import chunks_of

WORDS = [f"{a}{b}{c}" for a in "bcdfgh" for b in "aeiou" for c in ("rn", "lt", "mp", "st")]


@pytest.mark.parametrize("many", [6, 200])
def test_levels_stay_few_however_often_an_index_is_merged(catalogue, store, embedder, monkeypatch, many):
    """With 200 allowed they grow past six: it is the limit that keeps them there."""
    monkeypatch.setattr(fulltext, "_MANY_LEVELS", many)
    with catalogue.transaction():
        collection = catalogue.registry.create("default", "default", "words", "words-1")
    writer, chance, most = Writer(catalogue, store, embedder, collection), random.Random(1), 0
    for turn in range(24):
        texts = [" ".join(chance.choices(WORDS, k=150)) + f" turn{turn}" for _ in range(12)]
        source = Source(f"/r/{turn % 4}", "/r", 1, 2, 3, f"sha{turn}", 2, "text", "Title")
        list(writer.write([(source, chunks_of(*texts))]))
        with catalogue.transaction():
            catalogue.fulltext.merge(collection.id)
        most = max(most, probe.fulltext_levels(catalogue, collection.id))
        found = catalogue.fulltext.search(collection.id, f"turn{turn}", 100)
        assert len(found) == 12
        assert turn < 4 or catalogue.fulltext.search(collection.id, f"turn{turn - 4}", 100) == []
    assert most <= 8 if many == 6 else most > 8


def test_a_document_is_written_in_one_piece(catalogue, store, embedder):
    with catalogue.transaction():
        collection = catalogue.registry.create("default", "default", "words", "words-1")
    writer, chance = Writer(catalogue, store, embedder, collection), random.Random(1)
    for turn in range(2):
        texts = [" ".join(chance.choices(WORDS, k=50)) for _ in range(40)]
        source = Source("/r/a", "/r", 1, 2, 3, f"sha{turn}", 2, "text", "Title")
        list(writer.write([(source, chunks_of(*texts))]))
        assert probe.fulltext_pieces(catalogue, collection.id) <= 2 * (turn + 1)
