"""Unexpected errors: logged without the user's text, and reported to the user in one sentence."""

from __future__ import annotations

import logging
import traceback

from ...errors import EngineError

_log = logging.getLogger(__name__)


def internal(error: BaseException, what: str = "The engine", log: str = "engine.log in the store") -> EngineError:
    """Log where `error` came from, and return what to show; its message is left out, since it may quote a document.

    Parameters
    ----------
    error : BaseException
    what : str
        The part of the project that failed.
    log : str
        Where it logs.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
    _log.error("%s in %s", type(error).__name__, where)
    return EngineError(
        f"{what} failed in a way that was not foreseen ({type(error).__name__}).",
        f"Please report it, with the last lines of {log}.",
        code="internal",
    )
