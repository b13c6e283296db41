"""The magics in a real kernel, with real engines, small weights and a stand-in for Ollama."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.support.engines import SHORT, end_engines, kill_engines, wait_until
from tests.support.kernels import Kernel, kernel
from tests.support.ollama import StandIn, llama, qwen, says

HEAVY = ("torch", "chromadb", "ollama", "sentence_transformers", "httpx", "transformers", "huggingface_hub")
ANSWER = "No boat may sail when the wind exceeds 21 knots [1]."


@pytest.fixture(scope="module")
def runtime():
    folder = Path(tempfile.mkdtemp(prefix="rt-", dir=SHORT))
    yield folder
    end_engines(folder)


@pytest.fixture(scope="module")
def shared_ollama():
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def ollama(shared_ollama):
    """The chat model as it is when nothing was changed about it."""
    shared_ollama.reset(llama(), qwen())
    shared_ollama.chatting = says(ANSWER)
    return shared_ollama


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder of the notebook, with documents beside it."""
    place = tmp_path_factory.mktemp("notebook")
    documents = place / "my documents"
    documents.mkdir()
    (documents / "boats.md").write_text("# Boats\n\nNo boat may sail when the wind exceeds the limit of 21 knots.\n")
    (documents / "gauge.txt").write_text("The Gull Rock gauge was offline in March because of lightning.\n")
    (place / "Bob's.txt").write_text("Bob's boat is blue.\n")
    return place


@pytest.fixture(scope="module")
def notebook(tmp_path_factory, runtime, shared_ollama, tiny, place):
    """A kernel with the magics loaded and the documents indexed into `handbook`."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LOCALAI_", "XDG_"))},
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(home / "ipython"),
        "LOCALAI_STORE": str(home / "store"),
        "LOCALAI_EMBEDDER": str(tiny),
        "LOCALAI_PRECISION": "float32",
        "OLLAMA_HOST": shared_ollama.address,
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    with kernel(environment, str(place)) as started:
        done = started.run("%load_ext jupyter_localai")
        assert not done.outputs
        done = started.run('report = %localai index "my documents" -c handbook')
        assert not done.error, done.error
        yield started


def test_nothing_heavy_is_in_the_kernel(notebook: Kernel, ollama):
    assert not notebook.run("%ask -c handbook What is the wind limit?").error
    assert not notebook.run("%localai search -c handbook wind").error
    assert notebook.value(f"[name for name in {HEAVY!r} if name in __import__('sys').modules]") == []


def test_index_returns_its_report_and_leaves_no_bar(notebook: Kernel):
    done = notebook.run('%localai index "my documents" -c handbook')
    assert done.reply["status"] == "ok"
    assert done.outputs[-1]["data"]["text/plain"].startswith("Indexed into 'handbook': 2 unchanged")
    assert all("progress" not in output["data"].get("text/html", "") for output in done.outputs)
    assert notebook.value("(report.added, report.chunks)") == (2, 2)


def answer_of(done):
    """The one output of a cell with an answer, and the answer's JSON."""
    assert not done.error, done.error
    (output,) = done.outputs
    return output["data"], output["data"]["application/vnd.jupyter-localai.answer+json"]


def test_an_answer_is_the_one_output_and_can_be_bound(notebook: Kernel, ollama):
    data, answer = answer_of(notebook.run("%ask -c handbook -o told What's the wind limit?"))
    assert answer["mode"] == "llm" and answer["question"] == "What's the wind limit?"
    assert "21 knots" in data["text/html"] and "21 knots" in data["text/plain"] and "21 knots" in data["text/markdown"]
    assert notebook.value("(told.mode, told.citations[0].path.endswith('boats.md'))") == ("llm", True)
    data, answer = answer_of(notebook.run('%%ask --extractive -c handbook -o told\nWhy was the "gauge" offline?\n'))
    assert (answer["mode"], answer["question"]) == ("extractive", 'Why was the "gauge" offline?')
    assert notebook.value("told.mode") == "extractive"


def test_the_text_is_written_into_one_display_while_it_comes(notebook: Kernel, ollama):
    ollama.chatting = says(*(f"word{number} " for number in range(60)))
    ollama.pause = 0.02
    done = notebook.run("%ask -c handbook Tell me about the wind limit for boats")
    data, _ = answer_of(done)
    shown = [
        content["data"]["text/plain"]
        for kind, content in done.messages
        if kind in ("display_data", "update_display_data")
    ]
    assert "Reading" in "".join(shown[:3])
    partial = [text for text in shown if "word3" in text and "word59" not in text]
    assert 2 <= len(partial) < 40  # not one for each piece of text
    assert "word59" in data["text/plain"]


