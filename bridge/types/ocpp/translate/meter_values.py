"""Meter values ↔ those of OCPP 1.6, where a value is text, a unit is one word and there are no powers of ten."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.base import from_ocpp
from bridge.types.ocpp.meter_value import (
    Location,
    Measurand,
    MeterValue,
    Phase,
    ReadingContext,
    SampledValue,
    SignedMeterValue,
    UnitOfMeasure,
)
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.ocmf import register_in
from bridge.types.ocpp.translate.said import Drop
from bridge.types.ocpp.v16 import transactions as v16
from bridge.types.ocpp.version import OcppVersion

UNITS: Final[Mapping[str, str | None]] = {
    "Wh": "Wh",
    "kWh": "kWh",
    "varh": "varh",
    "kvarh": "kvarh",
    "W": "W",
    "kW": "kW",
    "VA": "VA",
    "kVA": "kVA",
    "var": "var",
    "kvar": "kvar",
    "A": "A",
    "V": "V",
    "K": "K",
    "Celsius": "Celsius",
    "Fahrenheit": "Fahrenheit",
    "Percent": "Percent",
    "Hz": None,
    "RPM": None,
}
"""A unit → 1.6's. None is said by the measurand alone: 1.6 has no word, and Frequency is in hertz there [spec]."""

UNITS_BACK: Final[Mapping[str, str]] = {word: unit for unit, word in UNITS.items() if word is not None} | {
    "Celcius": "Celsius",
    "Hertz": "Hz",
}
"""1.6's unit → ours. The standard's first print spells Celcius, and its schema of MeterValues knows Hertz."""

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SAID_BY_MEASURAND: Final = {"Hz": Measurand.FREQUENCY, "RPM": Measurand.RPM}
_SORTS_KEPT = 256
_PLAIN = UnitOfMeasure()


def values_in_v16(values: Iterable[MeterValue], path: str) -> tuple[list[dict[str, Any]], tuple[Drop, ...]]:
    """Return 1.6's list of meter values and what it could not say; a moment without a value left is left out."""
    said: list[dict[str, Any]] = []
    dropped: list[Drop] = []
    for number, value in enumerate(values):
        sampled = []
        for place, item in enumerate(value.sampled_value):
            payload = _plain(item)
            if payload is None:
                payload, drops = _sampled(item, f"{path}[{number}].sampledValue[{place}]")
                dropped += drops
            if payload is not None:
                sampled.append(payload)
        if sampled:
            said.append({"timestamp": to_rfc3339(value.timestamp), "sampledValue": sampled})
    return said, tuple(dropped)


def _plain(value: SampledValue) -> dict[str, Any] | None:
    """Return a value of which 1.6 can say everything; None for any other. It gives what `_sampled` would, sooner."""
    measure = value.unit_of_measure or _PLAIN
    if value.signed_meter_value is not None or measure.multiplier or not math.isfinite(value.value):
        return None
    words = _words(value.measurand, value.context, value.phase, value.location, measure.unit)
    return None if words is None else {"value": _text(value.value), **words}


@lru_cache(maxsize=_SORTS_KEPT)
def _words(
    measurand: Measurand | None,
    context: ReadingContext | None,
    phase: Phase | None,
    location: Location | None,
    unit: str | None,
) -> Mapping[str, Any] | None:
    """Return all but the number of such a value: a charger tells the same few sorts again and again."""
    measure = UnitOfMeasure(unit=unit)
    value = SampledValue(
        value=0.0, measurand=measurand, context=context, phase=phase, location=location, unit_of_measure=measure
    )
    payload, drops = _sampled(value, "")
    if payload is None or drops:
        return None
    del payload["value"]
    return payload


def _sampled(value: SampledValue, where: str) -> tuple[dict[str, Any] | None, list[Drop]]:
    said = say(value, OcppVersion.V16)
    drops = [Drop(f"{where}.{drop.path}", drop.why) for drop in said.dropped]
    if said.payload is None:
        return None, drops
    payload = {key: part for key, part in said.payload.items() if key not in ("value", "unitOfMeasure")}
    measure = value.unit_of_measure or UnitOfMeasure()
    if measure.unit is not None:
        measurand = value.measurand or Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
        if measure.unit not in UNITS or measurand is not _SAID_BY_MEASURAND.get(measure.unit, measurand):
            return None, [*drops, Drop(where, f"OCPP 1.6 has no unit {measure.unit} of {measurand}")]
        if UNITS[measure.unit] is not None:
            payload["unit"] = UNITS[measure.unit]
    number = float(Decimal(repr(value.value)).scaleb(measure.multiplier or 0))
    if not math.isfinite(number):
        return None, [*drops, Drop(where, "the number is beyond what OCPP 1.6 can take without a power of ten")]
    return {"value": _text(number)} | payload, drops


