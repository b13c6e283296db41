"""Paths for other machines: they are unique, and say nothing of the folders above."""

import ntpath
from types import SimpleNamespace

from jupyter_localai import paths
from jupyter_localai.engine import relative
from jupyter_localai.engine.relative import RelativePaths


def relatives(roots):
    places = RelativePaths(roots)
    return [places.relative(path) for path in roots]


def test_two_folders_of_one_name_stay_apart():
    roots = {"/data/papers/a.md": "/data/papers", "/mnt/papers/a.md": "/mnt/papers", "/data/b.md": "/data/b.md"}
    assert relatives(roots) == ["papers/a.md", "papers_/a.md", "data/b.md"]


def test_folders_on_several_drives(monkeypatch):
    for module in (relative, paths):
        monkeypatch.setattr(module, "os", SimpleNamespace(path=ntpath, sep="\\"))
    roots = {r"C:\work\papers\a.md": r"C:\work\papers", r"D:\papers\in\a.md": r"D:\papers", "E:\\b.md": "E:\\b.md"}
    assert relatives(roots) == ["papers/a.md", "papers_/in/a.md", "root/b.md"]
