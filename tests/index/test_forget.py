"""What was forgotten is nowhere in the store's bytes, and stays out."""

import shutil

import numpy as np
import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError, UnknownCollectionError
from jupyter_localai.index import forget as forget_module
from jupyter_localai.render import text as as_text
from jupyter_localai.results.files import Rules
from jupyter_localai.results.reports import ForgetReport
from tests.support import probe
from tests.support.in_process import WordEmbedder, run_index

SECRET = "Xylophonist Quagmire was dismissed because of the zeppelin affair"


@pytest.fixture
def secret(folder):
    """A file nobody should find any more, among others."""
    path = folder / "sub" / "personnel-quetzal.md"
    path.write_text(f"# Dismissals\n\n{SECRET}.\n")
    return path


def forget(engine, *paths, **options):
    *_, report = engine.forget([str(path) for path in paths], **options)
    assert isinstance(report, ForgetReport)
    return report


def traces(store, *needles):
    """Return the files of the store in which any needle occurs, in any spelling a file may use."""
    spelled = [needle if isinstance(needle, bytes) else needle.encode(code) for needle in needles
               for code in (("utf-8", "utf-16-le") if isinstance(needle, str) else ("",))]  # fmt: skip
    spelled += [needle.lower().encode() for needle in needles if isinstance(needle, str)]
    files = [path for path in store.rglob("*") if path.is_file()]
    return {path.name for path in files for needle in spelled if needle in path.read_bytes()}


def words_and_vector():
    whole = f"Dismissals\n{SECRET}."
    vectors = [WordEmbedder.vector(text).astype("<f4").tobytes() for text in (whole, SECRET, f"{SECRET}.")]
    trigrams = ("zeppelin", "xylophonist", "quagmir", "personnel-quetzal", "quetzal", "Dismissals")
    return (SECRET, *trigrams, *vectors, *(vector[:64] for vector in vectors))


def test_a_forgotten_file_leaves_no_byte_behind(engine, folder, secret):
    store = engine.config.store
    run_index(engine, [str(folder)])
    secret.write_text(f"# Dismissals\n\n{SECRET}.\n\nA second version of it, longer.\n")
    run_index(engine)
    vector = probe.catalogue(engine).chunks.vectors(1)[1][-1].tobytes()
    assert traces(store, SECRET, vector[:64])
    report = forget(engine, secret)
    assert (report.documents, report.collections) == (1, ("default",))
    assert traces(store, *words_and_vector(), vector, vector[:64]) == set()
    assert [hit for hit in engine.search("zeppelin affair") if "zeppelin" in hit.text] == []
    engine.close()
    assert traces(store, *words_and_vector(), vector, vector[:64]) == set()


def test_the_others_are_untouched(engine, folder, secret):
    run_index(engine, [str(folder)])
    forget(engine, secret)
    report = run_index(engine)
    assert (report.unchanged, report.embedded) == (3, 0)
    assert engine.search("annual leave", k=1)[0].document == "Handbook"


def test_a_forgotten_collection_leaves_not_even_its_name(engine, folder, secret):
    run_index(engine, [str(folder / "leave.md")])
    run_index(engine, [str(folder)], "Kryptonite files")
    report = forget(engine, collection="Kryptonite files")
    assert (report.documents, report.collections) == (4, ("Kryptonite files",))
    assert traces(engine.config.store, *words_and_vector(), "Kryptonite", "gauge.txt", "Gull Rock") == set()
    assert [c.name for c in engine.collections()] == ["default"]
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    with pytest.raises(UnknownCollectionError):
        forget(engine, collection="Kryptonite files")


def test_a_file_is_forgotten_in_every_collection(engine, folder, secret):
    run_index(engine, [str(folder)], "one")
    run_index(engine, [str(folder)], "two")
    report = forget(engine, secret)
    assert (report.documents, report.collections) == (1, ("one", "two"))
    assert traces(engine.config.store, *words_and_vector()) == set()


def test_a_text_that_also_stands_elsewhere_stays_there(engine, folder, secret):
    shutil.copy(secret, folder / "copy.md")
    run_index(engine, [str(folder)])
    forget(engine, secret)
    assert engine.search("zeppelin", k=1)[0].path == str(folder / "copy.md")


