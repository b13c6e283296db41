"""How results look in a notebook, and what is kept out of it."""

import dataclasses
import json
import re
import subprocess
import sys

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_localai.errors import LocalAIError, UnknownCollectionError
from jupyter_localai.render import bundle, html, rewrite, words
from jupyter_localai.results.answers import Answer, Citation, Conversation, Conversations, Passages, Token
from jupyter_localai.results.base import to_json
from jupyter_localai.results.mime import ANSWER as ANSWER_TYPE
from jupyter_localai.results.passages import Anchor, Hit, Hits
from jupyter_localai.results.reports import CollectionInfo, Collections
from jupyter_localai.service.client.request import Result, decoded, read

SECRET = "zeppelin"
HEADING = "Airships"
FORMS = ("text/plain", "text/html", "text/markdown")


def hit(rank=1):
    return Hit(rank, 0.5, 0.5, "/d/a.md", HEADING, "7", 0, 8, Anchor(line=3, heading=HEADING), f"A {SECRET} flies.")


def answer(mode="llm", **changes):
    cited = Citation(1, "/d/a.md", Anchor(line=3, heading=HEADING), 0, 8, f"A {SECRET} flies.", 0.5)
    text = "Yes, it **flies** [1]." if mode == "llm" else f"A {SECRET} flies. [1]"
    model = "llama3.1:8b" if mode == "llm" else None
    return dataclasses.replace(
        Answer("Does it fly?", text, mode, (cited,), (hit(),), ("Careful.",), 1.5, model), **changes
    )


def talk():
    return Conversation(
        "c1", "Does it fly?", "default", "2026-01-01", "2026-01-01", 1, (answer(), answer("extractive"))
    )


def test_an_answer_tells_all_there_is_to_tell():
    whole = answer(prompt_tokens=1234, context_tokens=8192, dropped_passages=2, query="Does the airship fly?")
    for form in FORMS:
        shown = bundle.bundle(whole)[form].replace("\\", "")
        for told in (
            "Understood as: ",
            "Does the airship fly?",
            "[1]",
            "/d/a.md",
            "line 3",
            HEADING,
            f"A {SECRET} flies.",
            "Careful.",
            "Answered by llama3.1:8b",
            "1,234 of 8,192 tokens of context",
            "2 passages did not fit",
        ):
            assert told in shown, (form, told)
    assert "Passages considered (1)" in bundle.html(whole) and "1.5 s" in bundle.html(whole)
    assert "no chat model was used" in bundle.text(answer("extractive"))


def test_a_bundle_can_be_saved_and_has_the_answer_as_json():
    shown = bundle.bundle(answer())
    assert set(shown) == {*FORMS, ANSWER_TYPE}
    assert shown[ANSWER_TYPE] == answer().to_dict()
    output = nbformat.v4.new_output("display_data", data=shown)
    nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])]))
    broken = dataclasses.replace(answer(), citations=(Citation(1, "/d/\udcff.md", Anchor(), 0, 1, "x", 0.5),))
    json.dumps(bundle.bundle(broken), ensure_ascii=False).encode()
    assert set(bundle.bundle(Hits("q", "c"))) == set(FORMS)


def test_a_draft_looks_like_the_beginning_of_its_answer():
    whole = answer(text="One [1].\n\n- two\n- three [1]", query="What?")
    begin = html.draft(whole.text, query="What?").removesuffix("</div>")
    assert re.sub("<sup[^>]+>", "<sup>", html.answer(whole)).startswith(begin)
    assert "Waiting for the chat model" in html.draft("", "Waiting for the chat model")
    read = html.draft("", "Waiting", passages=whole.passages)
    assert all(words.short(hit.path) in read for hit in whole.passages) and whole.passages[0].text not in read


def test_a_marker_opens_what_its_source_opens():
    shown = html.answer(answer(text="One [1], and [7]."))
    (marker,) = re.findall(r'<sup title="([^"]+)" data-localai-place="([^"]+)">\[1\]</sup>', shown)
    (source,) = re.findall(r'\[1\] <span data-localai-place="([^"]+)">', shown)
    assert marker == ("/d/a.md · line 3 · Airships", source)
    assert "[7]</sup>" not in shown


def test_an_error_has_its_command_set_as_one():
    shown = bundle.html(UnknownCollectionError.for_name("x", []))
    assert "<strong>Nothing has been indexed yet.</strong>" in shown
    assert "<code>jupyter localai index FOLDER</code>." in shown
    assert bundle.text(LocalAIError("A.", "B.")) == "A.\n  B."


