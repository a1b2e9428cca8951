from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.ocpp.connector_state import ChargePointErrorCode
from bridge.types.words import ConnectorStatus
from bridge.uplink.told.connector_states import LEGAL_STEPS, ConnectorNotice, ConnectorStates, legal_path
from bridge.uplink.v16.dialect import DialectV16

BEGIN = datetime(2025, 3, 3, 12, tzinfo=UTC)
S = ConnectorStatus
SUSPENDED = {S.SUSPENDED_EV, S.SUSPENDED_EVSE}
TABLE = {
    S.AVAILABLE: {S.PREPARING, S.CHARGING, *SUSPENDED, S.RESERVED, S.UNAVAILABLE},
    S.PREPARING: {S.AVAILABLE, S.CHARGING, *SUSPENDED, S.FINISHING},
    S.CHARGING: {S.AVAILABLE, *SUSPENDED, S.FINISHING, S.UNAVAILABLE},
    S.SUSPENDED_EV: {S.AVAILABLE, S.CHARGING, S.SUSPENDED_EVSE, S.FINISHING, S.UNAVAILABLE},
    S.SUSPENDED_EVSE: {S.AVAILABLE, S.CHARGING, S.SUSPENDED_EV, S.FINISHING, S.UNAVAILABLE},
    S.FINISHING: {S.AVAILABLE, S.PREPARING, S.UNAVAILABLE},
    S.RESERVED: {S.AVAILABLE, S.PREPARING, S.UNAVAILABLE},
    S.UNAVAILABLE: {S.AVAILABLE, S.PREPARING, S.CHARGING, *SUSPENDED},
}
"""OCPP 1.6, 4.9, written down a second time"""
ORDINARY = [status for status in S if status is not S.FAULTED]


def notice(
    status: ConnectorStatus, connector_id: int = 1, after_s: float = 0.0, info: str | None = None
) -> ConnectorNotice:
    error = ChargePointErrorCode.NO_ERROR if info is None else ChargePointErrorCode.OTHER_ERROR
    return ConnectorNotice(connector_id, status, BEGIN + timedelta(seconds=after_s), error, info)


def legal_states() -> ConnectorStates:
    """Return states that are told as in OCPP 1.6."""
    return ConnectorStates(DialectV16().told_as, walks=True)


def tell_all(states: ConnectorStates, now_s: float, minimum_s: float = 0.0) -> list[ConnectorStatus]:
    """Tell whatever is due, and return it."""
    said: list[ConnectorStatus] = []
    while (step := states.next(now_s, minimum_s)) is not None:
        assert len(said) < 50, "it goes on for ever"
        states.told(step)
        said.append(step.status)
    return said


# --- the table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ORDINARY)
def test_the_steps_are_those_of_the_standard(before: ConnectorStatus) -> None:
    """From each state exactly the standard's states may follow, and Faulted."""
    assert LEGAL_STEPS[before] == TABLE[before] | {S.FAULTED}


@pytest.mark.parametrize("before", ORDINARY)
@pytest.mark.parametrize("after", list(S))
def test_there_is_a_legal_way_from_each_state_to_each(before: ConnectorStatus, after: ConnectorStatus) -> None:
    """A way consists of legal steps, does not pass a fault, and is at most three steps long."""
    way = legal_path(before, after)
    steps = list(zip((before, *way), way, strict=False))
    assert all(one == two or two in LEGAL_STEPS[one] for one, two in steps)
    assert S.FAULTED not in way[:-1]
    assert (way[-1] is after and len(way) <= 3) if before is not after else way == ()


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        (S.CHARGING, S.PREPARING, S.FINISHING),
        (S.FINISHING, S.CHARGING, S.PREPARING),
        (S.AVAILABLE, S.FINISHING, S.PREPARING),
        (S.CHARGING, S.RESERVED, S.AVAILABLE),
        (S.PREPARING, S.UNAVAILABLE, S.FINISHING),
    ],
)
def test_on_the_way_the_vehicle_stays_where_it_can(
    before: ConnectorStatus, after: ConnectorStatus, between: ConnectorStatus
) -> None:
    """Available, which says that the vehicle has left, is passed only where there is no other way."""
    assert legal_path(before, after) == (between, after)


