"""Starting, stopping, files, and questions nobody foresaw."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.engine.board import Board
from bridge.serving import ServerStartError
from bridge.store.desk import StoreThread
from bridge.store.sqlite import open_store
from bridge.web.options import WebOptions, url_of
from bridge.web.server import WebServer
from tests.clock import FakeClock
from tests.web.scene import NOW, ZONE, card, keep_hours, running


def _server(options: WebOptions, desk: StoreThread, token: str | None = None) -> WebServer:
    board = Board(started_at=NOW, site="home")
    return WebServer(options, desk, board, FakeClock(NOW), ZONE, SecretStr(token) if token is not None else None)


def test_a_taken_port_is_told_with_its_number_and_what_to_do(tmp_path: Path) -> None:
    """A second bridge on the same port learns which port it is and how to choose another."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            port = int(site.server.url.rsplit(":", 1)[1])
            second = _server(WebOptions(port=port), StoreThread(open_store(tmp_path)))
            with pytest.raises(ServerStartError, match=rf"listens on port {port}.*Stop that program"):
                await second.start()
            assert (await site.http.get("/health")).status_code == 200

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("host", "token", "expected"),
    [
        ("192.0.2.1", "token", "192.0.2.1 is not an address of this computer"),
        ("no-such-name.invalid", "token", "the name no-such-name.invalid is not known"),
        ("0.0.0.0", None, "there is no token"),
        ("127.0.0.1", "", "the token is empty"),
    ],
)
def test_a_server_that_cannot_start_says_why(tmp_path: Path, host: str, token: str | None, expected: str) -> None:
    """Each mistake in host or token is a sentence with advice, and nothing is left listening."""

    async def scene() -> None:
        desk = StoreThread(open_store(tmp_path))
        try:
            server = _server(WebOptions(host=host, port=0, token_env="T"), desk, token)
            with pytest.raises(ServerStartError, match=re.escape(expected)) as caught:
                await server.start()
            assert caught.value.todo
            await server.stop()
        finally:
            await desk.aclose()

    asyncio.run(scene())


