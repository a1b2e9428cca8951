"""`/api/v1/central/…` over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.errors import ChargerUnreachableError, ChargerUnsupportedError, StoreError
from bridge.types.ocpp.payload_error import PayloadError, Problem, ProblemKind
from bridge.types.words import CommandStatus
from bridge.web.body import BODY_LIMIT_BYTES
from tests.clock import FakeClock
from tests.web.fake_central import FakeCentral, furnish_central, result
from tests.web.scene import NOW, TOKEN, Site, card, running

CENTRAL = "/api/v1/central"
JSON = {"content-type": "application/json"}


def _with_central(
    folder: Path, act: Callable[[Site, FakeCentral], Awaitable[None]], *, token: str | None = None
) -> FakeCentral:
    """Serve the furnished site while `act` runs, and return its central system."""

    async def scene() -> FakeCentral:
        clock = FakeClock(NOW)
        board, central = furnish_central(clock)
        async with running(folder, clock=clock, board=board, central=central, token=token) as site:
            await act(site, central)
        return central

    return asyncio.run(scene())


async def _post(site: Site, path: str, body: object, **headers: str) -> httpx.Response:
    return await site.http.post(f"{CENTRAL}/{path}", content=json.dumps(body), headers={**JSON, **headers})


def test_the_overview_tells_stations_waiting_and_operations(tmp_path: Path) -> None:
    """Every fact of a card, the newest remark first, the longest waiting first, operations with their samples."""

    async def act(site: Site, _: FakeCentral) -> None:
        answer = await site.http.get(CENTRAL)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()
        carport, yard = told["stations"]
        assert carport["remarks"][0]["text"] == "Firmware: step 3"
        del carport["remarks"]
        assert carport == {
            "charger": "carport", "identity": "CP-4711", "security_profile": 1, "is_connected": True,
            "version": "1.6", "address": "192.168.1.20", "since": "2026-06-18T14:52:30Z",
            "booted_at": "2026-06-18T14:52:30Z", "heartbeat_at": "2026-06-18T19:51:20Z",
            "last_message_at": "2026-06-18T19:52:26Z", "connections": 0, "clock_offset_s": -75.0,
            "was_accepted": False, "error": None,
        }  # fmt: skip
        assert yard["is_connected"] is False
        assert yard["error"].startswith("yard (config.yaml:19)")
        assert [one["identity"] for one in told["waiting"]] == ["OLD BOX", "CP*New.7"]
        assert told["waiting"][1] == {
            "identity": "CP*New.7", "first_at": "2026-06-18T19:32:30Z", "last_at": "2026-06-18T19:52:00Z",
            "address": "192.168.1.77", "version": "2.0.1", "vendor_name": "Wallbox Works", "model": "Model One",
            "serial_number": "SN-0001", "has_password": True, "is_encrypted": True,
        }  # fmt: skip
        reset = told["operations"][-1]
        assert (reset["name"], reset["is_risky"], reset["sample"]) == ("Reset", True, {"type": "Soft"})
        assert reset["arguments"][0]["words"] == ["Soft", "Hard"]

    _with_central(tmp_path, act)


def test_the_chargers_tell_their_stations(tmp_path: Path) -> None:
    """A charger that connects by itself has its station; one that is asked has none; who waits is told too."""

    async def act(site: Site, _: FakeCentral) -> None:
        told = (await site.http.get("/api/v1/chargers")).json()
        stations = {charger["id"]: charger["station"] for charger in told["chargers"]}
        assert stations["carport"]["identity"] == "CP-4711"
        assert stations["garage"] is None
        assert [one["text"] for one in stations["carport"]["remarks"]] == [f"Firmware: step {n}" for n in (3, 2, 1)]
        assert len(told["waiting"]) == 2

    _with_central(tmp_path, act)


def test_without_a_central_system_there_is_nothing_of_it(tmp_path: Path) -> None:
    """Every address answers 404 with where it would come from, and the chargers' answer says null."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            answers = [
                await site.http.get(CENTRAL),
                await _post(site, "waiting/CP1", {"accept": False}),
                await _post(site, "garage/Reset", {}),
            ]
            told = (await site.http.get("/api/v1/chargers")).json()
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert all("see central in the config" in answer.json()["error"] for answer in answers)
        assert told["waiting"] is None
        assert told["chargers"][0]["station"] is None

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("content", "sort"),
    [
        (b'{"connectorId": 1, "duration": 1000}', "application/json"),
        (json.dumps("{'connectorId': 1, // required\n 'duration': 1000}").encode(), "application/json"),
        (b"{'connectorId': 1,\n'duration': 1000 // in seconds\n}", "text/plain; charset=utf-8"),
    ],
    ids=["object", "text in JSON", "text"],
)
def test_arguments_come_as_json_or_as_people_write_them(tmp_path: Path, content: bytes, sort: str) -> None:
    """An object, a string that holds a text, and the text itself mean the same; the whole result is answered."""

    async def act(site: Site, _: FakeCentral) -> None:
        path = f"{CENTRAL}/carport/GetCompositeSchedule"
        answer = await site.http.post(path, content=content, headers={"content-type": sort})
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "operation": "GetCompositeSchedule", "version": "1.6", "outcome": "done", "detail": "",
            "sent": {"connectorId": 1, "duration": 1000}, "answer": {"status": "Accepted"}, "notes": [],
        }  # fmt: skip

    central = _with_central(tmp_path, act)
    assert central.asked == [("carport", "GetCompositeSchedule", {"connectorId": 1, "duration": 1000}, "api")]


