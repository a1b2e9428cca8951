from __future__ import annotations

import asyncio
import base64
import logging
import time
import traceback

import pytest
from websockets.asyncio.server import ServerConnection

from bridge.errors import Blame, CsmsError, CsmsRefusedError, CsmsSubprotocolError, CsmsUnreachableError
from bridge.uplink.line.link import LARGEST_FRAME_BYTES, Limits, Line, open_line
from tests.http.loopback import Line as RawLine
from tests.http.loopback import answering, listening
from tests.uplink.loopback_csms import PASSWORD, address, csms, end_of, failure, line_to

# --- the handshake -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "identity", "asked_for"),
    [
        ("/ocpp", "GARAGE-1", "/ocpp/GARAGE-1"),
        ("/ocpp/", "GARAGE-1", "/ocpp/GARAGE-1"),
        ("", "GARAGE-1", "/GARAGE-1"),
        ("/a/b%20c", "x", "/a/b%20c/x"),
        ("/ocpp", "a*b=c:d+e|f@g.h_i-j", "/ocpp/a%2Ab%3Dc%3Ad%2Be%7Cf%40g.h_i-j"),
        ("/ocpp", "a/b ü?#", "/ocpp/a%2Fb%20%C3%BC%3F%23"),
    ],
)
def test_the_identity_is_appended_to_the_url(path: str, identity: str, asked_for: str) -> None:
    """Percent-encoded, as OCPP-J wants it; and the subprotocol is offered."""

    async def scene() -> None:
        async with csms() as server:
            where = address(server.port, url=f"ws://127.0.0.1:{server.port}{path}", identity=identity)
            async with line_to(where):
                (request,) = server.requests
                assert request.path == asked_for
                assert request.headers["Sec-WebSocket-Protocol"] == "ocpp1.6"
                assert request.headers["User-Agent"] == "chargebridge"
                assert "Authorization" not in request.headers
                assert "Sec-WebSocket-Extensions" not in request.headers

    asyncio.run(scene())


def test_the_password_is_sent_with_the_identity_as_its_name() -> None:
    """Basic authentication, in UTF-8."""

    async def scene() -> None:
        async with csms() as server, line_to(address(server.port, password="pässwörd")):
            kind, _, encoded = server.requests[0].headers["Authorization"].partition(" ")
            assert (kind, base64.b64decode(encoded).decode()) == ("Basic", "GARAGE-1:pässwörd")

    asyncio.run(scene())


