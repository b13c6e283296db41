"""How often a doubt about a number, identifier or name of an answer is right: claims that passages carry or do not."""

import json
from pathlib import Path

from jupyter_localai.answer.doubts import doubts
from jupyter_localai.results.passages import Anchor, Hit

GROUPS = json.loads(Path(__file__).with_name("claims.json").read_text(encoding="utf-8"))
FALSE_ALARMS, CAUGHT = 0.02, 0.9


def _alarms(kind):
    """Return ``{claim: warnings}`` of the claims of one kind."""
    found = {}
    for group in GROUPS:
        text = group["passage"]
        hit = Hit(1, 1.0, 1.0, "/d/note.txt", "note", "1", 0, len(text), Anchor(line=1), text)
        found |= {claim: doubts(claim, [hit], "What is there?") for claim in group[kind]}
    return found


def test_claims_that_stand_in_the_passage_raise_no_alarm():
    alarms = _alarms("true")
    raised = {claim: warnings for claim, warnings in alarms.items() if warnings}
    assert len(alarms) >= 80
    assert len(raised) <= FALSE_ALARMS * len(alarms), raised


def test_claims_that_stand_nowhere_are_caught():
    alarms = _alarms("false")
    missed = [claim for claim, warnings in alarms.items() if not warnings]
    assert len(alarms) >= 55
    assert len(alarms) - len(missed) >= CAUGHT * len(alarms), missed
