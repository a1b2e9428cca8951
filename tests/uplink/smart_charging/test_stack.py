from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bridge.types.ocpp.charging_profile import ChargingProfile, ChargingProfilePurpose
from bridge.types.ocpp.translate.charging_profiles import ClearChargingProfile, ClearChargingProfileCriteria
from bridge.uplink.smart_charging.acceptance import Refusal
from bridge.uplink.smart_charging.layout import Limits
from bridge.uplink.smart_charging.limit import limit_at
from bridge.uplink.smart_charging.profiles import Installed
from bridge.uplink.smart_charging.stack import Change, ProfileStack
from tests.uplink.smart_charging.any_profiles import DAYS, profiles
from tests.uplink.smart_charging.making import DEFAULT, MAX, NOON, OUTSIDE, PAIR, TX, profile, running, stack


def ids(installed: tuple[Installed, ...]) -> list[int]:
    return [one.profile.id for one in installed]


def changed(outcome: Change | Refusal) -> tuple[list[int], list[int]]:
    assert isinstance(outcome, Change), outcome
    return ids(outcome.put), ids(outcome.removed)


def refused(outcome: Change | Refusal) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def clearing(number: int | None = None, **criteria: object) -> ClearChargingProfile:
    return ClearChargingProfile(
        charging_profile_id=number,
        charging_profile_criteria=ClearChargingProfileCriteria.model_validate(criteria) if criteria else None,
    )


def test_a_profile_with_the_same_id_replaces_the_old_one_wherever_it_was() -> None:
    """Another purpose, level and EVSE: the old one is gone, and is replaced where it is kept."""
    made = stack((profile(1, DEFAULT, level=1), 1), layout=PAIR)
    assert changed(made.install(profile(1, MAX, level=2), 0, NOON)) == ([1], [])
    assert [(one.profile.charging_profile_purpose, one.evse_id) for one in made.installed] == [(MAX, 0)]


def test_a_profile_of_the_same_purpose_level_and_evse_replaces_too() -> None:
    """The other one is told as removed; one at another EVSE, level or of another purpose stays."""
    made = stack(
        (profile(1, DEFAULT, level=1), 1),
        (profile(2, DEFAULT, level=1), 2),
        (profile(3, DEFAULT, level=1), 0),
        (profile(4, DEFAULT, level=2), 1),
        (profile(5, OUTSIDE, level=1), 1),
        layout=PAIR,
    )
    assert changed(made.install(profile(9, DEFAULT, level=1), 1, NOON)) == ([9], [1])
    assert ids(made.installed) == [2, 3, 4, 5, 9]


def test_one_profile_may_replace_two() -> None:
    """It has the id of one and the place of another."""
    made = stack((profile(1, DEFAULT, level=1), 1), (profile(2, DEFAULT, level=2), 1))
    assert changed(made.install(profile(1, DEFAULT, level=2), 1, NOON)) == ([1], [2])
    assert ids(made.installed) == [1]


def test_the_profile_of_a_transaction_needs_it_and_its_id() -> None:
    """None, another one, or one whose id is not known yet is refused; without an id the one that runs is meant."""
    made = stack(layout=PAIR)
    assert refused(made.install(profile(1, TX), 1, NOON)) == "TxNotFound"
    made.start_transaction(running(1, transaction_id=None))
    assert refused(made.install(profile(1, TX), 2, NOON)) == "TxNotFound"
    assert refused(made.install(profile(1, TX, transactionId="7"), 1, NOON)) == "TxNotFound"
    made.start_transaction(running(1, transaction_id="7"))
    assert refused(made.install(profile(1, TX, transactionId="8"), 1, NOON)) == "TxNotFound"
    assert changed(made.install(profile(1, TX, transactionId="7"), 1, NOON)) == ([1], [])
    assert changed(made.install(profile(2, TX, level=1), 1, NOON)) == ([2], [])


def test_what_is_refused_changes_nothing() -> None:
    """The old profile of that id stays."""
    made = stack((profile(1, DEFAULT), 1))
    before = made.installed
    assert refused(made.install(profile(1, MAX), 1, NOON)) == "InvalidProfile"
    assert made.installed == before


def test_only_so_many_profiles_are_installed() -> None:
    """One more is refused, one that replaces is not."""
    made = stack((profile(1, level=1), 0), (profile(2, level=2), 0), limits=Limits(max_installed=2))
    assert refused(made.install(profile(3, level=3), 0, NOON)) == "OutOfStorage"
    assert changed(made.install(profile(3, level=2), 0, NOON)) == ([3], [2])


