"""Lets this package's modules see another system than the one they run on; libraries see the real one.

A folder with a ``sitecustomize`` that calls `pretend` (`WINDOWS`, `MACOS`) goes onto ``PYTHONPATH``, so that each
process of an engine sees that system from its first line on. Paths stay as they are here: the disk is this one.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

PROJECT = Path(__file__).parent.parent.parent
WINDOWS, MACOS = (Path(__file__).parent / name for name in ("as_windows", "as_macos"))
NO_WINDOWS_OS = ("getuid", "geteuid", "getgid", "nice", "killpg", "fork")
NO_WINDOWS_OS += ("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY")


class Other:
    """A module with other attributes, and without some.

    Parameters
    ----------
    module : module
    without : iterable of str
        Names that it does not have there.
    **others
        What it has there.
    """

    def __init__(self, module: ModuleType, without: Iterable[str] = (), **others: Any) -> None:
        self.__dict__.update(others)
        self._module, self._without = module, frozenset(without)

    def __getattr__(self, name: str) -> Any:
        if name in self._without:
            raise AttributeError(f"module {self._module.__name__!r} has no attribute {name!r} on this system")
        return getattr(self._module, name)


def windows_os() -> Other:
    """Return the module `os` of Windows, with the paths of here."""
    import os

    def kill(pid: int, number: int) -> None:
        assert number, "on Windows, signal 0 is Ctrl-C"
        os.kill(pid, number)

    return Other(os, NO_WINDOWS_OS, name="nt", supports_dir_fd=frozenset(), kill=kill)


def pretend(modules: Mapping[str, Other | None]) -> None:
    """Have the package's modules import these instead of the real ones; None for what cannot be imported there."""
    real = builtins.__import__

    def importing(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and not fromlist and name in modules and _is_ours(globals or {}):
            found = modules[name]
            if found is None:
                raise ImportError(f"there is no {name} on this system")
            return found
        return real(name, globals, locals, fromlist, level)

    builtins.__import__ = importing  # type: ignore[assignment]


def _is_ours(globals: Mapping[str, Any]) -> bool:
    spec = globals.get("__spec__")  # of a module that is run, whose __name__ says nothing
    return str(getattr(spec, "name", "") or globals.get("__name__")).startswith("jupyter_localai")


def platform(name: str) -> Other:
    """Return the module `sys` of another platform."""
    return Other(sys, platform=name)
