"""Any result in every form: what a notebook is given of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import LocalAIError
from ..results import mime
from ..results.base import to_json
from ..results.passages import Answer, Conversation, Conversations, Hit, Hits
from ..results.reports import (
    Collections,
    Diagnosis,
    Documents,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    RebuildReport,
    Status,
)
from ..results.scores import Evaluation
from ..results.vectors import Vectors
from . import html as as_html
from . import markdown as as_markdown
from . import measures
from . import reports as as_report
from . import text as as_text
from .rewrite import fenced
from .withheld import shown


class _Forms(NamedTuple):
    """How one kind of result is written; without a Markdown of its own it is the plain text, fenced."""

    text: Callable[[Any], str]
    html: Callable[[Any], str]
    markdown: Callable[[Any], str] | None = None


_FORMS: dict[type, _Forms] = {
    Answer: _Forms(as_text.answer_text, as_html.answer, as_markdown.answer),
    Hits: _Forms(as_text.hits_text, as_html.hits, as_markdown.hits),
    Hit: _Forms(as_text.hit_text, as_html.hit, as_markdown.hit),
    Conversation: _Forms(as_text.conversation_text, as_html.conversation, as_markdown.conversation),
    Conversations: _Forms(as_text.conversations_text, as_report.conversations),
    Collections: _Forms(as_text.collections_text, as_report.collections),
    Documents: _Forms(as_text.documents_text, as_report.documents),
    IndexReport: _Forms(as_text.report_text, as_report.report),
    RebuildReport: _Forms(as_text.rebuild_text, as_report.rebuild),
    ForgetReport: _Forms(as_text.forget_text, as_report.forget),
    Status: _Forms(as_text.status_text, as_report.status),
    Models: _Forms(as_text.models_text, as_report.models),
    Job: _Forms(as_text.job_text, as_report.job),
    Evaluation: _Forms(measures.evaluation_text, measures.evaluation_html),
    Vectors: _Forms(measures.vectors_text, measures.vectors_html),
    Diagnosis: _Forms(as_text.diagnosis_text, as_report.diagnosis),
    LocalAIError: _Forms(as_text.error_text, as_html.error, as_markdown.error),
}


def bundle(value: Any) -> dict[str, Any]:
    """Return the MIME bundle of a result or an error: plain text, HTML and Markdown; of an answer its JSON, too.

    What an answer was about is left out: an error whose output is cleared is not to stay in another one.
    """
    forms = {"text/plain": text(value), "text/html": html(value), "text/markdown": markdown(value)}
    if not isinstance(value, Answer):
        return forms
    return {**forms, mime.ANSWER: _writable(to_json(dataclasses.replace(shown(value), context=None)))}


def text(value: Any) -> str:
    """Return a result or an error as plain text."""
    return _forms(value).text(value)


def html(value: Any) -> str:
    """Return a result or an error as HTML that loads and runs nothing."""
    return _forms(value).html(value)


def markdown(value: Any) -> str:
    """Return a result or an error as Markdown in which no text of documents, questions, names or models is active."""
    forms = _forms(value)
    return forms.markdown(value) if forms.markdown else f"{fenced(forms.text(value))}\n"


def _forms(value: Any) -> _Forms:
    return next(_FORMS[kind] for kind in type(value).__mro__ if kind in _FORMS)


def _writable(value: Any) -> Any:
    """Return JSON without halves of characters, which file names may have and no notebook can be saved with."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _writable(item) for key, item in value.items()}
    return [_writable(item) for item in value] if isinstance(value, list) else value
