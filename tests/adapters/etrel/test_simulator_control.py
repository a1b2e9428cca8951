"""The control surface over HTTP."""

from __future__ import annotations

from adapters.etrel.simulator import SimulatorOptions
from tests.adapters.etrel.simulated import Bench, run


def test_a_whole_visit_can_be_driven() -> None:
    """Each step answers with the new state, and the session stands in the log."""

    async def test(at: Bench) -> None:
        statuses = []
        for action in ("plug_in", "swipe", "pause", "resume", "stop", "unplug"):
            answer = await at.control(action, connector=2, id_token="5B10C9D2")
            assert answer.status_code == 200
            state = answer.json()["connectors"]
            statuses.append((state[0]["status"], state[1]["status"]))
            at.clock.jump(30)
        assert statuses == [
            ("Available", "Preparing"),
            ("Available", "Charging"),
            ("Available", "SuspendedEVSE"),
            ("Available", "Charging"),
            ("Available", "Finishing"),
            ("Available", "Available"),
        ]
        row = (await at.client.get("/api/chargingSession")).json()["content"][0]
        assert (row["connectorId"], row["identificationCode"], row["user"]) == (2, "5B10C9D2", None)

    run(test, SimulatorOptions(days=0, autonomous=False, connectors=2))


def test_an_impossible_wish_is_a_409_with_a_sentence() -> None:
    """A stop without a session says what is missing."""

    async def test(at: Bench) -> None:
        refused = await at.control("stop")
        assert refused.status_code == 409
        assert refused.json() == {"error": "no session is running; start one first"}

    run(test)


def test_an_unknown_control_is_a_404_that_lists_what_there_is() -> None:
    """The sentence names the known ones."""

    async def test(at: Bench) -> None:
        refused = await at.control("explode")
        assert refused.status_code == 404
        assert "plug_in" in refused.json()["error"]

    run(test)


def test_only_the_state_may_be_asked_with_get() -> None:
    """GET of a wish is a 405 and does nothing; GET of the state is answered."""

    async def test(at: Bench) -> None:
        assert (await at.client.get("/_control/plug_in")).status_code == 405
        state = (await at.client.get("/_control/state")).json()
        assert state["connectors"][0]["status"] == "Available"
        assert state["connectors"][0]["session_id"] is None

    run(test)


def test_an_unknown_card_is_taken_and_has_no_user() -> None:
    """The log shows the code with a source of its own and a null user."""

    async def test(at: Bench) -> None:
        await at.control("plug_in")
        await at.control("start", id_token="DEADBEEF")
        row = (await at.client.get("/api/chargingSession")).json()["content"][0]
        assert (row["identificationCode"], row["user"], row["userId"]) == ("DEADBEEF", None, None)
        assert row["userIdentification"]["userIdentificationSource"] == "OcppCache"

    run(test)


def test_a_fault_after_a_second_is_a_session_of_a_second() -> None:
    """The odd one-second sessions of the real log can be made."""

    async def test(at: Bench) -> None:
        for action in ("plug_in", "start"):
            await at.control(action)
        at.clock.jump(1)
        await at.control("fault")
        status = (await at.client.get("/api/generalStatus")).json()
        assert status["latestFaults"] == 1
        assert status["evses"][0]["connectors"][0]["onlineData"]["faultEventType"] is not None
        row = (await at.client.get("/api/chargingSession")).json()["content"][0]
        assert row["timeSpentCharging"] == "00:00:01"
        assert row["chargingSessionStopReason"] == "FaultOccuredSystemInternalFault"
        await at.control("clear_fault")
        assert (await at.online())["status"] == "Finishing"

    run(test)


def test_a_reboot_zeroes_what_general_status_shows_of_the_session() -> None:
    """The session register falls to 0 and the session goes on."""

    async def test(at: Bench) -> None:
        for action in ("plug_in", "start"):
            await at.control(action)
        at.clock.jump(3600)
        before = await at.online()
        await at.control("reboot")
        after = await at.online()
        assert (before["consumedEnergy"], after["consumedEnergy"]) == (10.688, 0.0)
        assert after["sessionId"] == before["sessionId"]

    run(test)


def test_control_requests_are_not_counted() -> None:
    """Only the charger's own paths are counted, and unknown ones under one name."""

    async def test(at: Bench) -> None:
        await at.control("plug_in")
        await at.online()
        await at.client.get("/api/unheard/of")
        assert at.simulator.requests == {"/api/generalStatus": 1, "(other)": 1}

    run(test)
