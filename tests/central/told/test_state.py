"""The present of a station, as it is told and no longer than it is true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import ChargerUnreachableError
from bridge.types.journal import EntryKind
from bridge.types.ocpp.version import OcppVersion
from bridge.types.series import INTERVAL_S
from bridge.types.words import ConnectorStatus
from tests.central.told.scene import NOON, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Return a station of 1.6 that tells values every minute."""
    scene = Scene(tmp_path)
    yield scene
    scene.close()


@pytest.fixture
def newer(tmp_path: Path) -> Iterator[Scene]:
    """Return a station of 2.0.1."""
    scene = Scene(tmp_path / "newer", OcppVersion.V201)
    yield scene
    scene.close()


def status(scene: Scene, word: str, connector_id: int = 1, error: str = "NoError", **more: str) -> None:
    """Tell a state of 1.6."""
    scene.ask("StatusNotification", {"connectorId": connector_id, "status": word, "errorCode": error, **more})


def word(scene: Scene, said: str, evse_id: int = 1, connector_id: int = 1) -> None:
    """Tell a state of 2.x."""
    told = {"timestamp": scene.at(), "connectorStatus": said, "evseId": evse_id, "connectorId": connector_id}
    scene.ask("StatusNotification", told)


def test_nothing_is_known_of_who_never_came(scene: Scene) -> None:
    """A station that was not heard has no present; one word of it and it has."""
    with pytest.raises(ChargerUnreachableError, match="carport"):
        scene.told.snapshot()
    scene.ask("Heartbeat")
    assert scene.told.snapshot().read_at == NOON
    assert scene.told.snapshot().connectors == ()


def test_states_of_connectors(scene: Scene) -> None:
    """Each connector has its own state; connectors are those that were told of."""
    status(scene, "Charging", 2)
    status(scene, "SuspendedEV", 1)
    assert scene.told.connectors == (1, 2)
    assert scene.reading(2).status is ConnectorStatus.CHARGING
    assert (scene.reading(1).status_raw, scene.reading(1).evse_id) == ("SuspendedEV", 1)
    assert scene.news == 2


def test_a_fault_is_told_in_words(scene: Scene) -> None:
    """Code, info and the vendor's code stand together; the next state without an error clears them."""
    status(scene, "Faulted", error="GroundFailure", info="RCD tripped", vendorErrorCode="E07")
    assert scene.reading().fault == "GroundFailure: RCD tripped, E07"
    status(scene, "Available")
    assert scene.reading().fault is None


def test_the_station_as_a_whole_is_no_connector(scene: Scene) -> None:
    """Connector 0 out of order shows at every connector, and at none when it is back."""
    status(scene, "Available")
    status(scene, "Available", 0)
    assert scene.reading().fault is None
    status(scene, "Unavailable", 0)
    assert scene.told.connectors == (1,)
    assert scene.reading().fault == "the station as a whole: Unavailable"
    status(scene, "Faulted", 0, "InternalError")
    assert scene.reading().fault == "the station as a whole: InternalError"
    status(scene, "Available", 0)
    assert scene.reading().fault is None


def test_values_of_a_running_transaction(scene: Scene) -> None:
    """What the meter tells is the present, with the transaction's own energy."""
    number = scene.start(wh=1000)
    status(scene, "Charging")
    scene.values(number, 1500, Power_Active_Import="7200", Current_Offered="32", Voltage="231")
    reading = scene.reading()
    assert (reading.power_w, reading.register_wh, reading.session_energy_wh) == (7200, 1500, 500)
    assert (reading.current_offered_a, reading.voltage_l1_v, reading.session_id) == (32, 231, str(number))
    assert scene.told.snapshot().source_at == NOON


def test_a_quantity_told_apart_stays_beside_the_others(scene: Scene) -> None:
    """Values that come in messages of their own stand together while all are young."""
    number = scene.start()
    scene.values(number, 1500, Power_Active_Import="7200")
    scene.wait(60)
    scene.values(number, 1620)
    assert (scene.reading().power_w, scene.reading().register_wh) == (7200, 1620)


def test_stale_values_do_not_live_on(scene: Scene) -> None:
    """After two intervals a heartbeat shows the state alone, and nothing that seems measured anew."""
    number = scene.start()
    status(scene, "Charging")
    scene.values(number, 1500, Power_Active_Import="7200")
    scene.wait(120)
    scene.ask("Heartbeat")
    assert scene.reading().power_w == 7200
    scene.wait(1)
    scene.ask("Heartbeat")
    assert scene.reading().power_w is None
    assert scene.reading().register_wh is None
    assert scene.reading().status is ConnectorStatus.CHARGING


def test_silence_changes_nothing(scene: Scene) -> None:
    """Without a word from the station the snapshot stays as it is, to the last value."""
    number = scene.start()
    scene.values(number, 1500, Power_Active_Import="7200")
    before = scene.told.snapshot()
    scene.wait(3600)
    assert scene.told.snapshot() == before


