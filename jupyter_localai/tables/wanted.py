"""What a question wants of a table, by its words alone: columns, values, comparisons.

Each word has to be accounted for: one that is no column, value, comparison, name of the table or mere grammar may
change what is meant ("denied twice", "percent of"), and such a question is left to other ways of answering.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from . import cells
from .comparisons import compare
from .process import TableInfo
from .query import Measure, Query
from .reading import Having, Reading, Unsure

_SAID: tuple[tuple[Measure, str], ...] = (
    ("distinct", r"how many (?:different|distinct|unique)|(?:total )?number of (?:different|distinct|unique)"),
    ("count", r"how many|(?:total )?number of|count(?: the| of)?|wie ?viele|combien de|cu[aá]nt[oa]s|quant[ie]"),
    ("average", r"average|mean|avg|durchschnitt(?:lich\w*)?"),
    ("highest", r"highest|largest|biggest|greatest|maximum|max|most expensive|latest|newest|most recent|last"),
    ("lowest", r"lowest|smallest|minimum(?! of)|min|cheapest|earliest|oldest|first"),
    ("sum", r"(?:grand )?total(?: of)?|sum(?: of)?|altogether|combined|in all|in total|how much"),
    (
        "list",
        r"which|list(?: all)?|show(?: all)?|find all|what are|what(?= (?:\w+ ){1,2}(?:are|were|have|had)\b)"
        r"|what(?:'s| is)(?= the most (?:common|frequent)\b)",
    ),
)
_MEASURES = tuple((measure, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for measure, pattern in _SAID)
_NUMBERS = frozenset(("distinct", "count", "average", "sum"))
_TIMELY = re.compile(r"\b(?:latest|newest|most recent|last|earliest|oldest|first)\b", re.IGNORECASE)
_ASKING = re.compile(r"\b(?:which|what|list|show|how much)\b", re.IGNORECASE)
_PLAINLY = re.compile(r"\b(?:in total|in all|altogether|all|total|different|distinct|unique)\b", re.IGNORECASE)
_PER = re.compile(r"\b(?:per|by|for each|for every|in each|of each)\s+", re.IGNORECASE)
_MONEY = frozenset("amount price total cost value sum fee payment salary revenue betrag preis kosten".split())
_PRICED = frozenset("cost costs costing worth paid pay".split())
_MOST = frozenset("most common frequent fewest".split())
_ROWS = frozenset("row record entry line item".split())
_NAMING = cells.NUMBERED | {"name", "title"}
_MOST_WORDS = 60


def wants_all(question: str) -> bool:
    """Whether a question may want all of something, or a number that takes all of it."""
    return any(pattern.search(question) for _, pattern in _MEASURES)


def wants_number(question: str) -> bool:
    """Whether a question wants a number that takes all of something, such as how many there are."""
    return any(pattern.search(question) for measure, pattern in _MEASURES if measure in _NUMBERS)


def wanted(question: str, table: TableInfo, titles: Sequence[str], having: Having) -> Query | None:
    """Return what a question wants of a table; None where its words do not tell that with confidence.

    Parameters
    ----------
    titles : sequence of str
        By what the table may be named: its file, its sheet.
    """
    reading = _Wanted(question, table)
    return reading.query(titles, having) if 0 < len(reading.words) <= _MOST_WORDS else None


class _Wanted(Reading):
    """A question, from its words to what it wants."""

    def query(self, titles: Sequence[str], having: Having) -> Query | None:
        """Return what is wanted."""
        try:
            found = self.values(having)
            self.find_columns(found)
            measure, timely = self._measure()
            group = self._group()
            self.find_empty()
            self.find_values(found)
            named = {word for title in titles for word in cells.words_of(cells.spaced(title))}
            compare(self, named if "date" not in self.table.kinds else set())
            return self._whole(measure, timely, group, named)
        except Unsure:
            return None

    def _measure(self) -> tuple[Measure, bool]:
        """Return what is to be worked out, and whether it is said in words of time."""
        for measure, pattern in _MEASURES:
            match = next((m for m in pattern.finditer(self.question) if self.is_free(*m.span())), None)
            if match is None:
                continue
            self.take(*match.span())
            if measure in ("average", "highest", "lowest", "sum"):
                for other in _ASKING.finditer(self.question):
                    self.take(*other.span())
            for other in _PLAINLY.finditer(self.question):
                self.take(*other.span())
            return measure, _TIMELY.match(match[0]) is not None
        raise Unsure

    def _group(self) -> int | None:
        for match in _PER.finditer(self.question):
            for column, first, _ in self.columns:
                is_kind = self.table.kinds[column] == "text" or self.is_id(column)
                if self.words[first].start == match.end() and is_kind:
                    self.take(*match.span())
                    self.used.add(column)
                    return column
        return None

    def _things(self) -> set[str]:
        """Return what the names of columns call the rows: the claim of ``claim_id``, the hut of ``hut name``."""
        named = [cells.words_of(cells.spaced(name)) for name in self.table.names]
        return {word for words in named if not _NAMING.isdisjoint(words) for word in words} - _NAMING

    def _whole(self, measure: Measure, timely: bool, group: int | None, named: Collection[str]) -> Query:
        """Put it together, if every word is accounted for."""
        free_columns = [column for column, _, _ in self.columns if column not in self.used]
        title_words = {*named, *self._things()}
        column: int | None = None
        kinds = self.table.kinds
        if measure in ("sum", "average", "highest", "lowest"):
            right = [c for c in free_columns if kinds[c] == "number" or (kinds[c] == "date" and timely)]
            if timely and measure in ("highest", "lowest") and not right:
                right = [c for c, kind in enumerate(kinds) if kind == "date"]
            column = right[0] if len(right) == 1 else None
            if column is None:
                raise Unsure
        elif measure == "list" and group is None:
            chosen = [c for c, first, _ in self.columns if c in free_columns and self._is_chosen(c, first)]
            group = next((c for c in chosen if not self._is_title(c, title_words)), None)
            amounts = [c for c in free_columns if kinds[c] == "number" and not self.is_id(c)]
            if group is not None and len(amounts) == 1 and any(self.words[at].plain == "most" for at in self.free):
                measure, column = "sum", amounts[0]
        elif measure in ("count", "distinct"):
            head = [c for c, first, _ in self.columns if c in free_columns and self._is_head(first)]
            if head and not self._is_title(head[0], title_words):
                column = head[0]
                measure = (
                    "distinct" if measure == "distinct" or kinds[column] != "number" or self.is_id(column) else "sum"
                )
            if measure == "distinct" and column is None:
                raise Unsure
        about = self._account(title_words, column, measure in ("list", "sum") and group is not None)
        # a first column of the rows' name numbers them, another one has amounts
        rows = [c for c in free_columns if self._is_title(c, title_words) and (c == 0 or kinds[c] == "text")]
        others = [c for c in free_columns if c not in (column, group, *rows)]
        if measure == "list" and not self.conditions and group is None:
            raise Unsure
        if not (self.conditions or about or column is not None or group is not None):
            raise Unsure
        if (measure != "list" or group is not None) and others:
            raise Unsure  # they are named, and nobody knows what for
        return Query(self.table, measure, column, tuple(self.conditions), group)

    def _account(self, named: Collection[str], column: int | None, per_value: bool) -> bool:
        """Account for the words that are left; return whether one of them names the rows.

        The values of a column come with how many rows each has, so that it may be asked which has most.
        """
        about = False
        numbers = [column, *(condition.column for condition in self.conditions)]
        is_price = any(
            not _MONEY.isdisjoint(cells.words_of(cells.spaced(self.table.names[c]))) for c in numbers if c is not None
        )
        for at in self.free:
            word = self.words[at]
            known = word.text in named or word.text in _ROWS
            about = about or known
            if known or self.is_grammar(at) or (per_value and word.plain in _MOST):
                continue
            if not (is_price and word.plain in _PRICED):
                raise Unsure
        return about

    def _is_chosen(self, column: int, first: int) -> bool:
        """Whether values of a column are asked for: its name stands right behind "which", or "the most common"."""
        before = {word.plain for at, word in enumerate(self.words[:first]) if not self.is_grammar(at)}
        words = [word.plain for word in self.words[:first]]
        return self.table.kinds[column] == "text" and (
            words == ["which"] or before in ({"most", "common"}, {"most", "frequent"})
        )

    def _is_head(self, first: int) -> bool:
        """Whether a column is named right behind "how many"."""
        return all(at not in self.free or self.is_grammar(at) for at in range(first)) and not any(
            c != first for c in (start for _, start, _ in self.columns if start < first)
        )

    def _is_title(self, column: int, title_words: set[str]) -> bool:
        return set(cells.words_of(cells.spaced(self.table.names[column]))) <= title_words
