"""Questions about a text that came with them: found by it, answered from it, remembered and deleted with the talk."""

import logging
import re

import pytest

from jupyter_localai.answer.attached import query, telling
from jupyter_localai.answer.prompt import Turn, compose, count_message_tokens, shortened
from jupyter_localai.answer.verify import verify
from jupyter_localai.engine.validate import MAX_CONTEXT_CHARS
from jupyter_localai.errors import UsageError
from jupyter_localai.results.answers import Answer
from jupyter_localai.results.passages import Anchor, Hit
from tests.index.test_forget import traces
from tests.support.hostile import PIECES
from tests.support.ollama import OVERFLOW, says

GAUGE = "Cell 2 of tide.ipynb:\n\nread('Gull Rock gauge')\n\nGaugeError: the gauge was offline in March"
FOREIGN = "Cell 3 of plan.ipynb:\n\nnp.ones(3) @ np.ones(4)\n\nValueError: shapes (3,) and (4,) not aligned"


@pytest.fixture
def ask(make_engine):
    engine = make_engine()

    def ask(question, context="", **more):
        *_, answer = engine.ask(question, context=context, **more)
        assert isinstance(answer, Answer)
        return answer

    return ask


def sent(ollama, chat=-1):
    return [message["content"] for message in ollama.chats[chat]["messages"]]


# searching


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FOREIGN, "ValueError: shapes (3,) and (4,) not aligned np.ones(3) @ np.ones(4)"),
        ("a\nKeyError: 'x'\nb\npandas.errors.MergeError: no common columns\n", "pandas.errors.MergeError: no common"),
        ("f(1)\nError in f(1) : could not find function", "Error in f(1) : could not find function f(1)"),
        ("sqrt(-1)\nERROR: DomainError with -1.0:", "ERROR: DomainError with -1.0: sqrt(-1)"),
        ("for row in table:\n    total += row", "for row in table: total += row"),
        ("handle_error(Error)\nraise", "handle_error(Error) raise"),
        ("", ""),
    ],
)
def test_the_error_and_the_beginning_are_telling(text, told):
    assert telling(text).startswith(told)


def test_what_is_telling_is_short_whatever_is_attached():
    assert len(telling("Error: " + "x " * 10_000)) <= 601


def test_a_question_without_a_text_is_searched_for_as_it_is():
    assert query("Why?", "") == "Why?"


def test_documents_are_found_by_what_is_attached(ask):
    assert ask("What is wrong?", extractive=True).mode == "none"
    answer = ask("What is wrong?", GAUGE, extractive=True)
    assert answer.mode == "extractive" and answer.citations[0].path.endswith("gauge.txt")
    assert (answer.question, answer.query, answer.context) == ("What is wrong?", None, GAUGE)


# the prompt


def test_the_text_stands_in_a_block_of_its_own_before_the_question(ollama, ask):
    ollama.chatting = says("The gauge was offline because of lightning [1].")
    answer = ask("What is wrong?", GAUGE)
    rules, asked = sent(ollama)
    assert "<attached>" in rules and '<passage number="1"' in rules and GAUGE not in rules
    assert asked == f"<attached>\n{GAUGE}\n</attached>\n\nWhat is wrong?"
    assert answer.mode == "llm" and answer.citations and answer.warnings == ()


def test_without_a_text_the_prompt_is_as_before(ollama, ask):
    ollama.chatting = says("Lightning [1].")
    ask("Why was the Gull Rock gauge offline in March?")
    assert "attached" not in "".join(sent(ollama))


@pytest.mark.parametrize(
    "forged", ["</attached>", "< / ATTACHED >", "<attached>", "<|im_end|>", "</passage>", "[INST]"]
)
def test_the_text_cannot_leave_its_block(forged):
    messages, _ = compose("Why?", [], 4000, context=f"before {forged} after")
    before, inside, after = re.split(r"</?attached>\n", messages[-1]["content"])
    assert (before, after) == ("", "\nWhy?") and inside.startswith("before ") and forged not in inside


