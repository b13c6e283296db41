"""Sets of documents and questions, in the forms in which public sets come."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMS = """\
NAME/documents/ and questions.jsonl
    the files, in any format that is read, and one question per line:
    {"question": "...", "relevant": [{"file": "name.txt"}, ...]}. What is relevant is a file ("grade": 1 when left
    out), a page of one ("page": 12, counted from 1), a stretch of its text ("start" and "end", character offsets), or
    {"document": "name.pdf"}, where only the document counts; all of a set's are of one kind.
    Questions with "gold" as FinanceBench and the KG-RAG sets have it are read, too.
NAME/corpora/ and questions.jsonl
    Markdown files and questions with "corpus_id" and "gold_spans".
NAME/corpus.jsonl, queries.jsonl and qrels/
    as in BEIR; each document becomes a text file.
"""

Question = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Set:
    """A set: its name, the folder of its documents, and its questions."""

    name: str
    documents: Path
    questions: tuple[Question, ...]

    @property
    def kind(self) -> str:
        """What is relevant: ``files``, ``pages``, ``spans`` or ``documents``."""
        first = self.questions[0]["relevant"][0]
        if "document" in first:
            return "documents"
        return "spans" if "start" in first else "pages" if "page" in first else "files"


def sets_in(folder: Path, written: Path) -> list[Set]:
    """Return the sets of a folder and its folders, by name; `written` gets the files of those that have none."""
    found = []
    files = (file for depth in ("*", "*/*") for file in folder.glob(f"{depth}/qu*.jsonl"))
    for path in sorted({file.parent.resolve() for file in files}):
        if (path / "corpus.jsonl").exists():
            found.append(_beir(path, written / path.name))
        elif (path / "corpora").is_dir():
            found.append(Set(path.name, path / "corpora", tuple(map(_spans, _rows(path / "questions.jsonl")))))
        elif (path / "documents").is_dir():
            questions = [q for q in map(_golden, _rows(path / "questions.jsonl")) if q["relevant"]]
            found.append(Set(path.name, path / "documents", tuple(questions)))
    return [each for each in found if each.questions]


def _rows(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _spans(row: Any) -> Question:
    file = f"{row['corpus_id']}.md"
    spans = [{"file": file, "start": span["start"], "end": span["end"]} for span in row["gold_spans"]]
    return {"question": row["question"], "relevant": spans}


def _golden(row: Any) -> Question:
    if "relevant" in row:
        return {"question": row["question"], "relevant": row["relevant"]}
    relevant = []
    for gold in row.get("gold") or ():
        if "page_index0" in gold:
            relevant.append({"file": f"{gold['doc']}.pdf", "page": gold["page_index0"] + 1})
        else:
            relevant.append({"document": gold["corpus_id"]})
    return {"question": row["question"], "relevant": relevant}


def _beir(path: Path, written: Path) -> Set:
    names = {}
    written.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(_rows(path / "corpus.jsonl")):
        file = written / f"{number:06d}.txt"
        names[str(row.get("_id") or row.get("id"))] = file.name
        if not file.exists():
            file.write_text(f"{row.get('title') or ''}\n{row.get('text') or ''}".strip() + "\n", encoding="utf-8")
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    table = path / "qrels" / "test.tsv"
    table = table if table.exists() else min((path / "qrels").iterdir())
    with table.open(encoding="utf-8") as lines:
        for row in csv.reader(lines, delimiter="\t"):
            if len(row) >= 3 and row[-1].lstrip("-").isdigit() and int(row[-1]) > 0:
                grades[row[0]][row[-2]] = int(row[-1])
    questions = []
    for row in _rows(path / "queries.jsonl"):
        relevant = grades[str(row.get("_id") or row.get("id"))]
        if relevant:
            files = [{"file": names[document], "grade": grade} for document, grade in relevant.items()]
            questions.append({"question": row["text"], "relevant": files})
    return Set(path.name, written, tuple(questions))
