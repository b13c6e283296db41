"""Which pages need OCR, though something like text is in them: pictures with a stamp, letters without a meaning."""

from __future__ import annotations

import operator
import re
from itertools import islice
from typing import Any

from .pdfium import four

_FEW_CHARS = 150  # that a scanner stamps on a page, or a program writes below it
_PICTURE_SHARE = 0.5  # of a page
_MAX_OBJECTS, _MAX_DEPTH = 3000, 3
_PROBES = 12  # letters of a page whose font is asked
_SAMPLE = 160
_FEW_PAIRS, _MANY_PAIRS = 12, 200
_SOUND, _POOR, _BAD = 0.5, 0.42, 0.2  # shares of common pairs; text has 0.57 and more, changed letters 0.08 to 0.3
_LONG_WORD = 15  # mean length from which words are none: encoded data
_NO_LETTER = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
_WORD = re.compile(r"[a-z]{3,}")
# pairs of letters that make up most of any text in Latin letters: English, Romance, Germanic and Slavonic languages
_PAIRS = frozenset(
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic "
    "ne ea ra ce li ch ll be ma si om ur el la di ge ie ei un au da us so ta no il po qu ss ec ac ol em et ho pe tr ca "
    "lo na ad wa id wi we sc mi ni nn ig ut ot ab vo vi oo ag su sp pl op ir am im ee ke zu os do ia ao ow za rz sz cz "
    "ka ko wy pr je go dz ki ze za ny go ov sk va ja aa ii uu ij oe lu mo pa sa tu ku ak ok ek ik uk il lm ks tt ay by "
    "ly ry ty my fo fr gr br bl cl cr ct pp rm rn rs rt ld lt ns nc nk ry sh wh".split()
)


def is_picture(page: Any, text: str) -> bool:
    """Whether a page shows a picture, and its text is no more than a stamp."""
    if len(text) > 4 * _FEW_CHARS or len("".join(text.split())) > _FEW_CHARS:
        return False
    import pypdfium2.raw as raw

    whole = page.get_width() * page.get_height()
    covered = sum(_image_area(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, 0))
    return bool(whole > 0 and covered >= _PICTURE_SHARE * whole)


def is_unmapped(page_text: Any, text: str) -> bool:
    """Whether the letters of a page are none of any language: its fonts do not say what their glyphs mean."""
    middle = max(0, len(text) // 2 - _SAMPLE // 2)
    sample = text[middle : middle + _SAMPLE].lower()
    if sample and 3 * len(_NO_LETTER.findall(sample)) > len(sample):
        return True
    if _common(sample)[0] >= _SOUND:
        return False
    share, count = _common(text[: 30 * _SAMPLE].lower())
    if count < _FEW_PAIRS or share >= _POOR:
        return False
    if _without_map(page_text, len(text)):
        return True
    words = text.split()
    return count >= _MANY_PAIRS and share < _BAD and len(text) < _LONG_WORD * len(words)


def _common(text: str) -> tuple[float, int]:
    """Return the share of common pairs among all pairs of letters inside words, and how many pairs there are."""
    words = _WORD.findall(text)
    pairs = [pair for word in words for pair in map(operator.add, word, word[1:])]
    return (sum(map(_PAIRS.__contains__, pairs)) / len(pairs) if pairs else 0.0), len(pairs)


def _without_map(page_text: Any, length: int) -> bool:
    """Whether most letters of a page come from fonts without a map to Unicode."""
    import pypdfium2.raw as raw

    step = max(1, length // _PROBES)
    probes = [raw.FPDFText_HasUnicodeMapError(page_text.raw, index) == 1 for index in range(0, length, step)]
    return bool(2 * sum(probes) > len(probes))


def _image_area(holder: Any, count: Any, get: Any, depth: int) -> list[float]:
    """Return the areas of a page's images; a form that has one counts as one itself."""
    import pypdfium2.raw as raw

    areas: list[float] = []
    for index in islice(range(count(holder)), _MAX_OBJECTS):
        item = get(holder, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE or (
            kind == raw.FPDF_PAGEOBJ_FORM
            and depth < _MAX_DEPTH
            and _image_area(item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, depth + 1)
        ):
            areas.append(_area(item))
            if depth:
                return areas
    return areas


def _area(item: Any) -> float:
    import pypdfium2.raw as raw

    left, bottom, right, top = four("float")
    raw.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    return float(max(0.0, right.value - left.value) * max(0.0, top.value - bottom.value))