def test_the_profile_of_a_transaction_goes_when_it_ends() -> None:
    """Those of the other EVSE and the defaults stay."""
    made = stack(
        (profile(1, TX), 1), (profile(2, TX), 2), (profile(3), 1), layout=PAIR, transactions=[running(1), running(2)]
    )
    change = made.end_transaction(1)
    assert (ids(change.put), ids(change.removed), ids(made.installed)) == ([], [1], [2, 3])
    assert made.transaction(1) is None
    assert made.end_transaction(1) == Change()


def test_a_profile_of_a_remote_start_waits_for_its_transaction() -> None:
    """It is bound when one starts at its EVSE, and goes with it; its transactionId is not looked at."""
    made = stack(layout=PAIR)
    assert changed(made.install(profile(1, TX, transactionId="1"), 1, NOON, for_next_transaction=True)) == ([1], [])
    assert made.start_transaction(running(2)) == Change()
    change = made.start_transaction(running(1))
    assert [(one.profile.id, one.transaction_key) for one in change.put] == [(1, "session-1")]
    assert made.installed == change.put
    assert ids(made.end_transaction(1).removed) == [1]


def test_a_profile_of_a_remote_start_belongs_to_a_transaction_that_runs_already() -> None:
    """The transaction was quicker than the profile."""
    made = stack(transactions=[running(1)])
    assert changed(made.install(profile(1, TX), 1, NOON, for_next_transaction=True)) == ([1], [])
    assert made.installed[0].transaction_key == "session-1"


def test_only_the_profile_of_a_transaction_comes_with_a_remote_start() -> None:
    """Another one would outlive it."""
    assert refused(stack().install(profile(1), 1, NOON, for_next_transaction=True)) == "InvalidProfile"


def test_a_profile_that_waits_in_vain_can_be_forgotten() -> None:
    """Nobody plugged in: what waits goes, what is bound stays."""
    made = stack((profile(1, TX), 2), layout=PAIR, transactions=[running(2)])
    made.install(profile(2, TX), 1, NOON, for_next_transaction=True)
    assert ids(made.forget_waiting(1).removed) == [2]
    assert ids(made.installed) == [1]
    assert made.forget_waiting(2) == Change()


def test_a_transaction_that_follows_another_ends_it() -> None:
    """What the old one had is gone; what waits belongs to the new one."""
    made = stack((profile(1, TX), 1), transactions=[running(1)])
    later = type(running())(1, "session-next", NOON + timedelta(hours=1))
    change = made.start_transaction(later)
    assert (ids(change.removed), made.installed, made.transactions) == ([1], (), (later,))


def test_a_transaction_told_again_keeps_its_profiles_and_its_id() -> None:
    """A restart tells it without its id once more; what was learned stays."""
    made = stack((profile(1, TX), 1), transactions=[running(1, transaction_id="7")])
    assert made.start_transaction(running(1, transaction_id=None)) == Change()
    assert made.transactions[0].transaction_id == "7"
    assert ids(made.installed) == [1]


def test_profiles_of_transactions_that_ended_while_the_bridge_was_away_are_forgotten() -> None:
    """After a restart those that go on are told; the profiles of others go, and what waits goes on waiting."""
    made = stack((profile(1, TX), 1), (profile(2, TX), 2), layout=PAIR, transactions=[running(1), running(2)])
    again = ProfileStack(PAIR, Limits(), made.installed)
    again.start_transaction(running(2))
    assert ids(again.forget_ended().removed) == [1]
    assert ids(again.installed) == [2]


def test_what_was_kept_twice_is_there_once() -> None:
    """Of two that cannot be there together the later one stays."""
    kept = [Installed(profile=profile(number), evse_id=1, installed_at=NOON) for number in (1, 2)]
    assert ids(ProfileStack(PAIR, Limits(), kept).installed) == [2]


def full() -> ProfileStack:
    return stack(
        (profile(1, MAX, level=0), 0),
        (profile(2, DEFAULT, level=0), 0),
        (profile(3, DEFAULT, level=0), 1),
        (profile(4, DEFAULT, level=1), 1),
        (profile(5, TX, level=1), 1),
        (profile(6, TX, level=0), 2),
        (profile(7, OUTSIDE, level=0), 0),
        layout=PAIR,
        transactions=[running(1), running(2)],
    )


