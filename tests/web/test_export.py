"""The rows that API and export share."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.types.export import (
    BUCKET_COLUMNS,
    POWER_COLUMNS,
    SESSION_COLUMNS,
    bucket_row,
    csv_text,
    power_row,
    session_row,
    with_local,
    with_local_columns,
)
from bridge.types.series import CellState, Interval
from bridge.types.session import ChargingSession
from bridge.types.words import SessionFlag, StopReason
from tests.web.scene import session

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(("state", "word"), [(CellState.POLLED, "polled"), (CellState.FILLED, "filled")])
def test_power_row_says_where_the_value_came_from(state: CellState, word: str) -> None:
    """A power row is a half-open interval in UTC with its source in one word."""
    row = power_row("garage", "connector1", Interval(1_665_086_400, 710.41, state))

    assert tuple(row) == POWER_COLUMNS
    assert row == {
        "charger": "garage",
        "measure": "connector1",
        "start_at": "2022-10-06T20:00:00Z",
        "end_at": "2022-10-06T20:05:00Z",
        "power_w": 710.41,
        "source": word,
    }


def test_an_absent_interval_never_becomes_a_row() -> None:
    """An interval without a value cannot be exported as if it had one."""
    with pytest.raises(KeyError):
        power_row("garage", "connector1", Interval(1_665_086_400, 0.0, CellState.ABSENT))


def test_bucket_row_tells_mean_highest_and_how_much_was_measured() -> None:
    """A bucket ends where its length says and counts its intervals."""
    row = bucket_row("garage", "building", (1_665_086_400, 500.0, 900.0, 7), 3600)

    assert tuple(row) == BUCKET_COLUMNS
    assert row["end_at"] == "2022-10-06T21:00:00Z"
    assert (row["power_w"], row["max_power_w"], row["intervals"]) == (500.0, 900.0, 7)


def test_session_row_has_every_published_column_and_plain_values() -> None:
    """A session row holds only what JSON knows, under the published names in their order."""
    started_at = datetime(2022, 10, 6, 20, 6, 24, 61773, tzinfo=UTC)
    row = session_row(
        "garage",
        session(34, started_at, flags=(SessionFlag.SHORT, SessionFlag.FAULT_STOP), stop_reason=StopReason.REMOTE),
    )

    assert tuple(row) == SESSION_COLUMNS
    assert row["started_at"] == "2022-10-06T20:06:24.061773Z"
    assert row["stop_reason"] == "Remote"
    assert row["flags"] == ["short", "fault_stop"]
    assert row["duration_s"] == 7200.0


def test_a_running_session_has_neither_end_nor_duration() -> None:
    """What is not known of a running session is None and an empty cell, never a zero."""
    row = session_row("garage", session(1, datetime(2024, 1, 1, tzinfo=UTC), None, energy_wh=None))

    assert (row["ended_at"], row["duration_s"], row["energy_wh"]) == (None, None, None)
    assert csv_text(("ended_at", "duration_s", "energy_wh"), [row], header=False) == ",,\r\n"


def test_every_field_of_a_session_is_exported() -> None:
    """A field added to the session is either exported or this test says that it was forgotten."""
    assert set(ChargingSession.model_fields) <= set(SESSION_COLUMNS)


def test_local_time_stands_beside_utc_on_both_sides_of_the_change_of_clocks() -> None:
    """The hour that autumn repeats has the same local text and different UTC text."""
    first = with_local({"start_at": "2024-10-27T00:30:00Z"}, ZURICH)
    second = with_local({"start_at": "2024-10-27T01:30:00Z"}, ZURICH)

    assert first == {"start_at": "2024-10-27T00:30:00Z", "start_local": "2024-10-27 02:30:00"}
    assert second["start_local"] == first["start_local"]


def test_local_columns_follow_at_the_end() -> None:
    """Local columns never move the others."""
    assert with_local_columns(POWER_COLUMNS) == (*POWER_COLUMNS, "start_local", "end_local")
    row = with_local(power_row("garage", "cluster", Interval(0, 1.0, CellState.POLLED)), ZURICH)
    assert tuple(row) == with_local_columns(POWER_COLUMNS)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])  # noqa: RUF001 -- the wide form is meant
def test_text_that_a_spreadsheet_would_run_is_defused(start: str) -> None:
    """A card named like a formula arrives as text."""
    (cells,) = csv.reader(io.StringIO(csv_text(("user",), [{"user": f"{start}cmd()"}], header=False), newline=""))

    assert cells == [f"'{start}cmd()"]


def test_negative_numbers_stay_numbers() -> None:
    """Power that flows back is a number and gets no apostrophe."""
    assert csv_text(("power_w",), [{"power_w": -7.5}], header=True) == "power_w\r\n-7.5\r\n"


@given(st.lists(st.text(), min_size=2, max_size=5))
def test_any_text_comes_back_from_csv(texts: list[str]) -> None:
    """Whatever a charger writes into its texts, a CSV reader finds the same cells, but for the apostrophe."""
    columns = [f"column{number}" for number in range(len(texts))]
    line = csv_text(columns, [dict(zip(columns, texts, strict=True))], header=False)

    (cells,) = csv.reader(io.StringIO(line, newline=""))

    assert [cell.removeprefix("'") for cell in cells] == [text.removeprefix("'") for text in texts]
