"""Meter values are real readings with their own times: nothing twice, nothing lost, and a register never falls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ports import ReadingRow
from bridge.store.sqlite import SqliteStore, open_store
from bridge.types.charger import ConnectorReading
from bridge.types.facts import to_epoch_s
from bridge.types.ocpp.meter_value import Measurand, MeterValue, ReadingContext
from bridge.types.series import INTERVAL_S, CellState, IntervalBatch
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus
from bridge.uplink.told.meter import (
    VALUES_AT_ONCE,
    Sampling,
    edge_values,
    next_sample_at,
    next_samples,
    register_of,
    stop_register_of,
)
from tests.uplink.telling import ALIGNED, AT, CHARGER, OFF, POWER, REGISTER, SAMPLED, after, session

BOTH = (*REGISTER, *POWER)
PERIODS = (1, 7, 60, 300, 900, 3600)


class CountingStore(SqliteStore):
    """A real store that counts what is asked of its readings."""

    asked = 0
    rows = 0

    def readings(self, charger: str, from_at: datetime, to_at: datetime) -> list[ReadingRow]:
        """Return them, and count."""
        found = super().readings(charger, from_at, to_at)
        self.asked += 1
        self.rows += len(found)
        return found

    def last_reading(self, charger: str, connector_id: int, from_at: datetime, to_at: datetime) -> ReadingRow | None:
        """Return it, and count."""
        found = super().last_reading(charger, connector_id, from_at, to_at)
        self.asked += 1
        self.rows += found is not None
        return found


@contextmanager
def store_with(folder: Path | str, *read: tuple[float, float | None]) -> Iterator[CountingStore]:
    """Open a store with readings of connector 1 as (seconds, register)."""
    with CountingStore(open_store(Path(folder)).database) as store:
        put(store, *read)
        yield store


def put(store: SqliteStore, *read: tuple[float, float | None], connector_id: int = 1) -> None:
    """Keep readings."""
    rows = [
        (
            after(at_s),
            ConnectorReading(
                evse_id=1,
                connector_id=connector_id,
                status=ConnectorStatus.CHARGING,
                status_raw=None,
                power_w=1000.0,
                register_wh=register_wh,
            ),
        )
        for at_s, register_wh in read
    ]
    store.put_readings(CHARGER, rows, AT)


def put_power(store: SqliteStore, *start_s: float) -> None:
    """Keep 5-minute rows of connector 1 that begin so many seconds after the beginning."""
    starts = [to_epoch_s(after(each)) for each in sorted(start_s)]
    batch = IntervalBatch(starts, {"connector1": [3000.0] * len(starts)})
    store.put_intervals(CHARGER, batch, CellState.FILLED, AT)


def told(
    store: SqliteStore, charged: ChargingSession, nows: list[float], sampling: Sampling = SAMPLED
) -> list[MeterValue]:
    """Tell a session's values at these moments, each time until there is nothing more."""
    values: list[MeterValue] = []
    after_at, least_wh = charged.started_at, None
    for now_s in nows:
        while True:
            samples = next_samples(store, CHARGER, charged, after_at, after(now_s), sampling, least_wh)
            assert len(samples.values) <= VALUES_AT_ONCE
            if not samples.values:
                break
            assert after_at < samples.until_at <= after(now_s)
            assert to_epoch_s(samples.until_at) % sampling.every_s == 0
            after_at, least_wh = samples.until_at, samples.register_wh
            values += samples.values
    return values


def at(values: list[MeterValue]) -> list[float]:
    """Return when values are, in seconds after the beginning."""
    return [(value.timestamp - AT).total_seconds() for value in values]


def registers(values: list[MeterValue]) -> list[float]:
    """Return the registers among values."""
    return [
        item.value
        for value in values
        for item in value.sampled_value
        if item.measurand is Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
    ]


# --- which moments -----------------------------------------------------------------------------------------------


