"""An answer that was worked out over a table shows it in every form, and nothing where quotes are withheld."""

import pytest

from jupyter_localai.render import html, markdown, text
from jupyter_localai.results.answers import Answer, Citation
from jupyter_localai.results.passages import Anchor

ROW = "C-1 | denied"
SOURCE = Citation(1, "/d/claims.csv", Anchor(row=2, line=2), 20, 32, ROW, 1.0)
SAID = "2 of 10 rows in claims.csv where status is denied.\n\n- claim_id: C-1, status: denied [1]"
ANSWER = Answer("How many?", SAID, "extractive", (SOURCE,), select='SELECT count(*) FROM data WHERE "status" IN (?)')
FORMS = {"text": text.answer_text, "html": html.answer, "markdown": markdown.answer}


@pytest.mark.parametrize("form", FORMS)
def test_what_came_out_is_shown_with_its_source(form):
    shown = FORMS[form](ANSWER)
    assert "2 of 10 rows in" in shown and "C-1, status: denied" in shown.replace("\\", "")
    assert "Worked out over the rows of a table" in shown
    assert "row 2" in shown


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mode", ["extractive", "llm"])
def test_nothing_of_a_table_is_shown_where_quotes_are_withheld(form, mode):
    answer = Answer("How many?", SAID, mode, (SOURCE,), model="m", select="SELECT 1", quoted=False)
    shown = FORMS[form](answer)
    assert "denied" not in shown and "2 of 10" not in shown and "SELECT" not in shown
