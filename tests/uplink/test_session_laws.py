from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.engine.board import UplinkState
from bridge.types.words import ConnectorStatus
from bridge.uplink.dialect import Wording
from bridge.uplink.session import CALL_LIMIT_S, LEAST_INTERVAL_S, MOST_ASKED, Nothing, Reply, Wanted
from bridge.uplink.told.outgoing import Outgoing, Purpose
from tests.uplink.session_talk import Talk

TRIGGERED = Wording("MeterValues", {"connectorId": 1, "meterValue": []})
WAITS_S = st.sampled_from([0.0, 0.5, 5.0, 9.5, 29.5, 30.0, 60.0, 300.0])
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [{}, None, [], 7, {"currentTime": "x"}, {"status": "Accepted"}, {"currentTime": None}]
)


class Sessions(RuleBasedStateMachine):
    """A station whose central system and line do anything at any time: what holds whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk()
        self.talk.minimum_s = 5.0
        self.connected = self.accepted = False
        self.boots: set[str] = set()
        """ids of boots whose answers count"""
        self.open: dict[str, str] = {}
        """message id → action of what was sent and has no answer"""
        self.asked: dict[str, Outgoing] = {}
        """what somebody waits for"""
        self.quiet_until_s = 0.0
        """the central system has said when it wants to hear a boot"""
        self.sent_s = 0.0
        self.beat_s = 0.0
        """when the last heartbeat, or what stands for one, was over"""

    # --- the line

    @precondition(lambda self: not self.connected)
    @rule()
    def open_line(self) -> None:
        """Connect."""
        self.talk.session.opened(self.talk.now_s)
        self.connected = True

    @precondition(lambda self: self.connected)
    @rule()
    def close_line(self) -> None:
        """Lose the line: who waits is told, once."""
        lost = self.talk.session.closed(self.talk.now_s)
        assert {one.call.message_id for one in lost} == set(self.asked)
        assert len(lost) == len(self.asked)
        self.asked.clear()
        self.connected = False

    @rule()
    def reboot(self) -> None:
        """Restart the station."""
        self.talk.session.reboot(self.talk.now_s)
        self.accepted = False
        self.boots.clear()
        self.quiet_until_s = 0.0

    @rule(seconds=WAITS_S)
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.talk.now_s += seconds

    # --- out

    @precondition(lambda self: self.connected)
    @rule()
    def say(self) -> None:
        """Say what is due, as the owner of a session does."""
        talk, session = self.talk, self.talk.session
        in_flight = session.exchange.in_flight
        outgoing = session.next(talk.now_s, talk.minimum_s)
        if outgoing is None:
            return
        assert in_flight is None, "two in flight"
        if not self.accepted:
            is_triggered = session.state is UplinkState.PENDING and outgoing.purpose is not Purpose.HEARTBEAT
            assert outgoing.purpose is Purpose.BOOT or is_triggered
        if outgoing.purpose is Purpose.BOOT:
            assert not self.accepted, "a reconnect is no boot"
            assert talk.now_s >= self.quiet_until_s
            self.boots.add(outgoing.call.message_id)
        talk.send(outgoing)
        self.sent_s = talk.now_s
        self.open[outgoing.call.message_id] = outgoing.call.action

    @precondition(lambda self: self.talk.session.may_tell)
    @rule()
    def say_of_outbox(self) -> None:
        """Say something of the outbox."""
        assert self.connected
        assert self.accepted
        self.talk.send_of_outbox()
        self.sent_s = self.talk.now_s
        self.open[self.talk.last_id] = "StopTransaction"

    @rule()
    def ask(self) -> None:
        """Want something to be said."""
        outgoing = self.talk.session.ask(TRIGGERED)
        assert outgoing is not None or not self.connected or len(self.asked) >= MOST_ASKED
        if outgoing is not None:
            assert self.connected
            self.asked[outgoing.call.message_id] = outgoing

    @rule(number=st.integers(0, 2), status=st.sampled_from([ConnectorStatus.AVAILABLE, ConnectorStatus.FAULTED]))
    def become(self, number: int, status: ConnectorStatus) -> None:
        """Change a state."""
        self.talk.becomes(status, number)

    @precondition(lambda self: self.connected)
    @rule()
    def trigger_states(self) -> None:
        """Want all states to be said again."""
        self.talk.session.states.tell_again(None)

    @precondition(lambda self: self.connected)
    @rule()
    def expire(self) -> None:
        """Give up what takes too long."""
        session, before = self.talk.session, self.talk.session.exchange.in_flight
        given_up = session.expire(self.talk.now_s)
        assert (given_up is None) == (session.exchange.in_flight is before)
        if given_up is not None:
            assert before is given_up.call
            self.beat_s = self.talk.now_s

    # --- in

    @precondition(lambda self: self.connected and self.open)
    @rule(
        which=st.integers(0, 3),
        status=st.sampled_from(["Accepted", "Pending", "Rejected"]),
        interval=st.sampled_from([0, 1, 60, 600]),
        junk=st.none() | JUNK,
    )
    def answer(self, which: int, status: str, interval: int, junk: Any) -> None:
        """Answer any message that has no answer, well or badly."""
        message_id = list(self.open)[-1 - which % len(self.open)]
        action = self.open.pop(message_id)
        payload = {"currentTime": self.talk.their_now} | ({} if action != "BootNotification" else {"status": status})
        if action == "BootNotification":
            payload["interval"] = interval  # type: ignore[assignment]
        is_verdict = junk is None and message_id in self.boots and not self.accepted
        self.talk.answer(payload if junk is None else junk, message_id)
        self.asked.pop(message_id, None)
        if is_verdict:
            self.accepted = status == "Accepted"
            wait_s = max(float(interval), LEAST_INTERVAL_S) if interval else 0.0
            self.quiet_until_s = 0.0 if self.accepted else self.talk.now_s + wait_s
        if action in ("Heartbeat", "BootNotification"):
            self.beat_s = self.talk.now_s

    @precondition(lambda self: self.connected and self.open)
    @rule(which=st.integers(0, 3))
    def refuse(self, which: int) -> None:
        """Refuse any message that has no answer."""
        message_id = list(self.open)[-1 - which % len(self.open)]
        self.beat_s = self.talk.now_s
        del self.open[message_id]
        self.asked.pop(message_id, None)
        self.talk.refuse(message_id=message_id)

    @precondition(lambda self: self.connected)
    @rule(number=st.integers(0, 3))
    def be_asked(self, number: int) -> None:
        """Hear a question; one that was rejected is silent."""
        event = self.talk.ask(message_id=f"q{number}")
        if self.talk.session.state is UplinkState.REJECTED:
            assert isinstance(event, Nothing)
        assert isinstance(event, Wanted | Reply | Nothing)

    # --- always

    @invariant()
    def stands_as_it_should(self) -> None:
        """Hold the state that people see against what happened."""
        session = self.talk.session
        assert (session.state is UplinkState.CONNECTING) == (not self.connected)
        assert (session.state is UplinkState.ONLINE) == (self.connected and self.accepted)
        idle = session.exchange.in_flight is None
        assert session.may_tell == (self.connected and self.accepted and idle)

    @invariant()
    def wakes_in_time(self) -> None:
        """Hold `wake_at_s` against what is due: neither does anybody sleep on, nor spin."""
        talk, session = self.talk, self.talk.session
        if not self.connected:
            assert session.wake_at_s(talk.minimum_s) == float("inf")
            return
        wake_at_s = session.wake_at_s(talk.minimum_s)
        assert wake_at_s < float("inf"), "a connected station always waits for something"
        assert self.is_due(max(wake_at_s, talk.now_s)), "it would wake for nothing"
        if wake_at_s > talk.now_s:
            assert not self.is_due(talk.now_s), "it would sleep on"
            assert not self.is_due((talk.now_s + wake_at_s) / 2), "it would sleep on"

    @invariant()
    def beats(self) -> None:
        """Whatever else waits, a heartbeat is the next to go when it is due."""
        talk, session = self.talk, self.talk.session
        interval_s = max(session.heartbeat_interval_s, LEAST_INTERVAL_S)
        if session.may_tell and talk.now_s >= self.beat_s + interval_s:
            at_s = talk.now_s
            outgoing = session.next(at_s, talk.minimum_s)
            assert outgoing is not None
            assert outgoing.purpose is Purpose.HEARTBEAT

    def is_due(self, at_s: float) -> bool:
        """Tell whether anything is to be done then; `next` of something asked for takes it, so that is put back."""
        session = self.talk.session
        if session.exchange.in_flight is not None:
            return at_s >= self.sent_s + CALL_LIMIT_S
        outgoing = session.next(at_s, self.talk.minimum_s)
        if outgoing is not None and outgoing.call.message_id in self.asked:
            session._asked.appendleft(outgoing)
        return outgoing is not None


TestSessions = Sessions.TestCase
TestSessions.settings = settings(derandomize=True, deadline=None, max_examples=150, stateful_step_count=50)


# --- fuzz --------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["Accepted", "@id"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["status", "currentTime", "interval", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)
TIMES = st.sampled_from(["2025-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60Z", "", "x"])
ANSWERS = st.tuples(
    st.just(3), st.just("@id"), st.fixed_dictionaries({"status": JSON, "currentTime": TIMES, "interval": JSON})
)
FRAMES = st.one_of(
    JSON,
    st.tuples(st.sampled_from([2, 3, 4, 5, 6, 2.0, "3", None]), st.just("@id") | st.text(max_size=3), JSON, JSON),
    st.tuples(st.just(3), st.just("@id"), JSON),
    st.tuples(st.just(4), st.just("@id"), JSON, JSON, JSON),
    ANSWERS,
)
TEXTS = st.one_of(st.text(max_size=30), st.binary(max_size=30), FRAMES)


def _text(frame: Any, last_id: str) -> str | bytes:
    return frame if isinstance(frame, str | bytes) else json.dumps(frame).replace("@id", last_id)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(is_accepted=st.booleans(), texts=st.lists(TEXTS, max_size=8))
def test_no_text_stops_a_station(is_accepted: bool, texts: list[Any]) -> None:  # noqa: FBT001 -- hypothesis
    """Nothing that arrives is raised, and afterwards the station boots where it has to, and beats."""
    talk = Talk()
    if is_accepted:
        talk.accepted(60)
    else:
        talk.session.opened(talk.now_s)
    for text in texts:
        talk.next()
        talk.session.received(_text(text, talk.last_id), talk.now_s)
    talk.now_s += CALL_LIMIT_S
    talk.session.expire(talk.now_s)
    for _ in range(3):
        talk.now_s = max(talk.now_s, talk.session.wake_at_s(0.0))
        action = talk.next()
        if action == "Heartbeat":
            break
        assert action == "BootNotification"
        talk.boot_answer(interval=60)
    else:
        raise AssertionError(talk.heard)
    talk.answer({"currentTime": talk.their_now})
    assert talk.session.clock_offset_s == 0.0
