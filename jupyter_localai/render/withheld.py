"""The setting ``quotes = false``: results without what they have of the text of documents."""

from __future__ import annotations

import dataclasses
import os
import typing
from typing import TypeVar

from ..results.passages import Anchor, Answer, Citation, Conversation, Hit, Hits

_SENTENCES = "The answer is made of sentences of the documents, which are kept out of notebooks (quotes = false)."
_READ = "To read it: print(answer.text)."
Kind = TypeVar("Kind", bound=Answer | Hits | Hit | Conversation)


def shown(value: Kind) -> Kind:
    """Return `value` as the setting of who asked for it has it shown: as it is, or without the text of documents.

    Of a document its file remains, and the numbers of pages, lines, cells and so on; titles and headings are text of
    it. What a chat model wrote remains, too.
    """
    return typing.cast(Kind, _shown(value))


def _shown(value: Answer | Hits | Hit | Conversation) -> Answer | Hits | Hit | Conversation:
    if isinstance(value, Conversation):
        return dataclasses.replace(value, answers=tuple(map(shown, value.answers)))
    if value.quoted:
        return value
    if isinstance(value, Answer):
        return dataclasses.replace(
            value,
            text=f"{_SENTENCES} {_READ}" if value.mode == "extractive" else value.text,
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