def test_clearing_removes_what_fits_all_that_is_given() -> None:
    """Any mix of filters; what fits only some of them stays; nothing that fits is an empty answer."""
    default, tx = ChargingProfilePurpose.TX_DEFAULT_PROFILE, ChargingProfilePurpose.TX_PROFILE
    outside = ChargingProfilePurpose.CHARGING_STATION_EXTERNAL_CONSTRAINTS
    table = [
        (clearing(3), [3]),
        (clearing(99), []),
        (clearing(evse_id=1), [3, 4, 5]),
        (clearing(evse_id=0), [1, 2]),
        (clearing(stack_level=0), [1, 2, 3, 6]),
        (clearing(charging_profile_purpose=default), [2, 3, 4]),
        (clearing(charging_profile_purpose=default, evse_id=1), [3, 4]),
        (clearing(charging_profile_purpose=default, evse_id=1, stack_level=1), [4]),
        (clearing(charging_profile_purpose=tx, evse_id=0), []),
        (clearing(4, evse_id=1, charging_profile_purpose=default, stack_level=1), [4]),
        (clearing(4, evse_id=2), []),
        (clearing(4, stack_level=0), []),
        (clearing(), [1, 2, 3, 4, 5, 6]),
        (clearing(7), [7]),
        (clearing(charging_profile_purpose=outside), [7]),
    ]
    for criteria, expected in table:
        made = full()
        assert ids(made.clear(criteria)) == expected, criteria
        assert ids(made.installed) == [number for number in range(1, 8) if number not in expected]


class AnyLife(RuleBasedStateMachine):
    """Installs, clears, starts and ends in any order, beside a dictionary that keeps what it is told to keep."""

    def __init__(self) -> None:
        super().__init__()
        self.made = ProfileStack(PAIR, Limits(max_installed=5))
        self.kept: dict[int, Installed] = {}

    def keep(self, change: Change) -> None:
        """Do what a change says, as a store would."""
        for one in change.removed:
            del self.kept[one.profile.id]
        for one in change.put:
            self.kept[one.profile.id] = one

    @rule(one=profiles(DAYS[2]), evse_id=st.integers(0, 3), waits=st.booleans())
    def install(self, one: ChargingProfile, evse_id: int, waits: bool) -> None:  # noqa: FBT001 -- drawn
        """Find it there when accepted, and nothing changed when refused."""
        before = self.made.installed
        outcome = self.made.install(one, evse_id, NOON, for_next_transaction=waits)
        if isinstance(outcome, Refusal):
            assert self.made.installed == before
            assert outcome.why
            assert 0 < len(outcome.code) <= 20
        else:
            assert one in [installed.profile for installed in self.made.installed]
            self.keep(outcome)

    @rule(
        number=st.none() | st.integers(1, 8),
        evse_id=st.none() | st.integers(0, 2),
        purpose=st.none() | st.sampled_from(ChargingProfilePurpose),
        level=st.none() | st.integers(0, 2),
    )
    def clear(
        self, number: int | None, evse_id: int | None, purpose: ChargingProfilePurpose | None, level: int | None
    ) -> None:
        """Find nothing left that fits."""
        criteria = clearing(number, evse_id=evse_id, charging_profile_purpose=purpose, stack_level=level)
        gone = self.made.clear(criteria)
        self.keep(Change(removed=gone))
        assert self.made.clear(criteria) == ()

    @rule(evse_id=st.integers(1, 2), key=st.sampled_from("ab"))
    def start(self, evse_id: int, key: str) -> None:
        """Find nothing that waits at that EVSE any more."""
        self.keep(self.made.start_transaction(type(running())(evse_id, key, NOON, "7")))
        assert not any(one.is_waiting and one.evse_id == evse_id for one in self.made.installed)

    @rule(evse_id=st.integers(1, 2))
    def end(self, evse_id: int) -> None:
        """Find no profile of a transaction there but one that waits."""
        self.keep(self.made.end_transaction(evse_id))
        assert all(one.is_waiting for one in self.made.installed if one.is_of_a_transaction and one.evse_id == evse_id)

    @invariant()
    def one_of_each(self) -> None:
        """Find one of an id, one of a purpose, level and EVSE, no more than may be, and kept is what is there."""
        there = self.made.installed
        places = Counter((one.profile.charging_profile_purpose, one.profile.stack_level, one.evse_id) for one in there)
        assert len({one.profile.id for one in there}) == len(there) <= 5
        assert all(count == 1 for count in places.values())
        assert self.kept == {one.profile.id: one for one in there}


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=40, stateful_step_count=25, deadline=None, derandomize=True)


