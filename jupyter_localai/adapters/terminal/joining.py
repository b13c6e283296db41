"""The command ``project join``: takes over the server that a project file names, after asking."""

from __future__ import annotations

from ...errors import UsageError
from ...project import server
from ...project.manifest import Project
from ...results.projects import Joined
from .. import settings_file
from . import agreeing


def run(yes_to: str) -> Joined:
    """Set ``shared_host`` to the address in the nearest project file, and return what is there.

    Raises
    ------
    ProjectError
        As `Project.find` and `server.join`.
    UsageError
        ``address_not_accepted`` where nobody can be asked, ``declined``.
    ConfigError
        When the setting cannot be changed.
    """
    project = Project.find()
    try:
        shared = server.join(project, yes_to)
    except UsageError as error:
        shared = server.join(project, agreeing.agreed(error, project.shared.address if project.shared else ""))
    settings_file.change({"shared_host": shared.address})
    return Joined(shared.address, shared.collection)