def test_texts_go_both_ways_in_order() -> None:
    """What is sent arrives whole, up to the largest frame."""
    long = "ü" * (LARGEST_FRAME_BYTES // 2)

    async def echo(connection: ServerConnection) -> None:
        async for text in connection:
            await connection.send(text)

    async def scene() -> None:
        async with csms(echo) as server, line_to(address(server.port)) as line:
            for said in ("a", "", long):
                await line.send(said)
            heard: list[str | bytes] = []
            async for text in line.texts():
                heard.append(text)
                if len(heard) == 3:
                    break
            assert heard == ["a", "", long]

    asyncio.run(scene())


ALL = ("ocpp2.1", "ocpp2.0.1", "ocpp1.6")


@pytest.mark.parametrize("chosen", ALL)
def test_several_versions_are_offered_in_order(chosen: str) -> None:
    """The central system takes its pick of them, and the line says which."""

    async def scene() -> None:
        async with csms(subprotocol=chosen) as server, line_to(address(server.port, subprotocols=ALL)) as line:
            assert server.requests[0].headers["Sec-WebSocket-Protocol"] == "ocpp2.1, ocpp2.0.1, ocpp1.6"
            assert line.subprotocol == chosen

    asyncio.run(scene())


ASK = "Ask its operator which versions of OCPP it speaks, and at which url"
CHOOSE = f"{ASK}; version: in the config chooses another, or all of them with auto"


@pytest.mark.parametrize(
    ("offered", "subprotocol", "seen", "todo"),
    [
        (
            ("ocpp1.6",),
            None,
            "it connected and chose no subprotocol, where ocpp1.6 was offered",
            f"See that the url ends where its OCPP-J endpoint is. {CHOOSE}",
        ),
        (
            ALL,
            None,
            "it connected and chose no subprotocol, where ocpp2.1, ocpp2.0.1 and ocpp1.6 were offered",
            f"See that the url ends where its OCPP-J endpoint is. {ASK}",
        ),
        (
            ("ocpp1.6",),
            "ocpp2.0.1",
            "it chose «ocpp2.0.1», where ocpp1.6 was offered",
            'Write version: "2.0.1" into the config',
        ),
        (
            ("ocpp2.1", "ocpp2.0.1"),
            "ocpp1.5",
            "it chose «ocpp1.5», where ocpp2.1 and ocpp2.0.1 were offered",
            ASK,
        ),
        (("ocpp1.6",), "mqtt", "it chose «mqtt», where ocpp1.6 was offered", CHOOSE),
        (
            ("ocpp2.1", "ocpp1.6"),
            "ocpp2.1, ocpp1.6",
            "it chose «ocpp2.1, ocpp1.6», where ocpp2.1 and ocpp1.6 were offered",
            ASK,
        ),
    ],
)
def test_a_central_system_that_speaks_otherwise_is_refused(
    offered: tuple[str, ...], subprotocol: str | None, seen: str, todo: str
) -> None:
    """Nothing is ever said on a connection without a subprotocol of those that were offered."""

    async def scene() -> None:
        async with csms(subprotocol=subprotocol) as server:
            error = await failure(address(server.port, subprotocols=offered))
            assert (type(error), error.seen, error.todo) == (CsmsSubprotocolError, seen, todo)

    asyncio.run(scene())


def test_a_central_system_without_subprotocol_may_hang_up_at_once() -> None:
    """OCPP-J has it complete the handshake without one and then close: that is still about the subprotocol."""

    async def leave(connection: ServerConnection) -> None:
        connection.transport.abort()

    async def scene() -> None:
        async with csms(leave, subprotocol=None) as server:
            error = await failure(address(server.port))
            assert type(error) is CsmsSubprotocolError

    asyncio.run(scene())


@pytest.mark.parametrize("reason", ["Unsupported subprotocol", "wrong OCPP version", "no such sub-protocol"])
def test_a_farewell_for_the_version_is_a_refusal(reason: str) -> None:
    """Some take any subprotocol and leave with their reason: waiting alone will not help."""

    async def leave(connection: ServerConnection) -> None:
        await connection.close(1002, reason)

    async def scene() -> None:
        async with csms(leave) as server, line_to(address(server.port)) as line:
            error = await end_of(line)
            assert type(error) is CsmsSubprotocolError
            assert error.seen == f"it closed the connection (code 1002, «{reason}»)"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("status", "page", "kind"),
    [
        (400, "missing subprotocol", CsmsSubprotocolError),
        (400, "invalid Sec-WebSocket-Protocol header", CsmsSubprotocolError),
        (406, "OCPP version not supported", CsmsSubprotocolError),
        (426, "unsupported sub-protocol", CsmsSubprotocolError),
        (400, "no", CsmsRefusedError),
        (401, "subprotocol", CsmsRefusedError),
    ],
)
def test_a_refusal_that_names_the_subprotocol_is_about_it(status: int, page: str, kind: type[CsmsError]) -> None:
    """As far as can be seen: its page says so, which is not repeated."""

    async def scene() -> None:
        async with csms(refuse=lambda: (status, {}), page=page) as server:
            error = await failure(address(server.port, subprotocols=ALL))
            assert type(error) is kind
            if status != 401:
                seen = f"it did not accept ocpp2.1, ocpp2.0.1 or ocpp1.6 at this url (HTTP {status})"
                assert (error.seen, error.todo) == (seen, ASK)

    asyncio.run(scene())


