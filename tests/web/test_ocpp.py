"""`/api/v1/ocpp/{charger}/…` over a real socket."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.engine.board import UplinkState
from bridge.errors import StoreError
from bridge.everest.interfaces import INTERFACES
from bridge.ports import SetAside
from bridge.types.ocpp.data_transfer import DataTransferRequest
from bridge.web.body import BODY_LIMIT_BYTES
from tests.everest.hostile import VALUES, arguments_of
from tests.web.scene import NOW, Site, card, furnish_stations, running, station

GARAGE = "/api/v1/ocpp/garage"
JSON = {"content-type": "application/json"}


async def _post(site: Site, path: str, body: object = None) -> httpx.Response:
    return await site.http.post(f"{GARAGE}/{path}", content=b"" if body is None else json.dumps(body), headers=JSON)


async def _result(site: Site, path: str, body: object = None) -> Any:
    answer = await _post(site, path, body)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["result"]
    return answer.json()["result"]


def test_every_command_of_everest_is_answered(tmp_path: Path) -> None:
    """Arguments by their names go in, the result comes out, null where a command has none."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            results = [
                await _result(site, command, body)
                for command, body in (
                    ("restart", {}),
                    ("stop", None),
                    ("stop", {}),
                    ("restart", {}),
                    ("data_transfer", {"vendor_id": "org.example", "message_id": "m", "data": "x"}),
                    ("get_configuration_key", {"keys": ["colour", "size"]}),
                    ("set_custom_configuration_key", {"key": "colour", "value": "red"}),
                    ("set_configuration_key", {"key": "NumberOfConnectors", "value": "2"}),
                    ("monitor_configuration_keys", {"keys": ["colour"]}),
                    ("security_event", {"type": "TamperDetectionActivated", "info": "lid"}),
                )
            ]
        assert results == [
            False, True, False, True,
            {"status": "Accepted", "data": "x"},
            {
                "configuration_keys": [{"key": "colour", "read_only": False, "value": "green"}],
                "unknown_keys": ["size"],
            },
            "Accepted", "Rejected", None, None,
        ]  # fmt: skip
        assert made.asked[4] == DataTransferRequest(vendor_id="org.example", message_id="m", data="x")

    asyncio.run(scene())


def test_every_variable_can_be_read(tmp_path: Path) -> None:
    """The last value of each, null for one that never had any."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            made.values["security_event"] = {"type": "InvalidMessages"}
            names = ("charging_schedules", "is_connected", "configuration_key", "security_event")
            seen = {name: (await site.http.get(f"{GARAGE}/{name}")).json() for name in names}

        assert seen == {
            "charging_schedules": {"result": {}},
            "is_connected": {"result": True},
            "configuration_key": {"result": None},
            "security_event": {"result": {"type": "InvalidMessages"}},
        }

    asyncio.run(scene())


PLACE = {"component": {"name": "Custom"}, "variable": {"name": "colour"}}


def test_the_generic_interfaces_are_under_their_own_names(tmp_path: Path) -> None:
    """`ocpp_generic` and `data_transfer` are called as over MQTT, and so is that of 1.6 where it is named."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            results = [
                await _result(site, path, body)
                for path, body in (
                    ("ocpp_generic/stop", None),
                    ("ocpp_generic/restart?csms=employer", {}),
                    ("ocpp_generic/security_event", {"event": {"type": "MemoryExhaustion"}}),
                    ("ocpp_generic/get_variables", {"requests": [{"component_variable": PLACE}]}),
                    (
                        "ocpp_generic/set_variables",
                        {"requests": [{"component_variable": PLACE, "value": "red"}], "source": "page"},
                    ),
                    ("ocpp_generic/change_availability", {"request": {"operational_status": "Operative"}}),
                    ("ocpp_generic/monitor_variables", {"component_variables": [PLACE]}),
                    ("data_transfer/data_transfer", {"request": {"vendor_id": "org.example", "data": "x"}}),
                    ("ocpp_1_6_charge_point/get_configuration_key", {"keys": ["colour"]}),
                )
            ]

        assert results == [
            True, True, None,
            [{"status": "Accepted", "value": "green", "component_variable": PLACE}],
            [{"status": "Accepted", "component_variable": PLACE}],
            {"status": "Accepted"}, None,
            {"status": "Accepted", "data": "x"},
            {"configuration_keys": [{"key": "colour", "read_only": False, "value": "red"}], "unknown_keys": []},
        ]  # fmt: skip
        assert made.settings == {"colour": "red"}

    asyncio.run(scene())


