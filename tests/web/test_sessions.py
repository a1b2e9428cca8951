"""`/api/v1/sessions` over a real socket and a real store."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import timedelta
from pathlib import Path

from bridge.types.export import SESSION_COLUMNS, with_local_columns
from tests.web.scene import NOW, card, furnish, running, session


def test_sessions_come_newest_first_with_every_column(tmp_path: Path) -> None:
    """The answer has the published columns, the running session on top, and says that it is complete."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            await furnish(site)
            body = (await site.http.get("/api/v1/sessions")).json()

        rows = body["sessions"]
        assert [tuple(row) for row in rows[:2]] == [SESSION_COLUMNS] * 2
        starts = [row["started_at"] for row in rows]
        assert starts == sorted(starts, reverse=True)
        assert (rows[0]["session_id"], rows[0]["ended_at"]) == ("900", None)
        assert body["complete"] is True

    asyncio.run(scene())


def test_a_session_belongs_to_the_time_in_which_it_began_unless_overlap_is_asked_for(tmp_path: Path) -> None:
    """Months never count a session twice; a graph's table may ask for all that touch it, each once."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            long = session(1, NOW - timedelta(days=100), 24 * 70)
            early = session(2, NOW - timedelta(days=95))
            late = session(3, NOW - timedelta(days=1))
            await site.desk.run(lambda s: s.put_sessions("garage", [long, early, late], NOW))
            since = (NOW - timedelta(days=90)).strftime("%Y-%m-%d")
            begun = (await site.http.get(f"/api/v1/sessions?from={since}")).json()
            touching = (await site.http.get(f"/api/v1/sessions?from={since}&match=overlapping")).json()
            wrong = await site.http.get("/api/v1/sessions?match=some")

        assert [row["session_id"] for row in begun["sessions"]] == ["3"]
        assert [row["session_id"] for row in touching["sessions"]] == ["3", "1"]
        assert (wrong.status_code, "started, overlapping" in wrong.text) == (400, True)

    asyncio.run(scene())


def test_csv_has_local_time_and_defused_text(tmp_path: Path) -> None:
    """The CSV adds local columns and hands no formula to a spreadsheet."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            row = session(7, NOW - timedelta(hours=5), user='=HYPERLINK("http://x")')
            await site.desk.run(lambda s: s.put_sessions("garage", [row], NOW))
            answer = await site.http.get("/api/v1/sessions?format=csv")

        reader = csv.DictReader(io.StringIO(answer.text))
        (line,) = list(reader)
        assert tuple(reader.fieldnames or ()) == with_local_columns(SESSION_COLUMNS)
        assert line["user"].startswith("'=")
        assert (line["started_at"], line["started_local"]) == ("2026-06-18T14:52:30Z", "2026-06-18 16:52:30")
        assert "sessions.csv" in answer.headers["content-disposition"]

    asyncio.run(scene())


def test_only_the_charger_asked_for(tmp_path: Path) -> None:
    """Sessions of other chargers stay out."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            card(site.board, "yard")
            for number, charger in enumerate(["garage", "yard"]):
                row = session(number, NOW - timedelta(hours=5))
                await site.desk.run(lambda s, c=charger, r=row: s.put_sessions(c, [r], NOW))  # type: ignore[misc] # mypy infers no lambda with defaults
            body = (await site.http.get("/api/v1/sessions?charger=yard")).json()

        assert [(row["charger"], row["session_id"]) for row in body["sessions"]] == [("yard", "1")]

    asyncio.run(scene())


def test_without_chargers_there_are_no_sessions(tmp_path: Path) -> None:
    """A bridge without chargers answers an empty list, not an error."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            assert (await site.http.get("/api/v1/sessions")).json()["sessions"] == []
            assert (await site.http.get("/api/v1/power")).json()["rows"] == []

    asyncio.run(scene())
