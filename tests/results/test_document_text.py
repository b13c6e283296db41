"""Which results hold text of documents is marked on their fields, and each of them can be kept out of a notebook."""

import dataclasses
import typing

import pytest

from jupyter_localai.results import answers, base, passages, reports, scores, vectors
from jupyter_localai.results.base import can_withhold, dataclasses_in, document_parts, redacted, unquoted
from jupyter_localai.service.client.methods import Verb
from jupyter_localai.service.client.verbs import Verbs

SECRET = "zeppelin"


def returned():
    """Return the type that each method of a client returns, and those of events."""
    verbs = [value.definition for kind in Verbs.__mro__ for value in vars(kind).values() if isinstance(value, Verb)]
    hints = [typing.get_type_hints(verb)["return"] for verb in verbs] + [reports.Event]
    lists = [base for kind in (answers.Conversations, reports.Collections) for base in kind.__orig_bases__]
    return set().union(*map(dataclasses_in, [*hints, *lists]))


def is_marked(field):
    return field.metadata.get("document_text", False)


def uncovered(kind, way=""):
    """Return the ways to text of documents on which nothing says whether it is to be shown."""
    way = f"{way}.{kind.__name__}"
    if can_withhold(kind):
        return []
    ways = [f"{way}.{field.name}" for field in dataclasses.fields(kind) if is_marked(field)]
    for name in document_parts(kind):
        for part in dataclasses_in(typing.get_type_hints(kind)[name]) - {kind}:
            ways += uncovered(part, f"{way}.{name}")
    return ways


def sample(kind):
    """Return a value of a type, with something in each field that there can be something in."""
    hints = typing.get_type_hints(kind)
    return kind(**{f.name: of(hints[f.name], is_marked(f)) for f in dataclasses.fields(kind) if f.name != "quoted"})


def of(hint, marked):
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return sample(hint) if hint is not scores.Evaluation else None
    if origin is tuple:
        return (of(arguments[0], marked),)
    if origin is dict:
        return {}
    if origin is typing.Literal:
        return arguments[0]
    if arguments:
        return of(arguments[0], marked)
    return {str: SECRET if marked else "x", int: 1, float: 0.5, bool: True}[hint]


@pytest.mark.parametrize("kind", sorted(returned(), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_what_holds_text_of_documents_can_keep_it_back(kind):
    assert uncovered(kind) == []


WITH_TEXT = [kind for kind in sorted(returned(), key=lambda kind: kind.__name__) if document_parts(kind)]


def test_the_results_with_text_of_documents_are_known():
    names = {kind.__name__ for kind in WITH_TEXT}
    assert names == {
        "Answer",
        "Conversation",
        "Documents",
        "Evaluation",
        "Feedback",
        "Hits",
        "Located",
        "Passages",
        "Reference",
        "Suggestions",
        "Vectors",
    }


@pytest.mark.parametrize("kind", WITH_TEXT, ids=lambda kind: kind.__name__)
def test_without_quotes_every_part_says_so(kind):
    value = unquoted(sample(kind))
    found = []

    def look(part):
        if isinstance(part, (list, tuple)):
            return [look(item) for item in part]
        if dataclasses.is_dataclass(part):
            if can_withhold(type(part)):
                found.append(part.quoted)
            for field in dataclasses.fields(part):
                look(getattr(part, field.name))

    look(value)
    assert found and not any(found)


@pytest.mark.parametrize("kind", WITH_TEXT, ids=lambda kind: kind.__name__)
def test_what_is_withheld_is_all_that_is_marked(kind):
    value = sample(kind)
    assert SECRET in str(base.to_json(value))
    assert SECRET not in str(base.to_json(redacted(value)))


@pytest.mark.parametrize("kind", [passages.Located, vectors.Vectors])
def test_a_result_that_is_shown_as_python_writes_it_keeps_it_back_there(kind):
    value = sample(kind)
    assert SECRET in repr(value) and repr(value).startswith(f"{kind.__name__}(")
    assert SECRET not in repr(unquoted(value))


def test_what_has_no_text_of_documents_stays_what_it_is():
    token = answers.Token("x")
    assert unquoted(token) is token and unquoted((1, "x")) == (1, "x")