def test_power_ends_with_the_transaction(scene: Scene) -> None:
    """After the stop nothing of its power is left; that it is 0 is true only where no vehicle is."""
    number = scene.start()
    status(scene, "Charging")
    scene.values(number, 1500, Power_Active_Import="7200", Current_Import="31")
    scene.stop(number, 1510)
    status(scene, "Finishing")
    assert (scene.reading().power_w, scene.reading().current_a) == (None, None)
    assert (scene.reading().session_id, scene.reading().session_energy_wh) == (None, None)
    status(scene, "Available")
    assert (scene.reading().power_w, scene.reading().current_a, scene.reading().current_l2_a) == (0, 0, None)
    status(scene, "Unavailable")
    assert scene.reading().power_w is None


def test_all_phases_rest_that_were_ever_told(scene: Scene) -> None:
    """A connector of three phases is at 0 on all of them when it is free."""
    sampled = [{"value": "10", "measurand": "Current.Import", "phase": phase} for phase in ("L1", "L2", "L3")]
    scene.ask("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": scene.at(), "sampledValue": sampled}]})
    assert scene.reading().current_l3_a == 10
    status(scene, "Available")
    reading = scene.reading()
    assert (reading.current_a, reading.current_l2_a, reading.current_l3_a) == (0, 0, 0)


def test_late_values_are_readings_of_then(scene: Scene) -> None:
    """What a queue brings fills the past and leaves the present alone."""
    number = scene.start(at=scene.at(-3600))
    scene.values(number, 1500, at=scene.at(-3000), Power_Active_Import="7200")
    assert scene.reading().power_w is None
    assert scene.reading().session_energy_wh == 500
    scene.commit()
    begin, late = scene.store.readings("carport", NOON - timedelta(hours=1), NOON)
    assert (begin.at, begin.register_wh) == (NOON - timedelta(hours=1), 1000)
    assert (late.at, late.power_w, late.register_wh) == (NOON - timedelta(seconds=3000), 7200, 1500)
    assert late.status is None


