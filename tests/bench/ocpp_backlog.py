"""Ten thousand messages that wait for a central system that was away, against the `ocpp` package with them at hand.

The package keeps nothing and makes nothing out of anything: it is given finished messages and sends one by one.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from bridge.clock import SystemClock
from bridge.engine.board import UplinkState
from bridge.ports import Store
from bridge.types.charger import ConnectorReading
from bridge.types.journal import EntryKind
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus
from tests.bench.ocpp_child import Child
from tests.bench.ocpp_package import PackagePoint
from tests.bench.ocpp_site import BEGIN_AT, CSMS, EVERY_S, MEASURANDS, Site, charger_name, reading
from tests.bench.ocpp_words import WORDS, Words
from tests.bench.rounds import NO_TARGET, Comparison, show_all

MESSAGES = 10_000
ROUNDS = 3
_OF_A_SESSION = 3
_READINGS = 12
"""of a session, all in one message"""
_APART_S = 2 * EVERY_S
_MESSAGES_OF = {
    OcppVersion.V16: ("StartTransaction", "MeterValues", "StopTransaction"),
    OcppVersion.V201: ("Started", "Updated", "Ended"),
}
_LENGTH_S = EVERY_S * _READINGS


class Session:
    """One of the sessions that wait, an hour long, with its readings."""

    def __init__(self, number: int) -> None:
        self.began_at = BEGIN_AT + timedelta(seconds=number * (_LENGTH_S + _APART_S))
        self.ended_at = self.began_at + timedelta(seconds=_LENGTH_S)
        step = number * _READINGS
        self.readings: list[tuple[datetime, ConnectorReading]] = [
            (self.began_at + timedelta(seconds=EVERY_S * (one + 1) - 5), reading(step + one + 1))
            for one in range(_READINGS)
        ]
        self.start_wh = reading(step).register_wh or 0.0
        self.stop_wh = reading(step + _READINGS).register_wh or 0.0
        self.number = number

    def as_fact(self) -> ChargingSession:
        """Return it as the charger's log tells it."""
        return ChargingSession(
            session_id=str(self.number),
            connector_id=1,
            started_at=self.began_at,
            ended_at=self.ended_at,
            meter_start_wh=self.start_wh,
            meter_stop_wh=self.stop_wh,
            id_token="04AABBCC",
        )

    def as_messages(self, words: Words) -> list[object]:
        """Return it as messages of the `ocpp` package."""
        start, stop = (self.began_at, self.start_wh), (self.ended_at, self.stop_wh)
        return words.session(self.number, start, stop, self.readings)


def _fill(store: Store, sessions: list[Session]) -> None:
    name = charger_name(0)
    body = {"connector_id": 1, "status": ConnectorStatus.AVAILABLE.value, "raw": None, "fault": None}
    store.append(EntryKind.STATUS, name, BEGIN_AT, body)
    store.put_setting(f"ocpp/{name}/{CSMS}/key/MeterValuesSampledData", MEASURANDS)
    store.put_sessions(name, [session.as_fact() for session in sessions], BEGIN_AT)
    store.put_readings(name, [row for session in sessions for row in session.readings], BEGIN_AT)


async def _measured(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Return (CPU seconds, seconds)."""
    began_s, used_s = time.monotonic(), time.process_time()
    await work()
    return time.process_time() - used_s, time.monotonic() - began_s


async def _ours(url: str, sessions: list[Session], version: OcppVersion) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), url, 1, SystemClock(), since=BEGIN_AT.date(), version=version)
        site.put(lambda store: _fill(store, sessions))

        async def drain() -> None:
            site.start()
            await site.until(
                lambda card: card.state is UplinkState.ONLINE and card.waiting + card.open_transactions == 0
            )

        try:
            return await _measured(drain)
        finally:
            await site.stop()


async def _package(url: str, messages: list[object], version: OcppVersion) -> tuple[float, float]:
    point = PackagePoint(url, 0, version)

    async def send() -> None:
        await point.start()
        for message in messages:
            await point.say(message)

    try:
        return await _measured(send)
    finally:
        await point.stop()


def measure(messages: int = MESSAGES, rounds: int = ROUNDS, version: OcppVersion = OcppVersion.V16) -> list[Comparison]:
    """Compare CPU and time of telling all; RuntimeError when not all was told."""
    sessions = [Session(number) for number in range(max(1, messages // _OF_A_SESSION))]
    words = WORDS[version]()
    ready = [message for session in sessions for message in session.as_messages(words)]
    ours, package = [], []
    with Child("ocpp_csms") as csms:
        for _ in range(rounds):
            ours.append(asyncio.run(_ours(csms.told["url"], sessions, version)))
            package.append(asyncio.run(_package(csms.told["url"], ready, version)))
        counts = csms.ask()
    expected = 2 * rounds * len(sessions)
    if any(counts.get(kind) != expected for kind in _MESSAGES_OF[version]):
        raise RuntimeError(f"{expected} of each were to be told, and it was told {counts}")
    what, name = f"{len(ready)} messages that waited", "the `ocpp` package, with finished messages"
    return [
        Comparison(f"{what}, {of}", name, unit, [one[n] for one in ours], [one[n] for one in package], NO_TARGET)
        for n, (of, unit) in enumerate((("CPU", "s of CPU"), ("time", "s")))
    ]


def main() -> bool:
    """Run it; True, since there is no target."""
    return show_all(measure())