def test_the_last_reading_of_each_period_is_told_with_its_own_time(tmp_path: Path) -> None:
    """Periods lie on multiples of their length since 1970; what was read before the start is another session's."""
    read = [(5.0, 900.0), (10.0, 1001.0), (20.0, 1002.0), (59.999999, 1003.7), (60.0, 1004.0), (200.0, 1005.0)]
    with store_with(tmp_path, *read) as store:
        values = told(store, session(start_s=10), [59, 60, 119, 120, 179, 240])
        assert at(values) == [59.999999, 60.0, 200.0]
        assert registers(values) == [1003, 1004, 1005]


def test_the_piece_ends_with_the_last_value(tmp_path: Path) -> None:
    """Readings reach the store late: those of later periods are told when they are there."""
    with store_with(tmp_path, (70, 1001.0)) as store:
        first = next_samples(store, CHARGER, session(), after(10), after(600), SAMPLED)
        assert first.until_at == after(120)
        put(store, (130, 1002.0))
        second = next_samples(store, CHARGER, session(), first.until_at, after(600), SAMPLED)
        assert at(list(second.values)) == [130]


def test_nothing_is_told_of_other_connectors_or_beyond_the_end(tmp_path: Path) -> None:
    """A neighbour's readings and those after the end are not this session's."""
    with store_with(tmp_path, (100, 1001.0), (230, 1002.0)) as store:
        put(store, (30, 5.0), connector_id=2)
        assert at(told(store, session(end_s=220), [1000])) == [100]


@pytest.mark.parametrize("sampling", [OFF, Sampling(60, (), ReadingContext.SAMPLE_PERIODIC)])
def test_a_period_of_0_and_no_measurands_tell_nothing(sampling: Sampling, tmp_path: Path) -> None:
    """That is how a central system switches values off, and the place in time stays for when it wants them again."""
    with store_with(tmp_path, (100, 1001.0)) as store:
        samples = next_samples(store, CHARGER, session(), after(10), after(600), sampling)
        assert (samples.values, samples.until_at) == ((), after(10))


def test_a_message_holds_a_bounded_number_of_values(tmp_path: Path) -> None:
    """A long backlog comes in pieces, each as full as is allowed."""
    with store_with(tmp_path, *[(60.0 * n + 30, 1001.0 + n) for n in range(130)]) as store:
        sizes, after_at = [], after(0)
        while (samples := next_samples(store, CHARGER, session(start_s=0), after_at, after(9000), SAMPLED)).values:
            sizes.append(len(samples.values))
            after_at = samples.until_at
        assert sizes == [VALUES_AT_ONCE, VALUES_AT_ONCE, 130 - 2 * VALUES_AT_ONCE]


READ = st.lists(st.integers(0, 40_000), min_size=1, max_size=80, unique=True)


