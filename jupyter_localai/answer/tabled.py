"""Answers that are worked out over all rows of a table, and cite the rows that they rest on."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from ..index.catalogue import Catalogue
from ..index.texts import Texts
from ..results.answers import Answer, Citation
from ..results.passages import Hit
from ..tables.cells import words_of
from ..tables.lines import cells_of
from ..tables.process import Document, TableInfo, Tables, Unanswered
from ..tables.query import Condition, Query, shown
from ..tables.wanted import wanted
from .cite import anchor_at
from .markers import disarmed

_MOST_DOCUMENTS = 8
_MOST_TABLES = 20  # of one document
_LISTED, _EXAMPLES = 10, 3
_ROW_CHARS, _VALUE_CHARS = 400, 40


@dataclasses.dataclass(frozen=True)
class Asked:
    """A table that a hit stands in or beside."""

    hit: Hit
    document_id: int
    document: Document
    table: TableInfo

    @property
    def title(self) -> str:
        """What the table is called."""
        name = os.path.basename(self.hit.path)
        return f"{name}, sheet {self.table.sheet}" if self.table.sheet else name


class TableAnswers:
    """Answers over the tables of a catalogue.

    Parameters
    ----------
    tables : Tables
        The process that holds them.
    catalogue : Catalogue
        The record.
    """

    def __init__(self, tables: Tables, catalogue: Catalogue) -> None:
        self.tables = tables
        self._catalogue = catalogue
        self._texts = Texts(catalogue)

    def near(self, hits: Sequence[Hit]) -> Iterator[Asked]:
        """Yield the tables of the documents of hits that show rows, the best hit's first."""
        rows = {hit.path: hit for hit in reversed(hits) if shows_rows(hit)}
        for hit in [hit for hit in dict.fromkeys(hits) if rows.get(hit.path) is hit][:_MOST_DOCUMENTS]:
            sql = """SELECT d.id, d.sha256, d.reading FROM chunks c JOIN documents d ON d.id = c.document_id
                     WHERE c.id = ?"""
            for number, digest, reading in self._catalogue.rows(sql, (int(hit.chunk_id),)):
                document = Document(f"{number} {reading} {digest}", functools.partial(self._texts.stored, number))
                for table in self.tables.of(document)[:_MOST_TABLES]:
                    yield Asked(hit, number, document, table)

    def by_words(self, question: str, hits: Sequence[Hit]) -> Answer | None:
        """Return the answer that the words of a question tell how to work out; None where they do not."""
        try:
            fitting = [(asked, query) for asked in self.near(hits) if (query := self._wanted(question, asked))]
            if not fitting:
                return None
            first = fitting[0][0].table.names
            alike = [(asked, query) for asked, query in fitting if asked.table.names == first]
            others = [asked.title for asked, _ in fitting if asked.table.names != first]
            return self._answer(question, alike, others)
        except Unanswered:
            return None

    def cited(self, asked: Asked, numbers: Sequence[int], first: int = 1) -> list[tuple[str, Citation]]:
        """Return rows in words, each with its citation, whose markers count from `first`."""
        found = []
        for marker, (start, end) in enumerate(self.tables.spans(asked.document, asked.table.number, numbers), first):
            part = self._texts.part(asked.document_id, start, end)
            quote = part.text[start - part.start : end - part.start]
            said = _named(asked.table.names, quote)
            found.append((said, Citation(marker, asked.hit.path, anchor_at(part, start), start, end, quote, 1.0)))
        return found

    def _wanted(self, question: str, asked: Asked) -> Query | None:
        titles = [PurePath(asked.hit.path).stem, asked.table.sheet]
        at = asked.table.number
        return wanted(question, asked.table, titles, lambda keys: self.tables.having(asked.document, keys)[at])

    def _answer(self, question: str, fitting: Sequence[tuple[Asked, Query]], others: Sequence[str]) -> Answer:
        lines: list[str] = []
        selects: list[str] = []
        citations: list[Citation] = []
        notes: list[str] = []
        total: int | float = 0
        each = 1 if len(fitting) > _EXAMPLES else _EXAMPLES
        for asked, query in fitting:
            sql, values = query.value()
            selects.append(sql)
            result = self.tables.select(asked.document, asked.table.number, sql, values)
            listed = _LISTED if query.measure == "list" else each
            sql, values = query.rows(result.rows[0][0] if result.rows else None, listed)
            numbers = [row[0] for row in self.tables.select(asked.document, asked.table.number, sql, values).rows]
            rows = self.cited(asked, numbers, len(citations) + 1)
            citations += [citation for _, citation in rows]
            count = int(result.rows[0][-1]) if result.rows and query.group is None else 0
            lines += [_told(asked, query, result.rows), "", *(f"- {said} [{c.marker}]" for said, c in rows)]
            if rows and query.measure in ("list", "count") and query.group is None and count > len(rows):
                lines.append(f"- … and {count - len(rows):,} more.")
            lines.append("")
            if query.measure in ("count", "list", "sum") and query.group is None and result.rows:
                total += result.rows[0][0] or 0
            notes += _left_out(asked, query)
        if len(fitting) > 1 and fitting[0][1].group is None and fitting[0][1].measure in ("count", "list", "sum"):
            lines = [f"Together, in {len(fitting)} tables: {shown(total)}.", "", *lines]
        if others:
            notes.append(f"Other tables fit the question, too: {', '.join(dict.fromkeys(others))}.")
        passages = tuple(dict.fromkeys(asked.hit for asked, _ in fitting))
        text = "\n".join(lines).strip()
        return Answer(
            question, text, "extractive", tuple(citations), passages, tuple(dict.fromkeys(notes)), select=selects[0]
        )


