"""Whether a question wants an overview, and of which documents: by the words of the question and the documents' names.

No model is asked. A question that names no document, or asks more than an overview, is answered from passages.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Sequence

from ..index.catalogue import Catalogue
from ..index.registry import Collection
from ..paths import inside
from ..text.keywords import name_words

_KINDS = r"(?:collection|documents?|files?|folder|corpus|notes|papers?)"
_THINGS = rf"(?:(?:this|these|the|my|our|all)(?: of)?(?: the| my)? {_KINDS}|everything)"
_PARTS = r"(?:overview|summary|main points?|key points?|main ideas?|gist)"
_LENGTH = (
    r"(?: for me| please| briefly| in short| (?:in|as|with)(?: at most| (?!bullet points)\w{1,12})?"
    r" (?:sentences?|words|lines?|paragraphs?|bullet points|bullets|points|list)){0,5}"
)
_COLLECTION = re.compile(
    rf"^\W*(?:please )?(?:what (?:is|are) {_THINGS}(?: all)? about|(?:summari[sz]e|sum up) {_THINGS}"
    rf"|(?:give (?:me )?|what are )?(?:an? |the )?{_PARTS} of {_THINGS}){_LENGTH}\W*$",
    re.IGNORECASE,
)
_IT = re.compile(
    rf"^\W*(?:please )?(?:(?:summari[sz]e|sum up)(?: this| it| them| that)?|what (?:is|are) (?:this|it|they) about"
    rf"|(?:give (?:me )?|what are )?(?:an? |the )?{_PARTS}(?: of (?:this|it|them))?){_LENGTH}\W*$",
    re.IGNORECASE,
)
_DOCUMENTS = re.compile(
    rf"^\W*(?:please )?(?:(?:summari[sz]e|sum up|(?:give (?:me )?|what are )?(?:an? |the )?{_PARTS} of"
    rf"|(?P<compare>compare)|(?P<strict>what(?: is|'s|’s) in)) (?P<named>.{{1,400}}?)"
    rf"|what(?: is|'s|’s) (?P<about>.{{1,400}}?) about){_LENGTH}(?:\b\W*)?$",
    re.IGNORECASE | re.DOTALL,
)
_AND = re.compile(r"\s*(?:,(?:\s*and\b)?|;|\band\b)\s*", re.IGNORECASE)
_AND_WITH = re.compile(r"\s*(?:,(?:\s*and\b)?|;|\band\b|\bwith\b|\bto\b|\bagainst\b|\bversus\b|\bvs\.?(?=\s))\s*", re.I)
_COUNT = re.compile(
    r"^\W*how many (?:documents|files|papers)"
    r"(?: are (?:there|indexed|here)| (?:do|have) (?:you|i|we)(?: have| indexed)?)?"
    r"(?: in (?:this|the|my) (?:collection|folder|index))?\W*$",
    re.IGNORECASE,
)
_MENTION = re.compile(r'@(?:"[^"\n]{1,300}"|\S{1,300})')
_FILE_NAME = re.compile(r"[\w-][\w.-]{0,100}\.(?=\w{0,4}[^\W\d])\w{1,5}\Z")
_FILLING = frozenset("a all an and document documents file files for in my of on our s the this these two".split())
_MOST_ALIKE = 3  # documents that a word such as "handbook" may mean together
_CLOSE = 0.75


@dataclasses.dataclass(frozen=True)
class Scope:
    """The documents that an overview is wanted of, in the order of the question; or the name that no document has."""

    documents: tuple[int, ...] = ()
    unknown: str = ""
    close: str = ""
    """The name of a document that is nearest to the unknown one."""


@dataclasses.dataclass(frozen=True)
class _Known:
    id: int
    file: str
    forms: frozenset[str]  # what it is called: its file's name with and without suffix, its path, its title
    words: frozenset[str]


def scope(
    question: str, catalogue: Catalogue, collections: Sequence[Collection], within: Sequence[int] | None = None
) -> Scope | None:
    """Return what a question wants an overview of; None when it wants none.

    Parameters
    ----------
    question : str
    catalogue : Catalogue
    collections : sequence of Collection
        Those that are asked.
    within : sequence of int, optional
        The documents that the question is limited to.
    """
    said = _MENTION.sub(" ", question) if within is not None else question
    if _COLLECTION.match(said) or (within is not None and (_IT.match(said) or _leaves_nothing(said))):
        return Scope(tuple(_documents(catalogue, collections, within)))
    found = _DOCUMENTS.match(question)
    if found is None:
        return None
    every = set(_documents(catalogue, collections, within))
    known = [each for each in _known(catalogue, collections) if each.id in every]
    named = found["named"] or found["about"]
    documents: list[int] = []
    for part in _parts(named, known, bool(found["compare"])):
        ids = _called(part, known, strict=found["strict"] is not None)
        if not ids:
            return _unknown(part, known, needs_close=found["strict"] is not None)
        documents += ids
    return Scope(tuple(dict.fromkeys(documents))) if documents else None


def counted(question: str, catalogue: Catalogue, collections: Sequence[Collection]) -> str:
    """Return how many documents there are, if that is asked; else nothing."""
    if not _COUNT.match(question):
        return ""
    count = len(_documents(catalogue, collections))
    what = "this collection" if len(collections) == 1 else "these collections"
    return f"Documents in {what}: {count:,}. To list them: jupyter localai documents."


def _documents(
    catalogue: Catalogue, collections: Sequence[Collection], within: Sequence[int] | None = None
) -> list[int]:
    """Return the documents of collections, or those of them that are `within`, by path; each file once."""
    wanted = None if within is None else set(within)
    found: dict[str, int] = {}
    for collection in collections:
        for number, path, *_ in catalogue.titled(collection):
            if wanted is None or number in wanted:
                found.setdefault(path, number)
    return [found[path] for path in sorted(found)]


def _leaves_nothing(question: str) -> bool:
    """Whether a question that names documents by ``@`` says nothing of them beyond what an overview is."""
    found = _DOCUMENTS.match(question)
    return found is not None and not (set(_plain(found["named"] or found["about"]).split()) - _FILLING - {"with", "to"})


def _known(catalogue: Catalogue, collections: Sequence[Collection]) -> list[_Known]:
    known = []
    for collection in collections:
        for number, path, root, title in catalogue.titled(collection):
            relative = inside(path, root)
            file = relative.rsplit("/", 1)[-1]
            forms = {_plain(form) for form in (relative, file, file.rpartition(".")[0] or file, title)}
            words = frozenset(_plain(f"{name_words(path)} {file} {title}").split())
            known.append(_Known(number, file, frozenset(forms - {""}), words))
    return known


def _parts(named: str, known: Sequence[_Known], compares: bool) -> list[str]:
    """Return the names that a question lists; the whole if that is one."""
    whole = named.strip().strip("\"'“”‘’")
    if _called(whole, known, strict=True):
        return [whole]
    return [part.strip("\"'“”‘’ ") for part in (_AND_WITH if compares else _AND).split(whole) if part.strip("\"' ")]


def _called(part: str, known: Sequence[_Known], strict: bool) -> list[int]:
    """Return the documents of a name; unless `strict`, also of some words of it that few other documents have."""
    plain = _plain(part.removeprefix("@").strip("\"'"))
    short = " ".join(word for word in plain.split() if word not in _FILLING)
    exact = [each.id for each in known if plain in each.forms or (short and short in each.forms)]
    if exact or strict:
        return exact
    wanted = set(short.split())
    if not any(len(word) > 2 for word in wanted):
        return []
    fitting = [each.id for each in known if wanted <= each.words]
    return fitting if len(fitting) <= _MOST_ALIKE else []


def _unknown(part: str, known: Sequence[_Known], needs_close: bool) -> Scope | None:
    """Return that a file's name is that of no document; None where it is no file's name.

    What is in a file can be said of one that is only written about, so there another name must be close.
    """
    close = closest(part, [each.file for each in known])
    return Scope(unknown=part, close=close) if _FILE_NAME.match(part) and (close or not needs_close) else None


def closest(name: str, known: Sequence[str]) -> str:
    """Return the name that is nearest to one that nothing has; empty where none is near."""
    by_letters = {other.casefold(): other for other in known}
    close = difflib.get_close_matches(name.casefold(), by_letters, 1, _CLOSE)
    return by_letters[close[0]] if close else ""


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))