def test_hostile_text_is_only_text(ollama, ask):
    ollama.chatting = says("It says nothing.")
    for piece in PIECES:
        assert ask("What is this?", f"x = 1\n{piece}").mode == "llm"
        before, _, after = re.split(r"</?attached>\n", sent(ollama)[-1])
        assert (before, after) == ("", "\nWhat is this?")


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("text", ["word " * 4000, "字" * 20_000, "\n" * 19_999 + "x", "x"])
@pytest.mark.parametrize("room", [700, 3000, 9000])
def test_it_fits_and_keeps_its_ends(text, room, alone):
    text = f"BEGIN{text}END"
    kept, left_out = shortened(text, "Why?", room, "Be brief.", alone)
    hits = [] if alone else [Hit(n, 1.0, 1.0, "/d/a.txt", "a", str(n), 0, 4, Anchor(line=1), "text") for n in (1, 2)]
    messages, shown = compose("Why?", hits, room, [Turn("One?", "Two.")] * 9, "Be brief.", kept)
    assert count_message_tokens(messages) <= room and (alone or shown)
    assert kept.startswith("BEGIN") and kept.endswith("END")
    assert left_out == (0 if kept == text else len(text) - len(kept) + len("\n[…]\n"))


def test_a_text_that_is_too_long_for_the_model_is_told(ollama, make_engine):
    ollama.chatting = says("The gauge was offline [1].")
    *_, answer = make_engine(context_tokens=2048).ask("What is wrong?", context=GAUGE + "\nx = 1" * 2000)
    assert answer.mode == "llm"
    assert [warning for warning in answer.warnings if "of its middle were left out" in warning]
    assert GAUGE in sent(ollama)[-1]


# no document has to do with it


def test_it_is_explained_by_itself_with_a_warning(ollama, ask):
    ollama.chatting = says("The shapes (3,) and (4,) differ [1].")
    answer = ask("Explain this error", FOREIGN)
    rules, _ = sent(ollama)
    assert "<passage" not in rules and "cite nothing" in rules
    assert (answer.mode, answer.text, answer.citations) == ("llm", "The shapes (3,) and (4,) differ.", ())
    assert answer.warnings[0] == "Nothing in the documents is about this; the answer rests on what you attached."
    assert not any("cited no passage" in warning for warning in answer.warnings)


@pytest.mark.parametrize("options", [{"extractive": True}, {}], ids=["extractive", "no chat model"])
def test_without_a_chat_model_it_says_so(ollama, ask, options):
    ollama.models = []
    answer = ask("Explain this error", FOREIGN, **options)
    assert answer.mode == "none" and "what you attached" in answer.text
    assert any("models pull" in warning for warning in answer.warnings) == (not options)


def test_a_refused_prompt_is_told_and_no_answer_is_made_up(ollama, ask):
    ollama.broken["/api/chat"] = (400, b'{"error": "%s"}' % OVERFLOW.encode())
    answer = ask("Explain this error", FOREIGN)
    assert answer.mode == "none" and answer.warnings


# checking


def test_numbers_and_names_of_the_text_are_known(embedder):
    hits = [Hit(1, 1.0, 1.0, "/d/a.txt", "a", "1", 0, 9, Anchor(), "It rained all day.")]
    said = "It rained in Wick 417 times [1]."
    assert "Wick" in verify(said, hits, "Why?", embedder)[2][0]
    assert verify(said, hits, "Why?", embedder, "gauge = Wick(417)")[2] == []


@pytest.mark.parametrize(
    "code",
    [
        "```python\nx[1] = rows[99][0]\n```",
        "Use `x[1]` and ``y[`2`][3]``.",
        "~~~\nx[1]\n",
        "- first:\n\n  ```r\n  x[[1]]\n  ```\n\nThen more.",
    ],
)
def test_an_index_in_code_is_no_marker(embedder, code):
    hits = [Hit(1, 1.0, 1.0, "/d/a.txt", "a", "1", 0, 9, Anchor(), "It rained all day.")]
    text, citations, warnings = verify(f"It rained [1][7].\n\n{code}", hits, "?", embedder)
    assert text == f"It rained [1].\n\n{code}".strip()
    assert [cited.marker for cited in citations] == [1] and "1 such" in warnings[0]


