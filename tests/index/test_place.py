import ntpath
import os
import stat
from collections import namedtuple

import psutil
import pytest

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError
from jupyter_localai.index import place
from tests.support import elsewhere

Partition = namedtuple("Partition", "mountpoint fstype opts", defaults=["rw"])


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_modes_are_repaired_when_the_store_is_opened(tmp_path):
    store = tmp_path / "store"
    place.prepare(store)
    (store / "chroma").mkdir(mode=0o755)
    (store / "chroma" / "file").write_text("")
    store.chmod(0o755)
    (store / "chroma" / "file").chmod(0o644)
    Engine.open(Config(store=store)).close()
    (store / "chroma").mkdir(exist_ok=True)
    assert mode(store) == 0o700
    assert all(mode(path) == (0o700 if path.is_dir() else 0o600) for path in store.rglob("*") if path.name != "chroma")


def test_a_link_in_the_store_changes_nothing_outside(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("")
    outside.chmod(0o644)
    place.prepare(tmp_path / "store")
    (tmp_path / "store" / "link").symlink_to(outside)
    place.restrict(tmp_path / "store")
    assert mode(outside) == 0o644


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p", "SMBFS"])
def test_a_network_disk_is_refused(tmp_path, monkeypatch, kind):
    mounts = [Partition("/", "ext4"), Partition(str(tmp_path), kind), Partition(str(tmp_path) + "x", "ext4")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    with pytest.raises(StoreError) as caught:
        Engine.open(Config(store=tmp_path / "store"))
    assert caught.value.code == "network_disk"
    assert "LOCALAI_STORE" in caught.value.remedy


def test_a_local_disk_below_a_network_disk_is_taken(tmp_path, monkeypatch):
    mounts = [Partition(str(tmp_path), "nfs4"), Partition(str(tmp_path / "local"), "xfs"), Partition("/", "nfs")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    Engine.open(Config(store=tmp_path / "local" / "store")).close()


def test_the_kind_of_this_disk_is_known(tmp_path):
    assert place.disk_kind(tmp_path)


@pytest.mark.parametrize(
    ("real", "kind"),
    [("C:\\data\\store", "ntfs"), ("Z:\\store", "smb"), ("\\\\server\\share\\store", "smb"), ("E:\\store", "")],
)
def test_a_network_disk_of_windows_is_known_by_how_it_is_reached(monkeypatch, real, kind):
    """It tells the kind that the disk has where it is: NTFS."""
    mounts = [Partition("C:\\", "NTFS", "rw,fixed"), Partition("Z:\\", "NTFS", "rw,remote")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    monkeypatch.setattr(place, "os", elsewhere.Other(os, path=ntpath))
    monkeypatch.setattr(place, "lies_in", lambda path, folders: path.startswith(folders[0]))
    assert place.disk_kind(real) == kind


def test_rights_that_windows_does_not_have_are_not_set(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    before = mode(tmp_path / "file")
    monkeypatch.setattr(place, "os", elsewhere.windows_os())
    place.restrict(tmp_path)
    assert mode(tmp_path / "file") == before


@pytest.mark.parametrize("look", [place.size, place.restrict])
def test_a_folder_that_is_taken_away_meanwhile_is_left_out(tmp_path, monkeypatch, look):
    """As when a vector index is replaced while somebody asks for the status."""
    (tmp_path / "stays").write_bytes(b"12345")
    going, real = tmp_path / "going", os.scandir
    going.mkdir()

    def scandir(path):
        if going.exists() and os.path.samefile(path, going):
            going.rmdir()
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert look(tmp_path) in (5, None)
    assert not going.exists()
