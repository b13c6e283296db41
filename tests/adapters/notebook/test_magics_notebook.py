"""Whole notebooks, executed with nobody looking."""

from pathlib import Path

import nbclient
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.support.ollama import StandIn, llama, says

ANSWER_TYPE = "application/vnd.jupyter-localai.answer+json"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def execute(tmp_path, folder, tiny, monkeypatch):
    """Return a function that executes cells and returns the notebook."""
    ollama = StandIn()
    ollama.models, ollama.chatting = [llama()], says("No boat may sail ", "above 21 knots [1].")
    monkeypatch.setenv("OLLAMA_HOST", ollama.address)
    monkeypatch.setenv("LOCALAI_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("LOCALAI_EMBEDDER", str(tiny))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")

    def execute(*cells: str, **settings):
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        client = nbclient.NotebookClient(notebook, timeout=60, resources={"metadata": {"path": folder}}, **settings)
        try:
            client.execute()
        finally:
            nbformat.validate(notebook)
            execute.notebook = notebook
        return notebook

    yield execute
    ollama.stop()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_each_cell_has_one_final_output(execute):
    notebook = execute(
        "%load_ext jupyter_localai",
        "%localai index .",
        "%ask At what wind may no boat sail?",
        "%%ask --extractive -o found\nAt what wind may no boat sail?",
        "%localai search wind",
        "found.citations[0].path",
    )
    outputs = [cell.outputs for cell in notebook.cells]
    assert [len(each) for each in outputs] == [0, 1, 1, 1, 1, 1]
    for each, mode in ((outputs[2], "llm"), (outputs[3], "extractive")):
        assert each[0].data[ANSWER_TYPE]["mode"] == mode
        assert {"text/plain", "text/html", "text/markdown"} < set(each[0].data)
    assert "3 added" in outputs[1][0].data["text/plain"]
    assert "leave.md" in outputs[5][0].data["text/plain"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_error_stops_what_follows(execute):
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="Nothing has been indexed yet"):
        execute("%load_ext jupyter_localai", "%ask why?", "after = 1")
    cells = execute.notebook.cells
    assert cells[1].outputs[0].ename == "UnknownCollectionError" and cells[2].execution_count is None
    told = execute("%load_ext jupyter_localai", "%ask why?", "print('after')", allow_errors=True)
    assert told.cells[1].outputs[0].traceback == [
        "UnknownCollectionError: Nothing has been indexed yet.",
        "Index a folder first: jupyter localai index FOLDER.",
    ]
    assert told.cells[2].outputs[0].text == "after\n"
