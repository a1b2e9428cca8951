from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from bridge.engine.board import Board, ChargerCard
from bridge.engine.health import HealthThresholds, HealthWatch
from bridge.errors import ChargerUnreachableError
from bridge.types.journal import EntryKind
from bridge.types.words import Health
from bridge.web.options import WebOptions
from bridge.web.server import WebServer
from tests.engine.fakes import Scene

MINUTE_S = 60.0


def test_silence_shows_in_health_and_journal_with_its_times(tmp_path: Path) -> None:
    """10 minutes of silence are a communication fault, 60 a charger fault, one answer ends both; each is journaled."""

    async def journey() -> None:
        scene = Scene(tmp_path)
        web = WebServer(WebOptions(port=0), scene.desk, scene.board, scene.clock, ZoneInfo("Europe/Zurich"), None)
        await web.start()
        try:
            async with httpx.AsyncClient(base_url=web.url, trust_env=False) as browser:
                began_at = scene.clock.now()
                seen = []
                await scene.poller.poll()
                for minutes in (9, 1, 49, 1):
                    await scene.clock.advance(minutes * MINUTE_S)
                    scene.health.check()
                    answer = (await browser.get("/health")).json()
                    seen.append((answer["status"], answer["chargers"][0]["health"]))
                await scene.poller.poll()
                answer = (await browser.get("/health")).json()
                seen.append((answer["status"], answer["chargers"][0]["health"]))
        finally:
            await web.stop()
        await scene.recorder.commit()
        assert seen == [
            ("ok", "normal"),
            ("degraded", "communication_fault"),
            ("degraded", "communication_fault"),
            ("degraded", "charger_fault"),
            ("ok", "normal"),
        ]
        entries = [entry for entry in scene.store.journal(0, 100) if entry.kind is EntryKind.HEALTH]
        assert [(e.body["previous"], e.body["health"], e.at - began_at) for e in entries] == [
            ("normal", "communication_fault", timedelta(minutes=10)),
            ("communication_fault", "charger_fault", timedelta(minutes=60)),
            ("charger_fault", "normal", timedelta(minutes=60)),
        ]
        scene.store.close()

    asyncio.run(journey())


def test_a_restart_makes_no_ill_charger_well(tmp_path: Path) -> None:
    """The word journaled before a restart holds, without a second entry, until the charger is heard."""

    async def journey() -> None:
        scene = Scene(tmp_path)
        await scene.clock.advance(60 * MINUTE_S)
        scene.health.check()
        await scene.recorder.commit()
        entry = scene.store.latest(EntryKind.HEALTH, "garage")[0]

        board = Board(scene.clock.now(), "home", {"garage": ChargerCard("garage", 10, "http://garage")})
        watch = HealthWatch(board, scene.recorder, scene.clock, HealthThresholds())
        watch.restore("garage", Health(entry.body["health"]), entry.at, None)
        watch.check()
        await scene.recorder.commit()
        assert board.chargers["garage"].health is Health.CHARGER_FAULT
        assert board.chargers["garage"].health_since == entry.at
        assert scene.store.latest(EntryKind.HEALTH, "garage") == [entry]
        watch.heard("garage", scene.clock.now())
        await scene.recorder.commit()
        assert scene.store.latest(EntryKind.HEALTH, "garage")[0].body["health"] == "normal"
        scene.store.close()

    asyncio.run(journey())


def test_a_failed_poll_is_no_sign_of_life(tmp_path: Path) -> None:
    """A charger that only refuses connections becomes ill as one that is silent."""

    async def journey() -> None:
        scene = Scene(tmp_path)
        await scene.poller.poll()
        await scene.clock.advance(10 * MINUTE_S)
        scene.charger.errors = [ChargerUnreachableError("garage", "refused", retry_after_s=60)]
        await scene.poller.poll()
        scene.health.check()
        assert scene.card.health is Health.COMMUNICATION_FAULT
        scene.store.close()

    asyncio.run(journey())
