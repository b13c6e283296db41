"""Keeps IPython from treating a question mark at the end of a question as a request for help."""

from __future__ import annotations

import re
from typing import Any

from IPython.core.inputtransformer2 import HelpEnd

_OURS = re.compile(r"(?:[\w.,\s]+=\s*|\s*)%?(ask|localai)[ \t]+[^\s?]")


class _Help(HelpEnd):
    """Shows help for ``name?`` and ``%ask?``, but not for a question that ends with a question mark."""

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> Any:
        return super().find(  # type: ignore[no-untyped-call]
            [line for line in tokens_by_line if not (line and _OURS.match(line[0].line))]
        )


def allow(shell: Any) -> None:
    """Let lines of ``%ask`` and ``%localai`` end with question marks."""
    _exchange(shell, HelpEnd, _Help)


def disallow(shell: Any) -> None:
    """Undo `allow`."""
    _exchange(shell, _Help, HelpEnd)


def _exchange(shell: Any, before: type, after: type) -> None:
    transformers = shell.input_transformer_manager.token_transformers
    transformers[:] = [after if each is before else each for each in transformers]
