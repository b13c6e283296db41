"""One of the many users of an engine: does one thing after another and checks what comes of it, until it is killed.

``python -m tests.soak.one_user SEAT``, started by ``tests.soak.users``, with the store's settings in the environment.
What a user may count on is what stands in the files of its own folder: each has a code that no other text ever had.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import jupyter_localai as la
from jupyter_localai.errors import Cancelled, EngineUnreachableError, UsageError
from jupyter_localai.results.reports import Token
from jupyter_localai.service.client.sync_client import read

FILES, BURST = 12, 60
BIRDS = ("heron", "cormorant", "curlew", "dunlin", "plover")
CODE = re.compile(r"ring(k[0-9a-f]{10})")
SENTENCE = re.compile(r"The (\w+) with ring(k[0-9a-f]{10}) was seen at the pier\.")
_FILLER = "The keeper writes down each bird that comes to the pier, with the hour, the tide and the wind. " * 6
_FOLLOWED_SECONDS = 180  # a change of a followed folder is found sooner, also after an engine was killed
_KILL_SECONDS = 20  # so long ago an engine may have been killed for a call to be lost with it
_KEPT = 5  # conversations


class User:
    """A seat with a folder and a collection of its own; seat 0 has its collection follow the folder.

    Parameters
    ----------
    seat : int
    place : Path
        Of the whole soak: ``documents``, ``control.json`` and ``killed`` are in it.
    """

    def __init__(self, seat: int, place: Path) -> None:
        self.chance = random.Random(secrets.randbits(64))
        self.place, self.folder = place, place / "documents" / str(seat)
        self.burst = place / "documents" / f"burst-{seat}"
        self.collection, self.follows = f"user-{seat}", seat == 0
        self.done = place / f"done-{seat}"
        self.ai = la.connect()
        self.is_settled = False
        self.deeds: list[tuple[int, Callable[[], None]]] = [
            (8, self.search),
            (5, self.change),
            (4, self.ask),
            (3, self.quote),
            (3, self.read),
            (2, self.stop_indexing),
            (2, self.stop_answer),
            (1, self.summarise),
            (1, self.forget),
            (1, self.tidy),
        ]

    def go_on(self) -> None:
        """Work until the parent says that it is over; any error but a killed engine ends the process."""
        while (control := self.control())["goes_on"]:
            if control["holds"]:
                time.sleep(0.2)
                continue
            weights, deeds = zip(*self.deeds, strict=True)
            deed = self.settle if not self.is_settled else self.chance.choices(deeds, weights)[0]
            began = time.time()
            try:
                deed()
                word = deed.__name__
            except EngineUnreachableError:
                if not self._was_killed(began):
                    raise
                self.is_settled, word = False, "lost"
            with self.done.open("a", encoding="utf-8") as file:
                file.write(f"{word} {time.time() - began:.2f}\n")
            self._rest(control["pause"])

    def control(self) -> dict[str, float]:
        return json.loads((self.place / "control.json").read_text(encoding="utf-8"))

    def settle(self) -> None:
        """Bring the index up to the files, whatever the one who sat here before was doing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for number in range(FILES):
            if not self._path(number).exists():
                self._write(number)
        report = self.ai.index(self.folder, self.collection)
        assert report.failed == (), report
        for number in range(FILES):
            if not self._finds(number):  # the one before was killed between forgetting it and taking it in again
                self.ai.index(self._path(number), self.collection)
        if self.follows:
            self.ai.watch(self.collection)
        self.is_settled = True

    def change(self) -> None:
        """Write some files anew: what they say is found, and what they said is not."""
        numbers = self.chance.sample(range(FILES), self.chance.randint(1, 4))
        before = [self._code(number) for number in numbers]
        for number in numbers:
            self._write(number)
        if self.chance.random() < 0.3:
            self._path(numbers[0]).rename(self.folder / "aside.md")
            (self.folder / "aside.md").rename(self._path(numbers[0]))
        if self.follows:
            until = time.monotonic() + _FOLLOWED_SECONDS
            while not all(self._finds(number) for number in numbers):
                if time.monotonic() > until:
                    missed = self.ai.index(self.folder, self.collection, dry_run=True)
                    raise AssertionError(f"not followed in time: {missed}, {self.ai.status().engine['watching']}")
                time.sleep(0.5)
        else:
            report = self.ai.index(self.folder, self.collection)
            assert report.failed == (), report
        assert all(self._finds(number) for number in numbers), "what was written is not found"
        for code in before:
            hits = self.ai.search(f"ring{code}", k=5, collection=self.collection)
            assert not any(code in hit.text for hit in hits), "what was overwritten is found"

    def search(self) -> None:
        assert self._finds(self.chance.randrange(FILES)), "what is in a file is not found"
        hits = self.ai.search("How many days of annual leave are there?", k=5)
        assert any("leave" in hit.text for hit in hits), "the shared documents are not found"

    def ask(self) -> None:
        """Ask the chat model, which reads the passages, and look at what it cites."""
        number = self.chance.randrange(FILES)
        bird, code = self._said(number)
        answer = self.ai.ask(f"Which bird has ring{code}?", self.collection)
        assert answer.mode == "llm", answer.warnings
        assert bird in answer.text, "the answer is not what the file says"
        cited = answer.citations[0]
        assert Path(cited.path) == self._path(number), cited  # weights of chance choose the quote in the passage
        assert any(code in hit.text for hit in answer.passages if hit.path == cited.path), cited
        assert self.ai.locate(cited.path, cited.start, cited.end, cited.quote).state == "same"

    def quote(self) -> None:
        answer = self.ai.ask("Which birds were seen at the pier?", self.collection, extractive=True)
        assert answer.mode == "extractive" and answer.citations, answer

    def read(self) -> None:
        listed = {item.path for item in self.ai.documents(self.collection)}
        assert listed == {str(self._path(number)) for number in range(FILES)}, listed
        assert any(one.name == self.collection for one in self.ai.collections())
        assert read(self._path(0)).text.count(f"ring{self._code(0)}") == 1
        assert len(self.ai.references([self._path(1)])) == 1
        self.ai.status()

    def stop_indexing(self) -> None:
        """Begin to index a folder in which much has changed, and stop at some moment."""
        self.burst.mkdir(parents=True, exist_ok=True)
        for number in range(BURST):
            if self.chance.random() < 0.5 or not (self.burst / f"{number}.txt").exists():
                (self.burst / f"{number}.txt").write_text(f"Burst {secrets.token_hex(6)}.\n\n{_FILLER}")
        stop = threading.Event()
        timer = threading.Timer(self.chance.uniform(0.05, 2.0), stop.set)
        timer.start()
        with contextlib.suppress(Cancelled):
            self.ai.until(stop).index(self.burst, f"{self.collection}-burst")
        timer.cancel()
        if self.chance.random() < 0.3:
            job = self.ai.index(self.burst, f"{self.collection}-burst", background=True)
            time.sleep(self.chance.uniform(0.0, 1.0))
            try:
                self.ai.cancel(job)
            except UsageError as error:
                if error.code != "unknown_job":  # the next engine knows none of one that was killed
                    raise

    def stop_answer(self) -> None:
        """Leave in the middle of an answer."""
        code, most = self._code(self.chance.randrange(FILES)), self.chance.randint(0, 4)
        with contextlib.closing(self.ai.stream(f"Which bird has ring{code}?", self.collection, fresh=True)) as events:
            for event in events:
                most -= isinstance(event, Token)
                if most < 0:
                    break

    def summarise(self) -> None:
        answer = self.ai.summarize(self._path(self.chance.randrange(FILES)), self.collection)
        assert answer.mode == "llm" and answer.citations, answer

    def forget(self) -> None:
        """Have a file forgotten, and take it in again."""
        number = self.chance.randrange(FILES)
        self.ai.forget(self._path(number))
        assert not self._finds(number), "what was forgotten is found"
        self.ai.index(self._path(number), self.collection)
        assert self._finds(number), "what was taken in again is not found"

    def tidy(self) -> None:
        """Delete the conversations but the last ones; now and then, clean the index's files."""
        mine = [one.id for one in self.ai.conversations() if one.collection.startswith(self.collection)]
        if mine[_KEPT:]:
            self.ai.delete_conversations(mine[_KEPT:])
        if self.chance.random() < 0.2:
            self.ai.compact()

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds * self.chance.uniform(0.5, 1.5)
        while time.monotonic() < until and self.control()["goes_on"]:
            time.sleep(min(1.0, seconds))

    def _finds(self, number: int) -> bool:
        code = self._code(number)
        hits = self.ai.search(f"ring{code}", k=5, collection=self.collection)
        return any(code in hit.text and Path(hit.path) == self._path(number) for hit in hits)

    def _was_killed(self, since: float) -> bool:
        killed = self.place / "killed"
        return killed.exists() and killed.stat().st_mtime > since - _KILL_SECONDS

    def _write(self, number: int) -> None:
        bird, code = self.chance.choice(BIRDS), f"k{secrets.token_hex(5)}"
        text = f"# Note {number}\n\nThe {bird} with ring{code} was seen at the pier.\n\n## More\n\n{_FILLER}\n"
        beside = self.folder / f".{number}.part"
        beside.write_text(text, encoding="utf-8")
        beside.replace(self._path(number))

    def _said(self, number: int) -> tuple[str, str]:
        found = SENTENCE.search(self._path(number).read_text(encoding="utf-8"))
        assert found is not None
        return found[1], found[2]

    def _code(self, number: int) -> str:
        return self._said(number)[1]

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}.md"


if __name__ == "__main__":
    User(int(sys.argv[1]), Path(os.environ["SOAK_PLACE"])).go_on()
