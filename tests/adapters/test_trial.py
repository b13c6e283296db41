"""Models are compared by what they answer about the example documents."""

import tempfile

import pytest

from jupyter_localai.adapters import trial
from jupyter_localai.config import resolve
from jupyter_localai.render import bundle
from jupyter_localai.results.answers import Answer
from jupyter_localai.results.trials import Trial
from tests.support.ollama import llama, says

GOOD, POOR, LARGE = "good:1b", "poor:1b", "large:900b"


@pytest.fixture
def config(ollama, tmp_path, tiny, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ollama.models = [llama(GOOD), llama(POOR), llama(LARGE, size=10**15)]
    return resolve({"ollama_host": ollama.address, "embedder": str(tiny), "precision": "float32"})


def answers(body):
    """Answer as a good model, which finds what is asked for in its passages, or as one that always says the same."""
    question = body["messages"][-1]["content"]
    (asked,) = [asked for asked in trial.QUESTIONS if asked.question == question]
    said = f"It is {asked.says[0]} [1]." if asked.says else "The passages do not answer this."
    return says(*(said if body["model"] == GOOD else "It is 7."))


def test_every_model_that_fits_is_asked_everything(ollama, config, tmp_path):
    ollama.chatting, reported = answers, []
    trials = trial.run(config, reported.append)
    good, poor = trials.trials
    assert (good.model, good.right, good.refused) == (GOOD, good.answerable, good.unanswerable)
    assert (poor.model, poor.right, poor.refused, poor.problem) == (POOR, 0, 0, None)
    assert good.cited > poor.cited and good.first_word_s > 0 and good.tokens_per_s > 0
    assert trials.left_out == (LARGE,)
    asked = [(each.done, each.total) for each in reported if each.unit == "questions"]
    assert asked == [(number, 20) for number in range(20)]
    assert not list(tmp_path.glob("jupyter-localai-trial-*"))
    for shown in (str(trials), bundle.html(trials)):
        assert GOOD in shown and "8 of 8" in shown and LARGE in shown


def test_a_model_that_fails_is_named_with_the_reason(ollama, config):
    ollama.models = [llama(GOOD)]
    ollama.broken["/api/chat"] = (500, b'{"error": "out of memory"}')
    (one,) = trial.run(config, lambda progress: None).trials
    assert (one.right, one.first_word_s) == (0, None) and "out of memory" in one.problem


def test_an_interrupt_leaves_nothing_behind(ollama, config, tmp_path):
    ollama.chatting = answers

    def interrupt(progress):
        if progress.unit == "questions" and progress.done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial.run(config, interrupt)
    assert len(ollama.chats) == 1 and not list(tmp_path.glob("jupyter-localai-trial-*"))


@pytest.mark.parametrize(
    ("text", "right", "refused"),
    [
        ("Staff receive **29** days [1].", True, False),
        ("Twenty-nine days.", True, False),
        ("Staff receive 290 days.", False, False),
        ("The passages do not say [1].", False, True),
        ("It isn’t said.", False, True),
        ("They do not receive 31 days.", False, False),
        ("", False, False),
    ],
)
def test_what_counts_as_right_and_as_refused(text, right, refused):
    answer = Answer("?", text, "llm")
    assert (trial.is_right(answer, trial.QUESTIONS[0]), trial.is_refusal(answer)) == (right, refused)


def test_a_model_without_a_word_has_no_times():
    assert str(trial.Trials((Trial("x", 8, problem="It said nothing."),))).count("–") == 2
