"""How much the text that a question is about helps to find the documents that help with it.

    python tests/benchmarks/context.py

The documents are those of `docs` and `examples/corpus`. Each case is what somebody has in front of them (an error with
its cell, or code) and what they ask; a passage that would help is known by words that stand in it. Prints a row per way
to make the query, as Markdown: how often such a passage is the first, among the first three and among the six that are
asked about; in how many of these cases some document is seen to be relevant, and in how many of the others none.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from common import ROOT, machine

sys.path.insert(0, str(ROOT))

from jupyter_localai.answer.attached import query
from jupyter_localai.answer.relevance import is_relevant
from jupyter_localai.config import Config
from jupyter_localai.engine.engine import Engine


class Case(NamedTuple):
    question: str
    context: str
    helps: tuple[str, ...]


def failed(source: str, name: str, value: str) -> str:
    """Return a cell and its error as the panel attaches them."""
    frames = f"Cell In[3], line 2\n      1 # a cell\n----> 2 {source.splitlines()[-1]}\n\n{name}: {value}"
    rule = "-" * 75
    return f"Cell 3 of analysis.ipynb:\n\n{source}\n\nError:\n\n{name}: {value}\n\nTraceback:\n\n{rule}\n{frames}"


def explain(source: str, name: str, value: str, *helps: str) -> Case:
    return Case(f"Explain this error: {name}: {value}", failed(source, name, value), helps)


CASES = [
    explain(
        "levels = [water_level(gauge, burst, day, 12.5) for burst in bursts]\nprint(max(levels))",
        "CalibrationError",
        "Wick Quay: calibration is 412 days old",
        "MAX_CALIBRATION_AGE_DAYS",
    ),
    explain(
        "from tidegauge import remove_spikes\nremove_spikes([4.91, 7.3, 5.02, 6.8, 1.1])",
        "CalibrationError",
        "only 2 of 5 readings are good",
        "MIN_GOOD_SHARE",
    ),
    explain(
        "import jupyter_localai as la\nai = la.connect()\nai.search('leave', collection='handbok')",
        "UnknownCollectionError",
        "There is no collection 'handbok'. Did you mean 'handbook'?",
        "unknown_collection",
        "UnknownCollectionError",
    ),
    explain(
        "ai = la.connect(embedder='BAAI/bge-m3')\nai.search('wind limit')",
        "EmbedderMismatchError",
        "Collection 'default' was built with the embedding model all-MiniLM-L6-v2; the configured one is BAAI/bge-m3.",
        "EmbedderMismatchError",
        "rebuild` switches the embedding",
    ),
    explain(
        "ai = la.connect('/mnt/nfs/store')\nai.index('docs')",
        "StoreError",
        "The store is on a network disk (nfs4).",
        "etwork disk",
    ),
    explain(
        "ai.ask(open('report.txt').read())",
        "UsageError",
        "The question has 48,211 characters; at most 10,000 are read.",
        "question_too_long",
    ),
    explain(
        "answer = ai.ask('Who leads?', model='gpt-oss:120b-cloud')",
        "OllamaError",
        "'gpt-oss:120b-cloud' is answered by another machine.",
        "cloud_model",
        "answered by another machine",
        "answer from elsewhere",
    ),
    Case(
        "What is wrong here?",
        failed(
            "day = date(2030, 1, 1)\nwater_level(Gauge('North Pier', 9.1, 4.0, date(2031, 2, 3)), burst, day, 9.0)",
            "CalibrationError",
            "North Pier: calibrated after 2030-01-01",
        ),
        ("calibrated after", "age < 0"),
    ),
    Case(
        "What does this do?",
        "Cell 7 of levels.ipynb:\n\ngood = [r for r in burst if abs(r - median(burst)) <= SPIKE_LIMIT_M]\n"
        "if len(good) < MIN_GOOD_SHARE * len(burst):\n    raise CalibrationError('too few')",
        ("SPIKE_LIMIT_M",),
    ),
    Case(
        "Is this the right correction?",
        "Selection of mast.py:\n\nheight = gauge.mast_length_m * 23.1e-6 * (temperature_c - 12.0)",
        ("MAST_EXPANSION_PER_C",),
    ),
    Case(
        "Why this number?",
        "Cell 5 of surges.ipynb:\n\nALERT_LEVEL = 5.2\nsurges = [h for h in high if h[1] > ALERT_LEVEL]",
        ("ALERT_LEVEL", "exceeds 5.2 m", "alert level"),
    ),
    Case(
        "Does this follow our rules?",
        "Cell 2 of archive.ipynb:\n\nname = f'{station}_{day:%Y%m%d}_raw.csv'\nframe.to_csv(archive / name)",
        ("Name data files",),
    ),
    Case(
        "May I do that?",
        "Selection of plan.md:\n\nSend the raw readings of the North Pier gauge to the newspaper this afternoon.",
        ("Never send raw readings",),
    ),
    Case(
        "How do I set that?",
        "Selection of an output:\n\nanswer.context_tokens\n4096\nanswer.dropped_passages\n3",
        ("context_tokens",),
    ),
]

UNRELATED = [
    explain(
        "import numpy as np\nnp.ones(3) + np.ones(4)",
        "ValueError",
        "operands could not be broadcast together with shapes (3,) (4,) ",
    ),
    explain("frame = pd.read_csv('sales.csv')\nframe['revenue']", "KeyError", "'revenue'"),
    explain("import seaborn as sns", "ModuleNotFoundError", "No module named 'seaborn'"),
    explain("model.fit(X, y)", "RuntimeError", "CUDA out of memory. Tried to allocate 2.00 GiB"),
    Case(
        "What does this do?",
        "Cell 1 of shop.ipynb:\n\ncustomers.groupby('country').agg({'basket': 'mean'}).sort_values('basket')",
        (),
    ),
    Case("Why is this slow?", "Cell 4 of primes.ipynb:\n\nprimes = [n for n in range(10**6) if is_prime(n)]", ()),
    Case(
        "Is there a bug?",
        "Selection of cart.js:\n\nconst total = items.reduce((sum, item) => sum + item.price, '');",
        (),
    ),
]

WAYS: dict[str, Callable[[Case], str]] = {
    "question alone": lambda case: case.question,
    "with the whole text": lambda case: f"{case.question}\n{case.context}"[:10_000],
    "with what is telling": lambda case: query(case.question, case.context),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as store:
        engine = Engine.open(Config(Path(store) / "store"))
        list(engine.index([str(ROOT / "docs"), str(ROOT / "examples" / "corpus")]))
        print(f"{len(CASES)} cases that a document helps with, {len(UNRELATED)} others. {machine()}\n")
        print("| query | first | first 3 | first 6 | seen to have some | seen to have none |\n" + "|---" * 6 + "|")
        for name, made in WAYS.items():
            found = {case: engine.search(made(case), 6) for case in (*CASES, *UNRELATED)}
            near = {case for case, hits in found.items() if any(is_relevant(made(case), hit) for hit in hits)}
            ranks = [
                next((hit.rank for hit in found[case] if any(words in hit.text for words in case.helps)), 99)
                for case in CASES
            ]
            counts = [sum(rank <= depth for rank in ranks) for depth in (1, 3, 6)]
            seen = [len(near & set(CASES)), len(set(UNRELATED) - near)]
            print(f"| {name} | {' | '.join(map(str, (*counts, *seen)))} |")
        engine.close()


if __name__ == "__main__":
    main()
