from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from bridge.backoff import FIRST_S
from bridge.engine.board import UplinkState
from bridge.engine.supervisor import keep_running
from bridge.types.ocpp.data_transfer import DataTransferRequest, DataTransferStatus
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.transaction import TransactionPhase
from bridge.types.words import Ability, ConnectorStatus
from tests.uplink.peer.csms import Csms
from tests.uplink.station_scene import AT, CHARGER, FULL, ME, Scene, scene_at, snapshot_of

RANDOM_RANGE_S, DOUBLINGS = 5.0, 6
"""of the waits, where nobody has set others"""
STOP_LIMIT_S = 0.7
"""after which the bridge ends without those that have not ended"""
NEXT_LIMIT_S = 1.0


@asynccontextmanager
async def at_csms(folder: Path, **options: Any) -> AsyncIterator[tuple[Csms, Scene]]:
    """Give a central system and a station of a charger whose connector 1 is known."""
    async with Csms(now=lambda: AT, station_timeout_s=0.0) as csms, scene_at(folder, csms.url, **options) as scene:
        await scene.is_seen()
        yield csms, scene


async def online(csms: Csms, scene: Scene) -> None:
    """Wait until everything was told that is to be told after a boot."""
    await scene.until(lambda: scene.uplink.is_connected and csms.ledger(ME).status(1))


# --- the beginning ---------------------------------------------------------------------------------------------------


def test_a_station_waits_until_its_charger_was_heard(tmp_path: Path) -> None:
    """Before that nobody knows its connectors; then it connects at once, and tells of all of them."""

    async def act() -> None:
        async with Csms(now=lambda: AT) as csms, scene_at(tmp_path, csms.url) as scene, scene.running():
            await scene.until(lambda: scene.card.state is UplinkState.HELD)
            assert "never been heard" in (scene.card.error or "")
            await scene.clock.advance(120.0)
            assert csms.ledger(ME).connections == 0
            scene.charger.snapshot = snapshot_of(scene.clock, 1, 2)
            await scene.is_seen()
            await scene.is_seen(connector_id=2)
            await scene.until(lambda: csms.ledger(ME).status(2))
            assert (await csms.call(ME, "GetConfiguration", {"key": ["NumberOfConnectors"]}))["configurationKey"] == [
                {"key": "NumberOfConnectors", "readonly": True, "value": "2"}
            ]
            assert csms.violations == []

    asyncio.run(act())


def test_a_store_that_refuses_at_the_start_delays_the_station_and_no_more(tmp_path: Path) -> None:
    """It says why, tries again, and tells the trouble to the log once."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene):
            scene.desk.failing = FULL
            async with scene.running():
                await scene.until(lambda: scene.card.error)
                assert scene.card.error == str(FULL)
                await scene.clock.advance(60.0)
                assert csms.ledger(ME).connections == 0
                scene.desk.failing = None
                await scene.clock.advance(10.0)
                await online(csms, scene)

    asyncio.run(act())


@pytest.mark.parametrize("passed", [0, 1, 2, 3, 4])
def test_a_beginning_that_fails_halfway_is_done_again_whole(tmp_path: Path, passed: int) -> None:
    """Wherever it fails: a station that was stopped stays so, and its settings hold."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene):
            name = scene.station.outbox.station
            scene.store.put_setting(f"{name}/stopped", "1")
            scene.store.put_setting(f"{name}/key/HeartbeatInterval", "77")
            scene.desk.passed, scene.desk.failures = passed, [FULL]
            async with scene.running():
                await scene.clock.advance(30.0)
                await scene.until(lambda: scene.card.state is UplinkState.STOPPED)
                assert scene.desk.failures == []
                assert scene.station.has_begun
                assert scene.station.configuration.settings.heartbeat_interval_s == 77
                assert csms.ledger(ME).connections == 0

    asyncio.run(act())


def test_settings_can_be_asked_for_before_the_beginning(tmp_path: Path) -> None:
    """While the store refuses, whoever asks gets the settings of the config, and Offline for an answer."""

    async def act() -> None:
        async with scene_at(tmp_path, "ws://127.0.0.1:9") as scene:
            scene.desk.failing = FULL
            async with scene.running():
                keys = (await scene.charge_point.get_configuration_key(["HeartbeatInterval"])).configuration_keys
                assert [key.key for key in keys] == ["HeartbeatInterval"]
                answer = await scene.charge_point.data_transfer(DataTransferRequest(vendor_id="x"))
                assert answer.status is DataTransferStatus.OFFLINE
                assert scene.charge_point.variables() == {"is_connected": False, "charging_schedules": {}}

    asyncio.run(act())


