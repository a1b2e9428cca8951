"""Every endpoint over real HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from datetime import timedelta

import httpx
import pytest

from adapters.etrel.simulator import EtrelSimulator, SimulatorOptions
from tests.adapters.etrel.simulated import NOW, Bench, bench, run
from tests.clock import FakeClock

STATUS = "/api/generalStatus/"
QUIET = SimulatorOptions(days=0, autonomous=False)
ACCOUNT = SimulatorOptions(days=0, email="someone@example.org", password="correct")


def keys_of(content: object, prefix: str = "") -> set[str]:
    """Return the paths of all keys in a JSON document."""
    if isinstance(content, dict):
        return {f"{prefix}{k}" for k in content} | {p for k in content for p in keys_of(content[k], f"{prefix}{k}.")}
    if isinstance(content, list):
        return {p for item in content for p in keys_of(item, f"{prefix}[].")}
    return set()


STATUS_KEYS = {
    "authorization", "authorization.type", "centralSystem", "centralSystem.status", "evses", "evses.[].evseId",
    "evses.[].evseCode", "evses.[].connectors", "gsm", "gsm.isInstalled", "gsm.isEnabled", "gsm.linkIsUp",
    "gsm.linkQuality", "wifi", "wifi.isInstalled", "wifi.isEnabled", "wifi.linkIsUp", "wifi.linkQuality",
    "powerManagement", "powerManagement.loadGuard", "powerManagement.cluster", "latestFaults",
    "chargerTotalOperatingTime",
    *(f"powerManagement.loadGuard.{k}" for k in (
        "isInstalled", "isConnected", "buildingTotalPower", "maxCurrentL1", "maxCurrentL2", "maxCurrentL3")),
    *(f"powerManagement.cluster.{k}" for k in (
        "isEnabled", "allChargersConnected", "totalPower", "maxCurrentL1", "maxCurrentL2", "maxCurrentL3")),
    *(f"evses.[].connectors.[].{k}" for k in (
        "connectorId", "numberOfPhases", "type", "maxCurrentL1", "maxCurrent1Phase", "maxCurrent3Phase",
        "hardwareMaxCurrent", "hardwareMaxVoltage", "onlineData", "lastSession")),
    *(f"evses.[].connectors.[].onlineData.{k}" for k in (
        "status", "mode", "sessionId", "numberOfPhases", "targetCurrent", "phase1Current", "phaseUsed", "power",
        "consumedEnergy", "chargingDuration", "plannedDepartureTime", "departureTimeMode", "reserverdTime",
        "faultEventType", "faultEventDescription", "totalOperatingTme")),
    *(f"evses.[].connectors.[].lastSession.{k}" for k in (
        "chargingDuration", "chargingEndedTime", "energyConsumed", "chargingSessionStopReason")),
}  # fmt: skip


def test_general_status_has_the_real_chargers_keys() -> None:
    """Every key, casing and misspelling of the published answer, and no other."""

    async def test(at: Bench) -> None:
        answer = await at.client.get(STATUS)
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert keys_of(answer.json()) == STATUS_KEYS

    run(test, SimulatorOptions(days=5))


def test_a_slash_at_the_end_does_not_matter() -> None:
    """Each path answers with and without a trailing slash, and is counted under one name."""

    async def test(at: Bench) -> None:
        for path in ("generalStatus", "chargingSession", "systemInformation"):
            without = await at.client.get(f"/api/{path}")
            with_slash = await at.client.get(f"/api/{path}/")
            assert without.status_code == 200
            assert with_slash.content == without.content
        assert at.simulator.requests["/api/generalStatus"] == 2

    run(test)


def test_general_status_tells_the_model_at_this_moment() -> None:
    """Power, session register, building and cluster follow one driven car; idle reads 0 and keeps the register."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        at.clock.jump(3600)
        status = (await at.client.get(STATUS)).json()
        online = status["evses"][0]["connectors"][0]["onlineData"]
        assert (online["status"], online["power"], online["consumedEnergy"]) == ("Charging", 10.688, 10.688)
        assert online["phase1Current"] == 15.49
        assert online["chargingDuration"] == "01:00:00"
        assert online["reserverdTime"] == "0001-01-01T00:00:00"
        assert status["powerManagement"]["cluster"]["totalPower"] == 10.688
        assert 10.988 <= status["powerManagement"]["loadGuard"]["buildingTotalPower"] <= 13.188
        at.simulator.wish("unplug")
        at.clock.jump(86_400)
        status = (await at.client.get(STATUS)).json()
        connector = status["evses"][0]["connectors"][0]
        online = connector["onlineData"]
        assert (online["status"], online["power"], online["consumedEnergy"]) == ("Available", 0.0, 10.688)
        assert online["chargingDuration"] == "1.01:00:00"
        assert connector["lastSession"] == {
            "chargingDuration": "01:00:02",
            "chargingEndedTime": "2025-03-03T22:17:05.0868899Z",
            "energyConsumed": 10.688,
            "chargingSessionStopReason": "LocalStopUserDisconnectedCableFromVehicle",
        }

    run(test)


