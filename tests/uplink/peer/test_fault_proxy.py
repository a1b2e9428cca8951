from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from bridge.types.session import ChargingSession
from tests.uplink.peer.compare import compare
from tests.uplink.peer.csms import Csms
from tests.uplink.peer.fault_plan import Fault, FaultPlan, Way
from tests.uplink.peer.fault_proxy import FaultProxy
from tests.uplink.peer.naive_station import BOOT, NaiveStation, start, stop, values

Scene = Callable[[Csms, FaultProxy, NaiveStation], Awaitable[None]]
ME = "GARAGE-1"
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


def play(scene: Scene, plan: FaultPlan | None = None, **options: Any) -> Csms:
    """Run a scene between a central system, a proxy and a booted station."""

    async def run() -> Csms:
        async with Csms(**options) as csms, FaultProxy(csms.url, plan) as proxy, NaiveStation(proxy.url) as station:
            await station.call("BootNotification", BOOT)
            await scene(csms, proxy, station)
            return csms

    return asyncio.run(run())


def test_clear_way() -> None:
    """Without faults everything passes both ways, nothing is logged but the connection, and nothing is a violation."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        assert station.connection.subprotocol == "ocpp1.6"
        await station.call("StartTransaction", start())
        assert await csms.call(ME, "ClearCache", {}) == {"status": "Accepted"}
        await station.call("StopTransaction", stop(1))
        await csms.drop(ME)
        await station.connection.wait_closed()
        assert station.connection.close_code == 1001
        await station.connect()
        await station.call("Heartbeat", {})
        await station.close()
        await csms.wait_until(lambda: not csms.is_connected(ME))
        assert proxy.counts == {}
        assert [line.partition(" ")[2] for line in proxy.log] == ["connection 1 stands", "connection 2 stands"]

    assert play(scene).violations == []


def test_password_passes() -> None:
    """The password is handed on, and so is the refusal of a wrong one."""

    async def run() -> None:
        async with Csms(passwords={ME: "secret"}) as csms, FaultProxy(csms.url) as proxy:
            with pytest.raises(InvalidStatus) as caught:
                await NaiveStation(proxy.url, password="wrong").connect()
            assert caught.value.response.status_code == 401
            async with NaiveStation(proxy.url, password="secret") as station:
                await station.call("BootNotification", BOOT)

    asyncio.run(run())


@pytest.mark.parametrize(("fault", "count"), [(Fault.CUT_BEFORE, 0), (Fault.CUT_AFTER, 1)])
def test_cut_upwards(fault: Fault, count: int) -> None:
    """A cut loses the frame or lets it arrive, and the station's connection ends without a close frame."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(fault, way=Way.UP, action="Heartbeat")
        with pytest.raises((ConnectionError, ConnectionClosed)):
            await station.call("Heartbeat", {})
        assert station.connection.close_code == 1006
        await csms.wait_until(lambda: not csms.is_connected(ME))
        assert csms.ledger(ME).heartbeats == count
        await station.connect()
        await station.call("Heartbeat", {})
        assert proxy.counts == {fault: 1}

    play(scene)


@pytest.mark.parametrize(("fault", "arrives"), [(Fault.CUT_BEFORE, False), (Fault.CUT_AFTER, True)])
def test_cut_downwards(fault: Fault, arrives: bool) -> None:  # noqa: FBT001 -- two columns of one table
    """The same with the answer: the central system has entered the message whether the station knows it or not."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(fault, way=Way.DOWN, action="Heartbeat")
        await station.send([2, "x", "Heartbeat", {}])
        await station.connection.wait_closed()
        await csms.wait_until(lambda: not csms.is_connected(ME))
        await station.connect()
        assert ([frame[1] for frame in station.taken[1:]] == ["x"]) is arrives
        assert csms.ledger(ME).heartbeats == 1

    play(scene)


def test_delay_and_duplicate() -> None:
    """A frame comes later, or twice."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(Fault.DELAY, way=Way.UP, action="Heartbeat", lasting_s=0.05)
        with pytest.raises(TimeoutError):
            await station.call("Heartbeat", {}, limit_s=0.03)
        await station.answer("GARAGE-1-2")
        proxy.order(Fault.DUPLICATE, way=Way.UP, action="Authorize")
        proxy.order(Fault.DUPLICATE, way=Way.DOWN, action="DataTransfer", skip=1)
        await station.call("Authorize", {"idTag": "x"}, "a")
        for message_id in ("b", "c"):
            await station.call("DataTransfer", {"vendorId": "v"}, message_id)
        await station.call("Heartbeat", {})
        assert Counter(frame[1] for frame in station.taken if frame[1] in "abc") == {"a": 2, "b": 1, "c": 2}
        assert len(csms.ledger(ME).said("Authorize")) == 2

    assert play(scene, lossy=True).violations == []


