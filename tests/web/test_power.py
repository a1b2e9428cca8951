"""`/api/v1/power` over a real socket and a real store."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.types.series import CellState, IntervalBatch
from bridge.types.words import Health
from bridge.web.resolution import MAX_JSON_ROWS
from tests.web.scene import NOW, Site, card, furnish, keep_hours, running

ROW_START = int(NOW.timestamp()) // 300 * 300


async def _get(site: Site, query: str = "") -> dict[str, Any]:
    answer = await site.http.get(f"/api/v1/power{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_last_day_is_answered_raw(tmp_path: Path) -> None:
    """Without parameters the answer is the last 24 h in 5-minute rows with their source."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            await site.desk.run(lambda s: keep_hours(s, "garage", 48, state=CellState.FILLED))
            body = await _get(site)

        assert body["resolution_s"] == 300
        # 24 h until now touch 289 intervals; the one that runs now has no row yet.
        assert len(body["rows"]) == 288
        assert body["rows"][0] == {
            "charger": "garage",
            "measure": "connector1",
            "start_at": "2026-06-17T19:50:00Z",
            "end_at": "2026-06-17T19:55:00Z",
            "power_w": 1000.0,
            "source": "filled",
        }
        assert (body["gaps"], body["gaps_complete"]) == ([], True)

    asyncio.run(scene())


