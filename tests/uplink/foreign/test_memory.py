from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from bridge.clock import SystemClock
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions
from tests.uplink.foreign.payloads import BOOT, START, STOP, VALUES
from tests.uplink.foreign.plain import PlainStation, plain_station


async def _began(station: PlainStation, **changes: Any) -> int:
    _, answer = await station.ask("StartTransaction", START | changes)
    transaction_id: int = answer["transactionId"]
    return transaction_id


def test_transactions_are_kept_in_memory() -> None:
    """Ids rise from 1 over all stations; a repeated start has the id of the first, whatever its connection."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            async with plain_station(csms.url, "CP1") as one, plain_station(csms.url, "CP2") as two:
                assert [await _began(one), await _began(two), await _began(one, connectorId=2)] == [1, 2, 3]
                assert await _began(one, timestamp="2026-03-10T13:00:00.000+01:00") == 1, "the same instant"
                for change in ({"idTag": "OTHER"}, {"meterStart": 101}, {"timestamp": "2026-03-10T12:00:01Z"}):
                    assert await _began(one, **change) > 3
                await two.ask("MeterValues", VALUES)
            async with plain_station(csms.url, "CP1") as one:
                assert await _began(one) == 1
                await one.ask("MeterValues", VALUES)
                await one.ask("MeterValues", {key: VALUES[key] for key in ("connectorId", "meterValue")})
                await one.ask("StopTransaction", STOP)
                await one.ask("StopTransaction", STOP | {"meterStop": 901})
                await one.ask("MeterValues", VALUES)
                await one.ask("StopTransaction", STOP | {"transactionId": -1})
            ledger = await csms.ledger()
            first = ledger.transactions[0]
            assert (first.identity, first.transaction_id, first.starts, first.stops) == ("CP1", 1, 3, 2)
            assert (first.start, first.stop, first.meter_values) == (START, STOP, [VALUES])
            assert first.meter_values_after_stop == 1
            assert [t.transaction_id for t in ledger.transactions] == [1, 2, 3, 4, 5, 6]
            assert ledger.transactions[1].stop is None
            assert [(who, method) for who, method, _ in ledger.orphans] == [
                ("CP2", "MeterValues"),
                ("CP1", "StopTransaction"),
            ]
            await csms.forget()
            assert (await csms.ledger()).transactions == []
            assert csms.received == []

    asyncio.run(scene())


def test_a_central_system_can_be_of_the_unfriendly_kind() -> None:
    """A repeated start is answered ConcurrentTx with id 0, an unwelcome tag has id 0: neither is a transaction."""

    async def scene() -> None:
        options = CsmsOptions(repeated_start="concurrent", tags={"STOLEN": "Blocked"})
        async with ForeignCsms(options) as csms, plain_station(csms.url, "CP1") as station:
            assert await _began(station) == 1
            assert await station.ask("StartTransaction", START) == [
                3,
                {"transactionId": 0, "idTagInfo": {"status": "ConcurrentTx"}},
            ]
            assert await station.ask("StartTransaction", START | {"idTag": "STOLEN"}) == [
                3,
                {"transactionId": 0, "idTagInfo": {"status": "Blocked"}},
            ]
            assert (await station.ask("Authorize", {"idTag": "STOLEN"}))[1] == {"idTagInfo": {"status": "Blocked"}}
            assert [t.transaction_id for t in (await csms.ledger()).transactions] == [1]

    asyncio.run(scene())


def test_answers_can_be_scripted() -> None:
    """Scripts hold as often as they say, one after the other, for one station or all, until they are taken back."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            await csms.script("BootNotification", answer={"status": "Pending", "interval": 1}, times=2)
            await csms.script("BootNotification", answer={"status": "Rejected"})
            await csms.script("Heartbeat", identity="CP2", error="InternalError", times=None)
            answers = [(await station.ask("BootNotification", BOOT))[1]["status"] for _ in range(4)]
            assert answers == ["Pending", "Pending", "Rejected", "Accepted"]
            await csms.catch_up()
            assert [call.booted for call in csms.received] == [False] * 4
            assert (await station.ask("Heartbeat", {}))[0] == 3
            await csms.catch_up()
            assert csms.received[-1].booted

            refused = {"transactionId": 0, "idTagInfo": {"status": "Invalid"}}
            await csms.script("StartTransaction", answer=refused)
            await csms.script("StartTransaction", error=("InternalError", "disk full"), times=2)
            assert await station.ask("StartTransaction", START) == [3, refused]
            for _ in range(2):
                assert (await station.ask("StartTransaction", START))[:3] == [4, "InternalError", "disk full"]
            assert (await csms.ledger()).transactions == []
            assert await _began(station) == 1

            await csms.script("Heartbeat", error="GenericError", times=None)
            for _ in range(3):
                assert (await station.ask("Heartbeat", {}))[:2] == [4, "GenericError"]
            await csms.unscript("Heartbeat")
            assert (await station.ask("Heartbeat", {}))[0] == 3

            await csms.set_clock(-86_400)
            told_at = datetime.fromisoformat((await station.ask("Heartbeat", {}))[1]["currentTime"])
            assert abs(told_at + timedelta(days=1) - SystemClock().now()) < timedelta(minutes=1)
            await csms.script("Heartbeat", raw={"currentTime": "noon", "extra": [1]})
            assert await station.ask("Heartbeat", {}) == [3, {"currentTime": "noon", "extra": [1]}]

    asyncio.run(scene())


def test_answers_can_be_lost() -> None:
    """A call whose answer never comes, or whose connection is cut, is remembered unless the script says otherwise."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            async with plain_station(csms.url, "CP1") as station:
                await csms.script("StartTransaction", silent=True)
                await station.send(2, "lost", "StartTransaction", START)
                await csms.wait_for("StartTransaction")
                assert (await station.ask("Heartbeat", {}))[0] == 3, "the next call is answered, the lost one never"
                await csms.script("StartTransaction", cut=True, taken=False)
                with pytest.raises(ConnectionClosed):
                    await station.ask("StartTransaction", START | {"connectorId": 2})
                assert (await csms.wait_disconnected("CP1")).code == 1006
            [known] = (await csms.ledger()).transactions
            assert (known.transaction_id, known.start, known.starts) == (1, START, 1)
            async with plain_station(csms.url, "CP1") as station:
                await csms.script("StopTransaction", error="InternalError", taken=True)
                assert (await station.ask("StopTransaction", STOP))[:2] == [4, "InternalError"]
            assert (await csms.ledger()).transactions[0].stop == STOP

    asyncio.run(scene())


def test_calls_in_flight_are_counted() -> None:
    """A station that does not wait for a delayed answer is seen."""

    async def scene() -> None:
        async with ForeignCsms() as csms, plain_station(csms.url, "CP1") as station:
            await csms.script("Authorize", delay_s=0.5)
            await station.send(2, "slow", "Authorize", {"idTag": "HOME"})
            await station.send(2, "pushy", "Heartbeat", {})
            assert [(await station.frame())[1] for _ in range(2)] == ["pushy", "slow"]
            await csms.catch_up()
            assert [(call.method, call.in_flight) for call in csms.received] == [("Authorize", 0), ("Heartbeat", 1)]

    asyncio.run(scene())