# --- connections -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def refusing(seen: list[float], scene: list[Scene]) -> AsyncIterator[str]:
    """Give the url of a central system that is overloaded; it notes when it was asked."""

    def refuse(connection: ServerConnection, _: Request) -> Response:
        seen.append(scene[0].clock.monotonic_s())
        return connection.respond(503, "later\n")

    async def nobody(_: ServerConnection) -> None:
        return

    logger = logging.getLogger("tests.refusing")
    logger.setLevel(logging.CRITICAL)
    server = await serve(nobody, "127.0.0.1", 0, process_request=refuse, logger=logger)
    try:
        yield f"ws://127.0.0.1:{port_of(server)}"
    finally:
        server.close()
        await server.wait_closed()


def port_of(server: Server) -> int:
    """Return where it listens."""
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


def test_a_central_system_that_refuses_is_asked_less_and_less(tmp_path: Path) -> None:
    """The waits double from one second to a minute, with up to five more, and the card says what is the matter."""

    async def act() -> None:
        both = 2
        """sleepers: who follows the news, and who waits before the next attempt"""
        seen: list[float] = []
        scenes: list[Scene] = []
        async with refusing(seen, scenes) as url, scene_at(tmp_path, url) as scene:
            scenes.append(scene)
            await scene.is_seen()
            async with scene.running():
                for number in range(9):
                    await scene.until(lambda: scene.clock.parked == both)
                    assert len(seen) == number + 1
                    assert "503" in (scene.card.error or "")
                    await scene.until(lambda: len(seen) > number + 1 or scene.clock.parked < both, by_s=0.25)  # noqa: B023
            assert scene.card.state is UplinkState.CONNECTING
            waits = [after - before for before, after in pairwise(seen)]
            assert waits == [2 ** min(number, DOUBLINGS) + RANDOM_RANGE_S for number in range(len(waits))]

    asyncio.run(act())


def test_a_line_that_lasted_is_looked_for_at_once(tmp_path: Path) -> None:
    """However often it was refused before: the waits begin small again after a good connection."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene), scene.running():
            await online(csms, scene)
            for _ in range(8):  # lines that do not last make the waits long
                await csms.drop(ME)
                await scene.until(lambda: scene.card.state is UplinkState.CONNECTING and scene.card.error)
                await scene.until(lambda: scene.uplink.is_connected, by_s=1.0)
            await scene.clock.advance(61.0)
            await csms.drop(ME)
            await scene.until(lambda: scene.card.error)
            before_s = scene.clock.monotonic_s()
            await scene.until(lambda: scene.uplink.is_connected, by_s=0.25)
            assert scene.clock.monotonic_s() - before_s <= FIRST_S + RANDOM_RANGE_S + 0.5
            assert len(csms.ledger(ME).boots) == 1

    asyncio.run(act())


def test_a_line_on_which_nothing_is_answered_is_given_up(tmp_path: Path) -> None:
    """A half-open line looks alive: after three answers that did not come there is a new one."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene), scene.running():
            await online(csms, scene)
            csms.script.silence("Heartbeat", 3)
            await scene.until(lambda: csms.ledger(ME).connections == 2, by_s=10.0)
            await scene.until(lambda: scene.uplink.is_connected)
            assert len(csms.ledger(ME).boots) == 1
            assert scene.connected == [True, False, True]

    asyncio.run(act())


def test_is_connected_is_published_when_it_changes(tmp_path: Path) -> None:
    """It is true while the central system has accepted the station, as `variables` says too, and told once each."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene):
            csms.script.boot("Pending", interval_s=20)
            async with scene.running():
                await scene.until(lambda: scene.card.state is UplinkState.PENDING)
                assert (scene.connected, scene.charge_point.variables()["is_connected"]) == ([], False)
                await scene.until(lambda: scene.uplink.is_connected, by_s=5.0)
                assert (scene.connected, scene.charge_point.variables()["is_connected"]) == ([True], True)
                await csms.drop(ME)
                await scene.until(lambda: len(scene.connected) == 2)
                assert scene.charge_point.variables()["is_connected"] is False

    asyncio.run(act())


def test_one_who_listens_badly_does_not_end_the_station(tmp_path: Path) -> None:
    """A listener that raises is told of in the log, and the others hear all the same."""

    def raises(_name: str, _value: object) -> None:
        raise RuntimeError("no room")

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene), scene.running():
            scene.charge_point.subscribe(raises)
            await online(csms, scene)
            assert scene.connected == [True]

    asyncio.run(act())


# --- held ------------------------------------------------------------------------------------------------------------


def test_a_charger_that_reports_itself_holds_its_station(tmp_path: Path) -> None:
    """Also when that is seen only while it is connected; when it does so no more, the station comes back."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene), scene.running():
            await online(csms, scene)
            scene.charger.snapshot = snapshot_of(scene.clock, 1, reports_to="ws://vendor")
            await scene.until(lambda: scene.card.state is UplinkState.HELD, by_s=1.0)
            assert "ws://vendor" in (scene.card.error or "")
            await scene.until(lambda: not csms.is_connected(ME))
            await scene.clock.advance(120.0)
            assert csms.ledger(ME).connections == 1
            scene.charger.snapshot = snapshot_of(scene.clock, 1)
            await scene.until(lambda: scene.uplink.is_connected, by_s=1.0)

    asyncio.run(act())


