"""What the engine and its clients agree on: when the files of the package were replaced."""

import os
import shutil
from pathlib import Path

import jupyter_localai
from jupyter_localai.service.protocol import wire


def test_a_replaced_file_in_any_room_is_noticed(tmp_path, monkeypatch):
    package = tmp_path / "jupyter_localai"
    shutil.copytree(Path(jupyter_localai.__file__).parent, package, ignore=shutil.ignore_patterns("labextension"))
    depth = len(Path(wire.__file__).relative_to(Path(jupyter_localai.__file__).parent).parts)
    monkeypatch.setattr(
        wire, "__file__", str(package / Path(wire.__file__).relative_to(Path(wire.__file__).parents[depth - 1]))
    )
    for file in sorted(package.rglob("*.py")):
        before = wire.code_stamp()
        later = before + 10**9
        os.utime(file, ns=(later, later))
        assert wire.code_stamp() > before, f"{file.relative_to(package)} was replaced unnoticed"
