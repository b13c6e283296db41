"""The page about bundles says how to read one: its lines do."""

import re
from pathlib import Path

from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from tests.support.in_process import WordEmbedder, run_index

PAGE = Path(__file__).parents[2] / "docs" / "bundle.md"


def test_a_stranger_reads_a_bundle_in_a_few_lines(tmp_path, monkeypatch, capsys):
    (tmp_path / "leave.md").write_text("# Leave\n\nStaff receive 28 days.\n")
    engine = Engine.open(Config(store=tmp_path / "store"), WordEmbedder())
    run_index(engine, [str(tmp_path / "leave.md")], "handbook")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for half in (False, True):
        list(engine.export_bundle("handbook", str(tmp_path / "handbook.localai"), half))
        found = {}
        exec(code, found)
        assert capsys.readouterr().out.startswith("leave.md 0 [")
        (chunk,), (vector,) = found["chunks"], found["vectors"]
        assert "28 days" in chunk["text"] and abs(float(vector @ vector) - 1) < 1e-2
    engine.close()
    assert len([line for line in code.splitlines() if line]) <= 10
