"""Instants and lengths of time as .NET writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.etrel.times import parse_instant, parse_timespan_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("13:15:54", 47_754.0),
        ("1.12:44:26", 132_266.0),
        ("8170.12:32:04", 705_933_124.0),
        ("11.17:02:14", 1_011_734.0),
        ("00:00:00.0000001", 1e-7),
        ("00:00:01.5", 1.5),
        ("-00:00:02", -2.0),
        ("-1.00:00:00.25", -86_400.25),
    ],
)
def test_a_timespan_becomes_seconds(text: str, seconds: float) -> None:
    """[-][d.]hh:mm:ss[.fffffff] is read in all its forms, the dotted days among them."""
    assert parse_timespan_s(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "24:00:00", "00:60:00", "00:00:60", "1:2:3", "00:00:00.", "00:00:00.00000001", "P1D", "+00:00:01"]
)
def test_what_is_no_timespan_is_an_error(text: str) -> None:
    """A length of time in another form is an error and not 0."""
    with pytest.raises(ValueError, match="looks like"):
        parse_timespan_s(text)


@given(st.timedeltas(min_value=timedelta(days=-99_999), max_value=timedelta(days=99_999)))
def test_every_timespan_comes_back(span: timedelta) -> None:
    """Any length of time written as .NET writes it is read back to the microsecond."""
    sign, plain = ("-", -span) if span < timedelta(0) else ("", span)
    minutes, seconds = divmod(plain.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{sign}{plain.days}.{hours:02}:{minutes:02}:{seconds:02}.{plain.microseconds:06}0"
    assert parse_timespan_s(text) == pytest.approx(span.total_seconds(), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-10-06T20:06:24.0617736Z", datetime(2022, 10, 6, 20, 6, 24, 61_773, UTC)),
        ("2022-10-07T09:22:18.738429Z", datetime(2022, 10, 7, 9, 22, 18, 738_429, UTC)),
        ("2022-10-08T02:50:00+00:00", datetime(2022, 10, 8, 2, 50, tzinfo=UTC)),
        ("2022-10-08T02:50:00+02:00", datetime(2022, 10, 8, 0, 50, tzinfo=UTC)),
        ("2022-10-08T02:50:00", datetime(2022, 10, 8, 2, 50, tzinfo=UTC)),
        ("2022-10-08 02:50:00.5", datetime(2022, 10, 8, 2, 50, 0, 500_000, UTC)),
    ],
)
def test_an_instant_is_utc(text: str, instant: datetime) -> None:
    """Up to seven decimals are read and cut to microseconds; without a zone it is taken as UTC."""
    parsed = parse_instant(text)
    assert parsed == instant
    assert parsed is not None
    assert parsed.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00"])
def test_year_one_means_none(text: str) -> None:
    """The first day of year 1 stands for no instant, with or without a zone."""
    assert parse_instant(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022-10-08",
        "20221008T025000",
        "2022-W40-6T00:00:00",
        "2022-13-01T00:00:00",
        "2022-02-30T00:00:00Z",
        "2022-10-08T25:00:00Z",
        "9999-12-31T23:59:59-05:00",
        "2022-10-08T02:50:00+99:00",
        "1665197400",
    ],
)
def test_what_is_no_instant_is_an_error(text: str) -> None:
    """A time in another form, or none that exists, is a ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"instant|range|month|day|hour|offset|timedelta"):
        parse_instant(text)
