"""The documentation builds as a site without a warning, and its pages ask no other machine for anything."""

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "PRIVACY.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
OUTWARDS = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
LOADING = {"src", "srcset", "poster", "data", "background", "action", "formaction", "ping", "manifest"}
NOT_LOADED = {"canonical", "alternate", "next", "prev"}  # links of a page's head that browsers do not follow


class Requests(HTMLParser):
    """What a browser loads when it shows a page, as far as its HTML says."""

    def __init__(self) -> None:
        super().__init__()
        self.outwards: list[str] = []
        self.drawn_by_a_cdn = False
        self._within = ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self._within = tag
        self.drawn_by_a_cdn |= "mermaid" in given.get("class", "").split()
        loaded = [value for name, value in given.items() if name in LOADING]
        if tag == "link" and not NOT_LOADED & set(given.get("rel", "").split()):
            loaded.append(given.get("href", ""))
        if tag in ("image", "use"):
            loaded += [given.get("href", ""), given.get("xlink:href", "")]
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            loaded.append(given.get("content", "").partition("=")[2])
        self.outwards += [f"<{tag}> {value}" for value in loaded if OUTWARDS.match(value)]
        if IN_STYLE.search(given.get("style", "")):
            self.outwards.append(given["style"])

    def handle_data(self, data):
        if self._within == "style" and IN_STYLE.search(data):
            self.outwards.append(data)


def requests(html):
    parser = Requests()
    parser.feed(html)
    return parser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("the extra `docs` is not installed")
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return target


def test_every_page_is_in_the_site(site):
    expected = {"index" if page.stem == "README" else page.stem for page in PAGES}
    assert expected | {"404"} == {page.stem for page in site.glob("*.html")}


def test_the_reference_has_the_public_names_with_their_docstrings(site):
    text = (site / "reference.html").read_text()
    for name in ("connect", "Client.ask", "Client.index", "AsyncClient"):
        assert re.search(rf'id="jupyter_localai\.service\.client\.\w+\.{re.escape(name)}"', text), name
    for name in ("results.answers.Answer", "config.Config", "errors.LocalAIError"):
        assert f'id="jupyter_localai.{name}"' in text
    assert "Open the index: find the engine that serves it, or start one." in text


def test_no_page_asks_another_machine_for_anything(site):
    for page in site.rglob("*.html"):
        found = requests(page.read_text())
        assert not found.outwards, f"{page.name}: {found.outwards}"
        assert not found.drawn_by_a_cdn, f"{page.name}: the theme loads Mermaid from a CDN"


def test_no_style_sheet_asks_another_machine_for_anything(site):
    sheets = [path for path in site.rglob("*.css") if IN_STYLE.search(path.read_text())]
    assert list(site.rglob("*.css")) and sheets == []


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="preconnect" href="//fonts.example">',
        '<img src="HTTP://example/x.png">',
        '<p style="background: url(https://example/x.png)">',
        "<style>@import 'https://example/x.css';</style>",
        '<meta http-equiv="refresh" content="0; url=https://example">',
        '<svg><image href="https://example/x.png" /></svg>',
    ],
)
def test_a_request_outwards_is_seen(html):
    assert requests(html).outwards


def test_a_link_that_a_reader_may_follow_is_no_request():
    assert not requests('<a href="https://example">x</a><link rel="canonical" href="https://example">').outwards


def test_a_picture_that_the_theme_draws_with_a_script_from_elsewhere_is_seen():
    assert requests('<pre class="mermaid"><code>graph</code></pre>').drawn_by_a_cdn


def test_the_reference_shows_what_a_method_returns(site):
    text = re.sub(r"<[^>]+>", "", (site / "reference.html").read_text())
    assert "Request[" not in text
    for result in ("Hits", "Answer", "IndexReport | Job", "Iterator[Event]", "list[Job]"):
        assert f"-&gt; {result}" in text, result
