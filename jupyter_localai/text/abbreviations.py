"""Words that a full stop belongs to: Unicode CLDR's segmentation suppressions, and the common ones that it lacks.

The same letters are an abbreviation in one language and a word in another ("end." in Portuguese), so only those of
the text's language and of English count. The language is the one whose function words the text has most of.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from importlib import resources

_MORE = {
    "en": "mr mrs ms dr prof sr jr st vs etc eg ie e.g i.e cf al fig figs eq eqs ref refs sec no nos vol pp p approx "
    "inc ltd co corp dept est jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k a.m p.m ca resp incl",
    "de": "bzw usw ca dr prof nr abs art bspw ggf vgl sog z.b d.h u.a s.o s.u tel str mio mrd inkl zzgl geb gest "
    "hr fr st abb tab kap bd hrsg aufl jh",
    "es": "sr sra dr dra ud uds pág págs núm aprox tel avda prof art",
    "fr": "mme mlle dr art chap cf env p pp vol tél p.ex éd",
    "it": "sig dott prof ecc pag art cap tel avv ing",
    "pt": "sr sra dr dra prof pág págs núm tel art",
    "ru": "г гг т д им др стр рис см тыс млн млрд ул",
}
_WORDS = {  # of CLDR's lists: words that end sentences as well
    "de": "Alt Bed Ben Ber Best Max Mod Op PIN Port Reg Rel So Temp Test am erw s",
    "en": "Act All As By Card Do Go Hat In Is Jam Job Joe Link Long Lib Mart OK Ok On Or PC Pro To Up",
    "es": "All Bien RAM SA Kit Rol Sol Trab cap col dom mar may vie",
    "fr": "All dest jeu mar mer quart ven",
    "it": "all on ver",
    "pt": "Mar cap com end long mar mov org out res set sup",
}
_FUNCTION_WORDS = {
    "de": "der die das und ist nicht ein eine mit auf den dem von zu im für wird sind",
    "en": "the of and to is in that for with are was be on by it this",
    "es": "el la los las y que en es un una por con del para se no",
    "fr": "le la les des et est une du dans que pour pas sur au il ne",
    "it": "il lo gli di che è un una per con del della nel sono non si",
    "pt": "o os as e que em um uma do da não para com no na é",
    "ru": "и в не на что он с как это по из у за от для",
}
_SAMPLE = 3000
_LONGER = "z. B.;d. h.;u. a.;i. d. R.;o. ä.;s. o.;e. g.;i. e.;p. ex.;p. ej.;т. е.;т. д.;т. п.;и т. д.;и т. п."
_LANGUAGE_OF = {
    word: tuple(name for name, words in _FUNCTION_WORDS.items() if word in words.split())
    for words in _FUNCTION_WORDS.values()
    for word in words.split()
}


def is_abbreviation(word: str, language: str) -> bool:
    """Whether `word`, written without its last full stop, is an abbreviation in `language` or in English."""
    return any(word in of or word.lower() in lower for of, lower in (_table(language), _table("en")))


def language_of(text: str) -> str:
    """Return the language whose function words the beginning of `text` has most of; English where it has none."""
    seen = Counter(word for word in re.findall(r"[^\W\d_]+", text[:_SAMPLE].lower()) if word in _LANGUAGE_OF)
    votes = Counter[str]({"en": 0})
    for word, times in seen.items():
        for language in _LANGUAGE_OF[word]:
            votes[language] += times
    return votes.most_common(1)[0][0]


@functools.cache
def spaced() -> re.Pattern[str]:
    """Return a pattern for abbreviations of several parts, such as ``z. B.`` and ``v. Chr.``."""
    entries = {entry for language in _FUNCTION_WORDS for entry in _listed(language) if " " in entry}
    ordered = sorted(entries | set(_LONGER.split(";")), key=len, reverse=True)
    ways = "|".join(r"[ \u00a0\u202f]".join(map(re.escape, entry.split())) for entry in ordered)
    return re.compile(rf"(?<!\w)(?:{ways})", re.IGNORECASE)


@functools.cache
def _table(language: str) -> tuple[frozenset[str], frozenset[str]]:
    words = set(_WORDS.get(language, "").split())
    listed = {entry.removesuffix(".") for entry in _listed(language)} - words
    return frozenset(listed | {word[:1].upper() + word[1:] for word in listed}), frozenset(_MORE[language].split())


@functools.cache
def _listed(language: str) -> tuple[str, ...]:
    data = resources.files(__package__).joinpath("cldr", "suppressions.json").read_text(encoding="utf-8")
    return tuple(json.loads(data)[language].split(" ; "))
