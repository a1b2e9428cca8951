from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.go_e.decode_status import decode_identity, decode_status
from adapters.go_e.wire import IdentityWire, StatusWire, parse_answer
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot
from bridge.types.words import ConnectorStatus
from tests.adapters.go_e.fixtures import FOLDER, body

_READ_AT = datetime(2025, 3, 3, 12, tzinfo=UTC)
_AVAILABLE, _CHARGING, _FAULTED = ConnectorStatus.AVAILABLE, ConnectorStatus.CHARGING, ConnectorStatus.FAULTED
_BY_EV, _BY_EVSE = ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE


def _snapshot(scene: str) -> Snapshot:
    return decode_status(parse_answer(StatusWire, body(scene)), _READ_AT)


def _reading(**keys: object) -> tuple[ConnectorReading, tuple[str, ...]]:
    snapshot = decode_status(parse_answer(StatusWire, json.dumps(keys).encode()), _READ_AT)
    return snapshot.connectors[0], snapshot.notes


@pytest.mark.parametrize(
    ("scene", "status", "raw", "power_w", "offered_a", "fault"),
    [
        ("gemini_60_idle", _AVAILABLE, "Idle", 0.0, 16.0, None),
        ("gemini_60_charging", _CHARGING, "Charging", 9134.21, 14.0, None),
        ("gemini_60_paused", _BY_EVSE, "Complete, NotChargingBecauseForceStateOff", 0.0, 0.0, None),
        ("gemini_60_full", _BY_EV, "Complete", 0.0, 16.0, None),
        (
            "gemini_60_waiting_for_card",
            _BY_EVSE,
            "WaitCar, NotChargingBecauseAccessControlWait",
            0.0,
            0.0,
            None,
        ),
        ("gemini_60_contactor_stuck", _FAULTED, "Error", 0.0, 0.0, "ContactorStuck (err 9)"),
        ("gemini_60_controller_silent", None, None, None, 0.0, None),
        ("homeplus_053_one_phase", _CHARGING, "Charging", 3770.0, 16.0, None),
        ("homeplus_053_stuck_word", _BY_EVSE, "Charging, NotChargingBecauseForceStateOff", 0.0, 0.0, None),
        ("homeplus_051_3_array_limited", _CHARGING, "Charging", 2270.0, None, None),
        ("homeplus_055_broken_numbers", _CHARGING, "Charging", None, 6.0, None),
        ("homeplus_055_short_nrg", _CHARGING, "Charging", None, 6.0, None),
        ("homeplus_061_unknown_car", None, "car 7", 0.0, 6.0, None),
    ],
)
def test_each_scene_is_read(
    scene: str,
    status: ConnectorStatus | None,
    raw: str | None,
    power_w: float | None,
    offered_a: float | None,
    fault: str | None,
) -> None:
    """State, the vendor's word, power, offer and fault of every kept answer."""
    (reading,) = _snapshot(scene).connectors
    assert (reading.status, reading.status_raw) == (status, raw)
    assert (reading.power_w, reading.current_offered_a, reading.fault) == (power_w, offered_a, fault)
    assert (reading.evse_id, reading.connector_id, reading.session_id) == (1, 1, None)


def test_every_kept_status_stands_in_the_table_above() -> None:
    """A new folder of fixtures is a new row."""
    kept = {path.parent.name for path in FOLDER.glob("*/status.json")}
    marks = test_each_scene_is_read.pytestmark  # type: ignore[attr-defined] # put there by the decorator
    assert kept == {row[0] for row in marks[0].args[1]}


def test_volts_amperes_and_registers_are_read_from_their_places() -> None:
    """`nrg` gives voltage and current of each phase, `eto` the register, `wh` the session."""
    snapshot = _snapshot("gemini_60_charging")
    (reading,) = snapshot.connectors
    assert (reading.voltage_l1_v, reading.voltage_l2_v, reading.voltage_l3_v) == (228.21, 229.340012, 227.979996)
    assert (reading.current_a, reading.current_l2_a, reading.current_l3_a) == (13.412, 13.391, 13.405)
    assert (reading.register_wh, reading.session_energy_wh) == (2473150.0, 1247.118652)
    assert (snapshot.read_at, snapshot.notes) == (_READ_AT, ())


def test_a_phase_without_current_is_zero_and_not_unknown() -> None:
    """One phase of three in use: the other two carry 0 A."""
    (reading,) = _snapshot("homeplus_053_one_phase").connectors
    assert (reading.current_a, reading.current_l2_a, reading.current_l3_a) == (15.8, 0.0, 0.0)


def test_keys_that_an_old_firmware_lost_are_none() -> None:
    """What is not in the answer is not reported, never 0."""
    snapshot = _snapshot("homeplus_051_3_array_limited")
    (reading,) = snapshot.connectors
    assert (reading.register_wh, reading.session_energy_wh, reading.current_offered_a) == (None, None, None)
    assert snapshot.notes == ()