def test_a_central_system_without_subprotocol_that_does_not_hang_up_is_left() -> None:
    """Closing such a connection has a limit too."""
    done = asyncio.Event()

    async def stay(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await done.wait()
        connection.transport.abort()

    async def scene() -> None:
        began_s = time.monotonic()
        async with csms(stay, subprotocol=None) as server:
            await failure(address(server.port), Limits(close_s=0.2))
            assert time.monotonic() - began_s < 2
            done.set()

    asyncio.run(scene())


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "password", "kind", "seen", "todo"),
    [
        (401, PASSWORD, CsmsRefusedError, "it refused the password (HTTP 401)", "Check the password and the identity"),
        (
            401,
            None,
            CsmsRefusedError,
            "it refused a station without a password (HTTP 401)",
            "Set security_profile and password_file",
        ),
        (403, PASSWORD, CsmsRefusedError, "it refused the password (HTTP 403)", "Check the password and the identity"),
        (
            404,
            PASSWORD,
            CsmsRefusedError,
            "it does not know «GARAGE-1» or has no OCPP at this url (HTTP 404)",
            "Add the station there under this identity, or correct identity or url",
        ),
        (
            400,
            None,
            CsmsRefusedError,
            "it did not accept ocpp1.6 at this url (HTTP 400)",
            CHOOSE,
        ),
        (
            426,
            None,
            CsmsRefusedError,
            "it did not accept ocpp1.6 at this url (HTTP 426)",
            CHOOSE,
        ),
        (
            410,
            None,
            CsmsRefusedError,
            "it refused the connection (HTTP 410)",
            "Ask its operator whether the url is right and the station known",
        ),
        (503, None, CsmsUnreachableError, "it cannot now (HTTP 503)", ""),
        (500, None, CsmsUnreachableError, "it cannot now (HTTP 500)", ""),
        (429, None, CsmsUnreachableError, "it cannot now (HTTP 429)", ""),
    ],
)
def test_a_refusal_says_what_to_do(
    status: int, password: str | None, kind: type[CsmsError], seen: str, todo: str
) -> None:
    """Each status of HTTP that central systems use has its sentence, and whose turn it is."""

    async def scene() -> None:
        async with csms(refuse=lambda: (status, {})) as server:
            error = await failure(address(server.port, password=password))
            assert (type(error), error.seen, error.todo) == (kind, seen, todo)
            assert error.blame is (Blame.OPERATOR if kind is CsmsRefusedError else Blame.NETWORK)
            assert error.waiting_helps

    asyncio.run(scene())


@pytest.mark.parametrize(("said", "wait_s"), [("120", 120.0), ("-1", None), ("Tue, 01 Jan 2030 00:00:00 GMT", None)])
def test_a_wish_to_be_asked_later_is_handed_on(said: str, wait_s: float | None) -> None:
    """Retry-After in seconds counts; its other form is passed over."""

    async def scene() -> None:
        async with csms(refuse=lambda: (503, {"Retry-After": said})) as server:
            assert (await failure(address(server.port))).retry_after_s == wait_s

    asyncio.run(scene())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """The password is for the address that a person wrote down; the other one is never connected to."""

    async def scene() -> None:
        async with csms() as other:
            location = {"Location": f"ws://127.0.0.1:{other.port}/ocpp/GARAGE-1"}
            async with csms(refuse=lambda: (status, location)) as server:
                error = await failure(address(server.port, password=PASSWORD))
                assert isinstance(error, CsmsRefusedError)
                assert error.seen == f"it points to another address (HTTP {status}), which is not followed"
                assert len(server.requests) == 1
            assert other.requests == []

    asyncio.run(scene())


# --- no websocket ------------------------------------------------------------------------------------------------


def test_nothing_listens() -> None:
    """A port without anybody is refused by the system, in its own words."""

    async def scene() -> None:
        async with csms() as server:
            port = server.port
        error = await failure(address(port))
        assert isinstance(error, CsmsUnreachableError)
        assert error.seen == f"nothing answers at 127.0.0.1:{port} (connection refused)"

    asyncio.run(scene())


def test_a_name_that_nobody_knows() -> None:
    """It is called by its name."""
    error = asyncio.run(failure(address(1, url="ws://csms.invalid/ocpp"), Limits()))
    assert isinstance(error, CsmsUnreachableError)
    assert error.seen == "the name csms.invalid is not known"
    assert "DNS" in error.todo


@pytest.mark.parametrize("at", ["127.0.0.1:99999", "[::1", f"{'a' * 70}.invalid"])
def test_an_address_that_is_none(at: str) -> None:
    """Whatever the library makes of it, a person gets a sentence."""
    error = asyncio.run(failure(address(1, url=f"ws://{at}/ocpp")))
    assert (error.seen, error.todo) == (f"{at} is no address", "Correct the url")


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            "what answers at {} is a web page, no websocket (HTTP 200)",
        ),
        (b"\x00\xff\xfe garbage\r\n\r\n", "what answers at {} is no websocket"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers at {} is no websocket"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "what answers at {} is no websocket"),
        (
            b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            "what answers at {} is no websocket",
        ),
    ],
)
def test_something_else_listens(answer: bytes, seen: str) -> None:
    """A web page, another service, and a handshake that is none."""

    async def scene() -> None:
        async with answering(answer) as server:
            error = await failure(address(server.port, password=PASSWORD))
            assert isinstance(error, CsmsRefusedError)
            assert error.seen == seen.format(f"127.0.0.1:{server.port}")

    asyncio.run(scene())


