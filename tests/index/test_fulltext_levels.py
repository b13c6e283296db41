"""What merging does to the structure of a keyword index: FTS5 opens none with more than 2,000 levels."""

import random

import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError
from jupyter_localai.index import fulltext
from jupyter_localai.index.catalogue import Catalogue, Source
from jupyter_localai.index.write import Writer
from tests.support import probe
from tests.support.equality import assert_sound
from tests.support.in_process import WordEmbedder, run_index
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


def test_an_index_with_too_many_levels_is_made_anew_when_the_store_is_opened(tmp_path, folder):
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    before = engine.search("annual leave handbook", k=5)
    collection, catalogue = probe.collection(engine), probe.catalogue(engine)
    for kind in ("keywords", "names", "heads"):
        probe.add_fulltext_levels(catalogue, f"{kind}_{collection.id}", 2001)
    engine.close()
    catalogue = Catalogue(catalogue.path)
    with pytest.raises(StoreError):
        catalogue.fulltext.search(collection.id, "leave", 1)
    catalogue.close()

    stages = []
    engine = Engine.open(config, WordEmbedder(), report=lambda progress: stages.append(progress.stage))
    assert stages == ["check"]
    assert [hit.text for hit in engine.search("annual leave handbook", k=5)] == [hit.text for hit in before]
    assert probe.fulltext_levels(probe.catalogue(engine), collection.id) < 10
    (folder / "leave.md").unlink()
    assert run_index(engine).removed == 1
    list(engine.forget([str(folder / "gauge.txt")]))
    assert_sound(engine)
    engine.close()
    stages.clear()
    Engine.open(config, WordEmbedder(), report=lambda progress: stages.append(progress.stage)).close()
    assert stages == []