# --- telling -----------------------------------------------------------------------------------------------------


def test_nothing_is_told_where_nothing_is_known() -> None:
    """Without a connector there is nothing to tell and nothing to wait for."""
    states = legal_states()
    assert states.next(0.0, 0.0) is None
    assert states.wake_at_s(0.0) is None
    states.connected_anew(after_boot=True)
    states.tell_again(None)
    assert not states.has_asked_for


def test_the_whole_charger_is_told_first() -> None:
    """Connector 0 goes first, then the others by number, each as it is."""
    states = legal_states()
    for number, status in ((2, S.CHARGING), (0, S.AVAILABLE), (1, S.PREPARING)):
        states.note(notice(status, number), 0.0)
    assert tell_all(states, 0.0) == [S.AVAILABLE, S.PREPARING, S.CHARGING]


def test_skipped_states_are_told_with_the_time_of_the_last() -> None:
    """A charger that is polled skips states: the way is told step by step, each at the moment that is known."""
    states = legal_states()
    states.note(notice(S.CHARGING), 0.0)
    tell_all(states, 0.0)
    states.note(notice(S.PREPARING, after_s=60), 60.0)
    first = states.next(60.0, 0.0)
    assert first == notice(S.FINISHING, after_s=60)
    states.told(first)
    assert states.next(60.0, 0.0) == notice(S.PREPARING, after_s=60)


def test_connector_0_takes_no_way() -> None:
    """The charger as a whole goes from Faulted to Available and Unavailable directly."""
    states = legal_states()
    for status in (S.FAULTED, S.UNAVAILABLE, S.AVAILABLE, S.FAULTED, S.AVAILABLE):
        states.note(notice(status, 0), 0.0)
        assert tell_all(states, 0.0) == [status]


def test_a_short_state_is_never_told() -> None:
    """What did not last MinimumStatusDuration stays untold, and what follows is told once it has lasted."""
    states = legal_states()
    states.note(notice(S.CHARGING), 0.0)
    assert tell_all(states, 0.0, 10.0) == [S.CHARGING], "the first state of all does not wait"
    states.note(notice(S.SUSPENDED_EV), 100.0)
    assert states.wake_at_s(10.0) == 110.0
    assert tell_all(states, 109.9, 10.0) == []
    states.note(notice(S.SUSPENDED_EVSE), 109.9)
    assert states.wake_at_s(10.0) == pytest.approx(119.9)
    assert tell_all(states, 119.9, 10.0) == [S.SUSPENDED_EVSE]
    states.note(notice(S.CHARGING), 200.0)
    states.note(notice(S.SUSPENDED_EVSE), 201.0)
    assert states.wake_at_s(10.0) is None
    assert tell_all(states, 1000.0, 10.0) == []


def test_a_fault_is_told_at_once_and_its_end_when_it_has_lasted() -> None:
    """A fault does not wait; the state after it does, so that a loose contact does not tell two states a second."""
    states = legal_states()
    states.note(notice(S.CHARGING), 0.0)
    tell_all(states, 0.0)
    states.note(notice(S.FAULTED, info="RCD"), 100.0)
    assert tell_all(states, 100.0, 60.0) == [S.FAULTED]
    states.note(notice(S.CHARGING), 101.0)
    assert tell_all(states, 160.0, 60.0) == []
    assert tell_all(states, 161.0, 60.0) == [S.CHARGING]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (S.CHARGING, [S.CHARGING]),
        (S.FINISHING, [S.FINISHING]),
        (S.RESERVED, [S.CHARGING, S.AVAILABLE, S.RESERVED]),
        (S.PREPARING, [S.CHARGING, S.FINISHING, S.PREPARING]),
    ],
)
def test_a_fault_is_left_to_what_lies_underneath_or_may_follow_it(
    after: ConnectorStatus, told: list[ConnectorStatus]
) -> None:
    """Where the new state may not follow the one before the fault, that one is told first."""
    states = legal_states()
    for status in (S.CHARGING, S.FAULTED):
        states.note(notice(status), 0.0)
        tell_all(states, 0.0)
    states.note(notice(after), 0.0)
    assert tell_all(states, 0.0) == told


