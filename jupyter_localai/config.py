"""Settings: defaults < ``localai.toml`` < environment < argument, in one frozen object."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import ConfigError, did_you_mean

DEFAULT_COLLECTION = "default"
OLLAMA_EMBEDDER = "ollama:"
"""Begins the name of an embedding model that Ollama serves."""


@dataclasses.dataclass(frozen=True)
class Config:
    """Every setting there is. Each is also ``LOCALAI_<NAME>`` and a key of ``localai.toml``.

    Attributes
    ----------
    store : Path
        Folder of the index. Default: ``localai`` in Jupyter's data folder.
    embedder : str
        Embedding model: a name, a folder with sentence-transformers weights, or ``ollama:NAME``.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``: where the embedding model runs.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``: arithmetic of the embedding model on a CPU.
        ``auto`` measures once per machine and takes the faster one that gives equal vectors.
    threads : int
        CPU threads for embedding; 0 takes three quarters of the cores and at least two.
    max_file_mb : int
        Larger files are refused, in mebibytes.
    reader_timeout_s : int
        A file that takes longer to read is given up, in seconds.
    ollama_host : str
        Address of Ollama, on this machine. ``$OLLAMA_HOST`` counts, too.
    model : str
        Chat model; empty takes the one last used, at first the largest installed one that fits this machine.
    context_tokens : int
        Context to load the chat model with, if it and the memory have as much; more takes more memory.
    think : str
        ``off``, ``on``, ``low``, ``medium`` or ``high``: whether a model that can think does so before it answers.
    temperature : float
        0 to 2; higher is more varied and less faithful.
    seed : int
        Equal seeds give equal answers as far as the server can.
    keep_alive : str
        How long the chat model stays in memory after an answer: ``10m``, ``0``, ``-1`` for ever.
    system_prompt : str
        Said to the chat model after our own rules: a role, a tone, a language.
    allow_hosts : tuple of str
        Machines besides this one that may serve Ollama's models; what is asked and the passages go there.
    allow_users : tuple of str
        Users of this machine, names or user ids, besides oneself and the system's accounts, whose Ollama may be asked.
    keep_conversations : int
        How many conversations the store remembers; 0 remembers none.
    quotes : bool
        Whether what a notebook shows and keeps of a result has text of the documents in it.
    idle_minutes : float
        After how long without anything to do the engine ends; 0 keeps it running.
    transport : str
        ``auto``, ``unix`` or ``loopback``: how the engine is reached. ``auto`` takes a Unix socket where there are any.
    enforce : str
        ``auto``, ``kernel`` or ``process``: who refuses network sockets to the engine. ``auto`` takes the system's
        kernel where it can; ``kernel`` is an error where it cannot.
    """

    store: Path
    embedder: str = "all-MiniLM-L6-v2"
    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    max_file_mb: int = 100
    reader_timeout_s: int = 120
    ollama_host: str = "http://127.0.0.1:11434"
    model: str = ""
    context_tokens: int = 8192
    think: str = "off"
    temperature: float = 0.1
    seed: int = 0
    keep_alive: str = "10m"
    system_prompt: str = ""
    allow_hosts: tuple[str, ...] = ()
    allow_users: tuple[str, ...] = ()
    keep_conversations: int = 100
    quotes: bool = True
    idle_minutes: float = 30
    transport: str = "auto"
    enforce: str = "auto"

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * 1024 * 1024


_CHOICES = {
    "device": ("auto", "cpu", "cuda", "mps"),
    "precision": ("auto", "float32", "bfloat16"),
    "think": ("off", "on", "low", "medium", "high"),
    "transport": ("auto", "unix", "loopback"),
    "enforce": ("auto", "kernel", "process"),
}
_WHOLE = {
    "threads": 0,
    "max_file_mb": 1,
    "reader_timeout_s": 1,
    "context_tokens": 1024,
    "seed": 0,
    "keep_conversations": 0,
}  # and the least
_YES_OR_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_NAMES = ("allow_hosts", "allow_users")
_BETWEEN = {"temperature": (0, 2), "idle_minutes": (0, 525_600)}
_KEEP_ALIVE = re.compile(r"-?\d+|(\d+(\.\d+)?(ms|s|m|h))+")  # seconds, or a duration as Go writes it
_FIELDS = {field.name: field for field in dataclasses.fields(Config)}


def config_file() -> Path:
    """Return the path of the user's ``localai.toml``, whether or not it exists."""
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / "localai.toml"


