"""Office files of before 2007: cells as they are shown, without what is hidden; damage has a name."""

import random
from types import SimpleNamespace

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.formats import old_office
from jupyter_localai.ingest.formats.parts import grid
from jupyter_localai.ingest.read import read

xlrd = pytest.importorskip("xlrd")
pytest.importorskip("sharepoint2text")

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def book(*sheets):
    style = SimpleNamespace(format_key=1)
    form = SimpleNamespace(format_str='0" m"')
    return SimpleNamespace(sheets=lambda: sheets, xf_list=[style], format_map={1: form}, datemode=0)


def sheet(name, rows, hidden_rows=(), hidden_columns=(), visibility=0):
    cells = [
        [
            SimpleNamespace(
                value=value, xf_index=0, ctype=xlrd.XL_CELL_TEXT if isinstance(value, str) else xlrd.XL_CELL_NUMBER
            )
            for value in row
        ]
        for row in rows
    ]
    hide = SimpleNamespace(hidden=1)
    return SimpleNamespace(
        name=name, visibility=visibility, nrows=len(rows), row=cells.__getitem__, merged_cells=[],
        rowinfo_map=dict.fromkeys(hidden_rows, hide), colinfo_map=dict.fromkeys(hidden_columns, hide),
    )  # fmt: skip


def test_cells_are_read_as_shown_without_what_is_hidden(monkeypatch):
    rows = [["Rope", "Length", "Price"], ["Long", 75.0, 3.0], ["Short", 5.0, 1.0]]
    sheets = [sheet("A", rows, hidden_rows=[2], hidden_columns=[2]), sheet("B", rows, visibility=1)]
    monkeypatch.setattr(xlrd, "open_workbook", lambda **_: book(*sheets))
    document = old_office.read_book(b"", "a.xls")
    assert document.text == "Rope | Length\nLong | 75 m\n\n"
    assert [place.anchor.row for place in document.places] == [1, 2]
    assert [w.split("read: ")[1] for w in document.warnings] == ["1 row and 1 column of sheet 'A'.", "sheet 'B'."]


def test_too_many_cells_are_told_once(monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 5)
    monkeypatch.setattr(xlrd, "open_workbook", lambda **_: book(sheet("A", [["x", "y"]] * 20)))
    assert len(old_office.read_book(b"", "a.xls").warnings) == 1


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.ppt", "a.msg"])
def test_damage_has_a_name(name):
    chance = random.Random(3)
    for size in (0, 8, 600, 5000):
        with pytest.raises(ReadError) as caught:
            read(name, OLD + chance.randbytes(size))
        assert caught.value.code in ("corrupted", "old_format", "encrypted")
