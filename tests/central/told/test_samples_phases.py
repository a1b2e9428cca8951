"""Phases are summed or derived only where that is what the station told."""

from __future__ import annotations

import pytest

from bridge.central.told.sample import Sample
from bridge.central.told.samples import samples_of
from bridge.types.ocpp.meter_value import Measurand, MeterValue, SampledValue
from tests.central.told.meter import AT, CURRENT, POWER, REGISTER, phased, read, said, sample

EXPORT = "Power.Active.Export"


def test_a_total_goes_before_its_phases() -> None:
    """Whatever they add up to."""
    found = sample(*phased(POWER, "W", L1=1.0, L2=2.0, L3=3.0), said(POWER, 7, "W"))
    assert found.power_w == 7.0
    found = sample(said(REGISTER, 50), *phased(REGISTER, "Wh", L1=1.0, L2=2.0))
    assert found.register_wh == 50.0


@pytest.mark.parametrize(
    "phases",
    [
        {"L1": 1.0, "L2": 2.0, "L3": 4.0},
        {"L1_N": 1.0, "L2_N": 2.0, "L3_N": 4.0},
        {"L3": 4.0, "L2": 3.0},
        {"L2": 7.0},
    ],
)
def test_phases_are_summed(phases: dict[str, float]) -> None:
    """All that the station has, be it one."""
    found = sample(*phased(POWER, "kW", **phases), *phased(REGISTER, "kWh", **phases))
    assert (found.power_w, found.register_wh) == (7000.0, 7000.0)
    assert not found.is_power_derived


@pytest.mark.parametrize(
    "phases",
    [
        {"L1": 1.0, "L2_N": 2.0},
        {"L1": 1.0, "L1_N": 1.0},
        {"L1": 1.0, "N": 0.0},
        {"L1_L2": 1.0, "L2_L3": 2.0, "L3_L1": 3.0},
        {"N": 1.0},
    ],
)
def test_phases_of_two_kinds_are_no_sum(phases: dict[str, float]) -> None:
    """They may be the same energy told twice."""
    found, notes = read(*phased(REGISTER, "Wh", **phases))
    assert found is None
    assert notes == [f"{REGISTER} was told for some phases only: no total is made of them"]


def test_a_phase_that_another_quantity_tells_must_not_be_missing() -> None:
    """A station with currents on three phases and registers of two leaves its total open."""
    found, notes = read(*phased(REGISTER, "Wh", L1=1.0, L2=2.0), *phased(CURRENT, "A", L1=1.0, L2=1.0, L3=1.0))
    assert found is not None
    assert found.register_wh is None
    assert len(notes) == 1
    found = sample(*phased(REGISTER, "Wh", L1=1.0, L2=2.0), *phased("Voltage", "V", L1=1.0, L2=1.0, L3=1.0))
    assert found.register_wh == 3.0


def test_a_sum_misses_no_phase_that_nobody_believed() -> None:
    """One phase beyond belief takes the sum with it, and what would be derived."""
    found, notes = read(*phased(POWER, "W", L1=1000.0, L2=9e9, L3=1000.0))
    assert found is None
    assert len(notes) == 2
    found, _ = read(*phased(CURRENT, "A", L1=10.0, L2=9e9), *phased("Voltage", "V", L1=230.0, L2=230.0))
    assert found is not None
    assert (found.power_w, found.current_a, found.current_l2_a) == (None, 10.0, None)


@pytest.mark.parametrize(
    ("items", "power_w"),
    [
        ([said(POWER, -300, "W")], -300.0),
        ([said(EXPORT, 5, "kW")], -5000.0),
        ([said(POWER, 0, "W"), said(EXPORT, 5, "kW")], -5000.0),
        ([said(POWER, 100, "W"), said(EXPORT, 0, "W")], 100.0),
        ([said(POWER, -300, "W"), said(EXPORT, 300, "W")], -300.0),
        ([said(POWER, 0, "W"), said(EXPORT, 0, "W")], 0.0),
        (phased(EXPORT, "W", L1=1.0, L2=2.0, L3=3.0), -6.0),
    ],
)
def test_what_flows_back_is_negative(items: list[dict[str, str]], power_w: float) -> None:
    """Told as a negative import or as an export, and never counted twice."""
    found = sample(*items)
    assert found.power_w == power_w
    assert str(found.power_w) == str(power_w)


