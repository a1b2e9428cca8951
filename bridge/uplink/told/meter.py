"""Meter values of a charging session, as far as they are kept: real readings with their own times, nothing made up."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.ports import ReadingRow, Store
from bridge.types.facts import from_epoch_s, to_epoch_s
from bridge.types.ocpp.facts import meter_value_of, meter_values_of_intervals, register_value_of
from bridge.types.ocpp.meter_value import Measurand, MeterValue, ReadingContext
from bridge.types.series import INTERVAL_S
from bridge.types.session import ChargingSession

VALUES_AT_ONCE = 50
"""moments in one message; a hundred of them are about 60 kB, which every central system takes"""
_LONGEST = timedelta(days=31)
"""readings are kept for a month unless somebody wants more; a session that never ends is not searched further back"""
_LONGEST_PIECE_S = 86_400
"""of time that is searched at once; the pieces grow while nothing is found"""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which moments of a session are told, and what of each."""

    every_s: int
    """0 tells none"""
    measurands: Collection[Measurand]
    context: ReadingContext


@dataclass(frozen=True, slots=True)
class Samples:
    """The next piece of a session's meter values."""

    values: tuple[MeterValue, ...]
    until_at: datetime
    """up to here everything is told with these"""
    register_wh: float | None = None
    """the highest register that is told with these or was before"""


def _one_kind(_at: datetime) -> object:
    return None