@pytest.mark.parametrize(
    ("power_w", "phases", "current_a"), [("3680", "L1", 16.14), ("7360", "L12", 16.0), ("11040", "L123", 16.05)]
)
def test_a_weaker_car_uses_fewer_phases(power_w: str, phases: str, current_a: float) -> None:
    """The phase current is the power over the phases in use at 230 V."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in", power_w=power_w)
        at.simulator.wish("start")
        online = await at.online()
        assert online["phaseUsed"] == phases
        assert online["phase1Current"] == pytest.approx(current_a, abs=0.15)

    run(test)


def test_the_operating_time_is_that_of_all_sessions() -> None:
    """Two finished sessions and the running one are added up, to the second."""

    async def test(at: Bench) -> None:
        for _ in range(3):
            at.simulator.wish("plug_in")
            at.simulator.wish("start")
            at.clock.jump(3600)
            assert (await at.online())["status"] == "Charging"
            at.simulator.wish("stop")
            at.simulator.wish("unplug")
        assert (await at.online())["totalOperatingTme"] == "03:00:00"
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        at.clock.jump(86_400)
        assert (await at.online())["totalOperatingTme"] == "1.03:00:00"

    run(test)


def test_several_connectors_are_spread_over_evses() -> None:
    """Connector ids run over all EVSEs, and each connector has a series of its own."""

    async def test(at: Bench) -> None:
        evses = (await at.client.get(STATUS)).json()["evses"]
        assert [(e["evseId"], [c["connectorId"] for c in e["connectors"]]) for e in evses] == [
            (1, [1, 2]),
            (2, [3]),
        ]
        row = (
            await at.client.get(
                "/api/powerProfile/",
                params={
                    "measure": "connector3,cluster,connector4",
                    "fromTime": "2025-03-03T20:00:00Z",
                    "toTime": "2025-03-03T20:00:00Z",
                },
            )
        ).json()[0]
        assert set(row) == {"time", "connector3", "cluster"}

    run(test, SimulatorOptions(days=1, connectors=3, connectors_per_evse=2))


def test_the_box_can_look_different() -> None:
    """Central system, load guard, cluster and the words for states are options."""

    async def test(at: Bench) -> None:
        at.simulator.wish("swipe")
        status = (await at.client.get(STATUS)).json()
        assert status["centralSystem"]["status"] == "Connected"
        assert status["powerManagement"]["loadGuard"]["isInstalled"] is False
        assert status["powerManagement"]["cluster"]["isEnabled"] is False
        assert (await at.online())["status"] == "WaitingForVehicleToBeConnected"
        words = []
        for action in ("plug_in", "pause", "resume", "stop", "fault"):
            at.simulator.wish(action)
            words.append((await at.online())["status"])
        assert words == ["Charging", "ChargingPausedByEvse", "Charging", "ChargingEnded", "ChargingFault"]

    run(
        test,
        SimulatorOptions(
            days=0,
            autonomous=False,
            central_system="Connected",
            load_guard=False,
            cluster=False,
            status_words="modbus",
        ),
    )


def test_the_profile_is_a_bare_array_in_kw() -> None:
    """Rows are 5 minutes apart, stamped with their start and `+00:00`, and exist only once they are over."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        at.clock.jump(24 * 60)
        answer = await at.client.get(
            "/api/powerProfile/",
            params={
                "measure": "connector1,building,cluster",
                "fromTime": "2025-03-03T21:16:36.989Z",
                "toTime": "2025-03-03T23:50:46.895Z",
            },
        )
        rows = answer.json()
        assert [(row["time"], row["connector1"], row["cluster"]) for row in rows] == [
            ("2025-03-03T21:20:00+00:00", 10.688, 10.688),
            ("2025-03-03T21:25:00+00:00", 10.688, 10.688),
            ("2025-03-03T21:30:00+00:00", 10.688, 10.688),
            ("2025-03-03T21:35:00+00:00", 10.688, 10.688),
        ]
        assert all(10.9 < row["building"] < 13.3 for row in rows)

    run(test)


