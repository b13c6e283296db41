"""The setting ``quotes = false``: results without text of documents."""

from __future__ import annotations

import dataclasses
import os
import typing
from typing import TypeVar

from ..results.passages import Anchor, Answer, Citation, Conversation, Hit, Hits

_WITHHELD = "This answer quotes the documents, and notebooks do not show text of documents (quotes = false)."
_READ = "To read it: print(answer.text)."
Kind = TypeVar("Kind", bound=Answer | Hits | Hit | Conversation)


def redact(value: Kind) -> Kind:
    """Return `value` without text of documents, or unchanged if its settings allow quotes.

    File names, numbers of pages, lines and cells, and the text of a chat model remain. Titles and headings are text of
    a document and are removed.
    """
    return typing.cast(Kind, _redact(value))


def _redact(value: Answer | Hits | Hit | Conversation) -> Answer | Hits | Hit | Conversation:
    if isinstance(value, Conversation):
        return dataclasses.replace(value, answers=tuple(map(redact, value.answers)))
    if value.quoted:
        return value
    if isinstance(value, Answer):
        return dataclasses.replace(
            value,
            text=f"{_WITHHELD} {_READ}" if value.mode == "extractive" else value.text,
            citations=tuple(map(_citation, value.citations)),
            passages=tuple(map(_hit, value.passages)),
        )
    if isinstance(value, Hits):
        return dataclasses.replace(value, hits=tuple(map(_hit, value.hits)))
    return _hit(value)


def _citation(citation: Citation) -> Citation:
    return dataclasses.replace(citation, anchor=_anchor(citation.anchor), quote="")


def _hit(hit: Hit) -> Hit:
    return dataclasses.replace(
        hit, document=os.path.basename(hit.path), anchor=_anchor(hit.anchor), text="", places=(), quoted=False
    )


def _anchor(anchor: Anchor) -> Anchor:
    return dataclasses.replace(anchor, heading=None)
