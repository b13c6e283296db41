"""The verbs about conversations, feedback and the documents that answers cite; `Verbs` has them."""

from __future__ import annotations

from collections.abc import Sequence

from ...results.answers import Conversation, Conversations
from ...results.feedback import Feedback
from ...results.references import Reference
from .methods import Verb
from .naming import Paths, absolute
from .request import Request


class ConversingVerbs:
    """What can be done with what was said."""

    @Verb
    def conversations(self) -> Request[Conversations]:
        """Return the conversations that are remembered, the last changed first, without their answers."""
        return Request("conversations", {}, list[Conversation], made=Conversations)

    @Verb
    def conversation(self, number: str = "last") -> Request[Conversation]:
        """Return a conversation with its answers.

        Raises
        ------
        UnknownConversationError
        """
        return Request("conversation", {"number": number}, Conversation)

    @Verb
    def change_conversation(
        self, number: str, *, title: str | None = None, pinned: bool | None = None
    ) -> Request[None]:
        """Give a conversation another title, or pin it: it is then listed first, and kept however many there are.

        Parameters
        ----------
        number : str
            A conversation's id, or ``"last"``.
        title : str, optional
            Empty for its first question.
        pinned : bool, optional

        Raises
        ------
        UnknownConversationError
        """
        return Request("change_conversation", {"number": number, "title": title, "pinned": pinned})

    @Verb
    def rate(self, conversation: str, answer: int, useful: bool | None = None) -> Request[None]:
        """Note, in the store only, whether an answer was useful; it is forgotten with the answer.

        Parameters
        ----------
        conversation : str
            A conversation's id, or ``"last"``.
        answer : int
            Which of its answers, from 1.
        useful : bool, optional
            None takes back what was said.

        Raises
        ------
        UnknownConversationError
        """
        return Request("rate", {"conversation": conversation, "answer": answer, "useful": useful})

    @Verb
    def feedback(self) -> Request[Feedback]:
        """Return the answers of which you said whether they were useful, and questions for `evaluate` made of them."""
        return Request("feedback", {}, Feedback)

    @Verb
    def references(self, paths: Paths) -> Request[list[Reference]]:
        """Return the title, authors and date that indexed files give themselves, in the order of the paths."""
        return Request("references", {"paths": absolute(paths)}, list[Reference])

    @Verb
    def delete_conversations(self, numbers: Sequence[str]) -> Request[None]:
        """Delete conversations, leaving nothing of them in the store.

        Raises
        ------
        UnknownConversationError
        """
        return Request("delete_conversations", {"numbers": list(numbers)})
