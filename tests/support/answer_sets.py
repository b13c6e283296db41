"""The set of questions in ``tests/answers``: to read it, to ask it of an engine, and to judge what comes.

``tests/answers/README.md`` has the form of the questions.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jupyter_localai.engine.engine import Engine
from jupyter_localai.results.answers import Answer, Citation, Passages
from jupyter_localai.results.passages import Hit
from tests.support.in_process import run_index
from tests.support.ollama import StandIn, says

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ROOT / "tests" / "answers"
CORPUS = ROOT / "examples" / "corpus"
REFUSED = "unanswerable"
ALARM = "In no passage"
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MARKER = re.compile(r"\[\d+\]")


@dataclasses.dataclass(frozen=True)
class Question:
    """A question, the documents that it is asked of, and what a right answer has."""

    kind: str
    place: str
    question: str
    before: tuple[str, ...] = ()
    must: tuple[Any, ...] = ()
    must_not: tuple[str, ...] = ()
    cited: tuple[dict[str, Any], ...] = ()
    first: str = ""
    only: str = ""
    least: int = 1
    says: str = ""
    lies: str = ""

    def documents(self, papers: Path | None = None) -> Path | None:
        """Return the folder of its documents; None if they are not here."""
        if self.place == "papers":
            return papers
        return CORPUS if self.place == "corpus" else ANSWERS / "documents" / self.place


def questions() -> list[Question]:
    """Return all questions, by kind."""
    found = []
    for file in sorted((ANSWERS / "questions").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(line).items()}
            found.append(Question(file.stem, row.pop("in"), **row))
    return found


def index(engine: Engine, asked: Sequence[Question], papers: Path | None = None) -> None:
    """Index the documents of some questions, each folder as a collection of its own."""
    for place, folder in {each.place: each.documents(papers) for each in asked}.items():
        run_index(engine, [str(folder)], place)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a question, and what is wrong with it; nothing if all is right."""

    question: Question
    answer: Answer
    wrong: tuple[str, ...]

    @property
    def invented(self) -> list[str]:
        """The numbers of the answer that stand in no passage, and of which no warning tells."""
        if self.answer.mode == "none" or self.question.kind == "count" or self.answer.select:  # counted over a table
            return []
        given = " ".join([self.question.question, *self.question.before, *map(_all_of, self.answer.passages)])
        known = set(_NUMBER.findall(given)) | set(re.findall(r"\d+", given))
        told = " ".join(self.answer.warnings)
        numbers = _NUMBER.findall(_MARKER.sub("", self.answer.text))
        return [number for number in numbers if number not in known and number not in told]

    @property
    def is_carried(self) -> bool:
        """Whether the passages have what a right answer must have: else a claim of it is rightly doubted."""
        return not _strings_missing(self.question, "\n".join(map(_all_of, self.answer.passages)))

    @property
    def is_alarmed(self) -> bool:
        """Whether a warning tells that something stands in no passage."""
        return any(ALARM in warning for warning in self.answer.warnings)


def quoted(engine: Engine, asked: Question) -> Outcome:
    """Ask without a chat model."""
    *_, answer = _events(engine, asked, extractive=True)
    return Outcome(asked, answer, tuple(_judged(asked, answer, [cited.quote for cited in answer.citations])))


def claimed(engine: Engine, asked: Question, server: StandIn, claim: str) -> Outcome:
    """Ask with a stand-in for a chat model that makes a claim, and cites the passage that has the answer."""
    server.chatting = says(claim)
    answer = None
    for event in _events(engine, asked, fresh=True):  # another claim for the same question
        if isinstance(event, Passages):
            server.chatting = says(_MARKER.sub(f"[{_number(asked, event.passages)}]", claim))
        answer = event
    assert isinstance(answer, Answer)
    missing = list(_places_missing(asked, answer.citations))
    wrong = [f"mode {answer.mode}"] if answer.mode != "llm" else missing if len(missing) == len(asked.cited) else []
    return Outcome(asked, answer, tuple(wrong))


def chatted(engine: Engine, asked: Question, model: str) -> Outcome:
    """Ask a real chat model."""
    *_, answer = _events(engine, asked, model=model)
    wrong = list(_judged(asked, answer, []))
    if asked.kind == REFUSED and answer.mode == "llm" and re.search(r"\b(?:not?|none|nothing|cannot)\b", answer.text):
        wrong = []
    return Outcome(asked, answer, tuple(wrong))


