from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

import pytest

from bridge.central.guesses import FREE, LONGEST_S
from bridge.central.roster import Roster
from bridge.central.server import CentralServer
from bridge.central.talk import NotSentError, SilentError, Talk
from bridge.types.ocpp.version import OcppVersion
from tests.central.stations import (
    BOOT_V2,
    BOOT_V16,
    LIMIT_S,
    NOW,
    PASSWORD,
    FakeMember,
    Station,
    a_house,
    member,
    serving,
)
from tests.clock import FakeClock


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_member_comes_in_with_any_version(tmp_path: Path, version: str) -> None:
    """Its questions are answered, it can be asked, and its card says how it is connected."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene, scene.station(version=version) as station:
            await station.heartbeat()
            stand = scene.members["CP1"]
            assert stand.local_hosts == ["127.0.0.1"]
            assert stand.talks[0].version is OcppVersion(version)
            assert stand.answering.heard_count == 1
            card = scene.card
            assert (card.version, card.address, card.since, card.connections) == (version, "127.0.0.1", NOW, 1)
            assert card.error is None

    asyncio.run(scene())


def test_member_that_leaves_is_let_go(tmp_path: Path) -> None:
    """Its card says since when and why, and the next connection is counted."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene:
            async with scene.station() as station:
                await station.heartbeat()
            why = await scene.members["CP1"].until_gone()
            assert "1000" in why
            assert scene.card.version is None
            assert scene.card.address is None
            assert scene.card.error == why
            async with scene.station() as station:
                await station.heartbeat()
                assert scene.card.connections == 2
                assert scene.card.error is None

    asyncio.run(scene())


def test_unknown_identity_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With 404, and a person reads once what to do."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene:
            for _ in range(3):
                assert (await scene.refused("CP9")).response.status_code == 404
            assert (await scene.refused("..%2f")).response.status_code == 404
            assert scene.board.waiting == {}

    asyncio.run(scene())
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING and "CP9" in record.message]
    assert len(warnings) == 1
    assert "unknown: wait" in warnings[0].message


