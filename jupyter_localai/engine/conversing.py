"""The verbs about conversations, feedback and the documents that answers cite; `Engine` has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..errors import UnknownConversationError, UsageError
from ..ingest.readers import FileToRead
from ..results.answers import Answer, Conversation
from ..results.codec import from_json
from ..results.feedback import Feedback
from ..results.references import Reference
from . import validate
from .store import Store

_MAX_TITLE_CHARS = 200


class Conversing:
    """What an engine does with what was said."""

    _store: Store

    def conversations(self) -> list[Conversation]:
        """Return every conversation that is remembered, the last changed first, without its answers."""
        return self._store.catalogue.conversations.all()

    def conversation(self, number: str) -> Conversation:
        """Return one conversation with its answers; ``last`` for the last changed.

        Raises
        ------
        UnknownConversationError
        """
        catalogue = self._store.catalogue
        number = catalogue.conversations.find(number or "last")
        (chosen,) = (conversation for conversation in catalogue.conversations.all() if conversation.id == number)
        said = catalogue.feedback.of(number)
        answers = (from_json(Answer, answer) for answer in catalogue.conversations.answers(number))
        told = (dataclasses.replace(answer, useful=said.get(at)) for at, answer in enumerate(answers, 1))
        return dataclasses.replace(chosen, answers=tuple(told))

    def change_conversation(self, number: str, title: str | None = None, pinned: bool | None = None) -> None:
        """Give a conversation another title, empty for its first question, or pin it.

        Raises
        ------
        UsageError, UnknownConversationError, StoreError
        """
        self._store.check_writable()
        name = None if title is None else " ".join(title.split())
        if name is not None and (len(name) > _MAX_TITLE_CHARS or not name.isprintable()):
            message = f"A title has at most {_MAX_TITLE_CHARS} printable characters."
            raise UsageError(message, "Choose a shorter one.")
        table = self._store.catalogue.conversations
        table.change(table.find(number or "last"), name, pinned)

    def delete_conversations(self, numbers: Sequence[str]) -> None:
        """Delete conversations for good.

        Raises
        ------
        UnknownConversationError, StoreError
        """
        self._store.check_writable()
        table = self._store.catalogue.conversations
        table.delete([table.find(number or "last") for number in numbers])

    def rate(self, conversation: str, answer: int, useful: bool | None = None) -> None:
        """Note whether an answer of a conversation, counted from 1, was useful; None takes that back.

        Raises
        ------
        UnknownConversationError, StoreError
        """
        self._store.check_writable()
        number = self._store.catalogue.conversations.find(conversation or "last")
        if not self._store.catalogue.feedback.set(number, answer, useful):
            raise UnknownConversationError(
                f"The conversation has no answer {answer}.", f"See them: jupyter localai conversations show {number}."
            )

    def feedback(self) -> Feedback:
        """Return the answers of which something was said, the oldest first."""
        said = self._store.catalogue.feedback.all()
        return Feedback(tuple(dataclasses.replace(from_json(Answer, answer), useful=useful) for answer, useful in said))

    def references(self, paths: Sequence[str]) -> list[Reference]:
        """Return what indexed files say of themselves, in the order given; of a file that cannot be read its title.

        Only files that some collection has are opened.
        """
        validate.check_paths(paths)
        catalogue, limits = self._store.catalogue, self._store.limits
        made = []
        for path in dict.fromkeys(paths):
            known = catalogue.described(path)
            if known is None:
                made.append(Reference(path))
                continue
            kind, title, root = known
            said = self._store.readers.read(FileToRead(path, root=root, about=True), limits).about or Reference(path)
            made.append(dataclasses.replace(said, path=path, kind=kind, title=said.title or title))
        return made
