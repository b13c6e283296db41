"""A question while its words are accounted for: first the columns that it names, then the values of cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from . import cells, spoken
from .process import TableInfo
from .query import Condition

Found = dict[str, dict[int, list[str]]]
"""Per key the columns that have it, with the spellings there."""
Having = Callable[[Sequence[str]], Sequence[tuple[str, int, list[str]]]]
"""Returns ``(key, column, spellings)`` for each key that cells of the table have."""

_NOT = frozenset("not except excluding isn aren wasn weren without".split())
_EMPTY = frozenset("no without missing empty blank".split())
_GRAMMAR = frozenset(
    "a an the of in on at to for from with by and is are was were be been do does did have has had there that which "
    "who whose what when where this these those it its we our you me my i they their all any each as how much t s "
    "row record entry line table file csv spreadsheet sheet value give tell please currently column named called "
    "among either than make made die der das den dem und von mit sind ist gibt es le la les de des et".split()
)
_GRAMMAR |= {cells.singular(word) for word in _GRAMMAR}
_BEHIND = re.compile(r"\s?[(\[][^()\[\]]*[)\]]$")  # a unit, or how a second column of a name is told from the first
_LONGEST = 6  # words of a value
_MOST_SPELLINGS = 200


class Unsure(Exception):
    """A question cannot be mapped to a table with confidence."""


class Reading:
    """A question about a table; ``free`` are the words that nothing has accounted for yet.

    ``columns`` has each column that is named, with its first and last word; ``used`` those with a condition.
    """

    def __init__(self, question: str, table: TableInfo) -> None:
        self.question = question
        self.table = table
        self.words = spoken.words(question)
        self.free = set(range(len(self.words)))
        self.columns: list[tuple[int, int, int]] = []  # column, first and last word
        self.used: set[int] = set()  # columns that have a condition
        self.conditions: list[Condition] = []

    def take(self, start: int, end: int) -> list[int]:
        """Account for the words in a span of the question; return which they are."""
        inside = [at for at, word in enumerate(self.words) if start <= word.start and word.end <= end]
        self.free -= set(inside)
        return inside

    def is_free(self, start: int, end: int) -> bool:
        inside = [at for at, word in enumerate(self.words) if word.start < end and start < word.end]
        return bool(inside) and self.free.issuperset(inside)

    def runs(self, longest: int) -> Iterator[tuple[int, int]]:
        """Yield the first and the last of words that follow each other and are free, the longest first."""
        for length in range(min(longest, len(self.words)), 0, -1):
            for first in range(len(self.words) - length + 1):
                if self.free.issuperset(range(first, first + length)):
                    yield first, first + length - 1

    def text(self, first: int, last: int) -> str:
        return " ".join(word.text for word in self.words[first : last + 1])

    def is_grammar(self, at: int) -> bool:
        return self.words[at].plain in _GRAMMAR or self.words[at].text in _GRAMMAR

    def is_id(self, column: int) -> bool:
        return cells.is_numbered(self.table.names[column])

    def add(self, condition: Condition) -> None:
        if condition.column in self.used:
            raise Unsure
        self.used.add(condition.column)
        self.conditions.append(condition)

    def values(self, having: Having) -> Found:
        """Return which columns have words of the question, and their spellings there."""
        found: Found = {}
        for key, column, values in having([self.text(*run) for run in self.runs(_LONGEST)]):
            found.setdefault(key, {})[column] = values
        return found

    def find_columns(self, found: Found) -> None:
        """Find the columns that are named in full, and not as a part of a value of several words."""
        named: dict[str, list[int]] = {}
        for column, name in enumerate(self.table.names):
            for key in sorted({cells.key(cells.spaced(name)), cells.key(cells.spaced(_BEHIND.sub("", name)))}):
                named.setdefault(key, []).append(column)
        inside: set[int] = set()
        for first, last in list(self.runs(_LONGEST)):
            span = set(range(first, last + 1))
            text = self.text(first, last)
            columns = named.get(text, [])
            if columns and not span & inside and span <= self.free:
                if len(columns) > 1:
                    raise Unsure
                self.free -= span
                self.columns.append((columns[0], first, last))
            elif not columns and last > first and text in found:
                inside |= span

    def find_empty(self) -> None:
        """Find "without a COLUMN", "no COLUMN", "missing COLUMN"."""
        for column, first, _ in self.columns:
            before = first - 1
            if before in self.free and self.words[before].plain in ("a", "an", "any"):
                before -= 1
            if before in self.free and self.words[before].plain in _EMPTY:
                self.free.discard(before)
                self.add(Condition(column, "="))

    def find_values(self, found: Found) -> None:
        """Find values of cells among the words that are left; next to a column's name, those of that column."""
        chosen: list[tuple[int, int, int, list[str]]] = []
        for first, last in list(self.runs(_LONGEST)):
            columns = found.get(self.text(first, last), {})
            if not columns or not self.free.issuperset(range(first, last + 1)):
                continue
            beside = [c for c, start, end in self.columns if c in columns and _is_beside(start, end, first, last)]
            if not beside and first == last and (self.is_grammar(first) or len(self.words[first].plain) < 2):
                continue
            possible = beside or list(columns)
            if len(set(possible)) > 1 or len(columns[possible[0]]) > _MOST_SPELLINGS:
                raise Unsure
            self.free -= set(range(first, last + 1))
            chosen.append((possible[0], first, last, columns[possible[0]]))
        self._join(chosen)

    def _join(self, chosen: Sequence[tuple[int, int, int, list[str]]]) -> None:
        """Make conditions of values: those of one column are alternatives, a "not" before one turns it round."""
        for column in dict.fromkeys(column for column, *_ in chosen):
            mine = sorted((first, last, values) for c, first, last, values in chosen if c == column)
            negative = [self._negated(first) for first, _, _ in mine]
            if len(mine) > 1:
                if any(negative):
                    raise Unsure
                for (_, end, _), (start, _, _) in pairwise(mine):
                    between = [at for at in range(end + 1, start) if self.words[at].plain in ("or", "and")]
                    if len(between) != 1 or start - end > 3:
                        raise Unsure
                    self.free -= set(between)
            values = tuple(value for _, _, spellings in mine for value in spellings)
            self.add(Condition(column, "!=" if any(negative) else "=", values))

    def _negated(self, first: int) -> bool:
        for at in (first - 1, first - 2):
            if at in self.free and self.words[at].plain in _NOT:
                self.free.discard(at)
                if at + 1 in self.free and self.words[at + 1].plain in ("t", "in", "from"):
                    self.free.discard(at + 1)
                return True
            if at not in self.free or self.words[at].plain not in ("t", "in", "from", "the", "yet"):
                return False
        return False


def _is_beside(start: int, end: int, first: int, last: int) -> bool:
    return 0 < first - end <= 2 or 0 < start - last <= 1
