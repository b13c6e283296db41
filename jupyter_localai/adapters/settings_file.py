"""The user's ``localai.toml``, in which a form or a command changes the lines of some settings, and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..config import Config, checked, config_file, parse_toml, read_toml, resolve
from ..errors import ConfigError
from ..paths import replace

FORM = {"model": str, "system_prompt": str, "passages": int, "context_tokens": int, "quotes": bool}
"""The settings that a form may change, with the types of their values."""

_lock = threading.Lock()


def described() -> dict[str, Any]:
    """Return the values that hold, those without any setting, and the variables that fix one, by setting.

    Raises
    ------
    ConfigError
    """
    now, plain = resolve(), Config(Path())
    return {
        "file": str(config_file()),
        "values": {name: getattr(now, name) for name in FORM},
        "defaults": {name: getattr(plain, name) for name in FORM},
        "fixed": {name: _variable(name) for name in FORM if os.environ.get(_variable(name))},
    }


def change(changes: Mapping[str, Any]) -> None:
    """Write settings into the user's file, whose other lines stay as they are.

    Raises
    ------
    ConfigError
        For an impossible value, one that the environment fixes, or a file in which it cannot be changed safely.
    """
    path = config_file()
    with _lock:
        known = read_toml(path)
        text = path.read_bytes().decode() if path.exists() else ""
        for name, given in changes.items():
            value = checked(name, given, "given")
            if os.environ.get(_variable(name)):
                raise ConfigError(f"{name} is set by ${_variable(name)}.", "Change it there.")
            if known.get(name, getattr(Config(Path()), name)) != value:
                text = replaced(text, name, value)
                known[name] = value
        _write(Path(os.path.realpath(path)), text)


def replaced(text: str, name: str, value: str | bool | int) -> str:
    """Return the text of a TOML file with one value set and nothing else changed.

    A value over several lines becomes one line; a comment behind it stays.

    Raises
    ------
    ConfigError
        When no change of the text does only that.
    """
    before = parse_toml(text)
    wanted = {**before, name: value}
    line = f"{name} = {_toml(value)}"
    for changed in _candidates(text, name, line, before) if name in before else (_with_end(text) + line + "\n",):
        with contextlib.suppress(ValueError):
            if parse_toml(changed) == wanted:
                return changed
    raise ConfigError(f"{name} cannot be changed in {config_file()}.", "Change it there with an editor.")


def _candidates(text: str, name: str, line: str, before: dict[str, Any]) -> Iterator[str]:
    """Yield the text with `line` in place of one line that sets `name`, then of more lines after it."""
    lines = text.splitlines(keepends=True)
    setting = re.compile(rf"""[ \t]*(?P<quote>["']?){re.escape(name)}(?P=quote)[ \t]*=""")
    for first in (number for number, each in enumerate(lines) if setting.match(each)):
        for last in range(first + 1, len(lines) + 1):
            head, old, tail = "".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:])
            end = "\r\n" if old.endswith("\r\n") else "\n"
            yield head + line + _comment(head, old, tail, before) + end + tail


def _comment(head: str, old: str, tail: str, before: dict[str, Any]) -> str:
    """Return the comment at the end of a setting: what can go without changing what the file says."""
    for mark in (place for place, letter in enumerate(old) if letter == "#"):
        kept = old[:mark].rstrip(" \t")
        with contextlib.suppress(ValueError):
            if parse_toml(head + kept + "\n" + tail) == before:
                return old[len(kept) :].rstrip("\r\n")
    return ""


def _with_end(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _toml(value: str | bool | int) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # which TOML does not take as it is


def _variable(name: str) -> str:
    return f"LOCALAI_{name.upper()}"


def _write(path: Path, text: str) -> None:
    """Put a file in the place of another at once, with its mode.

    Raises
    ------
    ConfigError
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = tempfile.NamedTemporaryFile(dir=path.parent, prefix=".localai-", delete=False)  # noqa: SIM115
        try:
            with beside:
                beside.write(text.encode())
            if path.exists():
                os.chmod(beside.name, path.stat().st_mode & 0o777)
            replace(beside.name, path)
        except BaseException:
            os.unlink(beside.name)
            raise
    except (OSError, UnicodeEncodeError) as error:
        raise ConfigError(f"{path} cannot be written: {error}.", "Check its permissions and the disk.") from error
