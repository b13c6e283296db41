"""The setting ``quotes = false``: results without text of documents."""

from __future__ import annotations

import dataclasses
import os
import typing
from typing import Any, TypeVar

from ..results.answers import Answer, Conversation
from ..results.base import redacted
from ..results.passages import Hit, Hits

_WITHHELD = "This answer quotes the documents, and notebooks do not show text of documents (quotes = false)."
_READ = "To read it: print(answer.text)."
Kind = TypeVar("Kind", bound=Answer | Hits | Hit | Conversation)


def redact(value: Kind) -> Kind:
    """Return `value` without text of documents, or unchanged if its settings allow quotes.

    File names, numbers of pages, lines and cells, and the text of a chat model remain. Titles and headings are text of
    a document and are removed.
    """
    return typing.cast(Kind, _redact(value))


def _redact(value: Any) -> Any:
    if isinstance(value, Conversation):
        return dataclasses.replace(value, answers=tuple(map(redact, value.answers)))
    if value.quoted:
        return value
    if isinstance(value, Hit):
        return _hit(value)
    if isinstance(value, Hits):
        return dataclasses.replace(redacted(value), hits=tuple(map(_hit, value.hits)))
    return dataclasses.replace(
        redacted(value),
        text=f"{_WITHHELD} {_READ}" if value.mode == "extractive" or value.select else value.text,
        select=None,
        passages=tuple(map(_hit, value.passages)),
    )


def _hit(hit: Hit) -> Hit:
    hidden: Hit = redacted(hit)
    return dataclasses.replace(hidden, document=os.path.basename(hit.path), quoted=False)
