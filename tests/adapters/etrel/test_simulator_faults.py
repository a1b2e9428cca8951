"""What goes wrong on request, over real HTTP."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from adapters.etrel.simulator import Fault, FaultKind, SimulatorOptions
from tests.adapters.etrel.simulated import Bench, run

STATUS = "/api/generalStatus/"


@pytest.mark.parametrize(
    ("kind", "status", "header"),
    [
        ("unauthorized", 401, None),
        ("server_error", 500, None),
        ("not_found", 404, None),
        ("unavailable", 503, "30"),
        ("too_many", 429, "30"),
    ],
)
def test_a_fault_answers_with_its_status(kind: str, status: int, header: str | None) -> None:
    """The status comes for as many requests as asked, with Retry-After where there is one, and then ends."""

    async def test(at: Bench) -> None:
        assert (await at.control("fail", kind=kind, times=2)).json()["faults"] == [kind]
        for _ in range(2):
            answer = await at.client.get(STATUS)
            assert answer.status_code == status
            assert answer.headers.get("retry-after") == header
        assert (await at.client.get(STATUS)).status_code == 200

    run(test)


def test_a_fault_without_times_stays_until_it_is_healed() -> None:
    """Every request is struck; the control surface is not; healing ends it."""

    async def test(at: Bench) -> None:
        await at.control("fail", kind="server_error")
        for _ in range(5):
            assert (await at.client.get(STATUS)).status_code == 500
        assert (await at.control("heal")).json()["faults"] == []
        assert (await at.client.get(STATUS)).status_code == 200

    run(test)


def test_healing_may_be_of_one_kind() -> None:
    """Other faults stay."""

    async def test(at: Bench) -> None:
        await at.control("fail", kind="html")
        await at.control("fail", kind="unavailable", retry_after_s=7)
        assert (await at.client.get(STATUS)).headers["retry-after"] == "7"
        assert (await at.control("heal", kind="unavailable")).json()["faults"] == ["html"]
        assert (await at.client.get(STATUS)).headers["content-type"].startswith("text/html")

    run(test)


def test_a_fault_may_concern_one_path() -> None:
    """Other paths answer as ever and do not use it up."""

    async def test(at: Bench) -> None:
        await at.control("fail", kind="not_found", path="/api/systemInformation/", times=1)
        assert (await at.client.get(STATUS)).status_code == 200
        assert (await at.client.get("/api/systemInformation")).status_code == 404
        assert (await at.client.get("/api/systemInformation")).status_code == 200

    run(test)


def test_faults_may_be_there_from_the_start() -> None:
    """An option sets them, and the options themselves are not used up."""
    options = SimulatorOptions(days=0, faults=[Fault(FaultKind.TOO_MANY, times=1, retry_after_s=3)])

    async def test(at: Bench) -> None:
        assert (await at.client.get(STATUS)).headers["retry-after"] == "3"
        assert (await at.client.get(STATUS)).status_code == 200

    run(test, options)
    run(test, options)


def test_a_refused_login_is_http_200_with_an_error_code() -> None:
    """The right password is refused once."""

    async def test(at: Bench) -> None:
        at.simulator.fail(FaultKind.REFUSED_LOGIN, times=1)
        account = {"email": "someone@example.org", "password": "correct"}
        refused = await at.client.post("/api/webOperatorLogin", data=account)
        assert (refused.status_code, refused.json()["token"]) == (200, None)
        assert refused.json()["errorCode"] != 0
        assert (await at.client.post("/api/webOperatorLogin", data=account)).json()["errorCode"] == 0

    run(test, SimulatorOptions(days=0, email="someone@example.org", password="correct"))


def test_a_slow_answer_waits_on_the_clock() -> None:
    """The answer comes whole after the delay of the injected clock and not before."""

    async def test(at: Bench) -> None:
        await at.control("fail", kind="slow", delay_s=100, times=1)
        waiting = asyncio.create_task(at.client.get(STATUS))
        await at.clock.until_parked()
        await at.clock.advance(99)
        assert not waiting.done()
        await at.clock.advance(1)
        assert (await waiting).status_code == 200

    run(test)


def test_a_reset_breaks_the_connection() -> None:
    """The client sees its connection reset, and the next request works."""

    async def whole(at: Bench) -> None:
        at.simulator.fail(FaultKind.RESET, times=1)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(at.simulator.url.rsplit(":", 1)[1]))
        writer.write(b"GET /api/generalStatus/ HTTP/1.1\r\nHost: charger\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        assert (await at.client.get(STATUS)).status_code == 200

    run(whole)


def test_a_truncated_answer_ends_half_way() -> None:
    """The length promises more than comes before the connection is closed."""

    async def test(at: Bench) -> None:
        at.simulator.fail(FaultKind.TRUNCATED, times=1)
        got = bytearray()

        async def read() -> None:
            async for part in answer.aiter_raw():
                got.extend(part)

        async with at.client.stream("GET", STATUS) as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError):
                await read()
        assert len(got) == int(answer.headers["content-length"]) // 2
        assert (await at.client.get(STATUS)).status_code == 200

    run(test)


def test_invalid_json_comes_whole() -> None:
    """Status, type and length are right, and the text is no JSON."""

    async def test(at: Bench) -> None:
        at.simulator.fail(FaultKind.INVALID_JSON, times=1)
        answer = await at.client.get(STATUS)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
        with pytest.raises(ValueError, match=r"(?i)expect|property name|delimiter"):
            answer.json()

    run(test)


def test_a_login_page_takes_the_place_of_json() -> None:
    """HTML with status 200, as of a router."""

    async def test(at: Bench) -> None:
        at.simulator.fail(FaultKind.HTML)
        answer = await at.client.get(STATUS)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.text.startswith("<!DOCTYPE html>")
        at.simulator.heal()
        assert "evses" in (await at.client.get(STATUS)).json()

    run(test)


def test_an_unknown_status_word_may_appear() -> None:
    """The word is the one asked for; other endpoints do not use the fault up."""

    async def test(at: Bench) -> None:
        await at.control("fail", kind="unknown_status", word="Pondering", times=1)
        await at.client.get("/api/systemInformation")
        assert (await at.online())["status"] == "Pondering"
        assert (await at.online())["status"] == "Available"

    run(test)


def test_the_clock_of_the_charger_may_be_wrong() -> None:
    """Only the Date header is ahead."""

    async def test(at: Bench) -> None:
        await at.control("fail", kind="wrong_date", skew_s=-7200, times=1)
        assert (await at.client.get(STATUS)).headers["date"] == "Mon, 03 Mar 2025 19:17:03 GMT"
        assert (await at.client.get(STATUS)).headers["date"] == "Mon, 03 Mar 2025 21:17:03 GMT"

    run(test)


@pytest.mark.parametrize("connectors", [1, 2])
def test_a_page_shifts_while_paging(connectors: int) -> None:
    """A new session appears before page 2: the counts change and the last row of page 1 comes again."""

    async def test(at: Bench) -> None:
        at.simulator.fail(FaultKind.SHIFTED_PAGE, times=1)
        first = (await at.client.get("/api/chargingSession", params={"pageNumber": 1})).json()
        second = (await at.client.get("/api/chargingSession", params={"pageNumber": 2})).json()
        again = (await at.client.get("/api/chargingSession", params={"pageNumber": 1})).json()
        assert second["pagingInfo"]["numOfRows"] == first["pagingInfo"]["numOfRows"] + 1
        assert second["content"][0] == first["content"][-1]
        assert again["content"][1:] == first["content"][:-1]
        new = again["content"][0]
        assert new["timeSpentCharging"] == "00:00:01"
        assert new["activeEnergyConsumed"] == 0
        assert new["chargingSessionStopReason"].startswith("Fault")

    run(test, SimulatorOptions(days=60, connectors=connectors))


def test_a_session_that_appears_leaves_a_running_one_alone() -> None:
    """State, session id and register of the only connector are those of its running session."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        at.simulator.wish("start")
        at.clock.jump(600)
        before = await at.online()
        at.simulator.fail(FaultKind.SHIFTED_PAGE, times=1)
        answer = (await at.client.get("/api/chargingSession", params={"pageNumber": 2})).json()
        assert answer["pagingInfo"]["numOfRows"] == 2
        after = await at.online()
        for key in ("status", "sessionId", "consumedEnergy", "power"):
            assert after[key] == before[key]
        at.simulator.wish("stop")
        assert (await at.online())["status"] == "Finishing"

    run(test)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "gremlins"},
        {},
        {"kind": "slow", "delay_s": "1e9"},
        {"kind": "slow", "delay_s": "soon"},
        {"kind": "html", "times": "0"},
        {"kind": "html", "times": "many"},
        {"kind": "wrong_date", "skew_s": "inf"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(given: dict[str, str]) -> None:
    """The answer is a 400 with a sentence, and nothing is broken."""

    async def test(at: Bench) -> None:
        refused = await at.control("fail", **given)
        assert refused.status_code == 400
        assert refused.json()["error"]
        assert (await at.client.get(STATUS)).status_code == 200

    run(test)


def test_there_is_a_bound_to_the_number_of_faults() -> None:
    """The hundred and first is refused."""

    async def test(at: Bench) -> None:
        answers = [await at.control("fail", kind="html", times=1) for _ in range(101)]
        assert {answer.status_code for answer in answers[:100]} == {200}
        assert answers[100].status_code == 400

    run(test)
