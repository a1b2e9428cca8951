"""Stations that do what no station should, and others beside them that notice nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from bridge.central.conversation import LIMITS
from bridge.central.guesses import FREE
from bridge.central.hall import MOST_GUESTS
from bridge.central.roster import MOST_WAITING
from bridge.central.server import LARGEST_MESSAGE_BYTES
from bridge.central.talk import SilentError
from tests.central.stations import LIMIT_S, PASSWORD, SOCKET_LIMITS, Scene, Station, member, serving

BOTH = [member("GOOD", charger="garage"), member()]


@asynccontextmanager
async def beside(folder: Path, **more: Any) -> AsyncIterator[tuple[Scene, Station]]:
    """Serve a good station beside which others are not."""
    async with serving(folder, BOTH, **more) as scene, scene.station("GOOD") as good:
        await good.heartbeat()
        yield scene, good


async def raw(scene: Scene) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection and say nothing."""
    return await asyncio.open_connection("127.0.0.1", scene.server.port)


def frames(opcode: Opcode, data: bytes, count: int) -> bytes:
    """Return websocket frames of a client."""
    return Frame(opcode, data).serialize(mask=True) * count


def send_raw(station: Station, data: bytes) -> None:
    """Write past the library."""
    station.connection.transport.write(data)


class SilentProxy:
    """Passes bytes on, until it is silent: then both ends stand, and nothing comes through."""

    def __init__(self, scene: Scene) -> None:
        self.is_silent = False
        self._scene = scene
        self._ends: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve; gives the url for CP1."""
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        try:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/CP1"
        finally:
            server.close()
            for end in self._ends:
                end.transport.abort()

    async def _join(self, station: asyncio.StreamReader, to_station: asyncio.StreamWriter) -> None:
        server, to_server = await raw(self._scene)
        self._ends += [to_station, to_server]
        await asyncio.gather(self._pump(station, to_server), self._pump(server, to_station), return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await source.read(4096):
            if not self.is_silent:
                to.write(data)


def test_giant_message_is_not_taken(tmp_path: Path) -> None:
    """256 kB are, one byte more closes that connection with 1009."""

    async def scene() -> None:
        async with beside(tmp_path) as (scene, good), scene.station() as bad:
            text = json.dumps([2, "1", "DataTransfer", {"vendorId": "x", "data": ""}])
            await bad.connection.send(text + " " * (LARGEST_MESSAGE_BYTES - len(text)))
            assert (await bad.hear())[:2] == [4, "1"]
            await bad.connection.send(" " * (LARGEST_MESSAGE_BYTES + 1))
            assert (await bad.until_closed())[0] == 1009
            assert "256 kB" in await scene.members["CP1"].until_gone()
            await good.heartbeat()

    asyncio.run(scene())


def test_message_in_a_thousand_pieces_is_taken(tmp_path: Path) -> None:
    """Fragments are put together; a message of endless ones is not taken."""

    async def scene() -> None:
        async with beside(tmp_path) as (scene, good), scene.station() as bad:
            text = json.dumps([2, "1", "Heartbeat", {}])
            await bad.connection.send(list(text))
            assert (await bad.hear())[:2] == [3, "1"]
            pieces = (b"x" * 1000 for _ in range(LARGEST_MESSAGE_BYTES // 1000 + 2))
            with suppress(ConnectionClosed):
                await bad.connection.send(pieces)
            assert (await bad.until_closed())[0] == 1009
            await good.heartbeat()

    asyncio.run(scene())


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.TEXT, Opcode.BINARY])
def test_flood_of_websocket_frames_is_cut_off(tmp_path: Path, opcode: Opcode) -> None:
    """Whatever they are: the library works on each one, and others would wait."""

    async def scene() -> None:
        async with beside(tmp_path) as (scene, good), scene.station() as bad:
            bad.connection.transport.set_write_buffer_limits(high=1 << 24)
            send_raw(bad, frames(opcode, b"", 40_000))
            for _ in range(5):
                await good.heartbeat()
            await bad.until_closed()
            why = await scene.members["CP1"].until_gone()
            assert "too many websocket frames" in why or "no sense" in why
            await good.heartbeat()

    asyncio.run(scene())


def test_flood_of_questions_is_slowed(tmp_path: Path) -> None:
    """It has its burst of answers; the good station beside it has its answer at once each time."""

    async def scene() -> None:
        async with beside(tmp_path) as (scene, good), scene.station() as bad:
            for number in range(1000):
                bad.connection.transport.write(
                    frames(Opcode.TEXT, json.dumps([2, str(number), "Heartbeat", {}]).encode(), 1)
                )
            for _ in range(10):
                await good.heartbeat()
            answers = scene.members["CP1"].answering
            await scene.until(lambda: len(answers.asked) == LIMITS.burst)
            await scene.passes(1.0)
            await scene.until(lambda: len(answers.asked) >= LIMITS.burst + 1)
            assert len(answers.asked) <= LIMITS.burst + 2 * LIMITS.per_s
            await good.heartbeat()

    asyncio.run(scene())


def test_station_that_takes_nothing_is_cut_off(tmp_path: Path) -> None:
    """It asks and reads no answer: what is sent to it has a limit, and nobody else waits."""

    async def scene() -> None:
        limits = replace(SOCKET_LIMITS, send_s=0.2)
        async with beside(tmp_path, socket_limits=limits) as (scene, good), scene.station() as bad:
            answers = scene.members["CP1"].answering
            answers.reply = {"status": "Accepted", "data": "x" * 100_000}
            bad.connection.transport.pause_reading()
            question = json.dumps([2, "%d", "DataTransfer", {"vendorId": "x"}])
            for number in range(90):
                await bad.connection.send(question % number)
            await good.heartbeat()
            assert "took nothing" in await scene.members["CP1"].until_gone()
            await good.heartbeat()

    asyncio.run(scene())


def test_half_open_line_is_found(tmp_path: Path) -> None:
    """Behind a router that forgot the connection nothing comes, not even its end: a ping finds out."""

    async def scene() -> None:
        async with beside(tmp_path) as (scene, good):
            proxy = SilentProxy(scene)
            async with proxy.serving() as url:
                lost = await Station.open(url, ["ocpp1.6"])
                await lost.heartbeat()
                proxy.is_silent = True
                call = asyncio.create_task(scene.members["CP1"].talks[0].call("ClearCache", {}, limit_s=600))
                await scene.passes(29)
                await good.heartbeat()
                await scene.passes(30)
                await good.heartbeat()
                assert scene.members["CP1"].gone == []
                await scene.passes(2)
                assert "no ping" in await scene.members["CP1"].until_gone()
                with pytest.raises(SilentError):
                    await call
                assert scene.members["GOOD"].gone == []
                await good.heartbeat()
                await lost.close()

    asyncio.run(scene())


def test_those_who_open_and_say_nothing_keep_nobody_out(tmp_path: Path) -> None:
    """Three hundred connections without a handshake: a station comes in all the same, and the oldest were dropped."""

    async def scene() -> None:
        limits = replace(SOCKET_LIMITS, most_visitors=50, most_connections=100)
        async with beside(tmp_path, socket_limits=limits) as (scene, good):
            lorises = []
            for number in range(300):
                reader, writer = await raw(scene)
                writer.write(b"GET /CP1 HTTP/1.1\r\nHost: x\r\n"[: number % 30])
                lorises.append((reader, writer))
            async with scene.station() as station:
                await station.heartbeat()
            await good.heartbeat()
            assert scene.server.connections <= 60
            assert await lorises[0][0].read() == b""
            for _, writer in lorises:
                writer.transport.abort()

    asyncio.run(scene())


def test_handshake_has_a_limit(tmp_path: Path) -> None:
    """A header a second does not keep a connection."""

    async def scene() -> None:
        async with beside(tmp_path, socket_limits=replace(SOCKET_LIMITS, open_s=0.2)) as (scene, good):
            reader, writer = await raw(scene)
            writer.write(b"GET /CP1 HTTP/1.1\r\n")
            async with asyncio.timeout(LIMIT_S):
                assert await reader.read() == b""
            writer.close()
            await good.heartbeat()

    asyncio.run(scene())


def test_connections_are_bounded(tmp_path: Path) -> None:
    """One more than there may be is closed at once, and there is room again when one has gone."""

    async def scene() -> None:
        limits = replace(SOCKET_LIMITS, most_connections=2)
        async with beside(tmp_path, socket_limits=limits) as (scene, good):
            async with scene.station() as station:
                await station.heartbeat()
                reader, writer = await raw(scene)
                assert await reader.read() == b""
                writer.close()
                await good.heartbeat()
            await scene.until(lambda: scene.server.connections == 1)
            async with scene.station() as station:
                await station.heartbeat()

    asyncio.run(scene())


@pytest.mark.parametrize("unknown", ["refuse", "wait"])
def test_two_hundred_strangers_are_bounded(tmp_path: Path, unknown: str) -> None:
    """Refused, or so many of them wait; the list has an end, and the good station its answers."""

    async def scene() -> None:
        async with beside(tmp_path, unknown=unknown) as (scene, good):

            async def come(number: int) -> Station | None:
                try:
                    return await Station.open(scene.url(f"STRANGER{number}"), ["ocpp1.6"])
                except Exception:  # noqa: BLE001 -- refused in whatever way
                    return None

            came: list[Station | None] = []
            for number in range(0, 200, 20):
                came.extend(await asyncio.gather(*(come(number + more) for more in range(20))))
                await good.heartbeat()
            most = MOST_GUESTS if unknown == "wait" else 0
            await scene.until(lambda: scene.server.connections <= most + 1)
            assert len(scene.board.waiting) == (MOST_WAITING if unknown == "wait" else 0)
            await asyncio.gather(*(station.close() for station in came if station is not None))
            await good.heartbeat()

    asyncio.run(scene())


def test_guessing_over_many_connections_gains_nothing(tmp_path: Path) -> None:
    """Fifty at once: few are looked at, and a station elsewhere comes in with its password at once."""

    async def scene() -> None:
        members = [member(profile=1, password=PASSWORD), member("GOOD", 1, PASSWORD, "garage")]
        async with serving(tmp_path, members) as scene:
            for _ in range(FREE):
                await scene.refused(password="wrong")
            guesses = [asyncio.create_task(scene.refused(password=f"wrong {number}")) for number in range(50)]
            await scene.until(lambda: sum(guess.done() for guess in guesses) == 49)
            async with scene.station("GOOD", password=PASSWORD) as station:
                await station.heartbeat()
            await scene.passes(10)
            codes = [(await guess).response.status_code for guess in guesses]
            assert (codes.count(429), codes.count(401)) == (49, 1)

    asyncio.run(scene())


ODD_REST = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ,,;;\x01\r\n\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
        b"GET /CP1\r\n\r\n",
        b"POST /CP1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        b"GET /CP1 HTTP/1.1\r\nSec-WebSocket-Key: x\r\nAuthorization: Basic \xff\xfe\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /CP1 HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"GET /CP1 HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + ODD_REST,
        b"GET http://[::1 HTTP/1.1\r\nSec-WebSocket-Key: x\r\n\r\n",
        bytes(range(1, 256)) * 4,
    ],
)
def test_what_is_no_handshake_is_turned_away(
    tmp_path: Path, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """With a status or with the end of the connection, and never with a trace in the log."""

    async def scene() -> None:
        async with beside(tmp_path) as (scene, good):
            reader, writer = await raw(scene)
            writer.write(request_bytes)
            writer.write_eof()
            async with asyncio.timeout(LIMIT_S):
                answer = b""
                with suppress(ConnectionResetError):
                    answer = await reader.read()
            assert b" 101 " not in answer.partition(b"\n")[0]
            writer.close()
            await good.heartbeat()

    asyncio.run(scene())
    assert "Traceback" not in caplog.text
    assert "report this" not in caplog.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
ACTIONS = st.sampled_from(["Heartbeat", "BootNotification", "MeterValues", "StartTransaction", "Reset", "", "Ä"])
FRAMES = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60),
    JSON.map(json.dumps),
    st.tuples(st.integers(0, 9), st.text(max_size=40), ACTIONS, JSON).map(json.dumps),
    st.tuples(st.sampled_from([2, 3, 4]), st.sampled_from(["1", "2", "asked"]), JSON, JSON).map(json.dumps),
    st.tuples(st.integers(2, 4), st.integers(), ACTIONS, JSON, JSON).map(json.dumps),
)


@settings(max_examples=25)
@given(said=st.lists(FRAMES, max_size=30), version=st.sampled_from(["1.6", "2.0.1", "2.1"]))
def test_whatever_a_station_says_the_server_lives(
    tmp_path_factory: pytest.TempPathFactory, said: list[str | bytes], version: str
) -> None:
    """After any frames a question is answered on the same connection, and another station noticed nothing."""

    async def scene() -> None:
        async with beside(tmp_path_factory.mktemp("fuzz")) as (scene, good), scene.station(version=version) as bad:
            call = asyncio.create_task(scene.members["CP1"].talks[0].call("ClearCache", {}))
            for frame in said:
                await bad.connection.send(frame)
            await bad.say(2, "the last one", "Heartbeat", {})
            async with asyncio.timeout(LIMIT_S):
                answer = await bad.hear()
                while answer[1] != "the last one":
                    answer = await bad.hear()
            assert answer[0] == 3
            await good.heartbeat()
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)

    asyncio.run(scene())


def test_replayed_questions_are_worked_on_once(tmp_path: Path) -> None:
    """The same frame again has the same answer; on another connection it is another question [spec]."""

    async def scene() -> None:
        async with serving(tmp_path, [member()]) as scene:
            asked = scene.members["CP1"].answering.asked
            async with scene.station() as station:
                answers = [await station.ask("Heartbeat", message_id="same") for _ in range(5)]
                assert answers == [answers[0]] * 5
                assert len(asked) == 1
            async with scene.station() as station:
                await station.ask("Heartbeat", message_id="same")
                assert len(asked) == 2

    asyncio.run(scene())