def test_a_power_is_derived_from_volts_and_amperes() -> None:
    """Of each phase, and the sample says so; a phase without a current needs no voltage."""
    volts = phased("Voltage", "V", L1_N=230.0, L2_N=231.0, L3_N=232.0)
    found = sample(*phased(CURRENT, "A", L1=10.0, L2=11.0, L3=12.0), *volts)
    assert found.power_w == pytest.approx(230 * 10 + 231 * 11 + 232 * 12)
    assert found.is_power_derived
    found = sample(*phased(CURRENT, "A", L1=10.0, L2=0.0, L3=0.0), *phased("Voltage", "V", L1=230.0))
    assert (found.power_w, found.is_power_derived) == (2300.0, True)
    found = sample(said(CURRENT, 0, "A"))
    assert (found.power_w, found.is_power_derived) == (0.0, True)


def test_a_told_power_is_not_derived() -> None:
    """Though volts and amperes are there."""
    found = sample(*phased(CURRENT, "A", L1=10.0), *phased("Voltage", "V", L1=230.0), said(POWER, 2000, "W"))
    assert (found.power_w, found.is_power_derived) == (2000.0, False)


@pytest.mark.parametrize(
    "items",
    [
        [*phased(CURRENT, "A", L1=10.0, L2=10.0), *phased("Voltage", "V", L1=230.0)],
        [*phased(CURRENT, "A", L1=10.0), said("Voltage", 230, "V")],
        [said(CURRENT, 10, "A"), said("Voltage", 230, "V")],
        [said(CURRENT, 10, "A"), *phased("Voltage", "V", L1=230.0)],
    ],
)
def test_no_power_is_guessed(items: list[dict[str, str]]) -> None:
    """A phase without its voltage, or a value of which it is not said how many phases it is of."""
    found = sample(*items)
    assert (found.power_w, found.is_power_derived) == (None, False)


def test_a_current_without_a_phase_is_the_first() -> None:
    """But only where no phase is told; the neutral is none of the three."""
    found = sample(said(CURRENT, 10, "A"), said("Voltage", 229, "V"))
    assert (found.current_a, found.current_l2_a, found.voltage_l1_v) == (10.0, None, 229.0)
    found = sample(said(CURRENT, 30, "A"), *phased(CURRENT, "A", L2_N=9.0, L3=8.0, N=1.0))
    assert (found.current_a, found.current_l2_a, found.current_l3_a) == (None, 9.0, 8.0)


def test_volts_against_neutral_go_before_others() -> None:
    """Volts between lines are never those of a phase."""
    found = sample(*phased("Voltage", "V", L1=229.0, L1_N=230.0, L2=231.0, L1_L2=400.0))
    assert (found.voltage_l1_v, found.voltage_l2_v, found.voltage_l3_v) == (230.0, 231.0, None)
    between, notes = read(*phased("Voltage", "V", L1_L2=400.0, L2_L3=400.0, L3_L1=400.0), said(POWER, 1, "W"))
    assert between == Sample(at=AT, power_w=1.0)
    assert notes == ["Voltage was told between lines only and is left out"]


def test_what_is_offered_is_that_of_the_whole_or_of_the_first_phase() -> None:
    """One number, whichever way it is told."""
    offered = "Current.Offered"
    assert sample(*phased(offered, "A", L1=16.0, L2=15.0), said(offered, 14, "A")).current_offered_a == 14.0
    assert sample(*phased(offered, "A", L1=16.0, L2=15.0)).current_offered_a == 16.0


def test_2_1_has_another_word_for_what_is_offered() -> None:
    """Current.Import.Offered counts where Current.Offered is not told."""
    values = [
        SampledValue(value=11.0, measurand=Measurand.CURRENT_IMPORT_OFFERED),
        SampledValue(value=10.0, measurand=Measurand.CURRENT_OFFERED),
    ]
    for told, offered_a in ((values, 10.0), (values[:1], 11.0)):
        (found,), _ = samples_of([MeterValue(timestamp=AT, sampled_value=tuple(told))])
        assert found.current_offered_a == offered_a
