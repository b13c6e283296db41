"""Secrets are files that nobody else can read, or they are not used."""

import errno
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote import keys
from jupyter_localai.remote.keys import KEY_BYTES, KeyRing

needs_modes = pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no modes")


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path / "keys")


def code_of(work):
    with pytest.raises(RemoteError) as caught:
        work()
    assert caught.value.remedy
    return caught.value.code


def test_a_token_is_of_the_environment_or_else_of_a_file(ring, monkeypatch):
    assert ring.token() == ""
    ring.folder.mkdir()
    (ring.folder / "token").touch(0o600)
    (ring.folder / "token").write_text("of-the-file\n")
    assert ring.token() == "of-the-file"
    monkeypatch.setenv("LOCALAI_SHARED_TOKEN", " of-the-environment\n")
    assert ring.token() == "of-the-environment"


@pytest.mark.parametrize("written", [b"two words", b"one\nmore", "geheimß".encode(), "token".encode("utf-16")])
def test_what_can_be_no_token_is_told_and_not_sent(ring, written):
    ring.folder.mkdir()
    (ring.folder / "token").touch(0o600)
    (ring.folder / "token").write_bytes(written)
    assert code_of(ring.token) == "bad_token"


def test_a_file_that_an_editor_of_windows_wrote_has_a_token(ring):
    ring.folder.mkdir()
    (ring.folder / "token").touch(0o600)
    (ring.folder / "token").write_bytes(b"\xef\xbb\xbfof-the-file\r\n")
    assert ring.token() == "of-the-file"


def test_a_share_key_is_kept_and_read_again(ring):
    assert code_of(lambda: ring.share_key("7c1e")) == "no_key"
    key = bytes(range(KEY_BYTES))
    for _ in range(2):
        ring.keep_share_key("7c1e", key)
        assert ring.share_key("7c1e") == key
    assert code_of(lambda: ring.keep_share_key("7c1e", bytes(KEY_BYTES))) == "key_kept"
    assert ring.share_key("7c1e") == key


@needs_modes
def test_everything_is_for_its_owner_alone(ring):
    old = os.umask(0)
    try:
        ring.keep_share_key("7c1e", bytes(KEY_BYTES))
        ring.publisher_key()
    finally:
        os.umask(old)
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in ring.folder.iterdir()} == {0o600}
    assert {path.name for path in ring.folder.iterdir()} == {"share-7c1e", "publisher"}


@needs_modes
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_what_others_can_read_or_write_is_no_secret(ring, mode):
    ring.keep_share_key("7c1e", bytes(KEY_BYTES))
    (ring.folder / "token").touch(0o600)
    for path in ring.folder.iterdir():
        path.chmod(mode)
    assert code_of(lambda: ring.share_key("7c1e")) == "key_exposed"
    assert code_of(ring.token) == "key_exposed"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user")
def test_another_users_file_is_not_used(ring):
    ring.keep_share_key("7c1e", bytes(KEY_BYTES))
    os.chown(ring.folder / "share-7c1e", 54322, 54322)
    assert code_of(lambda: ring.share_key("7c1e")) == "key_exposed"


@needs_modes
def test_a_link_is_not_followed(ring, tmp_path):
    (tmp_path / "elsewhere").write_bytes(bytes(KEY_BYTES))
    (tmp_path / "elsewhere").chmod(0o600)
    ring.folder.mkdir()
    (ring.folder / "share-7c1e").symlink_to(tmp_path / "elsewhere")
    assert code_of(lambda: ring.share_key("7c1e")) == "key_kept"


@pytest.mark.parametrize("key_id", ["", "../token", "a/b", "a" * 65, "a\0b", "."])
def test_a_name_of_a_key_leads_to_no_other_file(ring, key_id):
    assert code_of(lambda: ring.share_key(key_id)) == "no_key"
    assert code_of(lambda: ring.keep_share_key(key_id, bytes(KEY_BYTES))) == "no_key"
    assert not ring.folder.exists()


def test_a_publisher_has_one_key_however_many_ask_first(ring):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: KeyRing(ring.folder).publisher_key(), range(32)))
    assert len(keys) == 1 and len(keys.pop()) == KEY_BYTES
    assert [path.name for path in ring.folder.iterdir()] == ["publisher"]


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_a_full_disk_leaves_nothing_of_a_key(ring, monkeypatch, step):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keys.os, step, full)
    assert code_of(lambda: ring.keep_share_key("7c1e", bytes(KEY_BYTES))) == "key_kept"
    assert list(ring.folder.iterdir()) == []


@pytest.mark.parametrize("left", [b"", bytes(KEY_BYTES - 1), bytes(KEY_BYTES + 1)])
def test_what_is_left_of_a_publishers_key_is_no_key(ring, left):
    ring.publisher_key()
    (ring.folder / "publisher").write_bytes(left)
    assert code_of(ring.publisher_key) == "key_kept"


def test_it_is_in_the_users_configuration_folder(home):
    code = "from jupyter_localai.remote.keys import KeyRing; print(KeyRing().folder)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(home / "jupyter_config_dir" / "localai-keys")