def test_nobody_looking_gets_the_answer_alone(notebook: Kernel, ollama):
    ollama.chatting, ollama.pause = says(*(f"word{number} " for number in range(20))), 0.02
    done = notebook.run("%ask -c handbook Tell me about the wind limit for boats", watched=False)
    answer_of(done)
    assert done.updates == 0
    done = notebook.run('%localai index "my documents" -c handbook', watched=False)
    assert (len(done.outputs), done.updates) == (1, 0)


def test_a_conversation_goes_on(notebook: Kernel, ollama):
    answer_of(notebook.run("%ask -c handbook What is the wind limit?"))
    ollama.requests.clear()
    ollama.replies = [says("What is the wind limit in March?"), says(ANSWER)]
    _, answer = answer_of(notebook.run("%ask --more Is that so in March?"))
    assert answer["query"] == "What is the wind limit in March?"
    assert len(ollama.chats) == 2


def test_a_loop_asks_each_question(notebook: Kernel, ollama):
    done = notebook.run(
        "for speed in (21, 34):\n    %ask -c handbook May boats sail if wind exceeds {{speed}} knots?\n    speed += 1"
    )
    assert [output["data"]["text/plain"].count("21 knots") > 0 for output in done.outputs] == [True, True]
    assert [body["messages"][-1]["content"].count("exceeds 34 knots?") for body in ollama.chats] == [0, 1]


def test_expressions_are_taken_from_the_notebook_once(notebook: Kernel, ollama):
    setup = "x = 'SECRET'; gale = '{{x}} and $x and {x}'; folder = 'my documents'; limits = [21, 34.5]"
    assert not notebook.run(setup).error
    _, answer = answer_of(notebook.run("%ask -c {{ 'hand' + 'book' }} Is {{gale}} over {{limits}}? {x} $x"))
    assert answer["question"] == "Is {{x}} and $x and {x} over 21, 34.5? {x} $x"
    _, answer = answer_of(notebook.run('%%ask -c handbook Is {{ {"a": {1: 7}}["a"][1] }} more?\n{{folder}} {single}\n'))
    assert answer["question"] == "Is 7 more?\nmy documents {single}"
    done = notebook.run("report = %localai index {{folder}} -c handbook")
    assert not done.error and notebook.value("report.unchanged") == 2
    line = "run_line_magic('localai', 'search -c handbook {{inner}}')"
    notebook.run(f"def within():\n    inner = 'wind'\n    return get_ipython().{line}")
    assert notebook.value("within().query") == "wind"


def test_a_frame_becomes_a_small_table(notebook: Kernel, ollama):
    notebook.run("import pandas\nframe = pandas.DataFrame({'a|b': range(30), 'text': ['{{x}}'] * 30})")
    _, answer = answer_of(notebook.run("%ask -c handbook Which of these is over the limit? {{frame}}"))
    assert "| a\\|b | text |\n| --- | --- |\n| 0 | {{x}} |" in answer["question"]
    assert "| 19 |" in answer["question"] and "| 20 |" not in answer["question"]
    assert "(10 more rows)" in answer["question"]


def test_commands_return_what_they_found(notebook: Kernel, ollama):
    answer_of(notebook.run("%ask -c handbook What is the wind limit?"))
    done = notebook.run("hits = %localai search -c handbook -k 1 what's the wind limit\nlen(hits), hits.query")
    assert done.outputs[-1]["data"]["text/plain"] == '(1, "what\'s the wind limit")'
    done = notebook.run(
        "%config LocalAI.extractive = True\nseen = %localai summarize -c handbook\nseen.question, seen.mode"
    )
    assert done.outputs[-1]["data"]["text/plain"] == "(\"Summarise collection 'handbook'\", 'extractive')"
    notebook.run("%config LocalAI.extractive = False")
    for command, told in {
        "status": "2 documents",
        "collections": "handbook: 2 documents",
        "documents -c handbook": "handbook: 2 documents",
        "models": "llama3.1:8b",
        "conversations": "turn",
        "engine status": "An engine serves",
        'read "Bob\'s.txt"': "Bob's boat is blue.",
        "rebuild -c handbook": "Rebuilt 'handbook'",
        "conversations show last": "",
    }.items():
        done = notebook.run(f"%localai {command}")
        assert not done.error, done.error
        assert told in done.outputs[-1]["data"]["text/plain"], command


def test_forget_and_index_again(notebook: Kernel, ollama):
    notebook.run('%localai index "Bob\'s.txt" -c bob')
    done = notebook.run("%localai forget Bob\\'s.txt")
    assert "Forgot 1 document" in done.text


