"""Background threads that can be stopped and that report their errors instead of printing them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ...errors import LocalAIError

Job = Callable[[threading.Event], None]


class Work:
    """A daemon thread whose job checks `stop`; the process does not wait for it at exit.

    Parameters
    ----------
    job : callable
        Receives the event that requests a stop.
    failed : callable
        Receives the error that ended the job, including `Cancelled`, in its thread.
    name : str
        The thread's name.
    """

    def __init__(self, job: Job, failed: Callable[[LocalAIError], None], name: str) -> None:
        self.stop = threading.Event()
        self._job, self._failed = job, failed
        self._thread = threading.Thread(target=self._run, name=f"localai-panel-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        return self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, up to `seconds`; return whether it has ended."""
        self._thread.join(seconds)
        return not self.is_busy

    def _run(self) -> None:
        try:
            try:
                self._job(self.stop)
            except LocalAIError as error:
                self._failed(error)
            except Exception as error:
                self._failed(unexpected_error(error))
        except Exception:
            # the panel and its kernel are gone; a traceback would appear in an unrelated cell
            self.stop.set()


def unexpected_error(error: Exception) -> LocalAIError:
    """Return the error for a bug of ours, without its text, which may quote a document."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" in {last.tb_frame.f_code.co_name}, line {last.tb_lineno}" if last is not None else ""
    return LocalAIError(
        f"Unexpected error in the panel ({type(error).__name__}{where}).",
        "Try again or make a new panel, and please report it.",
        code="internal",
    )
