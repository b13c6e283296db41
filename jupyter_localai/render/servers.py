"""What is found out about the server of shared collections, as text and HTML."""

from __future__ import annotations

from ..results.base import printable
from ..results.servers import ServerCheck, ServerReply
from .parts import frame, line
from .safe import escape
from .words import one_line


def reply_text(reply: ServerReply) -> str:
    """Return that the server answers, and how fast."""
    return printable(f"{one_line(reply.address)} answers in {1000 * reply.seconds:.0f} ms.")


def check_text(check: ServerCheck) -> str:
    """Return what the server does and what it does not, as a table."""
    width = max(len(trait.name) for trait in check.traits)
    rows = [f"{_state(trait.ok):6}  {trait.name:{width}}  {one_line(trait.detail)}" for trait in check.traits]
    return printable("\n".join([*rows, _summary(check)]))


def reply_html(reply: ServerReply) -> str:
    """Return that the server answers, and how fast."""
    return frame(line(escape(reply_text(reply))))


def check_html(check: ServerCheck) -> str:
    """Return what the server does and what it does not."""
    rows = [
        line(f"<strong>{_state(trait.ok)}</strong> {escape(trait.name)}: {escape(one_line(trait.detail))}")
        for trait in check.traits
    ]
    return frame(*rows, line(f"<strong>{escape(_summary(check))}</strong>"))


def _state(ok: bool) -> str:
    return "ok" if ok else "FAILED"


def _summary(check: ServerCheck) -> str:
    does = "does" if check.ok else "does not do"
    return f"{one_line(check.address)} {does} all that shared collections rely on."