def resolve(arguments: Mapping[str, Any] | None = None) -> Config:
    """Merge defaults, file, environment and `arguments` into one checked `Config`.

    Parameters
    ----------
    arguments : mapping, optional
        Settings by field name; a value of None counts as not given.

    Raises
    ------
    ConfigError
        For an unknown setting, a wrong type or an impossible value, naming where it stands.
    """
    values: dict[str, Any] = {}
    path = config_file()
    for name, value in _read_toml(path).items():
        values[name] = _checked(name, value, f"in {path}")
    if os.environ.get("OLLAMA_HOST"):
        values["ollama_host"] = os.environ["OLLAMA_HOST"]
    for name in _FIELDS:
        variable = f"LOCALAI_{name.upper()}"
        if os.environ.get(variable):
            values[name] = _checked(name, os.environ[variable], f"in ${variable}")
    for name, value in (arguments or {}).items():
        if value is not None:
            values[name] = _checked(name, value, "given")
    if "store" not in values:
        from jupyter_core.paths import jupyter_data_dir

        values["store"] = Path(jupyter_data_dir()) / "localai"
    return Config(**values)


def received(settings: Mapping[str, Any]) -> Config:
    """Return the `Config` of settings that another process has resolved; names it does not know are left out.

    Raises
    ------
    ConfigError
    """
    return Config(**{name: _checked(name, value, "sent") for name, value in settings.items() if name in _FIELDS})


def _read_toml(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", "Correct the file or remove it.") from error


def _checked(name: str, value: Any, where: str) -> Any:
    if name not in _FIELDS:
        hint = did_you_mean(name, _FIELDS)
        raise ConfigError(f"There is no setting {name!r} ({where}).{hint}", f"Settings are: {', '.join(_FIELDS)}.")
    if name not in _NAMES and not isinstance(value, (str, int, float, os.PathLike)):
        raise ConfigError(f"{name} must be a single value; {str(value)[:100]!r} was {where}.")
    if name == "store":
        return Path(str(value)).expanduser().absolute()
    if name in _WHOLE:
        try:
            number = int(value)
        except (ValueError, OverflowError):
            raise ConfigError(f"{name} must be a whole number; {str(value)[:100]!r} was {where}.") from None
        if not _WHOLE[name] <= number < 2**31:
            raise ConfigError(f"{name} must be at least {_WHOLE[name]} and below 2147483648; {number} was {where}.")
        return number
    if name in _BETWEEN:
        least, most = _BETWEEN[name]
        try:
            degree = float(value)
        except (ValueError, OverflowError):
            degree = -1.0
        if not least <= degree <= most:
            raise ConfigError(f"{name} must lie between {least} and {most}; {value!r} was {where}.")
        return degree
    if name == "quotes":
        if str(value).lower() not in _YES_OR_NO:
            raise ConfigError(f"quotes must be true or false; {value!r} was {where}.")
        return _YES_OR_NO[str(value).lower()]
    if name in _NAMES:
        names = value.replace(",", " ").split() if isinstance(value, str) else value
        if not isinstance(names, (list, tuple)) or not all(isinstance(one, str) for one in names):
            raise ConfigError(f"{name} must be a list of names; {str(value)[:100]!r} was {where}.")
        return tuple(names)
    text = str(value)
    if name == "embedder" and os.sep in text and (text.startswith(".") or Path(text).expanduser().is_dir()):
        return str(Path(text).expanduser().absolute())  # the engine runs in another folder
    if name in _CHOICES and text not in _CHOICES[name]:
        raise ConfigError(f"{name} must be one of {', '.join(_CHOICES[name])}; {text!r} was {where}.")
    if name == "keep_alive" and not _KEEP_ALIVE.fullmatch(text):
        raise ConfigError(f"keep_alive must be a time such as 10m, 0 or -1; {text!r} was {where}.")
    return text