def test_a_long_time_is_answered_in_buckets_with_mean_and_highest(tmp_path: Path) -> None:
    """A month comes in buckets of half an hour; zeros count, missing intervals do not."""
    start = ROW_START // 1800 * 1800 - 7200

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            batch = IntervalBatch([start, start + 300, start + 600], {"connector1": [0.0, 3000.0, None]})
            await site.desk.run(lambda s: s.put_intervals("garage", batch, CellState.POLLED, NOW))
            since = (NOW - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")
            body = await _get(site, f"?from={since}")

        assert body["resolution_s"] == 1800
        (row,) = body["rows"]
        assert (row["power_w"], row["max_power_w"], row["intervals"]) == (1500.0, 3000.0, 2)

    asyncio.run(scene())


def test_gaps_are_listed_with_their_reason_and_never_as_rows(tmp_path: Path) -> None:
    """Absent, missing and silent stretches are gaps; no row and no zero stands in for them."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board, health=Health.COMMUNICATION_FAULT, last_heard_at=NOW - timedelta(hours=1))
            earlier = NOW - timedelta(hours=3)
            await site.desk.run(lambda s: keep_hours(s, "garage", 2, until=earlier))
            await site.desk.run(
                lambda s: s.put_absent("garage", ["connector1"], ROW_START - 3 * 3600, ROW_START - 2 * 3600)
            )
            body = await _get(site, "?from=2026-06-18T14:50:00Z&to=2026-06-18T20:00:00Z")

        assert len(body["rows"]) == 24
        told = [(gap["from"][11:16], gap["to"][11:16], gap["reason"]) for gap in body["gaps"]]
        assert told == [
            ("16:50", "17:50", "absent"),
            ("17:50", "18:50", "missing"),
            ("18:50", "19:35", "down"),
        ]

    asyncio.run(scene())


def test_an_interval_on_its_way_is_not_a_gap(tmp_path: Path) -> None:
    """The newest intervals may take a few minutes to arrive; until then nobody calls them missing."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            await site.desk.run(lambda s: keep_hours(s, "garage", 24.5, until=NOW - timedelta(minutes=10)))
            assert (await _get(site))["gaps"] == []

    asyncio.run(scene())


def test_csv_streams_the_same_rows_with_local_time(tmp_path: Path) -> None:
    """CSV has the rows of JSON, however many days they span, and local columns at the end."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            await site.desk.run(lambda s: keep_hours(s, "garage", 60))
            query = "?from=2026-06-10&to=2026-06-19"
            body = await _get(site, f"{query}&resolution=5min")
            answer = await site.http.get(f"/api/v1/power{query}&resolution=5min&format=csv")
            accepted = await site.http.get(f"/api/v1/power{query}&resolution=5min", headers={"accept": "text/csv"})

        assert answer.headers["content-type"].startswith("text/csv")
        assert "power.csv" in answer.headers["content-disposition"]
        assert accepted.text == answer.text
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == len(body["rows"]) == 60 * 12
        for given, row in zip(body["rows"], rows, strict=True):
            assert {key: str(value) for key, value in given.items()} == {key: row[key] for key in given}
        assert (rows[0]["start_at"], rows[0]["start_local"]) == ("2026-06-16T07:50:00Z", "2026-06-16 09:50:00")

    asyncio.run(scene())


def test_the_question_chooses_chargers_and_measures(tmp_path: Path) -> None:
    """Only what was named is answered; a measure that a charger does not have is simply not there."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            await furnish(site, days=2)
            one = await _get(site, "?charger=yard&measure=connector1,building")
            two = await _get(site, "?charger=garage,yard&measure=cluster")

        assert {(row["charger"], row["measure"]) for row in one["rows"]} == {("yard", "connector1")}
        assert {(row["charger"], row["measure"]) for row in two["rows"]} == {("garage", "cluster")}

    asyncio.run(scene())


def test_a_charger_that_was_removed_from_the_config_is_still_answered(tmp_path: Path) -> None:
    """What is kept stays readable, even when the charger is configured no more."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            await site.desk.run(lambda s: keep_hours(s, "old", 1))
            assert len((await _get(site, "?charger=old"))["rows"]) == 12

    asyncio.run(scene())


def test_too_many_rows_for_json_are_refused_with_a_way_out(tmp_path: Path) -> None:
    """An answer that would be too large says so and names CSV, which has no bound."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            await site.desk.run(lambda s: keep_hours(s, "garage", 1))
            query = "/api/v1/power?from=2025-01-01&resolution=5min"
            refused = await site.http.get(query)
            streamed = await site.http.get(f"{query}&format=csv")

        assert refused.status_code == 400
        assert str(MAX_JSON_ROWS) in refused.json()["allowed"]
        assert "format=csv" in refused.json()["error"]
        assert streamed.text.count("\r\n") == 13

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("query", "parameter", "expected"),
    [
        ("from=yesterday", "from", "«yesterday»"),
        ("from=2026-06-18T10:00:00", "from", "2022-10-06T20:06:24Z"),
        ("to=1999-01-01", "to", "2000 to 2099"),
        ("from=2026-06-18&to=2026-06-18", "from", "before to"),
        ("resolution=7min", "resolution", "15min"),
        ("resolution=0", "resolution", "auto"),
        ("measure=voltage", "measure", "building"),
        ("charger=nobody", "charger", "garage"),
        ("format=xml", "format", "csv"),
        ("format=csv&format=json", "format", "once"),
        ("form=csv", "form", "resolution"),
    ],
)
def test_a_bad_parameter_is_answered_with_its_name_what_was_seen_and_what_is_allowed(
    tmp_path: Path, query: str, parameter: str, expected: str
) -> None:
    """A wrong question is 400 with a sentence that is enough to put it right."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            answer = await site.http.get(f"/api/v1/power?{query}")

        assert answer.status_code == 400
        assert answer.json()["parameter"] == parameter
        assert expected in answer.json()["error"]

    asyncio.run(scene())


def test_an_offset_whose_plus_the_url_lost_is_understood(tmp_path: Path) -> None:
    """`+02:00` arrives as ` 02:00` when nobody escaped it, and means the same."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            body = await _get(site, "?from=2026-06-18T12:00:00+02:00&to=2026-06-18T13:00:00%2B02:00")

        assert (body["from"], body["to"]) == ("2026-06-18T10:00:00Z", "2026-06-18T11:00:00Z")

    asyncio.run(scene())


def test_the_future_is_cut_off(tmp_path: Path) -> None:
    """Asking for tomorrow is no error, and tomorrow is neither a row nor a gap."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            await site.desk.run(lambda s: keep_hours(s, "garage", 24.5))
            body = await _get(site, "?from=2030-01-01&to=2030-01-02")
            partly = await _get(site, "?to=2030-01-01&from=2026-06-18T12:00:00Z")

        assert (body["rows"], body["gaps"]) == ([], [])
        assert (partly["to"], partly["gaps"]) == ("2026-06-18T19:55:00Z", [])

    asyncio.run(scene())