def shows_rows(hit: Hit) -> bool:
    """Whether a hit has rows of a table."""
    return hit.anchor.row is not None or any(" | " in line or line.startswith("|") for line in hit.text.splitlines())


def _told(asked: Asked, query: Query, rows: Sequence[Sequence[object]]) -> str:
    """Return what was found, in a sentence, or in a list per group."""
    where = f" where {query.said()}" if query.conditions else ""
    title = disarmed(f"{asked.title}{where}")
    names = asked.table.names
    if query.group is not None:
        of = query.spoken() if query.column is not None and query.measure not in ("count", "distinct") else "rows"
        head = f"{of.capitalize()} of {title}, per {names[query.group]}:"
        return "\n".join(
            [
                head,
                "",
                *(f"- {disarmed(query.shown(name, names[query.group]))}: {shown(value)}" for name, value in rows),
            ]
        )
    value, count = rows[0] if rows else (0, 0)
    if query.column is None:
        every = f" of {asked.table.rows:,}" if query.conditions else ""
        return f"{shown(value)}{every} rows in {title}."
    rows_of = f"{shown(count)} {'row' if count == 1 else 'rows'}"
    if query.measure == "distinct":
        different = "different value" if value == 1 else "different values"
        return f"{shown(value)} {different} of {names[query.column]} in {title} ({rows_of})."
    spoken = query.spoken()
    said = query.shown(value, names[query.column])
    return f"{spoken[0].upper()}{spoken[1:]} in {title}: {said} ({rows_of})."


def _left_out(asked: Asked, query: Query) -> Iterator[str]:
    """Yield what does not count for a result, though it may have been meant."""
    columns = dict.fromkeys([query.column, *(condition.column for condition in query.conditions)])
    for column in columns:
        if column is not None and (odd := asked.table.odd[column]):
            kind = asked.table.kinds[column]
            name = asked.table.names[column]
            yield f"Cells of {name} in {asked.title} that are no {kind} do not count: {odd:,}."
    for condition in query.conditions:
        if condition.sign == "=" and (like := _like(asked.table, condition)):
            yield f"{asked.table.names[condition.column]} also says {', '.join(like)}, which does not count."
    if asked.table.totals:
        yield f"Rows of {asked.title} that sum others up do not count: {asked.table.totals:,}."
    if asked.table.unclear:
        yield f"Rows of {asked.title} that do not fit its columns do not count: {asked.table.unclear:,}."


def _like(table: TableInfo, condition: Condition) -> list[str]:
    """Return values of a column that say what a condition asks for and more."""
    asked = [set(words_of(str(value))) for value in condition.values]
    others = (value for value in table.values[condition.column] if value not in condition.values)
    return [repr(value[:_VALUE_CHARS]) for value in others if any(words <= set(words_of(value)) for words in asked)][
        :_EXAMPLES
    ]


def _named(names: Sequence[str], line: str) -> str:
    """Return a row's line with the names of its columns."""
    cells = cells_of(line)
    pairs = zip(names, cells, strict=False)
    said = ", ".join(f"{name}: {cell}" for name, cell in pairs if cell) if len(cells) > 1 else line
    return disarmed(said if len(said) <= _ROW_CHARS else f"{said[:_ROW_CHARS].rstrip()}…")