@pytest.mark.parametrize("with_reset", [False, True])
def test_somebody_hangs_up(*, with_reset: bool) -> None:
    """Who hangs up without an answer may be starting: waiting helps."""

    async def script(line: RawLine) -> None:
        await line.request()
        if with_reset:
            line.reset()

    async def scene() -> None:
        async with listening(script) as server:
            error = await failure(address(server.port))
            assert isinstance(error, CsmsUnreachableError)
            assert error.seen == f"127.0.0.1:{server.port} hung up without an answer"
            assert "wss://" in error.todo

    asyncio.run(scene())


def test_somebody_says_nothing() -> None:
    """The whole handshake has a limit."""

    async def script(line: RawLine) -> None:
        while await line.reader.read(1024):
            pass

    async def scene() -> None:
        async with listening(script) as server:
            error = await failure(address(server.port), Limits(open_s=0.1))
            assert isinstance(error, CsmsUnreachableError)
            assert error.seen == f"nothing answers at 127.0.0.1:{server.port} within 0.1 s"

    asyncio.run(scene())


# --- the end of a line -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason", "seen"),
    [
        (1000, "", "it closed the connection (code 1000)"),
        (1001, "restart", "it closed the connection (code 1001, «restart»)"),
        (1008, "who\nare \x1b[1myou", "it closed the connection (code 1008, «who are ?[1myou»)"),
        (4000, "x" * 120, f"it closed the connection (code 4000, «{'x' * 80}»)"),
    ],
)
def test_a_farewell_is_told(code: int, reason: str, seen: str) -> None:
    """Code and reason, the reason cut and without anything that a terminal would obey."""

    async def leave(connection: ServerConnection) -> None:
        await connection.close(code, reason)

    async def scene() -> None:
        async with csms(leave) as server, line_to(address(server.port)) as line:
            error = await end_of(line)
            assert isinstance(error, CsmsUnreachableError)
            assert error.seen == seen
            with pytest.raises(CsmsUnreachableError) as failed:
                await line.send("x")
            assert failed.value.seen == seen

    asyncio.run(scene())


def test_a_broken_line_is_told() -> None:
    """Without a farewell the line broke."""

    async def vanish(connection: ServerConnection) -> None:
        connection.transport.abort()

    async def scene() -> None:
        async with csms(vanish) as server, line_to(address(server.port)) as line:
            assert (await end_of(line)).seen == "the line broke"

    asyncio.run(scene())


def test_a_half_open_line_is_noticed_by_its_pings() -> None:
    """A peer that reads nothing any more answers no ping, and the line is given up."""
    done = asyncio.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await done.wait()
        connection.transport.abort()

    async def scene() -> None:
        async with csms(freeze) as server, line_to(address(server.port, ping_interval_s=0.1)) as line:
            assert (await end_of(line)).seen == "it answered no ping"
            done.set()

    asyncio.run(scene())