def _text(number: float) -> str:
    """Return the number in decimal digits, as few as tell it apart from every other."""
    text = repr(number)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def values_from_v16(values: Sequence[v16.MeterValue], path: str) -> tuple[tuple[MeterValue, ...], tuple[str, ...]]:
    """Return our meter values and the paths of what has no number: signed data. Raises PayloadError.

    Of signed data the energy register is read where it is in OCMF; such a value has its `signed_meter_value`, and often
    stands beside the same register in plain.
    """
    ours: list[MeterValue] = []
    ignored: list[str] = []
    for number, value in enumerate(values):
        sampled = []
        for place, item in enumerate(value.sampled_value):
            if item.format is v16.ValueFormat.SIGNED_DATA:
                signed = _signed_from(item, value.timestamp)
                if signed is None:
                    ignored.append(_where(path, number, place))
                else:
                    sampled.append(signed)
                continue
            try:
                sampled.append(_sampled_from(item))
            except PayloadError as error:
                where = _where(path, number, place)
                raise PayloadError(
                    "MeterValue", [p._replace(path=f"{where}.{p.path}") for p in error.problems]
                ) from None
        if sampled:
            ours.append(MeterValue(timestamp=value.timestamp, sampled_value=tuple(sampled)))
    return tuple(ours), tuple(ignored)


def _where(path: str, number: int, place: int) -> str:
    return f"{path}[{number}].sampledValue[{place}]"


def _sampled_from(item: v16.SampledValue) -> SampledValue:
    sort = _sort_from(item.measurand, item.context, item.phase, item.location, item.unit)
    return SampledValue(value=_number(item.value), **sort)


@lru_cache(maxsize=_SORTS_KEPT)
def _sort_from(
    measurand: str | None, context: str | None, phase: str | None, location: str | None, unit: str | None
) -> Mapping[str, Any]:
    """Return all but the number of such a value, by field: a station tells the same few sorts again and again."""
    words = {"measurand": measurand, "context": context, "phase": phase, "location": location}
    ours = from_ocpp(SampledValue, words | {"value": 0.0})
    our_unit = UNITS_BACK.get(unit) if unit is not None else _unit_of(ours.measurand)
    if unit is not None and our_unit is None:
        raise PayloadError("MeterValue", [Problem("unit", ProblemKind.VALUE, "is no unit of OCPP 1.6")])
    measure = None if our_unit is None else UnitOfMeasure(unit=our_unit)
    return {name: getattr(ours, name) for name in words} | {"unit_of_measure": measure}


def _signed_from(item: v16.SampledValue, at: datetime) -> SampledValue | None:
    """Return the energy register in signed data; None where it tells of something else or cannot be read."""
    if item.phase is not None or item.measurand not in (None, Measurand.ENERGY_ACTIVE_IMPORT_REGISTER):
        return None
    register = register_in(item.value, at, is_first=item.context == ReadingContext.TRANSACTION_BEGIN)
    if register is None:
        return None
    try:
        ours = from_ocpp(SampledValue, {"value": register.value, "context": item.context, "location": item.location})
    except PayloadError:
        return None
    signed = SignedMeterValue(signed_meter_data=base64.b64encode(register.record).decode(), encoding_method="OCMF")
    measure = UnitOfMeasure(unit=register.unit)
    return ours.model_copy(
        update={
            "measurand": Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
            "unit_of_measure": measure,
            "signed_meter_value": signed,
        }
    )


def _unit_of(measurand: Measurand | None) -> str | None:
    """Return the unit that a measurand says by itself in 1.6."""
    return next((unit for unit, of in _SAID_BY_MEASURAND.items() if of is measurand), None)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise PayloadError("MeterValue", [Problem("value", ProblemKind.VALUE, "should be a decimal number")])
    number = float(text)
    if not math.isfinite(number):
        raise PayloadError("MeterValue", [Problem("value", ProblemKind.VALUE, "should be a finite number")])
    return number