def test_another_fault_is_told_and_the_same_is_not() -> None:
    """A change of the error is a change, with the same status too; the same again is none."""
    states = legal_states()
    for info, told in (("RCD", [S.FAULTED]), ("RCD", []), ("heat", [S.FAULTED])):
        states.note(notice(S.FAULTED, info=info), 0.0)
        assert tell_all(states, 0.0) == told


def test_a_changing_text_does_not_keep_back_a_lasting_status() -> None:
    """A status waits from its own beginning on, whatever becomes of the text beside it."""
    states = legal_states()
    states.note(notice(S.AVAILABLE), 0.0)
    tell_all(states, 0.0)
    for second in range(100, 111):
        states.note(notice(S.CHARGING, info=f"fan at {second}"), float(second))
    assert tell_all(states, 110.0, 10.0) == [S.CHARGING]
    states.note(notice(S.CHARGING, info="fan stopped"), 111.0)
    assert tell_all(states, 111.0, 10.0) == [], "but the text alone has to last"
    assert tell_all(states, 121.0, 10.0) == [S.CHARGING]


def test_after_a_reconnect_everything_is_told_once() -> None:
    """The central system hears all states again, as they are now, on the legal way from what it knew."""
    states = legal_states()
    states.note(notice(S.AVAILABLE, 0), 0.0)
    states.note(notice(S.CHARGING), 0.0)
    tell_all(states, 0.0)
    states.note(notice(S.FINISHING), 1.0)
    states.note(notice(S.CHARGING, after_s=900), 900.0)
    states.connected_anew(after_boot=False)
    again = [states.next(900.0, 60.0)]
    assert again == [notice(S.AVAILABLE, 0)]
    states.told(notice(S.AVAILABLE, 0))
    assert states.next(900.0, 60.0) == notice(S.CHARGING, after_s=900), "since when it is so"
    assert tell_all(states, 900.0, 60.0) == [S.CHARGING]
    states.note(notice(S.PREPARING), 1000.0)
    states.connected_anew(after_boot=False)
    assert tell_all(states, 1000.0) == [S.AVAILABLE, S.FINISHING, S.PREPARING]


def test_after_a_boot_there_is_no_way_to_go() -> None:
    """A central system that has just accepted the station knows no state before."""
    states = legal_states()
    states.note(notice(S.CHARGING), 0.0)
    tell_all(states, 0.0)
    states.note(notice(S.PREPARING), 1.0)
    states.connected_anew(after_boot=True)
    assert tell_all(states, 1.0, 60.0) == [S.PREPARING]


def test_a_state_that_may_have_been_taken_is_told_again_first() -> None:
    """Where the line broke before the answer, the step is repeated: whatever arrived, each step is legal."""
    states = legal_states()
    states.note(notice(S.AVAILABLE), 0.0)
    tell_all(states, 0.0)
    states.note(notice(S.CHARGING), 1.0)
    lost = states.next(1.0, 0.0)
    assert lost is not None
    states.in_doubt(lost)
    states.note(notice(S.PREPARING), 2.0)
    states.connected_anew(after_boot=False)
    assert tell_all(states, 2.0) == [S.CHARGING, S.FINISHING, S.PREPARING]


