"""The whole way: store, pump, client library, and a real VictoriaMetrics."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.sinks.influx import InfluxSink
from bridge.sinks.options import InfluxOptions
from tests.sinks.scene import FIRST_S, Scene, scene_in
from tests.sinks.victoria import VictoriaMetrics
from tests.sinks.write_server import Reply, Request, WriteServer, influx_error, refuse_lines


def make_sink(url: str, name: str = "influx") -> InfluxSink:
    options = InfluxOptions.model_validate({"name": name, "url": url, "bucket": "cars"})
    return InfluxSink(options, "home", None)


def power_rows(victoria: VictoriaMetrics) -> list[tuple[int, float]]:
    """Return (number of the interval, W) of connector1 as the server holds them."""
    [(labels, rows)] = victoria.export('charger_power_power_w{measure="connector1"}')
    assert labels["charger"] == "garage"
    assert labels["site"] == "home"
    return [((at_s - FIRST_S) // 300, value) for at_s, value in rows]


def expected(count: int) -> list[tuple[int, float]]:
    return [(number, float(number)) for number in range(count)]


def test_every_row_is_there_exactly_once_after_an_outage_and_a_crash(tmp_path: Path) -> None:
    """A server that is killed, loses its last seconds and stays away for an hour holds every row once in the end."""

    async def act(scene: Scene, victoria: VictoriaMetrics) -> None:
        sink = make_sink(victoria.url)
        try:
            await scene.put_power(0, 1000)
            scene.start(sink)
            await scene.until_quiet()
            assert scene.card(sink).waiting == 0
            victoria.kill()  # within the seconds that it keeps in memory only
            for number in range(1000, 1012):
                await scene.put_power(number, 1)
                await scene.wake()
                await scene.pass_time(300)
            assert scene.card(sink).waiting == 12
            assert "Connection refused" in str(scene.card(sink).error)
            await asyncio.to_thread(victoria.start)
            await scene.pass_time(120)
            assert scene.card(sink).waiting == 0
            assert scene.card(sink).error is None
            assert await asyncio.to_thread(power_rows, victoria) == expected(1012)
        finally:
            await scene.stop_all()
            await sink.aclose()

    async def run(victoria: VictoriaMetrics) -> None:
        async with scene_in(tmp_path / "store") as scene:
            await act(scene, victoria)

    with VictoriaMetrics(tmp_path / "victoria") as victoria:
        asyncio.run(run(victoria))


def test_a_crash_between_two_writes_is_repaired(tmp_path: Path) -> None:
    """A server that crashed and came back while nothing was sent holds every row once after the next write."""

    async def act(scene: Scene, victoria: VictoriaMetrics) -> None:
        sink = make_sink(victoria.url)
        try:
            await scene.put_power(0, 300)
            scene.start(sink)
            await scene.until_quiet()
            victoria.kill()
            await asyncio.to_thread(victoria.start)
            await scene.pass_time(60)
            await scene.put_power(300, 1)
            await scene.wake()
            assert await asyncio.to_thread(power_rows, victoria) == expected(301)
        finally:
            await scene.stop_all()
            await sink.aclose()

    async def run(victoria: VictoriaMetrics) -> None:
        async with scene_in(tmp_path / "store") as scene:
            await act(scene, victoria)

    with VictoriaMetrics(tmp_path / "victoria") as victoria:
        asyncio.run(run(victoria))


def test_a_poison_line_over_http(tmp_path: Path) -> None:
    """A server that answers 400 to a request with one bad line gets all the others, and the bad one is kept."""

    async def run() -> None:
        async with scene_in(tmp_path) as scene, WriteServer(refuse_lines(lambda line: "=42.0 " in line)) as server:
            sink = make_sink(server.url)
            await scene.put_power(0, 100)
            scene.start(sink)
            await scene.until_quiet()
            await scene.stop_all()
            await sink.aclose()
            assert len(server.taken) == 99
            [aside] = await scene.do(lambda store: store.set_aside("influx"))
            assert "power_w=42.0" in aside.payload
            assert "unable to parse" in aside.reason

    asyncio.run(run())


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (influx_error(401, "unauthorized"), "token"),
        (influx_error(404, 'bucket "cars" not found'), "bucket"),
        (influx_error(429, "limit", Retry_After="30"), "limit"),
        (Reply(503, "starting"), "starting"),
        (Reply(0), "broke"),
        (Reply(400, "Client sent an HTTP request to an HTTPS server."), "https"),
    ],
)
def test_trouble_over_http_is_told_and_overcome(tmp_path: Path, reply: Reply, word: str) -> None:
    """Whatever a server answers for a while, the card says what and what to do, and then every line arrives."""

    async def run() -> None:
        async with scene_in(tmp_path) as scene, WriteServer(lambda _: reply) as server:
            sink = make_sink(server.url)
            await scene.put_power(0, 10)
            scene.start(sink)
            await scene.until_quiet()
            error = str(scene.card(sink).error)
            assert word in error
            assert "1 journal entries wait" in error
            server.answer = lambda _: Reply()
            await scene.pass_time(120)
            await scene.stop_all()
            await sink.aclose()
            assert len(server.taken) == 10
            assert await scene.do(lambda store: store.count_set_aside("influx")) == 0
            assert scene.card(sink).error is None

    asyncio.run(run())


def test_a_silent_server_does_not_delay_another(tmp_path: Path) -> None:
    """Of two real sinks one never answers: the other has everything while the first still waits."""

    async def run() -> None:
        hung = asyncio.Event()

        def never(_: Request) -> Reply:
            hung.set()
            return Reply(-1)

        async with scene_in(tmp_path) as scene, WriteServer(never) as silent, WriteServer() as server:
            slow, quick = make_sink(silent.url, "slow"), make_sink(server.url, "quick")
            await scene.put_power(0, 10)
            scene.start(slow)
            async with asyncio.timeout(5):
                await hung.wait()
            scene.start(quick)
            await scene.clock.until_parked(1)
            assert len(server.taken) == 10
            assert scene.card(slow).delivered_points == 0
            await scene.stop_all()
            await slow.aclose()
            await quick.aclose()

    asyncio.run(run())
