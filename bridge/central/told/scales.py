"""In what a station may tell a value, and which values nobody should believe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.types.ocpp.meter_value import Measurand, UnitOfMeasure

_DIGITS_KEPT = 6
_KELVIN_AT_0_C = 273.15
_FAHRENHEIT_AT_0_C = 32.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How a quantity is told. Bounds are included; a value beyond them is not clipped but dropped."""

    units: Mapping[str, int]
    """a unit in lower case → the power of ten that leads to ours"""
    lowest: float
    highest: float
    offsets: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """a unit → what to subtract and then divide by"""


_POWER: Final = Scale({"w": 0, "kw": 3}, -1e6, 1e6)
_CURRENT: Final = Scale({"a": 0}, -1000.0, 1000.0)
_TEMPERATURE: Final = Scale(
    {"celsius": 0, "celcius": 0, "k": 0, "fahrenheit": 0},
    -100.0,
    200.0,
    {"k": (_KELVIN_AT_0_C, 1.0), "fahrenheit": (_FAHRENHEIT_AT_0_C, 1.8)},
)

SCALES: Final[Mapping[Measurand, Scale]] = {
    Measurand.ENERGY_ACTIVE_IMPORT_REGISTER: Scale({"wh": 0, "kwh": 3}, 0.0, 1e9),
    Measurand.POWER_ACTIVE_IMPORT: _POWER,
    Measurand.POWER_ACTIVE_EXPORT: _POWER,
    Measurand.CURRENT_IMPORT: _CURRENT,
    Measurand.CURRENT_OFFERED: _CURRENT,
    Measurand.CURRENT_IMPORT_OFFERED: _CURRENT,
    Measurand.VOLTAGE: Scale({"v": 0}, 0.0, 2000.0),
    Measurand.SOC: Scale({"percent": 0, "%": 0}, 0.0, 100.0),
    Measurand.TEMPERATURE: _TEMPERATURE,
}
"""What is read; all else that a meter can tell is left alone. Highest are 1 GWh, 1 MW, 1000 A: beyond what one
connector of a house can say truly [guess]."""


class NotBelievedError(ValueError):
    """A value that cannot be used; the text says why, for a person."""


def scaled(value: float, measurand: Measurand, measure: UnitOfMeasure | None) -> float:
    """Return the value in Wh, W, A, V, percent or °C. Raises NotBelievedError.

    A value without a unit is in the quantity's plain one: Wh [spec], W, A, V, percent, °C [guess]. What is told as Wh
    and looks like kWh stays Wh: nothing is guessed from the size.
    """
    scale = SCALES[measurand]
    unit, power = "", 0
    if measure is not None:
        unit, power = (measure.unit or "").lower(), measure.multiplier or 0
        if unit:
            if unit not in scale.units:
                raise NotBelievedError(f"{measurand} came in a unit that does not fit it and is left out")
            power += scale.units[unit]
    if power:
        value = round(value * 10.0**power, _DIGITS_KEPT)
    if unit in scale.offsets:
        zero, step = scale.offsets[unit]
        value = round((value - zero) / step, _DIGITS_KEPT)
    if not scale.lowest <= value <= scale.highest:
        raise NotBelievedError(f"{measurand} came with a number that cannot be true and is left out")
    return value
