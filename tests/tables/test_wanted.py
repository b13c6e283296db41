"""What the words of a question want of a table; nothing where one of them is not accounted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_localai.tables.held import Held
from jupyter_localai.tables.lines import Row, Table, distinct
from jupyter_localai.tables.process import TableInfo
from jupyter_localai.tables.spoken import amounts, periods
from jupyter_localai.tables.wanted import wanted

NAMES = ["order_no", "client", "State", "net price", "shipped on", "due", "weight %", "client"]
ROWS = [
    ["1001", "Ann & Co", "open", "1,250.00", "2031-02-03", "2031-03-01", "45 %", "North"],
    ["1002", "Bob", "late", "80.50", "2031-03-07", "2031-04-01", "7 %", "South"],
    ["1003", "Cid", "open", "99", "", "2030-05-01", "12 %", "North"],
]


def made(names, rows):
    held = Held(Table("", distinct(names), [Row(0, 1, row) for row in rows]))
    told = held.describe()
    info = TableInfo(0, "", *(tuple(told[name]) for name in ("names", "kinds", "odd", "values")), len(rows), 0)
    return held, info


@pytest.fixture(scope="module")
def orders():
    return made(NAMES, ROWS)


def of(orders, question, title="orders"):
    held, info = orders
    return wanted(question, info, [title], held.having)


@pytest.mark.parametrize(
    ("question", "said", "value"),
    [
        ("How many orders are late?", "State is late", 1),
        ("how many ORDERS have the state open", "State is open", 2),
        ("How many orders have a net price of at least 99?", "net price is at least 99", 2),
        ("How many orders have a net price between 80 and 100?", "net price is from 80 to 100", 2),
        ("How many orders were shipped on 7 March 2031?", "shipped on is 7 March 2031", 1),
        ("How many orders are due after April 2030?", "due is after April 2030", 3),
        ("How many orders are due before 2031?", "due is before 2031", 1),
        ("How many orders have no shipped on?", "shipped on is empty", 1),
        ("How many orders of Ann & Co are open?", "client is Ann & Co and State is open", 1),
        ("How many orders have order no 1002?", "order_no is 1002", 1),
        ("How many orders have a weight % over 10 percent?", "weight % is over 10", 2),
        ("How many orders are in 2031?", None, None),  # of two columns with dates nobody knows which
        ("How many clients are there?", None, None),  # nor of two columns of one name
        ("How many orders are open or due in 2031?", None, None),
        ("How many orders are not late and not open?", None, None),
        ("How many orders are never late?", None, None),
        ("How many orders have a net over 100?", None, None),  # a part of a name is no name
    ],
)
def test_counts(orders, question, said, value):
    query = of(orders, question)
    assert (query and query.said()) == said
    if query:
        sql, values = query.value()
        assert orders[0].run(sql, values, 1, 5)["rows"][0][0] == value


@pytest.mark.parametrize(
    ("question", "measure", "column", "value"),
    [
        ("What is the total net price?", "sum", 3, 1429.5),
        ("What is the average net price of open orders?", "average", 3, 674.5),
        ("Which order has the highest net price?", "highest", 3, 1250),
        ("What is the lowest net price?", "lowest", 3, 80.5),
        ("What is the latest shipped on?", "highest", 4, "2031-03-07"),
        ("How many different states are there?", "distinct", 2, 2),
        ("What is the total number of orders?", "count", None, 3),
    ],
)
def test_measures(orders, question, measure, column, value):
    query = of(orders, question)
    assert (query.measure, query.column) == (measure, column)
    sql, values = query.value()
    assert orders[0].run(sql, values, 1, 5)["rows"][0][0] == value


def test_a_number_of_things_that_a_column_counts_is_its_sum():
    held, info = made(["hut", "beds"], [["Tern", "4"], ["Auk", "12"]])
    query = wanted("How many beds are there in Auk?", info, ["huts"], held.having)
    assert (query.measure, query.said()) == ("sum", "hut is Auk")


def test_values_of_a_column_are_listed_with_their_rows():
    held, info = made(
        ["invoice", "client", "state"], [["A", "Ann", "open"], ["B", "Ann", "open"], ["C", "Bob", "paid"]]
    )
    clients = wanted("Which clients have open invoices?", info, ["invoices"], held.having)
    assert held.run(*clients.value(), 10, 5)["rows"] == [("Ann", 2)]
    most = wanted("Which client has the most invoices?", info, ["invoices"], held.having)
    assert held.run(*most.value(), 10, 5)["rows"] == [("Ann", 2), ("Bob", 1)]
    rows = wanted("Which invoices are open?", info, ["invoices"], held.having)
    assert (rows.group, rows.said()) == (None, "state is open")


SALES = (["Year", "Sales", "Region", "Height (m)"], [["2030", "100", "East", "3"], ["2031", "200", "East", "4"]])


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("How many sales are there in 2031?", None),  # rows, or what the column of that name has
        ("What were total sales in 2031?", [(200, 1)]),
        ("Which region had the most sales?", [("East", 300)]),
        ("What is the total sales per year?", [(2031, 200), (2030, 100)]),
        ("What is the highest height?", [(4, 2)]),
        ("Which regions have sales?", None),
    ],
)
def test_a_column_that_has_the_name_of_its_table(question, rows):
    held, info = made(*SALES)
    query = wanted(question, info, ["sales"], held.having)
    assert (query and held.run(*query.value(), 10, 5)["rows"]) == rows


@pytest.mark.parametrize("column", ["amount", "weight"])
def test_what_costs_more_is_a_question_of_money(column):
    held, info = made(["item", column], [["rope", "7"], ["lamp", "2"]])
    query = wanted("How many items cost more than 5?", info, ["stock"], held.having)
    assert (query is not None) == (column == "amount")


@given(st.text(max_size=200))
def test_no_question_breaks_it(question):
    held, info = made(NAMES, ROWS)
    query = wanted(question, info, ["orders"], held.having)
    if query:
        sql, values = query.value()
        held.run(sql, values, 5, 5)


@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=3), st.lists(st.text(max_size=6), min_size=3))
def test_no_table_breaks_it(names, cells):
    held, info = made(names, [(cells * 3)[: len(names)]])
    for question in (f"How many {names[0]} are {cells[0]}?", f"total {names[1]} where {names[0]} is {cells[1]}"):
        query = wanted(question, info, names, held.having)
        if query:
            sql, values = query.value()
            held.run(sql, values, 5, 5)


def test_periods_and_amounts_of_a_question():
    found = periods("in March 2031, Q2 2030, on 7 May 2029 and 2031-01-05, 1999")
    assert [(period.first, period.last[:10]) for period in found] == [
        ("2031-03", "2031-03-31"),
        ("2030-04", "2030-06-30"),
        ("2029-05-07", "2029-05-07"),
        ("2031-01-05", "2031-01-05"),
        ("1999", "1999-12-31"),
    ]
    found = amounts("over $1,250.50, 45 %, two, 3k, 5 m and 2 million")
    assert [(amount.value, amount.percent) for amount in found] == [
        (1250.5, False),
        (45, True),
        (2, False),
        (3000, False),
        (5, False),
        (2000000, False),
    ]