def test_by_the_rules_of_2_x_a_profile_of_the_same_rank_is_refused() -> None:
    """With another id, at the same time and place; a default of an EVSE and one of the station are rivals too."""
    made = stack((profile(1, DEFAULT, level=1), 1), layout=PAIR)
    assert refused(made.install(profile(2, DEFAULT, level=1), 1, NOON, by_2_x=True)) == "DuplicateProfile"
    assert refused(made.install(profile(2, DEFAULT, level=1), 0, NOON, by_2_x=True)) == "DuplicateProfile"
    assert changed(made.install(profile(2, DEFAULT, level=1), 2, NOON, by_2_x=True)) == ([2], [])
    assert changed(made.install(profile(3, DEFAULT, level=2), 1, NOON, by_2_x=True)) == ([3], [])
    assert changed(made.install(profile(1, DEFAULT, level=1), 1, NOON, by_2_x=True)) == ([1], [])
    assert ids(made.installed) == [2, 3, 1]


def test_by_the_rules_of_2_x_two_of_a_rank_may_follow_each_other() -> None:
    """One that ends where the other begins is no duplicate, and both are still there after a restart."""
    early = profile(1, MAX, validTo="2026-06-11T00:00:00Z")
    late = profile(2, MAX, validFrom="2026-06-11T00:00:00Z")
    made = stack((early, 0))
    assert changed(made.install(late, 0, NOON, by_2_x=True)) == ([2], [])
    assert ids(ProfileStack(made.layout, made.limits, made.installed).installed) == [1, 2]
    assert changed(made.install(profile(3, MAX), 0, NOON)) == ([3], [1, 2]), "1.6 takes the place of both"


def test_by_the_rules_of_2_x_a_waiting_profile_gives_way_to_one_of_the_transaction() -> None:
    """It waited for a vehicle that is there now."""
    made = stack()
    assert changed(made.install(profile(1, TX), 1, NOON, for_next_transaction=True, by_2_x=True)) == ([1], [])
    made.start_transaction(running())
    told = profile(2, TX, transactionId="7")
    assert refused(made.install(told, 1, NOON, by_2_x=True)) == "DuplicateProfile"
    assert refused(made.install(profile(3, TX, transactionId="8"), 1, NOON, by_2_x=True)) == "TxNotFound"
    assert refused(made.install(profile(3, TX), 1, NOON, by_2_x=True)) == "MissingParam"


def test_a_profile_lapses_with_the_connection_and_comes_back_unless_it_is_to_go_for_good() -> None:
    """Both hold again as soon as it is back, where they are not to be forgotten."""
    back = profile(1, DEFAULT, (0, 10.0), maxOfflineDuration=60)
    gone = profile(2, DEFAULT, (0, 8.0), level=1, maxOfflineDuration=30, invalidAfterOfflineDuration=True)
    made = stack((back, 1), (gone, 1))
    minute = timedelta(minutes=1)
    made.offline_since = NOON
    assert limit_at(made, 1, NOON)[:2] == (8.0, NOON + minute / 2)
    assert limit_at(made, 1, NOON + minute / 2)[:2] == (10.0, NOON + minute)
    assert limit_at(made, 1, NOON + minute).limit_a is None
    assert changed(made.forget_lapsed(NOON + minute / 4)) == ([], [])
    assert changed(made.forget_lapsed(NOON + minute / 2)) == ([], [2])
    made.offline_since = None
    assert limit_at(made, 1, NOON + minute).limit_a == 10.0
    assert changed(made.forget_lapsed(NOON + minute)) == ([], [])


def test_a_profile_that_lasts_no_second_without_a_connection_holds_with_one() -> None:
    """A maxOfflineDuration of 0 is gone at once; one of the end of time does no harm."""
    made = stack((profile(1, DEFAULT, (0, 10.0), maxOfflineDuration=0), 1))
    assert limit_at(made, 1, NOON).limit_a == 10.0
    made.offline_since = NOON
    assert limit_at(made, 1, NOON).limit_a is None
    made = stack((profile(1, DEFAULT, (0, 10.0), maxOfflineDuration=2**31 - 1), 1))
    made.offline_since = datetime(9990, 1, 1, tzinfo=UTC)
    assert limit_at(made, 1, NOON).limit_a == 10.0
