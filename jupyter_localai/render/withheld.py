"""The setting ``quotes = false``: results without what they have of the text of documents."""

from __future__ import annotations

import dataclasses
import os
import typing
from typing import Any, TypeVar

from ..results.base import redacted
from ..results.passages import Answer, Conversation, Hit, Hits

_SENTENCES = "The answer is made of sentences of the documents, which are kept out of notebooks (quotes = false)."
_READ = "To read it: print(answer.text)."
Kind = TypeVar("Kind", bound=Answer | Hits | Hit | Conversation)


def shown(value: Kind) -> Kind:
    """Return `value` as the setting of who asked for it has it shown: as it is, or without the text of documents.

    Of a document its file remains, and the numbers of pages, lines, cells and so on; titles and headings are text of
    it. What a chat model wrote remains, too.
    """
    return typing.cast(Kind, _shown(value))


def _shown(value: Any) -> Any:
    if isinstance(value, Conversation):
        return dataclasses.replace(value, answers=tuple(map(shown, value.answers)))
    if value.quoted:
        return value
    if isinstance(value, Hit):
        return _hit(value)
    if isinstance(value, Hits):
        return dataclasses.replace(redacted(value), hits=tuple(map(_hit, value.hits)))
    return dataclasses.replace(
        redacted(value),
        text=f"{_SENTENCES} {_READ}" if value.mode == "extractive" else value.text,
        passages=tuple(map(_hit, value.passages)),
    )


def _hit(hit: Hit) -> Hit:
    hidden: Hit = redacted(hit)
    return dataclasses.replace(hidden, document=os.path.basename(hit.path), quoted=False)
