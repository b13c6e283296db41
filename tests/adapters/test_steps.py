"""What is being done, in words that all front ends share."""

import json
import typing
from pathlib import Path

import pytest

from jupyter_localai.adapters.steps import STAGES, Draft, size_of, step
from jupyter_localai.results.answers import Passages, Thinking, Token
from jupyter_localai.results.reports import Progress

SHARED = json.loads((Path(__file__).parents[1] / "wire" / "stages.json").read_text())


def test_every_stage_has_words_and_the_panel_has_the_same():
    stages = typing.get_args(typing.get_type_hints(Progress)["stage"])
    assert set(stages) == set(STAGES)
    assert {stage: step(Progress(stage)).label for stage in stages} == SHARED["stages"]


def test_sizes_are_told_as_in_the_panel():
    assert {count: size_of(int(count)) for count in SHARED["sizes"]} == SHARED["sizes"]


@pytest.mark.parametrize(
    "progress, words, share",
    [
        (Progress("ocr", 3, 12, "pages", 6.5), "Reading by OCR … 3/12 pages, 6.5 a minute", 0.25),
        (Progress("start"), "Starting the engine …", None),
        (Progress("list", 1200), "Looking for documents … 1,200 files", None),
        (Progress("index", 0, 0), "Indexing …", None),
        (Progress("index", 17, 340), "Indexing … 17/340 files", 0.05),
        (Progress("index", 3_000_000, 12_000_000, "bytes"), "Indexing … 3.0 MB of 12 MB", 0.25),
        (Progress("evaluate", 1, 2, "questions"), "Asking … 1/2 questions", 0.5),
        (Progress("pull", 5, None, "bytes"), "Ollama is downloading …", None),
        (Progress("rebuild", 9, 3, "chunks"), "Building the vector index … 9/3 chunks", 1.0),
    ],
)
def test_a_step_in_words(progress, words, share):
    now = step(progress)
    assert (now.words, now.share) == (words, share)


def test_the_chat_model_is_named_as_it_is_spelled():
    assert step(Progress("think"), "qwen3:4b").label == "qwen3:4b is thinking"
    assert step(Progress("model"), "qwen3:4b").label == "Waiting for qwen3:4b"


def test_an_answer_that_is_being_made():
    draft, told = Draft("qwen3:4b"), []
    events = [Progress("start"), Passages((), "which model?"), Progress("model"), Progress("model"), Thinking("Hm.")]
    for event in [*events, Token("15 "), Token("%")]:
        told.append((draft.take(event), draft.words))
    assert told == [
        (True, "Starting the engine …"),
        (True, "Reading 0 passages …"),
        (True, "Reading 0 passages · waiting for qwen3:4b …"),
        (False, "Reading 0 passages · waiting for qwen3:4b …"),
        (True, "Reading 0 passages · qwen3:4b is thinking …"),
        (True, "Writing …"),
        (False, "Writing …"),
    ]
    assert (draft.text, draft.query) == ("15 %", "which model?")


def test_a_model_that_is_not_known_yet():
    draft = Draft()
    draft.take(Passages(()))
    draft.take(Thinking("Hm."))
    assert draft.words == "Reading 0 passages · the chat model is thinking …"
