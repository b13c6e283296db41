"""The page about the format of a shared collection says how to read one: its lines do."""

import contextlib
import hashlib
import re
from pathlib import Path

from jupyter_localai.remote.door import Door
from tests.support import sharing
from tests.support.chroma_server import unused_name
from tests.support.sharing import Publisher, document

PAGE = Path(__file__).parents[2] / "docs" / "shared-format.md"


def test_who_has_the_key_reads_a_shared_collection_by_the_page(chroma_server, capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    name = unused_name()
    with contextlib.closing(Door(chroma_server.address)) as door:
        ann = Publisher(sharing.shared(door, name))
        ann.write(document("leave.md", "Staff receive 28 days.", "ab" * 9000), document("old.md", "Old."))
        ann.share()
        del ann.has["old.md"]
        ann.share()
    share_key = hashlib.sha256(b"team").digest()
    exec(code, {"HOST": "127.0.0.1", "PORT": chroma_server.port, "NAME": name, "SHARE_KEY": share_key})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 ['leave.md', 'old.md'] []" and lines[1] == "2 [] ['old.md']"
    assert set(lines[2:]) == {"Staff receive 28 days.", "ab" * 9000}
