from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import httpx
import pytest

from bridge.errors import ChargerAnswerError, ChargerLoginError, ChargerUnreachableError, ConfigError
from bridge.http.client import ChargerHttp
from bridge.http.peer import Peer
from bridge.types.charger_options import HttpChargerOptions
from tests.http.loopback import OK, Line, Loopback, answering, client, listening


def test_a_request_is_written_as_http_wants_it() -> None:
    """Path, query, Host, token and the wish for an uncompressed answer stand in the request."""

    async def scene() -> None:
        async with answering(OK) as server, client(f"http://127.0.0.1:{server.port}/") as http:
            answer = await http.request("GET", "/api/x/", query={"a": "1", "b": "ü &"}, bearer="abc")
            assert (answer.status, answer.body, dict(answer.headers)) == (200, b"hi", {"content-length": "2"})
            head, body = server.requests[0].split(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            assert lines[0] == b"GET /api/x/?a=1&b=%C3%BC+%26 HTTP/1.1"
            assert sorted(lines[1:]) == [
                b"Accept-Encoding: identity",
                b"Accept: application/json, */*;q=0.8",
                b"Authorization: Bearer abc",
                b"Connection: keep-alive",
                b"Host: 127.0.0.1:%d" % server.port,
                b"User-Agent: chargebridge",
            ]
            assert body == b""

    asyncio.run(scene())


def test_a_form_is_sent_urlencoded() -> None:
    """A form becomes the body of the request, with its type and length."""

    async def scene() -> None:
        async with answering(OK) as server, client(f"http://127.0.0.1:{server.port}") as http:
            await http.request("POST", "/login", form={"email": "me@example.org", "password": "p&w=d"})
            head, body = server.requests[0].split(b"\r\n\r\n")
            assert body == b"email=me%40example.org&password=p%26w%3Dd"
            assert b"Content-Type: application/x-www-form-urlencoded" in head
            assert b"Content-Length: %d" % len(body) in head

    asyncio.run(scene())


def test_a_post_without_a_form_has_length_zero() -> None:
    """A command without a body says so, because some servers wait for one otherwise."""

    async def scene() -> None:
        async with answering(OK) as server, client(f"http://127.0.0.1:{server.port}") as http:
            await http.request("POST", "/api/restart")
            assert b"Content-Length: 0\r\n" in server.requests[0]

    asyncio.run(scene())


def test_an_ipv6_address_works_and_keeps_its_brackets_in_host() -> None:
    """A literal IPv6 address is connected to, and Host carries it in brackets."""

    async def scene() -> None:
        async with answering(OK, host="::1") as server, client(f"http://[::1]:{server.port}") as http:
            assert (await http.request("GET", "/")).status == 200
            assert b"\r\nHost: [::1]:%d\r\n" % server.port in server.requests[0]

    asyncio.run(scene())


def test_a_name_is_tried_at_all_its_addresses() -> None:
    """`localhost` may mean ::1 first; the server that only listens on 127.0.0.1 is found all the same."""

    async def scene() -> None:
        async with answering(OK) as server, client(f"http://localhost:{server.port}") as http:
            assert (await http.request("GET", "/")).status == 200

    asyncio.run(scene())


def test_requests_share_one_connection() -> None:
    """Reads and writes one after the other use the same connection."""

    async def scene() -> None:
        async with answering(OK) as server, client(f"http://127.0.0.1:{server.port}") as http:
            for method in ("GET", "POST", "HEAD", "GET"):
                assert (await http.request(method, "/")).status == 200
            assert server.connections == 2, "the body that this server wrongly sends to HEAD costs one connection"

    asyncio.run(scene())


def test_a_new_token_is_used_at_once() -> None:
    """A prepared request never carries the token of before."""

    async def scene() -> None:
        async with answering(OK) as server, client(f"http://127.0.0.1:{server.port}") as http:
            for bearer in ("one", "one", "two", None):
                await http.request("GET", "/", bearer=bearer)
            tokens = [line for r in server.requests for line in r.split(b"\r\n") if b"Bearer" in line]
            assert tokens == [b"Authorization: Bearer one"] * 2 + [b"Authorization: Bearer two"]

    asyncio.run(scene())


def test_more_paths_than_are_kept_prepared_all_work() -> None:
    """Any number of different paths can be asked for."""

    async def scene() -> None:
        async with answering(OK) as server, client(f"http://127.0.0.1:{server.port}") as http:
            paths = [f"/{n}" for n in range(40)]
            for path in paths:
                await http.request("GET", path)
            assert [r.split(b" ")[1].decode() for r in server.requests] == paths

    asyncio.run(scene())


def test_a_redirect_is_an_answer_and_cookies_are_forgotten() -> None:
    """A redirect is handed back and not followed, and no cookie comes back to the server."""
    moved = (
        b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"Content-Length: 0\r\n\r\n"
    )

    async def scene() -> None:
        async with answering(moved, OK) as server, client(f"http://127.0.0.1:{server.port}") as http:
            answer = await http.request("GET", "/")
            assert (answer.status, answer.headers["location"]) == (302, "http://[bad")
            assert answer.headers["set-cookie"] == "a=1, b=2"
            await http.request("GET", "/")
            assert b"ookie" not in server.requests[1]

    asyncio.run(scene())


def test_one_request_at_a_time() -> None:
    """A request that comes while another is under way is sent after that one's answer."""

    async def scene() -> None:
        may_answer = asyncio.Event()
        arrived = asyncio.Event()
        requests: list[bytes] = []

        async def script(line: Line) -> None:
            while True:
                requests.append(await line.request())
                arrived.set()
                await may_answer.wait()
                line.writer.write(OK)

        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            first = asyncio.create_task(http.request("GET", "/first"))
            await arrived.wait()
            second = asyncio.create_task(http.request("GET", "/second"))
            with pytest.raises(ChargerUnreachableError, match=r"still busy with an earlier request after 0\.01 s"):
                await http.request("GET", "/third", timeout_s=0.01)
            assert len(requests) == 1
            may_answer.set()
            await asyncio.gather(first, second)
            assert [r.split(b" ")[1] for r in requests] == [b"/first", b"/second"]
            assert server.connections == 1

    asyncio.run(scene())


async def _until_closed_then_ask(method: str) -> tuple[Loopback, bytes]:
    closed = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        line.writer.write(OK)
        if line.number == 1:
            line.writer.close()
            await line.writer.wait_closed()
            closed.set()
        else:
            await line.request()

    async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
        await http.request("GET", "/")
        await closed.wait()
        return server, (await http.request(method, "/")).body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_was_closed_while_idle_is_replaced(method: str) -> None:
    """The end of an idle connection is noticed before the next request is written, a command's too."""
    server, body = asyncio.run(_until_closed_then_ask(method))
    assert (server.connections, body) == (2, b"hi")


async def _ask_twice(http: ChargerHttp, method: str) -> bytes:
    await http.request("GET", "/")
    return (await http.request(method, "/")).body


async def _die_at_the_second_request(method: str) -> list[str]:
    """Return the methods that reached the server, the number of the connection before each."""
    seen: list[str] = []

    async def script(line: Line) -> None:
        for _ in range(2):
            request = await line.request()
            seen.append(f"{line.number} {request.split(b' ')[0].decode()}")
            if len(seen) == 2:
                line.reset()
            line.writer.write(OK)

    async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
        try:
            await _ask_twice(http, method)
        except ChargerUnreachableError as error:
            seen.append(error.seen.partition(": it ")[2])
    return seen


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_is_sent_again_when_the_kept_connection_dies(method: str) -> None:
    """A reused connection that dies before any byte of the answer is replaced and the read sent once more."""
    assert asyncio.run(_die_at_the_second_request(method)) == ["1 GET", f"1 {method}", f"2 {method}"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_but_a_read_is_ever_sent_again(method: str) -> None:
    """A write whose kept connection dies is an error: nobody knows whether it took effect."""
    assert asyncio.run(_die_at_the_second_request(method)) == [
        "1 GET",
        f"1 {method}",
        "broke the connection without an answer",
    ]


def test_a_read_is_sent_once_more_and_not_for_ever() -> None:
    """When the fresh connection dies as well, that is the error."""

    async def script(line: Line) -> None:
        await line.request()
        if line.number == 1:
            line.writer.write(OK)
            await line.request()
        line.reset()

    async def scene() -> None:
        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            with pytest.raises(ChargerUnreachableError, match="broke the connection without an answer"):
                await _ask_twice(http, "GET")
            assert server.connections == 2

    asyncio.run(scene())


def test_a_read_is_not_sent_again_once_its_answer_has_begun() -> None:
    """A reused connection that dies within the answer is an error at once."""

    async def script(line: Line) -> None:
        await line.request()
        line.writer.write(OK)
        await line.request()
        line.writer.write(OK[:-1])
        await line.writer.drain()

    async def scene() -> None:
        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            with pytest.raises(ChargerAnswerError, match="cut off after 39 bytes"):
                await _ask_twice(http, "GET")
            assert server.connections == 1

    asyncio.run(scene())


def test_what_a_server_says_unasked_is_never_taken_for_an_answer() -> None:
    """A second answer nobody asked for ends the connection, and the next request gets its own answer."""
    stray = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"

    async def script(line: Line) -> None:
        await line.request()
        line.writer.write(OK + stray if line.number == 1 else OK)
        await line.reader.read()  # until the client has gone

    async def scene() -> None:
        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            assert [(await http.request("GET", "/")).body for _ in range(2)] == [b"hi", b"hi"]
            assert server.connections == 2

    asyncio.run(scene())


def test_an_unasked_goodbye_on_an_idle_connection_is_dropped() -> None:
    """A 408 that a server sends before it closes an idle connection is not the next request's answer."""
    goodbye = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"

    async def scene() -> None:
        gone = asyncio.Event()

        async def script(line: Line) -> None:
            await line.request()
            line.writer.write(OK)
            if line.number == 1:
                await first_is_over.wait()
                line.writer.write(goodbye)
                await line.reader.read()
                gone.set()
            else:
                await line.request()

        first_is_over = asyncio.Event()
        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            await http.request("GET", "/")
            first_is_over.set()
            await gone.wait()  # the client hung up on the unasked bytes
            assert (await http.request("POST", "/")).status == 200
            assert server.connections == 2

    asyncio.run(scene())


def test_an_answer_that_comes_before_the_request_is_read() -> None:
    """A server that refuses at once, before it has read anything, is understood."""
    full = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"

    async def script(line: Line) -> None:
        line.writer.write(full)
        await line.reader.read()

    async def scene() -> None:
        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            answer = await http.request("GET", "/")
            assert (answer.status, answer.headers["retry-after"]) == (503, "7")

    asyncio.run(scene())


def test_a_cancelled_request_leaves_nothing_behind() -> None:
    """After a request was given up, its late answer cannot become the next one's."""

    async def scene() -> None:
        asked = asyncio.Event()

        async def script(line: Line) -> None:
            request = await line.request()
            asked.set()
            if line.number == 1:
                await line.reader.read()  # never answers
            line.writer.write(OK.replace(b"hi", request.split(b" ")[1]))

        async with listening(script) as server, client(f"http://127.0.0.1:{server.port}") as http:
            given_up = asyncio.create_task(http.request("GET", "/1"))
            await asked.wait()
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            assert (await http.request("GET", "/2")).body == b"/2"
            assert server.connections == 2

    asyncio.run(scene())


def test_a_proxy_in_the_environment_is_not_used() -> None:
    """Requests go to the charger itself whatever the environment says about proxies."""
    program = """
import asyncio, sys
from bridge.http.client import ChargerHttp
from bridge.http.peer import Peer
from bridge.types.charger_options import HttpChargerOptions
async def main():
    http = ChargerHttp(HttpChargerOptions(id="garage", type="made", url=sys.argv[1], timeout=5), "garage")
    print((await http.request("GET", "/")).body.decode())
    await http.aclose()
asyncio.run(main())
"""
    dead = "http://127.0.0.1:9"
    environment = {**os.environ, "HTTP_PROXY": dead, "http_proxy": dead, "ALL_PROXY": dead, "NO_PROXY": ""}

    async def scene() -> None:
        async with answering(OK) as server:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                program,
                f"http://127.0.0.1:{server.port}",
                env=environment,
                cwd=Path(__file__).parents[2],
                stdout=asyncio.subprocess.PIPE,
            )
            output, _ = await child.communicate()
            assert output == b"hi\n"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("url", "host", "address"),
    [
        ("http://platz13.local", b"platz13.local", "platz13.local:80"),
        ("https://platz13.local:443/", b"platz13.local", "platz13.local:443"),
        ("http://[fd00::1]", b"[fd00::1]", "[fd00::1]:80"),
        ("http://bücher.example:8080", b"xn--bcher-kva.example:8080", "xn--bcher-kva.example:8080"),
    ],
)
def test_host_and_address_follow_from_the_url(url: str, host: bytes, address: str) -> None:
    """The default port is left out of Host and told in errors, and a name is sent in ASCII."""
    options = HttpChargerOptions.model_validate({"id": "garage", "type": "made", "url": url})
    peer = Peer.from_options(options, "garage")
    assert peer.address == address
    assert httpx.Request("GET", options.url.rstrip("/") + "/").headers.raw[0] == (b"Host", host)


