"""What a question wants of a table, by its words alone: columns, values, comparisons.

Each word has to be accounted for: one that is no column, value, comparison, name of the table or mere grammar may
change what is meant ("denied twice", "percent of"), and such a question is left to other ways of answering.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from . import cells, spoken
from .process import TableInfo
from .query import Condition, Measure, Query

Sign = Literal["=", "!=", ">", ">=", "<", "<=", "between"]
Found = dict[str, dict[int, list[str]]]
"""Per key the columns that have it, with the spellings there."""
Having = Callable[[Sequence[str]], Sequence[tuple[str, int, list[str]]]]
"""Returns ``(key, column, spellings)`` for each key that cells of the table have."""

_SAID: tuple[tuple[Measure, str], ...] = (
    ("distinct", r"how many (?:different|distinct|unique)|(?:total )?number of (?:different|distinct|unique)"),
    ("count", r"how many|(?:total )?number of|count(?: the| of)?|wie ?viele|combien de|cu[aá]nt[oa]s|quant[ie]"),
    ("average", r"average|mean|avg|durchschnitt(?:lich\w*)?"),
    ("highest", r"highest|largest|biggest|greatest|maximum|max|most expensive|latest|newest|most recent|last"),
    ("lowest", r"lowest|smallest|minimum(?! of)|min|cheapest|earliest|oldest|first"),
    ("sum", r"(?:grand )?total(?: of)?|sum(?: of)?|altogether|combined|in all|in total|how much"),
    ("list", r"which|list(?: all)?|show(?: all)?|find all|what are|what(?= (?:\w+ ){1,2}(?:are|were|have|had)\b)"),
)
_MEASURES = tuple((measure, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for measure, pattern in _SAID)
_NUMBERS = frozenset(("distinct", "count", "average", "sum"))
_TIMELY = re.compile(r"\b(?:latest|newest|most recent|last|earliest|oldest|first)\b", re.IGNORECASE)
_ASKING = re.compile(r"\b(?:which|what|list|show|how much)\b", re.IGNORECASE)
_PLAINLY = re.compile(r"\b(?:in total|in all|altogether|all|total|different|distinct|unique)\b", re.IGNORECASE)
_OPERATORS: tuple[tuple[Sign, str], ...] = (
    (">=", r"at least|no less than|not less than|minimum of|since|>="),
    ("<=", r"at most|no more than|not more than|up to|until|till|through|<="),
    (">", r"more than|greater than|higher than|larger than|bigger than|later than|over|above|exceed(?:s|ing)?|after|>"),
    ("<", r"less than|fewer than|lower than|smaller than|earlier than|under|below|before|<"),
    ("between", r"between|from"),
    ("=", r"exactly|equal to|equals|equal|in|on|during|of|for|is|was|are|were|="),
)
_IN_TIME = re.compile(r"(?:in|on|during|for)\b", re.IGNORECASE)  # where a number would be a time or a place
_NOT = frozenset("not except excluding isn aren wasn weren without".split())
_EMPTY = frozenset("no without missing empty blank".split())
_PER = re.compile(r"\b(?:per|by|for each|for every|in each|of each)\s+", re.IGNORECASE)
_GRAMMAR = frozenset(
    "a an the of in on at to for from with by and is are was were be been do does did have has had there that which "
    "who whose what when where this these those it its we our you me my i they their all any each as how much t s "
    "row record entry line table file csv spreadsheet sheet value give tell please currently column named called "
    "than make made die der das den dem und von mit sind ist gibt es le la les de des et".split()
)
_GRAMMAR |= {cells.singular(word) for word in _GRAMMAR}
_COPY = re.compile(r" \(\d+\)$")  # how a second column of a name is told from the first
_SHARES = frozenset("percent percentage share rate pct".split())
_ROWS = frozenset("row record entry line item".split())
_NAMING = cells.NUMBERED | {"name", "title"}
_LONGEST = 6  # words of a value
_AROUND = 3  # words between a comparison and its column
_MOST_WORDS = 60
_MOST_SPELLINGS = 200


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
    reading = _Reading(question, table)
    return reading.query(titles, having) if 0 < len(reading.words) <= _MOST_WORDS else None


class _Unsure(Exception):
    """The question cannot be mapped with confidence."""


class _Reading:
    """A question while its words are accounted for, one after the other."""

    def __init__(self, question: str, table: TableInfo) -> None:
        self.question = question
        self.table = table
        self.words = spoken.words(question)
        self.free = set(range(len(self.words)))
        self.columns: list[tuple[int, int, int]] = []  # column, first and last word
        self.used: set[int] = set()  # columns that have a condition
        self.conditions: list[Condition] = []

    def query(self, titles: Sequence[str], having: Having) -> Query | None:
        """Return what is wanted."""
        try:
            found = self._values(having)
            self._find_columns(found)
            measure, timely = self._measure()
            group = self._group()
            self._find_empty()
            self._find_values(found)
            named = {word for title in titles for word in cells.words_of(cells.spaced(title))}
            self._compare(named if "date" not in self.table.kinds else set())
            return self._whole(measure, timely, group, named)
        except _Unsure:
            return None

    # words -------------------------------------------------------------------------------------

    def _take(self, start: int, end: int) -> list[int]:
        """Account for the words in a span of the question; return which they are."""
        inside = [at for at, word in enumerate(self.words) if start <= word.start and word.end <= end]
        self.free -= set(inside)
        return inside

    def _runs(self, longest: int) -> Iterator[tuple[int, int]]:
        """Yield the first and the last of words that follow each other and are free, the longest first."""
        for length in range(min(longest, len(self.words)), 0, -1):
            for first in range(len(self.words) - length + 1):
                if self.free.issuperset(range(first, first + length)):
                    yield first, first + length - 1

    def _text(self, first: int, last: int) -> str:
        return " ".join(word.text for word in self.words[first : last + 1])

    # steps -------------------------------------------------------------------------------------

    def _values(self, having: Having) -> Found:
        """Return which columns have words of the question, and their spellings there."""
        found: Found = {}
        for key, column, values in having([self._text(*run) for run in self._runs(_LONGEST)]):
            found.setdefault(key, {})[column] = values
        return found

    def _find_columns(self, found: Found) -> None:
        """Find the columns that are named in full, and not as a part of a value of several words."""
        named: dict[str, list[int]] = {}
        for column, name in enumerate(self.table.names):
            for key in sorted({cells.key(cells.spaced(name)), cells.key(cells.spaced(_COPY.sub("", name)))}):
                named.setdefault(key, []).append(column)
        inside: set[int] = set()
        for first, last in list(self._runs(_LONGEST)):
            span = set(range(first, last + 1))
            text = self._text(first, last)
            columns = named.get(text, [])
            if columns and not span & inside and span <= self.free:
                if len(columns) > 1:
                    raise _Unsure
                self.free -= span
                self.columns.append((columns[0], first, last))
            elif not columns and last > first and text in found:
                inside |= span

    def _measure(self) -> tuple[Measure, bool]:
        """Return what is to be worked out, and whether it is said in words of time."""
        for measure, pattern in _MEASURES:
            match = next((m for m in pattern.finditer(self.question) if self._is_free(*m.span())), None)
            if match is None:
                continue
            self._take(*match.span())
            if measure in ("average", "highest", "lowest", "sum"):
                for other in _ASKING.finditer(self.question):
                    self._take(*other.span())
            for other in _PLAINLY.finditer(self.question):
                self._take(*other.span())
            return measure, _TIMELY.match(match[0]) is not None
        raise _Unsure

    def _group(self) -> int | None:
        for match in _PER.finditer(self.question):
            for column, first, _ in self.columns:
                if self.words[first].start == match.end() and self.table.kinds[column] == "text":
                    self._take(*match.span())
                    self.used.add(column)
                    return column
        return None

    def _find_empty(self) -> None:
        """Find "without a COLUMN", "no COLUMN", "missing COLUMN"."""
        for column, first, _ in self.columns:
            before = first - 1
            if before in self.free and self.words[before].plain in ("a", "an", "any"):
                before -= 1
            if before in self.free and self.words[before].plain in _EMPTY:
                self.free.discard(before)
                self._add(Condition(column, "="))

    def _find_values(self, found: Found) -> None:
        """Find values of cells among the words that are left; next to a column's name, those of that column."""
        chosen: list[tuple[int, int, int, list[str]]] = []
        for first, last in list(self._runs(_LONGEST)):
            columns = found.get(self._text(first, last), {})
            if not columns or not self.free.issuperset(range(first, last + 1)):
                continue
            beside = [c for c, start, end in self.columns if c in columns and _is_beside(start, end, first, last)]
            if not beside and first == last and (self._is_grammar(first) or len(self.words[first].plain) < 2):
                continue
            possible = beside or list(columns)
            if len(set(possible)) > 1 or len(columns[possible[0]]) > _MOST_SPELLINGS:
                raise _Unsure
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
                    raise _Unsure
                for (_, end, _), (start, _, _) in pairwise(mine):
                    between = [at for at in range(end + 1, start) if self.words[at].plain in ("or", "and")]
                    if len(between) != 1 or start - end > 3:
                        raise _Unsure
                    self.free -= set(between)
            values = tuple(value for _, _, spellings in mine for value in spellings)
            self._add(Condition(column, "!=" if any(negative) else "=", values))

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

    def _compare(self, named: Collection[str]) -> None:
        """Find comparisons with numbers and with spans of time; a number that names the table compares nothing."""
        periods = [p for p in spoken.periods(self.question) if self._is_free(p.start, p.end)]
        spans = [(p.start, p.end) for p in periods]
        amounts = [
            a
            for a in spoken.amounts(self.question)
            if self._is_free(a.start, a.end) and not any(a.start < end and start < a.end for start, end in spans)
        ]
        both: list[spoken.Period | spoken.Amount] = [*periods, *amounts]
        meant = [one for one in both if not set(cells.words_of(self.question[one.start : one.end])) <= set(named)]
        meant.sort(key=lambda one: one.start)
        while meant:
            one = meant.pop(0)
            sign, begin = self._operator(one.start)
            if sign == "between":
                link = re.match(r"\s*(?:and|to|-|–)\s*", self.question[one.end :])
                if not meant or link is None or one.end + link.end() != meant[0].start:
                    if begin < one.start and self.question[begin:].lower().startswith("from"):
                        sign = ">=" if isinstance(one, spoken.Period) and one.year is None else "="
                    else:
                        raise _Unsure
                else:
                    self._limit(sign, one, meant.pop(0), begin)
                    continue
            self._limit(sign, one, one, begin)

    def _is_free(self, start: int, end: int) -> bool:
        inside = [at for at, word in enumerate(self.words) if word.start < end and start < word.end]
        return bool(inside) and self.free.issuperset(inside)

    def _operator(self, end: int) -> tuple[Sign, int]:
        """Return the sign that stands before an offset of the question, and where it begins."""
        before = self.question[:end]
        for sign, pattern in _OPERATORS:
            match = re.search(rf"(?:(?<!\w)(?:{pattern})(?:\s+the)?|)\s*$", before, re.IGNORECASE)
            if match and match[0].strip() and self._is_free(*match.span()):
                if re.search(r"\b(?:not|no)\s+$", before[: match.start()], re.IGNORECASE):
                    raise _Unsure
                return sign, match.start()
        return "=", end

    def _limit(
        self,
        sign: Sign,
        first: spoken.Period | spoken.Amount,
        last: spoken.Period | spoken.Amount,
        begin: int,
    ) -> None:
        words = self._take(begin, last.end)
        said = self.question[begin : last.end].strip()
        if isinstance(first, spoken.Period) and isinstance(last, spoken.Period):
            column = self._near("date", words)
            if column is not None:
                low, high = first.first, last.last
                values = {"=": (low, high), "between": (low, high), ">": (high,), ">=": (low,), "<": (low,)}
                told = said if begin < first.start or len(first.first) > len("2031-03") else f"in {said}"
                self._add(Condition(column, "between" if sign == "=" else sign, values.get(sign, (high,)), told))
                return
            years = [at for at, name in enumerate(self.table.names) if "year" in cells.words_of(cells.spaced(name))]
            if first.year is None or last.year is None or (len(years) != 1 and _IN_TIME.match(said)):
                raise _Unsure
            values_of = (first.year, last.year) if sign == "between" else (first.year,)
            column = years[0] if len(years) == 1 else self._near("number", words, strict=sign == "=")
        elif isinstance(first, spoken.Amount) and isinstance(last, spoken.Amount) and not _IN_TIME.match(said):
            values_of = (first.value, last.value) if sign == "between" else (first.value,)  # type: ignore[assignment]
            column = self._near("number", words, strict=sign == "=")
        else:
            raise _Unsure
        if column is None or self.table.kinds[column] != "number":
            raise _Unsure
        if isinstance(first, spoken.Amount) and first.percent and not _is_share(self.table.names[column]):
            raise _Unsure
        self._add(Condition(column, sign, values_of))

    def _near(self, kind: str, words: Sequence[int], strict: bool = False) -> int | None:
        """Return the column of a kind that a comparison is about: the one named beside it, else the only one.

        A strict one must be named right beside it.
        """
        at, end = (words[0], words[-1]) if words else (0, 0)
        named = [
            (min(abs(at - last), abs(first - end)), column)
            for column, first, last in self.columns
            if self.table.kinds[column] == kind and column not in self.used
        ]
        close = sorted(each for each in named if each[0] <= (1 if strict else _AROUND))
        if close and (len(close) == 1 or close[0][0] < close[1][0]):
            return close[0][1]
        if strict or close:
            return None
        kinds = self.table.kinds
        of_kind = [c for c in range(len(kinds)) if kinds[c] == kind and not (kind == "number" and self._is_id(c))]
        if named:
            of_kind = [column for _, column in named]
        return of_kind[0] if len(of_kind) == 1 else None

    def _things(self) -> set[str]:
        """Return what the names of columns call the rows: the claim of ``claim_id``, the hut of ``hut name``."""
        named = [cells.words_of(cells.spaced(name)) for name in self.table.names]
        return {word for words in named if not _NAMING.isdisjoint(words) for word in words} - _NAMING

    def _is_id(self, column: int) -> bool:
        return cells.is_numbered(self.table.names[column])

    def _add(self, condition: Condition) -> None:
        if condition.column in self.used:
            raise _Unsure
        self.used.add(condition.column)
        self.conditions.append(condition)

    # the whole ---------------------------------------------------------------------------------

    def _whole(self, measure: Measure, timely: bool, group: int | None, named: Collection[str]) -> Query:
        """Put it together, if every word is accounted for."""
        free_columns = [column for column, _, _ in self.columns if column not in self.used]
        title_words = {*named, *self._things()}
        about = False
        for at in self.free:
            word = self.words[at]
            if word.text in title_words:
                about = True
            elif not self._is_grammar(at):
                raise _Unsure
            about = about or word.text in _ROWS
        column: int | None = None
        kinds = self.table.kinds
        if measure in ("sum", "average", "highest", "lowest"):
            right = [c for c in free_columns if kinds[c] == "number" or (kinds[c] == "date" and timely)]
            if timely and measure in ("highest", "lowest") and not right:
                right = [c for c, kind in enumerate(kinds) if kind == "date"]
            column = right[0] if len(right) == 1 else None
            if column is None:
                raise _Unsure
        elif measure in ("count", "distinct"):
            head = [c for c, first, _ in self.columns if c in free_columns and self._is_head(first)]
            if head and not self._is_title(head[0], title_words):
                column = head[0]
                measure = (
                    "distinct" if measure == "distinct" or kinds[column] != "number" or self._is_id(column) else "sum"
                )
            if measure == "distinct" and column is None:
                raise _Unsure
        others = [c for c in free_columns if c != column and not self._is_title(c, title_words)]
        if measure == "list" and not self.conditions:
            raise _Unsure
        if not (self.conditions or about or column is not None or group is not None):
            raise _Unsure
        if measure != "list" and others:
            raise _Unsure  # they are named, and nobody knows what for
        return Query(self.table, measure, column, tuple(self.conditions), group)

    def _is_head(self, first: int) -> bool:
        """Whether a column is named right behind "how many"."""
        return all(at not in self.free or self._is_grammar(at) for at in range(first)) and not any(
            c != first for c in (start for _, start, _ in self.columns if start < first)
        )

    def _is_title(self, column: int, title_words: set[str]) -> bool:
        return set(cells.words_of(cells.spaced(self.table.names[column]))) <= title_words

    def _is_grammar(self, at: int) -> bool:
        return self.words[at].plain in _GRAMMAR or self.words[at].text in _GRAMMAR


def _is_beside(start: int, end: int, first: int, last: int) -> bool:
    return 0 < first - end <= 2 or 0 < start - last <= 1


def _is_share(name: str) -> bool:
    return "%" in name or not {"percent", "percentage", "share", "rate", "pct"}.isdisjoint(
        cells.words_of(cells.spaced(name))
    )
