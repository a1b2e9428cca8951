"""Rows of what comes late, again, after a restart, or at a time that cannot be; and what is kept for it."""

from __future__ import annotations

from math import sin

import pytest

from bridge.central.told.rows import AHEAD_S, CLOSE_AFTER_S, LATE_S, WINDOW_S, Row
from bridge.types.facts import from_epoch_us
from bridge.types.words import ConnectorStatus
from tests.central.told.telling import START_S, Told, energies, kept, powers, sample, things_kept

DAY_S = 86_400


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
    told = Told().take(*energies(-900, 290, 7200.0, register_wh=1e5 - 1800), sample(890, 1e5 + 580 + 600)).pass_by(960)
    assert told.rows[3:] == [(0, 7080.0), (1, 3600.0), (2, 3600.0)]
    told.pass_by(900 + CLOSE_AFTER_S + 300).take_at(3000, [sample(900, 1e5 + 1180 + 20)])
    assert told.rows[3:] == [(0, 7080.0), (1, 3600.0), (2, (290 + 20) * 12.0)]


def test_a_gap_beside_a_closed_interval_is_filled() -> None:
    """What two values too far apart left open is open, though one of them lies where all is known."""
    steps = range(-300, 310, 10)
    told = Told().take(*[sample(at_s, 1e5 + at_s * 2.0, 7200.0 if at_s < -200 else None) for at_s in steps])
    told.pass_by(300 + CLOSE_AFTER_S + 300)
    told.take_at(3000, [sample(at_s, None, 100.0) for at_s in (650, 550, 400, 310)]).pass_by(3060)
    assert told.rows == [(-1, 7200.0), (0, 7200.0), (1, 100.0)]


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