def test_forgotten_files_stay_out_until_they_are_named(engine, folder, secret):
    run_index(engine, [str(folder)])
    forget(engine, secret)
    for report in (run_index(engine), run_index(engine, [str(folder)])):
        assert report.added == 0
        assert {s.path: s.reason for s in report.skipped}[str(secret)].startswith("forgotten")
    assert run_index(engine, [str(secret)]).added == 1
    assert run_index(engine).unchanged == 4


def test_a_forgotten_folder_stays_out_with_all_below(engine, folder, secret):
    run_index(engine, [str(folder)])
    assert forget(engine, folder / "sub").documents == 2
    (folder / "sub" / "deeper").mkdir()
    (folder / "sub" / "deeper" / "new.txt").write_text("Something new.")
    assert run_index(engine).added == 0
    assert run_index(engine, [str(folder / "sub")]).added == 3


def test_a_forgotten_root_is_not_refreshed_any_more(engine, folder):
    run_index(engine, [str(folder)])
    run_index(engine, [str(folder / "sub")])
    forget(engine, folder)
    assert engine.collections()[0].roots == ()
    assert run_index(engine).added == 0
    assert run_index(engine, [str(folder)]).added == 3


def test_a_file_that_is_gone_or_was_unreadable_can_be_forgotten(engine, folder, secret):
    (folder / "broken-quetzal.pdf").write_bytes(b"%PDF-1.7 nonsense")
    run_index(engine, [str(folder)])
    secret.unlink()
    assert forget(engine, secret, folder / "broken-quetzal.pdf").documents == 2
    assert traces(engine.config.store, "quetzal") == set()


def test_a_path_nobody_indexed_is_an_error_and_nothing_is_lost(engine, folder, secret):
    run_index(engine, [str(folder)])
    with pytest.raises(StoreError) as caught:
        forget(engine, secret, folder.parent / "nowhere.md")
    assert caught.value.code == "not_indexed"
    assert "nowhere.md" in caught.value.message
    assert run_index(engine).unchanged == 4


def test_a_similar_name_is_not_forgotten(engine, folder):
    (folder / "leave.md.txt").write_text("Not the same file.")
    (folder / "sub2").mkdir()
    (folder / "sub2" / "a.txt").write_text("Not the same folder.")
    run_index(engine, [str(folder)])
    assert forget(engine, folder / "leave.md", folder / "sub").documents == 2
    assert run_index(engine).unchanged == 3