def lie(asked: Question, passages: Sequence[Hit]) -> str:
    """Return a false claim: the one that is written down, or the true one with another number; empty without any."""
    given = " ".join([asked.question, asked.says, *map(_all_of, passages)])
    plain = _MARKER.sub("", asked.says)
    for match in [] if asked.lies else re.finditer(r"\d+", plain):
        number = match[0]
        for step in (3, 4, 6, 7, 8, 9, 11, 13):
            other = str((int(number) + step) % 10 ** len(number)).zfill(len(number))
            if other[0] != "0" and not re.search(rf"(?<!\d){other}(?!\d)", given):
                return f"{plain[: match.start()]}{other}{plain[match.end() :]}"
    return asked.lies


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, in per cent (Wilson)."""
    if not of:
        return 0.0, 100.0
    z, share = 1.96, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    return 100 * max(0.0, middle - reach), 100 * min(1.0, middle + reach)


def _events(engine: Engine, asked: Question, **how: Any) -> Iterator[Any]:
    conversation = None
    for earlier in asked.before:
        *_, answer = engine.ask(earlier, collection=asked.place, conversation=conversation, extractive=True)
        conversation = answer.conversation
    yield from engine.ask(asked.question, collection=asked.place, conversation=conversation, **how)


def _judged(asked: Question, answer: Answer, quotes: Sequence[str]) -> Iterator[str]:
    if asked.kind == REFUSED:
        if answer.mode != "none":
            yield "is answered"
        return
    shown = "\n".join([answer.text, *quotes, *(warning for warning in answer.warnings if ALARM not in warning)])
    yield from (f"has not {' or '.join(strings)!r}" for strings in _strings_missing(asked, shown))
    yield from (f"has {string!r}" for string in asked.must_not if _has(answer.text, string))
    if asked.first and not _has(answer.text.split("\n\n")[0], asked.first):
        yield f"does not begin with {asked.first!r}"
    yield from _places_missing(asked, answer.citations)
    if asked.only and any(Path(cited.path).name != asked.only for cited in answer.citations):
        yield f"cites more than {asked.only}"
    if asked.cited and len(answer.citations) < asked.least:
        yield f"cites {len(answer.citations)} passages"


def _strings_missing(asked: Question, text: str) -> list[Sequence[str]]:
    """Return what a right answer must have, in all its spellings, of which a text has none."""
    wanted = [[each] if isinstance(each, str) else each for each in asked.must]
    return [strings for strings in wanted if not any(_has(text, string) for string in strings)]


def _places_missing(asked: Question, citations: Sequence[Citation]) -> Iterator[str]:
    for place in asked.cited:
        if not any(_is_at(cited, place) for cited in citations):
            yield f"does not cite {' '.join(map(str, place.values()))}"


def _is_at(cited: Citation, place: dict[str, Any]) -> bool:
    if Path(cited.path).name != place["file"]:
        return False
    if "line" in place:
        first = cited.anchor.line or 0
        return first <= place["line"] <= first + cited.quote.count("\n")
    return all(cited.anchor.get(name) == value for name, value in place.items() if name != "file")


def _number(asked: Question, hits: Sequence[Hit]) -> int:
    """Return the number of the passage that has the answer; 1 if none has."""
    files = {place["file"] for place in asked.cited}

    def fit(hit: Hit) -> int:
        return (Path(hit.path).name in files) - 2 * len(_strings_missing(asked, hit.text))

    return max(range(len(hits)), key=lambda at: fit(hits[at]), default=0) + 1


def _all_of(hit: Hit) -> str:
    return f"{hit.document} {hit.path} {hit.anchor.heading} {hit.text}"


def _has(text: str, string: str) -> bool:
    """Whether a text has a string, as whole words; case and white space do not count."""
    text, string = (" ".join(each.split()).casefold() for each in (text, string))
    before = r"(?<!\w)" if string[:1].isalnum() else ""
    after = r"(?!\w)" if string[-1:].isalnum() else ""
    return re.search(before + re.escape(string) + after, text) is not None
