"""Python as on macOS, for the package's modules; `SANDBOX_EXEC` names the program that stands in for the system's."""

import os
import resource

from tests.support import elsewhere


def setrlimit(which, limits):
    """Take a limit of memory, as macOS does, and hold nobody to it."""
    if which != resource.RLIMIT_AS:
        resource.setrlimit(which, limits)


elsewhere.pretend({"sys": elsewhere.platform("darwin"), "resource": elsewhere.Other(resource, setrlimit=setrlimit)})
if "SANDBOX_EXEC" in os.environ:
    from jupyter_localai.privacy import seatbelt

    vars(seatbelt)["_TOOL"] = os.environ["SANDBOX_EXEC"]
