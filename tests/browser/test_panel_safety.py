"""Answers and documents are hostile: nothing runs, nothing is loaded from anywhere; and everybody can use the panel."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.panel import QUESTION, TEXT, index
from tests.support.ollama import says

HOSTILE = """Boats must stay at the slipway [1].

<script>fetch('http://evil.example/a'); window.ran = 1</script>
<img src="http://evil.example/b.png" onerror="window.ran = 1">
![c](http://evil.example/c.png) ![d][9]
<iframe src="http://evil.example/e"></iframe>
<button data-commandlinker-command="terminal:create-new" data-commandlinker-args="{}">Go</button>
<style>@import url(http://evil.example/f.css);</style>
<link rel="prefetch" href="http://evil.example/g"> <a href="javascript:window.ran=1" autofocus>h</a>
[i](javascript:window.ran=1) [j](http://evil.example/j) <http://evil.example/k>
$$\\href{javascript:window.ran=1}{l} \\includegraphics{http://evil.example/m.png}$$

[9]: http://evil.example/n.png

```html
<img src="http://evil.example/o.png" onerror="window.ran = 1">
```
"""


@pytest.fixture(scope="module")
def lab(station):
    folder = station.root / "bad"
    folder.mkdir()
    (folder / "<img src=x onerror=window.ran=1>.md").write_text(TEXT + HOSTILE)
    index(station, "bad", collection="bad")
    return station


@pytest.mark.parametrize("extractive", [False, True], ids=["chat model", "quoted documents"])
def test_a_hostile_answer_does_nothing(panel, lab, watched, extractive):
    lab.ollama.chatting = says(HOSTILE)
    panel.open()
    panel.node.get_by_label("Collection").select_option("bad")
    if extractive:
        panel.node.get_by_label("Chat model").select_option("None (extractive)")
    answer = panel.ask()
    panel.says("Answer ready")
    answer.get_by_role("button", name="Show all").or_(answer.get_by_role("button", name="Show the passage")).click()
    panel.button("Conversations").click()
    panel.node.get_by_role("button", name=QUESTION).first.click()
    panel.page.wait_for_timeout(500)
    assert panel.page.evaluate("window.ran") is None
    assert watched.dialogs == []
    active = "img, iframe, script, style, link, a[href], [data-commandlinker-command]"
    assert panel.node.locator(active).count() == 0
    # that no request left is asserted by the fixture `watched`


def test_a_link_is_followed_on_a_click_only(panel, lab, watched):
    lab.ollama.chatting = says("Boats must stay at the slipway [1], see [the rules](http://evil.example/j?q=1).")
    answer = panel.open().ask()
    panel.says("Answer ready")
    link = answer.get_by_role("link", name="the rules")
    expect(answer).to_contain_text("the rules (evil.example)")
    assert watched.outward == []
    with panel.page.context.expect_page() as opened:
        link.click()
    assert opened.value.evaluate("window.opener") is None
    assert set(watched.outward) == {"http://evil.example/j?q=1"}
    watched.outward.clear()


@pytest.mark.parametrize("theme", ["Light", "Dark", "Dark High Contrast"])
def test_axe_finds_nothing_serious(panel, lab, theme):
    lab.set("@jupyterlab/apputils-extension/themes", {"theme": f"JupyterLab {theme}"})
    lab.ollama.chatting = says(
        "# Title\n\nBoats must stay at the slipway [1].\n\n```python\nx = 1\n```\n\n| a |\n|---|\n| 1 |\n"
    )
    panel.open()
    expect(panel.node.get_by_text("Ask your documents").first).to_be_visible(timeout=60_000)
    check_for_everybody(panel)
    panel.ask()
    panel.says("Answer ready")
    panel.button("Show passage").first.click()
    check_for_everybody(panel)
    panel.button("Conversations").click()
    panel.node.get_by_role("listitem").first.wait_for()
    check_for_everybody(panel)


def check_for_everybody(panel):
    found = Axe().run(panel.page, context="#jupyter-localai")
    assert found.response["passes"]
    serious = [
        (rule["id"], [node["html"] for node in rule["nodes"]])
        for rule in found.response["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
