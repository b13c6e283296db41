"""Which chat model suits this machine: each is asked the same questions about the example documents."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..config import Config
from ..errors import OllamaError
from ..results.answers import Answer, Thinking, Token
from ..results.reports import Progress
from ..results.trials import Trial, Trials
from ..service.client import sync_client
from .examples import corpus

Report = Callable[[Progress], None]


class Asked(NamedTuple):
    """A question, what a right answer says (any of it), and the file where that stands; nothing where none does."""

    question: str
    says: tuple[str, ...] = ()
    file: str = ""


QUESTIONS = (
    Asked("How many days of annual leave do full-time staff receive?", ("29", "twenty-nine"), "handbook.md"),
    Asked("Within how many minutes must the on-call engineer acknowledge an alarm?", ("20", "twenty"), "handbook.md"),
    Asked("Who is the data manager?", ("Odell",), "handbook.md"),
    Asked("Where is the key for the inflatable boat Tern?", ("workshop",), "handbook.md"),
    Asked("How much may the pier crane lift at most?", ("320",), "safety.rst"),
    Asked("When is the fire alarm tested?", ("second Friday", "2nd Friday"), "safety.rst"),
    Asked("What was found in the stilling well at Wick Quay in July 2031?", ("flounder",), "field notes 2031.txt"),
    Asked("What is a seiche?", ("standing wave", "rocks back and forth"), "glossary.md"),
    Asked("How many days of annual leave do seasonal staff receive?"),
    Asked("What colour is the workboat Sandmartin?"),
)
_REFUSES = re.compile(
    r"\b(not|no|cannot|unable|without|unknown|nothing|neither|unclear|unspecified)\b|n['’]t\b", re.IGNORECASE
)


def run(config: Config, report: Report) -> Trials:
    """Ask every chat model that fits this machine; an interrupt ends it.

    Parameters
    ----------
    config : Config
        The settings to ask with; the documents are indexed into a store that is removed afterwards.
    report : callable
        Called with a `Progress` before each question.

    Raises
    ------
    OllamaError
        ``ollama_absent``, and ``no_model`` without a model to try.
    """
    folder = Path(tempfile.mkdtemp(prefix="jupyter-localai-trial-"))
    try:
        own = dataclasses.replace(config, store=folder, keep_conversations=0)
        with contextlib.closing(sync_client.Client(own, report)) as ai:
            models = ai.models().models
            names = [model.name for model in models if model.chats and model.fits and not model.remote]
            if not names:
                raise OllamaError(
                    "Ollama has no chat model that fits this machine.",
                    "See which would: jupyter localai models",
                    code="no_model",
                )
            ai.index(corpus(), progress=report)
            trials = [_try(ai, name, len(names), at, report) for at, name in enumerate(names)]
        ranked = sorted(trials, key=lambda trial: (-trial.right - trial.refused, trial.first_word_s or float("inf")))
        return Trials(tuple(ranked), tuple(model.name for model in models if model.chats and not model.fits))
    finally:
        sync_client.stop_engine(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _try(ai: sync_client.Client, model: str, models: int, before: int, report: Report) -> Trial:
    """Ask one model everything."""
    right = cited = refused = 0
    waits: list[float] = []
    words, seconds, problem = 0, 0.0, None
    for number, asked in enumerate(QUESTIONS):
        report(Progress("evaluate", before * len(QUESTIONS) + number, models * len(QUESTIONS), "questions"))
        answer, moments = _timed(ai, asked.question, model)
        if answer.mode != "llm":
            problem = answer.warnings[0] if answer.warnings else None
            refused += not asked.file and answer.mode == "none"
            continue
        if moments[1:]:
            waits.append(moments[1] - moments[0])
            words, seconds = words + len(moments) - 2, seconds + moments[-1] - moments[1]
        right += is_right(answer, asked)
        cited += bool(asked.file) and any(os.path.basename(cite.path) == asked.file for cite in answer.citations)
        refused += not asked.file and is_refusal(answer)
    answerable = sum(bool(asked.file) for asked in QUESTIONS)
    return Trial(
        model,
        answerable,
        right,
        cited,
        len(QUESTIONS) - answerable,
        refused,
        statistics.median(waits) if waits else None,
        words / seconds if seconds else None,
        problem,
    )


def _timed(ai: sync_client.Client, question: str, model: str) -> tuple[Answer, Sequence[float]]:
    """Return an answer, and the moments of its beginning and of each piece that the model said or thought."""
    moments = [time.monotonic()]
    with contextlib.closing(ai.stream(question, model=model)) as events:
        for event in events:
            if isinstance(event, Token | Thinking):
                moments.append(time.monotonic())
            if isinstance(event, Answer):
                return event, moments
    raise AssertionError("the last event must be the answer")


def is_right(answer: Answer, asked: Asked) -> bool:
    """Whether an answer says what is expected, in whole words."""
    said = [re.escape(text) for text in asked.says]
    return bool(said) and re.search(rf"(?<!\w)({'|'.join(said)})(?!\w)", answer.text, re.IGNORECASE) is not None


def is_refusal(answer: Answer) -> bool:
    """Whether an answer says in its first sentences that it has none: it denies something, and has no number."""
    text = re.sub(r"\[\d+\]", "", answer.text[:300])
    return _REFUSES.search(text) is not None and not any(ch.isdigit() for ch in text)
