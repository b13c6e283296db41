"""What is sealed opens with its key and at its place only; what is signed cannot be signed by others."""

import os
import sys

import pytest

from jupyter_localai.errors import ConfigError
from jupyter_localai.remote.sealing import MAX_SEALED_BYTES, NotSealed, ShareKey, Signer, is_signed
from tests.support import sharing


@pytest.fixture
def key():
    return sharing.key()


def test_what_is_sealed_opens_again(key):
    for data in (b"", "Wörter".encode() * 3, os.urandom(30_000)):
        sealed = key.seal("a", data)
        assert key.open("a", sealed, 1 << 20) == data
        assert all(len(value) <= 8000 for value in sealed.values())
        assert data == b"" or not any(data[:20].decode("latin-1") in value for value in sealed.values())


def test_the_same_is_never_sealed_in_the_same_way(key):
    assert key.seal("a", b"text") != key.seal("a", b"text")


@pytest.mark.parametrize("damage", ["letter", "place", "key", "last part", "parts swapped", "no base64", "nothing"])
def test_what_was_altered_does_not_open(key, damage):
    sealed, place = key.seal("a", os.urandom(15_000)), "a"
    assert list(sealed) == ["c", "c1", "c2"]
    if damage == "letter":
        sealed["c1"] = ("A" if sealed["c1"][0] != "A" else "B") + sealed["c1"][1:]
    elif damage == "place":
        place = "b"
    elif damage == "key":
        key = sharing.key("others")
    elif damage == "last part":
        del sealed["c2"]
    elif damage == "parts swapped":
        sealed["c"], sealed["c1"] = sealed["c1"], sealed["c"]
    elif damage == "no base64":
        sealed["c"] = "no base64!"
    else:
        sealed = {}
    with pytest.raises(NotSealed):
        key.open(place, sealed, 1 << 20)


def test_what_grows_beyond_its_limit_does_not_open(key):
    sealed = key.seal("a", b"0" * 1_000_000)
    assert len(key.open("a", sealed, 1_000_000)) == 1_000_000
    with pytest.raises(NotSealed):
        key.open("a", sealed, 999_999)


def test_what_is_too_large_for_a_record_is_refused(key):
    assert len(key.seal("a", os.urandom(MAX_SEALED_BYTES))) <= 30
    with pytest.raises(ValueError, match="too large"):
        key.seal("a", os.urandom(MAX_SEALED_BYTES + 8000))


def test_tags_are_stable_and_say_nothing(key):
    tag = key.tag("chunk", "papers/bert.pdf", 3)
    assert tag == sharing.key().tag("chunk", "papers/bert.pdf", 3)
    assert len(tag) == 26 and set(tag) <= set("abcdefghijklmnopqrstuvwxyz234567")
    others = {sharing.key("others").tag("chunk", "papers/bert.pdf", 3), key.tag("chunk", "papers/bert.pdf", 4)}
    assert tag not in others | {key.tag("chunkpapers/bert.pdf", 3)}


def test_a_key_has_a_name_that_is_not_the_key(key):
    assert key.id == sharing.key().id != sharing.key("others").id
    with pytest.raises(ValueError, match="32 bytes"):
        ShareKey(b"short")


def test_a_signature_is_of_one_text_and_one_publisher():
    ann, raj = sharing.SIGNERS["ann"], sharing.SIGNERS["raj"]
    signature = ann.sign(b"entry")
    assert is_signed(ann.public, b"entry", signature)
    assert not is_signed(ann.public, b"other", signature)
    assert not is_signed(raj.public, b"entry", signature)
    for public in ("", "zz", ann.public[:-2], "00" * 32):
        assert not is_signed(public, b"entry", signature)
    assert not is_signed(ann.public, b"entry", b"")


def test_without_the_extra_the_error_names_it(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for make in (ShareKey, Signer):
        with pytest.raises(ConfigError) as caught:
            make(bytes(32))
        assert caught.value.code == "teams_missing" and "jupyter-localai[teams]" in caught.value.remedy
