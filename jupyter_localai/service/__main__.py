"""``python -m jupyter_localai.service --store PATH``: an engine, below a gate.

Started by hand, this process becomes the gate, which starts the engine with the same arguments.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

from .protocol.wire import GATE, SETTINGS


def main() -> int:
    """Be the engine when there is a gate above; become the gate otherwise."""
    if os.environ.get(GATE):
        from .process import main

        main.main()
    from ..config import resolve
    from ..errors import LocalAIError
    from ..results.base import to_json

    parser = argparse.ArgumentParser(prog="python -m jupyter_localai.service", description=__doc__.split("\n")[0])
    parser.add_argument("--store", required=True, help="folder of the index")
    try:
        settings = resolve({"store": parser.parse_args().store})
    except LocalAIError as error:
        parser.exit(2, f"Error: {error.message}\n  {error.remedy}\n")
    os.environ[SETTINGS] = json.dumps(to_json(settings))
    command = [sys.executable, "-m", "jupyter_localai.service.process.gate"]
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(sys.executable, command)


if __name__ == "__main__":
    sys.exit(main())
