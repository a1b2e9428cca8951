"""Rows are made where a station's values cover an interval, now or later, and never through a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sin

import pytest

from bridge.central.told.rows import AHEAD_S, CLOSE_AFTER_S, LATE_S, WINDOW_S, Row, RowMaker
from bridge.central.told.sample import Sample
from bridge.ports import ReadingRow
from bridge.types.facts import from_epoch_us
from bridge.types.ocpp.meter_value import ReadingContext
from bridge.types.series import INTERVAL_S
from bridge.types.words import ConnectorStatus

START_S = 1_772_323_200
DAY_S = 86_400
BEGIN, END = ReadingContext.TRANSACTION_BEGIN, ReadingContext.TRANSACTION_END


def sample(
    at_s: float, register_wh: float | None = None, power_w: float | None = None, context: ReadingContext | None = None
) -> Sample:
    """Return a sample so many seconds after a whole interval."""
    at = from_epoch_us(round((START_S + at_s) * 1e6))
    return Sample(at=at, register_wh=register_wh, power_w=power_w, context=context)


def energies(
    from_s: float, to_s: float, power_w: float, step_s: float = 10.0, register_wh: float = 1e5
) -> list[Sample]:
    """Return the registers of a steady power, at a steady pace."""
    steps = [from_s + i * step_s for i in range(int((to_s - from_s) / step_s) + 1)]
    return [sample(at_s, register_wh + (at_s - from_s) * power_w / 3600) for at_s in steps]


def powers(from_s: float, to_s: float, power_w: float, step_s: float = 10.0) -> list[Sample]:
    """Return samples of a steady power."""
    return [sample(from_s + i * step_s, None, power_w) for i in range(int((to_s - from_s) / step_s) + 1)]


class Told:
    """A row maker with a clock, and the rows as a store would have them in the end."""

    def __init__(self, late_by_s: float = 0.0) -> None:
        self.maker = RowMaker()
        self.late_by_s = late_by_s
        self.given: list[Row] = []

    def now_s(self, at_s: float) -> float:
        """Return the time at which this is told."""
        return at_s + self.late_by_s

    def take(self, *samples: Sample, connector_id: int = 1) -> Told:
        """Tell samples one by one, each at its own time or so long after."""
        for each in samples:
            self._add(self.maker.take(connector_id, each, self.now_s(each.at.timestamp())))
        return self

    def take_at(self, at_s: float, samples: Iterable[Sample]) -> Told:
        """Tell samples all at one time."""
        for each in samples:
            self._add(self.maker.take(1, each, START_S + at_s))
        return self

    def idle(self, from_s: float, to_s: float, step_s: float = 60.0) -> Told:
        """Say again and again that nothing is drawn."""
        for i in range(int((to_s - from_s) / step_s) + 1):
            at_s = START_S + from_s + i * step_s
            self._add(self.maker.take_idle(1, from_epoch_us(round(at_s * 1e6)), self.now_s(at_s)))
        return self

    def pass_by(self, at_s: float) -> Told:
        """Let time go on."""
        self._add(self.maker.pass_by(START_S + at_s))
        return self

    def _add(self, rows: Sequence[Row]) -> None:
        assert list(rows) == sorted(rows)
        self.given += rows

    @property
    def rows(self) -> list[tuple[int, float]]:
        """The rows as they are in the end: which interval, and W."""
        last = {row.start_s: row.power_w for row in self.given}
        return [((start_s - START_S) // INTERVAL_S, power_w) for start_s, power_w in sorted(last.items())]


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


def test_late_values_fill_the_past() -> None:
    """An offline session comes hours later, beside what is told now; its rows are late and those of now are not."""
    told = Told().idle(0, 900)
    now = energies(20_100, 20_700, 1000.0)
    offline = energies(3000, 3900, 7200.0)
    for place, each in enumerate(now):
        told.take(each)
        told.take_at(20_100 + place * 10, offline[place * 2 : place * 2 + 2])
    assert told.rows == [(0, 0), (1, 0), (2, 0), (10, 7200), (11, 7200), (12, 7200), (67, 1000), (68, 1000)]
    assert {(row.start_s - START_S) // 300 for row in told.given if row.is_late} == {10, 11, 12}


@pytest.mark.parametrize("late_s", [LATE_S - 1, LATE_S])
def test_a_row_is_late_after_ten_minutes(late_s: float) -> None:
    """Counted from its interval's end."""
    told = Told().take_at(300 + late_s, energies(0, 300, 7200.0))
    assert [row.is_late for row in told.given] == [late_s >= LATE_S]


