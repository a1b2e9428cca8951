"""Any mixture of what chargers, lines, central systems and power supplies do leaves every session told exactly once."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bridge.types.journal import EntryKind
from bridge.types.session import ChargingSession
from bridge.types.transaction import TransactionPhase
from bridge.uplink.told.outgoing import Outgoing, Purpose
from tests.uplink.strict_csms import StrictCsms
from tests.uplink.telling import ALIGNED, AT, CHARGER, SAMPLED, Telling, after, stamp, with_terms

CONNECTORS = (1, 2)
FATES = ("answered", "answered", "request lost", "answer lost", "answer late", "twice", "refused", "odd", "zero")
_HOUR = timedelta(hours=1)


@dataclass
class Truth:
    """A session as it really is."""

    session: ChargingSession
    begun_wh: float
    """where the register stood at its start: no two sessions have the same"""
    starts: set[str] = field(default_factory=set)
    """all that the charger ever told"""
    read_wh: list[tuple[float, float]] = field(default_factory=list)
    """(seconds, register) as readings told it"""
    register_wh: float = 0.0
    """where it really stands"""

    @property
    def expected_stop_wh(self) -> int | None:
        """What its end has to tell; None where its start is not known."""
        start_wh, stop_wh = self.session.meter_start_wh, self.session.meter_stop_wh
        if start_wh is None:
            return None
        if stop_wh is not None and stop_wh >= start_wh:
            return math.floor(stop_wh)
        ended_at = self.session.ended_at
        assert ended_at is not None
        read = [wh for at_s, wh in self.read_wh if self.session.started_at <= after(at_s) < ended_at]
        return math.floor(max([start_wh, *read]))


class Lives(RuleBasedStateMachine):
    """One charger with two connectors, one station, one central system, and everything that goes wrong."""

    @initialize(sampled=st.sampled_from((60, 300, 0)), aligned=st.sampled_from((0, 300, 900)))
    def build(self, sampled: int, aligned: int) -> None:
        """Begin with an empty store."""
        self.folder = tempfile.TemporaryDirectory()
        terms = with_terms(
            sampled=type(SAMPLED)(sampled, SAMPLED.measurands, SAMPLED.context),
            aligned=type(ALIGNED)(aligned, ALIGNED.measurands, ALIGNED.context),
            stop_aligned=type(ALIGNED)(aligned, ALIGNED.measurands, ALIGNED.context),
        )
        self.telling = Telling(Path(self.folder.name), terms)
        self.csms = StrictCsms()
        self.truths: dict[str, Truth] = {}
        self.running: dict[int, Truth] = {}
        self.late: list[tuple[Outgoing, dict[str, Any]]] = []
        self.events: list[str] = []
        self.second = 10.0
        self.telling.to(self.second)

    def teardown(self) -> None:
        """Let the faults end, and hold what came out against the truth."""
        if not hasattr(self, "telling"):
            return
        try:
            self.settle()
        finally:
            self.telling.store.close()
            self.folder.cleanup()

    # --- the charger ---------------------------------------------------------------------------------------------

    def _put(self, truth: Truth, session: ChargingSession) -> None:
        truth.session = session
        truth.starts.add(stamp((session.started_at - AT).total_seconds()))
        self.telling.store.put_sessions(CHARGER, [session], self.telling.now)

    @rule(seconds=st.sampled_from((7.0, 61.5, 300.0, 4000.25)))
    def time_passes(self, seconds: float) -> None:
        """Let the clock go on."""
        self.second += seconds
        self.telling.to(self.second)

    @rule(
        connector_id=st.sampled_from(CONNECTORS),
        token=st.sampled_from((None, "04AABBCC", "x" * 30)),
        is_known=st.sampled_from((True, True, True, False)),
    )
    def a_session_begins(self, connector_id: int, token: str | None, *, is_known: bool) -> None:
        """Begin to charge at a free connector."""
        if connector_id in self.running:
            return
        number = str(len(self.truths) + 1)
        start_wh = 1000.9 * len(self.truths) + 0.6
        session = ChargingSession(
            session_id=number,
            connector_id=connector_id,
            started_at=after(self.second),
            id_token=token,
            meter_start_wh=start_wh if is_known else None,
        )
        truth = self.truths[number] = self.running[connector_id] = Truth(session, start_wh, register_wh=start_wh)
        self._put(truth, session)
        self.second += 0.5
        self.telling.to(self.second)

    @rule(connector_id=st.sampled_from(CONNECTORS), more_wh=st.sampled_from((0.0, 3.3, 850.7)))
    def it_is_read(self, connector_id: int, more_wh: float) -> None:
        """Poll a charging connector."""
        self._read(connector_id, more_wh, None)

    @rule(connector_id=st.sampled_from(CONNECTORS))
    def its_register_falls(self, connector_id: int) -> None:
        """Poll a connector that says 0."""
        self._read(connector_id, 0.0, 0.0)

    def _read(self, connector_id: int, more_wh: float, told_wh: float | None) -> None:
        truth = self.running.get(connector_id)
        if truth is None:
            return
        truth.register_wh += more_wh
        told_wh = truth.register_wh if told_wh is None else told_wh
        truth.read_wh.append((self.second, told_wh))
        self.telling.reads(self.second, told_wh, connector_id=connector_id, power_w=11_000.0)
        self.second += 1.0
        self.telling.to(self.second)

    @rule(connector_id=st.sampled_from(CONNECTORS), by_s=st.sampled_from((-30.0, -0.25, 0.25, 45.0)))
    def its_start_is_corrected(self, connector_id: int, by_s: float) -> None:
        """Say of a running session that it began at another moment."""
        truth = self.running.get(connector_id)
        if truth is None:
            return
        started_at = truth.session.started_at + timedelta(seconds=by_s)
        if started_at <= self.telling.now:
            self._put(truth, truth.session.model_copy(update={"started_at": started_at}))

    @rule(connector_id=st.sampled_from(CONNECTORS))
    def its_row_changes(self, connector_id: int) -> None:
        """Say more of a running session: a register that was not known, a driver."""
        truth = self.running.get(connector_id)
        if truth is None:
            return
        changes = {"meter_start_wh": truth.begun_wh, "user": f"{self.second}"}
        self._put(truth, truth.session.model_copy(update=changes))

    @rule(connector_id=st.sampled_from(CONNECTORS), stop=st.sampled_from(("told", "told", "missing", "fell")))
    def a_session_ends(self, connector_id: int, stop: str) -> None:
        """End it, with a register that is told, missing, or below its start."""
        truth = self.running.pop(connector_id, None)
        if truth is None:
            return
        stop_wh = {"told": truth.register_wh, "missing": None, "fell": -1.0}[stop]
        self._put(truth, truth.session.model_copy(update={"ended_at": after(self.second), "meter_stop_wh": stop_wh}))

    @rule(length_s=st.sampled_from((0.0, 1.0, 5000.0)))
    def a_late_row_comes(self, length_s: float) -> None:
        """Let the log tell of a session that is over already: the bridge was away."""
        number = str(len(self.truths) + 1)
        start_wh = 1000.9 * len(self.truths)
        session = ChargingSession(
            session_id=number,
            connector_id=1,
            started_at=after(self.second),
            ended_at=after(self.second + length_s),
            meter_start_wh=start_wh,
            meter_stop_wh=start_wh + length_s,
        )
        self.second += length_s + 1
        self.telling.to(self.second)
        self.truths[number] = Truth(session, start_wh)
        self._put(self.truths[number], session)

    @rule()
    def an_old_row_comes(self) -> None:
        """Let the log tell of what was over before the station was configured: nobody is told."""
        old = ChargingSession(
            session_id="old",
            connector_id=1,
            started_at=AT - 2 * _HOUR,
            ended_at=AT - _HOUR,
            meter_start_wh=1.0,
            meter_stop_wh=self.second,
        )
        self.telling.store.put_sessions(CHARGER, [old], self.telling.now)

    @rule()
    def a_security_event_comes(self) -> None:
        """Let something happen that every central system must hear of."""
        name = f"Event{len(self.events)}"
        self.events.append(name)
        body = {"type": name, "info": "i" * 400, "critical": True}
        self.telling.store.append(EntryKind.SECURITY, CHARGER, self.telling.now, body)

    # --- the bridge ----------------------------------------------------------------------------------------------

    @rule()
    def the_station_looks(self) -> None:
        """Read the journal."""
        self.telling.news()

    @rule(work=st.sampled_from(("news", "next")))
    def a_commit_fails(self, work: str) -> None:
        """Lose a commit and live on."""
        self.telling.fails_to_commit(work)

    @rule()
    def the_process_dies(self) -> None:
        """Start again from what was committed."""
        self.telling.die()

    @rule(which=st.integers(0, 3))
    def a_letter_is_replayed(self, which: int) -> None:
        """Have a dead letter told again."""
        letters = self.telling.store.set_aside(self.telling.outbox.station)
        if letters:
            self.telling.outbox.replay(self.telling.store, letters[which % len(letters)].number)

    # --- the central system --------------------------------------------------------------------------------------

    @rule(fate=st.sampled_from(FATES), is_passed=st.booleans(), dies=st.booleans())
    def a_message_is_sent(self, fate: str, *, is_passed: bool, dies: bool) -> None:
        """Send what is next, and let it fare so; the process may die before the answer is kept."""
        outgoing = self.telling.next()
        if outgoing is None:
            return
        self.csms.see(outgoing)
        if fate in ("refused", "odd", "zero") and self.csms.knows(outgoing):
            fate = "answered"  # what it has, it says it has
        if fate == "zero" and outgoing.purpose is not Purpose.START:
            fate = "refused"
        if fate == "request lost":
            self._silence(outgoing, is_passed=is_passed)
        elif fate == "refused":
            self.telling.refuse(outgoing)
        elif fate == "zero":
            self.telling.answer(outgoing, {"transactionId": 0, "idTagInfo": {"status": "Invalid"}})
        else:
            self._work(outgoing, fate, is_passed=is_passed, dies=dies)

    def _work(self, outgoing: Outgoing, fate: str, *, is_passed: bool, dies: bool) -> None:
        answer = self.csms.work(outgoing)
        if fate == "answer lost":
            self._silence(outgoing, is_passed=is_passed)
        elif fate == "answer late":
            self.late.append((outgoing, answer))
            self._silence(outgoing, is_passed=is_passed)
        elif fate == "odd":
            self.telling.answer(outgoing, {"transactionId": [answer]})
        elif dies:
            self.telling.die()
            self.late.clear()
        else:
            for _ in range(2 if fate == "twice" else 1):
                self._bring(outgoing, answer)

    def _silence(self, outgoing: Outgoing, *, is_passed: bool) -> None:
        if is_passed:
            self.telling.outbox.ledger.unanswered(outgoing)

    def _bring(self, outgoing: Outgoing, answer: dict[str, Any]) -> None:
        self.csms.note_answer(answer)
        self.telling.answer(outgoing, answer)

    @precondition(lambda self: self.late)
    @rule(keep=st.booleans())
    def a_late_answer_comes(self, *, keep: bool) -> None:
        """Bring an answer long after its time, perhaps not for the last time."""
        outgoing, answer = self.late[0] if keep else self.late.pop(0)
        self._bring(outgoing, answer)

    # --- the laws ------------------------------------------------------------------------------------------------

    @invariant()
    def nobody_is_told_twice(self) -> None:
        """At most one transaction per session, whatever start it goes by."""
        if not hasattr(self, "csms"):
            return
        starts = [booked.start["meterStart"] for booked in self.csms.booked.values()]
        assert len(starts) == len(set(starts))

    def settle(self) -> None:
        """End every session, let nothing fail any more, tell everything, replay what is dead, and compare."""
        self.its_row_changes(1)
        for connector_id in CONNECTORS:
            self.a_session_ends(connector_id, "told")
        self.telling.die()
        self.telling.news()
        for _ in range(4):
            self._drain()
        dead = [transaction for transaction in self.telling.all if transaction.phase is TransactionPhase.DEAD]
        letters = self.telling.store.set_aside(self.telling.outbox.station)
        assert all(transaction.reason in {letter.reason for letter in letters} for transaction in dead)
        self.telling.replay_all()
        self.telling.news()
        for _ in range(4):
            self._drain()
        assert len(self.telling.all) == len(self.truths)
        for transaction in self.telling.all:
            self._compare(self.truths[transaction.session_id], transaction.phase)
        assert sorted(set(self.csms.events)) == sorted(self.events)

    def _drain(self) -> None:
        self.telling.now += 24 * _HOUR
        for _ in range(2000):
            outgoing = self.telling.next()
            if outgoing is None:
                return
            self.csms.see(outgoing)
            self._bring(outgoing, self.csms.work(outgoing))
        raise AssertionError("it never ends")

    def _compare(self, truth: Truth, phase: TransactionPhase) -> None:
        found = [
            booked for booked in self.csms.booked.values() if booked.start["meterStart"] == math.floor(truth.begun_wh)
        ]
        session, expected_wh = truth.session, truth.expected_stop_wh
        if expected_wh is None or session.meter_start_wh is None:
            assert (phase, found) == (TransactionPhase.DEAD, [])
            return
        assert phase is TransactionPhase.TOLD
        (booked,) = found
        assert booked.stop is not None
        assert booked.start["connectorId"] == session.connector_id
        assert booked.start["timestamp"] in truth.starts
        assert booked.start["idTag"] == (session.id_token if session.id_token == "04AABBCC" else "HOME")
        assert session.ended_at is not None
        assert booked.stop["timestamp"] == stamp((session.ended_at - AT).total_seconds())
        assert booked.stop["meterStop"] == expected_wh
        self.csms.check_values(booked)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
