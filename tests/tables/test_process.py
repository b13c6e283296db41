"""The process that holds tables: limited as a reader is, and started again when it was ended."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from jupyter_localai.privacy.confined import Confined
from jupyter_localai.tables.process import Document, Tables, Unanswered
from tests.support import probe
from tests.support.engines import wait_until

TEXT = "item | count\nrope | 7\nlamp | 2\nrope | 5\n"


def stored(text):
    """Return a text of rows as chunks of two lines."""
    lines = text.splitlines(keepends=True)
    chunks, at = [], 0
    for number in range(0, len(lines), 2):
        part = lines[number : number + 2]
        places, start = [], at
        for row, line in enumerate(part, number + 1):
            places.append([at, at + len(line), {"row": row}])
            at += len(line)
        chunks.append((start, "".join(part).rstrip("\n"), "\n", json.dumps(places)))
    return chunks


@pytest.fixture(scope="module")
def tables():
    tables = Tables()
    yield tables
    tables.close()


def document(name="a", text=TEXT):
    return Document(name, lambda: stored(text))


def test_a_document_is_described_searched_and_asked(tables):
    (table,) = tables.of(document())
    assert (table.names, table.kinds, table.rows) == (("item", "count"), ("text", "number"), 3)
    assert tables.having(document(), ["rope"]) == [[("rope", 0, ["rope"])]]
    result = tables.select(document(), 0, 'SELECT "row" FROM data WHERE item = ?', ["rope"])
    assert result.rows == ((1,), (3,))
    (start, end), _ = tables.spans(document(), 0, [1, 3])
    assert TEXT[start:end] == "rope | 7"


def test_a_refusal_tells_why_and_the_process_goes_on(tables):
    tables.of(document())
    pid = probe.table_pid(tables)
    with pytest.raises(Unanswered, match="not authorized"):
        tables.select(document(), 0, "SELECT load_extension(1) FROM data")
    assert len(tables.select(document(), 0, "SELECT * FROM data").rows) == 3 and probe.table_pid(tables) == pid


def test_when_the_process_has_ended_the_next_question_starts_another(tables):
    tables.of(document())
    os.kill(probe.table_pid(tables), signal.SIGKILL)
    with pytest.raises(Unanswered):
        tables.of(document())
    assert len(tables.of(document())) == 1


def test_a_document_without_tables_has_none_and_is_read_once(tables):
    reads = []
    plain = Document("plain", lambda: reads.append(1) or stored("No table is here.\n"))
    assert tables.of(plain) == [] and tables.of(plain) == [] and reads == [1]


def test_close_ends_the_process(tables):
    tables.of(document())
    pid = probe.table_pid(tables)
    tables.close()
    wait_until(lambda: not psutil.pid_exists(pid))


def test_the_process_gets_no_network_socket():
    process = Confined("jupyter_localai.tables.worker", 2**31)
    told = process.tried()
    process.end()
    assert told["python"] and told["native"] is (told["enforcement"] == "kernel")


def test_the_process_knows_no_setting(monkeypatch):
    monkeypatch.setenv("LOCALAI_STORE", "/secret")
    tables = Tables()
    tables.of(document())
    process = psutil.Process(probe.table_pid(tables))
    assert "LOCALAI_STORE" not in process.environ()
    tables.close()


def test_it_ends_with_whoever_started_it():
    code = (
        "import sys; from tests.tables.test_process import document; from tests.support import probe\n"
        "from jupyter_localai.tables.process import Tables\n"
        "t = Tables(); t.of(document()); print(probe.table_pid(t), flush=True); import os; os._exit(0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wait_until(lambda: not psutil.pid_exists(int(run.stdout)))
