"""The magics where there is no kernel: in ``ipython``."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.ollama import StandIn, llama, says

ROOT = Path(__file__).parents[3]


def test_ipython_shows_text(tmp_path, folder, tiny):
    ollama = StandIn()
    ollama.models, ollama.chatting = [llama()], says("No boat may sail ", "above 21 knots [1].")
    session = (
        "%load_ext jupyter_localai\n%localai index .\nhits = %localai search wind\nprint(len(hits) > 0)\n"
        "%ask -o told At what wind may no boat sail?\nprint(told.mode)\n%ask -c nowhere why?\nprint(1)\n"
    )
    environment = {
        **os.environ,
        "LOCALAI_STORE": str(tmp_path / "store"),
        "LOCALAI_EMBEDDER": str(tiny),
        "OLLAMA_HOST": ollama.address,
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    command = [sys.executable, "-m", "IPython", "--no-banner", "--simple-prompt", "--no-confirm-exit"]
    done = subprocess.run(
        command, input=session, capture_output=True, text=True, timeout=120, check=False, cwd=folder, env=environment
    )
    ollama.stop()
    shown = done.stdout + done.stderr
    assert "No boat may sail above 21 knots [1].\n\nSources\n  [1] leave.md" in shown, shown
    assert "Indexed into 'default': 3 added." in shown and "]: llm\n" in shown
    assert "UnknownCollectionError: There is no collection 'nowhere'." in shown and "Traceback" not in shown