def test_every_generic_variable_can_be_read(tmp_path: Path) -> None:
    """The last value of each in the generic form, null for one that never had any."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            made.generic.values["event_data"] = {"event_id": 1}
            names = (
                "ocpp_transaction_event", "ocpp_transaction_event_response", "charging_schedules", "is_connected",
                "security_event", "event_data", "boot_notification_response",
            )  # fmt: skip
            seen = {name: (await site.http.get(f"{GARAGE}/ocpp_generic/{name}")).json()["result"] for name in names}

        assert seen == dict.fromkeys(names) | {
            "charging_schedules": {"schedules": []},
            "is_connected": True,
            "event_data": {"event_id": 1},
        }

    asyncio.run(scene())


def test_a_charger_lists_its_stations(tmp_path: Path) -> None:
    """Every station with its state and nothing of other chargers."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            furnish_stations(site)
            station(site, charger="yard")
            body = (await site.http.get(GARAGE)).json()

        assert body["charger"] == "garage"
        assert [(s["csms"], s["state"], s["control"]) for s in body["stations"]] == [
            ("employer", "online", True),
            ("refund", "connecting", False),
        ]
        assert body["stations"][0]["since"] == "2026-06-18T10:52:30Z"

    asyncio.run(scene())


def test_the_station_that_may_command_is_meant_unless_another_is_named(tmp_path: Path) -> None:
    """`csms` chooses; without it the commanding station answers, and where none commands the first."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            refund = station(site, "refund", control=False)
            employer = station(site, "employer")
            await _result(site, "stop")
            assert (employer.stopped, refund.stopped) == (True, False)
            await _result(site, "stop?csms=refund")
            assert refund.stopped
            site.board.uplinks["garage", "employer"].control = False
            await _result(site, "restart")
            assert (employer.stopped, refund.stopped) == (True, False)
            unknown = await _post(site, "stop?csms=nobody")
            other = await _post(site, "stop?cms=refund")

        assert unknown.status_code == other.status_code == 400
        assert unknown.json()["error"] == "csms: saw «nobody». Allowed: refund, employer."
        assert other.json()["parameter"] == "cms"

    asyncio.run(scene())


def test_dead_letters_are_told_in_words_and_told_again_by_number(tmp_path: Path) -> None:
    """Each says which message it was, when and why; a replay is true once, and false where there is none."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            _, refund = furnish_stations(site)
            refund.letters.append(SetAside(40, "garage/refund", NOW, "unknown", "not JSON"))
            path = f"{GARAGE}/dead_letters?csms=refund"
            letters = (await site.http.get(path)).json()["result"]
            assert await _result(site, "replay?csms=refund", {"number": 17}) is True
            assert await _result(site, "replay?csms=refund", {"number": 17}) is False
            left = (await site.http.get(path)).json()["result"]
            none = (await site.http.get(f"{GARAGE}/dead_letters")).json()

        assert letters[0] == {
            "number": 17,
            "at": "2026-06-17T17:52:30Z",
            "reason": "FormationViolation: idTag is too long",
            "action": "StopTransaction",
            "message": {"meterStart": 17},
        }
        assert (letters[2]["action"], letters[2]["message"]) == (None, "not JSON")
        assert [letter["number"] for letter in left] == [21, 40]
        assert none == {"result": []}

    asyncio.run(scene())


