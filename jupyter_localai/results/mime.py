"""The MIME type under which a notebook keeps an answer, which is drawn from it and never indexed."""

from __future__ import annotations

ANSWER = "application/vnd.jupyter-localai.answer+json"
