"""What may be wished of a connector, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.etrel.simulation.connector import Connector
from adapters.etrel.simulation.sessions import Session
from adapters.etrel.simulation.ticks import TICKS_PER_S, to_ticks
from adapters.etrel.simulation.wishes import STOP_REASONS, fulfil
from adapters.etrel.simulation.world import World, WorldPlan
from adapters.simulation.wishes import WishError

NOON = to_ticks(datetime(2025, 3, 3, 12, tzinfo=UTC))


class Place:
    """A world with one connector, and the second at which it stands."""

    def __init__(self) -> None:
        self.world = World(WorldPlan(1, NOON, NOON, autonomous=False))
        self.at = NOON

    @property
    def connector(self) -> Connector:
        """Return the only connector."""
        return self.world.connectors[1]

    @property
    def status(self) -> str:
        """Return its state now."""
        return self.connector.status(self.at).value

    @property
    def session(self) -> Session:
        """Return its latest session."""
        session = self.connector.session(self.at)
        assert session is not None
        return session

    def wait(self, duration_s: float) -> None:
        """Let time pass."""
        self.at += int(duration_s * TICKS_PER_S)

    def do(self, *actions: str, **given: str) -> None:
        """Wish one thing after the other, all now."""
        for action in actions:
            fulfil(self.world, action, given, self.at)


def test_a_session_runs_through_its_states() -> None:
    """Plug, card, pause, resume, stop and unplug pass through OCPP's words in order."""
    place = Place()
    seen = [place.status]
    for action in ("plug_in", "swipe", "pause", "resume", "stop", "unplug"):
        place.do(action)
        place.wait(60)
        seen.append(place.status)
    assert seen == [
        "Available",
        "Preparing",
        "Charging",
        "SuspendedEVSE",
        "Charging",
        "Finishing",
        "Available",
    ]


def test_a_card_may_be_shown_before_the_plug() -> None:
    """The charger waits for the plug and then starts at once."""
    place = Place()
    place.do("swipe", id_token="5B10C9D2")
    assert place.status == "Preparing"
    assert place.connector.awaits_plug(place.at)
    place.wait(20)
    place.do("plug_in")
    assert place.status == "Charging"
    assert place.session.card.code == "5B10C9D2"


def test_a_shown_card_is_forgotten_after_a_minute() -> None:
    """Without a plug the connector is free again, and a later plug starts nothing."""
    place = Place()
    place.do("swipe")
    place.wait(60)
    assert place.status == "Available"
    place.do("plug_in")
    assert place.status == "Preparing"


def test_a_full_car_takes_no_more() -> None:
    """When the car has what it wanted the state is SuspendedEV, the power 0 and the energy exact."""
    place = Place()
    place.do("plug_in", "start", power_w="3680", energy_wh="1000")
    place.wait(3 * 3600)
    assert place.status == "SuspendedEV"
    assert place.connector.steps_at(place.at) == 0
    assert place.session.energy_mwh(place.at) == pytest.approx(1_000_000, rel=1e-4)


def test_a_driven_car_takes_the_power_that_was_wished() -> None:
    """An hour at 10,688 W is 10,688 Wh on the register."""
    place = Place()
    before = place.connector.meter_mwh(place.at)
    place.do("plug_in", "start")
    place.wait(3600)
    assert place.connector.steps_at(place.at) * 64 == 10_688
    assert place.connector.meter_mwh(place.at) - before == 10_688_000


def test_nothing_flows_while_paused_and_the_car_goes_on_afterwards() -> None:
    """A pause stops the register, and the energy is that of the time without the pause."""
    place = Place()
    place.do("plug_in", "start")
    place.wait(600)
    place.do("pause")
    place.wait(1800)
    assert place.connector.steps_at(place.at) == 0
    place.do("resume")
    place.wait(600)
    assert place.session.energy_mwh(place.at) == 10_688_000 // 3


def test_a_second_session_of_the_same_car_goes_on_where_the_first_ended() -> None:
    """Stop and start again without unplugging: new id, register continues, the car wants only the rest."""
    place = Place()
    place.do("plug_in", "start", energy_wh="3000")
    place.wait(600)
    place.do("stop")
    first = place.session
    place.wait(60)
    place.do("start")
    place.wait(4 * 3600)
    second = place.session
    assert second.session_id == first.session_id + 1
    assert second.meter_start_mwh == first.meter_mwh(place.at)
    assert first.energy_mwh(place.at) + second.energy_mwh(place.at) == pytest.approx(3_000_000, rel=1e-4)


def test_the_end_is_noted_two_seconds_after_the_plug_was_pulled() -> None:
    """No energy flows after the unplugging, and the session's end lies 2 s behind it."""
    place = Place()
    place.do("plug_in", "start")
    place.wait(600)
    place.do("unplug")
    energy_mwh = place.session.energy_mwh(place.at)
    assert place.status == "Finishing"
    place.wait(3)
    assert place.status == "Available"
    session = place.session
    assert session.energy_mwh(place.at) == energy_mwh
    assert session.stay.unplugged_at is not None
    assert session.ended_at is not None
    assert 2 <= (session.ended_at - session.stay.unplugged_at) / TICKS_PER_S < 3
    assert session.stop_reason == "LocalStopUserDisconnectedCableFromVehicle"


