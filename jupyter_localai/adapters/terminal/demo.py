"""The demo: index the example documents and ask three questions."""

from __future__ import annotations

import shutil
import sys
import tempfile

from ...render import text
from ...service.client import sync_client
from ..examples import corpus
from .progress import ProgressLine

QUESTIONS = (
    "Why was the Gull Rock gauge offline in March 2031?",
    "What was the mean high water at the North Pier in 2031, and how many surges were there?",
    "How many days of annual leave can I carry over to next year?",
)


def run() -> int:
    """Index the example documents in a temporary store, ask three questions, print the answers."""
    documents = corpus()
    folder = tempfile.mkdtemp(prefix="jupyter-localai-demo-")
    try:
        with sync_client.connect(store=folder, quotes=True) as ai:
            print(f"Indexing {documents} …", flush=True)
            with ProgressLine() as line:
                report = ai.index(documents, progress=line)
            print(text.report_text(report))
            for question in QUESTIONS:
                print(f"\n\n> {question}\n", flush=True)
                print(text.answer_text(ai.ask(question, extractive=True)), flush=True)
        print('\nNow try your own documents:\n  jupyter localai index FOLDER\n  jupyter localai ask "QUESTION"')
        return 1 if report.failed else 0
    finally:
        sync_client.stop_engine(folder)
        shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.flush()
