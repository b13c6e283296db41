"""Python as on Windows, for the package's modules."""

import signal
import socket

from tests.support import elsewhere

elsewhere.pretend(
    {
        "os": elsewhere.windows_os(),
        "sys": elsewhere.platform("win32"),
        "socket": elsewhere.Other(socket, ("AF_UNIX",)),
        "signal": elsewhere.Other(signal, ("SIGKILL", "SIGXCPU", "SIGBUS")),
        "resource": None,
        "fcntl": None,
        "pwd": None,
    }
)
