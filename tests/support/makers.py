"""Small makers that several tests share."""

import contextlib
import errno
import os
from unittest import mock

import numpy as np

from jupyter_localai.answer.evidence import Evidence
from jupyter_localai.index.layout import NO_PAGE
from jupyter_localai.results.passages import Anchor, Chunk, Place


def chunks_of(*texts: str, context: str = "") -> list[Chunk]:
    made, at = [], 0
    for text in texts:
        made.append(Chunk(at, at + len(text), text, (Place(at, at + len(text), Anchor(line=1)),), context, "\n\n"))
        at += len(text) + 2
    return made


@contextlib.contextmanager
def locked(*folders):
    """Take away all permission to these folders; root may do anything, so the system is asked through a veil."""
    real = {name: getattr(os, name) for name in ("stat", "lstat", "scandir", "open")}

    def veiled(name):
        def call(path, *arguments, **options):
            text = os.fsdecode(path) if not isinstance(path, int) else ""
            for folder in map(str, folders):
                if text.startswith(folder + os.sep) or (text == folder and name in ("scandir", "open")):
                    raise PermissionError(errno.EACCES, "Permission denied", text)
            return real[name](path, *arguments, **options)

        return call

    with contextlib.ExitStack() as stack:
        for name in real:
            stack.enter_context(mock.patch.object(os, name, veiled(name)))
        yield


def evidence(cosines, numbers=None, **parts):
    """Return evidence of chunks in one document without pages, nothing known but what is given."""
    count = len(cosines)
    nothing = np.zeros(count)
    numbers = np.arange(count) if numbers is None else np.array(numbers)
    made = {
        "numbers": numbers,
        "document_ids": np.ones(count, np.int64),
        "pages": np.full(count, NO_PAGE),
        "firsts": numbers,
        "sizes": np.full(count, 100),
        "cosines": np.array(cosines, float),
        "soft": np.array(cosines, float),
        "heads": np.full(count, np.nan),
        **dict.fromkeys(("words", "around", "documents", "titles", "named"), nothing),
        **{name: np.array(value) for name, value in parts.items()},
    }
    return Evidence(**made, dense_ranks={}, keyword_ranks={}, inside={}, beside={})
