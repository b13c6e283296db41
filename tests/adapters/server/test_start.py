"""A Jupyter server starts as fast with the extension as without, and stays the process it was."""

import asyncio
import subprocess
import sys

import pytest

import jupyter_localai
from jupyter_localai.privacy import guard
from tests.support import probe
from tests.test_architecture import HEAVY

LATER = (
    *HEAVY,
    "rich",
    "IPython",
    "pandas",
    "jupyter_localai.results.passages",
    "jupyter_localai.results.codec",
    "jupyter_localai.service",
)
START = """
import sys
from jupyter_server.serverapp import ServerApp
before = set(sys.modules)
app = ServerApp.instance(jpserver_extensions={"jupyter_localai": True}, allow_root=True, open_browser=False)
app.initialize(argv=[], find_extensions=False)
from jupyter_localai.adapters.server.handlers import ROUTES
assert app.extension_manager.extensions["jupyter_localai"].enabled
loaded = set(sys.modules) - before
print([name for name in sys.argv[1:] if name in loaded])
"""


def test_nothing_is_loaded_before_the_first_request(settings):
    command = [sys.executable, "-c", START, *LATER]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"


HUB = """
import os
from jupyter_server.serverapp import ServerApp
app = ServerApp.instance(jpserver_extensions={"jupyter_localai": True}, allow_root=True, open_browser=False)
app.initialize(argv=[], find_extensions=False)
print(os.environ.get("LOCALAI_ENDS_WITH") == str(os.getpid()))
"""


@pytest.mark.parametrize("user", ["", "ann"])
def test_an_engine_ends_with_the_server_of_a_hub_and_with_no_other(settings, user):
    """What ends it is tested where it does: test_process.py."""
    if user:
        settings.setenv("JUPYTERHUB_USER", user)
    done = subprocess.run([sys.executable, "-c", HUB], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == str(bool(user))


def test_jupyter_finds_both_halves():
    (point,) = jupyter_localai._jupyter_server_extension_points()
    assert point == {"module": "jupyter_localai"}
    (half,) = jupyter_localai._jupyter_labextension_paths()
    assert half == {"src": "labextension", "dest": "jupyter-localai"}


async def test_the_server_may_go_on_using_the_network(server, settings):
    """Jupyter's own process is not ours to fence in; only the engine is."""

    def refuse(*_):
        raise AssertionError("the server's process would be without a network")

    settings.setattr(guard, "refuse_network", refuse)
    settings.setattr(guard, "refuse_sockets", refuse)
    await server.index("free")
    assert (await server.get("status"))["documents"]


async def test_an_engine_that_starts_keeps_nobody_waiting(server, settings, tmp_path):
    settings.setenv("LOCALAI_STORE", str(tmp_path / "new"))
    starts = probe.count_starts(settings)
    first = asyncio.gather(*(server.get(route) for route in ("status", "jobs", "conversations", "collections")))
    served = 0
    while not first.done():
        await server.get("version")
        served += 1
    status, *_ = await first
    assert status["documents"] == 0
    assert served > 10  # a blocked loop would have served one or two
    assert len(starts) == 1
