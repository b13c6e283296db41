"""HTML: visible text with headings and tables; scripts, navigation and hidden parts left out."""

import pytest

from jupyter_localai.ingest.read import read


def page(body, head=""):
    return read("a.html", f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode())


def test_headings_become_places():
    document = page("<h1>Tides</h1><p>High.</p><h2>Gull <b>Rock</b></h2><p>Low.</p><h1>Wind</h1>", "<title>T</title>")
    assert document.title == "T"
    assert [p.anchor.heading for p in document.places] == ["Tides", "Tides > Gull Rock", "Wind"]
    assert document.text == "Tides\n\nHigh.\n\nGull Rock\n\nLow.\n\nWind\n\n"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret()</script>",
        "<style>secret</style>",
        "<nav>secret</nav>",
        "<div hidden>secret</div>",
        "<div style='color:red; display: none'>secret</div>",
        "<div role=navigation>secret</div>",
        "<!-- secret -->",
        "<template>secret</template>",
        "<img src='https://example.org/secret'>",
    ],
)
def test_what_is_not_shown_is_not_read(hidden):
    assert page(f"<p>before</p>{hidden}after").text == "before\n\nafter\n\n"


def test_inline_elements_do_not_break_words_and_blocks_do():
    assert page("<p>a<b>b</b>c  d<br>e</p><div>f<div>g</div>h</div>").text == "abc d\ne\n\nf\n\ng\n\nh\n\n"


def test_white_space_counts_in_preformatted_text():
    assert page("<pre>a\n    b\n</pre>").text == "a\n    b\n\n"


def test_lists_and_tables():
    table = "<table><tr><th>Port<th>Level<tr><td>Gull<td>3.2</table>"
    assert page(f"<ul><li>one<li>two</ul>{table}").text == "- one\n\n- two\n\nPort | Level\nGull | 3.2\n\n"


def test_a_table_that_lays_out_the_page_is_no_table():
    document = page(f"<table><tr><td><h1>Left</h1><td><p>One.</p><p>{'Two. ' * 400}</p></table>")
    assert document.text.startswith("Left\n\nOne.\n\nTwo.")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=iso-8859-1><p>é".encode("latin-1"), "é"),
        ('<meta content="text/html; charset=windows-1251"><p>Привет'.encode("cp1251"), "Привет"),
        ("<meta charset=ascii><p>é".encode(), "é"),
        ("<p>é".encode("utf-16"), "é"),
        (b"<meta charset=nonsense><p>plain", "plain"),
        (b'<?xml version="1.0" encoding="utf-8"?><html><body><p>x</p></body></html>', "x"),
    ],
)
def test_the_encoding_is_the_one_the_page_has(data, text):
    assert read("a.html", data).text.strip() == text


@pytest.mark.parametrize(
    "body",
    ["<div>" * 20_000 + "end", "<h1>" * 500 + "end", "<table><tr><td>" * 800 + "end", "<p", "", "&#0;", "<b>" * 9],
)
def test_malformed_pages_are_read_as_far_as_they_go(body):
    document = page(body)
    assert all(place.end <= len(document.text) for place in document.places)


def test_a_heading_that_never_ends_does_not_swallow_the_page():
    document = page("<h1>Title" + "<p>Some words here.</p>" * 50)
    assert document.text.count("Some words here.") == 50
    assert all(len(place.anchor.heading or "") <= 300 for place in document.places)
