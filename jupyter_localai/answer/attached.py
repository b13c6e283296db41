"""The part of an attachment that is searched for, to find documents that help with it."""

from __future__ import annotations

import re

# ValueError: …, pandas.errors.MergeError: …, R's "Error in f(x) : …", Julia's "ERROR: MethodError: …"
_ERROR = re.compile(
    r"^[ \t]*(?:(?:[\w.]+\.)?\w*(?:Error|Exception|Warning)\b|ERROR:|Error in\b).*$",
    re.MULTILINE,
)
_LABEL = re.compile(
    r"\A[^\n]*:[ \t]*\n[ \t]*\n"
)  # "Cell 3 of plan.ipynb:" would be taken for the name of what is wanted
_ERROR_CHARS = _BEGINNING_CHARS = 300


def telling(text: str) -> str:
    """Return the last error with its message, where there is one, and the beginning of the text; on one line."""
    errors = _ERROR.findall(text)
    error = " ".join(errors[-1].split())[:_ERROR_CHARS] if errors else ""
    return f"{error} {' '.join(_LABEL.sub('', text).split())[:_BEGINNING_CHARS]}".strip()


def query(question: str, text: str) -> str:
    """Return what to search for to answer a question about `text`."""
    return f"{telling(text)}\n{question}" if text else question
