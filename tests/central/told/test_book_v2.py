"""Transactions of OCPP 2.x: their own ids, in whatever order the events come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import IdTokenType, SessionFlag, StopReason
from tests.central.told.scene import NOON, Scene


@pytest.fixture(params=[OcppVersion.V201, OcppVersion.V21])
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Return a station of 2.0.1 and one of 2.1."""
    scene = Scene(tmp_path, request.param)
    yield scene
    scene.close()


def test_a_transaction_becomes_a_session(scene: Scene) -> None:
    """Started, Updated and Ended are one session under the station's id."""
    answer = scene.event("Started", "tx-1", 0, 1000, evse=2, tag="04AABBCC")
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    scene.wait(60)
    assert scene.event("Updated", "tx-1", 1, 1300, state="Charging") == {}
    scene.wait(60)
    scene.event("Ended", "tx-1", 2, 1500, reason="StoppedByEV")
    session = scene.session()
    assert (session.session_id, session.connector_id, session.id_token) == ("tx-1", 2, "04AABBCC")
    assert (session.started_at, session.ended_at) == (NOON, NOON + timedelta(seconds=120))
    assert (session.energy_wh, session.stop_reason, session.flags) == (500, StopReason.STOPPED_BY_EV, ())


def test_an_end_without_a_reason_is_local(scene: Scene) -> None:
    """An absent stoppedReason means Local; the session is told to be over all the same."""
    scene.event("Started", "tx-1", 0, 1000, evse=1)
    scene.wait(90)
    scene.event("Ended", "tx-1", 1, 1200)
    assert scene.session().stop_reason is StopReason.LOCAL


def test_an_update_after_the_end_does_not_reopen(scene: Scene) -> None:
    """What comes late belongs to the past, also after a restart."""
    scene.event("Started", "tx-1", 0, 1000, evse=1)
    scene.wait(90)
    scene.event("Ended", "tx-1", 2, 1500)
    session = scene.session()
    for is_killed in (False, True):
        scene.event("Updated", "tx-1", 1, 1300, scene.at(-30), state="Charging")
        scene.event("Started", "tx-1", 0, 1000, scene.at(-90), evse=1)
        assert scene.session() == session
        assert scene.told.transaction_id(1) is None
        scene.restart(is_killed=is_killed)


def test_a_lost_start_is_flagged(scene: Scene) -> None:
    """An update of an unknown transaction begins it, with the first register that is told."""
    scene.event("Updated", "tx-1", 3, 1300, evse=1)
    scene.wait(90)
    scene.event("Ended", "tx-1", 4, 1500)
    session = scene.session()
    assert (session.started_at, session.energy_wh, session.flags) == (NOON, 200, (SessionFlag.START_NOT_SEEN,))


def test_an_end_alone_is_kept(scene: Scene) -> None:
    """A transaction of which only the end came is there, without energy, once."""
    for _ in range(2):
        scene.event("Ended", "tx-1", 4, 1500, evse=2)
        scene.restart(is_killed=True)
    session = scene.session()
    assert (session.connector_id, session.energy_wh, session.meter_stop_wh) == (2, None, 1500)
    assert session.flags == (SessionFlag.NO_REGISTER, SessionFlag.START_NOT_SEEN)


def test_an_end_alone_may_tell_its_begin(scene: Scene) -> None:
    """The register and the time of the begin stand in the values of the end."""
    values: list[dict[str, Any]] = [
        {"timestamp": scene.at(-3600), "sampledValue": [{"value": 1000, "context": "Transaction.Begin"}]},
        {"timestamp": scene.at(), "sampledValue": [{"value": 1500, "context": "Transaction.End"}]},
    ]
    scene.event("Ended", "tx-1", 4, meterValue=values)
    session = scene.session()
    assert (session.started_at, session.energy_wh) == (NOON - timedelta(hours=1), 500)


def test_an_end_may_tell_the_begin_that_was_lost(scene: Scene) -> None:
    """Where the start was not seen the register of the begin, told with the end, betters the first that was seen."""
    scene.event("Updated", "tx-1", 3, 1300, evse=1)
    scene.wait(90)
    values: list[dict[str, Any]] = [
        {"timestamp": scene.at(-600), "sampledValue": [{"value": 1000, "context": "Transaction.Begin"}]},
        {"timestamp": scene.at(), "sampledValue": [{"value": 1500, "context": "Transaction.End"}]},
    ]
    scene.event("Ended", "tx-1", 4, meterValue=values)
    assert (scene.session().energy_wh, scene.session().flags) == (500, (SessionFlag.START_NOT_SEEN,))


@pytest.mark.parametrize("is_over", [False, True])
def test_a_start_that_comes_after_what_follows_it_counts(scene: Scene, *, is_over: bool) -> None:
    """The start takes its place, whether the transaction runs or has ended, and the session is there once."""
    scene.event("Updated", "tx-1", 1, 1300, scene.at(60))
    if is_over:
        scene.event("Ended", "tx-1", 2, 1500, scene.at(120))
    scene.event("Started", "tx-1", 0, 1000, evse=2, tag="ABC")
    if not is_over:
        assert scene.session().ended_at is None
        scene.event("Ended", "tx-1", 2, 1500, scene.at(120))
    session = scene.session()
    assert (session.started_at, session.ended_at) == (NOON, NOON + timedelta(seconds=120))
    assert (session.connector_id, session.id_token, session.energy_wh, session.flags) == (2, "ABC", 500, ())