@pytest.mark.parametrize("parts", [1, 4])
def test_a_huge_message_closes_the_line(parts: int) -> None:
    """In one frame or in many, it is not read to its end, and the error says why."""

    async def flood(connection: ServerConnection) -> None:
        part = "x" * (LARGEST_FRAME_BYTES // parts + 1)
        await connection.send([part] * parts if parts > 1 else part)

    async def scene() -> None:
        async with csms(flood) as server:
            async with line_to(address(server.port)) as line:
                assert (await end_of(line)).seen == "it sent a message of more than 1 MiB, which is not taken"
            assert await server.closed() == 1009

    asyncio.run(scene())


@pytest.mark.parametrize("frame", [b"\xff\xff\xff\xff", b"\x81\x02\xff\xfe"], ids=["no frame", "no UTF-8"])
def test_what_is_no_frame_closes_the_line(frame: bytes) -> None:
    """Bytes that a websocket does not know are not guessed at."""

    async def stammer(connection: ServerConnection) -> None:
        connection.transport.write(frame)

    async def scene() -> None:
        async with csms(stammer) as server, line_to(address(server.port)) as line:
            assert (await end_of(line)).seen == "it sent what is no websocket frame"

    asyncio.run(scene())


def test_bytes_are_handed_on() -> None:
    """A binary frame is not OCPP, and is for the one above to say so."""

    async def stammer(connection: ServerConnection) -> None:
        await connection.send(b"[2]")

    async def scene() -> None:
        async with csms(stammer) as server, line_to(address(server.port)) as line:
            async for text in line.texts():
                assert text == b"[2]"
                break

    asyncio.run(scene())


async def _fill(line: Line) -> None:
    for _ in range(100):
        await line.send("x" * (1 << 20))


def test_a_line_that_takes_nothing_has_a_limit() -> None:
    """A peer that does not read fills the buffers, and then the line is dead."""
    done = asyncio.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await done.wait()
        connection.transport.abort()

    async def scene() -> None:
        async with csms(freeze) as server:
            where = address(server.port, ping_interval_s=None)
            async with line_to(where, Limits(send_s=0.2, close_s=0.2)) as line:
                with pytest.raises(CsmsUnreachableError) as failed:
                    await _fill(line)
                assert failed.value.seen == "it took nothing for 0.2 s"
            done.set()

    asyncio.run(scene())


def test_a_line_is_closed_in_order() -> None:
    """The central system hears that the station goes away; once more does no harm."""

    async def scene() -> None:
        async with csms() as server:
            line = await open_line(address(server.port))
            await line.close()
            await line.close()
            assert await server.closed() == 1001
            assert "closed" in (await end_of(line)).seen

    asyncio.run(scene())


@pytest.mark.parametrize("full", [False, True], ids=["quiet", "full"])
def test_closing_has_a_limit(*, full: bool) -> None:
    """A peer that does not play along is left behind, its buffers full or not."""
    done = asyncio.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await done.wait()
        connection.transport.abort()

    async def scene() -> None:
        async with csms(freeze) as server:
            where = address(server.port, ping_interval_s=None)
            line = await open_line(where, Limits(send_s=0.1, close_s=0.2))
            if full:
                with pytest.raises(CsmsUnreachableError):
                    await _fill(line)
            began_s = time.monotonic()
            await line.close()
            assert time.monotonic() - began_s < 1.5
            with pytest.raises(CsmsUnreachableError):
                await line.send("x")
            done.set()

    asyncio.run(scene())


def test_a_closing_that_is_cancelled_leaves_no_line_behind() -> None:
    """Who ends the program while a line is being closed is not kept, and neither is the line."""

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await done.wait()
        connection.transport.abort()

    done = asyncio.Event()

    async def scene() -> None:
        async with csms(freeze) as server:
            line = await open_line(address(server.port), Limits(close_s=30))
            closing = asyncio.ensure_future(line.close())
            await asyncio.sleep(0)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            assert (await end_of(line)).seen
            done.set()

    asyncio.run(scene())


# --- secrets -----------------------------------------------------------------------------------------------------


def test_no_secret_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    """Neither log at DEBUG, nor error, nor repr, nor traceback shows the password, or what is said on the line."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "websockets")
    caplog.set_level(logging.DEBUG, "bridge")
    encoded = base64.b64encode(f"GARAGE-1:{PASSWORD}".encode()).decode()
    shown = []

    async def scene() -> None:
        async with csms() as server:
            where = address(server.port, password=PASSWORD)
            shown.append(f"{where} {where!r}")
            async with line_to(where) as line:
                shown.append(f"{line} {line!r}")
                await line.send('[2,"1","DataTransfer",{"data":"AuthorizationKey"}]')
            assert server.requests[0].headers["Authorization"] == f"Basic {encoded}"
        async with csms(refuse=lambda: (401, {})) as server:
            try:
                await open_line(address(server.port, password=PASSWORD))
            except CsmsError as error:
                shown.append("".join(traceback.format_exception(error)))

    asyncio.run(scene())
    shown.append(caplog.text)
    assert len(shown) == 4
    for text in shown:
        for secret in (PASSWORD, encoded, "Authorization:", "AuthorizationKey"):
            assert secret not in text
