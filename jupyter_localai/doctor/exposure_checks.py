"""Checks of the doctor about what shows questions and answers beside us: kernels' ports, IPython's history, `ps`."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

from ..privacy import peer
from .case import Case, Finding

_NO_LOGIN = ("nologin", "false", "sync", "shutdown", "halt")
_LAST_PERSON = 60_000  # numbers above are given to programs and containers
_TRANSPORT = re.compile(
    r"""^[ \t]*c\.(?:KernelManager|ConnectionFileMixin)\.transport[ \t]*=[ \t]*["'](\w+)["']""", re.MULTILINE
)
_IPC = 'Write c.KernelManager.transport = "ipc" into jupyter_server_config.py, and start the kernels anew.'


def check_kernels(case: Case) -> Finding:
    """Whether other users of this machine can listen to what kernels print."""
    how, where = _transport()
    if how == "ipc":
        return Finding(True, f"Kernels talk over sockets that only you can open, says {where}.")
    others = _others()
    if not others:
        return Finding(True, "Kernels talk over TCP ports of this machine, which has no other users.")
    detail = (
        f"Kernels talk over TCP ports, says {where}; other users of this machine ({others}) can read all they print."
    )
    return Finding(False, detail, _IPC)


def check_history(case: Case) -> Finding:
    """Whether others can read the history in which IPython keeps every cell, questions included."""
    if not hasattr(os, "getuid"):
        return Finding(True, "Who may read IPython's history is left to this system's own rules.")
    folder = Path(os.environ.get("IPYTHONDIR") or Path.home() / ".ipython")
    files = sorted(folder.glob("profile_*/history.sqlite*"))
    open_ = [file for file in files if _is_open_to_others(file)]
    if open_:
        detail = f"{open_[0]} has every cell and its questions, and others can read it."
        return Finding(False, detail, f"Run: chmod 700 {str(folder)!r}.")
    if not files:
        return Finding(True, f"IPython has kept no history in {folder}.")
    return Finding(True, f"IPython keeps every cell, questions included, in {folder}; others cannot read it.")


def check_command_line(case: Case) -> Finding:
    """Whether a question to the command line can be seen by other users; it can be given in another way."""
    way = "jupyter localai ask - reads it from standard input"
    others = _others()
    if not others or not Path("/proc/self").exists():
        return Finding(True, f"A question on a command line stands in the list of processes while it runs; {way}.")
    if re.search(r"hidepid=(?:[1-9]|invisible|noaccess|ptraceable)", _mount_of_proc()):
        return Finding(True, f"Other users do not see your command lines; {way}.")
    told = f"A question on a command line can be read by other users ({others}) in the list of processes; {way}."
    return Finding(True, told)


def _transport() -> tuple[str, str]:
    """Return how kernels talk and what says so: those that run, else Jupyter's settings."""
    from jupyter_core.paths import jupyter_config_path, jupyter_runtime_dir

    running = sorted(Path(jupyter_runtime_dir()).glob("kernel-*.json"), key=_written, reverse=True)
    for file in running:
        how = _json(file).get("transport")
        if isinstance(how, str):
            return how, str(file)
    for folder in map(Path, jupyter_config_path()):
        for name in ("jupyter_server_config", "jupyter_config"):
            for kind in ("KernelManager", "ConnectionFileMixin"):
                part = _json(folder / f"{name}.json").get(kind)
                if isinstance(part, dict) and isinstance(part.get("transport"), str):
                    return part["transport"], str(folder / f"{name}.json")
            try:
                said = _TRANSPORT.findall((folder / f"{name}.py").read_text(encoding="utf-8", errors="replace"))
            except OSError:
                continue
            if said:
                return said[-1], str(folder / f"{name}.py")
    return "tcp", "Jupyter's default"


def _others() -> str:
    """Return in words which other people have an account on this machine; empty where nobody has."""
    try:
        import pwd
    except ImportError:
        return ""
    people = [
        entry.pw_name
        for entry in pwd.getpwall()
        if peer.first_person() <= entry.pw_uid < _LAST_PERSON
        and entry.pw_uid != os.getuid()
        and os.path.basename(entry.pw_shell) not in _NO_LOGIN
    ]
    if people:
        return f"{len(people)}, such as {sorted(people)[0]}"
    try:
        sources = re.search(r"^passwd:(.*)", Path("/etc/nsswitch.conf").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return ""
    network = {"sss", "ldap", "winbind", "nis"} & set(sources[1].split() if sources else ())
    return f"those of {sorted(network)[0]}" if network else ""


def _is_open_to_others(file: Path) -> bool:
    """Whether others may read a file, and enter each folder on the way to it."""
    try:
        readable = file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
        entered = all(map(_may_enter, file.resolve().parents))
    except OSError:
        return False
    return bool(readable) and entered


def _may_enter(folder: Path) -> bool:
    return bool(folder.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH))


def _mount_of_proc() -> str:
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.split()[1:2] == ["/proc"]), "")


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _json(file: Path) -> dict[str, object]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
