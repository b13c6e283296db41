"""Equations of Office documents as text on one line: ``(m)/(V)=10^3``."""

from __future__ import annotations

from typing import Any

from .office import attribute, local

_MAX_DEEP = 30
_PROPERTIES = frozenset(("rPr", "ctrlPr", "fPr", "sSupPr", "sSubPr", "sSubSupPr", "sPrePr", "naryPr", "dPr", "radPr"))
_CONTROLS = frozenset(("funcPr", "limLowPr", "limUppPr", "mPr", "accPr", "barPr", "eqArrPr", "groupChrPr", "boxPr"))


def linear(equation: Any, deep: int = 0) -> str:
    """Return an equation as text; what is nested without end is given as its letters."""
    if deep > _MAX_DEEP:
        return "".join(e.text or "" for e in equation.iter() if local(e) == "t")
    name = local(equation)
    parts: dict[str, list[str]] = {}
    for child in equation:
        kind = local(child)
        if kind and kind not in _PROPERTIES and kind not in _CONTROLS:
            parts.setdefault(kind, []).append((child.text or "") if kind == "t" else linear(child, deep + 1))
    base = "".join(parts.get("e", ()))
    upper, lower = "".join(parts.get("sup", ())), "".join(parts.get("sub", ()))
    if name == "f":
        return f"{_bound(''.join(parts.get('num', ())))}/{_bound(''.join(parts.get('den', ())))}"
    if name in ("sSup", "sSub", "sSubSup"):
        return _bound(base) + _script("_", lower) + _script("^", upper)
    if name == "sPre":
        return _script("_", lower) + _script("^", upper) + _bound(base)
    if name == "nary":
        sign = _character(equation, "naryPr", "chr", "∫")
        return f"{sign}{_script('_', lower)}{_script('^', upper)} {base}"
    if name == "rad":
        degree = "".join(parts.get("deg", ()))
        return f"{degree if len(degree) < 2 else _bound(degree)}√({base})"
    if name == "d":
        begin, end = _character(equation, "dPr", "begChr", "("), _character(equation, "dPr", "endChr", ")")
        return begin + _character(equation, "dPr", "sepChr", "|").join(parts.get("e", ())) + end
    if name == "func":
        return f"{''.join(parts.get('fName', ()))} {base}"
    if name in ("limLow", "limUpp"):
        return base + _script("_" if name == "limLow" else "^", "".join(parts.get("lim", ())))
    if name == "m":
        return "[" + "; ".join(parts.get("mr", ())) + "]"
    if name == "mr":
        return ", ".join(parts.get("e", ()))
    if name == "eqArr":
        return "; ".join(parts.get("e", ()))
    return "".join(text for texts in _in_order(equation, parts) for text in texts)


def _in_order(equation: Any, parts: dict[str, list[str]]) -> list[list[str]]:
    """Return the texts of an element's children in their order."""
    rest = {kind: iter(texts) for kind, texts in parts.items()}
    return [[next(rest[kind])] for kind in map(local, equation) if kind in rest]


def _bound(text: str) -> str:
    """Put brackets around what is more than a number or a word."""
    return text if text.isalnum() or (text[:1] == "(" and text.find(")") == len(text) - 1) else f"({text})"


def _script(mark: str, text: str) -> str:
    return mark + _bound(text) if text else ""


def _character(equation: Any, properties: str, name: str, usual: str) -> str:
    marks = (e for child in equation if local(child) == properties for e in child if local(e) == name)
    return next((attribute(mark, "val")[:1] for mark in marks), usual)
