"""Stands in for macOS's ``sandbox-exec``: reads a profile, and has Linux's kernel refuse what the profile denies.

Run as ``sandbox_exec.py -D NAME=VALUE -p PROFILE COMMAND…``. Of the language it knows the few forms that are used; on
any other it ends as the real one does. What it cannot do is to tell one folder's sockets from another's. `WHERE` is the
command's ``PYTHONPATH``.
"""

import os
import re
import sys

from jupyter_localai.privacy import seccomp

_FORMS = (
    r"\(version 1\)",
    r"\(allow default\)",
    r"\(deny network\*\)",
    r'\(allow network-(?:bind|inbound|outbound) \((?:local|remote) unix-socket \(subpath \(param "(\w+)"\)\)\)\)',
)


def main(words: list[str]) -> None:
    """Do what the profile says, and become the command."""
    assert words[0] == "-D" and words[2] == "-p", words
    name, _, folder = words[1].partition("=")
    asked = words[3].strip().splitlines()
    matches = [next(filter(None, (re.fullmatch(form, line) for form in _FORMS)), None) for line in asked]
    if None in matches or asked[0] != "(version 1)" or asked[1] != "(allow default)":
        sys.exit(65)
    used = {match[1] for match in matches if match is not None and match.re.groups}
    if not used <= {name} or not os.path.isdir(folder):
        sys.exit(65)
    if "(deny network*)" in asked and os.environ.get("SANDBOX_IS_WEAK") != "1":
        seccomp.refuse_sockets(but_unix=bool(used))
    os.execvpe(words[4], words[4:], {**os.environ, "PYTHONPATH": os.environ.get("WHERE", "")})


if __name__ == "__main__":
    main(sys.argv[1:])
