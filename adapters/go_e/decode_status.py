"""The keys of `/api/status` → facts; pure, and without memory of the answer before."""

from __future__ import annotations

from datetime import datetime

from adapters.go_e.wire import IdentityWire, StatusWire
from adapters.go_e.words import CAR_WORDS, CHARGING, COMPLETE, ERROR, IDLE, WAIT_CAR, name_error, name_reason
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot
from bridge.types.words import ConnectorStatus

VENDOR_NAME = "go-e"
CONNECTOR = 1

_NRG_LENGTH = 16
_VOLTAGES, _CURRENTS, _TOTAL_POWER = (0, 1, 2), (4, 5, 6), 11
# Far outside anything such a box can measure [guess]: these catch what cannot be, and judge nothing else.
_HIGHEST_V, _HIGHEST_A, _HIGHEST_W, _HIGHEST_WH = 1000.0, 200.0, 100_000.0, 1e9


def decode_identity(wire: IdentityWire) -> ChargerIdentity:
    """Return who the box says it is."""
    return ChargerIdentity(
        vendor_name=VENDOR_NAME,
        model=wire.typ or None,
        serial_number=wire.sse or None,
        firmware_version=wire.fwv or None,
    )


def decode_status(wire: StatusWire, read_at: datetime) -> Snapshot:
    """Return how the box is.

    A car that is plugged in and takes nothing is SuspendedEV or SuspendedEVSE, whether or not it has charged
    before: one answer cannot tell Preparing from Finishing. `trx` counts cards and is no tag, and nothing numbers
    the charging sessions, so there is no session id.
    """
    notes: list[str] = []
    voltages, currents, power_w = _read_energies(wire.nrg, notes)
    status = _status(wire, power_w, notes)
    reading = ConnectorReading(
        evse_id=CONNECTOR,
        connector_id=CONNECTOR,
        status=status,
        status_raw=_status_raw(wire),
        power_w=power_w,
        current_a=currents[0],
        current_l2_a=currents[1],
        current_l3_a=currents[2],
        voltage_l1_v=voltages[0],
        voltage_l2_v=voltages[1],
        voltage_l3_v=voltages[2],
        current_offered_a=_offered_a(wire, notes),
        register_wh=_bounded(wire.eto, _HIGHEST_WH, "the energy register", notes),
        session_energy_wh=_bounded(wire.wh, _HIGHEST_WH, "the session energy", notes),
        fault=_fault(wire),
    )
    return Snapshot(read_at=read_at, connectors=(reading,), notes=tuple(notes))


def _status(wire: StatusWire, power_w: float | None, notes: list[str]) -> ConnectorStatus | None:
    car = wire.car
    if car == ERROR or wire.err:
        return ConnectorStatus.FAULTED
    if car == IDLE:
        return ConnectorStatus.AVAILABLE
    if car == CHARGING:
        # Some firmware stays at Charging although charging was forbidden and nothing flows [issue 60].
        return ConnectorStatus.SUSPENDED_EVSE if wire.alw is False and not power_w else ConnectorStatus.CHARGING
    if car in (WAIT_CAR, COMPLETE) and wire.alw is not None:
        return ConnectorStatus.SUSPENDED_EV if wire.alw else ConnectorStatus.SUSPENDED_EVSE
    notes.append(_unknown(car))
    return None


def _unknown(car: int | None) -> str:
    if car is None:
        return "it does not say the state of the car"
    if car in (WAIT_CAR, COMPLETE):
        return "a car is plugged in, and it does not say whether that may charge"
    if car in CAR_WORDS:
        return f"its state of the car is {CAR_WORDS[car]}"
    return f"it says car {car}, a state that is not known here"


def _status_raw(wire: StatusWire) -> str | None:
    """Return the vendor's word; for a car that may not charge also the box's reason."""
    if wire.car is None:
        return None
    word = CAR_WORDS.get(wire.car, f"car {wire.car}")
    reason = name_reason(wire.model_status)
    if wire.car in (CHARGING, WAIT_CAR, COMPLETE) and wire.alw is False and reason is not None:
        return f"{word}, {reason}"
    return word


def _fault(wire: StatusWire) -> str | None:
    if wire.err:
        return name_error(wire.err)
    return "the state of the car is Error, without a reason" if wire.car == ERROR else None


def _offered_a(wire: StatusWire, notes: list[str]) -> float | None:
    """Return 0 where it may not charge, else the current that may be drawn; `amp` where `acu` is not told."""
    if wire.alw is None:
        return None
    if not wire.alw:
        return 0.0
    return _bounded(wire.amp if wire.acu is None else wire.acu, _HIGHEST_A, "the offered current", notes)


_Three = tuple[float | None, float | None, float | None]
_NONE: _Three = (None, None, None)


def _read_energies(nrg: list[float | None] | None, notes: list[str]) -> tuple[_Three, _Three, float | None]:
    """Return voltages, currents and total power; nothing of an array in which no place can be trusted."""
    if nrg is None:
        return _NONE, _NONE, None
    if len(nrg) != _NRG_LENGTH:
        notes.append(f"nrg has {len(nrg)} numbers instead of {_NRG_LENGTH} and counts as not reported")
        return _NONE, _NONE, None
    v1, v2, v3 = (_bounded(nrg[i], _HIGHEST_V, f"the voltage of L{n}", notes) for n, i in enumerate(_VOLTAGES, 1))
    i1, i2, i3 = (_bounded(nrg[i], _HIGHEST_A, f"the current of L{n}", notes) for n, i in enumerate(_CURRENTS, 1))
    return (v1, v2, v3), (i1, i2, i3), _bounded(nrg[_TOTAL_POWER], _HIGHEST_W, "the power", notes)


def _bounded(value: float | None, highest: float, name: str, notes: list[str]) -> float | None:
    """Return a number; None with a note for one that cannot be, NaN and ∞ among them."""
    if value is None:
        return None
    if not 0 <= value <= highest:
        notes.append(f"{name} is outside 0 … {highest:g} and counts as not reported")
        return None
    return round(float(value), 6) + 0.0  # adding 0.0 turns -0.0 into 0.0
