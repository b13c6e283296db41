"""Two publishers, three members, any order of their steps, any of which fails: all end equal to the fold of the log."""

import contextlib
import os
import threading

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from jupyter_localai.errors import RemoteError
from jupyter_localai.remote import publishing
from jupyter_localai.remote.door import Door
from jupyter_localai.remote.following import follow
from jupyter_localai.remote.records import Head, Revision
from jupyter_localai.remote.repairing import repair
from tests.support import sharing
from tests.support.chroma_server import unused_name
from tests.support.sharing import Member, Publisher, contents, document, version

PATHS = ["a.md", "b/c.md", "d.md"]
TEXTS = [(), ("One.",), ("One.", "Two."), ("Two.", "Three.", "Four.")]
WRITES = ("add", "upsert", "delete")


class UnsureDoor:
    """A door whose next request fails as it is told: it is lost, it is done and the answer lost, or it comes late."""

    def __init__(self, door: Door) -> None:
        self._door, self._lock = door, threading.Lock()
        self.address, self.fails, self.late = door.address, "", []

    def __getattr__(self, name):
        call = getattr(self._door, name)

        def unsure(*given, **options):
            with self._lock:
                fails, self.fails = self.fails, ""
            if fails == "done":
                call(*given, **options)
            elif fails == "late" and name in WRITES:
                self.late.append(lambda: call(*given, **options))
            if fails:
                raise RemoteError(f"It is {fails}.", code="shared_unreachable")
            return call(*given, **options)

        return unsure

    def deliver(self) -> None:
        """Let what is late arrive."""
        while self.late:
            self.late.pop(0)()


class Team(RuleBasedStateMachine):
    """A collection with its people; each `Publisher` has a run that is under way, or None."""

    door: Door

    @initialize()
    def begin(self):
        self.name = unused_name()
        self.shared = sharing.shared(self.door, self.name)
        self.doors = {one: UnsureDoor(self.door) for one in ("ann", "raj", "members")}
        self.people = {one: Publisher(sharing.shared(self.doors[one], self.name), one) for one in ("ann", "raj")}
        self.runs = {"ann": None, "raj": None}
        following = sharing.shared(self.doors["members"], self.name)
        self.members = [Member(following, vectors) for vectors in (True, False, True)]
        self.published = {}  # by version, all that anybody ever had

    who = st.sampled_from(["ann", "raj"])

    @rule(who=who, path=st.sampled_from(PATHS), texts=st.sampled_from(TEXTS), heads=st.integers(0, 2))
    def write(self, who, path, texts, heads):
        one = document(path, *texts, heads=heads)
        self.published[path, version(one)] = one
        self.people[who].write(one)

    @rule(who=who, path=st.sampled_from(PATHS))
    def remove(self, who, path):
        self.people[who].has.pop(path, None)

    @rule(who=who, steps=st.integers(1, 12), take=st.sampled_from(["", "theirs", "mine"]), mending=st.booleans())
    def share(self, who, steps, take, mending):
        """Go some steps on with what is under way, or begin."""
        someone = self.people[who]
        has = dict(someone.has)  # what is loaded is what was wanted, as in a catalogue that a run reads once
        wanted = {path: version(one) for path, one in has.items()}
        if self.runs[who] is None:
            given = (someone.shared, someone.signer, wanted, lambda paths: (has[path] for path in paths), someone.state)
            self.runs[who] = repair(*given) if mending else publishing.publish(*given, take=take)
        self._go(who, steps)

    def _go(self, who, steps):
        try:
            for _ in range(steps):
                event = next(self.runs[who], None)
                if event is None:
                    self.runs[who] = None
                    return
                if hasattr(event, "state"):
                    self.people[who].state = event.state
        except RemoteError as error:
            assert error.code in ("shared_unreachable", "shared_conflict")
            self.runs[who] = None

    @rule(who=who)
    def crash(self, who):
        if self.runs[who] is not None:
            self.runs[who].close()
            self.runs[who] = None

    @rule(who=st.sampled_from(["ann", "raj", "members"]), how=st.sampled_from(["lost", "done", "late"]))
    def fail_next(self, who, how):
        self.doors[who].fails = how

    @rule(who=who)
    def deliver(self, who):
        self.doors[who].deliver()

    @rule(number=st.integers(0, 2), most=st.integers(1, 4))
    def follow(self, number, most):
        member = self.members[number]
        with contextlib.suppress(StopIteration):
            try:
                events = follow(member.shared, member.state, member.vectors)
                while most:
                    event = next(events)
                    if isinstance(event, Revision):
                        member.take(event)
                        most -= 1
                events.close()
            except RemoteError as error:
                assert error.code == "shared_unreachable"

    def teardown(self):
        for who in ("ann", "raj"):
            self.crash(who)
            self.doors[who].fails = ""
        self.doors["members"].fails = ""
        for who in ("ann", "raj"):  # what is late comes before, between or after what follows; all must be the same
            self.people[who].share(take="theirs")
            self.doors[who].deliver()
        for who in ("ann", "raj"):
            self.people[who].share(take="theirs")
        for member in self.members:
            member.sync()
        expected = self.fold()
        for member in self.members:
            assert member.contents() == contents(expected, member.vectors)
        for who in ("ann", "raj"):
            self.people[who].repair()
        found = [record.id for record in self.door.get(self.shared.chunks, metadatas=False)]
        assert sorted(found) == sorted(one for document in self.members[0].has.values() for one in document.ids)
        self.door.drop(self.name)
        self.door.drop(f"{self.name}.log")

    def fold(self):
        """Return what the log says that there is."""
        folded = {}
        for entry in self.shared.log.after(Head()):
            for listed in entry.says.put:
                folded[listed.path] = self.published[listed.path, listed.version]
            for path in entry.says.drop:
                folded.pop(path, None)
        return folded


@pytest.mark.timeout(600)
def test_all_end_equal_to_the_log(chroma_server, monkeypatch):
    monkeypatch.setattr(publishing, "REVISION_CHUNKS", 3)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    given = settings(
        max_examples=int(os.environ.get("LOCALAI_TEST_EXAMPLES", "15")),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=checks,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make an example smaller takes minutes at a server
    )
    with contextlib.closing(Door(chroma_server.address)) as door:
        monkeypatch.setattr(Team, "door", door, raising=False)
        run_state_machine_as_test(Team, settings=given)
