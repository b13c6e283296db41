"""A conversation as a file to hand in, in every form."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import PurePath

from ..errors import UsageError, did_you_mean
from ..results.answers import Conversation
from ..results.references import Reference
from . import bibliography, handout_html, handout_markdown
from .handout import Handout

_FORMS: dict[str, Callable[[Handout], str]] = {
    "markdown": handout_markdown.markdown,
    "html": handout_html.html,
    "notebook": handout_markdown.notebook,
    "quotes": handout_markdown.quotes,
    "bibtex": lambda handout: bibliography.bibtex(_cited(handout)),
    "csl": lambda handout: bibliography.csl(_cited(handout)),
}
_SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".ipynb": "notebook",
    ".bib": "bibtex",
    ".json": "csl",
}


def form_of(path: str | os.PathLike[str]) -> str:
    """Return the form that the suffix of a file's name stands for.

    Raises
    ------
    UsageError
    """
    suffix = PurePath(path).suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise UsageError(f"{os.fspath(path)!r} has none of the suffixes {known}.", "Choose another name.")
    return _SUFFIXES[suffix]


def export(talk: Conversation, form: str, references: Sequence[Reference], folder: str) -> str:
    """Return a conversation in a form: markdown, html, notebook, quotes, bibtex or csl.

    Parameters
    ----------
    talk : Conversation
    form : str
    references : sequence of Reference
        What the cited files say of themselves.
    folder : str
        The absolute path of the folder where it will lie.

    Raises
    ------
    UsageError
    """
    if form not in _FORMS:
        raise UsageError(f"There is no form {form!r}.{did_you_mean(form, _FORMS)}", f"Forms are: {', '.join(_FORMS)}.")
    return _FORMS[form](Handout(talk, references, folder))


def _cited(handout: Handout) -> list[Reference]:
    known = {reference.path: reference for reference in handout.references}
    return [known.get(path, Reference(path)) for path in handout.talk.cited]
