"""Trials of chat models as text and as HTML."""

from __future__ import annotations

from ..results.trials import Trial, Trials
from . import words
from .parts import frame, line, note, table
from .safe import escape

_COLUMNS = ("model", "right", "cited", "refused", "first word", "tokens a second")
_MEANING = "Right, cited: of questions that the example documents answer. Refused: of questions that they do not."


def trials_text(trials: Trials) -> str:
    """Return a row per model."""
    rows = [_COLUMNS, *map(_row, trials.trials)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", _MEANING, *_notes(trials)])


def trials_html(trials: Trials) -> str:
    """Return a row per model as a table."""
    rows = [tuple(map(escape, _row(trial))) for trial in trials.trials]
    return frame(table(_COLUMNS, rows), line(escape(_MEANING)), *(note(escape(told)) for told in _notes(trials)))


def _row(trial: Trial) -> tuple[str, ...]:
    return (
        words.one_line(trial.model),
        f"{trial.right} of {trial.answerable}",
        f"{trial.cited} of {trial.answerable}",
        f"{trial.refused} of {trial.unanswerable}",
        "–" if trial.first_word_s is None else f"{trial.first_word_s:.1f} s",
        "–" if trial.tokens_per_s is None else f"{trial.tokens_per_s:.0f}",
    )


def _notes(trials: Trials) -> list[str]:
    problems = [f"{trial.model}: {trial.problem}" for trial in trials.trials if trial.problem]
    left = [f"Not tried, since they do not fit this machine: {', '.join(trials.left_out)}."] if trials.left_out else []
    return [words.one_line(told) for told in (*problems, *left)]
