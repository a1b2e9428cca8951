"""`/api/v1/chargers` and `/health` over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from bridge.engine.board import Board, Progress, SinkCard
from bridge.errors import StoreError
from bridge.ports import Store
from bridge.types.words import ConnectorStatus, Health
from bridge.web.options import WebOptions
from bridge.web.server import WebServer
from tests.clock import FakeClock
from tests.web.scene import NOW, ZONE, Site, card, furnish, running, session, snapshot

T = TypeVar("T")


async def _first(site: Site) -> dict[str, Any]:
    answer = await site.http.get("/api/v1/chargers")
    assert answer.status_code == 200, answer.text
    entry: dict[str, Any] = answer.json()["chargers"][0]
    return entry


def test_a_charging_charger_tells_everything_a_card_needs(tmp_path: Path) -> None:
    """Identity, health, power, the running session and its start are in one entry."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            await furnish(site, days=2)
            body = (await site.http.get("/api/v1/chargers")).json()

        assert (body["site"], body["zone"], body["store_error"]) == ("home", "Europe/Zurich", None)
        garage, yard = body["chargers"]
        assert garage["identity"]["model"] == "INCH Pro"
        assert (garage["health"], garage["error"]) == ("normal", None)
        assert garage["last_heard_at"] == "2026-06-18T19:52:26Z"
        assert garage["measures"] == ["connector1", "cluster", "building"]
        assert garage["backfill"] == {"done": 34, "total": 100, "percent": 34}
        (connector,) = garage["connectors"]
        assert (connector["status"], connector["power_w"]) == ("Charging", 10_688.0)
        assert (connector["session_id"], connector["session_energy_wh"]) == ("900", 27_300.0)
        assert connector["session_started_at"] == "2026-06-18T17:18:30Z"
        assert (yard["health"], yard["health_since"]) == ("communication_fault", "2026-06-18T19:15:30Z")
        assert "192.168.1.21" in yard["error"]

    asyncio.run(scene())


def test_the_last_sessions_energy_is_not_told_as_this_ones(tmp_path: Path) -> None:
    """A free charger still shows its last session's register; the answer gives null instead."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            (connector,) = (await _first(site))["connectors"]

        assert connector["power_w"] == 0.0
        assert (connector["session_id"], connector["session_energy_wh"]) == (None, None)

    asyncio.run(scene())


def test_an_open_session_that_the_charger_does_not_name_is_not_its_session(tmp_path: Path) -> None:
    """A log row that was never closed is not taken for the session that runs now."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board, snapshot=snapshot(ConnectorStatus.CHARGING, session_id="35"))
            stale = session(12, NOW - timedelta(days=40), None)
            await site.desk.run(lambda s: s.put_sessions("garage", [stale], NOW))
            (connector,) = (await _first(site))["connectors"]

        assert (connector["session_id"], connector["session_started_at"]) == ("35", None)

    asyncio.run(scene())


def test_a_charger_never_heard_is_an_entry_that_says_why(tmp_path: Path) -> None:
    """Without any answer there is an entry with the error and no invented number."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board, snapshot=None, last_heard_at=None, error="nothing answers", backfill=Progress())
            entry = await _first(site)

        assert (entry["connectors"], entry["building_power_w"]) == ([], None)
        assert entry["error"] == "nothing answers"
        assert entry["sentence"].startswith("Not heard since the bridge started")
        assert entry["backfill"]["percent"] == 0

    asyncio.run(scene())


class BrokenDesk:
    """A store that cannot be read."""

    async def run(self, work: Callable[[Store], T]) -> T:
        """Fail as the store does when its disk is gone."""
        del work
        raise StoreError("store.sqlite", "disk I/O error", todo="Check the SD card")


def test_a_broken_store_leaves_the_cards_and_says_so_elsewhere() -> None:
    """The present needs no store; the past answers 503 with the store's own sentence."""

    async def scene() -> None:
        board = Board(started_at=NOW, site="home")
        card(board)
        server = WebServer(WebOptions(port=0), BrokenDesk(), board, FakeClock(NOW), ZONE, None)
        await server.start()
        try:
            async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
                cards = await http.get("/api/v1/chargers")
                power = await http.get("/api/v1/power")
        finally:
            await server.stop()

        assert cards.status_code == 200
        assert "disk I/O error" in cards.json()["store_error"]
        assert cards.json()["chargers"][0]["connectors"][0]["power_w"] == 0.0
        assert power.status_code == 503
        assert power.json()["error"] == "store.sqlite: disk I/O error. Check the SD card."

    asyncio.run(scene())


def test_health_is_ok_while_everything_goes_its_way(tmp_path: Path) -> None:
    """A single failed poll does not degrade; the answer names every charger and sink."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board, error="one poll failed")
            site.board.sinks["influxdb"] = SinkCard("influxdb", "http://influx:8086", waiting=3)
            body = (await site.http.get("/health")).json()

        assert body["status"] == "ok"
        assert body["chargers"][0]["id"] == "garage"
        assert (body["sinks"][0]["sink"], body["sinks"][0]["waiting"]) == ("influxdb", 3)

    asyncio.run(scene())


def test_health_is_degraded_by_silence_by_a_sink_and_by_a_note(tmp_path: Path) -> None:
    """Each of the three alone degrades, and the status code stays 200."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            garage = card(site.board)
            sink = site.board.sinks["influxdb"] = SinkCard("influxdb", "http://influx:8086")
            seen = [(await site.http.get("/health")).json()["status"]]
            garage.health = Health.CHARGER_FAULT
            seen.append((await site.http.get("/health")).json()["status"])
            garage.health = Health.NORMAL
            sink.error = "401"
            seen.append((await site.http.get("/health")).json()["status"])
            sink.error = None
            site.board.notes["disk"] = "the disk is full"
            last = await site.http.get("/health")

        assert seen == ["ok", "degraded", "degraded"]
        assert (last.status_code, last.json()["status"]) == (200, "degraded")
        assert last.json()["notes"] == {"disk": "the disk is full"}

    asyncio.run(scene())