def test_an_earlier_update_tells_an_earlier_start(scene: Scene) -> None:
    """Without a start the earliest of what was told is the beginning, whatever the order."""
    scene.event("Updated", "tx-1", 2, 1300, scene.at(60), evse=1)
    scene.event("Updated", "tx-1", 1, 1200, evse=1)
    scene.event("Ended", "tx-1", 3, 1500, scene.at(120))
    session = scene.session()
    assert (session.started_at, session.energy_wh, session.flags) == (NOON, 300, (SessionFlag.START_NOT_SEEN,))


@pytest.mark.parametrize("seconds", [60, 120])
def test_an_update_after_an_end_alone_tells_its_start(scene: Scene, seconds: int) -> None:
    """What overtook it is the end; the update says from when the session is known, and does not open it."""
    scene.event("Ended", "tx-1", 3, 1500, scene.at(120), evse=1)
    for _ in range(2):
        scene.event("Updated", "tx-1", 2, 1300, scene.at(seconds))
    session = scene.session()
    assert (session.started_at, session.ended_at) == (NOON + timedelta(seconds=seconds), NOON + timedelta(seconds=120))
    assert (session.energy_wh, session.flags) == (200, (SessionFlag.START_NOT_SEEN,))


def test_the_driver_and_the_place_may_be_told_later(scene: Scene) -> None:
    """A transaction that begins with the card learns its EVSE, one that begins with the plug its driver."""
    scene.event("Started", "tx-1", 0, 1000, tag="ABC")
    scene.event("Updated", "tx-1", 1, evse=2)
    assert scene.told.transaction_id(2) == "tx-1"
    scene.event("Started", "tx-2", 0, 1000, evse=1)
    scene.event("Updated", "tx-2", 1, tag="DEF")
    scene.restart(is_killed=True)
    assert {(s.session_id, s.connector_id, s.id_token) for s in scene.sessions()} == {
        ("tx-1", 2, "ABC"),
        ("tx-2", 1, "DEF"),
    }


def test_who_stops_is_not_who_charges(scene: Scene) -> None:
    """The tag in an end stopped it; the driver is that of the start."""
    scene.event("Started", "tx-1", 0, 1000, evse=1, tag="DRIVER")
    scene.wait(60)
    scene.event("Ended", "tx-1", 1, 1500, tag="GUARD")
    assert scene.session().id_token == "DRIVER"


def test_units_and_powers_of_ten_count(scene: Scene) -> None:
    """A register in kWh with a multiplier is the same in Wh."""

    def values(value: float) -> list[dict[str, Any]]:
        unit = {"unit": "kWh", "multiplier": -1}
        return [{"timestamp": scene.at(), "sampledValue": [{"value": value, "unitOfMeasure": unit}]}]

    scene.event("Started", "tx-1", 0, evse=1, meterValue=values(10.5))
    scene.wait(60)
    scene.event("Ended", "tx-1", 1, meterValue=values(20))
    assert (scene.session().meter_start_wh, scene.session().energy_wh) == (1050, 950)


def test_free_charging_has_no_tag(scene: Scene) -> None:
    """NoAuthorization with an empty token is a driver that nobody knows."""
    scene.event("Started", "tx-1", 0, 1000, evse=1, idToken={"idToken": "", "type": "NoAuthorization"})
    session = scene.session()
    assert (session.id_token, session.id_token_type) == (None, IdTokenType.NO_AUTHORIZATION)


def test_a_tag_of_a_new_type_loses_no_transaction(tmp_path: Path) -> None:
    """2.1 leaves the type open; the transaction is kept with the tag."""
    scene = Scene(tmp_path, OcppVersion.V21)
    scene.event("Started", "tx-1", 0, 1000, evse=1, idToken={"idToken": "1C1", "type": "EVCCID"})
    assert scene.session().id_token == "1C1"
    assert "type that is not known" in scene.remarks()
    scene.close()


def test_a_lost_end_shows_with_the_next_start(scene: Scene) -> None:
    """As in 1.6, and what was told late moves the end that was guessed without opening it."""
    scene.event("Started", "tx-1", 0, 1000, evse=1)
    scene.wait(60)
    scene.event("Updated", "tx-1", 1, 1200)
    scene.wait(600)
    scene.event("Started", "tx-2", 0, 1500, evse=1)
    scene.event("Updated", "tx-1", 2, 1400, scene.at(-300))
    lost, running = scene.sessions()
    assert (lost.ended_at, lost.energy_wh) == (NOON + timedelta(seconds=360), 400)
    assert lost.flags == (SessionFlag.END_NOT_SEEN,)
    assert (running.session_id, running.ended_at) == ("tx-2", None)
    assert scene.told.transaction_id(1) == "tx-2"


def test_a_clock_that_is_set_later(scene: Scene) -> None:
    """An unset clock flags the start; registers of an unset clock count as they arrive."""
    scene.event("Started", "tx-1", 0, 1000, "1970-01-01T00:00:01Z", evse=1)
    scene.wait(60)
    scene.event("Updated", "tx-1", 1, 1200, "1970-01-01T00:01:01Z")
    assert scene.reading().session_energy_wh == 200
    scene.event("Started", "tx-1", 0, 1000, "1970-01-01T00:00:01Z", evse=1)
    scene.wait(60)
    scene.event("Ended", "tx-1", 2, 1500)
    session = scene.session()
    assert (session.started_at, session.energy_wh, session.flags) == (NOON, 500, (SessionFlag.START_NOT_SEEN,))