def test_who_wants_it_so_reports_twice(tmp_path: Path) -> None:
    """With `although_charger_reports` nothing is held."""

    async def act() -> None:
        async with at_csms(tmp_path, although_charger_reports=True) as (csms, scene):
            scene.charger.snapshot = snapshot_of(scene.clock, 1, reports_to="ws://vendor")
            async with scene.running():
                await online(csms, scene)

    asyncio.run(act())


# --- stop and restart ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dies", [False, True])
def test_what_happens_while_it_is_stopped_is_told_to_nobody(tmp_path: Path, *, dies: bool) -> None:
    """What ran goes on being told, and what runs is begun; the states are those of now. So also over a restart."""

    async def before(csms: Csms) -> None:
        async with scene_at(tmp_path, csms.url) as scene, scene.running():
            await scene.is_seen(ConnectorStatus.CHARGING)
            await scene.is_seen(connector_id=2)
            await scene.charges("long", since_s=60.0)
            await scene.until(lambda: csms.ledger(ME).sessions and csms.ledger(ME).status(2))
            assert (await scene.charge_point.stop(), await scene.charge_point.stop()) == (True, False)
            await scene.until(lambda: scene.card.state is UplinkState.STOPPED and not csms.is_connected(ME))
            if not dies:
                await after(csms, scene)

    async def after(csms: Csms, scene: Scene) -> None:
        await scene.until(lambda: scene.card.state is UplinkState.STOPPED)
        await scene.clock.advance(60.0)
        await scene.charges("short", since_s=30.0, ended=True, connector_id=2)
        await scene.charge_point.security_event(SecurityEvent(type="TamperDetectionActivated", critical=True))
        await scene.is_seen(ConnectorStatus.CHARGING, 2)
        await scene.charges("new", since_s=5.0, connector_id=2)
        await scene.clock.advance(60.0)
        told = len(csms.ledger(ME).calls)
        assert (await scene.charge_point.restart(), await scene.charge_point.restart()) == (True, False)
        await scene.until(lambda: len(csms.ledger(ME).sessions) == 2 and csms.ledger(ME).status(2) == "Charging")
        assert csms.ledger(ME).calls[told][1] == "BootNotification"
        assert {record.status for record in csms.ledger(ME).statuses[2][1:]} == {"Charging"}
        await scene.clock.advance(10.0)
        (first, second) = csms.ledger(ME).sessions.values()
        assert (first.connector_id, second.connector_id) == (1, 2)
        assert (first.stop, second.stop) == (None, None)
        assert csms.ledger(ME).security_events == []
        assert csms.violations == []

    async def act() -> None:
        async with Csms(now=lambda: AT, station_timeout_s=0.0) as csms:
            await before(csms)
            if dies:
                async with scene_at(tmp_path, csms.url) as scene, scene.running():
                    await after(csms, scene)

    asyncio.run(act())


def test_what_ended_while_it_was_stopped_is_ended_after_the_restart(tmp_path: Path) -> None:
    """A transaction that the central system has begun gets its end, however late."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene), scene.running():
            session = await scene.charges("long", since_s=60.0)
            await scene.until(lambda: csms.ledger(ME).sessions)
            await scene.charge_point.stop()
            await scene.until(lambda: scene.card.state is UplinkState.STOPPED)
            await scene.clock.advance(60.0)
            await scene.ends(session)
            await scene.clock.advance(60.0)
            await scene.charge_point.restart()
            await scene.until(lambda: csms.ledger(ME).running(1) is None, by_s=1.0)
            assert csms.violations == []

    asyncio.run(act())


@asynccontextmanager
async def deaf() -> AsyncIterator[str]:
    """Give the url of a machine that takes connections and answers none."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"


