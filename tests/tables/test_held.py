"""What may be asked of a table: one SELECT of it, which ends in time; whatever else is refused before it runs."""

import pytest

from jupyter_localai.tables.held import Held, Refused
from jupyter_localai.tables.lines import Row, Table, distinct

ROWS = [["rope", "7", "2031-03-07"], ["lamp", "2", "2030-01-01"], ["Rope", "5", ""]]


@pytest.fixture
def held():
    return Held(Table("", ["item", "count", "day"], [Row(at, at + 1, cells) for at, cells in enumerate(ROWS)]))


def run(held, sql, *values, most=10, seconds=5.0):
    return held.run(sql, values, most, seconds)


def content(held):
    return run(held, "SELECT * FROM data")["rows"]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT count(*) FROM data WHERE item = 'ROPE'", [(2,)]),
        ("SELECT item, sum(count) FROM data GROUP BY item ORDER BY 2 DESC", [("rope", 12), ("lamp", 2)]),
        ('SELECT "row" FROM data WHERE "day" > \'2031\'', [(1,)]),
        ("WITH some AS (SELECT * FROM data) SELECT max(count) FROM some", [(7,)]),
        ("SELECT upper(item) FROM data WHERE item LIKE 'la%'", [("LAMP",)]),
        ("SELECT count(*) FROM data WHERE day IS NULL", [(1,)]),
    ],
)
def test_a_select_is_answered(held, sql, rows):
    assert run(held, sql)["rows"] == rows


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM data",
        "UPDATE data SET count = 0",
        "INSERT INTO data VALUES (9, 'x', 1, '')",
        "DROP TABLE data",
        "CREATE TABLE other (x)",
        "CREATE TEMP TABLE other AS SELECT * FROM data",
        "ALTER TABLE data ADD COLUMN x",
        "ATTACH DATABASE 'other.sqlite' AS other",
        "DETACH DATABASE main",
        "PRAGMA query_only = OFF",
        "PRAGMA table_info(data)",
        "VACUUM INTO 'other.sqlite'",
        "BEGIN",
        "ANALYZE",
        "REINDEX",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_table_info('data')",
        "SELECT load_extension('x')",
        "SELECT readfile('x')",
        "SELECT writefile('x', 'y')",
        "SELECT randomblob(10)",
        "SELECT zeroblob(10)",
        "SELECT sqlite_version()",
        "SELECT 1; DELETE FROM data",
        "SELECT * FROM other",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        "WITH gone AS (SELECT 1) DELETE FROM data",
        "EXPLAIN SELECT * FROM data",
        "SELECT",
        "",
    ],
)
def test_everything_else_is_refused_and_the_table_is_as_it_was(held, tmp_path, monkeypatch, sql):
    monkeypatch.chdir(tmp_path)
    before = content(held)
    with pytest.raises(Refused):
        run(held, sql)
    assert content(held) == before and list(tmp_path.iterdir()) == []


def test_a_select_that_runs_long_is_ended(held):
    many = ", ".join(f"data t{number}" for number in range(30))
    with pytest.raises(Refused, match=r"longer than 0\.2 s"):
        run(held, f"SELECT count(*) FROM {many}", seconds=0.2)
    assert len(content(held)) == 3


def test_rows_are_limited_and_it_is_told_that_there_are_more(held):
    result = run(held, "SELECT item FROM data", most=2)
    assert (len(result["rows"]), result["more"]) == (2, True)


@pytest.mark.parametrize("name", ['a"b', "a'; DROP TABLE data; --", "[x]", "`y`", "select", "ro\u0000w", "rowid", "%s"])
def test_names_are_only_names(name):
    held = Held(Table("", distinct([name, "other"]), [Row(0, 1, ["x", "1"])]))
    assert content(held) == [(1, "x", 1)]


def test_what_cells_say_is_found_by_its_words(held):
    assert held.having(["rope", "lamp", "nothing"]) == [("rope", 0, ["rope", "Rope"]), ("lamp", 0, ["lamp"])]