@pytest.mark.parametrize("moment", ["merge", "compact"])
def test_an_interrupted_cleaning_is_done_when_the_store_is_opened(tmp_path, folder, secret, monkeypatch, moment):
    config = Config(store=tmp_path / "store")
    engine = Engine.open(config, WordEmbedder())
    run_index(engine, [str(folder)])
    target = probe.catalogue(engine) if moment == "compact" else probe.catalogue(engine).fulltext
    with monkeypatch.context() as patch:
        patch.setattr(target, moment, lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget(engine, secret)
    assert forget_module.is_due(probe.catalogue(engine))
    engine.close()
    assert traces(config.store, "zeppelin") == {"catalogue.sqlite"} or moment == "compact"
    engine = Engine.open(config, WordEmbedder())
    assert traces(config.store, *words_and_vector()) == set()
    assert not forget_module.is_due(probe.catalogue(engine))
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    engine.close()


def test_the_mark_of_a_forgotten_file_does_not_give_its_name_away(engine, folder, secret):
    run_index(engine, [str(folder)])
    forget(engine, secret)
    ((mark,),) = probe.rows(engine, "SELECT mark FROM forgotten")
    assert len(mark) == 16
    other = Engine.open(Config(store=engine.config.store.with_name("other")), WordEmbedder())
    run_index(other, [str(folder)])
    forget(other, secret)
    assert probe.rows(other, "SELECT mark FROM forgotten") != [(mark,)]
    other.close()


def test_rules_of_other_roots_survive(engine, folder):
    run_index(engine, [str(folder)], rules=Rules(include=("*.md", "*.txt")))
    forget(engine, folder / "gauge.txt")
    assert run_index(engine).unchanged == 1
    assert np.isclose(engine.search("annual leave")[0].score, 1.2)  # every part is that of the best: it is the only one


def test_chroma_saves_no_memory_of_this_process(tmp_path, folder, secret):
    # what the process had in memory before it made a folder, such as the text that is being forgotten
    for number in range(8):
        engine = Engine.open(Config(store=tmp_path / f"store-{number}"), WordEmbedder())
        run_index(engine, [str(folder)], "one")
        run_index(engine, [str(folder)], "two")
        forget(engine, secret)
        engine.close()
        assert traces(engine.config.store, *words_and_vector()) == set()


# what was deleted or changed before ---------------------------------------------------------------


def remains(engine, folder, secret, how):
    """Index a secret, and have it vanish from the folder without being forgotten."""
    run_index(engine, [str(folder)])
    if how == "deleted":
        secret.unlink()
    elif how == "changed":
        secret.write_text("# Dismissals\n\nNobody was dismissed.\n")
    else:
        secret.rename(folder / "elsewhere.md")
    run_index(engine)
    needles = ("personnel-quetzal",) if how == "renamed" else (SECRET, "zeppelin", "xylophonist")
    assert traces(engine.config.store, *needles)
    return needles


@pytest.mark.parametrize("how", ["deleted", "changed", "renamed"])
def test_forgetting_a_path_cleans_away_what_was_there_before(engine, folder, secret, how):
    needles = remains(engine, folder, secret, how)
    forget(engine, secret)
    assert traces(engine.config.store, *needles) == set()
    assert engine.search("annual leave", k=1)[0].document == "Handbook"


def test_a_path_in_a_folder_that_is_or_was_indexed_can_always_be_forgotten(engine, folder, secret):
    run_index(engine, [str(folder)])
    report = forget(engine, folder / "never-there.md")
    assert (report.documents, report.chunks, report.collections) == (0, 0, ())
    assert "cleaned away" in as_text.forget_text(report)
    forget(engine, folder)
    assert forget(engine, folder / "sub" / "gone.md").documents == 0
    assert run_index(engine, [str(folder)]).added == 4
    forget(engine, collection="default")
    assert forget(engine, folder / "leave.md").documents == 0
    with pytest.raises(StoreError) as caught:
        forget(engine, folder.with_name("documents2"))
    assert caught.value.code == "not_indexed"


@pytest.mark.parametrize("how", ["deleted", "changed", "renamed"])
def test_compacting_cleans_away_what_was_there_before(engine, folder, secret, how):
    needles = remains(engine, folder, secret, how)
    assert engine.status().engine["cleaning_due"] and engine.is_quick_to_compact()
    *progress, report = engine.compact()
    assert report.collections == ("default",) and progress[-1].stage == "scrub"
    assert "'default'" in as_text.compact_text(report)
    assert traces(engine.config.store, *needles) == set()
    assert not engine.status().engine["cleaning_due"] and not engine.is_quick_to_compact()
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    *_, report = engine.compact()
    assert report.collections == () and "No document" in as_text.compact_text(report)


def test_nothing_is_due_where_nothing_was_taken_out(engine, folder):
    run_index(engine, [str(folder)])
    run_index(engine)
    assert not engine.status().engine["cleaning_due"]


def test_an_interrupted_compaction_is_still_due(engine, folder, secret):
    needles = remains(engine, folder, secret, "deleted")
    run = engine.compact()
    next(run)
    run.close()
    assert engine.is_quick_to_compact()
    assert engine.search("annual leave", k=1)[0].document == "Handbook"
    list(engine.compact())
    assert traces(engine.config.store, *needles) == set()


@pytest.mark.parametrize("limit", ["_QUICK_CHUNKS", "_QUICK_BYTES"])
def test_a_large_index_is_not_compacted_unasked(engine, folder, secret, monkeypatch, limit):
    remains(engine, folder, secret, "deleted")
    monkeypatch.setattr(forget_module, limit, 1)
    assert not engine.is_quick_to_compact() and engine.status().engine["cleaning_due"]
