"""Rows are made where a station's values cover an interval, and never through a gap."""

from __future__ import annotations

import pytest

from bridge.central.told.rows import Row
from bridge.types.ocpp.meter_value import ReadingContext
from tests.central.told.telling import START_S, Told, energies, powers, sample

BEGIN, END = ReadingContext.TRANSACTION_BEGIN, ReadingContext.TRANSACTION_END


def test_registers_make_rows() -> None:
    """The energy of an interval over its length, given with the first value that is not before its end."""
    told = Told().take(*energies(0, 290, 7200.0))
    assert told.given == []
    assert told.take(sample(300, 1e5 + 600)).given == [Row(1, START_S, 7200.0, is_late=False)]
    assert told.take(*energies(310, 900, 3600.0, register_wh=1e5 + 610)).rows == [(0, 7200.0), (1, 3600.0), (2, 3600.0)]
    assert len(told.given) == 3


def test_energy_between_two_readings_is_spread_evenly() -> None:
    """A pair across a boundary gives each interval the part of its time."""
    told = Told().take(sample(0, 0.0), sample(240, 0.0), sample(360, 120.0), sample(600, 120.0))
    assert told.rows == [(0, 60 * 12.0), (1, 60 * 12.0)]


def test_five_minute_values_are_enough() -> None:
    """Clock-aligned registers, one of them missing; two missing are a gap."""
    told = Told().take(sample(0, 0.0), sample(300, 100.0), sample(900, 500.0))
    assert told.rows == [(0, 1200.0), (1, 2400.0), (2, 2400.0)]
    assert told.take(sample(1800, 2000.0)).rows == [(0, 1200.0), (1, 2400.0), (2, 2400.0)]


def test_powers_make_rows_where_no_register_does() -> None:
    """In straight lines, and registers go before them where both tell."""
    assert Told().take(*powers(0, 300, 5000.0)).rows == [(0, 5000.0)]
    assert Told().take(sample(0, None, 0.0), sample(300, None, 6000.0)).rows == [(0, 3000.0)]
    both = [sample(at_s, at_s * 1.0, 5000.0) for at_s in range(0, 310, 10)]
    assert Told().take(*both).rows == [(0, 3600.0)]


def test_powers_fill_what_registers_leave_open() -> None:
    """Second by second: 100 s of powers beside 200 s of registers."""
    told = Told().take(*powers(0, 300, 900.0), *energies(300, 300, 0.0))
    assert told.rows == [(0, 900.0)]
    mixed = [*powers(0, 90, 900.0), *(sample(100 + i * 10, i * 10.0, 900.0) for i in range(21))]
    assert Told().take(*mixed).rows == [(0, 2700.0)]
    tail = [*(sample(i * 10, i * 10.0, 900.0) for i in range(21)), *powers(210, 300, 900.0)]
    assert Told().take(*tail).rows == [(0, 2700.0)]


@pytest.mark.parametrize(("step_s", "count"), [(360.0, 5), (361.0, 0)])
def test_powers_too_far_apart_are_a_gap(step_s: float, count: int) -> None:
    """Six minutes are drawn over, and no second more."""
    assert len(Told().take(*powers(0, 5 * step_s, 5000.0, step_s)).rows) >= count
    assert bool(Told().take(*powers(0, 5 * step_s, 5000.0, step_s)).rows) == bool(count)


@pytest.mark.parametrize(("step_s", "count"), [(600.0, 10), (601.0, 0)])
def test_registers_too_far_apart_are_a_gap(step_s: float, count: int) -> None:
    """Ten minutes are spread over, and no second more, however much was charged."""
    assert len(Told().take(*energies(0, 5 * step_s, 5000.0, step_s)).rows) == count


def test_an_offline_gap_makes_no_rows() -> None:
    """A register before and one after an outage of an hour say nothing of when."""
    told = Told().take(*energies(0, 600, 7200.0), sample(4200, 1e5 + 8400), sample(4500, 1e5 + 9000))
    assert told.rows == [(0, 7200.0), (1, 7200.0), (14, 7200.0)]


