"""What a slide says by properties, not by letters: written into its tree before its text is taken.

Raised and lowered letters are marked, addresses stand behind the words of links, numbers before numbered paragraphs.
"""

from __future__ import annotations

import re
from typing import Any

from .numbering import numeral
from .office import attribute, local, with_address
from .scripts import DOWN, END, UP, fit

_NUMBERED = re.compile(r"(arabic|alphaLc|alphaUc|romanLc|romanUc)(Period|ParenR|ParenBoth|Plain|Minus)?")
_FORMS = {
    **{"arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter"},
    **{"romanLc": "lowerRoman", "romanUc": "upperRoman"},
}
_SHAPES = {"Period": "{}. ", "ParenR": "{}) ", "ParenBoth": "({}) ", "Minus": "{} - "}


def write(root: Any, links: dict[str, str]) -> None:
    """Write them into a tree.

    Parameters
    ----------
    root : element
        The slide.
    links : dict
        The addresses that its links lead to, by their ids.
    """
    for box in root.iter("{*}txBody"):
        counts: dict[str, tuple[str, int]] = {}
        for paragraph in (child for child in box if local(child) == "p"):
            runs = [(run, texts) for run in paragraph if (texts := [t for t in run if local(t) == "t"])]
            addresses = [links.get(_link(run), "") if links else "" for run, _ in runs]
            for index, (run, texts) in enumerate(runs):
                _mark(run, texts)
                if addresses[index] and addresses[index] not in addresses[index + 1 : index + 2]:
                    texts[-1].text = fit(with_address(texts[-1].text or "", addresses[index]))
            label = _label(paragraph, counts) if runs else ""
            if label:
                runs[0][1][0].text = label + fit(runs[0][1][0].text or "")


def _mark(run: Any, texts: list[Any]) -> None:
    raised = run[0].get("baseline") if local(run[0]) == "rPr" else None
    if raised and raised.strip("0%-+.").isdigit():
        mark = DOWN if raised.startswith("-") else UP
        for text in texts:
            text.text = fit(f"{mark}{text.text or ''}{END}")


def _link(run: Any) -> str:
    clicks = (e for child in run if local(child) == "rPr" for e in child if local(e) == "hlinkClick")
    return next((attribute(click, "id") for click in clicks), "")


def _label(paragraph: Any, counts: dict[str, tuple[str, int]]) -> str:
    """Return what stands before a paragraph; the counts of lower levels begin again."""
    properties = paragraph[0] if local(paragraph[0]) == "pPr" else None
    level = (properties.get("lvl") or "0") if properties is not None else "0"
    for lower in [other for other in counts if other > level]:
        del counts[lower]
    marks = (e for e in properties if local(e) == "buAutoNum") if properties is not None else ()
    mark = next(iter(marks), None)
    kind = _NUMBERED.match(mark.get("type") or "") if mark is not None else None
    if mark is None or kind is None:
        counts.pop(level, None)
        return ""
    first = mark.get("startAt") or "1"
    before = counts.get(level)
    begins = int(first) if first.isascii() and first.isdigit() and len(first) < 6 else 1
    number = before[1] + 1 if before and before[0] == kind.group() else begins
    counts[level] = (kind.group(), number)
    return _SHAPES.get(kind.group(2) or "", "{} ").format(numeral(number, _FORMS[kind.group(1)]))
