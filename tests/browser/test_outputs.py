"""What the magics leave in a notebook, in a real JupyterLab: it is there, it does nothing, and it stays."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.lab import ROOT
from tests.support.ollama import says

SETUP = "%load_ext jupyter_localai\n%config LocalAI.collection = 'station'"
HOSTILE = """
import dataclasses
from IPython.display import display
from jupyter_localai.results.reports import IndexReport
from jupyter_localai.results.answers import Answer, Citation
from jupyter_localai.results.files import Failure
from jupyter_localai.results.passages import Anchor, Hit, Hits
from tests.support.hostile import PIECES

anchor = Anchor(page=3, heading=" > ".join(PIECES[:4]))
for start in range(0, len(PIECES), 4):
    text = "\\n\\n".join(PIECES[start : start + 4])
    hit = Hit(1, 0.9, 0.8, f"/documents/{text[:80]}.md", text, "1", 0, len(text), anchor, text)
    cited = Citation(1, hit.path, anchor, 0, len(text), text, 0.9)
    answer = Answer(text, f"{text} [1]", "llm", (cited,), (hit,), (text,), 1.0, text, 10, 100, query=text)
    display(answer, dataclasses.replace(answer, mode="extractive", text=text))
    display(Hits(text, text, (hit,)), IndexReport(text, failed=(Failure(hit.path, "corrupt", text, text),)))
"""


def answered(chat):
    """Answer from the passage of the rules, as a chat model would."""
    found = re.search(r'<passage number="(\d+)" source="safety.rst', chat["messages"][0]["content"])
    assert found, "the rule is not among the passages"
    return says(
        "No boat may leave the slipway when\n\n- the mean wind **exceeds 21 knots**, or\n",
        f"- the waves at the bar are higher than **1.3 metres** [{found[1]}].",
    )


@pytest.mark.parametrize("trusted", [True, False], ids=["just run", "reopened"])
def test_hostile_documents_and_answers_do_nothing(lab, watched, trusted):
    lab.notebook("hostile.ipynb", HOSTILE)
    page = watched.open("hostile.ipynb")
    watched.run_all(120)
    outputs = page.locator(".jp-OutputArea-output")
    expect(outputs.first).to_be_visible()
    shown = outputs.count()
    assert shown > 40
    if not trusted:
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save').then(() => true)")
        watched.lab.distrust("hostile.ipynb")
        page = watched.open("hostile.ipynb")
        expect(outputs).to_have_count(shown)
    page.locator(".jp-OutputArea-output details").evaluate_all("found => found.forEach(one => (one.open = true))")
    page.wait_for_timeout(500)
    assert page.evaluate("window.owned === undefined && window.ran === undefined")
    assert watched.dialogs == []
    active = "script, img, svg, iframe, object, embed, form, input, button, link, style, video, audio, base, meta"
    ours = "button[class*=jp-LocalAI], button[class*=jp-LocalAI] svg"
    assert page.locator(f".jp-RenderedHTMLCommon :is({active}):not({ours})").count() == 0
    for name in ("onclick", "onerror", "onload", "src", "srcset", "ping", "data-commandlinker-command"):
        assert page.locator(f".jp-RenderedHTMLCommon [{name}]").count() == 0


@pytest.mark.model
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_index_ask_search_and_an_error(lab, watched, picture, dark):
    shutil.copytree(ROOT / "examples" / "corpus", lab.root / "corpus", dirs_exist_ok=True)
    lab.ollama.chatting = answered
    lab.dark(dark)
    lab.notebook(
        "station.ipynb",
        SETUP,
        "%localai index corpus -c station",
        "%ask At what wind speed must boats stay at the slipway?",
        "%ask --extractive Why was the Gull Rock gauge offline in March 2031?",
        "%localai search annual leave -k 3",
        "%localai serch leave",
        "print('not reached')",
    )
    page = watched.open("station.ipynb")
    page.set_viewport_size({"width": 1000, "height": 2300})
    watched.run_all(120)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    answer = cells.nth(2).locator(".jp-OutputArea-output")
    expect(answer).to_have_count(1)
    expect(answer).to_contain_text("exceeds 21 knots")
    expect(answer).to_contain_text("llama3.1:8b")
    expect(cells.nth(3).locator(".jp-OutputArea-output")).to_contain_text("lightning")
    expect(cells.nth(4).locator(".jp-OutputArea-output")).to_contain_text("leave")
    error = cells.nth(5).locator(".jp-OutputArea-output")
    expect(error).to_contain_text("Did you mean 'search'?")
    expect(error).not_to_contain_text("Traceback")
    expect(cells.nth(6).locator(".jp-OutputArea-output")).to_have_count(0)
    shade = "dark" if dark else "light"
    picture(page.locator(".jp-NotebookPanel"), f"outputs-{shade}")
    picture(cells.nth(2), f"answer-{shade}")
