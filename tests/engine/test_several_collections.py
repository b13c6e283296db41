"""Several collections are searched and asked as one."""

from pathlib import Path

import pytest

from jupyter_localai.errors import UnknownCollectionError, UsageError
from tests.support.in_process import run_index

TEXTS = {
    "tides/gauge.md": "The gauge of the pier was offline in March because of lightning.\n",
    "tides/boats.md": "Boats stay at the slipway in wind above twelve metres per second.\n",
    "hr/leave.md": "Staff receive thirty days of annual leave, and more after ten years.\n",
    "hr/cats.md": "No cats are allowed in the workshop.\n",
}


@pytest.fixture
def found(engine, tmp_path):
    for name, text in TEXTS.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("tides", "hr"):
        run_index(engine, [str(tmp_path / "docs" / name)], collection=name)
    return lambda query, collection, **more: [
        Path(hit.path).name for hit in engine.search(query, collection=collection, **more)
    ]


@pytest.mark.parametrize("collection", [["tides", "hr"], ["hr", "tides", "hr"], "all"])
def test_the_best_of_all_come_first(found, collection):
    assert found("annual leave of staff", collection)[0] == "leave.md"
    assert found("gauge offline lightning", collection)[0] == "gauge.md"
    assert sorted(found("anything at all in the pier or workshop", collection)) == sorted(
        Path(name).name for name in TEXTS
    )


def test_a_collection_without_an_answer_takes_no_places(found):
    both = found("gauge offline lightning pier boats slipway wind", ["tides", "hr"], k=2)
    assert sorted(both) == ["boats.md", "gauge.md"]


def test_a_file_of_two_collections_is_found_once(engine, found, tmp_path):
    run_index(engine, [str(tmp_path / "docs" / "hr")], collection="copy")
    assert found("annual leave of staff", "all").count("leave.md") == 1
    *_, answer = engine.ask("Summarise leave.md", collection="all", extractive=True)
    assert len(answer.citations) == 1


def test_documents_are_looked_for_in_all_of_them(found):
    assert set(found("boats or leave", "all", files=["leave.md", "boats.md"])) == {"leave.md", "boats.md"}
    assert found("boats or leave in @boats.md", ["hr", "tides"]) == ["boats.md"]
    with pytest.raises(UsageError, match="the collections 'hr' and 'tides'"):
        found("boats", ["hr", "tides"], files="nothing.md")


def test_a_follow_up_asks_the_same_and_is_forgotten_with_either(engine, found):
    *_, first = engine.ask("How many days of annual leave?", collection=["tides", "hr"], extractive=True)
    *_, second = engine.ask(
        "And why was the Gull Rock gauge offline?", conversation=first.conversation, extractive=True
    )
    assert "lightning" in second.text
    assert engine.conversations()[0].collection == "tides, hr"
    list(engine.forget(collection="tides"))
    assert engine.conversations() == []


def test_names_that_there_are_not_and_one_called_all(engine, found, tmp_path):
    with pytest.raises(UnknownCollectionError):
        found("boats", ["tides", "hrr"])
    with pytest.raises(UsageError):
        found("boats", [])
    run_index(engine, [str(tmp_path / "docs" / "hr")], collection="all")
    assert set(found("boats or leave", "all")) == {"leave.md", "cats.md"}
