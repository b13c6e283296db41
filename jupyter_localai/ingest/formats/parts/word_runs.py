"""The text of Word's paragraphs: runs, fields, symbols, links, equations, what pictures show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .equations import linear
from .office import alternative, attribute, local, with_address
from .pictures import picture
from .scripts import DOWN, END, UP
from .symbols import is_symbols, shown, symbol

DELETED = frozenset(("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sdtPr", "tblPr", "sectPr"))
_PIECES = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_LINK = re.compile(r'\s*HYPERLINK\s+"([^"]{1,500})"', re.IGNORECASE)
_MAX_INSTRUCTION = 1000
_MAX_FIELDS_DEEP = 20
_BOXES = {True: "☒", False: "☐"}
_MARKS = {"superscript": UP, "subscript": DOWN}


class Runs:
    """Yields the pieces of paragraphs.

    Parameters
    ----------
    links : dict
        The addresses that hyperlinks lead to, by their ids.
    labels : dict
        What stands before numbered paragraphs.
    """

    def __init__(self, links: dict[str, str], labels: dict[Any, str]) -> None:
        self._links = links
        self._labels = labels
        self._fields: list[str] = []
        self._instructs = False

    def text(self, element: Any) -> Iterator[str]:
        """Yield what is inside an element, without the text boxes that hang on it."""
        for child in element:
            name = local(child)
            if name == "r":
                yield from self._run(child)
            elif name == "t":
                yield child.text or ""
            elif name in _PIECES:
                yield _PIECES[name]
            elif name == "AlternateContent":
                branch = alternative(child)
                if branch is not None:
                    yield from self.text(branch)
            elif name == "p":
                yield " "  # a paragraph in a cell
                yield self._labels.get(child, "")
                yield from self.text(child)
            elif name in _SPECIAL:
                yield from _SPECIAL[name](self, child)
            elif name not in DELETED and name != "txbxContent":
                yield from self.text(child)

    def _run(self, run: Any) -> Iterator[str]:
        mark = font = ""
        for child in run:
            if local(child) == "rPr":
                for switch in child:
                    name = local(switch)
                    if name == "vanish" and attribute(switch, "val") not in ("0", "false", "off"):
                        return
                    if name == "vertAlign":
                        mark = _MARKS.get(attribute(switch, "val"), "")
                    elif name == "rFonts":
                        font = attribute(switch, "ascii") or attribute(switch, "hAnsi")
            else:
                break
        pieces = self.text(run)
        if font and is_symbols(font):
            pieces = (shown(piece, font) for piece in pieces)
        if mark:
            yield mark
            yield from pieces
            yield END
        else:
            yield from pieces

    def _link(self, link: Any) -> Iterator[str]:
        words = "".join(self.text(link))
        yield with_address(words, self._links.get(attribute(link, "id"), "")) if words.strip() else words

    def _simple_field(self, field: Any) -> Iterator[str]:
        words = "".join(self.text(field))
        match = _LINK.match(attribute(field, "instr"))
        yield with_address(words, match.group(1)) if match and words.strip() else words

    def _instruction(self, element: Any) -> Iterator[str]:
        if self._fields and len(self._fields[-1]) < _MAX_INSTRUCTION:
            self._fields[-1] += element.text or ""
        yield ""

    def _field(self, element: Any) -> Iterator[str]:
        """Follow a field from its begin to its end, where the address of a link is told."""
        kind = attribute(element, "fldCharType")
        if kind == "begin" and len(self._fields) < _MAX_FIELDS_DEEP:
            self._fields.append("")
            yield _form_field(element)
        elif kind == "end" and self._fields:
            match = _LINK.match(self._fields.pop())
            yield f" ({match.group(1).removeprefix('mailto:')})" if match else ""

    def _symbol(self, element: Any) -> Iterator[str]:
        code = attribute(element, "char")
        if re.fullmatch(r"[0-9A-Fa-f]{1,5}", code):
            yield symbol(attribute(element, "font"), int(code, 16))

    def _equation(self, element: Any) -> Iterator[str]:
        yield linear(element)

    def _picture(self, element: Any) -> Iterator[str]:
        yield picture(attribute(element, "descr"))

    def _shape(self, element: Any) -> Iterator[str]:
        yield picture(attribute(element, "alt"))
        yield from self.text(element)


_SPECIAL = {
    **{"hyperlink": Runs._link, "fldSimple": Runs._simple_field, "instrText": Runs._instruction},
    **{"fldChar": Runs._field, "sym": Runs._symbol, "oMath": Runs._equation, "docPr": Runs._picture},
    "shape": Runs._shape,
}


def _form_field(element: Any) -> str:
    """Return what was ticked or chosen in a field of a form."""
    for data in (child for child in element if local(child) == "ffData"):
        for control in data:
            if local(control) == "checkBox":
                states = {local(e): attribute(e, "val") not in ("0", "false", "off") for e in control}
                return _BOXES[states.get("checked", states.get("default", False))]
            if local(control) == "ddList":
                entries = [attribute(e, "val") for e in control if local(e) == "listEntry"]
                values = {local(e): attribute(e, "val") for e in control}
                chosen = values.get("result", values.get("default", "0"))
                place = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 4 else 0
                return entries[place] if place < len(entries) else ""
    return ""