def test_reorder() -> None:
    """An answer waits until the next one has passed."""

    async def scene(_: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(Fault.REORDER, action="Heartbeat", lasting_s=2.0)
        await station.send([2, "first", "Heartbeat", {}])
        await station.send([2, "second", "Authorize", {"idTag": "x"}])
        await station.answer("first")
        assert [frame[1] for frame in station.taken[1:]] == ["second", "first"]

    play(scene)


def test_reorder_has_a_bound() -> None:
    """An answer that no other follows comes all the same."""

    async def scene(_: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(Fault.REORDER, lasting_s=0.01)
        await station.call("Heartbeat", {})
        assert proxy.counts == {"reorder": 1}

    play(scene)


def test_swallow() -> None:
    """A swallowed answer comes when the station has sent its next CALL; a lost one never."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(Fault.SWALLOW, action="StartTransaction", lasting_s=2.0)
        proxy.order(Fault.LOSE, action="Heartbeat")
        with pytest.raises(TimeoutError):
            await station.call("StartTransaction", start(), "old", limit_s=0.02)
        await station.call("StartTransaction", start(), "new")
        assert [frame[1] for frame in station.taken[1:]] == ["old", "new"]
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await station.call("Heartbeat", {}, "beat", limit_s=0.02)
            proxy.order(Fault.LOSE, action="Heartbeat")
        assert csms.ledger(ME).heartbeats == 2

    assert play(scene, lossy=True).violations == []


def test_call_error() -> None:
    """The station reads a CALLERROR where the central system has answered."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(Fault.CALL_ERROR, action="StartTransaction")
        assert (await station.call("StartTransaction", start()))[2] == "InternalError"
        assert csms.ledger(ME).sessions[1].start_count == 1
        assert (await station.call("StartTransaction", start()))[2]["transactionId"] == 1

    play(scene)


def test_answers_of_the_station() -> None:
    """Faults of answers befall those of the station too; they bear the action of the central system's CALL."""

    async def scene(csms: Csms, proxy: FaultProxy, _: NaiveStation) -> None:
        proxy.order(Fault.SWALLOW, way=Way.UP, action="Reset", lasting_s=2.0)
        with pytest.raises(TimeoutError):
            await csms.call(ME, "Reset", {"type": "Soft"}, 0.02)
        assert await csms.call(ME, "ClearCache", {}) == {"status": "Accepted"}
        assert proxy.orders_left == 0

    assert play(scene).violations == []


def test_half_open() -> None:
    """Half open, nothing comes and no ping is answered, and TCP stands until the bound is over."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(Fault.HALF_OPEN, way=Way.UP, action="Heartbeat", lasting_s=0.15)
        with pytest.raises(TimeoutError):
            await station.call("Heartbeat", {}, limit_s=0.03)
        pong = await station.connection.ping()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(pong), 0.03)
        assert station.connection.close_code is None
        assert csms.is_connected(ME)
        await asyncio.wait_for(station.connection.wait_closed(), 2)
        with pytest.raises(ConnectionClosed):
            await pong
        assert csms.ledger(ME).heartbeats == 0

    play(scene)


def test_refuse_and_close_port() -> None:
    """New connections are answered 503, or find no port, until the time is over or the proxy is healed."""

    async def scene(_: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.refuse()
        with pytest.raises(InvalidStatus) as caught:
            await station.connect()
        assert caught.value.response.status_code == 503
        await proxy.heal()
        await station.connect()
        proxy.close_port()
        assert (await station.call("Heartbeat", {}))[0] == 3
        with pytest.raises(OSError, match=r"refused|failed"):
            await station.connect()
        await proxy.heal()
        await station.connect()
        proxy.close_port(0.02)
        proxy.refuse(0.02)
        assert (await station.tell("Heartbeat", {}))[0] == 3

    play(scene)


def test_no_upstream() -> None:
    """Where the central system is gone the station's connection is reset; when it is back all is well."""

    async def scene(csms: Csms, _: FaultProxy, station: NaiveStation) -> None:
        await csms.stop(abruptly=True)
        await station.connection.wait_closed()
        with pytest.raises((OSError, EOFError, InvalidMessage)):
            await station.connect()
        await csms.start()
        await station.connect()
        await station.call("Heartbeat", {})

    play(scene)


def test_cut_and_freeze_at_once() -> None:
    """All connections can be cut or frozen now, and healing ends a frozen one."""

    async def scene(csms: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        assert proxy.cut() == 1
        await station.connection.wait_closed()
        await station.connect()
        await station.call("Heartbeat", {})
        assert proxy.freeze() == 1
        with pytest.raises(TimeoutError):
            await station.call("Heartbeat", {}, limit_s=0.02)
        await proxy.heal()
        await asyncio.wait_for(station.connection.wait_closed(), 2)
        await csms.wait_until(lambda: not csms.is_connected(ME))

    play(scene)


def test_healing_delivers_what_is_held() -> None:
    """Held answers go on when the proxy is healed, orders are forgotten, and the plan has no more say."""

    async def scene(_: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        proxy.order(Fault.SWALLOW, action="Heartbeat", lasting_s=60)
        proxy.order(Fault.LOSE, action="Authorize")
        with pytest.raises(TimeoutError):
            await station.call("Heartbeat", {}, "x", limit_s=0.02)
        await proxy.heal()
        await station.answer("x")
        await station.call("Authorize", {"idTag": "x"})
        assert proxy.log[-1].endswith("healed")

    play(scene)


def test_faults_have_an_end() -> None:
    """No more faults come by chance than the plan allows."""

    async def scene(_: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
        for _number in range(5):
            await station.call("Heartbeat", {})
        assert proxy.counts == {"duplicate": 3}

    play(scene, FaultPlan(duplicate=1.0, faults_at_most=3), lossy=True)


ROUGH = FaultPlan(
    cut_before=0.04,
    cut_after=0.04,
    delay=0.1,
    duplicate=0.05,
    half_open=0.01,
    reorder=0.08,
    swallow=0.08,
    lose=0.03,
    call_error=0.08,
    refuse=0.2,
    close_port=0.3,
    delay_s=0.002,
    hold_s=0.005,
    late_s=0.03,
    half_open_s=0.03,
    closed_s=0.01,
)


async def rough_run(plan: FaultPlan, counts: Counter[str]) -> list[str]:
    """Tell two sessions over a rough way; return everything that is wrong with the ledger."""
    async with Csms(lossy=True) as csms, FaultProxy(csms.url, plan) as proxy:
        station = NaiveStation(proxy.url)
        await station.tell("BootNotification", BOOT, 0.02)
        for hour in (12, 13):
            begun = f"2025-03-03T{hour}:00:00Z"
            answer = await station.tell("StartTransaction", start(timestamp=begun), 0.02)
            number = answer[2]["transactionId"]
            for minute in (5, 10):
                said = values(number, minute, 1000 + minute)
                said["meterValue"][0]["timestamp"] = f"2025-03-03T{hour}:{minute:02}:00Z"
                await station.tell("MeterValues", said, 0.02)
            await station.tell("StopTransaction", stop(number, timestamp=f"2025-03-03T{hour}:30:00Z"), 0.02)
        await proxy.heal()
        await station.tell("Heartbeat", {}, 0.02)
        await station.close()
        counts.update(proxy.counts)
        wrong = compare([session_at(0), session_at(1)], csms.ledger(ME), id_tag="HOME")
        return [*wrong, *csms.violations, *(proxy.log if wrong or csms.violations else [])]


def session_at(hour: int) -> ChargingSession:
    """Return the session that is told for this hour after noon."""
    return ChargingSession(
        session_id=f"s{hour}",
        connector_id=1,
        started_at=NOON + timedelta(hours=hour),
        ended_at=NOON + timedelta(hours=hour, minutes=30),
        meter_start_wh=1000.0,
        meter_stop_wh=3000.0,
    )


def test_patience_wins() -> None:
    """Whatever the way does, a station that repeats word for word ends with the right books; every fault comes up."""
    counts: Counter[str] = Counter()

    async def some(first: int) -> None:
        for seed in range(first, 40, 8):
            assert await rough_run(replace(ROUGH, seed=seed), counts) == [], f"seed {seed}"

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for first in range(8):
                group.create_task(some(first))

    asyncio.run(run())
    assert set(counts) == {*Fault, "refuse", "close_port"}


def test_same_seed_same_fate() -> None:
    """Each frame's fate follows from the seed, the connection and its number alone."""

    def log_of(seed: int) -> list[str]:
        lines: list[str] = []

        async def scene(_: Csms, proxy: FaultProxy, station: NaiveStation) -> None:
            for _number in range(30):
                await station.call("Heartbeat", {})
            lines.extend(line.partition(" ")[2] for line in proxy.log)

        play(scene, FaultPlan(seed, delay=0.3, duplicate=0.3, delay_s=0.002), lossy=True)
        return lines

    first = log_of(1)
    assert len(first) > 10
    assert log_of(1) == first
    assert log_of(2) != first