def test_a_model_s_markdown_stays_readable():
    text = "**Bold** and `code` of *this*:\n\n1. one\n2. two\n   - deep\n\n```python\nx = '$' # [1]\n```\n\n> said"
    assert rewrite.rewrite(text, {}) == text
    assert rewrite.rewrite("# Title\n\n| a | b |\n| --- | --- |\n| 1 | 2 |", {}).startswith("**Title**\n\n| a | b |")


@pytest.mark.parametrize("value", [Collections([CollectionInfo("hr", 1, 2, "m", ("/d",))]), Conversations([talk()])])
def test_lists_are_lists_and_draw_themselves(value):
    assert value == list(value) and to_json(value) == [to_json(each) for each in value]
    assert "<table" in value._repr_mimebundle_()["text/html"]


def test_no_text_of_documents_stands_in_a_repr():
    for value in (answer("extractive"), Hits("q", "c", (hit(),)), hit(), answer().citations, talk()):
        assert SECRET not in repr(value)
    assert repr(answer()) == "<Answer llama3.1:8b, 1 source>"
    assert repr(answer("extractive", citations=())) == "<Answer extractive, 0 sources>"


def test_ipython_shows_the_plain_text_in_a_terminal():
    shell = InteractiveShell.instance()
    shown, _ = shell.display_formatter.format(answer())
    assert shown["text/plain"] == str(answer()) and shown["text/plain"].startswith("Yes, it **flies** [1].")


def _returned(value, quoted):
    (result,) = read([{"type": "result", "value": to_json(value)}], type(value), quoted)
    assert isinstance(result, Result)
    return result.value


@pytest.mark.parametrize("value", [answer(), answer("extractive"), Hits("q", "c", (hit(),)), talk()])
def test_without_quotes_nothing_shown_has_text_of_documents(value):
    told, kept = _returned(value, True), _returned(value, False)
    assert told == kept == value
    shown = json.dumps(bundle.bundle(kept))
    assert SECRET in json.dumps(bundle.bundle(told)) and SECRET not in shown and HEADING not in shown
    assert "a.md" in shown and "line 3" in shown and "quotes = false" in shown
    assert SECRET not in str(kept)
    for each in (*getattr(kept, "passages", ()), *(kept if isinstance(kept, Hits) else ())):
        assert SECRET not in json.dumps(bundle.bundle(each))


def test_without_quotes_a_model_s_words_stay_and_a_quoted_answer_can_be_read():
    assert "it **flies**" in bundle.text(_returned(answer(), False))
    kept = _returned(answer("extractive"), False)
    assert "print(answer.text)" in bundle.html(kept) and SECRET in kept.text


def test_without_quotes_events_of_a_stream_are_marked():
    event = decoded({"type": "passages", **to_json(Passages((hit(),)))}, None, quoted=False)
    assert SECRET not in json.dumps(bundle.bundle(event.passages[0]))
    assert decoded({"type": "token", "text": "x"}, None, quoted=False) == Token("x")
    final = decoded({"type": "answer", **to_json(answer())}, None, quoted=False)
    assert SECRET not in json.dumps(bundle.bundle(final))


def test_without_quotes_frames_have_no_text():
    frame = _returned(Hits("q", "c", (hit(),)), False).to_frame()
    assert list(frame.columns)[:3] == ["rank", "line", "score"] and not {"text", "heading", "document"} & {
        *frame.columns
    }
    sources = _returned(answer(), False).sources
    assert list(sources.columns) == ["marker", "document", "line", "support", "path"]
    assert list(answer().sources.columns) == ["marker", "document", "line", "heading", "quote", "support", "path"]


def test_styles_survive_jupyterlab_s_sanitiser():
    # it keeps only values that it knows; see allowedStyles in packages/apputils/src/sanitizer.ts of JupyterLab
    for style in re.findall(r'style="([^"]*)"', bundle.html(answer()) + bundle.html(talk())):
        assert not re.search(r"var\(|calc\(|currentcolor|inherit|!|anywhere|gap", style, re.IGNORECASE), style


def test_rendering_is_loaded_when_something_is_shown_only():
    code = (
        "import sys\nfrom jupyter_localai.results.passages import Hits\nhits = Hits('q', 'c')\nrepr(hits)\n"
        "names = ('nh3', 'markdown_it', 'jupyter_localai.render')\nassert not set(names) & set(sys.modules)\n"
        "str(hits)\nassert set(names) <= set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
