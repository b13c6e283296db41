"""The project file ``localai-project.toml``: what of a folder is indexed, and by which embedding model.

It is committed and may come from anybody. So it names only folders below its own, and settings of the user are
refused in it.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..config import Config, config_file, read_toml
from ..errors import PrivacyError, ProjectError, did_you_mean
from ..paths import lies_in
from ..privacy import shared_host
from ..results.files import Rules

FILE, LOCK_FILE = "localai-project.toml", "localai.lock"
_KEYS = ("name", "embedder", "fingerprint", "questions", "shared", "roots")
_ROOT_KEYS = ("path", "include", "exclude", "ignore")
_SHARED_KEYS = ("address", "collection")
_SETTINGS = {field.name for field in dataclasses.fields(Config)} - set(_KEYS)
_MAX_BYTES = 1 << 20


class Shared(NamedTuple):
    """Where a project's collection is shared: the address of a server, and the collection's name there."""

    address: str
    collection: str


@dataclasses.dataclass(frozen=True)
class Project:
    """A folder with a project file.

    Attributes
    ----------
    folder : Path
        Without links.
    name : str
        The collection's name.
    embedder, fingerprint : str
        The embedding model that the vectors are made with; empty where any will do.
    roots : mapping of str to Rules
        What is indexed, by its path relative to the folder, with ``/``.
    questions : str
        The file of questions for `evaluate`, relative to the folder; empty for none.
    shared : Shared or None
        Where the collection is shared.
    """

    folder: Path
    name: str
    embedder: str = ""
    fingerprint: str = ""
    roots: Mapping[str, Rules] = dataclasses.field(default_factory=lambda: {".": Rules()})
    questions: str = ""
    shared: Shared | None = None

    @classmethod
    def find(cls, start: str | os.PathLike[str] = ".") -> Project:
        """Return the project of a folder: of the nearest project file in it or above it.

        Raises
        ------
        ProjectError
            ``no_project``; else as `read`.
        """
        here = Path(start).expanduser().resolve()
        for folder in (here, *here.parents):
            if (folder / FILE).is_file():
                return cls.read(folder / FILE)
        message = f"There is no {FILE} in {here}, or in a folder above it."
        raise ProjectError(message, "Make one: jupyter localai project init.", code="no_project")

    @classmethod
    def read(cls, file: Path) -> Project:
        """Read a project file.

        Raises
        ------
        ProjectError
            ``bad_project``, with the key; ``project_setting`` for a key that only the user may set;
            ``project_outside`` for a path that leads out of the project's folder; ``root_missing``.
        """
        if file.stat().st_size > _MAX_BYTES:
            raise _bad(file, "It is too large.")
        values = read_toml(file)
        _check_keys(file, values, _KEYS, "")
        folder = file.parent.resolve()
        name = _text(file, "name", values.get("name", folder.name))
        roots: dict[str, Rules] = {}
        given = values.get("roots", [{"path": "."}])
        if not isinstance(given, list) or not given:
            raise _bad(file, "roots must be a list of tables.")
        for number, root in enumerate(given, 1):
            where = f"roots[{number}]"
            if not isinstance(root, Mapping):
                raise _bad(file, f"{where} must be a table.")
            _check_keys(file, root, _ROOT_KEYS, f"{where}.")
            path = _text(file, f"{where}.path", root.get("path", ""))
            _check_inside(folder, path, f"{where}.path")
            if not (folder / path).exists():
                message = f"{where}.path names {path!r}, which is not in {folder}."
                raise ProjectError(message, "Correct the path, or get the folder.", code="root_missing")
            roots[path] = _rules(file, where, root)
        questions = _text(file, "questions", values.get("questions", "")) if "questions" in values else ""
        if questions:
            _check_inside(folder, questions, "questions")
        embedder, fingerprint = (
            _text(file, key, values[key]) if key in values else "" for key in ("embedder", "fingerprint")
        )
        shared = _shared(file, name, values["shared"]) if "shared" in values else None
        return cls(folder, name, embedder, fingerprint, roots, questions, shared)

    @property
    def lock_file(self) -> Path:
        """Where the lock is."""
        return self.folder / LOCK_FILE

    def places(self) -> dict[str, Rules]:
        """Return the roots by their absolute paths."""
        return {str((self.folder / path).resolve()): rules for path, rules in self.roots.items()}

    def runs(self) -> list[dict[str, Any]]:
        """Return the arguments of `Client.index` for each run that the project takes: its roots by their rules."""
        found: dict[Rules, list[str]] = {}
        for path, rules in self.places().items():
            found.setdefault(rules, []).append(path)
        return [
            {"paths": paths, "collection": self.name, **dataclasses.asdict(rules)} for rules, paths in found.items()
        ]

    def to_toml(self) -> str:
        """Return the text of the project file."""
        facts = {"name": self.name, "embedder": self.embedder, "fingerprint": self.fingerprint}
        facts["questions"] = self.questions
        lines = [f"{key} = {_toml(value)}" for key, value in facts.items() if value]
        if self.shared:
            lines += ["", "[shared]", *(f"{key} = {_toml(value)}" for key, value in self.shared._asdict().items())]
        for path, rules in self.roots.items():
            lines += ["", "[[roots]]", f"path = {_toml(path)}"]
            lines += [f"{key} = {_toml(list(getattr(rules, key)))}" for key in ("include", "exclude")]
            lines += [] if rules.ignore else ["ignore = false"]
        return "\n".join(line for line in lines if not line.endswith(" = []")) + "\n"


def _check_keys(file: Path, given: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in given:
        if key in _SETTINGS and not where:
            raise ProjectError(
                f"{key} in {file} does not count: a project cannot change what is read or contacted.",
                f"Remove it there; if you want it, set it in {config_file()}.",
                code="project_setting",
            )
        if key not in known:
            raise _bad(file, f"There is no key {where + key!r}.{did_you_mean(key, known)}")


def _check_inside(folder: Path, path: str, where: str) -> None:
    is_plain = not os.path.isabs(path) and "\\" not in path and ":" not in path and "\0" not in path
    if not is_plain or not lies_in(os.path.realpath(folder / path), [str(folder)]):
        raise ProjectError(
            f"{where} leads out of the project's folder: {path!r}.",
            "Name a path below the folder of the project file.",
            code="project_outside",
        )


def _shared(file: Path, name: str, given: Any) -> Shared:
    if not isinstance(given, Mapping):
        raise _bad(file, "shared must be a table.")
    _check_keys(file, given, _SHARED_KEYS, "shared.")
    address = _text(file, "shared.address", given.get("address", ""))
    try:
        address = shared_host.address(address)
    except PrivacyError as error:
        raise _bad(file, f"shared.address: {error.message}") from None
    return Shared(address, _text(file, "shared.collection", given.get("collection", name)))


def _rules(file: Path, where: str, root: Mapping[str, Any]) -> Rules:
    globs = []
    for key in ("include", "exclude"):
        values = root.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise _bad(file, f"{where}.{key} must be a list of texts.")
        globs.append(tuple(values))
    ignore = root.get("ignore", True)
    if not isinstance(ignore, bool):
        raise _bad(file, f"{where}.ignore must be true or false.")
    return Rules(globs[0], globs[1], ignore)


def _text(file: Path, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 1000:
        raise _bad(file, f"{key} must be a text.")
    return value


def _bad(file: Path, message: str) -> ProjectError:
    return ProjectError(f"{file} is not a valid project file. {message}", "Correct it.", code="bad_project")


def _toml(value: str | list[str]) -> str:
    """Return a value as TOML; its strings and lists of strings are those of JSON but for one letter."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