def test_a_fault_that_may_have_been_taken_is_not_repeated() -> None:
    """A fault that is over is not told for the first time hours later."""
    states = legal_states()
    states.note(notice(S.CHARGING), 0.0)
    tell_all(states, 0.0)
    states.in_doubt(notice(S.FAULTED))
    states.connected_anew(after_boot=False)
    assert tell_all(states, 1.0) == [S.CHARGING]


def test_what_is_asked_for_is_told_again_even_where_nothing_else_is() -> None:
    """TriggerMessage tells one connector, or all, once more; a station that is Pending tells nothing beside."""
    states = legal_states()
    for number in (0, 1, 2):
        states.note(notice(S.AVAILABLE, number), 0.0)
    assert states.next(0.0, 0.0, asked_for_only=True) is None
    states.tell_again(2)
    assert states.has_asked_for
    assert states.next(0.0, 0.0, asked_for_only=True) == notice(S.AVAILABLE, 2)
    tell_all(states, 0.0)
    assert not states.has_asked_for
    states.tell_again(None)
    assert tell_all(states, 0.0) == [S.AVAILABLE] * 3


# --- laws --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What a central system may know of a connector."""

    status: ConnectorStatus | None = None
    underneath: ConnectorStatus | None = None

    def hears(self, status: ConnectorStatus) -> Known:
        """Return what is known after this was told."""
        return Known(status, self.underneath if status is S.FAULTED else status)

    def allows(self, status: ConnectorStatus) -> bool:
        """Tell whether this may be told next."""
        if self.status is None or status in (self.status, S.FAULTED):
            return True
        if self.status is S.FAULTED:
            return self.underneath is None or status is self.underneath or status in TABLE[self.underneath]
        return status in TABLE[self.status]


@dataclass
class Watch:
    """One connector as the test sees it."""

    wanted: ConnectorNotice
    since_s: float
    known: frozenset[Known] = frozenset({Known()})
    """all that the central system may know: two things where an answer was lost"""
    last: ConnectorStatus | None = None
    told_here: bool = False


STATES_OF_0 = [S.AVAILABLE, S.UNAVAILABLE, S.FAULTED]
INFOS = st.sampled_from([None, None, None, "a", "b"])
NOTES = st.tuples(st.just(1), st.sampled_from(list(S)), INFOS)
OTHER_NOTES = st.tuples(st.just(0), st.sampled_from(STATES_OF_0), INFOS) | st.tuples(
    st.just(2), st.sampled_from(list(S)), INFOS
)
LASTS = st.tuples(st.just("lasts"), st.sampled_from([*S, S.FAULTED, S.FAULTED]), st.booleans())
TELL = st.tuples(st.just("tell"), st.sampled_from([True, True, True, False]))
EVENTS = st.one_of(
    NOTES,
    NOTES,
    LASTS,
    LASTS,
    TELL,
    TELL,
    st.tuples(st.just("wait"), st.sampled_from([0.5, 4.0, 9.5, 10.0, 60.0])),
    OTHER_NOTES,
    st.tuples(st.just("connect"), st.sampled_from([False, False, True])),
    st.tuples(st.just("again"), st.sampled_from([None, 0, 1, 2])),
)


