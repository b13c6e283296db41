"""Questions and answers, by conversation; they are forgotten together with the documents that they quote."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ..errors import UnknownConversationError
from ..results.answers import Answer, Conversation
from ..results.base import to_json
from .database import Database

_TITLE_CHARS = 80
Turn = tuple[str, int]
_BETWEEN = "\n"  # names of collections, which have no such character


class Remembered(NamedTuple):
    """The JSON of an answer, and when it was written, in seconds since 1970."""

    answer: dict[str, Any]
    made: float


class ConversationTable:
    """The conversations in one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, which: str) -> str:
        """Return the id of a conversation: of a given one, of the ``last``, or for ``new`` or nothing a new one.

        Raises
        ------
        UnknownConversationError
        """
        if which in ("", "new"):
            return secrets.token_hex(6)
        if which == "last":
            rows = self._db.rows("SELECT id FROM conversations ORDER BY changed DESC, id LIMIT 1")
            if not rows:
                raise UnknownConversationError("There is no conversation to continue.", "Ask a question first.")
            return str(rows[0][0])
        named = which.encode("utf-8", "replace").decode()  # halves of letters are in no name
        if not self._db.rows("SELECT 1 FROM conversations WHERE id = ?", (named,)):
            raise UnknownConversationError(
                f"There is no conversation {which!r}.", "See which there are: jupyter localai conversations."
            )
        return which

    def all(self) -> list[Conversation]:
        """Return every conversation without its answers, the last changed first."""
        sql = """SELECT id, coalesce(nullif(name, ''), title), created, changed, pinned,
                        (SELECT count(*) FROM turns WHERE conversation = id),
                        coalesce((SELECT collection FROM turns WHERE conversation = id ORDER BY seq DESC LIMIT 1), '')
                 FROM conversations ORDER BY changed DESC, id"""
        return [
            Conversation(
                number,
                title,
                (collection or "").replace(_BETWEEN, ", "),
                moment(created),
                moment(changed),
                turns,
                pinned=bool(pinned) or None,
            )
            for number, title, created, changed, pinned, turns, collection in self._db.rows(sql)
        ]

    def answers(self, conversation: str) -> list[dict[str, Any]]:
        """Return the JSON of the answers of a conversation, oldest first; none for an unknown one."""
        sql = "SELECT answer FROM turns WHERE conversation = ? ORDER BY seq"
        return [json.loads(row[0]) for row in self._db.rows(sql, (conversation,))]

    def last(self, which: str | None) -> tuple[str, list[str]]:
        """Return the id of a conversation as `find` does, and the collections that it asked last; none if it is new.

        Raises
        ------
        UnknownConversationError
        """
        conversation = self.find(which or "new")
        sql = "SELECT collection FROM turns WHERE conversation = ? ORDER BY seq DESC LIMIT 1"
        asked = next((str(row[0]).split(_BETWEEN) for row in self._db.rows(sql, (conversation,))), [])
        return conversation, asked

    def remembered(self, key: str) -> Remembered | None:
        """Return the last answer that was written for a prompt with this digest."""
        sql = """SELECT answer, made FROM prompts JOIN turns USING (conversation, seq)
                 WHERE key = ? ORDER BY made DESC LIMIT 1"""
        return next((Remembered(json.loads(told), made) for told, made in self._db.rows(sql, (key,))), None)

    def add(
        self,
        conversation: str,
        collections: Sequence[str],
        answer: Answer,
        keep: int,
        made_from: Iterable[str] = (),
        keys: Iterable[str] = (),
        made: float | None = None,
        after: int | None = None,
    ) -> None:
        """Add an answer, and drop the oldest conversations beyond `keep`, leaving nothing of them in the store's files.

        Parameters
        ----------
        made_from : iterable of str
            Files that the answer rests on besides those of its passages.
        keys : iterable of str
            Digests by which `remembered` finds it.
        made : float, optional
            When it was written, if not now.
        after : int, optional
            How many answers of the conversation stay; it takes the place of those after them.
        """
        now, replaced = time.time(), 0
        with self._db.transaction():
            if after is not None:
                sql = "DELETE FROM turns WHERE conversation = ? AND seq > ?"
                replaced = self._db.execute(sql, (conversation, after)).rowcount
            sql = """INSERT INTO conversations (id, title, created, changed) VALUES (?1, ?2, ?3, ?3)
                     ON CONFLICT (id) DO UPDATE SET changed = excluded.changed, title = iif(?4, ?2, title)"""
            title = " ".join(answer.question.split())[:_TITLE_CHARS]
            self._db.execute(sql, (conversation, title, now, after == 0))
            sql = "SELECT coalesce(max(seq), 0) + 1 FROM turns WHERE conversation = ?"
            seq = self._db.execute(sql, (conversation,)).fetchone()[0]
            stored = json.dumps(to_json(answer), ensure_ascii=False)
            self._db.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?)", (conversation, seq, _BETWEEN.join(collections), stored)
            )
            paths = {hit.path for hit in answer.passages} | set(made_from)
            rows = [(conversation, seq, path) for path in sorted(paths)]
            self._db.execute_many("INSERT INTO sources VALUES (?, ?, ?)", rows)
            prompts = [(key, conversation, seq, made or now) for key in set(keys)]
            self._db.execute_many("INSERT INTO prompts VALUES (?, ?, ?, ?)", prompts)
            sql = """DELETE FROM conversations WHERE NOT pinned AND id NOT IN
                     (SELECT id FROM conversations ORDER BY id = ? DESC, changed DESC LIMIT ?)"""
            dropped = self._db.execute(sql, (conversation, keep)).rowcount  # the clock may have been ahead before
        if dropped or replaced:
            self._db.flush()

    def delete(self, conversations: Iterable[str]) -> None:
        """Delete conversations, leaving nothing of them in the store's files."""
        with self._db.transaction():
            self._db.execute_many("DELETE FROM conversations WHERE id = ?", [(number,) for number in conversations])
        self._db.flush()

    def change(self, conversation: str, name: str | None, pinned: bool | None) -> None:
        """Give a conversation a name of the user's own, empty for its title, or pin it; None leaves that as it is."""
        sql = "UPDATE conversations SET name = coalesce(?, name), pinned = coalesce(?, pinned) WHERE id = ?"
        with self._db.transaction():
            self._db.execute(sql, (name, pinned, conversation))
        if name is not None:
            self._db.flush()

    # what documents leave behind -----------------------------------------------------------------

    def paths(self) -> set[str]:
        """Return every document that some answer was made from."""
        return {str(row[0]) for row in self._db.rows("SELECT DISTINCT path FROM sources")}

    def asked(self) -> Iterator[tuple[str, int, str]]:
        """Yield ``(conversation, seq, text)`` of what was asked, and what it was about."""
        for conversation, seq, told in self._db.rows("SELECT conversation, seq, answer FROM turns"):
            answer = json.loads(told)
            yield conversation, seq, f"{answer['question']}\n{answer.get('context') or ''}"

    def move(self, paths: Mapping[str, str]) -> None:
        """Note that documents' files are now elsewhere, all at once: names may have been swapped; inside a transaction.

        Parameters
        ----------
        paths : mapping
            The new path by the old one.
        """
        rows = self._db.rows_in("SELECT conversation, seq, path FROM sources WHERE path IN ({})", list(paths))
        self._db.execute_many("DELETE FROM sources WHERE conversation = ? AND seq = ? AND path = ?", rows)
        moved = [(conversation, seq, paths[path]) for conversation, seq, path in rows]
        self._db.execute_many("INSERT OR IGNORE INTO sources VALUES (?, ?, ?)", moved)

    def made_from(self, covers: Callable[[str], bool], asked: str | None = None) -> tuple[set[Turn], set[str]]:
        """Return the answers made from documents that `covers` is true for, and the collections they were found in.

        With `asked`, only answers of questions to that collection.
        """
        found: set[Turn] = set()
        collections: set[str] = set()
        for path in self.paths():
            if covers(path):
                sql = """SELECT conversation, seq, collection FROM turns JOIN sources USING (conversation, seq)
                         WHERE path = ?"""
                for conversation, seq, named in self._db.rows(sql, (path,)):
                    names = str(named).split(_BETWEEN)
                    if asked is None or asked in names:
                        found.add((conversation, seq))
                        collections |= {*names}
        return found, collections

    def asked_of(self, name: str) -> set[Turn]:
        """Return the answers of questions to a collection."""
        rows = self._db.rows("SELECT conversation, seq, collection FROM turns")
        return {(conversation, seq) for conversation, seq, named in rows if name in str(named).split(_BETWEEN)}

    def rename_collection(self, name: str, new: str) -> None:
        """Note that a collection has another name; inside a transaction."""
        for conversation, seq in self.asked_of(name):
            sql = "SELECT collection FROM turns WHERE conversation = ? AND seq = ?"
            names = str(self._db.rows(sql, (conversation, seq))[0][0]).split(_BETWEEN)
            named = _BETWEEN.join(new if each == name else each for each in names)
            sql = "UPDATE turns SET collection = ? WHERE conversation = ? AND seq = ?"
            self._db.execute(sql, (named, conversation, seq))

    def count_from(self, turns: Iterable[Turn]) -> tuple[int, int]:
        """Return how many answers go with some, since what was said later may repeat them, and of how many talks."""
        first: dict[str, int] = {}
        for conversation, seq in turns:
            first[conversation] = min(seq, first.get(conversation, seq))
        sql = "SELECT count(*) FROM turns WHERE conversation = ? AND seq >= ?"
        return sum(self._db.rows(sql, turn)[0][0] for turn in first.items()), len(first)

    def forget_turns(self, turns: Iterable[Turn]) -> None:
        """Delete answers, and what was said after them in their conversations; inside a transaction."""
        for conversation, seq in turns:
            self._db.execute("DELETE FROM turns WHERE conversation = ? AND seq >= ?", (conversation, seq))
        self._db.execute("DELETE FROM conversations WHERE id NOT IN (SELECT conversation FROM turns)")


def moment(seconds: float) -> str:
    """Return a time as ISO 8601 has it, in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
