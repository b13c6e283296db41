"""`%ask --error`: the last error of a kernel is asked about."""

import re
import sys

import nbclient
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from jupyter_localai.adapters.notebook.last_error import last_error
from jupyter_localai.errors import UsageError
from tests.adapters.notebook.test_magics_notebook import ANSWER_TYPE, ROOT
from tests.support.ollama import says

CELL = "limits = {'harbour': 21}\n\ndef limit(name):\n    return limits[name]\n\nlimit('slipway')"


@pytest.fixture
def execute(ollama, tmp_path, folder, tiny, monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")

    def execute(*cells):
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in ("%load_ext jupyter_localai", *cells)])
        resources = {"metadata": {"path": folder}}
        nbclient.NotebookClient(notebook, timeout=60, resources=resources, allow_errors=True).execute()
        return [cell.outputs for cell in notebook.cells[1:]]

    return execute


def asked(ollama, chat=-1):
    content = ollama.chats[chat]["messages"][-1]["content"]
    return re.fullmatch(r"<attached>\n(.*)\n</attached>\n\n(.*)", content, re.DOTALL).groups()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_error_of_a_cell_is_explained(execute, ollama):
    ollama.replies = [says("There is no slipway in it."), says("Add one.")]
    *_, explained, more = execute("%localai index .", CELL, "%ask --error", "%ask --error How do I fix it?")
    text, question = asked(ollama, 0)
    assert question == "Explain this error: KeyError: 'slipway'"
    assert text.startswith(f"The cell that failed:\n\n{CELL}\n\nError:\n\nKeyError: 'slipway'\n\nTraceback:\n\n")
    assert "Cell In[3]" in text and "----> 4" in text and "\x1b" not in text
    answer = explained[0].data[ANSWER_TYPE]
    assert (answer["mode"], answer["text"], answer["question"]) == ("llm", "There is no slipway in it.", question)
    assert "context" not in answer and "harbour" not in str(explained)
    assert asked(ollama, 1) == (text, "How do I fix it?")
    assert more[0].data[ANSWER_TYPE]["text"] == "Add one."


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_without_an_error_it_says_so(execute):
    ((told,),) = execute("%ask --error")
    assert told.traceback[0] == "UsageError: No cell has failed yet."


class Shell:
    class InteractiveTB:
        @staticmethod
        def structured_traceback(kind, error, trace):
            raise OSError("the source is gone")


@pytest.mark.parametrize(
    ("error", "question"),
    [
        (ValueError("one\ntwo"), "Explain this error: ValueError: one"),
        (ValueError(), "Explain this error: ValueError"),
        (RuntimeError("x" * 50_000), f"Explain this error: RuntimeError: {'x' * 186}"),
        (SyntaxError("bad", ("cell", 1, 2, "a b", 1, 3)), "Explain this error: SyntaxError: bad (cell, line 1)"),
        (ValueError("\x1b[31mred\x1b[0m"), "Explain this error: ValueError: red"),
    ],
)
def test_any_error_is_a_short_question_and_a_bounded_text(monkeypatch, error, question):
    monkeypatch.setattr(sys, "last_value", error, raising=False)
    asked, text = last_error(Shell)
    assert asked == question
    assert text.startswith("Error:\n\n") and "Traceback:\n\n" in text and len(text) < 20_000 and "\x1b" not in text


def test_nothing_has_failed(monkeypatch):
    monkeypatch.delattr(sys, "last_value", raising=False)
    with pytest.raises(UsageError) as raised:
        last_error(Shell)
    assert raised.value.code == "no_error" and raised.value.remedy
