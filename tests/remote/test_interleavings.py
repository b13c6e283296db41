"""Two publishers, three members, any order of their steps, any of which fails: all end equal to the fold of the log."""

import contextlib
import os
import threading
from collections.abc import Callable

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

PATHS = ["a.md", "b/c.md"]
TEXTS = [(), ("One.",), ("Two.", "Three.")]
WRITES = ("add", "upsert", "delete")


class UnsureDoor:
    """A door whose next request of a kind fails: it is lost, it is done and the answer lost, or it comes late.

    ``fails`` is how, by the method; ``late`` is what has not come yet.
    """

    def __init__(self, door: Door) -> None:
        self._door, self._lock = door, threading.Lock()
        self.address = door.address
        self.fails: dict[str, str] = {}
        self.late: list[Callable[[], None]] = []

    def __getattr__(self, name):
        call = getattr(self._door, name)

        def unsure(*given, **options):
            with self._lock:
                fails = self.fails.pop(name, "")
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

    @rule(who=who, path=st.sampled_from(PATHS), texts=st.none() | st.sampled_from(TEXTS), heads=st.integers(0, 1))
    def edit(self, who, path, texts, heads):
        if texts is None:
            self.people[who].has.pop(path, None)
            return
        one = document(path, *texts, heads=heads)
        self.published[path, version(one)] = one
        self.people[who].write(one)

    take = st.sampled_from(["", "theirs", "mine"])

    @rule(who=who, steps=st.integers(1, 8), take=take)
    def share(self, who, steps, take):
        """Go some steps on with what is under way, or begin."""
        self._begin(who, publishing.publish, take=take)
        self._go(who, steps)

    @rule(who=who, take=take)
    def share_to_the_end(self, who, take):
        self._begin(who, publishing.publish, take=take)
        self._go(who, 999)

    @rule(who=who, steps=st.integers(1, 15))
    def mend(self, who, steps):
        self._begin(who, repair)
        self._go(who, steps)

    def _begin(self, who, verb, **options):
        someone, has = self.people[who], dict(self.people[who].has)  # a run has what there was when it began
        wanted = {path: version(one) for path, one in has.items()}
        if self.runs[who] is None:
            given = (wanted, lambda paths: (has[path] for path in paths), someone.state)
            self.runs[who] = verb(someone.shared, someone.signer, *given, **options)

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

    @rule(who=who, verb=st.sampled_from([*WRITES, "get"]), how=st.sampled_from(["lost", "done", "late"]))
    def fail(self, who, verb, how):
        self.doors[who].fails[verb] = how

    @rule(who=who)
    def deliver(self, who):
        self.doors[who].deliver()

    @rule(number=st.integers(0, 2), most=st.integers(1, 4), fails=st.booleans())
    def follow(self, number, most, fails):
        member = self.members[number]
        self.doors["members"].fails = {"get": "lost"} if fails else {}
        with contextlib.suppress(StopIteration):
            try:
                events = follow(member.shared, member.state, member.vectors, member.ahead)
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
            self.doors[who].fails.clear()
        self.doors["members"].fails.clear()
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
        max_examples=int(os.environ.get("LOCALAI_TEST_EXAMPLES", "20")),
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=checks,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make an example smaller takes minutes at a server
    )
    with contextlib.closing(Door(chroma_server.address)) as door:
        monkeypatch.setattr(Team, "door", door, raising=False)
        run_state_machine_as_test(Team, settings=given)
