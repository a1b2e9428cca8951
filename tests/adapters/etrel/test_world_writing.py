"""Numbers and times as the firmware writes them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.etrel.simulation.session_log import as_energy_kwh
from adapters.etrel.simulation.ticks import (
    as_single,
    from_ticks,
    parse_ticks,
    to_ticks,
    write_instant,
    write_span,
)


def test_times_carry_up_to_seven_decimals() -> None:
    """Trailing zeros of the fraction are not written, nor is a fraction of nothing."""
    base = to_ticks(datetime(2022, 10, 6, 20, 6, 24, tzinfo=UTC))
    assert write_instant(base + 617_736) == "2022-10-06T20:06:24.0617736Z"
    assert write_instant(base + 7_384_290) == "2022-10-06T20:06:24.738429Z"
    assert write_instant(base) == "2022-10-06T20:06:24Z"


@given(st.integers(0, 4_000_000_000 * 10_000_000))
def test_a_written_time_reads_as_the_same_time(ticks: int) -> None:
    """Writing and reading a time loses nothing, to the tick."""
    assert parse_ticks(write_instant(ticks)) == ticks


@pytest.mark.parametrize(
    "text",
    [
        "2022-10-05 00:00:00",
        "2022-10-05T00:00:00Z",
        "2022-10-05T00:00:00.0000000Z",
        "2022-10-05T02:00:00+02:00",
        " 2022-10-05 00:00:00 ",
    ],
)
def test_a_query_may_write_a_time_in_several_ways(text: str) -> None:
    """A blank or a T, with or without zone and fraction: all mean the same instant, in UTC by default."""
    assert from_ticks(parse_ticks(text)) == datetime(2022, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2022-10-05", "2022-13-05 00:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match=r"is no time|month"):
        parse_ticks(text)


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(0), "00:00:00"),
        (timedelta(hours=13, minutes=15, seconds=54, milliseconds=900), "13:15:54"),
        (timedelta(days=1, hours=12, minutes=44, seconds=26), "1.12:44:26"),
        (timedelta(days=8170, hours=12, minutes=32, seconds=4), "8170.12:32:04"),
    ],
)
def test_spans_have_a_dotted_day(duration: timedelta, written: str) -> None:
    """A .NET TimeSpan writes whole days before a dot, and none when there is none."""
    assert write_span(duration // timedelta(microseconds=1) * 10) == written


def test_energy_reads_like_a_32_bit_float() -> None:
    """62,832,631 milli-Wh read 62.83263 kWh in the log, as the real charger's do."""
    assert as_energy_kwh(62_832_631) == 62.83263


@given(st.floats(0, 1e6, width=32))
def test_shortened_floats_are_the_same_float(number: float) -> None:
    """The short decimal has the same 32 bits."""
    assert struct.pack("<f", as_single(number)) == struct.pack("<f", number)
