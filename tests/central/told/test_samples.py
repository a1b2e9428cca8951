"""Meter values become samples: units, places, signed data, and what nobody should believe."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.central.told.sample import Sample
from bridge.central.told.samples import samples_of
from bridge.central.told.scales import SCALES
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
from tests.central.told.meter import AT, CURRENT, POWER, REGISTER, moment, phased, read, said, sample


def test_a_whole_moment_is_read() -> None:
    """Everything that a three-phase station tells has its place."""
    assert sample(
        said(REGISTER, 12345.6, "Wh", context="Sample.Clock"),
        said(POWER, 11040, "W", context="Sample.Clock"),
        *phased(CURRENT, "A", L1=16.0, L2=15.9, L3=15.8),
        *phased("Voltage", "V", L1_N=230.0, L2_N=231.0, L3_N=232.0),
        said("Current.Offered", 16, "A"),
        said("SoC", 55, "Percent", location="EV"),
        said("Temperature", 31.5, "Celsius", location="Body"),
        said("Frequency", 50.01),
    ) == Sample(
        at=AT,
        context=ReadingContext.SAMPLE_CLOCK,
        register_wh=12345.6,
        power_w=11040.0,
        current_a=16.0,
        current_l2_a=15.9,
        current_l3_a=15.8,
        voltage_l1_v=230.0,
        voltage_l2_v=231.0,
        voltage_l3_v=232.0,
        current_offered_a=16.0,
        soc_percent=55.0,
        temperature_c=31.5,
    )


@pytest.mark.parametrize(
    ("item", "register_wh"),
    [
        (said(None, 1234), 1234.0),
        (said(REGISTER, 1234), 1234.0),
        (said(REGISTER, "1234.5", "Wh"), 1234.5),
        (said(REGISTER, "1.2345", "kWh"), 1234.5),
        (said(REGISTER, "2935.6", "kWh"), 2_935_600.0),
        (said(REGISTER, "1.005", "kWh"), 1005.0),
        (said(REGISTER, "0", "kWh"), 0.0),
    ],
)
def test_a_register_is_in_wh(item: dict[str, str], register_wh: float) -> None:
    """No measurand means the import register, no unit means Wh, and kWh are a thousand."""
    assert sample(item).register_wh == register_wh


@pytest.mark.parametrize(
    ("value", "unit", "multiplier", "register_wh"),
    [
        (1234.0, "Wh", None, 1234.0),
        (1234.0, "Wh", 0, 1234.0),
        (1.234, "Wh", 3, 1234.0),
        (1234.0, "kWh", -3, 1234.0),
        (1_234_567.0, "Wh", -2, 12345.67),
        (0.5, "kWh", 2, 50_000.0),
        (1234.0, None, None, 1234.0),
        (1.234, None, 3, 1234.0),
        (7.0, "kwh", None, 7000.0),
    ],
)
def test_powers_of_ten_of_2_x_count(value: float, unit: str | None, multiplier: int | None, register_wh: float) -> None:
    """The multiplier and the k of the unit work together, and give no crumbs."""
    measure = {"unit": unit, "multiplier": multiplier}
    payload = {
        "timestamp": "2026-01-31T12:00:00Z",
        "sampledValue": [
            {"value": value, "unitOfMeasure": {key: part for key, part in measure.items() if part is not None}}
        ],
    }
    (found,), notes = samples_of([from_ocpp(MeterValue, payload)])
    assert (found.register_wh, notes) == (register_wh, [])


def test_a_unit_that_does_not_fit_is_no_number() -> None:
    """A power in Wh is left out with a note, and the rest stays."""
    found, notes = read(said(POWER, 7000, "Wh"), said(REGISTER, 5, "kWh"))
    assert found == Sample(at=AT, register_wh=5000.0)
    assert notes == ["Power.Active.Import came in a unit that does not fit it and is left out"]


@pytest.mark.parametrize(
    ("unit", "value", "temperature_c"),
    [("Celsius", 20.0, 20.0), ("Celcius", 20.0, 20.0), ("K", 293.15, 20.0), ("Fahrenheit", 68.0, 20.0), (None, 20, 20)],
)
def test_a_temperature_is_in_degrees_celsius(unit: str | None, value: float, temperature_c: float) -> None:
    """Kelvin and Fahrenheit are converted."""
    assert sample(said("Temperature", value, unit)).temperature_c == pytest.approx(temperature_c)


@pytest.mark.parametrize(
    "measurand",
    [
        "Energy.Active.Import.Interval",
        "Energy.Active.Export.Register",
        "Energy.Reactive.Import.Register",
        "Power.Offered",
        "Power.Reactive.Import",
        "Current.Export",
        "RPM",
    ],
)
def test_what_is_no_register_and_no_import_is_not_taken_for_one(measurand: str) -> None:
    """A moment of nothing else is no sample, and that is nothing to note."""
    assert read(said(measurand, 500)) == (None, [])


def test_a_net_register_is_not_taken_for_one() -> None:
    """Energy.Active.Net of 2.x rises and falls."""
    value = SampledValue(value=500.0, measurand=Measurand.ENERGY_ACTIVE_NET)
    assert samples_of([MeterValue(timestamp=AT, sampled_value=(value,))]) == ([], [])


@pytest.mark.parametrize(
    "item",
    [
        said(REGISTER, "1000000001", "Wh"),
        said(REGISTER, "1000001", "kWh"),
        said(REGISTER, -1, "Wh"),
        said(POWER, "1000001", "W"),
        said(POWER, -1001, "kW"),
        said("Power.Active.Export", "1e300", "kW"),
        said(CURRENT, 1001, "A"),
        said(CURRENT, -1001, "A", phase="L2"),
        said("Current.Offered", 5000, "A"),
        said("Voltage", -1, "V"),
        said("Voltage", 2001, "V"),
        said("SoC", 101, "Percent"),
        said("Temperature", 500, "Celsius"),
    ],
)
def test_what_cannot_be_true_is_dropped_and_not_clipped(item: dict[str, str]) -> None:
    """No value is left of it, only a note without the number."""
    found, notes = read(item)
    assert found is None
    (note,) = notes
    assert item["value"] not in note
    assert note.startswith(item["measurand"])


def test_the_bounds_themselves_are_believed() -> None:
    """A value at the bound stays as it is."""
    found = sample(said(REGISTER, 1_000_000, "kWh"), said(POWER, 1000, "kW"), said(CURRENT, 1000, "A"))
    assert (found.register_wh, found.power_w, found.current_a) == (1e9, 1e6, 1000.0)


def test_zero_is_a_value() -> None:
    """None is not zero, and zero is not None."""
    found = sample(said(REGISTER, 0), said(POWER, 0, "W"), said(CURRENT, 0, "A"), said("SoC", 0, "Percent"))
    assert (found.register_wh, found.power_w, found.current_a, found.soc_percent) == (0.0, 0.0, 0.0, 0.0)
    assert found.voltage_l1_v is None


def test_the_outlet_goes_before_the_inlet() -> None:
    """Whatever their order."""
    inlet, outlet = said(REGISTER, 900, location="Inlet"), said(REGISTER, 100, location="Outlet")
    assert sample(inlet, outlet).register_wh == 100.0
    assert sample(outlet, inlet).register_wh == 100.0
    assert sample(inlet, said(REGISTER, 100)).register_wh == 100.0


def test_the_inlet_counts_where_the_message_tells_nothing_at_the_outlet() -> None:
    """Quantity by quantity, but not moment by moment: two meters in one message are not mixed."""
    found = sample(said(REGISTER, 900, location="Inlet"), said(POWER, 50, "W"))
    assert (found.register_wh, found.power_w) == (900.0, 50.0)
    samples, notes = samples_of(
        [
            moment(said(REGISTER, 100, location="Outlet"), said(POWER, 1, "W")),
            moment(said(REGISTER, 905, location="Inlet"), said(POWER, 2, "W"), after_s=10),
        ]
    )
    assert [each.register_wh for each in samples] == [100.0, None]
    assert notes == []


@pytest.mark.parametrize("place", ["EV", "Body", "Cable"])
def test_other_meters_are_never_taken(place: str) -> None:
    """That is noted where it leaves the quantity untold."""
    assert read(said(REGISTER, 5, location=place)) == (
        None,
        [f"{REGISTER} was told for other places than the outlet only and is left out"],
    )
    assert sample(said(REGISTER, 5, location=place), said(REGISTER, 7)).register_wh == 7.0


def test_the_vehicle_s_temperature_is_not_the_station_s() -> None:
    """The state of charge is from the vehicle, the temperature is not."""
    found, _ = read(said("Temperature", 40, "Celsius", location="EV"), said("SoC", 5, "Percent", location="Inlet"))
    assert found == Sample(at=AT, soc_percent=5.0)


def signed(register_kwh: float) -> dict[str, str]:
    """Return a signed register as OCPP 1.6 has it."""
    payload = {"RD": [{"RV": register_kwh, "RI": "1-b:1.8.0", "RU": "kWh", "ST": "G"}]}
    return said(REGISTER, f"OCMF|{json.dumps(payload)}|{{}}", "Wh", format="SignedData", context="Transaction.End")


def test_a_signed_register_counts_where_there_is_no_plain_one() -> None:
    """In Wh, and in its own context; a plain one goes before it, wherever it stands."""
    assert sample(signed(2965.1)) == Sample(at=AT, context=ReadingContext.TRANSACTION_END, register_wh=2_965_100.0)
    assert sample(signed(2965.1), said(REGISTER, 2_965_111)).register_wh == 2_965_111.0
    assert sample(said(REGISTER, 2_965_111), signed(2965.1)).register_wh == 2_965_111.0


def test_a_value_of_2_x_counts_beside_its_signature() -> None:
    """The number is the value there; what is signed is not looked at."""
    value = SampledValue(
        value=5.0, signed_meter_value=SignedMeterValue(signed_meter_data="AP==", encoding_method="EDL")
    )
    (found,), notes = samples_of([MeterValue(timestamp=AT, sampled_value=(value,))])
    assert (found.register_wh, notes) == (5.0, [])


def test_values_of_one_moment_are_one_sample_and_moments_ascend() -> None:
    """However many meter values a station makes of them, and in which order."""
    samples, notes = samples_of(
        [
            moment(said(REGISTER, 20), after_s=60),
            moment(said(REGISTER, 10, context="Trigger")),
            moment(said(POWER, 7000, "W"), after_s=60),
            moment(said("Frequency", 50), after_s=30),
        ]
    )
    assert notes == []
    assert samples == [
        Sample(at=AT, context=ReadingContext.TRIGGER, register_wh=10.0),
        Sample(at=AT + timedelta(seconds=60), register_wh=20.0, power_w=7000.0),
    ]


@pytest.mark.parametrize("context", list(ReadingContext))
def test_every_context_is_a_moment(context: ReadingContext) -> None:
    """Interruptions, begin and end, and the clock."""
    assert sample(said(REGISTER, 1, context=context)).context is context


def test_a_note_comes_once() -> None:
    """However often a station tells the same nonsense."""
    samples, notes = samples_of([moment(said("SoC", 300 + i, "Percent"), after_s=i) for i in range(50)])
    assert samples == []
    assert len(notes) == 1


VALUES = st.builds(
    SampledValue,
    value=st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1000.0, 1000.0),
    measurand=st.none() | st.sampled_from(sorted(SCALES)),
    context=st.none() | st.sampled_from(ReadingContext),
    phase=st.none() | st.sampled_from(Phase),
    location=st.none() | st.sampled_from(Location),
    unit_of_measure=st.none()
    | st.builds(
        UnitOfMeasure,
        unit=st.none() | st.sampled_from(["Wh", "kWh", "W", "kW", "A", "V", "Percent", "K", "hp", "\U0001f50c"]),
        multiplier=st.none() | st.integers(-24, 24),
    ),
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(st.lists(VALUES, min_size=1, max_size=10), min_size=1, max_size=4), st.integers(0, 3))
def test_whatever_is_told_a_sample_is_within_belief(moments: list[list[SampledValue]], same: int) -> None:
    """No number out of bounds, no note that grows, no moment twice, and the message is read the same way again."""
    values = [
        MeterValue(timestamp=AT + timedelta(seconds=min(place, same)), sampled_value=tuple(told))
        for place, told in enumerate(moments)
    ]
    samples, notes = samples_of(values)
    assert (samples, notes) == samples_of(values)
    assert [each.at for each in samples] == sorted({each.at for each in samples})
    assert len(notes) == len(set(notes)) <= 3 * len(SCALES)
    assert all(len(note) < 120 and note.isascii() for note in notes)
    for each in samples:
        assert each.register_wh is None or 0.0 <= each.register_wh <= 3e9
        assert each.power_w is None or abs(each.power_w) <= 6e6
        for current in (each.current_a, each.current_l2_a, each.current_l3_a, each.current_offered_a):
            assert current is None or abs(current) <= 1000.0
        for voltage in (each.voltage_l1_v, each.voltage_l2_v, each.voltage_l3_v):
            assert voltage is None or 0.0 <= voltage <= 2000.0
        assert each.soc_percent is None or 0.0 <= each.soc_percent <= 100.0
