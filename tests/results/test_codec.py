"""What goes through JSON comes back equal, whatever it is; what does not fit is told with its place."""

import dataclasses
import json
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.errors import Cancelled, LocalAIError, StoreBusyError, StoreError, from_wire, to_wire
from jupyter_localai.results import answers, files, passages, reports, scores, vectors
from jupyter_localai.results.answers import Token
from jupyter_localai.results.base import to_json
from jupyter_localai.results.codec import event_from_json, event_to_json, from_json
from jupyter_localai.results.passages import Anchor, Explanation, Hit
from jupyter_localai.results.reports import Progress

KINDS = [
    kind
    for module in (answers, files, passages, reports, scores, vectors)
    for kind in vars(module).values()
    if dataclasses.is_dataclass(kind)
    and kind.__module__ == module.__name__
    and kind not in (passages.Document, passages.Chunk)  # these stay in the engine
]
TEXT = st.text(st.characters(), max_size=8)
PLAIN = {
    str: TEXT,
    int: st.integers(-(2**53), 2**53),
    float: st.floats(-1e6, 1e6).map(lambda number: round(number, 6)),
    bool: st.booleans(),
    type(None): st.none(),
    typing.Any: st.one_of(st.none(), st.booleans(), st.integers(0, 9), TEXT),
}


def values(kind):
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is scores.Evaluation:  # one is compared with one, and no further
        return st.deferred(lambda: _evaluations(st.none() | _evaluations(st.none())))
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        sent = [field for field in dataclasses.fields(kind) if field.metadata.get("json", True)]
        return st.builds(kind, **{field.name: values(hints[field.name]) for field in sent})
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(PLAIN[arguments[0]], values(arguments[1]), max_size=2)
    if origin is not None:
        return st.one_of([values(argument) for argument in arguments])
    return PLAIN[kind]


def _evaluations(compared):
    kind = scores.Evaluation
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.name not in ("compared", "quoted")]
    return st.builds(kind, **{name: values(hints[name]) for name in names}, compared=compared)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_everything_comes_back_equal(kind):
    @settings(max_examples=30)
    @given(values(kind))
    def check(value):
        assert from_json(kind, json.loads(json.dumps(to_json(value)))) == value

    check()


@pytest.mark.parametrize("kind", typing.get_args(reports.Event), ids=lambda kind: kind.__name__)
def test_every_event_comes_back_equal(kind):
    @settings(max_examples=10)
    @given(values(kind))
    def check(event):
        assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event

    check()


def test_an_event_of_a_later_version_is_left_out():
    assert event_from_json({"type": "hologram", "text": "x"}) is None
    assert event_to_json(Token("a")) == {"type": "token", "text": "a"}


def test_unknown_keys_are_ignored_and_left_out_ones_have_their_default():
    assert from_json(Anchor, {"page": 3, "chapter": 9}) == Anchor(page=3)
    assert from_json(Progress, {"stage": "index"}) == Progress("index")


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (Anchor, [], "it must be an object"),
        (Anchor, {"page": "3"}, "page must be a whole number"),
        (Anchor, {"page": True}, "page must be a whole number"),
        (Explanation, {"dense": 1}, "keyword must be given"),
        (tuple[Anchor, ...], [{}, {"line": 1.5}], r"\[1\].line must be a whole number"),
        (list[str], "text", "must be a list"),
        (Progress, {"stage": "dance"}, "stage must be one of"),
        (Hit, None, "must be an object"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(kind, value, told):
    with pytest.raises(ValueError, match=told):
        from_json(kind, value)


@pytest.mark.parametrize(
    "error", [StoreError("full", "free it", code="disk_full"), StoreBusyError("busy"), Cancelled(), LocalAIError("x")]
)
def test_an_error_keeps_its_class_code_and_remedy(error):
    again = from_wire(json.loads(json.dumps(to_wire(error))))
    assert type(again) is type(error)
    assert again.to_dict() == error.to_dict() and str(again) == str(error)


def test_an_error_of_a_later_version_is_still_one_of_ours():
    again = from_wire({"kind": "HologramError", "code": "hologram", "message": "m", "remedy": "r"})
    assert type(again) is LocalAIError
    assert again.to_dict() == {"code": "hologram", "message": "m", "remedy": "r"}
