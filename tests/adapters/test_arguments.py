"""The commands take what the verbs of a client take, with the same defaults."""

import inspect

import pytest

from jupyter_localai.adapters.arguments import COMMANDS
from jupyter_localai.adapters.parsing import Parser
from jupyter_localai.service.client.sync_client import Client
from tests.support import probe

VERBS = {
    "index": "index",
    "search": "search",
    "ask": "stream",
    "summarize": "stream_summary",
    "eval": "evaluate",
    "status": "status",
    "collections": "collections",
    "documents": "documents",
    "rebuild": "rebuild",
    "forget": "forget",
}
OF_THE_SHELL = {"help", "no_ignore", "more", "failed", "dry_run"}
"""Options that are another way to give an argument."""


@pytest.mark.parametrize("command, verb", VERBS.items())
def test_an_option_is_an_argument_of_the_verb_with_its_default(command, verb):
    parser = Parser(prog=command)
    COMMANDS[command].declare(parser)
    parameters = inspect.signature(getattr(Client, verb)).parameters
    options = {action.dest: action for action in probe.options_of(parser) if action.dest not in OF_THE_SHELL}
    assert options.keys() <= parameters.keys()
    for name, option in options.items():
        default = parameters[name].default
        is_needed = default is inspect.Parameter.empty
        assert is_needed == (not option.option_strings and option.nargs != "*"), name
        assert is_needed or (option.default or None) == (default or None), name