@pytest.mark.parametrize(
    "url",
    [
        "http://host:99999",
        "http://[::zz]",
        "http://a..b",
        f"http://{'a' * 64}.local",
        "http://:80",
        "http://host:0",
        "http://\u2028",
    ],
)
def test_an_address_that_cannot_be_one_is_a_broken_config(url: str) -> None:
    """What passes for a URL and is none is refused before anything is sent, with an example of a right one."""
    options = HttpChargerOptions.model_construct(id="garage", type="made", url=url)
    with pytest.raises(ConfigError, match=r"garage \(config.yaml:12\): .* is not an address .* looks like http://"):
        ChargerHttp(options, "garage (config.yaml:12)")


def test_a_fingerprint_without_tls_is_a_broken_config() -> None:
    """A pinned certificate with an http address would protect nothing, so it is refused."""
    options = HttpChargerOptions.model_validate(
        {"id": "garage", "type": "made", "url": "http://a.local", "tls_fingerprint": "ab" * 32}
    )
    with pytest.raises(ConfigError, match="tls_fingerprint is set and the address begins with http"):
        ChargerHttp(options, "garage (config.yaml:12)")


@pytest.mark.parametrize("bearer", ["a\r\nX: y", "a\nb", "tökén", "a\x00"])
def test_a_token_cannot_smuggle_a_header(bearer: str) -> None:
    """A token with a line break or foreign characters is refused unsent, and the error does not show it."""

    async def scene() -> None:
        async with client("http://127.0.0.1:9") as http:
            with pytest.raises(ChargerLoginError) as refused:
                await http.request("GET", "/", bearer=bearer)
            assert bearer not in str(refused.value)
            assert json.dumps(bearer) not in str(refused.value)

    asyncio.run(scene())