def test_a_stop_does_not_wait_for_a_connection_that_is_being_made(tmp_path: Path) -> None:
    """A central system that answers half a minute later meets nobody who was stopped meanwhile."""

    async def act() -> None:
        async with deaf() as url, scene_at(tmp_path, url) as scene:
            await scene.is_seen()
            async with scene.running():
                await scene.until(lambda: scene.station.has_begun)
                await scene.clock.settle()
                assert await scene.charge_point.stop()
                await scene.until(lambda: scene.card.state is UplinkState.STOPPED)

    asyncio.run(act())


# --- credentials -----------------------------------------------------------------------------------------------------


def test_a_password_that_does_not_work_is_taken_back(tmp_path: Path) -> None:
    """After three refusals the one that worked holds again, and the central system is told so."""
    old, new = "a password of old", "another password"

    async def act() -> None:
        async with at_csms(tmp_path, security_profile=1, password=old, password_env="SECRET") as (csms, scene):
            csms.passwords = {ME: old}
            async with scene.running():
                await online(csms, scene)
                change = {"key": "AuthorizationKey", "value": new}
                assert await csms.call(ME, "ChangeConfiguration", change) == {"status": "Accepted"}
                await scene.until(lambda: scene.card.error and "401" in scene.card.error)
                await scene.until(lambda: csms.ledger(ME).connections == 2, by_s=1.0)
                await scene.until(lambda: csms.ledger(ME).security_events)
                assert "went back" in csms.ledger(ME).security_events[-1]["techInfo"]
                assert scene.store.setting(f"{scene.station.outbox.station}/key/AuthorizationKey") is None

    asyncio.run(act())


def test_a_password_that_works_stays(tmp_path: Path) -> None:
    """It is used from the next connection on, and after a restart."""
    old, new = "a password of old", "another password"

    async def act() -> None:
        async with at_csms(tmp_path, security_profile=1, password=old, password_env="SECRET") as (csms, scene):
            csms.passwords = {ME: old}
            async with scene.running():
                await online(csms, scene)
                await csms.call(ME, "ChangeConfiguration", {"key": "AuthorizationKey", "value": new})
                csms.passwords = {ME: new}
                await scene.until(lambda: csms.ledger(ME).connections == 2, by_s=1.0)
            options = {"security_profile": 1, "password": old, "password_env": "SECRET"}
            async with scene_at(tmp_path, csms.url, **options) as again, again.running():
                await again.until(lambda: csms.ledger(ME).connections == 3)

    asyncio.run(act())


def test_a_security_profile_that_does_not_work_is_taken_back(tmp_path: Path) -> None:
    """TLS where the central system speaks none: the profile before holds again."""

    async def act() -> None:
        options = {"security_profile": 1, "password": "a password of old", "password_env": "SECRET"}
        async with at_csms(tmp_path, **options) as (csms, scene), scene.running():
            await online(csms, scene)
            await csms.call(ME, "ChangeConfiguration", {"key": "SecurityProfile", "value": "2"})
            await scene.until(lambda: csms.ledger(ME).connections == 2, by_s=1.0)
            assert scene.station.configuration.settings.security_profile == 1

    asyncio.run(act())


# --- what fails ------------------------------------------------------------------------------------------------------


def test_a_store_that_refuses_for_a_while_ends_nothing(tmp_path: Path) -> None:
    """The line is given up where an answer could not be kept; then everything is told once."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene), scene.running():
            await online(csms, scene)
            csms.script.delay("StartTransaction", 0.2)
            await scene.charges("1", since_s=60.0)
            await scene.until(lambda: csms.ledger(ME).said("StartTransaction"))
            scene.desk.failing = FULL
            await scene.until(lambda: scene.card.error)
            assert (scene.uplink.is_connected, scene.card.error) == (False, str(FULL))
            await scene.clock.advance(60.0)
            scene.desk.failing = None
            await scene.until(lambda: scene.uplink.is_connected, by_s=1.0)
            await scene.until(lambda: scene.card.open_transactions == 1, by_s=1.0)
            assert (
                len({message_id for message_id, action, _ in csms.ledger(ME).calls if action == "StartTransaction"})
                == 1
            )
            assert len(csms.ledger(ME).sessions) == 1

    asyncio.run(act())


def test_a_defect_is_survived(tmp_path: Path) -> None:
    """Started again by the supervisor, the same station goes on where it was, and boots no second time."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene):
            task = asyncio.create_task(keep_running("station", scene.uplink.run, scene.clock, scene.board))
            try:
                await online(csms, scene)
                scene.desk.failing = RuntimeError("a defect")
                scene.station.following.wake()
                await scene.until(lambda: "station" in scene.board.notes)
                assert (scene.uplink.is_connected, scene.connected) == (False, [True, False])
                scene.desk.failing = None
                await scene.charges("1", since_s=5.0)
                await scene.until(lambda: csms.ledger(ME).running(1), by_s=1.0)
                assert len(csms.ledger(ME).boots) == 1
                assert csms.violations == []
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    asyncio.run(act())


