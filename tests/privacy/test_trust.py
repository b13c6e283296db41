"""A store that is a link in part, or not one's own, is refused before anything in it is read or written."""

import os
import shutil
import stat
from pathlib import Path

import pytest

import jupyter_localai as la
from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from jupyter_localai.errors import StoreError
from jupyter_localai.privacy import trust
from jupyter_localai.service.client import launch, stopping
from jupyter_localai.service.process import crash, log
from jupyter_localai.service.protocol.ownership import Ownership
from jupyter_localai.service.protocol.wire import Address

pytestmark = pytest.mark.skipif(os.name == "nt", reason="owners, modes and links of Unix")
NOBODY = 54321
FILES = [
    ".gitignore",
    "catalogue.sqlite",
    "catalogue.sqlite-shm",
    "catalogue.sqlite-wal",
    "crashed",
    "engine.json",
    "engine.log",
    "engine.log.old",
    "lock",
    "owner.json",
]
DOORS = {
    "a client": lambda store: la.connect(store=store).status(),
    "an engine": lambda store: Engine.open(Config(store=store)),
    "its owner": Ownership,
    "looking for its engine": launch.find,
    "stopping its engine": stopping.stop,
}


def snapshot(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store").mkdir(mode=0o700)
    return tmp_path / "store"


@pytest.mark.parametrize("door", DOORS.values(), ids=list(DOORS))
@pytest.mark.parametrize("name", [*FILES, "chroma"])
def test_a_store_with_a_link_in_it_is_refused_and_nothing_written(store, tmp_path, name, door):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "letter.txt").write_text("mine")
    (store / name).symlink_to(outside if name == "chroma" else outside / "letter.txt")
    before = snapshot(tmp_path)
    with pytest.raises(StoreError) as caught:
        door(store)
    assert (caught.value.code, name in caught.value.message) == ("store_linked", True)
    assert "LOCALAI_STORE" in caught.value.remedy
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("name", FILES)
def test_a_link_that_leads_nowhere_makes_no_file_there(store, tmp_path, name):
    (store / name).symlink_to(tmp_path / "made")
    with pytest.raises(StoreError):
        Engine.open(Config(store=store))
    assert not (tmp_path / "made").exists()


def test_the_store_itself_may_be_a_link(store, tmp_path):
    (tmp_path / "link").symlink_to(store)
    Engine.open(Config(store=tmp_path / "link")).close()
    assert (store / "catalogue.sqlite").is_file() and (tmp_path / "link").is_symlink()


def test_a_link_of_the_users_own_in_the_store_is_left_alone(store, tmp_path):
    (tmp_path / "notes").write_text("mine")
    (store / "notes").symlink_to(tmp_path / "notes")
    Engine.open(Config(store=store)).close()
    assert (tmp_path / "notes").read_text() == "mine" and (store / "notes").is_symlink()


def test_files_of_our_own_are_not_opened_through_links(store, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    for name in ("engine.log", "crashed", "engine.json"):
        (store / name).symlink_to(tmp_path / "letter.txt")
    crash.note(store, -11, 0)
    saved = [os.dup(stream) for stream in (1, 2)]
    try:
        log.take_over(store)
        os.write(2, b"a line of the log\n")
    finally:
        for number, copy in zip((1, 2), saved, strict=True):
            os.dup2(copy, number)
            os.close(copy)
    assert Address.read(store) is None
    assert (tmp_path / "letter.txt").read_text() == "mine"


# whose it is --------------------------------------------------------------------------------------


def give_away(path):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


@pytest.mark.parametrize("door", DOORS.values(), ids=list(DOORS))
@pytest.mark.parametrize("what", [".", "engine.json", "catalogue.sqlite", "chroma"])
def test_a_store_of_another_user_is_not_believed(store, what, door):
    (store / "chroma").mkdir()
    (store / "catalogue.sqlite").touch()
    Address(os.getpid(), 2, 1, "1.0", 3.0, "loopback", port=4, token="secret").write(store)
    give_away(store / what)
    before = snapshot(store)
    with pytest.raises(StoreError) as caught:
        door(store)
    assert (caught.value.code, str(NOBODY) in caught.value.message) == ("store_foreign", True)
    assert snapshot(store) == before


def test_a_connection_file_of_another_user_is_not_read(store):
    Address(1, 2, 1, "1.0", 3.0, "loopback", port=4, token="secret").write(store)
    assert Address.read(store) is not None
    give_away(store / "engine.json")
    assert Address.read(store) is None


def test_a_link_of_another_user_to_a_store_is_not_followed(store, tmp_path):
    (tmp_path / "link").symlink_to(store)
    give_away(tmp_path / "link")
    with pytest.raises(StoreError) as caught:
        Engine.open(Config(store=tmp_path / "link"))
    assert caught.value.code == "store_foreign"


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_store_that_others_can_write_is_not_believed(store, mode):
    Engine.open(Config(store=store)).close()
    store.chmod(mode)
    with pytest.raises(StoreError) as caught:
        Engine.open(Config(store=store))
    assert (caught.value.code, "chmod" in caught.value.remedy) == ("store_foreign", True)
    assert stat.S_IMODE(store.stat().st_mode) == mode & 0o777 | mode & 0o1000


def test_a_file_that_others_can_reach_and_write_is_not_believed(store):
    Engine.open(Config(store=store)).close()
    (store / "catalogue.sqlite").chmod(0o620)
    Engine.open(Config(store=store)).close()  # nobody else can enter the folder
    (store / "catalogue.sqlite").chmod(0o620)
    store.chmod(0o750)
    with pytest.raises(StoreError) as caught:
        Engine.open(Config(store=store))
    assert caught.value.code == "store_foreign"


def test_an_empty_folder_that_others_could_write_is_closed_and_taken(store):
    store.chmod(0o775)
    Engine.open(Config(store=store)).close()
    assert stat.S_IMODE(store.stat().st_mode) == 0o700


def test_a_folder_above_in_which_others_can_replace_the_store_is_found(store, tmp_path):
    assert trust.exposed_parent(store) is None
    tmp_path.chmod(0o777)
    assert trust.exposed_parent(store) == tmp_path
    tmp_path.chmod(0o1777)
    assert trust.exposed_parent(store) is None
    give_away(tmp_path)
    assert trust.exposed_parent(store) == tmp_path


def test_a_store_that_is_not_there_yet_can_be_trusted(tmp_path):
    trust.check(tmp_path / "no" / "where")
    assert not (tmp_path / "no").exists()
    trust.make(tmp_path / "no" / "where")
    shutil.rmtree(tmp_path / "no")
    trust.check(Path("/proc/self/nowhere"))
