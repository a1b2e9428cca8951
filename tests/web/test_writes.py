"""Who may change something: our own page and scripts that hold the token, no page of another site."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.web.options import WebOptions
from tests.web.scene import TOKEN, running, station

STOP = "/api/v1/ocpp/garage/stop"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"content-type": "Application/JSON; charset=utf-8"}, 200),
        ({"origin": "http://localhost:8484", "host": "localhost:8484"}, 200),
        ({"origin": "http://LOCALHOST:8484", "host": "localhost:8484", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://localhost", "host": "localhost"}, 200),
        ({"origin": "http://localhost:3000", "host": "localhost:8484"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://evil.example", "sec-fetch-site": "same-origin"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "file://localhost", "host": "localhost"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"host": "rebound.example", "origin": "http://rebound.example"}, 421),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data; boundary=application/json"}, 415),
        ({"content-type": ""}, 415),
    ],
)
def test_only_json_from_our_own_page_or_from_no_page_changes_something(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    """What a foreign page can make a browser send is refused before the station hears of it."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            answer = await site.http.post(STOP, content=b"{}", headers={**JSON, **headers})
            assert answer.status_code == status, answer.text
            assert made.stopped is (status == 200)
            assert answer.headers["x-frame-options"] == "DENY"
            assert "access-control-allow-origin" not in answer.headers
            if status != 200:
                assert answer.json()["error"].endswith(".")

    asyncio.run(scene())


def test_a_browsers_question_before_a_foreign_write_is_not_granted(tmp_path: Path) -> None:
    """A preflight gets no permission, so the browser sends nothing."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            station(site)
            headers = {
                "origin": "http://evil.example",
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            }
            answer = await site.http.options(STOP, headers=headers)
        assert answer.status_code == 405
        assert not any(name.startswith("access-control-") for name in answer.headers)

    asyncio.run(scene())


def test_reading_asks_for_no_origin(tmp_path: Path) -> None:
    """Links from elsewhere may lead to the page; what they load cannot be read there."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            station(site)
            headers = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
            answer = await site.http.get("/api/v1/ocpp/garage", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers

    asyncio.run(scene())


def test_the_token_stands_before_every_write(tmp_path: Path) -> None:
    """Without token or cookie nothing is changed and nothing is told of what exists; a cookie is no way around."""

    async def scene() -> None:
        async with running(tmp_path, token=TOKEN) as site:
            made = station(site)
            for path in (
                STOP,
                "/api/v1/ocpp/nobody/stop",
                "/api/v1/ocpp/garage/replay",
                "/api/v1/ocpp/garage/ocpp_generic/stop",
            ):
                assert (await site.http.post(path, content=b"{}", headers=JSON)).status_code == 401
            bearer = {"authorization": f"Bearer {TOKEN}"}
            assert (await site.http.post(STOP, content=b"{}", headers={**JSON, **bearer})).json() == {"result": True}
            await site.http.post("/login", data={"token": TOKEN})
            foreign = {**JSON, "origin": "http://evil.example"}
            assert (await site.http.post(STOP, content=b"{}", headers=foreign)).status_code == 403
            assert (await site.http.post(STOP, content=b"{}", headers=JSON)).json() == {"result": False}
        assert made.asked == ["stop", "stop"]

    asyncio.run(scene())


def test_a_page_behind_a_proxy_may_change_something_under_its_public_name(tmp_path: Path) -> None:
    """A proxy that asks for us by address passes the public origin on, which the config names."""

    async def scene() -> None:
        options = WebOptions(port=0, names=("charge.example.org",), token_env="T")
        async with running(tmp_path, options=options, token=TOKEN) as site:
            station(site)
            headers = {**JSON, "authorization": f"Bearer {TOKEN}", "sec-fetch-site": "same-origin"}
            seen = [
                (await site.http.post(STOP, content=b"{}", headers={**headers, "origin": origin})).status_code
                for origin in ("https://charge.example.org", "https://charge.example.org.evil.example")
            ]
        assert seen == [200, 403]

    asyncio.run(scene())
