"""What a terminal shows while a chat model works."""

from jupyter_localai.adapters.terminal.answering import follow
from jupyter_localai.adapters.terminal.progress import ProgressLine
from jupyter_localai.results.answers import Answer, Passages, Token
from jupyter_localai.results.passages import Anchor, Hit
from jupyter_localai.results.reports import Progress

HIT = Hit(1, 0.5, 0.5, "/d/gau\x1bge.txt", "gauge.txt", "c", 0, 9, Anchor(page=3), "Lightning")


def shown(capsys, *events, watched=True):
    with ProgressLine() as line:
        follow((event for event in events), line, watched)
    return capsys.readouterr().out


def test_the_places_of_the_passages_stand_there_before_the_first_word(capsys):
    answer = Answer("Why?", "Lightning.", "llm")
    out = shown(capsys, Passages((HIT,)), Progress("model"), Token("Lightning."), answer)
    assert out.index("gauge.txt · page 3") < out.index("Lightning.") and "\x1b" not in out
    assert out.count("gauge.txt") == 1


def test_an_answer_from_the_passages_alone_names_them_once_below(capsys):
    assert shown(capsys, Passages((HIT,)), Answer("Why?", "Lightning.", "extractive")).strip() == ""
    assert shown(capsys, Passages((HIT,)), Token("x"), Answer("Why?", "x", "llm"), watched=False).strip() == ""