def test_a_history_may_have_holes() -> None:
    """Rows that start in a hole are absent, and those around it are there."""

    async def test(at: Bench) -> None:
        rows = (
            await at.client.get(
                "/api/powerProfile",
                params={
                    "measure": "connector1",
                    "fromTime": "2025-03-03T19:00:00Z",
                    "toTime": "2025-03-03T19:30:00Z",
                },
            )
        ).json()
        assert [row["time"][11:16] for row in rows] == ["19:00", "19:05", "19:20", "19:25", "19:30"]

    hole = (NOW.replace(hour=19, minute=10, second=0), NOW.replace(hour=19, minute=20, second=0))
    run(test, SimulatorOptions(days=1, holes=[hole]))


@pytest.mark.parametrize(
    "params",
    [
        {"measure": "connector1", "fromTime": "2025-03-03T19:00:00Z"},
        {"measure": "connector1", "fromTime": "noon", "toTime": "2025-03-03T19:00:00Z"},
        {"fromTime": "2025-03-03T18:00:00Z", "toTime": "2025-03-03T19:00:00Z"},
    ],
)
def test_a_profile_question_that_lacks_something_is_refused(params: dict[str, str]) -> None:
    """The answer is a 400 that names the field."""

    async def test(at: Bench) -> None:
        answer = await at.client.get("/api/powerProfile/", params=params)
        assert answer.status_code == 400
        assert answer.json()["errorCode"] != 0
        assert answer.json()["errorMessage"]

    run(test)


def test_system_information_tells_who_the_box_is() -> None:
    """Model, serial number and versions, the serial number from the seed."""

    async def test(at: Bench) -> None:
        answer = (await at.client.get("/api/systemInformation")).json()
        assert answer == {
            "model": "INCH-HOME",
            "serialNumber": "SIM000007",
            "operationsVersion": "5.2.3",
            "osVersion": "3.4.1",
        }

    run(test, SimulatorOptions(days=0, seed=7))