def test_an_interval_known_in_part_is_completed_later() -> None:
    """A row of the first 250 s becomes one of the whole interval; the same values again change nothing."""
    told = Told().take(*energies(0, 250, 7200.0)).pass_by(400)
    assert told.rows == [(0, 7200.0)]
    rest = energies(260, 600, 3600.0, register_wh=1e5 + 510)
    told.take_at(80_000, rest)
    whole = [(0, round((500 + 10 + 40) * 12.0, 3)), (1, 3600.0)]
    assert told.rows == whole
    count = len(told.given)
    told.take_at(80_000, [*energies(0, 250, 7200.0), *rest]).pass_by(80_100)
    assert told.rows == whole
    assert len(told.given) == count


def test_a_closed_interval_is_not_made_again_from_less() -> None:
    """Parts of it told again a day later change nothing: neither it nor those beside it."""
    told = Told()
    for at_s in range(0, 9010, 10):
        told.take(sample(at_s, at_s * 2.0 if at_s < 4500 else 9000 + (at_s - 4500) * 0.5))
    rows, count = told.rows, len(told.given)
    assert len(rows) == 30
    told.pass_by(DAY_S)
    again = [sample(at_s, at_s * 2.0) for at_s in range(0, 4500, 50)]
    told.take_at(DAY_S, [*again, *powers(0, 9000, 11.0, 50)]).pass_by(DAY_S + 100)
    assert told.rows == rows
    assert len(told.given) == count


def test_nothing_that_reaches_into_a_closed_interval_changes() -> None:
    """A value between two that are joined already cannot count energy in both of their intervals."""
    told = Told().take(*energies(0, 290, 7200.0), sample(310, 1e5 + 620), sample(500, 1e5 + 1000)).pass_by(700)
    told.pass_by(300 + CLOSE_AFTER_S + 300)
    assert told.rows == [(0, 7200.0)]
    told.take_at(3000, [sample(305, 1e5 + 580), *energies(510, 600, 7200.0, register_wh=1e5 + 1020)])
    assert told.rows == [(0, 7200.0), (1, 7200.0)]
    told = Told().take(*energies(50, 290, 7200.0), *energies(310, 600, 3600.0, register_wh=1e5 + 500))
    rows = told.pass_by(600 + CLOSE_AFTER_S + 300).rows
    assert told.take_at(3000, [sample(305, 1e5 + 480), sample(295, 1e5 + 480)]).pass_by(3060).rows == rows
    assert len(told.take_at(3000, [sample(0, 1e5 - 400)]).pass_by(3120).given) == len(rows) + 1


def test_an_open_interval_keeps_the_last_value_before_a_closed_one() -> None:
    """Though no value lies in the interval between."""
    told = Told().take(*energies(0, 290, 7200.0), sample(890, 1e5 + 580 + 600)).pass_by(960)
    assert told.rows == [(0, 7080.0), (1, 3600.0), (2, 3600.0)]
    told.pass_by(900 + CLOSE_AFTER_S + 300).take_at(3000, [sample(900, 1e5 + 1180 + 20)])
    assert told.rows == [(0, 7080.0), (1, 3600.0), (2, (290 + 20) * 12.0)]


def test_of_two_registers_of_one_moment_the_greater_counts() -> None:
    """Whichever was told first: one with decimals, and the same without."""
    for pair in ([100.9, 100.0], [100.0, 100.9]):
        assert Told().take(sample(0, 0.0), *(sample(300, each) for each in pair)).take(sample(310, 101.0)).rows == [
            (0, 1210.8)
        ]


def test_the_unbelievable_time_makes_no_rows() -> None:
    """Neither a clock at 1970, nor one far ahead, nor what is older than three days; the rest is not harmed."""
    told = Told()
    told.take_at(
        0, [sample(-WINDOW_S - 1, 0.0), sample(AHEAD_S + 1, 0.0), sample(-START_S + 5.0, 0.0), sample(9e8, 1.0)]
    )
    assert told.maker.take_idle(1, from_epoch_us(0), START_S) == []
    assert told.maker.take_idle(1, from_epoch_us(2_000_000_000_000_000), START_S) == []
    assert things_kept(told) == 0
    assert told.take(*energies(0, 300, 7200.0)).rows == [(0, 7200.0)]
    assert Told(late_by_s=WINDOW_S).take(*energies(0, 300, 7200.0)).rows == [(0, 7200.0)]
    assert Told(late_by_s=WINDOW_S + 1).take(*energies(0, 300, 7200.0)).rows == []
    assert Told(late_by_s=-AHEAD_S).take(*energies(0, 300, 7200.0)).rows == [(0, 7200.0)]


