"""Settings: defaults < ``localai.toml`` < environment < argument, in one frozen object."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .errors import ConfigError, did_you_mean

DEFAULT_COLLECTION = "default"
EVERY_COLLECTION = "all"
"""Means every collection where one is asked, unless one has that name."""
HITS, PASSAGES = 10, 6
"""How many a search finds and an answer considers, unless told otherwise."""
OLLAMA_EMBEDDER = "ollama:"
"""Begins the name of an embedding model that Ollama serves."""


Validator = Callable[[str, Any, str], Any]
"""Returns the value of a setting, given its name, what was set and where; raises `ConfigError` when it cannot be."""

_YES_OR_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_KEEP_ALIVE = re.compile(r"-?\d+|(\d+(\.\d+)?(ms|s|m|h))+")  # seconds, or a duration as Go writes it


def _single(name: str, value: Any, where: str) -> str | int | float | os.PathLike[Any]:
    if not isinstance(value, (str, int, float, os.PathLike)):
        raise ConfigError(f"{name} must be a single value; {str(value)[:100]!r} was {where}.")
    return value


def _text(name: str, value: Any, where: str) -> str:
    return str(_single(name, value, where))


def _path(name: str, value: Any, where: str) -> Path:
    return Path(_text(name, value, where)).expanduser().absolute()


def _file(name: str, value: Any, where: str) -> str:
    text = _text(name, value, where)
    return str(_path(name, text, where)) if text else ""


def _model_or_path(name: str, value: Any, where: str) -> str:
    text = _text(name, value, where)
    if "/" in text.replace(os.sep, "/") and (text.startswith(".") or Path(text).expanduser().is_dir()):
        return str(Path(text).expanduser().absolute())  # the engine runs in another folder
    return text


def _one_of(*choices: str) -> Validator:
    def check(name: str, value: Any, where: str) -> str:
        text = _text(name, value, where)
        if text not in choices:
            raise ConfigError(f"{name} must be one of {', '.join(choices)}; {text!r} was {where}.")
        return text

    return check


def _whole(least: int, most: int = 2**31 - 1) -> Validator:
    def check(name: str, value: Any, where: str) -> int:
        try:
            number = int(_single(name, value, where))  # type: ignore[arg-type]  # a path is no number, and says so
        except (TypeError, ValueError, OverflowError):
            raise ConfigError(f"{name} must be a whole number; {str(value)[:100]!r} was {where}.") from None
        if not least <= number <= most:
            raise ConfigError(f"{name} must be at least {least} and at most {most}; {number} was {where}.")
        return number

    return check


def _between(least: float, most: float) -> Validator:
    def check(name: str, value: Any, where: str) -> float:
        try:
            number = float(_single(name, value, where))  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            number = least - 1
        if not least <= number <= most:
            raise ConfigError(f"{name} must lie between {least} and {most}; {value!r} was {where}.")
        return number

    return check


def _yes_or_no(name: str, value: Any, where: str) -> bool:
    text = _text(name, value, where).lower()
    if text not in _YES_OR_NO:
        raise ConfigError(f"{name} must be true or false; {value!r} was {where}.")
    return _YES_OR_NO[text]


def _duration(name: str, value: Any, where: str) -> str:
    text = _text(name, value, where)
    if not _KEEP_ALIVE.fullmatch(text):
        raise ConfigError(f"{name} must be a time such as 10m, 0 or -1; {text!r} was {where}.")
    return text


def _names(name: str, value: Any, where: str) -> tuple[str, ...]:
    names = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(host, str) for host in names):
        raise ConfigError(f"{name} must be a list of names; {str(value)[:100]!r} was {where}.")
    return tuple(names)


def _setting(default: Any, validator: Validator) -> Any:
    """Return a field with its default and its validator."""
    return dataclasses.field(default=default, metadata={"validator": validator})


@dataclasses.dataclass(frozen=True)
class Config:
    """Every setting there is. Each is also ``LOCALAI_<NAME>`` and a key of ``localai.toml``.

    Attributes
    ----------
    store : Path
        Folder of the index. Default: ``localai`` in Jupyter's data folder.
    embedder : str
        Embedding model: a name, a folder with sentence-transformers weights, or ``ollama:NAME``.
    reranker : str
        Cross-encoder that orders the best passages of a search: a name, or a folder with sentence-transformers weights;
        empty for none.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``: where the embedding model runs.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``: arithmetic of the embedding model on a CPU.
        ``auto`` measures once per machine and takes the faster one that gives equal vectors.
    threads : int
        CPU threads for embedding and reranking; 0 takes three quarters of the cores and at least two.
    max_file_mb : int
        Larger files are refused, in mebibytes.
    reader_timeout_s : int
        A file that takes longer to read is given up, in seconds.
    ollama_host : str
        Address of Ollama, on this machine. ``$OLLAMA_HOST`` counts, too.
    model : str
        Chat model; empty takes the one last used, at first the largest installed one that fits this machine.
    passages : int
        How many passages an answer considers, unless the question says it.
    context_tokens : int
        Context to load the chat model with, if it and the memory have as much; more takes more memory.
    first_word_s : float
        How long reading the prompt may take, in seconds: a slow model gets fewer passages, but at least three.
    preload : bool
        Whether the chat model is brought into memory when the panel's question box gets the focus; never on battery.
    think : str
        ``off``, ``on``, ``low``, ``medium`` or ``high``: whether a model that can think does so before it answers.
    temperature : float
        0 to 2; higher is more varied and less faithful.
    seed : int
        Number that the chat model's choices begin with; another one may give another answer.
    keep_alive : str
        How long the chat model stays in memory after an answer: ``10m``, ``0``, ``-1`` for ever.
    system_prompt : str
        Said to the chat model after our own rules: a role, a tone, a language.
    allow_hosts : tuple of str
        Machines besides this one that may serve Ollama's models; what is asked and the passages go there.
    allow_users : tuple of str
        Users of this machine, names or user ids, besides oneself and the system's accounts, whose Ollama may be asked.
    shared_host : str
        The server of shared collections: ``https://NAME:PORT``, ``http://127.0.0.1:PORT`` for a tunnel, empty for none.
    shared_ca : str
        File with the certificates that prove whose that server is; empty for the system's.
    chroma_texts : bool
        Whether Chroma's folders have the texts of passages, too, for other programs that read them with Chroma.
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

    store: Path = dataclasses.field(metadata={"validator": _path})
    embedder: str = _setting("all-MiniLM-L6-v2", _model_or_path)
    reranker: str = _setting("", _model_or_path)
    device: str = _setting("auto", _one_of("auto", "cpu", "cuda", "mps"))
    precision: str = _setting("auto", _one_of("auto", "float32", "bfloat16"))
    threads: int = _setting(0, _whole(least=0))
    max_file_mb: int = _setting(100, _whole(least=1))
    reader_timeout_s: int = _setting(120, _whole(least=1))
    ollama_host: str = _setting("http://127.0.0.1:11434", _text)
    model: str = _setting("", _text)
    passages: int = _setting(PASSAGES, _whole(least=1, most=1000))
    context_tokens: int = _setting(8192, _whole(least=1024))
    first_word_s: float = _setting(15, _between(1, 3600))
    preload: bool = _setting(True, _yes_or_no)
    think: str = _setting("off", _one_of("off", "on", "low", "medium", "high"))
    temperature: float = _setting(0.1, _between(0, 2))
    seed: int = _setting(0, _whole(least=0))
    keep_alive: str = _setting("10m", _duration)
    system_prompt: str = _setting("", _text)
    allow_hosts: tuple[str, ...] = _setting((), _names)
    allow_users: tuple[str, ...] = _setting((), _names)
    shared_host: str = _setting("", _text)
    shared_ca: str = _setting("", _file)
    chroma_texts: bool = _setting(False, _yes_or_no)
    keep_conversations: int = _setting(100, _whole(least=0))
    quotes: bool = _setting(True, _yes_or_no)
    idle_minutes: float = _setting(30, _between(0, 525_600))
    transport: str = _setting("auto", _one_of("auto", "unix", "loopback"))
    enforce: str = _setting("auto", _one_of("auto", "kernel", "process"))

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * 1024 * 1024


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
    for name, value in read_toml(path).items():
        values[name] = checked(name, value, f"in {path}")
    if os.environ.get("OLLAMA_HOST"):
        values["ollama_host"] = os.environ["OLLAMA_HOST"]
    for name in _FIELDS:
        variable = f"LOCALAI_{name.upper()}"
        if os.environ.get(variable):
            values[name] = checked(name, os.environ[variable], f"in ${variable}")
    for name, value in (arguments or {}).items():
        if value is not None:
            values[name] = checked(name, value, "given")
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
    return Config(**{name: checked(name, value, "sent") for name, value in settings.items() if name in _FIELDS})


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds; nothing when it is not there.

    Raises
    ------
    ConfigError
    """
    try:
        return parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", "Correct the file or remove it.") from error


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a text in TOML says.

    Raises
    ------
    ValueError
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def checked(name: str, value: Any, where: str) -> Any:
    """Return a setting's value as `Config` has it.

    Raises
    ------
    ConfigError
        For an unknown setting, a wrong type or an impossible value, naming `where` it stands.
    """
    if name not in _FIELDS:
        hint = did_you_mean(name, _FIELDS)
        raise ConfigError(f"There is no setting {name!r} ({where}).{hint}", f"Settings are: {', '.join(_FIELDS)}.")
    return _FIELDS[name].metadata["validator"](name, value, where)
