"""The form of the settings changes one line each of the user's file, and the next question follows it."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.adapters.settings_file import change, described, replaced
from jupyter_localai.config import config_file, parse_toml, resolve
from jupyter_localai.errors import ConfigError


def write(text):
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "passages = 9\n"),
        ("# mine\nthreads = 2", "# mine\nthreads = 2\npassages = 9\n"),
        ("  passages=4 # few\n", "passages = 9 # few\n"),
        ('"passages" = 4\r\n# end\r\n', "passages = 9\r\n# end\r\n"),
        (
            'system_prompt = """\npassages = 4\n"""\npassages = 4\n',
            'system_prompt = """\npassages = 4\n"""\npassages = 9\n',
        ),
    ],
)
def test_one_line_changes(before, after):
    assert replaced(before, "passages", 9) == after


def test_a_text_over_several_lines_becomes_one_line():
    before = "system_prompt = '''\nBe # brief.\npassages = 4\n''' # ours\n# end\npassages = 3\n"
    after = 'system_prompt = "In \\"German\\".\\nSir." # ours\n# end\npassages = 3\n'
    assert replaced(before, "system_prompt", 'In "German".\nSir.') == after


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_any_text_can_be_said_and_said_differently(first, second):
    file = replaced("# head\nthreads = 2 # two\n", "system_prompt", first)
    assert parse_toml(file)["system_prompt"] == first
    file = replaced(file, "system_prompt", second)
    assert parse_toml(file) == {"threads": 2, "system_prompt": second}
    assert file.startswith("# head\nthreads = 2 # two\n") and file.count("\n") == 3


def test_what_cannot_be_changed_safely_stays():
    with pytest.raises(ConfigError, match="cannot be changed") as caught:
        replaced("a.b = 1\n[c]\nd = 1\n", "passages", 9)
    assert "editor" in caught.value.remedy


def test_the_file_keeps_its_mode_and_place(home, tmp_path):
    write("passages = 3\n")
    own = tmp_path / "dotfiles.toml"
    config_file().rename(own)
    own.chmod(0o640)
    config_file().symlink_to(own)
    change({"passages": 8, "quotes": False, "model": ""})
    assert own.read_text() == "passages = 8\nquotes = false\n"  # an empty model is what holds anyway
    assert config_file().is_symlink() and own.stat().st_mode & 0o777 == 0o640
    assert not [name for name in os.listdir(own.parent) if name.startswith(".localai-")]


@pytest.mark.parametrize(
    "changes",
    [{"passages": 0}, {"passages": 1001}, {"context_tokens": 5}, {"system_prompt": "\ud800"}, {"no": 1}],
)
def test_an_impossible_value_changes_nothing(home, changes):
    write("passages = 3 # three\n")
    with pytest.raises(ConfigError):
        change({"quotes": False, **changes})
    assert config_file().read_text() == "passages = 3 # three\n"


def test_what_the_environment_says_is_told_and_not_changed(home, monkeypatch):
    monkeypatch.setenv("LOCALAI_PASSAGES", "4")
    assert described()["values"]["passages"] == 4
    assert described()["fixed"] == {"passages": "LOCALAI_PASSAGES"}
    with pytest.raises(ConfigError, match=r"\$LOCALAI_PASSAGES"):
        change({"passages": 5})
    assert not config_file().exists()


async def test_the_panel_changes_what_the_next_question_takes(server, ollama):
    await server.index("many", {f"{n}.md": f"Boats must stay at slipway {n}." for n in range(9)})
    told = await server.get("settings")
    assert told["values"] == told["defaults"] and told["values"]["passages"] == 6 and not told["fixed"]
    status, told = await server.call("PATCH", "settings", {"passages": 2, "system_prompt": "Say ahoy."})
    assert status == 200 and told["values"]["passages"] == 2
    assert resolve().system_prompt == "Say ahoy."
    async with server.stream("POST", "ask", {"question": "Where must boats stay?", "collection": "many"}) as stream:
        events = [event async for event in stream]
    assert len(events[-1]["passages"]) == 2
    assert "Say ahoy." in str(ollama.requests[-1])
    status, told = await server.call("PATCH", "settings", {"passages": 0})
    assert status == 400 and told["code"] == "config" and "at least 1" in told["message"]
    status, told = await server.call("PATCH", "settings", {"store": "/elsewhere"})
    assert status == 400 and told["code"] == "wrong_field"
