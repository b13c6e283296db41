"""What the panel's tests take for the server's JSON is what the schema makes of it."""

import json
from pathlib import Path

import pytest

from jupyter_localai.results.answers import Conversation
from jupyter_localai.results.base import to_json
from jupyter_localai.results.codec import event_from_json, event_to_json, from_json
from jupyter_localai.results.passages import Located
from jupyter_localai.results.reports import Diagnosis, Documents, ForgetReport, IndexReport, Job, Models, Status

WIRE = json.loads((Path(__file__).parents[1] / "wire" / "panel.json").read_text())
KINDS = {
    "status": Status,
    "models": Models,
    "job": Job,
    "report": IndexReport,
    "conversation": Conversation,
    "diagnosis": Diagnosis,
    "located": Located,
    "documents": Documents,
    "forgotten": ForgetReport,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_value_of_the_panels_tests_is_one_of_the_schema(name):
    assert to_json(from_json(KINDS[name], WIRE[name])) == WIRE[name]


def test_the_events_of_the_panels_tests_are_those_of_the_schema():
    assert [event_to_json(event_from_json(event)) for event in WIRE["ask"]] == WIRE["ask"]
    assert {event["type"] for event in WIRE["ask"]} == {"progress", "passages", "thinking", "token", "answer"}


def test_all_values_are_looked_at():
    assert set(WIRE) == {"ask", *KINDS}
