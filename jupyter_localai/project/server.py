"""The server that a project file names. A committed file can only ask: the user agrees, or nothing comes of it."""

from __future__ import annotations

import hashlib

from ..errors import ProjectError
from ..remote.accepted import Accepted
from .manifest import FILE, Project, Shared


def join(project: Project, yes_to: str = "") -> Shared:
    """Return where a project's collection is shared, once the user has agreed to it.

    That is asked once for each address and each state of the project file: who can change the file could otherwise
    change what goes there.

    Parameters
    ----------
    project : Project
    yes_to : str
        The address that the user agrees to now.

    Raises
    ------
    ProjectError
        ``no_project_server`` when the file names none.
    UsageError
        ``address_not_accepted``, which tells what would go there.
    """
    if project.shared is None:
        raise ProjectError(
            f"{FILE} names no server.", "Add a table [shared] with address and collection.", code="no_project_server"
        )
    Accepted().check(project.shared.address, yes_to, _digest(project))
    return project.shared


def _digest(project: Project) -> str:
    return hashlib.sha256(project.to_toml().encode()).hexdigest()