def test_the_commands_are_a_table_that_breaks_between_words(notebook: Kernel):
    (shown,) = notebook.run("%localai").outputs
    assert "<code>%localai collections</code>" in shown["data"]["text/html"]
    assert "collections" in shown["data"]["text/plain"] and "word-break" not in shown["data"]["text/html"]


def test_help_is_printed_and_nothing_ends(notebook: Kernel):
    for code, told in {
        "%localai help index": "--include",
        "%localai index --help": "--include",
        "%ask -h": "--extractive",
        "%localai help ask": "-o NAME",
    }.items():
        done = notebook.run(code)
        assert done.reply["status"] == "ok" and told in done.text, code


ERRORS = {
    "%localai indx .": ("UsageError", "There is no command 'indx'. Did you mean 'index'?"),
    "%localai index --recurse .": ("UsageError", "There is no option '--recurse'."),
    "%localai index Bob's.txt": ("UsageError", "A quotation mark is not closed."),
    "%localai status today": ("UsageError", "status does not accept the extra argument 'today'."),
    "%localai engine": ("UsageError", "action"),
    "%localai models pull": ("UsageError", "No model is named."),
    "%localai forget": ("UsageError", "Name paths or a collection to forget."),
    "%localai search -c handbok wind": ("UnknownCollectionError", "Did you mean 'handbook'?"),
    "%localai search": ("UsageError", ""),
    "%localai search -k five wind": ("UsageError", "five"),
    "%localai conversations show nothing": ("UnknownConversationError", "nothing"),
    "%ask": ("UsageError", "There is no question."),
    "%ask ?!": ("UsageError", "The question has no words."),
    "%%ask -c handbook\n  \n": ("UsageError", "There is no question."),
    "%ask --colection handbook wind": ("UsageError", "Did you mean '--collection'?"),
    "%ask -z wind": ("UsageError", "There is no option '-z'."),
    "%ask wind -c": ("UsageError", "-c needs a value."),
    "%ask -k 0 -c handbook wind": ("UsageError", "k is 0"),
    "%ask -c handbok wind": ("UnknownCollectionError", "Did you mean 'handbook'?"),
    "%ask -o 2x wind": ("UsageError", "'2x' is not a variable name."),
    "%ask {{ nothing_there }}": ("UsageError", "{{ nothing_there }} has no value: NameError"),
    "%ask {{ 1 + }}": ("UsageError", "{{ 1 + }}"),
    "%ask {{ 'x' * 10001 }}": ("UsageError", "exceeds 10,000 characters"),
}


@pytest.mark.parametrize("code", ERRORS)
def test_errors_are_told_without_a_traceback_and_fail_the_cell(notebook: Kernel, ollama, code):
    kind, told = ERRORS[code]
    done = notebook.run(code)
    assert done.reply["status"] == "error"
    assert done.outputs[-1].keys() >= {"ename", "evalue", "traceback"}
    assert told in done.error and "Traceback" not in done.error and "File " not in done.error
    assert len(done.outputs[-1]["traceback"]) <= 2  # what happened, and what to do
    assert done.outputs[-1]["ename"] == kind and done.error.startswith(f"{kind}: ")
    assert not any(output.get("data", {}).get("text/plain") for output in done.outputs)


def test_an_unknown_model_is_told_with_the_answer(notebook: Kernel, ollama):
    _, answer = answer_of(notebook.run("%ask -c handbook --model lama3.1:8b What is the wind limit?"))
    assert answer["mode"] == "extractive" and "Did you mean 'llama3.1:8b'?" in answer["warnings"][0]


def test_a_question_mark_asks_and_still_helps(notebook: Kernel, ollama):
    for code in (
        "%ask -c handbook wind limit?",
        "if True:\n    %ask -c handbook wind limit??",
        "ask -c handbook wind limit?",
    ):
        answer_of(notebook.run(code))
    done = notebook.run("hits = %localai search -c handbook wind limit?")
    assert not done.outputs and notebook.value("hits.query") == "wind limit?"
    for code in ("%ask?", "ask?", "%localai?", "len?"):
        assert "data" in notebook.run(code).reply["payload"][0], code
    assert notebook.run("text = '''\n%ask what?\n'''\ntext").outputs[0]["data"]["text/plain"] == repr("\n%ask what?\n")


