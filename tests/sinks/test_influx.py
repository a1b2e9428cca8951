from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from influxdb_client.rest import ApiException
from pydantic import SecretStr, ValidationError

from bridge.errors import (
    SinkBusyError,
    SinkError,
    SinkRefusedError,
    SinkRejectedError,
    SinkUnavailableError,
)
from bridge.sinks.influx import InfluxSink
from bridge.sinks.influx_answers import translate
from bridge.sinks.options import InfluxOptions
from tests.sinks.victoria import VictoriaMetrics, free_port
from tests.sinks.write_server import Reply, Request, WriteServer, influx_error

TOKEN = "s3cret-token"
LINE = "charger_power,charger=garage power_w=1.5 1740830400"


def make_sink(url: str, *, timeout: str = "10s") -> InfluxSink:
    options = InfluxOptions.model_validate({"url": url, "org": "me", "bucket": "cars", "timeout": timeout})
    return InfluxSink(options, "home", SecretStr(TOKEN))


def with_server(
    answer: Callable[[Request], Reply], work: Callable[[InfluxSink, WriteServer], Awaitable[None]], **options: str
) -> None:
    async def scene() -> None:
        async with WriteServer(answer) as server:
            sink = make_sink(server.url, **options)
            try:
                await work(sink, server)
            finally:
                await sink.aclose()

    asyncio.run(scene())


def error_of(reply: Reply) -> SinkError:
    """Return what a write raises when this is the answer."""
    caught: list[SinkError] = []

    async def work(sink: InfluxSink, _: WriteServer) -> None:
        with pytest.raises(SinkError) as raised:
            await sink.write([LINE])
        caught.append(raised.value)

    with_server(lambda _: reply, work)
    return caught[0]


def test_a_write_carries_bucket_precision_token_and_lines() -> None:
    """One write is one request with everything the server needs and the lines as they are."""

    async def work(sink: InfluxSink, server: WriteServer) -> None:
        await sink.write([LINE, LINE + "1"])
        [request] = server.requests
        assert (request.method, request.path) == ("POST", "/api/v2/write")
        assert request.query == {"org": ["me"], "bucket": ["cars"], "precision": ["s"]}
        assert request.headers["authorization"] == f"Token {TOKEN}"
        assert request.lines == [LINE, LINE + "1"]

    with_server(lambda _: Reply(), work)


def test_a_new_connection_is_noticed() -> None:
    """The sink tells when it had to connect anew, which is how a restart of the server shows."""

    async def work(sink: InfluxSink, server: WriteServer) -> None:
        assert await sink.write([LINE])
        assert not await sink.write([LINE])
        await server.stop()
        await server.start()
        assert await sink.write([LINE])
        assert server.connections == 2

    with_server(lambda _: Reply(), work)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_refusals_wait_for_a_person(status: int) -> None:
    """Wrong token, right or bucket is a refusal with the server's own words and something to do."""
    error = error_of(influx_error(status, "unauthorized access"))
    assert isinstance(error, SinkRefusedError)
    assert "unauthorized access" in error.seen
    assert str(status) in error.seen
    assert error.todo


@pytest.mark.parametrize("status", [400, 413, 422])
def test_rejections_concern_the_data(status: int) -> None:
    """What the database itself calls bad data is a rejection with its reason."""
    error = error_of(influx_error(status, "field type conflict"))
    assert isinstance(error, SinkRejectedError)
    assert "field type conflict" in error.seen


def test_a_400_that_is_not_the_databases_sets_nothing_aside() -> None:
    """A TLS port answers 400 to plain HTTP: that is a wrong url and not bad data."""
    error = error_of(Reply(400, "Client sent an HTTP request to an HTTPS server."))
    assert isinstance(error, SinkRefusedError)
    assert "HTTPS" in error.seen


def test_a_429_is_patience_with_its_time() -> None:
    """A server that is busy says for how long, and is not suspected of having lost anything."""
    error = error_of(influx_error(429, "limit reached", Retry_After="42"))
    assert isinstance(error, SinkBusyError)
    assert error.retry_after_s == 42.0


@pytest.mark.parametrize("wish", ["", "soon", "-1", "inf", "nan"])
def test_a_senseless_retry_after_is_passed_over(wish: str) -> None:
    """A Retry-After that is no number of seconds counts as none."""
    error = error_of(influx_error(503, "starting", Retry_After=wish))
    assert isinstance(error, SinkUnavailableError)
    assert error.retry_after_s is None


def test_a_500_comes_from_a_server_that_runs() -> None:
    """An internal error means later, but puts nothing in doubt that was taken before."""
    assert isinstance(error_of(influx_error(500, "oops")), SinkBusyError)


@pytest.mark.parametrize("reply", [Reply(502, "bad gateway"), Reply(503), Reply(0)])
def test_failures_of_the_server_are_waited_out(reply: Reply) -> None:
    """A gateway's 5xx and a broken connection mean: later."""
    error = error_of(reply)
    assert type(error) is SinkUnavailableError


def test_a_redirect_is_not_followed() -> None:
    """The token never goes to another address."""
    error = error_of(Reply(301, "", {"Location": "http://127.0.0.1:1/api/v2/write"}))
    assert isinstance(error, SinkRefusedError)
    assert "redirects" in error.todo


def test_nobody_there() -> None:
    """A closed port is told as such, with the address."""

    async def scene() -> None:
        sink = make_sink(f"http://127.0.0.1:{free_port()}")
        with pytest.raises(SinkUnavailableError, match="Connection refused") as raised:
            await sink.write([LINE])
        assert sink.url in raised.value.where
        await sink.aclose()

    asyncio.run(scene())