def test_password_opens_profile_1(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The right one comes in; a wrong one and none get 401, the card says why, and no log says a password."""
    caplog.set_level(logging.DEBUG)

    async def scene() -> None:
        async with serving(tmp_path, [member(profile=1, password=PASSWORD)]) as scene:
            for password in ("wrong-password-of-mine", None):
                refusal = await scene.refused(password=password)
                assert refusal.response.status_code == 401
                assert refusal.response.headers["WWW-Authenticate"].startswith("Basic ")
                assert "127.0.0.1" in str(scene.card.error)
            async with scene.station(password=PASSWORD) as station:
                await station.heartbeat()
                assert scene.card.error is None

    asyncio.run(scene())
    assert "wrong-password" not in caplog.text
    assert PASSWORD not in caplog.text


def test_profile_2_without_tls_is_refused(tmp_path: Path) -> None:
    """Even with the right password, which is as good as lost."""

    async def scene() -> None:
        async with serving(tmp_path, [member(profile=2, password=PASSWORD)]) as scene:
            assert (await scene.refused(password=PASSWORD)).response.status_code == 403
            assert "for all to read" in str(scene.card.error)

    asyncio.run(scene())


def test_wrong_passwords_slow_down_and_lock_nobody_out(tmp_path: Path) -> None:
    """After some wrong ones each waits before it is looked at; the right one comes in after that wait."""

    async def scene() -> None:
        async with serving(tmp_path, [member(profile=1, password=PASSWORD)]) as scene:
            for _ in range(FREE):
                assert (await scene.refused(password="wrong")).response.status_code == 401
            slow = asyncio.create_task(scene.refused(password="wrong"))
            await scene.clock.until_parked(1)
            at_once = await scene.refused(password=PASSWORD)
            assert at_once.response.status_code == 429
            assert at_once.response.headers["Retry-After"] == "8"
            await scene.passes(LONGEST_S)
            assert (await slow).response.status_code == 401
            right = asyncio.create_task(Station.open(scene.url(), ["ocpp1.6"], PASSWORD))
            await scene.clock.until_parked(1)
            await scene.passes(LONGEST_S)
            station = await right
            await station.heartbeat()
            await station.close()

    asyncio.run(scene())


def test_version_that_is_not_spoken_is_closed_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The handshake completes without a subprotocol [spec], and what was offered is told."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene:
            for offered in (["ocpp1.5", "ocpp1.2"], []):
                station = await Station.open(scene.url(), offered)
                assert station.connection.subprotocol is None
                assert (await station.until_closed())[0] == 1002
                await station.close()
                assert scene.members["CP1"].talks == []
            assert "no version" in str(scene.card.error)

    asyncio.run(scene())
    assert "ocpp1.5, ocpp1.2" in caplog.text


def test_stations_order_of_versions_counts(tmp_path: Path) -> None:
    """The first of those that it lists and that is spoken here."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene:
            station = await Station.open(scene.url(), ["ocpp2.0", "ocpp1.6", "ocpp2.0.1"])
            assert station.connection.subprotocol == "ocpp1.6"
            await station.close()

    asyncio.run(scene())


def test_newer_connection_wins(tmp_path: Path) -> None:
    """The older is closed, what it asks afterwards has no answer, and what it was asked is silent."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene, scene.station() as older:
            await older.heartbeat()
            stand = scene.members["CP1"]
            answers = stand.answering
            asking = asyncio.create_task(stand.talks[0].call("ClearCache", {}))
            assert (await older.hear())[2] == "ClearCache"
            answers.gate = asyncio.Event()
            answers.started.clear()
            await older.say(2, "late", "Heartbeat", {})
            await answers.started.wait()
            async with scene.station() as newer:
                await scene.until(lambda: len(stand.talks) == 2)
                assert stand.gone == ["it connected again"]
                await newer.say(2, "new", "Heartbeat", {})
                with pytest.raises(SilentError):
                    await asking
                with pytest.raises(NotSentError):
                    await stand.talks[0].call("ClearCache", {})
                answers.gate.set()
                assert (await newer.hear())[:2] == [3, "new"]
                assert answers.most_working == 1, "it is answered one question at a time, also across connections"
                async with asyncio.timeout(LIMIT_S):
                    heard = [text async for text in older.connection]
                assert heard == []
                assert older.connection.close_code == 1000
                assert older.connection.close_reason == "it connected again"
                assert scene.card.connections == 2
                assert scene.card.version == "1.6"

    asyncio.run(scene())


def test_many_connections_of_one_identity_leave_one(tmp_path: Path) -> None:
    """Twenty at once: the last that came in stands, and each other one is let go once."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene:
            opening = [Station.open(scene.url(), ["ocpp1.6"]) for _ in range(20)]
            stations = await asyncio.gather(*opening)
            stand = scene.members["CP1"]
            await stand.until_gone(19)
            assert len(stand.talks) == 20
            assert scene.server.hall.is_connected("CP1")
            await scene.until(lambda: scene.server.connections == 1)
            await asyncio.gather(*(station.close() for station in stations))
            await stand.until_gone(20)
            assert not scene.server.hall.is_connected("CP1")

    asyncio.run(scene())


# --- those who wait ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "boot", "model"), [("1.6", BOOT_V16, "One"), ("2.0.1", BOOT_V2, "Two")])
def test_unknown_station_waits(tmp_path: Path, version: str, boot: dict[str, object], model: str) -> None:
    """Its boot is Pending and tells who it is, its heartbeats have an answer, and nothing else has."""

    async def scene() -> None:
        async with serving(tmp_path, [], unknown="wait") as scene, scene.station("NEW1", version=version) as station:
            kind, _, payload = await station.ask("BootNotification", boot)
            assert kind == 3
            assert (payload["status"], payload["interval"]) == ("Pending", 60)
            await station.heartbeat()
            refused = await station.ask(
                "Authorize", {"idTag": "A"} if version == "1.6" else {"idToken": {"idToken": "A", "type": "Central"}}
            )
            assert refused[0] == 4
            assert refused[2] == "SecurityError"
            card = scene.board.waiting["NEW1"]
            assert (card.vendor_name, card.model, card.version, card.address) == ("Acme", model, version, "127.0.0.1")
            assert card.serial_number is not None
            assert not card.has_password
            assert scene.board.stations == {}

    asyncio.run(scene())


def test_accepted_station_is_sent_away_and_comes_back(tmp_path: Path) -> None:
    """With the password that it had, which is asked of it from then on."""

    async def scene() -> None:
        async with serving(tmp_path, [], unknown="wait") as scene:
            async with scene.station("NEW1", password=PASSWORD) as station:
                await station.ask("BootNotification", BOOT_V16)
                assert scene.board.waiting["NEW1"].has_password
                await scene.roster.accept("NEW1", "garage")
                code, reason = await station.until_closed()
                assert code == 1000
                assert "accepted" in reason
            assert (await scene.refused("NEW1", "another-password")).response.status_code == 401
            async with scene.station("NEW1", password=PASSWORD) as station:
                await station.heartbeat()
            card = scene.board.stations["garage"]
            assert (card.identity, card.security_profile, card.was_accepted) == ("NEW1", 1, True)

    asyncio.run(scene())


def test_turned_away_is_closed(tmp_path: Path) -> None:
    """And may come back to wait again."""

    async def scene() -> None:
        async with serving(tmp_path, [], unknown="wait") as scene:
            async with scene.station("NEW1") as station:
                await station.heartbeat()
                await scene.roster.turn_away("NEW1")
                await station.until_closed()
            async with scene.station("NEW1") as station:
                await station.heartbeat()
                assert "NEW1" in scene.board.waiting

    asyncio.run(scene())


# --- ports and the end ---------------------------------------------------------------------------------------------


def test_port_that_is_taken_is_tried_again(tmp_path: Path) -> None:
    """The page says who has to do what, and half a minute after the port is free the server is there."""

    async def scene() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with a_house(tmp_path, port=port) as house:
                server = CentralServer(house, Roster([member()], house), lambda _: FakeMember())
                job = asyncio.create_task(server.run())
                clock = house.clock
                assert isinstance(clock, FakeClock)
                await clock.until_parked(1)
                note = house.board.notes["central port"]
                assert f"another program listens on port {port}" in note
                assert "tried again every 30 s" in note
                assert server.port is None
                other.close()
                await clock.advance(30)
                async with asyncio.timeout(LIMIT_S):
                    await server.listening()
                assert server.port == port
                assert house.board.notes == {}
                station = await Station.open(f"ws://127.0.0.1:{port}/CP1", ["ocpp1.6"])
                await station.heartbeat()
                await station.close()
                job.cancel()
                await asyncio.gather(job, return_exceptions=True)
                assert server.port is None

    asyncio.run(scene())


def test_server_that_stops_closes_everybody_soon(tmp_path: Path) -> None:
    """In order where a station plays along; one that does not, and one in its handshake, hold nothing up."""

    async def scene() -> None:
        async with serving(tmp_path, [member(), member("CP2", charger="garage")]) as scene:
            polite = await Station.open(scene.url(), ["ocpp1.6"])
            deaf = await Station.open(scene.url("CP2"), ["ocpp1.6"])
            await polite.heartbeat()
            await deaf.heartbeat()
            deaf.connection.transport.pause_reading()
            reader, writer = await asyncio.open_connection("127.0.0.1", scene.server.port)
            writer.write(b"GET /ocpp/CP1 HTTP/1.1\r\n")
            await scene.until(lambda: scene.server.connections == 3)
            began_s = asyncio.get_running_loop().time()
            scene.job.cancel()
            await asyncio.gather(scene.job, return_exceptions=True)
            assert asyncio.get_running_loop().time() - began_s < LIMIT_S
            assert await polite.until_closed() == (1001, "the bridge stops")
            assert scene.server.connections == 0
            assert await reader.read() == b""
            for stand in scene.members.values():
                assert stand.gone == ["the bridge stops"]
            writer.close()
            await polite.close()
            await deaf.close()

    asyncio.run(scene())


def test_defect_of_one_station_is_no_other_stations(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where taking a connection fails it is closed and told of; everybody else goes on."""

    class Broken(FakeMember):
        def attach(self, talk: Talk, local_host: str) -> None:
            super().attach(talk, local_host)
            raise RuntimeError("a defect")

    async def scene() -> None:
        async with serving(tmp_path, [member(), member("CP2", charger="garage")]) as scene:
            scene.members["CP1"] = Broken()
            async with scene.station() as station:
                assert (await station.until_closed())[0] == 1006
            assert scene.members["CP1"].gone == ["a defect of the bridge"]
            async with scene.station("CP2") as station:
                await station.heartbeat()

    asyncio.run(scene())
    assert "please report this" in caplog.text


def test_browser_that_comes_by_is_told(tmp_path: Path) -> None:
    """What is no websocket gets an answer of HTTP, and no warning is written."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene:
            reader, writer = await asyncio.open_connection("127.0.0.1", scene.server.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(LIMIT_S):
                assert b"426" in await reader.readline()
            writer.close()

    asyncio.run(scene())