@pytest.mark.parametrize("content", [b"", b"  \n", b'""', b"{}"])
def test_no_arguments_are_an_empty_object(tmp_path: Path, content: bytes) -> None:
    """Nothing, blanks and an empty text are no arguments and no error."""

    async def act(site: Site, _: FakeCentral) -> None:
        answer = await site.http.post(f"{CENTRAL}/carport/GetConfiguration", content=content, headers=JSON)
        assert answer.status_code == 200, answer.text

    assert _with_central(tmp_path, act).asked == [("carport", "GetConfiguration", {}, "api")]


def test_a_no_and_silence_are_answers(tmp_path: Path) -> None:
    """What the charger refused or did not confirm is told with status 200 and its sentence."""

    async def act(site: Site, central: FakeCentral) -> None:
        for outcome in (CommandStatus.REFUSED, CommandStatus.UNCONFIRMED):
            central.answers["Reset"] = result("Reset", {}, outcome=outcome, detail="Why.", notes=("a note",))
            answer = await _post(site, "carport/Reset", {"type": "Soft"})
            assert (answer.status_code, answer.json()["outcome"]) == (200, outcome.value)
            assert (answer.json()["detail"], answer.json()["notes"]) == ("Why.", ["a note"])

    _with_central(tmp_path, act)