def test_https_towards_a_plain_port_is_told_as_such() -> None:
    """A server that speaks no TLS is named so, and everything waits."""

    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        async with server:
            sink = make_sink(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            with pytest.raises(SinkUnavailableError, match=r"TLS failed.*http://"):
                await sink.write([LINE])
            await sink.aclose()

    asyncio.run(scene())


def test_an_unknown_certificate_is_for_a_person() -> None:
    """A certificate that cannot be verified is a refusal that names the way out."""
    exception: Any = ApiException  # not annotated
    error = translate("sink", exception(0, "SSLError\n[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), str)
    assert isinstance(error, SinkRefusedError)
    assert "verify_tls" in error.todo


def test_silence_ends_in_time_and_closing_does_not_wait() -> None:
    """A server that never answers costs one time limit, and the sink can be closed at once."""

    async def work(sink: InfluxSink, _: WriteServer) -> None:
        with pytest.raises(SinkUnavailableError, match="no answer in time"):
            await sink.write([LINE])

    with_server(lambda _: Reply(-1), work, timeout="1s")


def test_a_cancelled_write_ends_at_once() -> None:
    """The end of the program waits for no server: a write under way is left behind."""

    async def work(sink: InfluxSink, server: WriteServer) -> None:
        arrived = asyncio.Event()

        def answer(_: Request) -> Reply:
            arrived.set()
            return Reply(-1)

        server.answer = answer
        writing = asyncio.ensure_future(sink.write([LINE]))
        async with asyncio.timeout(5):
            await arrived.wait()
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
            await sink.aclose()

    with_server(lambda _: Reply(), work, timeout="60s")


def test_the_token_stays_out_of_every_text() -> None:
    """Even a server that repeats the token in its answer does not bring it into an error."""
    error = error_of(influx_error(401, f"token {TOKEN} is not known"))
    assert TOKEN not in repr(error) + str(error) + repr(error.__cause__) + repr(error.__context__)
    assert "token *** is not known" in error.seen


def test_the_proxy_of_the_environment_is_not_used() -> None:
    """A proxy that is set for other programs gets neither data nor token."""
    program = f"""
import asyncio, sys
from bridge.sinks.influx import InfluxSink
from bridge.sinks.influx_answers import translate
from bridge.sinks.options import InfluxOptions

async def write():
    sink = InfluxSink(InfluxOptions(url=sys.argv[1], bucket="cars"), "home", None)
    await sink.write(["{LINE}"])
    await sink.aclose()

asyncio.run(write())
"""

    async def work(_: InfluxSink, server: WriteServer) -> None:
        proxy = f"http://127.0.0.1:{free_port()}"
        environment = {**os.environ, "http_proxy": proxy, "HTTP_PROXY": proxy, "all_proxy": proxy}
        arguments = [sys.executable, "-c", program, server.url]
        process = await asyncio.create_subprocess_exec(*arguments, env=environment)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        assert server.taken == {LINE: 1}

    with_server(lambda _: Reply(), work)


def test_probe_reads_back_from_victoria_metrics(tmp_path: Path) -> None:
    """The check writes a point into a real VictoriaMetrics and finds it again."""

    async def scene(url: str) -> str:
        sink = make_sink(url)
        try:
            return await sink.probe()
        finally:
            await sink.aclose()

    with VictoriaMetrics(tmp_path) as victoria:
        assert "read back by /api/v1/export" in asyncio.run(scene(victoria.url))


def test_probe_reads_back_by_flux() -> None:
    """The check finds its point by Flux, as InfluxDB 2 answers it [doc]."""

    def answer(request: Request) -> Reply:
        if request.path == "/api/v2/query":
            written = server_lines[0].partition("value=")[2]
            head = ["#datatype,string,long,double", "#group,false,false,false", "#default,_result,,"]
            table = [*head, ",result,table,_value", f",,0,{written}", ""]
            return Reply(200, "\r\n".join(table), {"Content-Type": "text/csv"})
        server_lines.extend(request.lines)
        return Reply()

    server_lines: list[str] = []

    async def work(sink: InfluxSink, _: WriteServer) -> None:
        assert "read back by Flux" in await sink.probe()

    with_server(answer, work)


def test_probe_says_what_it_could_not_read() -> None:
    """A server that takes the point and cannot show it is named with all that was tried."""

    def answer(request: Request) -> Reply:
        return Reply() if request.path == "/api/v2/write" else influx_error(403, "write only")

    async def work(sink: InfluxSink, _: WriteServer) -> None:
        with pytest.raises(SinkRefusedError, match=r"Flux: answered 403: write only.*InfluxQL: answered 403"):
            await sink.probe()

    with_server(answer, work)


def test_options_allow_one_token_and_no_secret_in_the_url() -> None:
    """Two sources of a token, and an address with a password in it, are errors of the config."""
    good = {"url": "http://influx:8086", "bucket": "cars"}
    assert InfluxOptions.model_validate(good).timeout_s == 10.0
    for wrong in (
        {"token_file": "a", "token_env": "B"},
        {"url": "http://me:password@influx:8086"},
        {"url": "http://influx:8086?token=x"},
        {"bukket": "cars"},
    ):
        with pytest.raises(ValidationError):
            InfluxOptions.model_validate({**good, **wrong})


def test_the_client_library_is_imported_only_when_something_is_written() -> None:
    """Importing the sink and its options costs none of the client's thirty megabytes."""
    program = "import sys, bridge.sinks.influx, bridge.sinks.pump; sys.exit('influxdb_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