def kept(samples: Iterable[Sample], status: ConnectorStatus = ConnectorStatus.CHARGING) -> list[ReadingRow]:
    """Return samples as the store keeps them."""
    return [
        ReadingRow(
            at=each.at,
            connector_id=1,
            status=status,
            power_w=each.power_w,
            current_a=None,
            session_energy_wh=None,
            register_wh=each.register_wh,
        )
        for each in samples
    ]


def test_a_restart_makes_no_gap() -> None:
    """An interval in whose middle the bridge was started again has its row, and those before are not given again."""
    told = Told()
    told.maker.restore(kept(energies(0, 1000, 7200.0)), START_S + 1020)
    assert told.pass_by(1020).given == []
    told.take(*energies(1030, 1500, 7200.0, register_wh=1e5 + 2060))
    assert told.given == [Row(1, START_S + start_s, 7200.0, is_late=False) for start_s in (900, 1200)]


def test_a_restart_knows_what_was_idle() -> None:
    """Available without a power is zero; any other state is not known."""
    for status, rows in ((ConnectorStatus.AVAILABLE, [(1, 0.0)]), (ConnectorStatus.PREPARING, [])):
        told = Told()
        told.maker.restore(kept([sample(at_s) for at_s in range(0, 600, 60)], status), START_S + 590)
        assert told.idle(600, 600).rows == rows


def test_a_restart_keeps_closed_intervals_closed() -> None:
    """What was known in full before it is not made again from less after it."""
    told = Told()
    told.maker.restore(kept(energies(0, 3000, 7200.0)), START_S + 9000)
    told.take_at(9000, [sample(at_s, 1e5 + at_s) for at_s in range(0, 1200, 100)]).pass_by(9100)
    assert told.given == []


def test_a_restart_ignores_what_is_too_old() -> None:
    """Readings from beyond the window, or of no time that can be."""
    told = Told()
    told.maker.restore(kept([sample(-WINDOW_S - 5, 1.0), sample(9e8, 1.0)]), START_S)
    assert told.pass_by(1000).given == []
    assert things_kept(told) == 0


def test_a_restart_believes_a_power_that_was_kept() -> None:
    """Available and 40 W is 40 W."""
    told = Told()
    told.maker.restore(kept(powers(0, 290, 40.0), ConnectorStatus.AVAILABLE), START_S + 290)
    assert told.take(sample(300, None, 40.0)).rows == [(0, 40.0)]


def test_a_day_leaves_little_in_memory() -> None:
    """A value every three seconds for a day, some told again: an hour of it is kept, and all rows are exact."""

    def register_wh(at_s: float) -> float:
        return at_s * 2.0 + 50.0 * sin(at_s / 37.0)

    told = Told()
    for at_s in range(0, DAY_S, 3):
        told.take(sample(at_s, register_wh(at_s), 7200.0))
        if at_s % 240 == 0:
            told.take_at(at_s, [sample(at_s / 2, register_wh(at_s / 2), 7200.0)])
    expected = [(at_s, round((register_wh(at_s + 300) - register_wh(at_s)) * 12, 3)) for at_s in range(0, DAY_S, 300)]
    assert told.rows == [(at_s // 300, power_w) for at_s, power_w in expected[:-1]]
    track = told.maker._tracks[1]
    assert things_kept(told) - len(track._closed) < 1200
    assert len(track._given_w) < 10


def test_a_flood_of_values_is_bounded() -> None:
    """A station that tells a value every moment costs no more than its intervals, and nothing after the window."""
    told = Told()
    for place in range(6_000):
        told.take_at(0, [sample(-(place * 7919 % 3600) + (place % 3) * 0.25, 1.0, 1.0)])
    track = told.maker._tracks[1]
    assert things_kept(told) <= 2 * 13 * 64 + 100
    told.pass_by(3000)
    assert track._closed
    told.pass_by(2 * WINDOW_S).pass_by(2 * WINDOW_S + 300)
    assert things_kept(told) == 0


def things_kept(told: Told) -> int:
    """Count all that is kept of connectors."""
    count = 0
    for track in told.maker._tracks.values():
        lines = (track._registers, track._powers)
        count += sum(len(points) for line in lines for points in line._points.values())
        count += len(track._due) + len(track._given_w) + len(track._full) + len(track._closed)
    return count