def test_stopping_is_quick_with_connections_kept_alive_and_answers_half_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Idle browsers, a client that stopped reading a long CSV and a half-sent request hold nobody up, silently."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            await site.desk.run(lambda s: keep_hours(s, "garage", 24 * 250))
            await site.http.get("/health")
            port = int(site.server.url.rsplit(":", 1)[1])
            _, half = await asyncio.open_connection("127.0.0.1", port)
            half.write(b"GET /health HTTP/1.1\r\nHost: local")
            reader, slow = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            query = "from=2025-09-01&resolution=5min&format=csv"
            slow.write(f"GET /api/v1/power?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            await reader.readline()

            began = time.monotonic()
            await site.server.stop()
            took_s = time.monotonic() - began
            rest = await reader.read()
            slow.close()
            half.close()

        assert took_s < 1.0
        assert not rest.endswith(b"\r\n0\r\n\r\n"), "the answer was complete, so nothing was half read"
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
        with pytest.raises(OSError, match=r"(?i)refused|connect"):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(scene())


def test_a_server_can_start_again_after_its_stop(tmp_path: Path) -> None:
    """Stop gives the port back at once; a second stop does nothing; a second start is a mistake."""

    async def scene() -> None:
        desk = StoreThread(open_store(tmp_path))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = _server(WebOptions(port=port), desk)
        for _ in range(2):
            await server.start()
            with pytest.raises(RuntimeError):
                await server.start()
            async with httpx.AsyncClient(trust_env=False) as http:
                assert (await http.get(f"{server.url}/health")).status_code == 200
            await server.stop()
            await server.stop()
        await desk.aclose()

    asyncio.run(scene())


def test_signals_and_logging_stay_as_they_were(tmp_path: Path) -> None:
    """The server belongs to a larger program: it takes over neither signals nor log handlers."""

    async def scene() -> None:
        before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
        async with running(tmp_path):
            assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
            assert logging.getLogger("uvicorn").handlers == []
            assert logging.getLogger("uvicorn.error").handlers == []

    asyncio.run(scene())


def test_urls_are_what_a_browser_on_this_computer_types() -> None:
    """Every-address hosts become loopback and IPv6 gets its brackets."""
    urls = [url_of(host, 80) for host in ("0.0.0.0", "::", "::1", "pi.local")]
    assert urls == ["http://127.0.0.1:80", "http://[::1]:80", "http://[::1]:80", "http://pi.local:80"]


def test_the_chart_library_comes_from_this_computer_and_is_kept_for_ever(tmp_path: Path) -> None:
    """The page names the library with its version; it is served whole, immutable, without importing plotly."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            page = (await site.http.get("/")).text
            (path,) = re.findall(r'src="(/static/plotly-[^"]+\.min\.js)"', page)
            library = await site.http.get(path)
        assert library.status_code == 200
        assert "immutable" in library.headers["cache-control"]
        assert library.headers["content-type"].startswith("text/javascript")
        assert len(library.content) > 1_000_000
        assert "plotly" not in sys.modules

    asyncio.run(scene())


def test_the_page_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    """No file of the page names another server; only name spaces look like addresses."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            files = ["/", "/static/login.html", "/static/style.css", "/static/icon.svg"]
            files += re.findall(r'(/static/[a-z]+\.js)"', (await site.http.get("/static/app.js")).text)
            for path in files:
                text = (await site.http.get(path)).text.replace("http://www.w3.org/2000/svg", "")
                assert "://" not in text, path

    asyncio.run(scene())


def test_own_files_are_asked_for_again_and_not_sent_twice(tmp_path: Path) -> None:
    """After an update the browser gets the new page at once, otherwise a 304."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            first = await site.http.get("/static/app.js")
            second = await site.http.get("/static/app.js", headers={"if-none-match": first.headers["etag"]})
        assert first.headers["cache-control"] == "no-cache"
        assert (second.status_code, second.content) == (304, b"")

    asyncio.run(scene())


@pytest.mark.parametrize("path", ["/static/../options.py", "/static/%2e%2e/options.py", "/static//etc/passwd"])
def test_only_static_files_are_served(tmp_path: Path, path: str) -> None:
    """No spelling of a path leaves the folder."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            port = int(site.server.url.rsplit(":", 1)[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
        assert answer.startswith(b"HTTP/1.1 404")

    asyncio.run(scene())


def test_unknown_addresses_and_methods_are_json(tmp_path: Path) -> None:
    """What does not exist says so in the same shape as every other error."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            unknown = await site.http.get("/api/v2/power")
            method = await site.http.post("/api/v1/power", json={})
        assert (unknown.status_code, unknown.json()) == (404, {"error": "GET /api/v2/power: Not Found."})
        assert (method.status_code, method.json()["error"][:4]) == (405, "POST")

    asyncio.run(scene())


NAMES = st.sampled_from(["charger", "measure", "from", "to", "resolution", "format"]) | st.text(max_size=8)
WORDS = st.sampled_from(
    [
        "garage", "connector1", "auto", "5min", "1d", "csv", "json", "2026-06-18", "2026-06-18T00:00:00Z",
        "2099-12-31", "2000-01-01", "0001-01-01", "9999-12-31T23:59:59-23:59", "2026-03-29T02:30:00 01:00", "1e400d",
    ]
)  # fmt: skip
QUERIES = st.lists(st.tuples(NAMES, WORDS | st.text(max_size=12)), max_size=5)


def test_no_question_makes_the_server_fail(tmp_path: Path) -> None:
    """Whatever stands in the query, the answer is data or a 400 with a sentence, never a 500."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            await site.desk.run(lambda s: keep_hours(s, "garage", 2))
            loop = asyncio.get_running_loop()

            async def ask(path: str, query: list[tuple[str, str]]) -> httpx.Response:
                return await site.http.get(f"{path}?{urlencode(query)}")

            @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
            @given(st.sampled_from(["/api/v1/power", "/api/v1/sessions", "/api/v1/chargers"]), QUERIES)
            def probe(path: str, query: list[tuple[str, str]]) -> None:
                answer = asyncio.run_coroutine_threadsafe(ask(path, query), loop).result(20)
                assert answer.status_code in {200, 400}, (answer.status_code, answer.text[:300])
                if answer.status_code == 400:
                    assert answer.json()["error"].endswith(".") or answer.json()["allowed"]

            await asyncio.to_thread(probe)

    asyncio.run(scene())
