"""What is published arrives at members as it was, revision by revision."""

import pytest

from jupyter_localai.remote.door import Door
from tests.support import sharing
from tests.support.chroma_server import unused_name
from tests.support.sharing import Member, Publisher, contents, document


@pytest.fixture
def shared(chroma_server):
    door = Door(chroma_server.address)
    yield sharing.shared(door, unused_name())
    door.close()


def test_a_member_has_what_was_published(shared):
    ann, member = Publisher(shared), Member(shared)
    ann.write(document("papers/bert.pdf", "Words of it.", "Further words.", heads=2), document("notes.md", "A note."))
    done = ann.share()
    assert (done.put, done.dropped, done.chunks, done.left, done.state.number) == (2, 0, 3, 0, 1)
    (revision,) = member.sync()
    assert (revision.number, revision.publisher, revision.drop) == (1, ann.signer.public, ())
    assert member.contents() == contents(ann.has)
    assert member.sync() == [] and ann.share().state == done.state == member.state
