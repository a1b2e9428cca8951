"""What the charger says of itself: every key of `/api/status` that is simulated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.go_e.simulation.box import NEUTRAL, OFF, ON, OPEN, Box
from adapters.go_e.simulation.options import SimulatorOptions
from adapters.go_e.simulation.units import MW_US_PER_WH, VOLTAGE_V, to_wh
from adapters.simulation.dice import dice

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REASONS = {NEUTRAL: 15, OFF: 4, ON: 3}
_BY_ERROR, _BY_ACCESS_CONTROL = 26, 2
_FACTORS = 4


def status_of(box: Box, options: SimulatorOptions) -> dict[str, object]:
    """Return all keys at the box's present."""
    settings = box.settings
    return {
        "sse": f"{dice(options.seed, 'serial').randint(0, 999_999):06}",
        "typ": "go-eCharger",
        "oem": "go-e",
        "fwv": "051.3" if options.legacy_filter else "60.4",
        "var": 22 if options.highest_a > 16 else 11,  # noqa: PLR2004 -- the current of an 11 kW box
        "ama": options.highest_a,
        "amp": settings.amp,
        "frc": settings.frc,
        "acs": settings.acs,
        "trx": settings.trx,
        "lmo": 3,
        "alw": box.allows,
        "acu": box.acted_on.amp if box.allows else None,
        "adi": False,
        "cbl": options.highest_a if box.car is not None else None,
        "car": box.car_state,
        "err": box.err,
        "modelStatus": _reason(box),
        "nrg": _energies(box),
        "eto": box.total // MW_US_PER_WH,
        "wh": round(to_wh(box.since_plugged), 6),
        "rbc": box.reboots,
        "rbt": (box.at - box.booted_at) // 1000,
        "utc": f"{_EPOCH + timedelta(microseconds=box.at):%Y-%m-%dT%H:%M:%S}.000.000",
    }


def _reason(box: Box) -> int:
    if box.err:
        return _BY_ERROR
    if box.acted_on.acs != OPEN and box.acted_on.trx is None:
        return _BY_ACCESS_CONTROL
    return _REASONS[box.acted_on.frc]


def _energies(box: Box) -> list[float]:
    """Return `nrg`: voltages L1 L2 L3 N, currents L1 L2 L3, powers L1 L2 L3 N total, power factors L1 L2 L3 N."""
    used = min(box.car.phases, box.phases) if box.car is not None and box.current_ma else 0
    voltages = [VOLTAGE_V if phase < box.phases else 0 for phase in range(3)]
    currents = [box.current_ma / 1000 if phase < used else 0 for phase in range(3)]
    powers = [VOLTAGE_V * box.current_ma / 1000 if phase < used else 0 for phase in range(3)]
    factors = [100 if phase < used else 0 for phase in range(_FACTORS)]
    return [*voltages, 0, *currents, *powers, 0, box.power_mw / 1000, *factors]