@given(READ, st.lists(st.integers(0, 45_000), max_size=8), st.sampled_from(PERIODS[1:]), st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_nothing_is_lost_or_told_twice(read: list[int], nows: list[int], every_s: int, has_ended: object) -> None:
    """Whenever it is looked, what is told in all is the last reading of each period that is over, once, ascending."""
    end_s = 30_000 if has_ended else None
    charged = session(start_s=777, end_s=end_s)
    sampling = Sampling(every_s, BOTH, ReadingContext.SAMPLE_PERIODIC)
    with TemporaryDirectory() as folder, store_with(folder, *[(each, 1001.0) for each in read]) as store:
        values = told(store, charged, [*map(float, sorted(nows)), 50_000.0], sampling)
    over_s = (to_epoch_s(after(end_s or 50_000)) // every_s) * every_s - to_epoch_s(AT)
    expected: dict[int, int] = {}
    for each in sorted(each for each in read if 777 <= each < over_s):
        expected[(to_epoch_s(AT) + each) // every_s] = each
    assert at(values) == list(expected.values())


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.floats(0, 9000) | st.none()), max_size=40, unique_by=lambda each: each[0]
    ),
    st.floats(0, 5000),
    st.none() | st.floats(0, 9000),
    st.lists(st.integers(0, 5000), max_size=5),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_register_never_falls_and_stays_within_the_session(
    read: list[tuple[int, float | None]], start_wh: float, stop_wh: float | None, nows: list[int]
) -> None:
    """Whatever was read, told registers rise, from that of the start to that of the end."""
    charged = session(start_s=0, end_s=None if stop_wh is None else 4000, meter_start_wh=start_wh)
    charged = charged.model_copy(update={"meter_stop_wh": stop_wh})
    with TemporaryDirectory() as folder, store_with(folder, *read) as store:
        values = registers(told(store, charged, [*map(float, sorted(nows)), 6000.0]))
    assert all(earlier <= later for earlier, later in pairwise(values))
    assert all(int(value) == value >= int(start_wh) for value in values)
    if stop_wh is not None and stop_wh >= start_wh:
        assert all(value <= stop_wh for value in values)


# --- long sessions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every_s", PERIODS)
def test_a_session_of_years_is_cheap_and_its_last_values_are_found(every_s: int, tmp_path: Path) -> None:
    """Of a session that never ends the last month is searched, in few steps, whatever the period."""
    years_s = 3 * 365 * 86_400.0
    sampling = Sampling(every_s, REGISTER, ReadingContext.SAMPLE_PERIODIC)
    with store_with(tmp_path, (100, 1001.0), (years_s - 86_400 * 10, 2000.0), (years_s - 4000, 3000.0)) as store:
        values = told(store, session(), [years_s], sampling)
        assert registers(values) == [2000, 3000]
        assert store.asked < 150
        store.asked = 0
        samples = next_samples(store, CHARGER, session(), after(years_s - 3600), after(years_s + 60), sampling)
        assert samples.values == ()
        assert store.asked < 15


def test_a_step_reads_few_rows(tmp_path: Path) -> None:
    """A session that is told minute by minute reads the new readings only, however long it runs."""
    with store_with(tmp_path, *[(10.0 * n, 1001.0 + n) for n in range(6 * 60 * 24)]) as store:
        next_samples(store, CHARGER, session(), after(86_000), after(86_070), SAMPLED)
        assert store.rows <= 12
        store.asked = store.rows = 0
        next_samples(store, CHARGER, session(), after(86_000), after(86_070), Sampling(10, BOTH, SAMPLED.context))
        assert store.rows <= 12


def test_of_a_period_one_row_is_read(tmp_path: Path) -> None:
    """However often the charger is polled and however many there are."""
    with store_with(tmp_path, *[(10.0 * n, 1001.0 + n) for n in range(360)]) as store:
        samples = next_samples(store, CHARGER, session(), after(3000), after(3301), SAMPLED)
        assert at(list(samples.values)) == [3050, 3110, 3170, 3230, 3290]
        assert (store.rows, store.asked) == (5, 5)


# --- the charger's own rows --------------------------------------------------------------------------------------


def test_where_the_bridge_did_not_look_the_chargers_rows_tell_power(tmp_path: Path) -> None:
    """A 5-minute row is told at its end, only in periods without a reading, with power and no register."""
    with store_with(tmp_path, (310, 1001.0), (1600, 1005.0)) as store:
        put_power(store, 0, 300, 600, 900, 1200, 1500)
        values = told(store, session(start_s=0), [1500, 1800], ALIGNED)
        assert at(values) == [300, 310, 900, 1200, 1500, 1600]
        assert registers(values) == [1001, 1005]
        assert told(store, session(start_s=0), [1800], Sampling(300, BOTH, ReadingContext.SAMPLE_PERIODIC)) != values


def test_longer_periods_take_the_row_that_ends_with_them(tmp_path: Path) -> None:
    """A period of 15 minutes is told the row of its last five minutes."""
    with store_with(tmp_path) as store:
        put_power(store, *range(0, 7200, INTERVAL_S))
        sampling = Sampling(900, POWER, ReadingContext.SAMPLE_CLOCK)
        assert at(told(store, session(start_s=0), [3600], sampling)) == [900, 1800, 2700, 3600]
        assert told(store, session(start_s=0), [3600], Sampling(900, REGISTER, ReadingContext.SAMPLE_CLOCK)) == []


@given(
    st.sets(st.integers(0, 60)),
    st.sets(st.integers(0, 18_000), max_size=30),
    st.lists(st.integers(0, 18_300), max_size=6),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_rows_and_readings_together_are_told_once(rows: set[int], read: set[int], nows: list[int]) -> None:
    """However often it is looked, each period has one value, of a reading if there is one, else of the row."""
    with TemporaryDirectory() as folder, store_with(folder, *[(each, 1001.0) for each in read]) as store:
        if rows:
            put_power(store, *[row * INTERVAL_S for row in rows])
        whole = at(told(store, session(start_s=0), [18_300], ALIGNED))
        expected = {each // INTERVAL_S: each for each in sorted(read)}
        expected = {row: (row + 1) * INTERVAL_S for row in rows} | expected
        assert whole == [expected[period] for period in sorted(expected)]
        by_and_by = at(told(store, session(start_s=0), [*map(float, sorted(nows)), 18_300], ALIGNED))
        assert by_and_by == whole


# --- registers ---------------------------------------------------------------------------------------------------


def row(register_wh: float | None = None, session_energy_wh: float | None = None) -> ReadingRow:
    """Return a reading."""
    return ReadingRow(after(100), 1, None, None, None, session_energy_wh, register_wh=register_wh)


def test_a_register_comes_from_the_meter_or_from_the_sessions_energy() -> None:
    """Where a reading has no register, it is that of the start and what the session took; else nobody knows."""
    assert register_of(row(1500.5, 3.0), session()) == 1500.5
    assert register_of(row(None, 3.5), session()) == pytest.approx(1004.4)
    assert register_of(row(None, 3.5), session(meter_start_wh=None)) is None
    assert register_of(row(), session()) is None
    assert register_of(row(0.0), session()) == 1000.9
    assert register_of(row(0.0), session(meter_start_wh=None)) == 0.0


def test_the_register_at_the_end_is_sought_in_pieces(tmp_path: Path) -> None:
    """Where it is missing the highest of the month before counts, wherever in it that was read."""
    month_s = 31 * 86_400.0
    with store_with(tmp_path, (50, 9000.0), (86_400 * 3, 5000.5), (86_400 * 20, 0.0)) as store:
        charged = session(end_s=month_s + 60, meter_stop_wh=None)
        assert stop_register_of(store, CHARGER, charged) == 5000.5
        assert stop_register_of(store, CHARGER, session(end_s=60, meter_stop_wh=None)) == 9000.0
        assert stop_register_of(store, CHARGER, session(end_s=60, meter_stop_wh=None, meter_start_wh=None)) is None


def test_both_ends_are_told_where_the_register_is_wanted() -> None:
    """Whole Wh rounded down at the source's times; nothing for other measurands or while it runs."""
    values = list(edge_values(session(end_s=60), 6000.9, REGISTER))
    assert (at(values), registers(values)) == ([10, 60], [1000, 6000])
    assert at(list(edge_values(session(end_s=60, meter_start_wh=None), 6000.9, REGISTER))) == [60]
    assert edge_values(session(end_s=60), 6000.9, POWER) == ()
    assert edge_values(session(), 6000.9, REGISTER) == ()


@given(st.integers(0, 10**6), st.lists(st.sampled_from((0, *PERIODS)), max_size=3))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_next_moment_is_the_end_of_the_shortest_period(now_s: int, every: list[int]) -> None:
    """It lies in the future, on a multiple of one of the periods, and there is none when all are off."""
    found = next_sample_at(after(now_s), every)
    lengths = [each for each in every if each]
    if not lengths:
        assert found is None
        return
    assert found is not None
    assert timedelta() < found - after(now_s) <= timedelta(seconds=min(lengths))
    assert any(to_epoch_s(found) % each == 0 for each in lengths)