def test_every_error_of_ours_is_calm(notebook: Kernel, ollama):
    notebook.run(
        "import jupyter_localai.adapters.commands as c, jupyter_localai.errors as e; kept = c.ask\n"
        "def fail(*_):\n    raise error\nc.ask = fail"
    )
    kinds = notebook.value("[kind.__name__ for kind in e._descendants(e.LocalAIError)]")
    assert "EngineVersionError" in kinds and "EmbedderMismatchError" in kinds
    for kind in kinds:
        made = f"e.from_wire({{'kind': {kind!r}, 'message': 'What \\x1b[2Jhappened.', 'remedy': 'What to do.'}})"
        done = notebook.run(f"error = {made}\n%ask why")
        assert done.outputs[-1]["traceback"] == [f"{kind}: What [2Jhappened.", "What to do."]
    notebook.run("c.ask = kept")


def test_a_store_that_cannot_be_is_told(notebook: Kernel, ollama):
    notebook.run("%config LocalAI.store = '/proc/nowhere'")
    done = notebook.run("%localai status")
    assert done.outputs[-1]["ename"] == "StoreError" and "/proc/nowhere" in done.error
    notebook.run("%config LocalAI.store = ''")


def test_a_bug_keeps_its_traceback(notebook: Kernel, ollama):
    done = notebook.run("class Odd:\n    def __str__(self): return 1\n\nodd = Odd()\n%ask {{odd}}")
    assert "has no value: TypeError" in done.error  # of the user's own making: told
    notebook.run("import jupyter_localai.adapters.commands as c; kept = c.ask; c.ask = lambda *_: 1 / 0")
    done = notebook.run("%ask -c handbook wind")
    assert "ZeroDivisionError" in done.error and len(done.error.splitlines()) > 5
    notebook.run("c.ask = kept")


def test_nothing_is_bound_when_there_is_no_answer(notebook: Kernel, ollama):
    notebook.run("told = 'before'")
    notebook.run("%ask -c nowhere -o told wind")
    assert notebook.value("told") == "before"


def test_stop_before_the_first_word(notebook: Kernel, ollama):
    ollama.holds_after = 0
    notebook.run("told = 'before'; import jupyter_localai as la; engine = la.connect().status().engine['pid']")
    request = notebook.start("%ask --fresh -c handbook -o told What is the wind limit?")
    notebook.wait_for(request, "waiting for")
    wait_until(lambda: ollama.chats)
    notebook.interrupt()
    done = notebook.finish(request)
    assert done.error == "Stopped." and done.outputs[-1]["ename"] == "KeyboardInterrupt"
    wait_until(lambda: ollama.left)
    assert notebook.value("told, engine == la.connect().status().engine['pid']") == ("before", True)


def test_stop_keeps_what_was_written(notebook: Kernel, ollama):
    ollama.holds_after = 1
    ollama.chatting = says("No boat may ", "sail.")
    request = notebook.start("%ask --fresh -c handbook What is the wind limit?")
    notebook.wait_for(request, "No boat may")
    notebook.interrupt()
    messages = notebook.finish(request).messages
    shown = [content["data"]["text/plain"] for kind, content in messages if kind == "update_display_data"]
    assert shown[-1] == "No boat may\n\n(Stopped)"
    assert messages[-2][1]["traceback"] == ["Stopped."]
    wait_until(lambda: ollama.left)


def test_an_answer_that_breaks_off_is_shown_with_the_reason(notebook: Kernel, ollama, runtime):
    ollama.holds_after = 1
    ollama.chatting = says("No boat may ", "sail.")
    request = notebook.start("%ask --fresh -c handbook What is the wind limit?")
    notebook.wait_for(request, "No boat may")
    kill_engines(runtime)
    messages = notebook.finish(request).messages
    shown = [content["data"]["text/plain"] for kind, content in messages if kind == "update_display_data"]
    assert shown[-1] == "No boat may\n\n(Incomplete)"
    assert [content["ename"] for kind, content in messages if kind == "error"] == ["EngineUnreachableError"]
    ollama.holds_after = None
    ollama.chatting = says(ANSWER)
    answer_of(notebook.run("%ask -c handbook What is the wind limit?"))  # by a new engine


def test_stop_ends_indexing_and_keeps_what_is_done(notebook: Kernel, ollama, place):
    many = place / "many"
    many.mkdir()
    for number in range(1500):
        (many / f"{number}.txt").write_text(f"Document {number}\n\n" + f"word{number} and so on. " * 5)
    request = notebook.start("%localai index many -c many")
    notebook.wait_for(request, "Indexing")
    notebook.interrupt()
    done = notebook.finish(request)
    assert done.error == "Stopped. Finished work is kept; run the cell again to continue."
    code = "import jupyter_localai as la; [job.state for job in la.connect().jobs() if job.collection == 'many']"
    wait_until(lambda: "running" not in notebook.run(code).text)
    assert notebook.value("[c.documents < 1500 for c in la.connect().collections() if c.name == 'many'] or [True]") == [
        True
    ]


