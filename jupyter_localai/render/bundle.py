"""The MIME bundle of any result, for a notebook."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import LocalAIError
from ..results import mime, saved
from ..results.answers import Answer, Conversation, Conversations, Suggestions
from ..results.base import Rows, to_json
from ..results.feedback import Feedback
from ..results.passages import Hit, Hits
from ..results.projects import BundleInfo, ExportReport, ImportReport, Joined, Lock, LockCheck, ProjectFile
from ..results.reports import (
    Collections,
    CompactReport,
    Diagnosis,
    Documents,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    RebuildReport,
    Status,
    Watch,
)
from ..results.scores import Evaluation
from ..results.servers import ServerCheck, ServerReply
from ..results.shared import AttachReport, ShareReport, SyncReport
from ..results.trials import Trials
from ..results.vectors import Vectors
from . import html as as_html
from . import markdown as as_markdown
from . import measures, projects, servers, shared
from . import reports as as_report
from . import text as as_text
from . import trials as as_trials
from .export import export as export
from .export import form_of as form_of
from .redact import redact
from .rewrite import code_block
from .rows import rows_html, rows_text, suggestions_html, suggestions_text


class _Renderers(NamedTuple):
    """The functions that render one type of result; without `markdown`, Markdown is the plain text as a code block."""

    text: Callable[[Any], str]
    html: Callable[[Any], str]
    markdown: Callable[[Any], str] | None = None


_RENDERERS: dict[type, _Renderers] = {
    Answer: _Renderers(as_text.answer_text, as_html.answer, as_markdown.answer),
    Hits: _Renderers(as_text.hits_text, as_html.hits, as_markdown.hits),
    Hit: _Renderers(as_text.hit_text, as_html.hit, as_markdown.hit),
    Conversation: _Renderers(as_text.conversation_text, as_html.conversation, as_markdown.conversation),
    Conversations: _Renderers(as_text.conversations_text, as_report.conversations),
    Feedback: _Renderers(as_text.feedback_text, as_report.feedback),
    Collections: _Renderers(as_text.collections_text, as_report.collections),
    Documents: _Renderers(as_text.documents_text, as_report.documents),
    IndexReport: _Renderers(as_text.report_text, as_report.report),
    RebuildReport: _Renderers(as_text.rebuild_text, as_report.rebuild),
    CompactReport: _Renderers(as_text.compact_text, as_report.compact),
    Watch: _Renderers(as_text.watch_text, as_report.watch),
    ForgetReport: _Renderers(as_text.forget_text, as_report.forget),
    Status: _Renderers(as_text.status_text, as_report.status),
    Models: _Renderers(as_text.models_text, as_report.models),
    Job: _Renderers(as_text.job_text, as_report.job),
    Evaluation: _Renderers(measures.evaluation_text, measures.evaluation_html),
    ProjectFile: _Renderers(projects.file_text, projects.file_html),
    Joined: _Renderers(projects.joined_text, projects.joined_html),
    Lock: _Renderers(projects.lock_text, projects.lock_html),
    LockCheck: _Renderers(projects.check_text, projects.check_html),
    BundleInfo: _Renderers(projects.bundle_text, projects.bundle_html),
    ExportReport: _Renderers(projects.export_text, projects.export_html),
    ImportReport: _Renderers(projects.import_text, projects.import_html),
    ShareReport: _Renderers(shared.share_text, shared.share_html),
    AttachReport: _Renderers(shared.attach_text, shared.attach_html),
    SyncReport: _Renderers(shared.sync_text, shared.sync_html),
    ServerReply: _Renderers(servers.reply_text, servers.reply_html),
    ServerCheck: _Renderers(servers.check_text, servers.check_html),
    Trials: _Renderers(as_trials.trials_text, as_trials.trials_html),
    Vectors: _Renderers(measures.vectors_text, measures.vectors_html),
    Diagnosis: _Renderers(as_text.diagnosis_text, as_report.diagnosis),
    Rows: _Renderers(rows_text, rows_html),
    Suggestions: _Renderers(suggestions_text, suggestions_html),
    LocalAIError: _Renderers(as_text.error_text, as_html.error, as_markdown.error),
}


def bundle(value: Any) -> dict[str, Any]:
    """Return the MIME bundle of a result or an error: plain text, HTML, Markdown and, for an answer, JSON.

    The JSON omits the text attached to the question, so that a cleared error output does not live on in another one.
    """
    forms = {"text/plain": text(value), "text/html": html(value), "text/markdown": markdown(value)}
    if not isinstance(value, Answer):
        return forms
    return {**forms, mime.ANSWER: _without_surrogates(to_json(dataclasses.replace(redact(value), context=None)))}


def text(value: Any) -> str:
    """Return a result or an error as plain text."""
    return _renderers(value).text(value)


def html(value: Any) -> str:
    """Return a result or an error as inert HTML."""
    return _renderers(value).html(value)


def markdown(value: Any) -> str:
    """Return a result or an error as inert Markdown; answers carry the mark that keeps them out of an index."""
    renderers = _renderers(value)
    if renderers.markdown is None:
        return f"{code_block(renderers.text(value))}\n"
    mark = saved.FILE if isinstance(value, Answer | Conversation) else ""
    return mark + renderers.markdown(value)


def _renderers(value: Any) -> _Renderers:
    return next(_RENDERERS[kind] for kind in type(value).__mro__ if kind in _RENDERERS)


def _without_surrogates(value: Any) -> Any:
    """Return JSON without lone surrogates, which file names may contain but a notebook file cannot."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _without_surrogates(item) for key, item in value.items()}
    return [_without_surrogates(item) for item in value] if isinstance(value, list) else value