def test_a_fault_ends_the_session() -> None:
    """The session gets a fault as stop reason; after clearing, the plugged car may start anew."""
    place = Place()
    place.do("plug_in", "start")
    place.wait(1)
    place.do("fault")
    assert place.status == "Faulted"
    assert place.session.lasted(place.at) == TICKS_PER_S
    assert place.session.stop_reason == "FaultOccuredSystemInternalFault"
    place.do("clear_fault")
    assert place.status == "Finishing"
    place.do("start")
    assert place.status == "Charging"


def test_the_same_card_ends_its_own_session() -> None:
    """A card that is shown again logs its user out."""
    place = Place()
    place.do("plug_in", "swipe")
    place.wait(60)
    place.do("swipe")
    assert place.status == "Finishing"
    assert place.session.stop_reason == "LocalStopUserLogout"


def test_a_reboot_zeroes_the_session_register_only() -> None:
    """The session goes on, its register starts from 0 again, and the meter does not notice."""
    place = Place()
    place.do("plug_in", "start")
    place.wait(3600)
    meter_mwh = place.connector.meter_mwh(place.at)
    place.do("reboot")
    assert place.world.register_mwh(place.connector, place.at) == 0
    assert place.connector.meter_mwh(place.at) == meter_mwh
    assert place.status == "Charging"
    place.wait(1800)
    assert place.world.register_mwh(place.connector, place.at) == 5_344_000
    assert place.session.energy_mwh(place.at) == 16_032_000


def test_the_session_register_keeps_its_value_until_the_next_session() -> None:
    """It reads the last session's energy while the place is free, and 0 when the next begins."""
    place = Place()
    place.do("plug_in", "start")
    place.wait(3600)
    place.do("unplug")
    place.wait(7200)
    assert place.status == "Available"
    assert place.world.register_mwh(place.connector, place.at) == 10_688_000
    place.do("plug_in", "start")
    assert place.world.register_mwh(place.connector, place.at) == 0


def test_out_of_service_is_unavailable() -> None:
    """A disabled connector starts nothing until it is enabled."""
    place = Place()
    place.do("plug_in", "disable")
    assert place.status == "Unavailable"
    with pytest.raises(WishError, match="out of service"):
        place.do("start")
    place.do("enable", "start")
    assert place.status == "Charging"


@pytest.mark.parametrize(
    ("before", "impossible", "message"),
    [
        ((), "stop", "no session is running"),
        ((), "pause", "no session is running"),
        ((), "unplug", "no car is plugged in"),
        ((), "start", "no car is plugged in"),
        ((), "clear_fault", "no fault"),
        ((), "enable", "in service already"),
        (("plug_in",), "plug_in", "plugged in already"),
        (("plug_in",), "resume", "no session is running"),
        (("plug_in", "start"), "start", "running already"),
        (("plug_in", "start"), "resume", "not paused"),
        (("plug_in", "start"), "disable", "is running"),
        (("plug_in", "start"), "swipe", "another card"),
        (("plug_in", "start", "pause"), "pause", "paused already"),
        (("plug_in", "start", "unplug"), "stop", "just pulled"),
        (("plug_in", "start", "unplug"), "plug_in", "just pulled"),
        (("fault",), "fault", "faulted already"),
        (("fault",), "swipe", "faulted"),
        (("plug_in", "fault"), "start", "faulted"),
        ((), "fly", "no wish"),
    ],
)
def test_an_impossible_wish_is_refused_and_changes_nothing(
    before: tuple[str, ...], impossible: str, message: str
) -> None:
    """The refusal says why, and the state is the one before."""
    place = Place()
    place.do(*before)
    status = place.status
    with pytest.raises(WishError, match=message):
        place.do(impossible)
    assert place.status == status


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("plug_in", {"power_w": "lots"}),
        ("plug_in", {"power_w": "1e9"}),
        ("plug_in", {"energy_wh": "nan"}),
        ("plug_in", {"connector": "2"}),
        ("plug_in", {"connector": "one"}),
    ],
)
def test_a_wish_with_a_wrong_value_is_refused(action: str, given: dict[str, str]) -> None:
    """Values out of bounds and connectors that are not there change nothing."""
    place = Place()
    with pytest.raises(WishError):
        place.do(action, **given)
    assert place.status == "Available"


@pytest.mark.parametrize("reason", sorted(STOP_REASONS))
def test_a_stop_may_give_any_reason_of_the_chargers_list(reason: str) -> None:
    """The reason stands in the log as it was given."""
    place = Place()
    place.do("plug_in", "start")
    place.wait(5)
    place.do("stop", reason=reason)
    assert place.session.stop_reason == reason


def test_a_stop_reason_of_ones_own_is_refused() -> None:
    """A reason that the charger's list lacks is an error, and the session goes on."""
    place = Place()
    place.do("plug_in", "start")
    with pytest.raises(WishError, match="no stop reason"):
        place.do("stop", reason="Bored")
    assert place.status == "Charging"


def test_a_clock_that_is_set_back_does_not_undo_wishes() -> None:
    """A wish that seems older than the one before counts as made at the same time."""
    place = Place()
    place.wait(600)
    place.do("plug_in", "start")
    fulfil(place.world, "stop", {}, place.at - 300 * TICKS_PER_S)
    assert place.status == "Finishing"
    assert place.session.lasted(place.at) == 0
