"""Who may look: token, cookie, Host, headers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.web.attempts import MAX_FAILURES, WINDOW_S, Attempts
from bridge.web.guard import host_name
from bridge.web.options import WebOptions
from tests.clock import FakeClock
from tests.web.scene import NOW, TOKEN, card, running

PRIVATE = ("/", "/api/v1/chargers", "/api/v1/power", "/api/v1/sessions", "/health", "/nothing")


def test_with_a_token_nothing_is_shown_to_strangers(tmp_path: Path) -> None:
    """Every address but the login page and static files answers 401, unknown ones too, and shows no secret."""

    async def scene() -> None:
        async with running(tmp_path, token=TOKEN) as site:
            card(site.board)
            for path in PRIVATE:
                answer = await site.http.get(path)
                assert answer.status_code == 401, path
                assert answer.headers["www-authenticate"] == "Bearer"
                assert TOKEN not in answer.text
            assert (await site.http.get("/login")).status_code == 200
            assert (await site.http.get("/static/style.css")).status_code == 200

    asyncio.run(scene())


def test_a_browser_is_led_to_the_login_page(tmp_path: Path) -> None:
    """Who asks for HTML is shown where to log in."""

    async def scene() -> None:
        async with running(tmp_path, token=TOKEN) as site:
            answer = await site.http.get("/", headers={"accept": "text/html,*/*"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")

    asyncio.run(scene())


def test_the_token_in_a_header_opens_the_api(tmp_path: Path) -> None:
    """A bearer token is enough for scripts; its scheme is not case-sensitive."""

    async def scene() -> None:
        async with running(tmp_path, token=TOKEN) as site:
            for scheme in ("Bearer", "bearer"):
                headers = {"authorization": f"{scheme} {TOKEN}"}
                assert (await site.http.get("/api/v1/chargers", headers=headers)).status_code == 200
            not_ascii = [(b"authorization", "Bearer wröng".encode("latin-1"))]
            wrong = await site.http.get("/health", headers=not_ascii)
            assert wrong.status_code == 401

    asyncio.run(scene())


def test_logging_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(tmp_path: Path) -> None:
    """The cookie opens the page, is HttpOnly and SameSite=Strict, and is not the token."""

    async def scene() -> None:
        async with running(tmp_path, token=TOKEN) as site:
            answer = await site.http.post("/login", data={"token": f" {TOKEN}\n"})
            cookie = answer.headers["set-cookie"]
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            assert "HttpOnly" in cookie
            assert "samesite=strict" in cookie.lower()
            assert TOKEN not in cookie
            assert (await site.http.get("/")).status_code == 200
            assert (await site.http.get("/api/v1/chargers")).status_code == 200

    asyncio.run(scene())


def test_a_cookie_outlives_the_bridge_and_dies_with_the_token(tmp_path: Path) -> None:
    """After a restart the browser is still logged in; after a change of the token it is not."""

    async def scene() -> None:
        async with running(tmp_path, token=TOKEN) as site:
            await site.http.post("/login", data={"token": TOKEN})
            cookies = dict(site.http.cookies)
        for token, status in ((TOKEN, 200), ("another", 401)):
            async with running(tmp_path, token=token) as site:
                site.http.cookies.update(cookies)
                assert (await site.http.get("/health")).status_code == status

    asyncio.run(scene())


@pytest.mark.parametrize("body", [b"token=wrong", b"", b"\xff\xfe", b"token=" + b"x" * 9000, b"a=1&" * 99])
def test_a_wrong_login_is_told_on_the_page(tmp_path: Path, body: bytes) -> None:
    """Whatever is posted that is not the token gets the page again with a sentence, and no cookie."""

    async def scene() -> None:
        async with running(tmp_path, token=TOKEN) as site:
            answer = await site.http.post("/login", content=body)
            assert answer.status_code == 401
            assert "not the token" in answer.text
            assert "set-cookie" not in answer.headers

    asyncio.run(scene())


@pytest.mark.parametrize("by_header", [True, False])
def test_guessing_is_slowed_down_and_ends_by_itself(tmp_path: Path, *, by_header: bool) -> None:
    """After a few wrong tokens even the right one must wait; a cookie got before goes on working."""

    async def scene() -> None:
        clock = FakeClock(NOW)
        async with running(tmp_path, token=TOKEN, clock=clock) as site:

            async def guess(token: str) -> int:
                if by_header:
                    headers = {"authorization": f"Bearer {token}"}
                    return (await site.http.get("/health", headers=headers)).status_code
                return (await site.http.post("/login", data={"token": token})).status_code

            await site.http.post("/login", data={"token": TOKEN})
            for number in range(MAX_FAILURES):
                assert await guess(f"guess {number}") == 401
            assert await guess(TOKEN) == 429
            assert (await site.http.get("/health")).status_code == 200
            await clock.advance(WINDOW_S)
            assert await guess(TOKEN) in {200, 303}

    asyncio.run(scene())


def test_addresses_are_counted_apart_and_only_so_many() -> None:
    """One guesser does not lock out others, and many do not fill the memory."""
    attempts = Attempts(FakeClock(NOW))
    for _ in range(MAX_FAILURES):
        attempts.failed("10.0.0.1")
    assert attempts.wait_s("10.0.0.1") == WINDOW_S
    assert attempts.wait_s("10.0.0.2") == 0.0

    for number in range(256):
        attempts.failed(f"10.1.0.{number}")
    assert attempts.wait_s("10.0.0.1") == 0.0


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8484", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1", 200),
        ("[::1]:8484", 200),
        ("rebound.example", 421),
        ("127.0.0.1.example.org", 421),
        ("localhost.example.org:8484", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_on_loopback_only_our_own_names_are_answered(tmp_path: Path, host: str, status: int) -> None:
    """A page elsewhere that lets its name point here is refused, with the headers of every answer."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            answer = await site.http.get("/health", headers={"host": host})
            assert answer.status_code == status
            assert answer.headers["x-frame-options"] == "DENY"

    asyncio.run(scene())


def test_a_proxys_name_can_be_allowed(tmp_path: Path) -> None:
    """The public name of a reverse proxy may be listed."""

    async def scene() -> None:
        options = WebOptions(port=0, names=("charge.example.org",), token_env="T")
        async with running(tmp_path, options=options, token=TOKEN) as site:
            headers = {"host": "Charge.example.org", "authorization": f"Bearer {TOKEN}"}
            assert (await site.http.get("/health", headers=headers)).status_code == 200

    asyncio.run(scene())


def test_host_names_lose_port_and_brackets() -> None:
    """A Host header is a name with an optional port, in brackets for IPv6."""
    assert [host_name(h) for h in ("A.b:1", "[::1]:80", "x:notaport")] == ["a.b", "::1", "x"]


@pytest.mark.parametrize("path", ["/", "/health", "/static/app.js", "/nothing", "/api/v1/power?from=x"])
def test_every_answer_carries_the_security_headers(tmp_path: Path, path: str) -> None:
    """Pages, data, files and errors alike may be framed by nobody and load nothing from elsewhere."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            headers = (await site.http.get(path)).headers
            assert "default-src 'none'; script-src 'self';" in headers["content-security-policy"]
            assert "http" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert "server" not in headers

    asyncio.run(scene())