@pytest.mark.parametrize(
    ("failure", "status", "sentence"),
    [
        (
            PayloadError("Reset", [Problem("type", ProblemKind.MISSING, "is required")]), 400,
            "Reset: type: is required. The sender has to correct the payload. Nothing of it is used.",
        ),
        (LookupError("There is no operation «Reset»."), 404, "There is no operation «Reset»."),
        (KeyError("There is no operation «Reset»."), 404, "There is no operation «Reset»."),
        (ChargerUnsupportedError("carport", "1.6 has nothing like it"), 501, "carport: 1.6 has nothing like it."),
        (ChargerUnreachableError("carport", "it is not connected"), 503, "carport: it is not connected."),
        (StoreError("store.sqlite", "the disk is full"), 503, "store.sqlite: the disk is full."),
        (
            ZeroDivisionError("secret"), 500,
            "The bridge made a mistake while answering. Its log says more. Polling goes on.",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_each_failure_has_its_status_and_sentence(
    tmp_path: Path, failure: Exception, status: int, sentence: str
) -> None:
    """What makes no sense, what is not there, what cannot be done and what cannot be reached are told apart."""

    async def act(site: Site, central: FakeCentral) -> None:
        central.failure = failure
        answer = await _post(site, "carport/Reset", {})
        assert (answer.status_code, answer.json()["error"]) == (status, sentence)

    _with_central(tmp_path, act)


@pytest.mark.parametrize(
    ("content", "headers", "status", "words"),
    [
        (json.dumps("{'key': ['a'").encode(), JSON, 400, "line 1, column 13"),
        (b"[1]", JSON, 400, "neither an object with the arguments nor a text"),
        (b"{'key': 1}", JSON, 400, "it is not JSON"),
        (b"\xff{}", {"content-type": "text/plain"}, 400, "not in UTF-8"),
        (b" " * (BODY_LIMIT_BYTES + 1), JSON, 413, "longer than"),
        (b" " * (BODY_LIMIT_BYTES + 1), {"content-type": "text/plain"}, 413, "longer than"),
        (b"{}", {"content-type": "text/html"}, 415, "Send this as JSON"),
    ],
    ids=["torn text", "list", "text called JSON", "no Unicode", "long", "long text", "HTML"],
)
def test_what_cannot_be_read_is_not_sent(
    tmp_path: Path, content: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    """The answer says what is wrong with the body, and the charger hears nothing."""

    async def act(site: Site, _: FakeCentral) -> None:
        answer = await site.http.post(f"{CENTRAL}/carport/Reset", content=content, headers=headers)
        assert answer.status_code == status, answer.text
        assert words in answer.json()["error"]

    assert _with_central(tmp_path, act).asked == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1", "host": "127.0.0.1"}, 415),
        ({"sec-fetch-site": "same-origin"}, 415),
        ({"sec-fetch-mode": "navigate"}, 415),
        ({"referer": "http://evil.example/"}, 415),
        ({"cookie": "chargebridge=x"}, 415),
    ],
)
def test_text_is_taken_from_programs_only(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    """A form of another site can send text/plain without asking, so no browser's is taken."""

    async def act(site: Site, _: FakeCentral) -> None:
        sent = {"content-type": "text/plain", **headers}
        answer = await site.http.post(f"{CENTRAL}/carport/Reset", content=b"{}", headers=sent)
        assert answer.status_code == status, answer.text

    assert len(_with_central(tmp_path, act).asked) == (status == 200)


def test_the_journal_is_told_who_wishes_it(tmp_path: Path) -> None:
    """The page, the command line and any other program are told apart."""

    async def act(site: Site, _: FakeCentral) -> None:
        await _post(site, "carport/Reset", {}, **{"sec-fetch-site": "same-origin"})
        await _post(site, "carport/Reset", {}, **{"user-agent": "chargebridge-command-line"})
        await _post(site, "carport/Reset", {})

    assert [origin for *_, origin in _with_central(tmp_path, act).asked] == ["page", "command line", "api"]


def test_a_station_is_let_in_or_turned_away(tmp_path: Path) -> None:
    """Both are answered; an identity may hold what a path cannot."""

    async def act(site: Site, central: FakeCentral) -> None:
        central.board.waiting["a/b"] = central.board.waiting["OLD BOX"]
        for path, body, charger in (
            ("CP*New.7", {"accept": True, "charger": "roof"}, "roof"),
            ("OLD%20BOX", {"accept": False}, None),
            ("a%2Fb", {"accept": False}, None),
        ):
            answer = await _post(site, f"waiting/{path}", body)
            assert answer.status_code == 200, answer.text
            assert (answer.json()["accepted"], answer.json()["charger"]) == (charger is not None, charger)
        assert (await site.http.get(CENTRAL)).json()["waiting"] == []

    central = _with_central(tmp_path, act)
    assert central.let_in == [("CP*New.7", "roof"), ("OLD BOX", None), ("a/b", None)]


@pytest.mark.parametrize(
    ("identity", "body", "status", "words"),
    [
        ("nobody", {"accept": False}, 404, "«nobody» does not wait."),
        ("nobody", {"accept": True, "charger": "roof"}, 404, "«nobody» does not wait."),
        ("OLD%20BOX", {"accept": True, "charger": "garage"}, 409, "«garage» is taken"),
        ("OLD%20BOX", {"accept": True, "charger": "not-a-name"}, 400, "cannot be a charger's name"),
        ("OLD%20BOX", {"accept": True}, 400, "Allowed: "),
        ("OLD%20BOX", {"accept": True, "charger": 7}, 400, "Allowed: "),
        ("OLD%20BOX", {"accept": 1, "charger": "roof"}, 400, "Allowed: "),
        ("OLD%20BOX", {"accept": False, "more": 1}, 400, "Allowed: "),
        ("OLD%20BOX", {}, 400, "Allowed: "),
        ("OLD%20BOX", [], 400, "not a JSON object"),
    ],
)
def test_a_wrong_answer_to_who_waits_changes_nothing(
    tmp_path: Path, identity: str, body: Any, status: int, words: str
) -> None:
    """Who does not wait, a name that is taken or cannot be, and a body of another shape have their sentences."""

    async def act(site: Site, _: FakeCentral) -> None:
        answer = await _post(site, f"waiting/{identity}", body)
        assert answer.status_code == status, answer.text
        assert words in answer.json()["error"]

    assert _with_central(tmp_path, act).let_in == []


def test_a_charger_may_be_called_waiting(tmp_path: Path) -> None:
    """Its operations are reached unless a station of that very name waits."""

    async def act(site: Site, central: FakeCentral) -> None:
        central.board.stations["waiting"] = central.board.stations["carport"]
        assert (await _post(site, "waiting/Reset", {"type": "Soft"})).json()["outcome"] == "done"
        assert (await _post(site, "waiting/OLD%20BOX", {"accept": False})).status_code == 200

    central = _with_central(tmp_path, act)
    assert [one[:2] for one in central.asked] == [("waiting", "Reset")]
    assert central.let_in == [("OLD BOX", None)]


def test_the_token_stands_before_everything(tmp_path: Path) -> None:
    """Without it nothing is told and nothing is done; a page of another site cannot use a cookie."""

    async def act(site: Site, _: FakeCentral) -> None:
        assert (await site.http.get(CENTRAL)).status_code == 401
        assert (await _post(site, "carport/Reset", {})).status_code == 401
        assert (await _post(site, "waiting/OLD%20BOX", {"accept": False})).status_code == 401
        bearer = {"authorization": f"Bearer {TOKEN}"}
        assert (await _post(site, "carport/Reset", {}, **bearer)).status_code == 200
        await site.http.post("/login", data={"token": TOKEN})
        assert (await _post(site, "carport/Reset", {}, origin="http://evil.example")).status_code == 403

    central = _with_central(tmp_path, act, token=TOKEN)
    assert len(central.asked) == 1
    assert central.let_in == []


def test_a_question_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """A misspelt parameter is named, as everywhere."""

    async def act(site: Site, _: FakeCentral) -> None:
        assert (await site.http.get(f"{CENTRAL}?charger=carport")).status_code == 400
        assert (await _post(site, "carport/Reset?dry=1", {})).status_code == 400

    assert _with_central(tmp_path, act).asked == []