def test_a_restart_zeroes_the_session_register_and_takes_a_while() -> None:
    """The restart is answered, then every connection is reset until the box is up again."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        at.clock.jump(3600)
        assert (await at.client.post("/api/restart")).json()["errorCode"] == 0
        with pytest.raises(httpx.TransportError):
            await at.client.get(STATUS)
        at.clock.jump(60)
        online = await at.online()
        assert online["status"] == "Charging"
        assert online["consumedEnergy"] == 0.178133

    run(test, SimulatorOptions(days=0, autonomous=False, reboot_s=60))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/webOperatorLogin", 405),
        ("GET", "/api/restart", 405),
        ("POST", "/api/generalStatus/", 405),
        ("GET", "/api/nothing", 404),
        ("GET", "/", 404),
    ],
)
def test_wrong_methods_and_paths_are_refused(method: str, path: str, status: int) -> None:
    """405 for a method that a path does not have, 404 for a path that is not there."""

    async def test(at: Bench) -> None:
        assert (await at.client.request(method, path)).status_code == status

    run(test)


def test_the_log_may_be_post_only() -> None:
    """An option takes GET away from the session log; the refusal names what is allowed."""

    async def test(at: Bench) -> None:
        refused = await at.client.get("/api/chargingSession/")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        assert (await at.client.post("/api/chargingSession/")).status_code == 200

    run(test, SimulatorOptions(days=0, session_methods=("POST",)))


# --- who is let in ---------------------------------------------------------------------------------------------


async def log_in(at: Bench, password: str = "correct") -> httpx.Response:
    return await at.client.post("/api/webOperatorLogin", data={"email": "someone@example.org", "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_login_gives_an_opaque_token_that_opens_the_charger() -> None:
    """Sixteen characters, good as a bearer; without them the answer is 401."""

    async def test(at: Bench) -> None:
        assert (await at.client.get(STATUS)).status_code == 401
        answer = (await log_in(at)).json()
        assert answer["errorCode"] == 0
        assert answer["webOperator"]["email"] == "someone@example.org"
        assert answer["webOperator"]["password"] is None
        assert len(answer["token"]) == 16
        assert (await at.client.get(STATUS, headers=bearer(answer["token"]))).status_code == 200
        assert (await at.client.get(STATUS, headers=bearer("guessed"))).status_code == 401
        assert (await at.client.get(STATUS, headers={"Authorization": answer["token"]})).status_code == 401

    run(test, ACCOUNT)


@pytest.mark.parametrize("status", [200, 401])
def test_a_wrong_password_gives_no_token(status: int) -> None:
    """The refusal has an errorCode and no token, with HTTP 200 or, as an option, 401."""

    async def test(at: Bench) -> None:
        refused = await log_in(at, "wrong")
        assert refused.status_code == status
        assert refused.json()["errorCode"] != 0
        assert refused.json()["token"] is None

    run(
        test,
        SimulatorOptions(
            days=0,
            email="someone@example.org",
            password="correct",
            refused_login_status=200 if status == 200 else 401,
        ),
    )


def test_a_fixed_token_opens_the_charger() -> None:
    """The configured token is good and nothing else is."""

    async def test(at: Bench) -> None:
        assert (await at.client.get(STATUS, headers=bearer("fixed"))).status_code == 200
        assert (await at.client.get(STATUS, headers=bearer("other"))).status_code == 401

    run(test, SimulatorOptions(days=0, token="fixed"))


def test_a_token_dies_of_age() -> None:
    """After its lifetime a token is refused, and a new login gives another that works."""

    async def test(at: Bench) -> None:
        first = (await log_in(at)).json()["token"]
        at.clock.jump(599)
        assert (await at.client.get(STATUS, headers=bearer(first))).status_code == 200
        at.clock.jump(1)
        assert (await at.client.get(STATUS, headers=bearer(first))).status_code == 401
        second = (await log_in(at)).json()["token"]
        assert second != first
        assert (await at.client.get(STATUS, headers=bearer(second))).status_code == 200

    run(
        test,
        SimulatorOptions(days=0, email="someone@example.org", password="correct", token_lifetime_s=600),
    )


def test_a_token_dies_of_use() -> None:
    """After so many requests a token is refused."""

    async def test(at: Bench) -> None:
        token = (await log_in(at)).json()["token"]
        statuses = [(await at.client.get(STATUS, headers=bearer(token))).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 401]

    run(
        test,
        SimulatorOptions(days=0, email="someone@example.org", password="correct", token_lifetime_requests=3),
    )


def test_without_account_and_token_everybody_is_let_in() -> None:
    """Any login works and any token, or none, opens the charger."""

    async def test(at: Bench) -> None:
        assert (await log_in(at, "whatever")).json()["errorCode"] == 0
        assert (await at.client.get(STATUS)).status_code == 200
        assert (await at.client.get(STATUS, headers=bearer("whatever"))).status_code == 200

    run(test)


# --- the machinery ---------------------------------------------------------------------------------------------


def test_simulated_time_may_run_faster() -> None:
    """With a speed of 60 a real minute is a simulated hour, in the data and in the Date header."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        at.clock.jump(60)
        assert (await at.online())["consumedEnergy"] == 10.688
        assert (await at.client.get(STATUS)).headers["date"] == "Mon, 03 Mar 2025 22:17:03 GMT"

    run(test, SimulatorOptions(days=0, autonomous=False, speed=60))


