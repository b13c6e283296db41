from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.render import bundle, words
from jupyter_localai.render import text as render
from jupyter_localai.results.answers import Answer, Citation, Conversation
from jupyter_localai.results.base import printable
from jupyter_localai.results.files import Failure, Notice, Skipped
from jupyter_localai.results.passages import Anchor, Hit, Hits
from jupyter_localai.results.reports import DocumentInfo, Documents, IndexReport

ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\x00"


def answer(text=ESCAPE + "text [1]", mode="llm"):
    citation = Citation(1, f"/d/{ESCAPE}.md", Anchor(line=3, heading=ESCAPE), 0, 4, ESCAPE + "quote", 0.5)
    return Answer("q", text, mode, (citation,), (), ("a warning",), 0.1)


def test_documents_cannot_act_on_the_terminal():
    shown = render.answer_text(answer())
    assert "quote" in shown and "text [1]" in shown and "a warning" in shown
    listed = render.answer_text(answer(mode="extractive"))
    assert "quote" in listed and "a warning" in listed
    assert not any(ch in shown + listed for ch in "\x1b\x07\x00\u202e")


@given(st.text())
def test_printable_keeps_all_that_shows(text):
    shown = printable(text)
    assert all(ch in "\n\t" or ch >= " " for ch in shown)
    assert [ch for ch in text if ch.isalnum()] == [ch for ch in shown if ch.isalnum()]


def test_documents_are_told_with_the_reason_where_one_failed():
    failed = DocumentInfo(f"/d/{ESCAPE}b.pdf", "/d", "", "failed", 0, None, 0.0, "x", f"Damaged{ESCAPE}.", "Mend it.")
    fine = DocumentInfo("/d/a.md", "/d", "markdown", "ready", 12, "A secret title")
    documents = Documents("papers", 1002, 1, (), (fine, failed, *[fine] * 1000))
    shown = render.documents_text(documents)
    assert shown.startswith("papers: 1,002 documents, 1 failed\nready        12 ")
    assert "Damaged" in shown and "Mend it." in shown and "2 more (--json lists all)" in shown
    assert not any(ch in shown for ch in "\x1b\x07\x00\u202e")
    assert "secret" not in shown + bundle.html(documents)  # titles are text of documents
    assert "802 more" in bundle.html(documents) and "\x1b" not in bundle.html(documents)


def test_a_report_names_failures_first_and_counts_the_rest():
    failures = tuple(Failure(f"/d/{i}.pdf", "corrupted", "Damaged.", "Mend it.") for i in range(12))
    skipped = tuple(Skipped(f"/d/.{i}", "hidden") for i in range(3))
    report = IndexReport("c", 1, 2, 0, 3, skipped, failures, 10, 4, 1.5, (Notice("x", "Told.", "Do."),))
    shown = render.report_text(report)
    assert shown.startswith("Failed: /d/0.pdf: Damaged. Mend it.")
    assert "and 4 more" in shown
    assert "Skipped 3: 3 hidden" in shown
    assert "1 added, 2 updated, 3 removed" in shown
    assert "10 chunks, 4 of them embedded now" in shown


def test_nothing_is_said_plainly():
    assert render.hits_text(Hits("q", "c")) == "Nothing found."
    warned = render.hits_text(Hits("q", "c", warnings=(Notice("language", "Badly read.", "Take another."),)))
    assert warned == "Note: Badly read. Take another.\nNothing found."
    assert "jupyter localai index FOLDER" in render.collections_text([])
    assert "nothing to do" in render.report_text(IndexReport("c"))


def test_paths_are_short(tmp_path, monkeypatch, home):
    monkeypatch.chdir(tmp_path)
    assert words.short(str(tmp_path / "a" / "b.md")) == "a/b.md"
    assert words.short(str(home / "b.md")) == "~/b.md"
    assert words.short("/x/line\nbreak") == "/x/line\\nbreak"


def test_what_acts_on_a_terminal_is_in_no_markdown():
    evil = "Evil \x1bc reset \x9b31m \u202egnp.exe \r over"
    answer = Answer(evil, evil, "llm", (Citation(1, "/d/a.txt", Anchor(heading=evil), 0, 4, evil, 0.5),))
    talk = Conversation("a", evil, "default", "", "", 1, (answer,))
    assert not set("\x1b\x9b\u202e\r") & set(answer.to_markdown() + talk.to_markdown())


def extractive(*quotes, **keywords):
    cited = tuple(
        Citation(at, f"/d/{at}.md", Anchor(line=at), 0, 4, quote, support)
        for at, (quote, support) in enumerate(quotes, 1)
    )
    text = "\n\n".join(f"{quote.replace(' | ', ', ')} [{at}]" for at, (quote, _) in enumerate(quotes, 1))
    return Answer("Where are the red boats?", text, "extractive", cited, **keywords)


def test_an_extractive_answer_is_a_list_in_which_each_passage_stands_once():
    found = extractive(("The red boat is at the pier.", 0.71), ("Boats lie | in the harbour.", 0.45), ("None.", 0.1))
    forms = bundle.bundle(found)
    for form in ("text/plain", "text/html", "text/markdown"):
        shown = forms[form].replace("\\", "")
        for told in ("well supported, 0.71", "partly supported, 0.45", "hardly supported, 0.10"):
            assert told in shown
        assert shown.count("at the pier.") == 1 + shown.count("&quot;:&quot;The") and "Sources" not in shown
        assert "no chat model was used" in shown
    assert "lie, in the harbour." in forms["text/plain"]  # as the answer has it, with the names of columns
    assert "The <strong>red</strong> <strong>boat</strong> is" in forms["text/html"]
    assert "The **red** **boat** is" in forms["text/markdown"].replace("\\", "")


def test_search_shows_the_part_with_the_words_that_matched():
    text = "Nothing happened on this day at all. " * 40 + "The red boat sank at noon. " + "It was calm again. " * 40
    hits = Hits("When did the red boat sink?", "c", (Hit(1, 1.0, 1.0, "/d/a", "a", "1", 0, len(text), Anchor(), text),))
    assert "The red boat sank" in " ".join(render.hits_text(hits).split())
    assert "<strong>red</strong> <strong>boat</strong> sank" in bundle.html(hits)


def test_several_warnings_are_one_line_that_unfolds():
    shown = bundle.html(extractive(("It is.", 0.5), warnings=("In no passage: 77. Check it.", "Cut off. Ask again.")))
    assert "<summary" in shown and "2 notes: In no passage: 77 · Cut off</summary>" in shown and "Ask again." in shown
    assert "<details" not in bundle.html(extractive(("It is.", 0.5), warnings=("Cut off. Ask again.",)))