class Laws:
    """Drives the states and holds all that is told against the laws."""

    def __init__(self, minimum_s: float) -> None:
        self.states = legal_states()
        self.minimum_s = minimum_s
        self.now_s = 1000.0
        self.watched: dict[int, Watch] = {}

    def note(self, connector_id: int, status: ConnectorStatus, info: str | None) -> None:
        """Let something become true."""
        wanted = notice(status, connector_id, self.now_s, info)
        watch = self.watched.setdefault(connector_id, Watch(wanted, self.now_s))
        if watch.wanted.status is not status:
            watch.since_s = self.now_s
        watch.wanted = wanted
        self.states.note(wanted, self.now_s)

    def next(self) -> ConnectorNotice | None:
        """Return what is to be told, once it was held against the laws."""
        step = self.states.next(self.now_s, self.minimum_s)
        wake_at_s = self.states.wake_at_s(self.minimum_s)
        if step is None:
            assert wake_at_s is None or wake_at_s > self.now_s, "it would spin"
            for watch in self.watched.values():
                assert watch.wanted.status is not S.FAULTED or watch.last is S.FAULTED, "a fault does not wait"
            if wake_at_s is not None:
                assert self.states.next((self.now_s + wake_at_s) / 2, self.minimum_s) is None
                assert self.states.next(wake_at_s, self.minimum_s) is not None, "it would sleep on"
            return None
        assert wake_at_s is not None
        assert wake_at_s <= self.now_s, "it would sleep for ever"
        watch = self.watched[step.connector_id]
        assert step.connector_id != 0 or step.status in STATES_OF_0
        assert all(known.allows(step.status) for known in watch.known), (watch.known, step.status)
        if watch.last is not None and step.status not in (watch.last, S.FAULTED):
            assert self.now_s - watch.since_s >= self.minimum_s, "it has not lasted"
        return step

    def hear(self, step: ConnectorNotice, *, answered: bool) -> None:
        """Let a step arrive, with its answer; or perhaps, without one, on a line that breaks."""
        watch = self.watched[step.connector_id]
        heard = frozenset(known.hears(step.status) for known in watch.known)
        watch.known = heard if answered else heard | watch.known
        if answered:
            watch.told_here = True
            watch.last = step.status
            self.states.told(step)
        else:
            watch.last = watch.last if step.status is S.FAULTED else step.status
            self.states.in_doubt(step)

    def connect(self, *, after_boot: bool) -> None:
        """Begin another connection."""
        self.states.connected_anew(after_boot=after_boot)
        for number, watch in self.watched.items():
            known, last = (frozenset({Known()}), None) if after_boot else (watch.known, watch.last)
            self.watched[number] = replace(watch, known=known, last=last, told_here=False)

    def tell(self, *, answered: bool) -> None:
        """Tell the next step, if there is one."""
        step = self.next()
        if step is not None:
            self.hear(step, answered=answered)
            if not answered:
                self.connect(after_boot=False)

    def tell_all(self) -> None:
        """Tell all that is due."""
        for _ in range(30):
            if self.next() is None:
                return
            self.tell(answered=True)
        raise AssertionError("it goes on for ever")

    def happen(self, event: tuple[object, ...]) -> None:
        """Let one event happen."""
        match event:
            case (int(connector_id), S() as status, None | str() as info):
                self.note(connector_id, status, info)
            case ("lasts", S() as status, bool(answered)):
                self.note(1, status, None)
                self.now_s += self.minimum_s
                self.tell(answered=answered)
                self.tell_all()
            case ("wait", float(seconds)):
                self.now_s += seconds
            case ("tell", bool(answered)):
                self.tell(answered=answered)
            case ("connect", bool(after_boot)):
                self.connect(after_boot=after_boot)
            case ("again", None | int() as number):
                self.states.tell_again(number)

    def end(self) -> None:
        """Let nothing happen any more: the truth is told, and then there is silence."""
        self.now_s += self.minimum_s
        self.tell_all()
        for watch in self.watched.values():
            assert watch.told_here, "not told on this connection"
            assert watch.known == {Known().hears(watch.wanted.status)} or watch.wanted.status is S.FAULTED
            assert watch.last is watch.wanted.status


@settings(derandomize=True, deadline=None, max_examples=1000)
@given(st.sampled_from([0.0, 10.0]), st.lists(EVENTS, max_size=40))
def test_whatever_happens_what_is_told_is_legal_lasting_and_in_the_end_true(
    minimum_s: float, events: list[tuple[object, ...]]
) -> None:
    """Each step is legal from all that may have arrived; short states stay untold; the last is told; nobody spins."""
    laws = Laws(minimum_s)
    for event in events:
        laws.happen(event)
        laws.next()
    laws.connect(after_boot=False)
    laws.end()
