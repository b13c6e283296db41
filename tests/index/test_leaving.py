"""A document leaves one collection and stays in the others; what would go is said before."""

import pytest

from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError, UnknownCollectionError, UsageError
from tests.index.test_conversations import LEAVE, ask
from tests.index.test_forget import forget, secret, traces, words_and_vector  # noqa: F401
from tests.support import probe
from tests.support.in_process import WordEmbedder, run_index


@pytest.fixture
def both(engine, folder, secret):  # noqa: F811
    """The folder, in two collections."""
    run_index(engine, [str(folder)], "one")
    run_index(engine, [str(folder)], "two")
    return engine


def test_a_document_leaves_one_collection_and_stays_in_the_other(both, folder, secret):  # noqa: F811
    report = forget(both, secret, collection="one")
    assert (report.documents, report.collections) == (1, ("one",))
    assert {c.name: c.documents for c in both.collections()} == {"one": 3, "two": 4}
    assert [skipped.path for skipped in run_index(both, [], "one").skipped] == [str(secret)]
    assert run_index(both, [], "two").unchanged == 4
    assert forget(both, secret).collections == ("two",)
    assert traces(both.config.store, *words_and_vector()) == set()


def test_a_new_collection_indexes_what_another_one_leaves_out(both, folder, secret):  # noqa: F811
    forget(both, secret)
    assert run_index(both, [str(folder)], "three").added == 4
    assert run_index(both, [str(folder)], "one").added == 0
    forget(both, collection="one")
    assert run_index(both, [str(folder)], "one").added == 4, "a collection's marks go with it"


def test_only_answers_of_that_collection_go(both, secret):  # noqa: F811
    question = "Who was dismissed because of the zeppelin affair?"
    one, two = (ask(both, question, collection=name).conversation for name in ("one", "two"))
    report = forget(both, secret, collection="one")
    assert (report.answers, report.conversations) == (1, 1)
    assert [talk.id for talk in both.conversations()] == [two] != [one]


def test_what_would_go_is_told_and_stays(both, folder, secret):  # noqa: F811
    first = ask(both, LEAVE, collection="one", k=1).conversation
    ask(both, "Who was dismissed because of the zeppelin affair?", conversation=first)
    ask(both, "and the gauge?", conversation=first)
    told = both.would_forget([str(secret)])
    assert (told.documents, told.collections, told.answers, told.conversations) == (1, ("one", "two"), 2, 1)
    assert told.dry_run and "Would forget 1 document" in str(told)
    assert run_index(both, [], "one").unchanged == 4 and both.conversation(first).turns == 3
    done = forget(both, secret)
    assert (done.documents, done.chunks, done.answers) == (told.documents, told.chunks, told.answers)
    whole = both.would_forget(collection="two")
    assert (whole.documents, whole.collections) == (3, ("two",))
    with pytest.raises(StoreError, match="is in collection 'one'"):
        both.would_forget(["/nowhere.md"], "one")
    with pytest.raises(UnknownCollectionError):
        both.would_forget(collection="none")


def test_a_collection_gets_another_name_with_all_that_belongs_to_it(both, folder, secret):  # noqa: F811
    forget(both, secret, collection="one")
    talk = ask(both, LEAVE, collection="one").conversation
    for wrong in ("two", " ", "all"):
        with pytest.raises(UsageError):
            both.rename_collection("one", wrong)
    both.rename_collection("one", "Quillwort")
    assert [c.name for c in both.collections()] == ["Quillwort", "two"]
    assert both.conversation(talk).collection == "Quillwort"
    assert ask(both, "and for boats?", conversation=talk).passages
    assert run_index(both, [], "Quillwort").unchanged == 3, "what it leaves out stays out"
    assert both.search("annual leave", collection="Quillwort")
    with pytest.raises(UnknownCollectionError):
        both.rename_collection("one", "three")


_VERSION_9 = """
CREATE TABLE old (mark BLOB PRIMARY KEY) WITHOUT ROWID; INSERT INTO old SELECT DISTINCT mark FROM forgotten;
DROP TABLE forgotten; ALTER TABLE old RENAME TO forgotten; DROP TABLE feedback;
ALTER TABLE conversations DROP COLUMN name; ALTER TABLE conversations DROP COLUMN pinned; PRAGMA user_version = 9
"""


def test_marks_of_an_older_store_count_for_the_collections_it_had(both, folder, secret):  # noqa: F811
    forget(both, secret)
    talk = ask(both, LEAVE, collection="one").conversation
    for statement in _VERSION_9.split(";"):
        probe.rows(both, statement)
    both.close()
    newer = Engine.open(both.config, WordEmbedder())
    assert run_index(newer, [], "one").unchanged == run_index(newer, [], "two").unchanged == 3
    assert run_index(newer, [str(folder)], "three").added == 4
    newer.change_conversation(talk, title="Kept")
    assert [each.title for each in newer.conversations()] == ["Kept"]
    newer.close()


def test_nothing_named_is_not_everything(both):
    for paths, collection in (((), None), ([], None)):
        with pytest.raises(UsageError, match="Name paths or a collection"):
            forget(both, *paths, collection=collection)
        with pytest.raises(UsageError):
            both.would_forget(paths, collection)
    assert [info.documents for info in both.collections()] == [4, 4]
