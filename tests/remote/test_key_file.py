import contextlib
import json
import stat
import sys

import pytest

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote.door import Door
from jupyter_localai.remote.key_file import NAME, KeyFile

FILE = KeyFile.of("papers", b"k" * 32, {"ab": "ann"}, "MiniLM", "sha256:1")


def test_what_is_written_is_read_and_nobody_else_reads_it(tmp_path):
    path = FILE.write(tmp_path / "keys")
    assert KeyFile.read(path) == FILE and FILE.secret == b"k" * 32
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert FILE.write(tmp_path / "keys") == path


@pytest.mark.parametrize(
    "change",
    [{"key": "short"}, {"key": "!" * 44}, {"format": 2}, {"publishers": ["ab"]}, {"name": None}, {"name": "../x"}],
)
def test_another_file_is_refused(tmp_path, change):
    path = FILE.write(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RemoteError) as caught:
        KeyFile.read(path)
    assert caught.value.code == "bad_key_file"


def test_a_file_that_is_not_there_or_no_json_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"\xff[")
    for path in (tmp_path / "x", tmp_path / "nowhere", tmp_path):
        with pytest.raises(RemoteError):
            KeyFile.read(path)


@pytest.mark.parametrize(
    "name", ["abc", "A-b_c.d", "9" * 202, "1.2.3", "a..b", "ab", "10.0.0.1", "-abc", "abc.", "a b", "äbc"]
)
def test_a_name_is_one_for_the_server_too(chroma_server, name):
    with contextlib.closing(Door(chroma_server.address)) as door:
        try:
            is_taken = all(door.collection(each, create=True) for each in (name, f"{name}.log"))
        except RemoteError:
            is_taken = False
    assert is_taken == bool(NAME.fullmatch(name))