def test_stopping_is_quick_with_connections_kept_alive_and_an_answer_delayed() -> None:
    """Stop returns within a second although one client idles and another waits for a slow answer."""

    async def whole() -> float:
        clock = FakeClock(NOW)
        simulator = EtrelSimulator(SimulatorOptions(days=0), clock)
        await simulator.start()
        async with httpx.AsyncClient(base_url=simulator.url, trust_env=False) as client:
            await client.get(STATUS)
            await client.post("/_control/fail", params={"kind": "slow", "delay_s": "300"})
            waiting = asyncio.create_task(client.get(STATUS))
            await clock.until_parked()
            loop = asyncio.get_running_loop()
            before_s = loop.time()
            await simulator.stop()
            took_s = loop.time() - before_s
            assert (await waiting).status_code == 200
            with pytest.raises(httpx.ConnectError):
                await client.get(STATUS)
        return took_s

    assert asyncio.run(whole()) < 1


def test_many_live_in_one_loop_and_leave_it_as_it_was() -> None:
    """Simulators get ports of their own, share nothing, and touch neither signals nor loggers."""

    async def whole() -> None:
        handler = signal.getsignal(signal.SIGINT)
        access = logging.getLogger("uvicorn.access")
        before = (list(access.handlers), access.propagate, access.level, list(logging.getLogger().handlers))
        async with bench(QUIET) as first, bench(QUIET) as second:
            assert first.simulator.url != second.simulator.url
            first.simulator.wish("plug_in")
            assert (await first.online())["status"] == "Preparing"
            assert (await second.online())["status"] == "Available"
            assert signal.getsignal(signal.SIGINT) is handler
        after = (list(access.handlers), access.propagate, access.level, list(logging.getLogger().handlers))
        assert after == before

    asyncio.run(whole())


def test_a_birth_may_be_given_instead_of_days() -> None:
    """With `since` the history starts there, and the log is the same when the simulator starts later."""

    async def ids(started_after: timedelta) -> list[object]:
        clock = FakeClock(NOW + started_after)
        options = SimulatorOptions(since=NOW - timedelta(days=9), seed=3)
        async with (
            EtrelSimulator(options, clock) as simulator,
            httpx.AsyncClient(base_url=simulator.url, trust_env=False) as client,
        ):
            answer = await client.get(
                "/api/chargingSession",
                params={"pageSize": "1000", "chargingStartedTimeTo": "2025-03-01 00:00:00"},
            )
            return [
                (row["chargingSessionId"], row["chargingStartedTime"], row["meterValueStart"])
                for row in answer.json()["content"]
            ]

    early, late = asyncio.run(ids(timedelta(0))), asyncio.run(ids(timedelta(days=2)))
    assert early == late
    assert len(early) > 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": -1},
        {"connectors": 0},
        {"speed": 0},
        {"email": "someone@example.org"},
        {"since": NOW.replace(tzinfo=None)},
    ],
)
def test_what_cannot_be_simulated_is_refused(wrong: dict[str, object]) -> None:
    """Options that make no sense are a ValueError at once."""
    with pytest.raises(ValueError, match=r"at least|together|zone"):
        SimulatorOptions(**wrong)  # type: ignore[arg-type] # the wrong values are the point


def test_a_form_without_end_is_refused() -> None:
    """A body larger than any form of this API is a 413."""

    async def test(at: Bench) -> None:
        answer = await at.client.post("/api/webOperatorLogin", content=b"x" * 100_000)
        assert answer.status_code == 413

    run(test)


def test_answers_are_json_to_the_letter() -> None:
    """The log of a year parses as JSON and carries exactly one-line text."""

    async def test(at: Bench) -> None:
        answer = await at.client.post("/api/chargingSession/", data={"pageSize": "1000"})
        assert len(json.loads(answer.text)["content"]) > 300
        assert "\n" not in answer.text

    run(test, SimulatorOptions(days=365))
