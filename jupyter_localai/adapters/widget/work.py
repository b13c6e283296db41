"""Work beside the kernel's own: a thread that can be told to stop, and whose errors are told and not printed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ...errors import LocalAIError

Job = Callable[[threading.Event], None]


class Work:
    """A daemon thread; what it runs looks at `stop`, and is not waited for when the process ends.

    Parameters
    ----------
    job : callable
        Gets the event that tells it to stop.
    failed : callable
        Gets the error that ended it, `Cancelled` included, in its thread.
    name : str
        Of the thread.
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
        """Wait for its end, but not longer; return whether it has ended."""
        self._thread.join(seconds)
        return not self.is_busy

    def _run(self) -> None:
        try:
            try:
                self._job(self.stop)
            except LocalAIError as error:
                self._failed(error)
            except Exception as unforeseen:
                self._failed(unforeseen_error(unforeseen))
        except Exception:
            # the panel itself is gone, with its kernel; a traceback would land in whatever cell runs
            self.stop.set()


def unforeseen_error(error: Exception) -> LocalAIError:
    """Return what is told of a fault of ours; its text is left out, it may quote a document."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" in {last.tb_frame.f_code.co_name}, line {last.tb_lineno}" if last is not None else ""
    return LocalAIError(
        f"The panel failed in a way that was not foreseen ({type(error).__name__}{where}).",
        "Please report it; try again, or make a new panel.",
        code="internal",
    )