@pytest.mark.parametrize("body", [{}, {"number": "17"}, {"number": True}, {"number": 1.5}, {"number": 1, "x": 2}])
def test_a_replay_needs_a_number(tmp_path: Path, body: object) -> None:
    """Anything else is refused with what is allowed, and the station is not asked."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            answer = await _post(site, "replay", body)
        assert answer.status_code == 400
        assert answer.json()["allowed"] == "the number of a dead letter and nothing else"
        assert made.asked == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/api/v1/ocpp/nope/stop", "the charger «nope» has no station; there are stations of garage"),
        ("GET", "/api/v1/ocpp/nope", "the charger «nope» has no station; there are stations of garage"),
        ("GET", "/api/v1/ocpp/nope/is_connected", "the charger «nope» has no station"),
        ("GET", "/api/v1/ocpp/nope/dead_letters", "the charger «nope» has no station"),
        ("POST", "/api/v1/ocpp/garage/fly", "there is no command «fly»; there are stop, restart, data_transfer"),
        ("POST", "/api/v1/ocpp/garage/is_connected", "there is no command «is_connected»"),
        ("POST", "/api/v1/ocpp/nope/ocpp_generic/stop", "the charger «nope» has no station"),
        (
            "POST",
            "/api/v1/ocpp/garage/ocpp/stop",
            "there is no interface «ocpp»; there are ocpp_1_6_charge_point, ocpp",
        ),
        ("GET", "/api/v1/ocpp/garage/ocpp/is_connected", "there is no interface «ocpp»"),
        (
            "POST",
            "/api/v1/ocpp/garage/ocpp_generic/data_transfer",
            "there is no command «data_transfer»; there are stop",
        ),
        ("GET", "/api/v1/ocpp/garage/ocpp_generic/configuration_key", "there is no variable «configuration_key»"),
        ("GET", "/api/v1/ocpp/garage/data_transfer/is_connected", "no variable «is_connected»; there is none"),
        ("GET", "/api/v1/ocpp/garage/stop", "there is no variable «stop»; there are charging_schedules, is_connected"),
        ("GET", "/api/v1/ocpp/garage/" + "x" * 300, "there is no variable «" + "x" * 80 + "…»"),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(tmp_path: Path, method: str, path: str, said: str) -> None:
    """Unknown chargers, commands and variables are 404 with the names that would be right."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            answer = await site.http.request(method, path, headers=JSON)
        assert answer.status_code == 404
        assert said in answer.json()["error"]
        assert made.asked == []

    asyncio.run(scene())


def test_without_a_central_system_the_answer_says_where_one_is_set(tmp_path: Path) -> None:
    """A bridge that only polls answers 404 and names the place in the config."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            answer = await site.http.get(GARAGE)
        assert answer.status_code == 404
        assert "see ocpp under chargers in the config" in answer.json()["error"]

    asyncio.run(scene())


def test_wrong_arguments_are_named_each(tmp_path: Path) -> None:
    """Types, unknown names and missing ones are one 400, by the argument's path."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            answer = await _post(site, "data_transfer", {"message_id": 5, "vendorId": "v"})
        body = answer.json()
        assert answer.status_code == 400
        assert body["error"].startswith("data_transfer: ")
        assert {problem["argument"] for problem in body["problems"]} == {"vendor_id", "message_id", "vendorId"}
        assert made.asked == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "it is not JSON from character 1 on"),
        (b"[]", 400, "is not a JSON object"),
        (b"null", 400, "is not a JSON object"),
        (b'{"keys": NaN}', 400, "NaN and Infinity are no JSON"),
        (b'{"keys": [], "keys": []}', 400, "the same key twice"),
        (b'{"\\ud800": 1}', 400, "not Unicode"),
        (b"\xff\xfe", 400, "not Unicode"),
        (b"[" * 20_000, 400, "nested too deeply"),
        (b" " * (BODY_LIMIT_BYTES + 1), 413, "longer than 65536 bytes"),
    ],
)
def test_a_body_that_is_no_object_is_refused(tmp_path: Path, body: bytes, status: int, said: str) -> None:
    """The sentence says what is wrong with it, and the server goes on."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            answer = await site.http.post(f"{GARAGE}/get_configuration_key", content=body, headers=JSON)
            assert answer.status_code == status
            assert said in answer.json()["error"]
            assert made.asked == []
            assert await _result(site, "stop") is True

    asyncio.run(scene())


def test_the_stations_own_trouble_is_told(tmp_path: Path) -> None:
    """A store that fails is 503 with its sentence."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            made = station(site)
            made.failure = StoreError("store.sqlite", "the disk is full")
            answers = [
                await _post(site, "security_event", {"type": "x"}),
                await _post(site, "replay", {"number": 1}),
                await site.http.get(f"{GARAGE}/dead_letters"),
            ]
        assert [(a.status_code, a.json()["error"]) for a in answers] == [(503, "store.sqlite: the disk is full.")] * 3

    asyncio.run(scene())


