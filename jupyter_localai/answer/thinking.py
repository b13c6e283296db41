"""Separate a model's thinking from its answer where the server does not.

Models imported into Ollama without the right template write their thoughts into the answer, between
``<think>`` and ``</think>``.
"""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkingFilter:
    """Splits a stream of text; thoughts count only at its beginning."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def split(self, piece: str) -> tuple[str, str]:
        """Return what of the text so far is thought and what is answer; the undecided rest is held back."""
        if self._state == "answer":
            return "", piece
        if self._state == "closed":
            return self._answer(piece.lstrip()) if piece.strip() else ("", "")
        self._held += piece
        if self._state == "start":
            begun = self._held.lstrip()
            if begun.startswith(_OPEN):
                self._state, self._held = "thought", begun[len(_OPEN) :]
            elif _OPEN.startswith(begun):
                return "", ""
            else:
                return self._answer(self._held)
        thought, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._state, self._held = "closed", ""
            return thought, self.split(rest)[1]
        keep = next((n for n in range(len(_CLOSE) - 1, 0, -1) if self._held.endswith(_CLOSE[:n])), 0)
        thought, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return thought, ""

    def end(self) -> str:
        """Return what was held back, which is answer if it never became thought."""
        return self._held if self._state == "start" else ""

    def _answer(self, text: str) -> tuple[str, str]:
        self._state, self._held = "answer", ""
        return "", text