def next_samples(
    store: Store,
    charger: str,
    session: ChargingSession,
    after_at: datetime,
    now: datetime,
    sampling: Sampling,
    least_wh: float | None = None,
    kind_of: Callable[[datetime], object] = _one_kind,
) -> Samples:
    """Return the values after `after_at` and up to the session's end or now: the last reading of each period.

    Periods are multiples of `every_s` since 1970, so that all stations sample together. It ends with the last period
    that has a value: readings reach the store late, and one that is not there yet is told next time. `least_wh` is
    the register that was told last: the next is not below it. Moments of another kind than the first are left for the
    next time. Raises StoreError.
    """
    if sampling.every_s <= 0 or not sampling.measurands:
        return Samples((), after_at, least_wh)
    end_at = min(session.ended_at or now, now)
    from_at, until_at = max(after_at, end_at - _LONGEST), _floor(end_at, sampling.every_s)
    length_s = VALUES_AT_ONCE * sampling.every_s
    while from_at < until_at:
        to_at = min(_floor(from_at, sampling.every_s) + timedelta(seconds=length_s), until_at)
        samples = _values(store, charger, session, from_at, to_at, sampling, least_wh, kind_of)
        if samples is not None:
            return samples
        from_at = to_at
        length_s = max(length_s, min(2 * length_s, _LONGEST_PIECE_S // sampling.every_s * sampling.every_s))
    return Samples((), after_at, least_wh)


def _values(
    store: Store,
    charger: str,
    session: ChargingSession,
    from_at: datetime,
    to_at: datetime,
    sampling: Sampling,
    least_wh: float | None,
    kind_of: Callable[[datetime], object],
) -> Samples | None:
    """Return the first values of [from_at, to_at), both ends of periods or of the session; None where there are none.

    In a period in which the bridge did not look, the charger's own 5-minute row that ends with it is told.
    """
    every_s = sampling.every_s
    rows = _last_readings(store, charger, session, from_at, to_at, every_s)
    intervals: dict[int, MeterValue] = {}
    if sampling.context is ReadingContext.SAMPLE_CLOCK and len(rows) < (to_at - from_at).total_seconds() / every_s:
        intervals = _intervals(store, charger, session, from_at, to_at, sampling)
    told: dict[int, MeterValue] = {}
    kind: object = None
    for period in sorted(rows.keys() | intervals.keys()):
        row = rows.get(period)
        register_wh = None if row is None else register_of(row, session, least_wh)
        value = intervals[period] if row is None else _value(row, register_wh, sampling)
        if value is not None:
            if told and kind_of(value.timestamp) != kind:
                break
            kind = kind_of(value.timestamp)
            told[period] = value
            least_wh = least_wh if register_wh is None else register_wh
        if len(told) == VALUES_AT_ONCE:
            break
    if not told:
        return None
    return Samples(tuple(told.values()), from_epoch_s((max(told) + 1) * every_s), least_wh)


def _last_readings(
    store: Store, charger: str, session: ChargingSession, from_at: datetime, to_at: datetime, every_s: int
) -> dict[int, ReadingRow]:
    """Return the session's last reading of each period of [from_at, to_at), by period.

    Mostly that is one period, of which the store need not look at all that was read of all chargers.
    """
    from_at, connector_id = max(from_at, session.started_at), session.connector_id
    if (to_at - from_at).total_seconds() > VALUES_AT_ONCE * every_s:
        readings = store.readings(charger, from_at, to_at)
        return {to_epoch_s(row.at) // every_s: row for row in readings if row.connector_id == connector_id}
    found: dict[int, ReadingRow] = {}
    while from_at < to_at and (row := store.last_reading(charger, connector_id, from_at, to_at)) is not None:
        to_at = _floor(row.at, every_s)
        found[to_epoch_s(to_at) // every_s] = row
    return found


def _value(row: ReadingRow, register_wh: float | None, sampling: Sampling) -> MeterValue | None:
    whole_wh = None if register_wh is None else math.floor(register_wh)
    return meter_value_of(row, row.at, sampling.context, register_wh=whole_wh, measurands=sampling.measurands)


def _intervals(
    store: Store, charger: str, session: ChargingSession, from_at: datetime, to_at: datetime, sampling: Sampling
) -> dict[int, MeterValue]:
    """Return the charger's own 5-minute rows that end in (from_at, to_at] with a period, by that period."""
    if Measurand.POWER_ACTIVE_IMPORT not in sampling.measurands:
        return {}
    rows = store.power(
        charger, f"connector{session.connector_id}", to_epoch_s(from_at) - INTERVAL_S + 1, to_epoch_s(to_at)
    )
    chosen = [
        (start_s, power_w)
        for start_s, power_w in rows
        if (start_s + INTERVAL_S) % sampling.every_s == 0
        and max(from_at, session.started_at) < from_epoch_s(start_s + INTERVAL_S) <= to_at
    ]
    periods = [(start_s + INTERVAL_S) // sampling.every_s - 1 for start_s, _ in chosen]
    return dict(zip(periods, meter_values_of_intervals(chosen), strict=True))


def register_of(row: ReadingRow, session: ChargingSession, least_wh: float | None = None) -> float | None:
    """Return where the connector's register stood at a reading of this session, in Wh; None where nobody knows.

    It is not below what was told before, and never lies outside of what the session's own registers say.
    """
    register_wh = row.register_wh
    if register_wh is None:
        if session.meter_start_wh is None or row.session_energy_wh is None:
            return None
        register_wh = session.meter_start_wh + row.session_energy_wh
    low_wh = session.meter_start_wh
    high_wh = session.meter_stop_wh if session.ended_at is not None else None
    register_wh = max(wh for wh in (register_wh, low_wh, least_wh) if wh is not None)
    if high_wh is not None and (low_wh is None or high_wh >= low_wh):
        register_wh = min(register_wh, high_wh)
    return register_wh


def stop_register_of(store: Store, charger: str, session: ChargingSession) -> float | None:
    """Return where the register stood at the end, in Wh; None where not even its start is known.

    Where the charger's own figure is missing or below the start, it is the highest that was read: a session told with
    less than it took can be corrected by hand, one that is never told an end blocks the connector at the other side.
    """
    start_wh, stop_wh = session.meter_start_wh, session.meter_stop_wh
    if stop_wh is not None and (start_wh is None or stop_wh >= start_wh):
        return stop_wh
    if start_wh is None or session.ended_at is None:
        return start_wh
    highest_wh, from_at = start_wh, max(session.started_at, session.ended_at - _LONGEST)
    while from_at < session.ended_at:  # in pieces: a month of readings is a hundred thousand
        to_at = min(from_at + timedelta(days=1), session.ended_at)
        for row in store.readings(charger, from_at, to_at):
            if row.connector_id == session.connector_id:
                highest_wh = register_of(row, session, highest_wh) or highest_wh
        from_at = to_at
    return highest_wh


def last_value(
    store: Store, charger: str, session: ChargingSession, now: datetime, measurands: Collection[Measurand]
) -> tuple[MeterValue, ...]:
    """Return what was read last of a session, for who asked; nothing where nothing was. Raises StoreError."""
    from_at = max(session.started_at, now - _LONGEST)
    row = store.last_reading(charger, session.connector_id, from_at, now + timedelta(microseconds=1))
    if row is None:
        return ()
    value = _value(row, register_of(row, session), Sampling(0, measurands, ReadingContext.TRIGGER))
    return () if value is None else (value,)


def edge_values(
    session: ChargingSession, stop_register_wh: float, measurands: Collection[Measurand]
) -> tuple[MeterValue, ...]:
    """Return the registers at both ends, for the end's own message; nothing where the register is not wanted."""
    if Measurand.ENERGY_ACTIVE_IMPORT_REGISTER not in measurands or session.ended_at is None:
        return ()
    values: list[MeterValue] = []
    if session.meter_start_wh is not None:
        start_wh = math.floor(session.meter_start_wh)
        values.append(register_value_of(start_wh, session.started_at, ReadingContext.TRANSACTION_BEGIN))
    values.append(register_value_of(math.floor(stop_register_wh), session.ended_at, ReadingContext.TRANSACTION_END))
    return tuple(values)


def next_sample_at(now: datetime, every: Sequence[int]) -> datetime | None:
    """Return the next moment at which a period of any of these lengths is over; None where all are 0."""
    ends = [_floor(now, every_s) + timedelta(seconds=every_s) for every_s in every if every_s > 0]
    return min(ends, default=None)


def _floor(at: datetime, every_s: int) -> datetime:
    return from_epoch_s(to_epoch_s(at) // every_s * every_s)
