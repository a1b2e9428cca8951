"""Builds meter values in the words of OCPP 1.6, which is how most stations tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.central.told.sample import Sample
from bridge.central.told.samples import samples_of
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.base import from_ocpp
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.translate.meter_values import values_from_v16
from bridge.types.ocpp.v16 import transactions as v16

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
CURRENT = "Current.Import"


def said(measurand: str | None, value: object, unit: str | None = None, **words: str) -> dict[str, Any]:
    """Return one sampledValue of 1.6."""
    item = {"value": str(value), "measurand": measurand, "unit": unit, **words}
    return {key: part for key, part in item.items() if part is not None}


def phased(measurand: str, unit: str, **values: float) -> list[dict[str, Any]]:
    """Return a value for each phase; `L1_N` stands for L1-N."""
    return [said(measurand, value, unit, phase=phase.replace("_", "-")) for phase, value in values.items()]


def moment(*items: dict[str, Any], after_s: float = 0.0) -> MeterValue:
    """Return values of one moment as they come out of the translation."""
    at = to_rfc3339(AT + timedelta(seconds=after_s))
    value = from_ocpp(v16.MeterValue, {"timestamp": at, "sampledValue": list(items)})
    (ours,), _ = values_from_v16([value], "meterValue")
    return ours


def read(*items: dict[str, Any]) -> tuple[Sample | None, list[str]]:
    """Return the one sample of these values of one moment, and the notes."""
    samples, notes = samples_of([moment(*items)])
    assert len(samples) <= 1
    return (samples[0] if samples else None), notes


def sample(*items: dict[str, Any]) -> Sample:
    """Return the sample of values with which nothing is wrong."""
    found, notes = read(*items)
    assert notes == []
    assert found is not None
    return found