@pytest.mark.parametrize(("last_s", "count"), [(240.0, 1), (239.0, 0)])
def test_four_fifths_are_enough(last_s: float, count: int) -> None:
    """A row is the mean of what is known, once its interval is over and a minute was waited."""
    told = Told().take(*energies(0, 230, 7200.0), sample(last_s, 1e5 + last_s * 2))
    assert told.pass_by(359).given == []
    assert [row.power_w for row in told.pass_by(360).given] == [7200.0] * count
    assert len(told.pass_by(420).given) == count


def test_a_register_that_falls_is_a_gap() -> None:
    """A reset brings neither negative energy nor the whole new register as energy."""
    told = Told().take(*energies(0, 150, 7200.0), *energies(160, 300, 7200.0, register_wh=3.0))
    assert told.rows == [(0, 7200.0)]
    far = Told().take(*energies(0, 100, 7200.0), *energies(200, 300, 7200.0, register_wh=3.0))
    assert far.rows == []


def test_a_register_told_with_and_without_decimals_does_not_fall() -> None:
    """Less than 1 Wh down is rounding: time that is known, and no energy."""
    told = Told().take(sample(0, 1000.9), sample(200, 1100.9), sample(290, 1100.0), sample(300, 1100.9))
    assert told.rows == [(0, round((100 + 0.9) * 12, 3))]
    assert Told().take(sample(0, 1001.0), sample(300, 1000.0)).rows == []


def test_a_register_that_jumps_is_a_gap() -> None:
    """More than a megawatt is another meter; the step of one that counts kWh is none."""
    assert Told().take(sample(0, 0.0), sample(300, 84_400.0)).rows == []
    told = Told().take(sample(0, 0.0), sample(200, 0.0), sample(201, 1000.0), sample(300, 1000.0))
    assert told.rows == [(0, 12_000.0)]


def test_idle_time_is_zero() -> None:
    """Where it is said; silence is a gap."""
    assert Told().idle(0, 600).rows == [(0, 0.0), (1, 0.0)]
    assert Told().idle(0, 600, 300.0).rows == [(0, 0.0), (1, 0.0)]
    assert Told().idle(0, 2000, 400.0).rows == []
    assert Told().pass_by(5000).rows == []


def test_nothing_flows_before_a_transaction_or_after_it() -> None:
    """Idle time leads up to its first value and follows its last one without a ramp."""
    told = Told().idle(0, 60).take(sample(100, 500.0, 7200.0, BEGIN), *energies(110, 190, 7200.0, register_wh=520.0))
    told.take(sample(200, 700.0, 7200.0, END)).idle(240, 300)
    assert told.rows == [(0, 200 * 12.0)]
    told = Told().idle(0, 60).take(sample(100, None, 7200.0, BEGIN), sample(200, None, 7200.0, END)).idle(240, 300)
    assert told.rows == [(0, 200 * 12.0)]


def test_end_and_power_of_the_same_second_agree_in_any_order() -> None:
    """A power told beside the end counts up to it and not from it on."""
    pair = [sample(200, None, 7200.0), sample(200, 700.0, None, END)]
    for second in (pair, pair[::-1]):
        told = Told().take(sample(0, None, 7200.0), *second).idle(240, 300)
        assert told.rows == [(0, 4800.0)]


def test_what_flows_back_is_negative_where_powers_tell() -> None:
    """A register of imports does not know of it."""
    assert Told().take(*powers(0, 300, -5000.0)).rows == [(0, -5000.0)]
    assert Told().take(*[sample(at_s, 50.0, -5000.0) for at_s in range(0, 310, 10)]).rows == [(0, 0.0)]


def test_connectors_are_apart() -> None:
    """Each has its own rows."""
    told = Told()
    for first, second in zip(energies(0, 300, 7200.0), energies(0, 300, 3600.0), strict=True):
        told.take(first, connector_id=1).take(second, connector_id=2)
    assert told.given == [Row(1, START_S, 7200.0, is_late=False), Row(2, START_S, 3600.0, is_late=False)]
