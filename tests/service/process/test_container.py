"""In a container nothing can be written but one folder, and the user has no rights beyond it."""

import json
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

_ALONE = ["unshare", "--user", "--map-root-user", "--mount"]
_READ_ONLY = textwrap.dedent(
    """
    mount --bind "$0" "$0" && mount -o remount,bind,ro / || exit 77
    if touch /var/tmp/written 2>/dev/null; then rm /var/tmp/written; exit 77; fi
    cd "$0"
    for command in "index documents" watch "search kites" "engine stop"; do
        "$1" -m jupyter_localai.adapters.terminal.cli $command --json || exit 1
    done
    """
)


@pytest.fixture
def place():
    """A folder with a short path, as sockets need it."""
    place = Path(tempfile.mkdtemp(prefix="ro-", dir="/tmp"))
    yield place
    shutil.rmtree(place)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs user namespaces")
def test_one_folder_to_write_into_is_enough(place, monkeypatch):
    for name in ("documents", "home", "run"):
        (place / name).mkdir(mode=0o700)
    (place / "documents" / "kites.md").write_text("Kites fly over dunes.")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(place / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place / "run"))
    monkeypatch.setenv("LOCALAI_STORE", str(place / "store"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    command = [*_ALONE, "sh", "-c", _READ_ONLY, str(place), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this system lets nobody make a root that cannot be written")
    assert done.returncode == 0, done.stderr
    indexed, followed, hits, stopped = map(json.loads, done.stdout.splitlines())
    assert (indexed["added"], followed["how"], stopped["stopped"]) == (1, "system", True)
    assert "Kites fly" in hits["hits"][0]["text"]