def test_numbers_that_cannot_be_are_none_with_a_note_each() -> None:
    """A reading outside of anything possible is dropped, its neighbours are kept."""
    snapshot = _snapshot("homeplus_055_broken_numbers")
    (reading,) = snapshot.connectors
    assert (reading.voltage_l1_v, reading.voltage_l2_v) == (None, 231.0)
    assert (reading.current_a, reading.current_l2_a) == (None, 6.1)
    assert (reading.register_wh, reading.session_energy_wh) == (None, None)
    assert [note.split(" is outside")[0] for note in snapshot.notes] == [
        "the voltage of L1",
        "the current of L1",
        "the power",
        "the energy register",
        "the session energy",
    ]


def test_an_array_of_another_length_gives_nothing() -> None:
    """When numbers are missing from `nrg` no place can be trusted."""
    snapshot = _snapshot("homeplus_055_short_nrg")
    (reading,) = snapshot.connectors
    assert {reading.power_w, reading.current_a, reading.voltage_l1_v} == {None}
    assert snapshot.notes == ("nrg has 11 numbers instead of 16 and counts as not reported",)


@pytest.mark.parametrize(
    ("car", "alw", "power_w", "err", "status"),
    [
        (1, True, 0, 0, _AVAILABLE),
        (1, False, 0, 0, _AVAILABLE),
        (1, None, 0, None, _AVAILABLE),
        (2, True, 0, 0, _CHARGING),
        (2, None, None, 0, _CHARGING),
        (2, False, 3000, 0, _CHARGING),
        (2, False, 0, 0, _BY_EVSE),
        (2, False, None, 0, _BY_EVSE),
        (3, True, 0, 0, _BY_EV),
        (3, False, 0, 0, _BY_EVSE),
        (3, None, 0, 0, None),
        (4, True, 0, 0, _BY_EV),
        (4, False, 0, 0, _BY_EVSE),
        (4, None, 0, 0, None),
        (5, True, 0, 0, _FAULTED),
        (5, None, 0, None, _FAULTED),
        (1, True, 0, 3, _FAULTED),
        (2, True, 3000, 99, _FAULTED),
        (None, True, 0, 13, _FAULTED),
        (0, True, 0, 0, None),
        (6, True, 0, 0, None),
        (-1, True, 0, 0, None),
        (None, True, 0, 0, None),
    ],
)
def test_the_state_follows_from_one_answer(
    car: int | None,
    alw: bool | None,  # noqa: FBT001 -- a column of the table
    power_w: float | None,
    err: int | None,
    status: ConnectorStatus | None,
) -> None:
    """The table of states; an unknown one is None with exactly one note."""
    nrg = None if power_w is None else [230, 230, 230, 0, 0, 0, 0, 0, 0, 0, 0, power_w, 0, 0, 0, 0]
    reading, notes = _reading(car=car, alw=alw, nrg=nrg, err=err)
    assert reading.status is status
    assert len(notes) == (status is None)
    assert (reading.fault is not None) == (status is _FAULTED)


@pytest.mark.parametrize(
    ("err", "fault"),
    [
        (1, "FiAc (err 1)"),
        (13, "StatusLockStuckLocked, or Overtemp in old firmware (err 13)"),
        (99, "an error that is not known here (err 99)"),
    ],
)
def test_a_fault_is_named_with_its_number(err: int, fault: str) -> None:
    """Where the vendor's lists disagree both names stand there."""
    assert _reading(car=1, err=err)[0].fault == fault


@pytest.mark.parametrize(
    ("alw", "amp", "acu", "offered_a"),
    [
        (True, 16, 13, 13.0),
        (True, 16, None, 16.0),
        (True, None, None, None),
        (False, 16, None, 0.0),
        (None, 16, 16, None),
    ],
)
def test_the_offer_is_what_may_be_drawn_now(
    alw: bool | None,  # noqa: FBT001 -- a column of the table
    amp: int | None,
    acu: int | None,
    offered_a: float | None,
) -> None:
    """Nothing while it may not charge, else `acu`, else `amp`; not told is None."""
    assert _reading(car=1, alw=alw, amp=amp, acu=acu)[0].current_offered_a == offered_a


def test_the_identity_is_read() -> None:
    """Type, serial number and firmware; what is empty or missing is None."""
    identity = decode_identity(parse_answer(IdentityWire, body("gemini_60_identity", "identity")))
    assert identity == ChargerIdentity(
        vendor_name="go-e", model="go-eCharger_V4", serial_number="045678", firmware_version="60.4"
    )
    assert decode_identity(parse_answer(IdentityWire, b'{"sse": "", "fwv": 60.4}')) == ChargerIdentity(
        vendor_name="go-e", firmware_version="60.4"
    )
