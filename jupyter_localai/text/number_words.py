"""Numbers and months in words, in the languages whose sentences are told apart."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from decimal import Decimal

from ..text.keywords import STOP_WORDS

_FROM_ZERO = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn zwanzig",
    "fr": "zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf vingt",
    "es": "cero - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte",
    "it": "zero - due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove venti",
    "pt": "zero - dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezasseis dezassete "
    "dezoito dezanove vinte",
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять",
}
_ORDINALS = {
    "en": "- first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
    "de": "- erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte",
    "fr": "- premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième",
}
_TIMES = {"en": "- once twice thrice", "de": "- einmal zweimal dreimal viermal fünfmal"}
_FROM_TWENTY = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety hundred",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix cent",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem",
}
_OTHERS = {"en": {"both": 2, "dozen": 12, "thousand": 1000}, "de": {"beide": 2, "dutzend": 12, "tausend": 1000}}


@functools.cache
def numbers(language: str) -> Mapping[str, int]:
    """Return the numbers that words of a language stand for; not those of its articles."""
    found = {word: at for of in (_FROM_ZERO, _ORDINALS, _TIMES) for at, word in enumerate(of.get(language, "").split())}
    tens = {word: 20 + 10 * at for at, word in enumerate(_FROM_TWENTY.get(language, "").split())}
    ones = {word: at for at, word in enumerate(_FROM_ZERO[language].split()[:10]) if at and word != "-"}
    if language == "de":
        found |= {
            f"{one}und{ten}": b + a for one, a in {**ones, "ein": 1}.items() for ten, b in tens.items() if b < 100
        }
    else:
        found |= {f"{ten}-{one}": b + a for one, a in ones.items() for ten, b in tens.items() if b < 100}
    found |= tens | _OTHERS.get(language, {})
    found.pop("-", None)
    return found


@functools.cache
def _unmistakable() -> frozenset[str]:
    """Return the words of any language for numbers above one that are no small words of English."""
    return frozenset(w for language in _FROM_ZERO for w, at in numbers(language).items() if at > 1) - STOP_WORDS


def number_words_in(text: str) -> set[str]:
    """Return the words of a text, in lower case, that say a number above one in any language."""
    return set(re.findall(r"[^\W\d_]+", text.casefold())) & _unmistakable()


SCALES = {
    word: Decimal(10) ** power
    for power, words in (
        (2, "hundred hundert"),
        (3, "thousand tausend mille mil mila k тысяч"),
        (6, "million millions millionen mio millón millones milione milioni milhão milhões млн"),
        (9, "billion billions bn milliarden milliarde mrd milliard milliards miliardi miliardo млрд"),
    )
    for word in words.split()
}

_MONTH_NAMES = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "jänner feb mär apr mai jun jul aug sept okt nov dez",
)
MONTHS = {name: number for line in _MONTH_NAMES for number, name in enumerate(line.split(), 1)}
