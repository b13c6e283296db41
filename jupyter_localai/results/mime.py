"""The MIME type under which a notebook keeps an answer: it is drawn from it, and its text is never indexed."""

from __future__ import annotations

ANSWER = "application/vnd.jupyter-localai.answer+json"