def test_cards_and_health_tell_of_stations(tmp_path: Path) -> None:
    """Each charger has its own stations; an error or a dead letter degrades, a queue alone does not."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            card(site.board)
            card(site.board, "yard")
            station(site, waiting=3, limit_a=0.0, clock_offset_s=2.5)
            shown = site.board.uplinks["garage", "employer"]
            chargers = (await site.http.get("/api/v1/chargers")).json()["chargers"]
            states = []
            for error, letters in ((None, 0), ("nothing answers", 0), (None, 1)):
                shown.error, shown.dead_letters = error, letters
                states.append((await site.http.get("/health")).json()["status"])
            uplink = (await site.http.get("/health")).json()["uplinks"][0]

        assert [len(charger["uplinks"]) for charger in chargers] == [1, 0]
        assert chargers[0]["uplinks"][0]["limit_a"] == 0.0
        assert chargers[0]["uplinks"][0]["waiting"] == 3
        assert states == ["ok", "degraded", "degraded"]
        assert (uplink["charger"], uplink["csms"], uplink["state"]) == ("garage", "employer", UplinkState.ONLINE)
        assert uplink["since"] == (NOW - timedelta(hours=9)).isoformat().replace("+00:00", "Z")

    asyncio.run(scene())


COMMANDS = [
    (f"{one.implementation}/{name}", one.commands[name]) for one in INTERFACES.values() for name in one.commands
]
BODIES = st.sampled_from(COMMANDS).flatmap(
    lambda pair: st.tuples(st.just(pair[0]), arguments_of(pair[1]).map(json.dumps) | st.text(max_size=40))
)
ODD_PLACES = st.sampled_from(["replay", "is_connected", "x", "ocpp_generic/x", "x/stop", "security_event", "stop"])
NUMBERS = st.dictionaries(st.sampled_from(["number", "x"]), VALUES, max_size=2).map(json.dumps)
POSTS = (BODIES | st.tuples(ODD_PLACES, NUMBERS)).map(lambda pair: (pair[0], pair[1].encode("utf-8", "replace")))


def test_no_body_makes_the_server_fail(tmp_path: Path) -> None:
    """Whatever is posted, the answer is a result or a sentence, never a 500."""

    async def scene() -> None:
        async with running(tmp_path) as site:
            station(site)
            loop = asyncio.get_running_loop()

            async def send(path: str, body: bytes) -> httpx.Response:
                return await site.http.post(f"{GARAGE}/{path}", content=body, headers=JSON)

            @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
            @given(POSTS | st.tuples(st.sampled_from(COMMANDS).map(lambda pair: pair[0]), st.binary(max_size=20)))
            def probe(post: tuple[str, bytes]) -> None:
                answer = asyncio.run_coroutine_threadsafe(send(*post), loop).result(20)
                assert answer.status_code in {200, 400, 404}, (answer.status_code, answer.text[:300])
                assert "result" in answer.json() or answer.json()["error"]

            await asyncio.to_thread(probe)

    asyncio.run(scene())
