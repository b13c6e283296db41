"""What the operator of a server can read of a shared collection: with the default, no word, path or title."""

import json
import re

import pytest

from jupyter_localai.remote.door import Door
from tests.support import sharing
from tests.support.chroma_server import ChromaServer
from tests.support.sharing import Member, Publisher, contents, document
from tests.support.wire import Wire

TEXTS = (
    "The municipal harbour authority measured salinity near the northern breakwater every Thursday.",
    "Niederschlagsmessungen ergaben überdurchschnittliche Werte während der Herbstmonate.",
    "Confidential: severance negotiations with Margaret Whitcombe begin before Christmas.",
)


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "server" / "chroma"
    folder.mkdir(parents=True)
    server = ChromaServer(folder)
    yield server
    server.stop()


@pytest.fixture
def wire(server):
    wire = Wire(server.port)
    yield wire
    wire.close()


@pytest.mark.parametrize("readable", [False, True])
def test_no_word_is_in_the_server_s_files_or_on_the_wire(server, wire, readable):
    """The same search finds every word where texts are meant to be readable."""
    door = Door(wire.address)
    shared = sharing.shared(door, "handbook")
    ann, member = Publisher(shared), Member(shared)
    ann.write(document("salaries/negotiation.md", *TEXTS[:2], heads=2), document("protocols/secret.md", TEXTS[2]))
    ann.share(readable=readable)
    member.sync()
    ann.write(document("protocols/secret.md", *TEXTS[1:]))
    del ann.has["salaries/negotiation.md"]
    ann.share(readable=readable)
    member.sync()
    assert member.contents() == contents(ann.has)
    door.query(shared.chunks, member.has["protocols/secret.md"].vectors[0], 2)
    door.close()
    files = b"\n".join(path.read_bytes() for path in sorted(server.folder.rglob("*")) if path.is_file())
    assert len(files) > 50_000 and len(wire.sent) > 5_000 and len(wire.came) > 5_000
    words = _words(*TEXTS, "salaries negotiation protocols secret Title Context breakwater")
    assert len(words) > 25
    found = {name: _found(words, data) for name, data in (("files", files), ("sent", wire.sent), ("came", wire.came))}
    if readable:
        texts = _words(*TEXTS)
        assert found["files"] >= texts and found["sent"] >= texts
    else:
        assert found == {"files": set(), "sent": set(), "came": set()}


def _words(*texts):
    return {word.lower() for text in texts for word in re.findall(r"\w{5,}", text)}


def _found(words, data):
    """Return the words that stand in some bytes by themselves, not by chance within base64; in JSON's escapes, too."""
    plain, found = bytes(data).lower(), set()
    for word in words:
        escaped = json.dumps(word)[1:-1].encode()  # as in requests
        for written in (word.encode(), escaped, word.encode("utf-16-le")):
            if re.search(rb"(?<![a-z0-9+=])" + re.escape(written) + rb"(?![a-z0-9+=])", plain):
                found.add(word)
    return found
