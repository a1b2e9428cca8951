"""A plain meter value is said in OCPP 1.6 as the slow way through all rules says it, whichever it is."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.types.facts import to_rfc3339
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
from bridge.types.ocpp.translate import meter_values
from bridge.types.ocpp.translate.meter_values import values_in_v16

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
PATH = "meterValue"
SIGNED = SignedMeterValue(signed_meter_data="AP==", encoding_method="OCMF")
UNITS = ("Wh", "kWh", "W", "A", "V", "Percent", "Hz", "RPM", "hp", None)

VALUES = st.builds(
    SampledValue,
    value=st.floats(allow_nan=False, allow_infinity=False),
    measurand=st.none() | st.sampled_from(Measurand),
    context=st.none() | st.sampled_from(ReadingContext),
    phase=st.none() | st.sampled_from(Phase),
    location=st.none() | st.sampled_from(Location),
    signed_meter_value=st.none() | st.none() | st.just(SIGNED),
    unit_of_measure=st.none()
    | st.builds(UnitOfMeasure, unit=st.sampled_from(UNITS), multiplier=st.none() | st.integers(-24, 24)),
)


@given(st.lists(VALUES, min_size=1, max_size=8))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_short_way_says_the_same(sampled: list[SampledValue]) -> None:
    """With the same fields in the same order, and the same things named that cannot be said."""
    slow = [
        meter_values._sampled(value, f"{PATH}[0].sampledValue[{place}]")  # the other way
        for place, value in enumerate(sampled)
    ]
    expected = [list(payload.items()) for payload, _ in slow if payload is not None]
    said, dropped = values_in_v16([MeterValue(timestamp=AT, sampled_value=tuple(sampled))], PATH)
    assert [list(item.items()) for value in said for item in value["sampledValue"]] == expected
    assert [value["timestamp"] for value in said] == [to_rfc3339(AT)] * bool(expected)
    assert list(dropped) == [drop for _, drops in slow for drop in drops]


def test_what_was_said_once_can_be_changed_without_harm() -> None:
    """Every payload is its own."""
    value = SampledValue(value=1.0, measurand=Measurand.VOLTAGE, unit_of_measure=UnitOfMeasure(unit="V"))
    first, second = (
        values_in_v16([MeterValue(timestamp=AT, sampled_value=(value,))], PATH)[0][0]["sampledValue"][0] for _ in "ab"
    )
    first["value"] = first["unit"] = "changed"
    assert second == {"value": "1", "measurand": "Voltage", "unit": "V"}
