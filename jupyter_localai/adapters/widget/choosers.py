"""The lists at the top of the panel: collections, chat models and conversations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import ipywidgets

from ...config import DEFAULT_COLLECTION
from ...errors import Cancelled, LocalAIError
from ...render import words
from ...render.html import status_line
from ...results.answers import Conversation
from ...results.reports import CollectionInfo, ModelInfo
from ...service.client.sync_client import Client
from .chat import EXTRACTIVE
from .parts import chooser

_LABEL_CHARS = 60
_MODELS = {"": "Automatic", EXTRACTIVE: "No model: quotes only"}
_TALKS = {"": "New conversation"}


class Choosers:
    """The choices and the current selection. Thread-safe.

    Parameters
    ----------
    collection, model : str
        The initial selection, which need not exist.
    talk_chosen : callable
        Called with the id of the conversation that the user selects, empty for a new one.
    """

    def __init__(self, collection: str | None, model: str, talk_chosen: Callable[[str], None]) -> None:
        self._lock = threading.RLock()
        self._filling: set[int] = set()  # threads that are changing a list
        self._looked = self._offered = 0
        self._talk_chosen = talk_chosen
        first = collection or DEFAULT_COLLECTION
        self.collections = chooser("Collection", "The documents to ask", {first: _label(first)})
        self.models = chooser(
            "Model", "The model that writes the answers", {**_MODELS, model: _MODELS.get(model) or _label(model)}
        )
        self.models.value = model
        self.talks = chooser("Conversation", "Earlier conversations", _TALKS)
        self.talks.observe(self._on_talk, "value")
        self._guessed = collection is None

    @property
    def collection(self) -> str:
        return str(self.collections.value)

    @property
    def model(self) -> str:
        return str(self.models.value)

    def knows(self, talk: str) -> bool:
        """Whether a conversation is in the list."""
        return talk in {value for _, value in self.talks.options}

    def choose(self, widget: ipywidgets.Dropdown, value: str) -> None:
        """Select a value and add it to the list if necessary."""
        with self._lock:
            self._fill(widget, {known: label for label, known in widget.options}, value)

    def look(self, client: Client, talk: Callable[[], str]) -> str:
        """Fetch the current choices; return HTML with the reason if the chat models cannot be listed.

        Parameters
        ----------
        client : Client
        talk : callable
            Returns the shown conversation, empty for a new one.

        Raises
        ------
        LocalAIError
        """
        with self._lock:
            self._looked += 1
            number = self._looked
        collections, talks = client.collections(), client.conversations()
        models: Iterable[ModelInfo] = ()
        problem = ""
        try:
            models = client.models().models
        except Cancelled:
            raise
        except LocalAIError as error:
            problem = status_line(f"{error.message} {error.remedy}")
        with self._lock:
            if number < self._offered:  # newer choices are shown already
                return problem
            self._offered = number
            self._offer_collections(collections)
            self._offer_models(models)
            self._offer_talks(talks, talk())
        return problem

    def _offer_collections(self, collections: Sequence[CollectionInfo]) -> None:
        """Offer collections and keep the selection, unless it is a default that does not exist."""
        offered = {
            info.name: f"{_label(info.name)} · {words.count(info.documents, 'document')}" for info in collections
        }
        chosen = self.collection
        if chosen not in offered and self._guessed and offered:
            chosen = next(iter(offered))
        self._fill(self.collections, offered, chosen)

    def _offer_models(self, models: Iterable[ModelInfo]) -> None:
        """Offer the chat models on this machine."""
        offered = dict(_MODELS)
        for model in models:
            if model.chats and not model.remote:
                size = f" · {_label(model.parameters)}" if model.parameters else ""
                large = "" if model.fits else " · too large for this machine"
                offered[model.name] = f"{_label(model.name)}{size}{large}"
        self._fill(self.models, offered, self.model)

    def _offer_talks(self, talks: Iterable[Conversation], chosen: str) -> None:
        """Offer a new conversation and the stored ones."""
        remembered = {talk.id: f"{_label(talk.title)} · {talk.changed[:10]}" for talk in talks}
        self._fill(self.talks, {**_TALKS, **remembered}, chosen if chosen in remembered else "")

    def _fill(self, widget: ipywidgets.Dropdown, offered: dict[str, str], chosen: str) -> None:
        offered = offered if chosen in offered else {**offered, chosen: _label(chosen)}
        options = tuple((label, value) for value, label in offered.items())
        with self._lock:
            self._filling.add(threading.get_ident())
            try:
                with widget.hold_sync():
                    if widget.options != options:
                        widget.options = options
                    widget.value = chosen
            finally:
                self._filling.discard(threading.get_ident())

    def _on_talk(self, change: dict[str, str]) -> None:
        if threading.get_ident() not in self._filling:
            self._talk_chosen(change["new"])


def _label(text: str) -> str:
    return words.clipped(text, _LABEL_CHARS)