def test_an_answer_counts_although_the_line_breaks_while_it_is_kept(tmp_path: Path) -> None:
    """The number of a transaction reaches the charging limits, and a refused driver is turned away."""

    async def act() -> None:
        may = (Ability.STOP_CHARGING, Ability.LIMIT_CURRENT)
        async with at_csms(tmp_path, may=may) as (csms, scene), scene.running():
            csms.script.boot("Accepted", interval_s=20)
            await online(csms, scene)
            csms.script.say("StartTransaction", {"transactionId": 4, "idTagInfo": {"status": "Blocked"}})
            name = scene.station.outbox.station
            scene.desk.hold_when = lambda store: store.transactions(name, TransactionPhase.RUNNING)
            scene.desk.held = held = asyncio.Event()
            await scene.charges("1", since_s=5.0, id_token="04AABB")
            await scene.until(lambda: scene.desk.held is None)
            await csms.drop(ME, abruptly=True)
            # heartbeats are due; one may still go out before the line is known to be broken, and the next cannot
            await scene.until(lambda: not scene.uplink.is_connected, by_s=5.0)
            held.set()
            await scene.until(lambda: [command.ability for command in scene.chargers.commands] == ["stop_charging"])

    asyncio.run(act())


def test_news_that_come_while_the_outbox_is_looked_into_are_told(tmp_path: Path) -> None:
    """They do not wait for the next sample: the clock stands still."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene), scene.running():
            await online(csms, scene)
            await scene.clock.settle()
            scene.desk.held = held = asyncio.Event()
            scene.station.has_work.set()
            await scene.until(lambda: scene.desk.held is None)
            await scene.charges("1", since_s=5.0)
            scene.station.outbox.take_news(scene.store, scene.clock.now())
            scene.station.has_work.set()
            await scene.clock.settle()
            held.set()
            await scene.until(lambda: csms.ledger(ME).running(1))

    asyncio.run(act())


# --- the end ---------------------------------------------------------------------------------------------------------


async def ends_quickly(scene: Scene, begun: asyncio.Task[None]) -> float:
    """End a station as the bridge does and return how long that took."""
    began_s = time.monotonic()
    begun.cancel()
    await asyncio.wait([begun], timeout=STOP_LIMIT_S)
    begun.cancel()  # as the event loop does with all that is left
    with suppress(asyncio.CancelledError):
        await begun
    assert not scene.uplink.is_connected
    return time.monotonic() - began_s


def test_the_end_does_not_wait_for_a_central_system_that_never_answers(tmp_path: Path) -> None:
    """A connection that is being made is given up."""

    async def act() -> None:
        async with deaf() as url, scene_at(tmp_path, url) as scene:
            await scene.is_seen()
            task = asyncio.create_task(scene.uplink.run())
            await scene.until(lambda: scene.station.has_begun)
            await scene.clock.settle()
            assert await ends_quickly(scene, task) < NEXT_LIMIT_S

    asyncio.run(act())


def test_the_end_does_not_wait_for_one_that_does_not_close(tmp_path: Path) -> None:
    """A central system that reads nothing more gets no close handshake."""
    connected = asyncio.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        connected.set()
        await connection.wait_closed()

    async def act() -> None:
        server = await serve(
            freeze, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], ping_interval=None, close_timeout=0.1
        )
        async with server, scene_at(tmp_path, f"ws://127.0.0.1:{port_of(server)}") as scene:
            await scene.is_seen()
            task = asyncio.create_task(scene.uplink.run())
            await asyncio.wait_for(connected.wait(), 10.0)
            await scene.until(lambda: scene.card.state is UplinkState.BOOTING)
            assert await ends_quickly(scene, task) < NEXT_LIMIT_S

    asyncio.run(act())


def test_the_end_does_not_wait_for_a_slow_store(tmp_path: Path) -> None:
    """What was given to it is kept, whoever waits."""

    async def act() -> None:
        async with at_csms(tmp_path) as (csms, scene):
            task = asyncio.create_task(scene.uplink.run())
            await online(csms, scene)
            scene.desk.held = asyncio.Event()
            scene.station.following.wake()
            await scene.until(lambda: scene.desk.held is None)
            assert await ends_quickly(scene, task) < NEXT_LIMIT_S
            assert CHARGER in scene.card.charger

    asyncio.run(act())
