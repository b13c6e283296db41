"""Signatures of the clients' methods as callers see them, for the Python reference.

`service.client.verbs` and the modules that it joins define each method as a function that returns a
``Request[Hits]``; a client sends it and returns the ``Hits``. The site reads the sources, so this puts the result into
the signature.
"""

from __future__ import annotations

from typing import Any

import griffe


class Results(griffe.Extension):
    """Shows what a request returns instead of the request."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Replace ``Request[T]`` by ``T``, and by ``T | Job`` where the work may continue in the background."""
        returned = func.returns
        if isinstance(returned, griffe.ExprSubscript) and str(returned.left) == "Request":
            is_job = any(str(decorator.value) == "JobVerb" for decorator in func.decorators)
            func.returns = f"{returned.slice} | Job" if is_job else returned.slice

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Give `stream`, which has a docstring of its own only, the parameters of `ask`."""
        if cls.name == "AskingVerbs":
            ask, stream = cls.members["ask"], cls.members["stream"]
            assert isinstance(ask, griffe.Function) and isinstance(stream, griffe.Function)
            stream.parameters = ask.parameters
            stream.returns = "Iterator[Event]"
