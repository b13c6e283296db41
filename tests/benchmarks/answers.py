"""How often answers are right, kind by kind, without a chat model and with one.

    python tests/benchmarks/answers.py [--papers FOLDER] [--kind KIND] [--cache FILE] [--json FILE]
        [--no-chat | --server ADDRESS --model NAME]

Asks the questions of tests/answers (its README has their form) of an index with the packaged embedding model. Without
a chat model an answer is right if it has what it must, and cites the place; a question that the documents do not
answer has to be refused. With a stand-in for a chat model, which makes a true claim and then a false one, it counts
citations of the right place, false alarms ("In no passage") and false claims that no warning tells of. With a real
server, its own answers are judged. Every wrong answer is printed; shares have 95 % intervals (Wilson).

--papers asks the questions about papers of a public set as well; README of tests/answers names the files. --cache keeps
vectors in a file, for another run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common import ROOT, machine, real_embedder, table
from remembered import Remembering

sys.path.insert(0, str(ROOT))
from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine
from tests.support import answer_sets as sets
from tests.support.ollama import StandIn, llama


def main() -> None:
    """Ask, judge, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=Path)
    parser.add_argument("--kind", default="")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--no-chat", action="store_true")
    parser.add_argument("--server", default="")
    parser.add_argument("--model", default="")
    wanted = parser.parse_args()
    asked = [each for each in sets.questions() if each.documents(wanted.papers) and each.kind.startswith(wanted.kind)]
    stand_in = StandIn()
    stand_in.models = [llama()]
    with tempfile.TemporaryDirectory() as store:
        config = Config(store=Path(store), ollama_host=wanted.server or stand_in.address)
        model = real_embedder(config)
        engine = Engine.open(config, Remembering(model, wanted.cache) if wanted.cache else model)
        sets.index(engine, asked, wanted.papers)
        print(f"{machine()}; {len(asked)} questions\n\nWithout a chat model")
        found = [sets.quoted(engine, each) for each in asked]
        shown(found)
        if wanted.server:
            print(f"With {wanted.model or 'the chat model of choice'}")
            shown([sets.chatted(engine, each, wanted.model) for each in asked])
        elif not wanted.no_chat:
            claims(engine, asked, stand_in)
        engine.close()
    stand_in.stop()
    if wanted.json:
        rows = [{"kind": each.question.kind, "question": each.question.question, "wrong": each.wrong} for each in found]
        wanted.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")


def shown(found: Sequence[sets.Outcome], numbers: bool = True) -> None:
    """Print the wrong answers, the shares of each kind, and the answers with numbers that no passage has."""
    for each in found:
        if each.wrong:
            came = " ".join(each.answer.text.split())[:150]
            print(f"  {each.question.kind}, {each.question.question!r}: {'; '.join(each.wrong)} | {came}")
    kinds = dict.fromkeys(each.question.kind for each in found)
    rows = [share(kind, [each for each in found if each.question.kind == kind]) for kind in kinds]
    answerable = [each for each in found if each.question.kind != sets.REFUSED]
    table(["kind", "right", "of", "%", "95 %"], [*rows, share("all but unanswerable", answerable)], [0, 0, 0, 1, 0])
    if not numbers:
        return
    invented = [each for each in found if each.invented]
    print(f"with a number that no passage has, and no warning: {len(invented)} of {len(found)}")
    for each in invented:
        print(f"  {each.question.question!r}: {each.invented}")
    print()


def share(name: str, found: Sequence[sets.Outcome]) -> list[Any]:
    """Return a row of the table."""
    right = sum(not each.wrong for each in found)
    return [name, right, len(found), 100 * right / max(1, len(found)), interval(right, len(found))]


def interval(count: int, of: int) -> str:
    """Return a 95 % interval as it is printed."""
    low, high = sets.wilson(count, of)
    return f"{low:.0f} to {high:.0f}"


def claims(engine: Engine, asked: Sequence[sets.Question], server: StandIn) -> None:
    """Have true and false claims verified, and print how that went."""
    true = [sets.claimed(engine, each, server, each.says) for each in asked if each.says]
    print("With a stand-in that makes true claims: right is a citation of the place")
    shown(true, numbers=False)
    lies = [(each, sets.lie(each.question, each.answer.passages)) for each in true]
    false = [(sets.claimed(engine, each.question, server, f"{claim} [1]."), claim) for each, claim in lies if claim]
    true = [each for each in true if each.is_carried and each.answer.mode == "llm"]
    alarms = [each for each in true if each.is_alarmed]
    false = [(each, claim) for each, claim in false if each.answer.mode == "llm"]
    missed = [(each, claim) for each, claim in false if not each.is_alarmed]
    print(f"false alarms: {len(alarms)} of {len(true)} true claims, {interval(len(alarms), len(true))} %")
    for each in alarms:
        print(f"  {each.question.says!r}: {each.answer.warnings}")
    caught = len(false) - len(missed)
    print(f"caught: {caught} of {len(false)} false claims, {interval(caught, len(false))} %")
    for each, claim in missed:
        print(f"  {claim!r} ({each.question.question!r}, mode {each.answer.mode})")


if __name__ == "__main__":
    main()
