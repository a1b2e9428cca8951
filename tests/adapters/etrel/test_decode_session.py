"""Rows of the session log become charging sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.decoding import ShapeError
from adapters.etrel.decode_session import decode_session
from bridge.types.session import ChargingSession
from bridge.types.words import IdTokenType, SessionFlag, StopReason
from tests.adapters.etrel.fixtures import document

_PATH = "$.content[0]"


def _row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = document("overnight", "charging_session")["content"][0]
    return row | changes


def _decode(**changes: Any) -> ChargingSession:
    session = decode_session(_row(**changes), _PATH)
    assert session is not None
    return session


def _oddity(session_id: str) -> ChargingSession:
    rows = document("log_oddities", "charging_session")["content"]
    row = next(row for row in rows if str(row["chargingSessionId"]) == session_id)
    session = decode_session(row, _PATH)
    assert session is not None
    return session


def test_the_seed_becomes_a_session() -> None:
    """Every fact of the seed's row arrives in our units, exactly, flagged as ended after the unplugging."""
    assert _decode() == ChargingSession(
        session_id="34",
        connector_id=1,
        started_at=datetime(2022, 10, 6, 20, 6, 24, 61_773, UTC),
        ended_at=datetime(2022, 10, 7, 9, 22, 18, 738_429, UTC),
        connected_at=datetime(2022, 10, 6, 20, 6, 21, 992_600, UTC),
        disconnected_at=datetime(2022, 10, 7, 9, 22, 16, 651_539, UTC),
        meter_start_wh=1_032_561.897,
        meter_stop_wh=1_095_394.528,
        energy_wh=62_832.631,
        reported_energy_wh=62_832.63,
        max_power_w=10_688.0,
        charging_s=47_754.0,
        id_token="74592454",
        id_token_type=IdTokenType.ISO14443,
        user="Parkplatz 13",
        stop_reason=StopReason.EV_DISCONNECTED,
        stop_reason_raw="LocalStopUserDisconnectedCableFromVehicle",
        charging_mode="Fast",
        flags=(SessionFlag.ENDED_AFTER_UNPLUG,),
    )


def test_registers_are_milli_wh() -> None:
    """62 832 631 of register difference agree with the charger's own 62.83263 kWh."""
    session = _decode()
    assert session.energy_wh == 62_832.631
    assert session.reported_energy_wh == pytest.approx(session.energy_wh, abs=0.01)
    assert SessionFlag.ENERGY_MISMATCH not in session.flags


@given(st.integers(0, 10**13), st.integers(0, 10**10))
def test_energy_is_the_exact_difference_of_the_registers(start_mwh: int, used_mwh: int) -> None:
    """Whatever the registers hold, the energy is their difference to the thousandth of a Wh."""
    session = _decode(meterValueStart=start_mwh, meterValueEnd=start_mwh + used_mwh)
    assert f"{session.energy_wh:.3f}" == f"{used_mwh // 1000}.{used_mwh % 1000:03}"


def test_a_running_session_has_no_end() -> None:
    """A null end is a running session; its zero end register is no register, and nothing is wrong with it."""
    session = _oddity("46")
    assert (session.ended_at, session.meter_stop_wh, session.energy_wh) == (None, None, None)
    assert session.stop_reason is None
    assert session.flags == ()


def test_a_running_session_keeps_the_register_it_tells() -> None:
    """A running session with a later register has energy already."""
    session = _decode(chargingEndedTime=None, vehicleDisconnectedTime=None, meterValueEnd=1_032_562_897)
    assert session.meter_stop_wh == 1_032_562.897
    assert session.energy_wh == 1.0
    assert session.flags == ()


def test_a_fault_after_one_second_is_kept_and_flagged() -> None:
    """One second, 5E-06 kWh and a fault: kept, with both flags."""
    session = _oddity("45")
    assert session.energy_wh == 0.005
    assert session.reported_energy_wh == 0.005
    assert session.flags == (SessionFlag.FAULT_STOP, SessionFlag.SHORT)
    assert session.stop_reason is StopReason.OTHER
    assert session.stop_reason_raw == "FaultOccuredContactorTripped"


def test_more_than_a_thousand_kwh_is_kept_and_flagged() -> None:
    """An absurd energy is what the registers say: it is kept with a flag."""
    session = _oddity("44")
    assert session.energy_wh == 1_096_000.0
    assert session.flags == (SessionFlag.IMPLAUSIBLE_ENERGY,)


