from __future__ import annotations

import asyncio
import errno
import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError, ChargerAnswerError, ChargerError, ChargerUnreachableError
from bridge.http.dial import explain_failure
from bridge.http.peer import Limits
from bridge.ports import HttpAnswer
from tests.http.loopback import OK, Line, Script, answering, client, listening

SECRETS = ("the-very-secret-token", "the very secret password")


async def _failure(url: str, *, limits: Limits | None = None, timeout_s: float = 5) -> ChargerError:
    """Make a request full of secrets and return its error, which must hold none of them."""
    async with client(url, limits=limits or Limits()) as http:
        with pytest.raises(ChargerError) as failed:
            await http.request(
                "POST",
                "/api/login",
                query={"q": SECRETS[0]},
                form={"password": SECRETS[1]},
                bearer=SECRETS[0],
                timeout_s=timeout_s,
            )
    for shown in (str(failed.value), repr(failed.value)):
        assert not any(secret in shown for secret in SECRETS)
        assert "garage (config.yaml:12)" in shown
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__, "a traceback would show the foreign error as well"
    return failed.value


def test_a_refused_connection_says_so() -> None:
    """Where nothing listens, the error names the address, says «refused» and points at the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else can take it
        port = taken.getsockname()[1]
        error = asyncio.run(_failure(f"http://127.0.0.1:{port}"))
    assert type(error) is ChargerUnreachableError
    assert str(error) == (
        f"garage (config.yaml:12): nothing answers at 127.0.0.1:{port} (refused). "
        "Check the port in url; the machine is there, and nothing listens on that port."
    )


def test_an_unknown_name_says_so() -> None:
    """A name that cannot exist is told as that and not as silence (resolvers refuse its `!` without asking)."""
    error = asyncio.run(_failure("http://no!charger.invalid"))
    assert type(error) is ChargerUnreachableError
    assert error.seen == "the name «no!charger.invalid» is not known here"
    assert error.todo == "Check how it is spelt, or write the charger's IP address."


def test_a_silent_address_says_how_long() -> None:
    """A machine that does not even accept the connection is given up after the limit for connecting."""

    async def scene() -> ChargerError:
        # A listening socket whose queue is full drops further attempts, as a machine that is off would.
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            loop = asyncio.get_running_loop()
            queued = []
            try:
                for _ in range(4):
                    one = socket.socket()
                    one.settimeout(0)
                    queued.append((one, asyncio.create_task(loop.sock_connect(one, full.getsockname()))))
                await queued[0][1]
                return await _failure(f"http://127.0.0.1:{full.getsockname()[1]}", limits=Limits(connect_s=0.05))
            finally:
                for one, attempt in queued:
                    attempt.cancel()
                    one.close()

    error = asyncio.run(scene())
    assert type(error) is ChargerUnreachableError
    assert "(0.05 s of silence)" in error.seen
    assert "switched on" in error.todo


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        (errno.EHOSTUNREACH, "no route"),
        (errno.ENETUNREACH, "no route"),
        (errno.EHOSTDOWN, "no route"),
        (errno.ECONNREFUSED, "refused"),
        (errno.ETIMEDOUT, "3 s of silence"),
        (errno.ECONNRESET, "it broke the connection off before anything was asked"),
        (errno.EMFILE, os.strerror(errno.EMFILE)),
    ],
)
def test_every_failure_to_connect_has_its_words(code: int, seen: str) -> None:
    """What the operating system says is put into words, with something to do about it."""
    words, todo = explain_failure(OSError(code, "foreign"), 3)
    assert words == seen
    assert todo.endswith(".")


def test_a_failure_without_a_number_is_named() -> None:
    """An error of the operating system without a number is told by its kind."""
    assert explain_failure(OSError("foreign"), 3)[0] == "OSError"
    assert explain_failure(TimeoutError(), 3)[0] == "3 s of silence"


async def _mute(line: Line) -> None:
    await line.request()
    await line.reader.read()


async def _slow(line: Line) -> None:
    await line.request()
    line.writer.write(OK[:-1])
    await line.reader.read()


async def _hangs_up(line: Line) -> None:
    await line.request()


async def _resets(line: Line) -> None:
    await line.request()
    line.reset()


async def _resets_within(line: Line) -> None:
    await line.request()
    line.writer.write(OK[:-1])
    await line.writer.drain()
    line.reset()


@pytest.mark.parametrize(
    ("script", "limits", "seen"),
    [
        (_mute, Limits(), "no answer within 0.1 s"),
        (_slow, Limits(), "only 39 bytes of an answer within 0.1 s"),
        (_slow, Limits(silence_s=0.02), "it fell silent within the answer for 0.02 s"),
        (_hangs_up, Limits(), "it closed the connection without an answer"),
        (_resets, Limits(), "it broke the connection without an answer"),
        (_resets_within, Limits(), "it broke the connection within the answer"),
    ],
    ids=["mute", "slow", "silent", "hangs up", "resets", "resets within"],
)
def test_a_line_that_breaks_or_falls_silent_is_unreachable(script: Script, limits: Limits, seen: str) -> None:
    """The network is to blame, and the error says how far it came."""

    async def scene() -> None:
        async with listening(script) as server:
            error = await _failure(f"http://127.0.0.1:{server.port}", limits=limits, timeout_s=0.1)
            assert type(error) is ChargerUnreachableError
            assert error.seen == f"POST /api/login at 127.0.0.1:{server.port}: {seen}"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "the answer was cut off after 40 bytes"),
        (b"hello, I am no web server", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nhi", "the answer is compressed"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 30_000, "the answer is larger than 20000 bytes"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "speaks SSH, not HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "speaks TLS"),
        (f"{SECRETS[0]} {SECRETS[1]}".encode(), "the answer is not HTTP"),
    ],
    ids=["cut", "not HTTP", "compressed", "large", "ssh", "tls", "an echo of the secrets"],
)
def test_an_answer_that_is_none_is_the_chargers_fault(answer: bytes, seen: str) -> None:
    """What came is no HTTP answer: the error says why in words of its own and quotes nothing."""

    async def script(line: Line) -> None:
        await line.request()
        line.writer.write(answer)

    async def scene() -> None:
        async with listening(script) as server:
            error = await _failure(f"http://127.0.0.1:{server.port}", limits=Limits(answer_bytes=20_000))
            assert type(error) is ChargerAnswerError
            assert seen in error.seen
            assert f"127.0.0.1:{server.port}" in error.seen

    asyncio.run(scene())


def test_a_greeting_is_not_an_answer() -> None:
    """A server that speaks first, such as SSH, is recognised even though it never saw the request."""

    async def script(line: Line) -> None:
        line.writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await line.reader.read()

    async def scene() -> None:
        async with listening(script) as server:
            error = await _failure(f"http://127.0.0.1:{server.port}")
            assert error.seen == f"127.0.0.1:{server.port} speaks SSH, not HTTP"

    asyncio.run(scene())


def test_every_failure_is_followed_by_a_fresh_start() -> None:
    """After a broken answer the next request gets a new connection and its own answer."""

    async def scene() -> None:
        async with answering(b"rubbish", OK) as server, client(f"http://127.0.0.1:{server.port}") as http:
            with pytest.raises(ChargerAnswerError):
                await http.request("GET", "/")
            assert (await http.request("GET", "/")).body == b"hi"
            assert server.connections == 2

    asyncio.run(scene())


@pytest.mark.parametrize("earlier", [0, 1], ids=["fresh connection", "kept connection"])
def test_closing_ends_what_is_under_way_and_what_waits(earlier: int) -> None:
    """Closing ends requests in flight and in the queue at once, and nothing connects again afterwards."""

    async def scene() -> None:
        asked = asyncio.Event()

        async def script(line: Line) -> None:
            for _ in range(earlier):
                await line.request()
                line.writer.write(OK)
            await line.request()
            asked.set()
            await line.reader.read()

        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            for _ in range(earlier):
                await http.request("GET", "/")
            under_way = asyncio.create_task(http.request("GET", "/"))
            await asked.wait()
            waiting = asyncio.create_task(http.request("GET", "/"))
            await asyncio.sleep(0)
            await http.aclose()
            with pytest.raises(ChargerUnreachableError, match="closed the connection without an answer"):
                await under_way
            for late in (waiting, http.request("GET", "/")):
                with pytest.raises(ChargerUnreachableError, match="was closed from this side"):
                    await late
            assert server.connections == 1

    asyncio.run(scene())


def test_closing_while_connecting_leaves_no_connection() -> None:
    """A connection that is being made when the client is closed is closed as well and carries no request."""

    async def scene() -> None:
        ended = asyncio.Event()
        received = []

        async def script(line: Line) -> None:
            received.append(await line.reader.read())
            ended.set()

        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            under_way = asyncio.create_task(http.request("GET", "/"))
            await asyncio.sleep(0)
            await http.aclose()
            with pytest.raises(ChargerUnreachableError, match="without an answer"):
                await under_way
            await ended.wait()
            assert received == [b""]

    asyncio.run(scene())


_MUTATED = st.builds(
    lambda wire, at, insert, drop: wire[: at % len(wire)] + insert + wire[at % len(wire) + drop :],
    st.sampled_from([OK, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"]),
    st.integers(0, 200),
    st.binary(max_size=8),
    st.integers(0, 8),
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(_MUTATED, st.binary(max_size=100)))
def test_any_answer_bytes_give_an_answer_or_an_error_of_ours(wire: bytes) -> None:
    """Whatever a charger sends and then hangs up, the caller sees an HttpAnswer or a ChargerError."""

    async def script(line: Line) -> None:
        await line.request()
        line.writer.write(wire)

    async def scene() -> HttpAnswer | BridgeError:
        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            try:
                return await http.request("GET", "/")
            except ChargerError as error:
                return error

    result = asyncio.run(scene())
    if isinstance(result, HttpAnswer):
        assert result.body in wire or b"hunked" in wire
    else:
        assert isinstance(result, (ChargerAnswerError, ChargerUnreachableError))
