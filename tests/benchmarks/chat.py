"""What a reader waits for with a real chat model, in this checkout beside another one.

    python tests/benchmarks/chat.py [OTHER] [--questions 10] [--tokens 40]

Needs the packages of ``requirements/test-model.txt``. Each checkout has its own environment in ``.venv``, its own
store and its own server with the same small model (``tests/support/bridge.py``); the two take turns, question by
question, so that what else the machine does costs both. Asked are first questions about the example documents, each
with a follow-up. Printed are the medians of seconds until passages and until the first word, and of the prompt's
tokens; how often the model was loaded while another client used it with its defaults between questions; and, of this
checkout, how long a second run of the same questions takes and whether it says the same.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MODEL = "smollm2:135m"
QUESTIONS = (
    ("How many days of annual leave do staff receive?", "And how many may be carried over?"),
    ("How quickly must the on-call engineer acknowledge an alarm?", "And what does a week on call earn?"),
    ("Who is the data manager?", "What does she do every quarter?"),
    ("Where is the key for the boat Tern?", "And the one for the Sandmartin?"),
    ("How much may the pier crane lift?", "When is it inspected?"),
    ("When is the fire alarm tested?", "Where do people assemble?"),
    ("What was found in the stilling well at Wick Quay?", "How long had it been there?"),
    ("What is a seiche?", "And what is a residual?"),
    ("Why was the Gull Rock gauge offline in March 2031?", "Who repaired it?"),
    ("How long is camera footage of the pier kept?", "And the visitor book?"),
)


def main() -> None:
    """Run both sides by turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", nargs="?", type=Path, help="another checkout, with an environment in .venv")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    parser.add_argument("--tokens", type=int, default=40, help="of an answer")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        serve(json.loads(options.side))
        return
    sides = [Side("this", ROOT, options.tokens)]
    if options.other:
        sides.append(Side("other", options.other.resolve(), options.tokens))
    asked = QUESTIONS[: options.questions]
    try:
        for question in asked:
            for side in sides:
                side.first.append(side.ask(question[0]))
            for side in sides:
                side.more.append(side.ask(question[1], side.first[-1]["conversation"]))
        for side in sides:
            side.loads_beside_another(asked[:3])
        again = [sides[0].ask(first) for first, _ in asked]
    finally:
        for side in sides:
            side.end()
    for side in sides:
        print(
            f"{side.name}: loads of the model while another client used it: {side.loads} in {len(asked[:3])} questions"
        )
        for name, told in (("first questions", side.first), ("follow-ups", side.more)):
            print(f"  {name:16}", ", ".join(f"{key} {statistics.median(t[key] for t in told):.2f}" for key in MEASURES))
            print(f"  {'':16}", f"tokens {statistics.median(t['tokens'] for t in told):.0f}")
    same = sum(new["text"] == old["text"] for new, old in zip(again, sides[0].first, strict=True))
    print(f"this, asked again: {sum(t['whole'] for t in again):.2f} s for {len(again)}, {same} with the same text")


KINDS = {"Passages": "passages", "Token": "first word", "Answer": "whole"}
MEASURES = tuple(KINDS.values())


class Side:
    """One checkout: its process, its server, and what was measured."""

    def __init__(self, name: str, root: Path, tokens: int) -> None:
        sys.path.insert(0, str(ROOT))
        from tests.support.bridge import Bridge

        self.name, self.first, self.more, self.loads = name, [], [], 0
        self.bridge = Bridge()
        self.bridge.most_tokens = tokens
        self._store = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        told = {"root": str(root), "store": self._store.name, "address": self.bridge.address}
        command = [str(root / ".venv" / "bin" / "python"), __file__, "--side", json.dumps(told)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question: str, conversation: str | None = None) -> dict[str, Any]:
        """Return what one question took."""
        self._process.stdin.write(json.dumps([question, conversation]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def loads_beside_another(self, asked: tuple[tuple[str, str], ...]) -> None:
        """Count how often the model is loaded for our questions when another client uses it between them."""
        for question, _ in asked:
            self._default_client()
            before = len(self.bridge.loads)
            self.ask(f"{question} Please.")
            self.loads += len(self.bridge.loads) - before

    def _default_client(self) -> None:
        import httpx

        body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "options": {"num_predict": 1}}
        httpx.post(f"{self.bridge.address}/api/chat", json=body, timeout=120, trust_env=False)

    def end(self) -> None:
        """End the process, the engine and the server."""
        self._process.stdin.close()
        self._process.wait(60)
        self.bridge.stop()
        self._store.cleanup()


def serve(told: dict[str, str]) -> None:
    """Answer questions of the parent with the checkout that is named, until there are no more."""
    sys.path.insert(0, told["root"])
    import jupyter_localai as la

    ai = la.connect(store=told["store"], ollama_host=told["address"], model=MODEL)
    ai.index(Path(told["root"]) / "examples" / "corpus")
    ai.search("warm")
    for line in sys.stdin:
        question, conversation = json.loads(line)
        begun, seen = time.perf_counter(), {}
        for event in ai.stream(question, conversation=conversation):
            kind = KINDS.get(type(event).__name__)  # another checkout may have its types elsewhere
            if kind:
                seen.setdefault(kind, time.perf_counter() - begun)
        seen.setdefault("first word", seen["whole"])
        shown = {"tokens": event.prompt_tokens or 0, "text": event.text, "conversation": event.conversation}
        print(json.dumps({**seen, **shown}), flush=True)
    sys.modules[type(ai).__module__].stop_engine(told["store"])


if __name__ == "__main__":
    main()