def test_more_than_the_highest_power_could_bring_is_flagged() -> None:
    """An hour at 10.688 kW cannot bring 62 kWh."""
    session = _decode(chargingEndedTime="2022-10-06T21:06:24Z")
    assert session.energy_wh == 62_832.631
    assert SessionFlag.IMPLAUSIBLE_ENERGY in session.flags
    assert SessionFlag.IMPLAUSIBLE_ENERGY not in _decode(maxSessionPower=None).flags


def test_a_register_that_fell_gives_no_energy() -> None:
    """A register below its start is nonsense and not consumption."""
    session = _oddity("43")
    assert session.energy_wh is None
    assert (session.meter_start_wh, session.meter_stop_wh) == (1_096_000.0, 0.0)
    assert session.reported_energy_wh == 7400.0
    assert session.flags == (SessionFlag.REGISTER_FELL,)


def test_nulls_are_none_and_times_without_zone_are_utc() -> None:
    """No user, card, mode or register: None for each; year 1 is no instant; an unknown stop word stays."""
    session = _oddity("42")
    assert (session.user, session.id_token, session.id_token_type, session.charging_mode) == (None, None, None, None)
    assert (session.meter_start_wh, session.energy_wh) == (None, None)
    assert session.started_at == datetime(2022, 10, 9, 8, tzinfo=UTC)
    assert session.disconnected_at is None
    assert session.charging_s == 132_266.0
    assert (session.stop_reason, session.stop_reason_raw) == (StopReason.OTHER, "SomethingNew")
    assert session.flags == (SessionFlag.NO_REGISTER,)


def test_a_charger_that_contradicts_its_registers_is_flagged() -> None:
    """When the charger's own figure is another, the registers win and a flag says so."""
    session = _decode(activeEnergyConsumed=60.0)
    assert session.energy_wh == 62_832.631
    assert SessionFlag.ENERGY_MISMATCH in session.flags


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (None, None),
        ({}, None),
        ({"FirstName": "", "LastName": None}, None),
        ({"FirstName": " Ada ", "LastName": ""}, "Ada"),
        ({"firstName": "Ada"}, None),
        ({"FirstName": "Ada", "LastName": "L."}, "Ada L."),
    ],
)
def test_the_user_is_pascal_case_and_may_be_null(user: object, name: str | None) -> None:
    """First and last name are joined; an absent name is None and not an empty text."""
    assert _decode(user=user).user == name


def test_the_card_is_read_from_the_identification_when_the_row_has_none() -> None:
    """The code stands twice in a row; either is enough."""
    assert _decode(identificationCode=None).id_token == "74592454"
    assert _decode(userIdentification=None).id_token == "74592454"
    assert _decode(userIdentification=None).id_token_type is None


@pytest.mark.parametrize("register", [-1, 10**16, 10**400])
def test_registers_that_cannot_be_are_none(register: int) -> None:
    """A negative or endless register is not reported, so no energy is told."""
    session = _decode(meterValueEnd=register)
    assert (session.meter_stop_wh, session.energy_wh) == (None, None)
    assert SessionFlag.NO_REGISTER in session.flags


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_figures_that_cannot_be_are_none(value: float) -> None:
    """A negative or infinite figure is not reported and never 0."""
    session = _decode(activeEnergyConsumed=value, maxSessionPower=value)
    assert (session.reported_energy_wh, session.max_power_w) == (None, None)


def test_a_negative_time_is_not_a_time() -> None:
    """A clock that was set back gives a negative time of charging: None."""
    assert _decode(timeSpentCharging="-00:00:01").charging_s is None


def test_a_row_that_has_not_begun_is_no_session_yet() -> None:
    """A row with neither start nor end is passed over: its key is not known."""
    assert decode_session(_row(chargingStartedTime=None, chargingEndedTime="0001-01-01T00:00:00"), _PATH) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("chargingStartedTime", None),
        ("chargingStartedTime", "yesterday"),
        ("chargingEndedTime", 5),
        ("meterValueStart", "1032561897"),
        ("meterValueEnd", 1.5),
        ("connectorId", 0),
        ("connectorId", None),
        ("chargingSessionId", ""),
        ("timeSpentCharging", "1 day"),
        ("activeEnergyConsumed", True),
    ],
)
def test_a_row_that_cannot_be_read_names_its_field(key: str, value: object) -> None:
    """A wrong value in a row is an error with the path of the field."""
    with pytest.raises(ShapeError) as raised:
        decode_session(_row(**{key: value}), _PATH)
    assert str(raised.value).startswith(f"{_PATH}.{key}: ")


def test_a_missing_end_is_not_a_null_end() -> None:
    """A row that does not tell its end at all is an error: it must not pass for a running session."""
    row = _row()
    del row["chargingEndedTime"]
    with pytest.raises(ShapeError, match="chargingEndedTime"):
        decode_session(row, _PATH)