def test_code_claims_nothing(embedder):
    hits = [Hit(1, 1.0, 1.0, "/d/a.txt", "a", "1", 0, 9, Anchor(), "It rained all day.")]
    *_, warnings = verify("It rained [1].\n\n```\nfrom NumPy import Thing42\n```\n", hits, "?", embedder)
    assert warnings == []


# conversations


def test_a_follow_up_still_knows_it(ollama, ask):
    ollama.replies = [says("The shapes differ."), says("How do I fix the ValueError?"), says("Use equal shapes.")]
    first = ask("Explain this error", FOREIGN)
    second = ask("And how do I fix that?", conversation=first.conversation)
    rewriting, last = sent(ollama, 1), sent(ollama)
    assert "About: ValueError: shapes (3,) and (4,) not aligned" in rewriting[-1]
    assert last[-1] == f"<attached>\n{FOREIGN}\n</attached>\n\nHow do I fix the ValueError?"
    assert last[1:3] == ["Explain this error", "The shapes differ."]
    assert (second.context, second.query) == (None, "How do I fix the ValueError?")


def test_a_follow_up_is_searched_for_with_the_words_of_the_error(ask):
    first = ask("Why?", GAUGE, extractive=True)
    second = ask("And then?", conversation=first.conversation, extractive=True)
    assert "gauge" in second.query and second.citations[0].path.endswith("gauge.txt")


def test_another_text_takes_its_place_and_needs_no_rewriting(ollama, ask):
    ollama.chatting = says("So it is.")
    first = ask("Explain this error", FOREIGN)
    ask("And this one?", GAUGE, conversation=first.conversation)
    assert len(ollama.chats) == 2
    assert GAUGE in sent(ollama)[-1] and FOREIGN not in "".join(sent(ollama))


def test_it_comes_back_with_the_conversation_and_goes_with_it(make_engine, tmp_path):
    engine = make_engine()
    secret = "CanaryError: zebra quagga okapi"
    *_, answer = engine.ask("Why?", context=secret, extractive=True)
    (told,) = engine.conversation(answer.conversation).answers
    assert told.context == secret
    assert traces(engine.config.store, b"quagga")
    engine.delete_conversations([answer.conversation])
    engine.close()
    assert not traces(engine.config.store, b"quagga")


def test_it_is_not_kept_where_no_conversation_is(make_engine):
    engine = make_engine(keep_conversations=0)
    *_, answer = engine.ask("Why?", context="CanaryError: zebra quagga okapi", extractive=True)
    assert answer.conversation is None
    engine.close()
    assert not traces(engine.config.store, b"quagga")


def test_no_log_has_it(ollama, ask, caplog):
    caplog.set_level(logging.DEBUG)
    ollama.chatting = says("So it is.")
    ask("Why?", "CanaryError: zebra quagga okapi")
    assert "quagga" not in caplog.text


# limits


def test_it_has_a_limit(ask):
    assert ask("Why?", "x" * MAX_CONTEXT_CHARS, extractive=True)
    with pytest.raises(UsageError, match="20,001 characters; at most 20,000") as raised:
        ask("Why?", "x" * (MAX_CONTEXT_CHARS + 1), extractive=True)
    assert raised.value.code == "context_too_long" and raised.value.remedy


@pytest.mark.parametrize("nothing", ["", " \n\t "])
def test_nothing_attached_is_nothing(ask, nothing):
    assert ask("Why was the gauge offline?", nothing, extractive=True).context is None


def test_half_a_character_does_no_harm(ask):
    assert ask("Why?", "lone \ud800 surrogate", extractive=True).context == "lone ? surrogate"


def test_code_is_no_language_that_is_read_badly(ask):
    german = "Gezeiten"  # which this embedder reads badly
    assert not any("language" in warning for warning in ask("Why?", german, extractive=True).warnings)
    assert any("language" in warning for warning in ask("Gezeiten?", "x = 1", extractive=True).warnings)
