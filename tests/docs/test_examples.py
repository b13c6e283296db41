"""The example notebooks run from top to bottom, with a chat model and without, and show what they promise."""

import re
import tempfile
from pathlib import Path

import nbformat
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from nbclient import NotebookClient

import jupyter_localai as la
from tests.support.engines import SHORT, end_engines
from tests.support.ollama import StandIn, llama, says

FOLDER = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
ANSWER = "application/vnd.jupyter-localai.answer+json"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs_and_say_what_they_are_for(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5) and notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)
    for told in ("What it is for", "Who it is for", "For your own"):
        assert told in notebook.cells[0].source
    assert "forget" in notebook.cells[-1].source
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for library, use in (("matplotlib", "matplotlib"), ("pandas", "pandas|to_frame\\(\\)\\.")):
        if re.search(use, code):
            assert f"`{library}`" in notebook.cells[0].source and "[examples]" in notebook.cells[0].source


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A chat model that is a stand-in, and an engine that the notebooks share."""
    stand_in, runtime = StandIn(), Path(tempfile.mkdtemp(prefix="rt-", dir=SHORT))
    environment = {"LOCALAI_STORE": str(tmp_path_factory.mktemp("examples") / "store")}
    environment |= {"LOCALAI_PRECISION": "float32"}  # measuring which is faster takes longer than the documents
    environment |= {"OLLAMA_HOST": stand_in.address, "MPLCONFIGDIR": str(tmp_path_factory.mktemp("matplotlib"))}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "XDG_RUNTIME_DIR": str(runtime)}.items():
            patch.setenv(name, value)
        la.connect().close()
    yield stand_in, environment
    end_engines(runtime)
    stand_in.stop()


@pytest.fixture
def run(service, monkeypatch):
    """Return a function that runs a notebook and returns the outputs of each cell by the cell's id."""
    stand_in, environment = service
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(name, chat_model=False, said="Because lightning destroyed its radio modem [1]."):
        stand_in.models = [llama()] if chat_model else []
        stand_in.chatting = says(said)
        notebook = nbformat.read(FOLDER / name, as_version=4)
        where = {"metadata": {"path": str(FOLDER)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
        cells = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
        assert not any(output.get("name") == "stderr" for outputs in cells.values() for output in outputs)
        return cells

    return run


def text(outputs):
    return "".join(output.get("text") or output.data["text/plain"] for output in outputs)


def html(outputs):
    return outputs[-1].data["text/html"]


def by(chat_model):
    return ("llm", "llama3.1:8b") if chat_model else ("extractive", None)


@pytest.mark.model
@pytest.mark.parametrize("chat_model", [False, True], ids=["extractive", "chat model"])
def test_quick_start(run, chat_model):
    cells = run("01-quick-start.ipynb", chat_model)
    assert "Indexed into 'examples': 7 " in text(cells["index"])
    (answer,) = cells["ask"]  # one output: nobody looks on, so no drafts
    told = answer.data[ANSWER]
    assert (told["mode"], told.get("model")) == by(chat_model) and "lightning" in told["text"]
    assert "report-2031.pdf" in html(cells["sources"]) and "support" in html(cells["sources"])
    assert cells["more"][0].data[ANSWER]["conversation"] == told["conversation"]
    question = "The wind blows at 24 knots on average.\nMay a boat leave the slipway?"
    assert cells["long"][0].data[ANSWER]["question"] == question
    assert chat_model or "exceeds 21 knots" in cells["long"][0].data[ANSWER]["text"]
    assert "safety.rst" in text(cells["find"]) and "3. " in text(cells["find"]) and "4. " not in text(cells["find"])
    nothing = cells["nothing"][0].data[ANSWER]
    assert (nothing["mode"], nothing["citations"]) == ("none", [])
    assert "examples: 7 documents" in text(cells["status"])


@pytest.mark.model
@pytest.mark.parametrize("chat_model", [False, True], ids=["extractive", "chat model"])
def test_a_team_handbook(run, chat_model):
    cells = run("02-team-handbook.ipynb", chat_model, "You may carry over at most five unused days [1].")
    assert "'examples-handbook': 2 " in text(cells["index"]) and "5 not included" in text(cells["index"])
    told = cells["ask"][0].data[ANSWER]
    assert (told["mode"], told.get("model")) == by(chat_model) and "five unused days" in told["text"]
    assert told["citations"][0]["anchor"]["heading"].startswith("Larkfield Tidal Observatory: Team Handbook > ")
    assert "£1,500" in cells["purchase"][0].data[ANSWER]["question"]
    assert chat_model or "director's signature" in cells["purchase"][0].data[ANSWER]["text"]
    assert "<th>heading</th>" in html(cells["where"]) and "<th>quote</th>" in html(cells["where"])
    shared = text(cells["share"])
    assert "five unused days" in shared.replace("**", "") and "handbook.md · line " in shared and "“" in shared
    assert ("Answered by llama3.1:8b" if chat_model else "no chat model was used") in shared
    assert "**corpus/handbook.md" in cells["shown"][0].data["text/markdown"]
    assert "2 unchanged" in text(cells["again"])
    answers = [output.data[ANSWER] for output in cells["faq"]]
    assert len(answers) == 4 and {answer["mode"] for answer in answers} == {by(chat_model)[0]}
    assert chat_model or all(
        any(words in cited["quote"] for cited in answer["citations"])
        for answer, words in zip(answers, ("eighth", "20 minutes", "21 days", "courtyard"), strict=True)
    )
    (quiet,) = cells["quotes"]
    assert "signature" not in str(quiet.data) and "handbook.md · line " in quiet.data["text/plain"]
    assert "handbook.md" in html(cells["kept"]) and "signature" not in str(cells["kept"])


@pytest.mark.model
@pytest.mark.parametrize("chat_model", [False, True], ids=["extractive", "chat model"])
def test_research_over_pdfs(run, chat_model):
    cells = run("03-research-pdfs.ipynb", chat_model)
    assert "7" in text(cells["index"])
    told = cells["ask"][0].data[ANSWER]
    assert (told["mode"], told.get("model")) == by(chat_model)
    assert [cited["anchor"]["page"] for cited in told["citations"]] == [3] and "lightning" in told["text"]
    assert ("Written by llama3.1:8b" if chat_model else "no chat model") in text(cells["mode"])
    assert "report-2031.pdf" in html(cells["sources"])
    assert cells["more"][0].data[ANSWER]["conversation"] == told["conversation"]
    many = html(cells["many"])
    assert "nothing found" in many and many.count("&lt;NA&gt;") == 1 and (chat_model or "Cobbler" in many)
    assert "page 3" in text(cells["read"]) and "page 3" in text(cells["keep"])


@pytest.mark.model
@pytest.mark.parametrize("chat_model", [False, True], ids=["extractive", "chat model"])
def test_questions_over_notebooks_and_code(run, chat_model):
    cells = run("04-notebooks-and-code.ipynb", chat_model)
    told = cells["ask"][0].data[ANSWER]
    assert told["mode"] == ("llm" if chat_model else "extractive")
    assert told["citations"][0]["path"].endswith("tidegauge.py")
    assert "North Pier tide analysis" in html(cells["find"])
    assert "tide_analysis.ipynb, cell " in text(cells["open"]) and "surges" in text(cells["open"])
    assert "mast_correction" in text(cells["code"]) and ".ipynb" not in text(cells["code"])
    assert "2 unchanged" in text(cells["again"])


@pytest.mark.model
def test_measuring_retrieval(run):
    cells = run("05-measure-retrieval.ipynb")
    assert "recall at 6" in text(cells["measure"]) and "recall at 6" in html(cells["measure"])
    assert "carry over" in html(cells["table"])
    assert "image/png" in cells["plot"][0].data
    assert "missed: " in text(cells["misses"]) and "at 1: " in text(cells["misses"])
    rows = [line.split() for line in text(cells["compare"]).splitlines()]
    (mrr,) = [row[1:] for row in rows if row[:1] == ["MRR"]]
    assert 0.3 < float(mrr[0]) < float(mrr[1]) <= 1


@pytest.mark.model
def test_a_map_of_a_collection(run):
    cells = run("06-map-of-a-collection.ipynb")
    assert "vectors of 384 numbers" in text(cells["vectors"])
    assert "image/png" in cells["map"][0].data and "image/png" in cells["alike"][0].data
    assert "report-2031.pdf, page 3" in text(cells["near"]).splitlines()[0]


@pytest.mark.model
def test_documents_in_a_review(run):
    cells = run("07-review-documents.ipynb")
    assert 'name = "examples-handbook-review"' in text(cells["manifest"]) and "fingerprint" in text(cells["manifest"])
    assert "changed: handbook.md" in text(cells["change"]) and "1 changed" in text(cells["change"])
    minus, plus = text(cells["relock"]).splitlines()
    assert minus.startswith('- {"path": "handbook.md"') and plus.startswith('+ {"path": "handbook.md"')
    assert "review.localai" in text(cells["export"]) and "the one configured here" in text(cells["inspect"])
    assert "nothing embedded" in text(cells["import"]) and "eight unused days" in text(cells["ask"]).replace("**", "")


@pytest.mark.model
def test_whether_a_change_loses_answers(run):
    cells = run("08-does-a-change-lose-answers.ipynb")
    _, _, first, *others = text(cells["table"]).splitlines()
    assert first.startswith("| **lost** | May I bring my dog? | ") and first.endswith(" | – |")
    assert not any("lost" in line for line in others) and "1 of 5 questions lose" in text(cells["gate"])


def test_the_report_looks_the_same_on_every_machine():
    """Its fonts are in the file."""
    report = pdfium.PdfDocument(FOLDER / "corpus" / "report-2031.pdf")
    pages = list(report)  # their objects live as long as they do
    fonts = [raw.FPDFTextObj_GetFont(text.raw) for page in pages for text in page.get_objects((raw.FPDF_PAGEOBJ_TEXT,))]
    assert len(fonts) > 100
    assert all(raw.FPDFFont_GetIsEmbedded(font) == 1 for font in fonts)


@pytest.mark.model
def test_the_questions_that_the_examples_suggest_get_good_answers(service):
    with la.connect() as ai:
        ai.index(FOLDER / "corpus", "examples")
        questions = ai.suggest("examples").questions
        answers = [ai.ask(question, "examples", extractive=True) for question in questions]
    firsts = [answer.citations[0] for answer in answers]
    assert len({Path(first.path).name for first in firsts}) == 3
    assert all(first.support >= 0.5 for first in firsts)
    assert Path(firsts[0].path).name == "report-2031.pdf" and firsts[0].anchor.page