def test_defaults_are_set_with_config(notebook: Kernel, ollama):
    notebook.run("%config LocalAI.collection = 'handbook'\n%config LocalAI.extractive = True\n%config LocalAI.k = 1")
    try:
        _, answer = answer_of(notebook.run("%ask Why was the gauge offline?"))
        assert answer["mode"] == "extractive" and len(answer["passages"]) == 1
        assert notebook.run("%localai search wind\nlen(_)").outputs[-1]
        assert "k must be between 1 and 1000, not 0." in notebook.run("%config LocalAI.k = 0").text
        assert "Did you mean `collection`?" in notebook.run("%config LocalAI.colection = 'x'").text
        notebook.run("%config LocalAI.quotes = False")
        data, _ = answer_of(notebook.run("%ask Why was the gauge offline?"))
        assert "lightning" not in data["text/html"] and "lightning" not in data["text/plain"]
    finally:
        notebook.run(
            "%config LocalAI.collection = ''\n%config LocalAI.extractive = False\n"
            "%config LocalAI.k = None\n%config LocalAI.quotes = None"
        )


def test_a_wrong_setting_is_told(notebook: Kernel, ollama):
    notebook.run("import os; os.environ['LOCALAI_THINK'] = 'sometimes'")
    done = notebook.run("%ask -c handbook wind")
    assert done.outputs[-1]["ename"] == "ConfigError" and "think must be one of" in done.error
    notebook.run("del os.environ['LOCALAI_THINK']")


def test_another_store_without_ollama(notebook: Kernel, ollama, tmp_path):
    notebook.run("import os; before = os.environ['OLLAMA_HOST']; os.environ['OLLAMA_HOST'] = '127.0.0.1:9'")
    try:
        done = notebook.run("%ask -c handbook wind")
        assert done.reply["status"] == "error" or "Ollama" in done.text  # the engine that runs has another address
        notebook.run(f"%config LocalAI.store = {str(tmp_path / 'other')!r}")
        assert "Nothing has been indexed yet." in notebook.run("%ask wind").error
        notebook.run('%localai index "my documents"')
        _, answer = answer_of(notebook.run("%ask What is the wind limit for boats?"))
        assert answer["mode"] == "extractive" and answer["warnings"]
        done = notebook.run("%localai models")
        assert done.outputs[-1]["ename"] == "OllamaError"
    finally:
        notebook.run("%localai engine stop")
        notebook.run("os.environ['OLLAMA_HOST'] = before\n%config LocalAI.store = ''")


@pytest.mark.parametrize("jedi", [True, False])
def test_completion(notebook: Kernel, ollama, jedi):
    notebook.run(f"%config IPCompleter.use_jedi = {jedi}")
    assert notebook.complete("%localai ind") == (["index"], "ind")
    assert notebook.complete("localai st") == (["status"], "st")
    assert notebook.complete("found = %localai sea") == (["search"], "sea")
    assert notebook.complete("%localai index my")[0] == ['"my documents/"'[:-1]]
    assert notebook.complete('%localai index "my documents/b') == (['"my documents/boats.md"'], '"my documents/b')
    assert notebook.complete("%localai index --ex")[0] == ["--exclude"]
    assert notebook.complete("%ask -c ha") == (["handbook"], "ha")
    assert notebook.complete("%ask --collection=ha") == (["handbook"], "ha")
    assert notebook.complete("%ask --model ll") == (["llama3.1:8b"], "ll")
    assert notebook.complete("import os\n%localai engine sto") == (["stop"], "sto")
    cell = "%%ask -c handbook --ext\nWhy?\n"
    assert notebook.complete(cell, cell.index("\n")) == (["--extractive"], "--ext")
    assert notebook.complete("%localai conversations show la")[0] == ["last"]
    notebook.run("wind_speed = 3")
    assert notebook.complete("%ask {{ wind_sp")[0] == ["wind_speed"]


def test_nothing_heavy_is_ever_in_the_kernel(notebook: Kernel):
    """After all that was done above."""
    assert notebook.value(f"[name for name in {HEAVY!r} if name in __import__('sys').modules]") == []


def test_unloading_takes_all_away(notebook: Kernel):
    notebook.run("%unload_ext jupyter_localai")
    assert "not found" in notebook.run("%ask x").text
    assert "index" not in notebook.complete("%localai ind")[0]
    assert "LocalAI" not in notebook.run("%config").text.split()
    assert not notebook.run("%load_ext jupyter_localai").error
    assert "Commands are" in notebook.run("%localai x").error
