"""Sharing, attaching and following in words."""

import time

import pytest

from jupyter_localai.render import attached, bundle
from jupyter_localai.results.reports import CollectionInfo, Collections
from jupyter_localai.results.shared import Attachment, AttachReport, ShareReport, Synced, SyncReport

ADDRESS = "https://chroma.lab.example:8443"
FOLLOWED = Attachment(ADDRESS, "lab-papers", 7, 0.0, "local")


@pytest.mark.parametrize(
    "changes, words",
    [
        ({}, "shared, revision 7, not synced yet"),
        ({"synced": 30}, "shared, revision 7, synced just now"),
        ({"synced": 150}, "shared, revision 7, synced 2 min ago"),
        ({"synced": 7300, "vectors": "remote"}, "shared, revision 7, synced 2 h ago, vectors on the server"),
        ({"synced": 200_000, "code": "shared_unreachable"}, "shared, revision 7, synced 2 d ago; server away"),
        ({"code": "shared_index_damaged"}, "shared, revision 7, not synced yet; its index on the server is damaged"),
        ({"code": "history_changed"}, "shared, revision 7, not synced yet; not followed: history_changed"),
    ],
)
def test_how_well_a_collection_follows(changes, words):
    changes = changes | ({"synced": time.time() - changes["synced"]} if "synced" in changes else {})
    told = Attachment(**{**vars(FOLLOWED), **changes})
    assert attached.state(told) == words
    info = CollectionInfo("papers", 3, 9, "MiniLM", (), shared=told)
    for form in ("text/plain", "text/html"):
        assert words in bundle.bundle(Collections([info]))[form]


def test_what_was_shared_and_what_members_need():
    report = ShareReport("papers", ADDRESS, "lab-papers", 7, 20, 3, 1, 40, left=2, strays=5, seconds=1.25)
    said = bundle.text(report)
    assert "as 'lab-papers': revision 7, 3 documents (40 chunks) sent, 1 taken away, in 1.2 s." in said
    assert "2 documents left" in said and "5 records of publishing" in said and "attach" not in said
    first = ShareReport("papers", ADDRESS, "papers", 1, 20, 20, key_file="/k/papers.localai-key", is_open=True)
    assert "/k/papers.localai-key" in bundle.text(first) and "attach --key FILE" in bundle.text(first)
    assert "can be read by all" in bundle.html(first)
    assert "would be sent" in bundle.text(ShareReport("papers", ADDRESS, "papers", 0, 20, 20, dry_run=True))
    assert "nothing has changed" in bundle.text(ShareReport("papers", ADDRESS, "papers", 7, 20))


def test_what_was_attached_and_followed():
    said = bundle.text(AttachReport("papers", 3, 9, FOLLOWED, 0.5))
    assert "3 documents (9 chunks)" in said and "Its vectors are here." in said
    away = Attachment(ADDRESS, "b", 2, 0.0, "local", "shared_unreachable", "It\x1b[31m is away.", "Wait.")
    report = SyncReport((Synced("a", FOLLOWED, 2, 1), Synced("b", away)))
    assert bundle.text(report) == "a: revision 7, 2 documents changed, 1 removed.\nb: It[31m is away. Wait."
    assert not report.ok and SyncReport(report.collections[:1]).ok
    assert "No collection is attached." in bundle.html(SyncReport(()))