def test_values_become_rows(scene: Scene) -> None:
    """Registers of five minutes are a row in its time, those of a queue are filled in."""
    number = scene.start(wh=0, at=scene.at(-7200))
    for seconds in range(-7200, -6299, 60):
        scene.values(number, 100 * (seconds + 7200) // 60, at=scene.at(seconds))
    scene.commit()
    start_s = int(NOON.timestamp())
    late = scene.store.intervals("carport", "connector1", start_s - 7200, start_s)
    assert {(row.power_w, row.state.name) for row in late} == {(6000, "FILLED")}
    assert len(late) == 3
    for wh in range(2000, 2700, 100):
        scene.values(number, wh)
        scene.wait(60)
    scene.told.pass_by()
    scene.commit()
    (row,) = scene.store.intervals("carport", "connector1", start_s, start_s + INTERVAL_S)
    assert (row.power_w, row.state.name) == (6000, "POLLED")


@pytest.mark.parametrize(("version", "expected"), [("1.6", [0.0]), (None, [])])
def test_a_free_connector_draws_nothing(scene: Scene, version: str | None, expected: list[float]) -> None:
    """A connected station that says Available gives rows of 0; without a connection nothing is known."""
    status(scene, "Available")
    scene.card.version = version
    for _ in range(7):
        scene.told.pass_by()
        scene.wait(60)
    scene.commit()
    start_s = int(NOON.timestamp())
    rows = scene.store.intervals("carport", "connector1", start_s, start_s + 2 * INTERVAL_S)
    assert [row.power_w for row in rows] == expected


def test_what_an_end_tells_again_is_no_reading(scene: Scene) -> None:
    """The values in a stop were told before, as a rule: they are not kept a second time."""
    number = scene.start(wh=1000)
    scene.wait(1800)
    data = [{"timestamp": scene.at(-900), "sampledValue": [{"value": "1300"}]}]
    scene.stop(number, 1500, transactionData=data)
    scene.commit()
    assert scene.store.readings("carport", NOON, scene.clock.now() + timedelta(hours=1)) == []


def test_a_value_that_waited_a_moment_is_no_clock_that_is_behind(scene: Scene) -> None:
    """The least late of the last values says how the clock goes, and one alone says nothing."""
    for late_s in (10, 10, 2, 0, 5):
        scene.values(None, 1100, at=scene.at(-late_s), Power_Active_Import="7000")
        told = scene.card.clock_offset_s
        scene.wait(60)
        assert told == {10: None, 2: -2, 0: 0, 5: 0}[late_s]


def test_a_clock_in_another_zone_tells_of_now(scene: Scene) -> None:
    """A station whose clock goes an hour wrong, in step, tells the present; its queue does not."""
    number = scene.start()
    scene.values(number, 1100, at=scene.at(-3600), Power_Active_Import="7000")
    assert scene.reading().power_w is None
    scene.wait(60)
    scene.values(number, 1200, at=scene.at(-3600), Power_Active_Import="7100")
    assert scene.reading().power_w == 7100
    assert scene.card.clock_offset_s is None
    for _ in range(2):
        scene.wait(60)
        scene.values(number, 1200, at=scene.at(-3600), Power_Active_Import="7100")
    assert scene.card.clock_offset_s == -3600
    for seconds in (-9000, -8940, -8880):
        scene.values(number, 1200, at=scene.at(seconds), Power_Active_Import="5")
    assert scene.reading().power_w == 7100


def test_a_restart_knows_connectors_and_states(scene: Scene) -> None:
    """After a restart the states are those last journaled: a station tells only what changes."""
    status(scene, "SuspendedEVSE", 2)
    for entry in ({"connector_id": 2, "status": "SuspendedEVSE", "raw": "SuspendedEVSE"},):
        scene.recorder.note(EntryKind.STATUS, "carport", entry)
    scene.restart()
    assert scene.told.connectors == (2,)
    scene.ask("Heartbeat")
    assert scene.reading(2).status is ConnectorStatus.SUSPENDED_EVSE


def test_a_connector_beyond_all_bounds_is_none(scene: Scene) -> None:
    """Numbers that no station has do not fill the memory."""
    scene.ask(
        "MeterValues",
        {"connectorId": 5000, "meterValue": [{"timestamp": scene.at(), "sampledValue": [{"value": "1"}]}]},
    )
    assert scene.told.connectors == ()


def test_occupied_means_what_the_transaction_does(newer: Scene) -> None:
    """2.x says Occupied, and the transaction says how."""
    word(newer, "Occupied")
    seen = [newer.reading().status]
    newer.event("Started", "tx-1", 0, 1000, evse=1, state="EVConnected")
    seen.append(newer.reading().status)
    for number, state in enumerate(("Charging", "SuspendedEV", "SuspendedEVSE"), 1):
        newer.event("Updated", "tx-1", number, 1000, state=state)
        seen.append(newer.reading().status)
    newer.event("Updated", "tx-1", 4, 1000)
    seen.append(newer.reading().status)
    newer.event("Ended", "tx-1", 5, 1100)
    seen.append(newer.reading().status)
    word(newer, "Available")
    seen.append(newer.reading().status)
    word(newer, "Occupied")
    seen.append(newer.reading().status)
    status_of = ConnectorStatus
    assert seen == [
        status_of.PREPARING,
        status_of.PREPARING,
        status_of.CHARGING,
        status_of.SUSPENDED_EV,
        status_of.SUSPENDED_EVSE,
        status_of.SUSPENDED_EVSE,
        status_of.FINISHING,
        status_of.AVAILABLE,
        status_of.PREPARING,
    ]


def test_an_end_after_the_unplugging_does_not_linger(newer: Scene) -> None:
    """An Ended that comes when the connector is Available already says nothing of the next vehicle."""
    newer.event("Started", "tx-1", 0, 1000, evse=1, state="Charging")
    word(newer, "Occupied")
    word(newer, "Available")
    newer.event("Ended", "tx-1", 1, 1100)
    assert newer.reading().status is ConnectorStatus.AVAILABLE
    word(newer, "Occupied")
    assert newer.reading().status is ConnectorStatus.PREPARING


def test_of_two_connectors_the_one_in_use_counts(newer: Scene) -> None:
    """An EVSE with two cables is one connector here."""
    word(newer, "Available", connector_id=1)
    word(newer, "Faulted", connector_id=2)
    assert newer.told.connectors == (1,)
    assert newer.reading().status is ConnectorStatus.FAULTED
    word(newer, "Available", connector_id=2)
    assert newer.reading().status is ConnectorStatus.AVAILABLE


def test_events_tell_states_and_faults(newer: Scene) -> None:
    """What 2.1 tells by NotifyEvent is read in 2.0.1 too."""
    newer.ask("NotifyEvent", events(newer, "Connector", "AvailabilityState", "Faulted"))
    newer.ask("NotifyEvent", events(newer, "EVSE", "Problem", "true", techCode="E07", techInfo="lock is stuck"))
    assert (newer.reading().status, newer.reading().fault) == (ConnectorStatus.FAULTED, "E07, lock is stuck")
    newer.ask("NotifyEvent", events(newer, "EVSE", "Problem", "false"))
    newer.ask("NotifyEvent", events(newer, "Connector", "AvailabilityState", "Available"))
    assert (newer.reading().status, newer.reading().fault) == (ConnectorStatus.AVAILABLE, None)
    assert "alert: EVSE.Problem = true, E07, lock is stuck" in newer.remarks()


def events(scene: Scene, component: str, variable: str, value: str, **more: str) -> dict[str, Any]:
    """Return a NotifyEvent of one event at EVSE 1."""
    told = {
        "eventId": 1,
        "timestamp": scene.at(),
        "trigger": "Alerting",
        "actualValue": value,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": component, "evse": {"id": 1, "connectorId": 1}},
        "variable": {"name": variable},
        **more,
    }
    return {"generatedAt": scene.at(), "seqNo": 0, "eventData": [told]}
