"""The number formats of spreadsheets, taken apart: sections, literals, digits, fractions, elapsed time.

After ECMA-376 Part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import dataclasses
import functools
import re

BUILT_IN = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??"},
    **{5: '"$"#,##0_);("$"#,##0)', 6: '"$"#,##0_);("$"#,##0)', 7: '"$"#,##0.00_);("$"#,##0.00)'},
    **{8: '"$"#,##0.00_);("$"#,##0.00)', 41: '#,##0_);(#,##0);"-"_)', 42: '"$"#,##0_);"$"(#,##0);"$-"_)'},
    **{43: '#,##0.00_);(#,##0.00);"-"_)', 44: '"$"#,##0.00_);"$"(#,##0.00);"$-"_)'},
    **{14: "y-m-d", 15: "d-m-y", 16: "d-m", 17: "m-y", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss"},
    **{22: "y-m-d h:mm", 37: "#,##0_);(#,##0)", 38: "#,##0_);(#,##0)", 39: "#,##0.00_);(#,##0.00)"},
    **{40: "#,##0.00_);(#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 48: "##0.0E+0"},
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "y-m-d"),
}
_MAX_CHARS = 500
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\[\]]*)\]|(?P<general>General)'
    r"|(?P<digit>[#0?])|(?P<exponent>E[+-])|(?P<date>(?:AM/PM|A/P|[ymdhsbeg]+))|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d{1,15}(?:\.\d{1,15})?)$")


@dataclasses.dataclass(frozen=True)
class Section:
    """One of the forms that a format has for positive numbers, negative ones, zero and text.

    ``kind`` is number, fraction, science, general, date, elapsed or text; ``tokens`` are pairs of what it is and
    what it says.
    """

    kind: str
    tokens: tuple[tuple[str, str], ...]
    whole: int = 0
    decimals: int = 0
    optional: int = 0
    commas: bool = False
    scale: int = 0
    condition: tuple[str, float] | None = None


@functools.lru_cache(maxsize=1024)
def parsed(form: str) -> tuple[Section, ...]:
    """Return the sections of a format; none of an empty one."""
    sections: list[list[tuple[str, str]]] = [[]]
    for match in _TOKEN.finditer(form[:_MAX_CHARS]):
        kind, text = match.lastgroup or "", match.group(match.lastgroup) if match.lastgroup else ""
        if kind == "other" and text == ";":
            sections.append([])
        elif kind:
            sections[-1].append((kind, text))
    return tuple(_section(tokens) for tokens in sections[:4]) if form else ()


def _section(tokens: list[tuple[str, str]]) -> Section:
    condition = None
    result: list[tuple[str, str]] = []
    for kind, text in tokens:
        if kind in ("quoted", "escaped"):
            result.append(("literal", text))
        elif kind == "bracket":
            if match := _CONDITION.match(text):
                condition = (match.group(1), float(match.group(2)))
            elif text.startswith("$"):
                result.append(("literal", text[1:].split("-")[0]))
            elif text and set(text.lower()) in ({"h"}, {"m"}, {"s"}):
                result.append(("elapsed", text.lower()))
        else:
            result.append((kind, text))
    kinds = {kind for kind, _ in result}
    others = "".join(text for kind, text in result if kind == "other")
    if "elapsed" in kinds:
        return Section("elapsed", tuple(result), condition=condition)
    if "date" in kinds and "general" not in kinds:
        return Section("date", tuple(result), condition=condition)
    if "general" in kinds or ("other", "@") in result:
        return Section("general" if "general" in kinds else "text", tuple(result), condition=condition)
    if "digit" not in kinds:
        return Section("literal", tuple(result), condition=condition)
    if "/" in others:
        return Section("fraction", tuple(result), condition=condition)
    return _number(result, condition, "science" if "exponent" in kinds else "number")


def _number(tokens: list[tuple[str, str]], condition: tuple[str, float] | None, kind: str) -> Section:
    """Count what stands before and behind the point, and take out commas, which stand for groups or thousands."""
    kept: list[tuple[str, str]] = []
    digits = [place for place, (what, _) in enumerate(tokens) if what == "digit"]
    points = [place for place, token in enumerate(tokens) if token == ("other", ".")]
    power = next((place for place, (what, _) in enumerate(tokens) if what == "exponent"), len(tokens))
    point = points[0] if points else power
    commas, scale = False, 0
    for place, (what, text) in enumerate(tokens):
        if (what, text) == ("other", ","):
            before = any(d < place for d in digits)
            if before and any(place < d < point for d in digits):
                commas = True
            elif before:
                scale += 1
            continue
        if (what, text) == ("other", "%"):
            kept.append(("percent", "%"))
        elif (what, text) == ("other", ".") and place == point:
            kept.append(("point", "."))
        else:
            kept.append((what, text))
    whole = [tokens[d][1] for d in digits if d < min(point, power)]
    behind = [tokens[d][1] for d in digits if point < d < power]
    optional = len(behind) - len("".join(behind).rstrip("#?"))
    return Section(
        kind, tuple(kept), whole.count("0"), min(len(behind), 20), min(optional, 20), commas, scale, condition
    )
