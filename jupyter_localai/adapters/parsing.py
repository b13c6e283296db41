"""Command lines are parsed: what is wrong with one is an error of ours, with the closest match."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..errors import UsageError, did_you_mean


class Parser(argparse.ArgumentParser):
    """An argument parser that raises our errors.

    Attributes
    ----------
    flags : dict
        Each option, and whether it takes a value.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.flags: dict[str, bool] = {}
        super().__init__(*arguments, **keywords)

    def add_argument(self, *arguments: Any, **keywords: Any) -> argparse.Action:
        action = super().add_argument(*arguments, **keywords)
        self.flags.update(dict.fromkeys(action.option_strings, action.nargs != 0))
        return action

    def error(self, message: str) -> NoReturn:
        raise UsageError(message[0].upper() + message[1:] + ".", f"See {self.prog} --help.")


def parse(parser: Parser, commands: Mapping[str, Parser], words: Sequence[str]) -> argparse.Namespace:
    """Parse the words of a command line.

    Raises
    ------
    UsageError
        With the closest match for an unknown command or option.
    SystemExit
        After printing the help that was requested.
    """
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None and first not in commands and not set(words[: words.index(first)]) & set(parser.flags):
        raise UsageError(
            f"There is no command {first!r}.{did_you_mean(first, commands)}", f"Commands are: {', '.join(commands)}."
        )
    options, left = parser.parse_known_args(words)
    if left:
        command = commands[options.command]
        if not left[0].startswith("-"):
            raise UsageError(
                f"{options.command} does not accept the extra argument {left[0]!r}.",
                f"Put several words that belong together in quotes. See {command.prog} --help.",
            )
        raise unknown_option(left[0], command)
    return options


def unknown_option(word: str, parser: Parser) -> UsageError:
    """Return the error for an unknown option, with the closest match as a suggestion."""
    option = word.partition("=")[0]
    return UsageError(
        f"There is no option {option!r}.{did_you_mean(option, parser.flags)}", f"See {parser.prog} --help."
    )
