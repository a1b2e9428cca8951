"""What the simulated charger answers, over real HTTP and without the adapter."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from adapters.go_e.simulator import Fault, FaultKind, SimulatorOptions
from tests.adapters.go_e.simulated import Bench, driven, run


def test_the_status_has_the_keys_that_were_asked_for() -> None:
    """A filter chooses, an unknown key is left out, and without a filter everything comes."""

    async def test(at: Bench) -> None:
        answer = await at.client.get("/api/status?filter=car,alw,nothing")
        assert answer.json() == {"car": 1, "alw": True}
        assert answer.headers["content-type"] == "application/json"
        assert {"car", "nrg", "eto", "sse", "rbc"} <= set(await at.status())

    run(test)


def test_an_old_firmware_hears_ten_keys_of_an_array() -> None:
    """Before 051.4 the filter is JSON and short, and the new spelling is no filter."""

    async def test(at: Bench) -> None:
        keys = list(await at.status())[:12]
        answer = await at.client.get("/api/status", params={"filter": json.dumps(keys)})
        assert list(answer.json()) == keys[:10]
        assert len((await at.client.get("/api/status?filter=car,alw")).json()) > 10

    run(test, driven(legacy_filter=True))


def test_the_energy_array_agrees_with_itself() -> None:
    """Current times voltage is the power of a phase, and the phases add up to the total."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in", current_a=13.4, phases=2)
        nrg = (await at.status())["nrg"]
        assert len(nrg) == 16
        assert nrg[4:7] == [13.4, 13.4, 0]
        assert nrg[7:12] == [3082.0, 3082.0, 0, 0, 6164.0]

    run(test)


def test_a_box_on_one_phase_charges_on_one() -> None:
    """A car for three phases gets one, and the others have no voltage."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in", phases=3)
        nrg = (await at.status())["nrg"]
        assert (nrg[:4], nrg[4:7], nrg[11]) == ([230, 0, 0, 0], [16.0, 0, 0], 3680.0)

    run(test, driven(phases=1))


@pytest.mark.parametrize(
    ("values", "reply"),
    [
        ({"amp": 10}, {"amp": True}),
        ({"amp": 6, "frc": 2}, {"amp": True, "frc": True}),
        ({"amp": 0}, {"amp": "amp: failed: Value 0 exceeds range 6 to 32 (0)"}),
        ({"amp": 33, "frc": 1}, {"amp": "amp: failed: Value 33 exceeds range 6 to 32 (33)", "frc": True}),
        ({"amp": -1}, {"amp": "amp: failed: value must be uint8_t (-1)"}),
        ({"amp": "null"}, {"amp": "amp: failed: null not allowed (null)"}),
        ({"amp": "ten"}, {"amp": "amp: tried to set api key with invalid json (ten)"}),
        ({"amp": "true"}, {"amp": "amp: failed: value must be uint8_t (true)"}),
        ({"frc": 3}, {"frc": "frc: failed: Value 3 exceeds range 0 to 2 (3)"}),
        ({"trx": "null"}, {"trx": True}),
        ({"trx": 11}, {"trx": "trx: failed: Value 11 exceeds range 0 to 10 (11)"}),
        ({"acs": 1}, {"acs": True}),
        ({"fna": '"garage"'}, None),
    ],
)
def test_a_set_is_answered_key_by_key(values: dict[str, str | int], reply: dict[str, object] | None) -> None:
    """True or a sentence for each known key, HTTP 500 with a sentence; what was taken is done."""

    async def test(at: Bench) -> None:
        answer = await at.set(**values)
        good = all(value is True for value in (reply or {}).values())
        assert (answer.json(), answer.status_code) == (reply, 200 if good else 500)
        status = await at.status()
        for key, value in (reply or {}).items():
            if value is True:
                assert status[key] == json.loads(str(values[key]))

    run(test)


def test_the_limit_of_an_11_kw_box_is_16_a() -> None:
    """`ama` bounds `amp`."""

    async def test(at: Bench) -> None:
        assert (await at.set(amp=17)).status_code == 500
        status = await at.status()
        assert (status["ama"], status["var"], status["amp"]) == (16, 11, 16)

    run(test, driven(highest_a=16))


def test_force_counts_only_after_the_access_control() -> None:
    """With access control nothing charges before a transaction, not even by force; unplugging ends it."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        await at.set(frc=2)
        assert [(await at.status())[key] for key in ("alw", "car", "modelStatus", "acu")] == [False, 3, 2, None]
        at.simulator.wish("swipe", card=1)
        assert [(await at.status())[key] for key in ("alw", "car", "modelStatus", "trx")] == [True, 2, 3, 2]
        at.simulator.wish("unplug")
        assert [(await at.status())[key] for key in ("alw", "car", "frc", "trx")] == [False, 1, 0, None]

    run(test, driven(access_control=True))


def test_a_transaction_waits_a_minute_for_its_car() -> None:
    """Without a car it ends by itself."""

    async def test(at: Bench) -> None:
        await at.set(trx=0)
        at.clock.jump(59)
        assert (await at.status())["alw"] is True
        at.clock.jump(1)
        assert [(await at.status())[key] for key in ("alw", "trx")] == [False, None]

    run(test, driven(access_control=True))


def test_a_setting_shows_at_once_and_works_later() -> None:
    """The lag is between the setting and what comes of it."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in")
        await at.set(frc=1)
        assert [(await at.status())[key] for key in ("frc", "alw", "car")] == [1, True, 2]
        at.clock.jump(1)
        assert [(await at.status())[key] for key in ("frc", "alw", "car")] == [1, False, 4]

    run(test, driven(lag_s=1))


def test_a_reboot_counts_and_starts_the_clock_anew() -> None:
    """`rbc` rises, `rbt` begins again, the settings stay."""

    async def test(at: Bench) -> None:
        await at.set(amp=9)
        at.clock.jump(100)
        before = await at.status()
        assert (await at.set(rst="true")).json() == {"rst": True}
        at.clock.jump(2)
        after = await at.status()
        assert (before["rbt"], after["rbt"]) == (100_000, 2_000)
        assert (after["rbc"] - before["rbc"], after["amp"]) == (1, 9)

    run(test)


def test_other_paths_and_methods_are_refused() -> None:
    """404 and 405; the control surface wants POST for all but the state."""

    async def test(at: Bench) -> None:
        assert (await at.client.get("/status")).status_code == 404
        assert (await at.client.post("/api/set?amp=6")).status_code == 405
        assert (await at.client.get("/_control/plug_in")).status_code == 405
        assert (await at.client.get("/_control/state")).status_code == 200
        assert at.simulator.requests == {"(other)": 1, "/api/set": 1}

    run(test)


def test_the_control_surface_drives_the_charger() -> None:
    """Each wish answers with the new state; what cannot be is told in a sentence."""

    async def test(at: Bench) -> None:
        state = (await at.control("plug_in", current_a=10, phases=1, energy_wh=5000)).json()
        assert (state["car"], state["plugged"], state["power_w"]) == (2, True, 2300.0)
        assert (await at.control("appetite", current_a=6)).json()["power_w"] == 1380.0
        assert (await at.control("appetite", energy_wh=0)).json()["car"] == 4
        for action, given, status, said in (
            ("plug_in", {}, 409, "unplug it first"),
            ("swipe", {}, 409, "asks for no card"),
            ("clear_fault", {}, 409, "no fault"),
            ("appetite", {"current_a": "much"}, 409, "a number from 0 to 63"),
            ("fault", {"err": "0"}, 409, "a number from 1 to 255"),
            ("dance", {}, 404, "there are state, fail, heal, plug_in"),
            ("fail", {"kind": "bored"}, 400, "kind is one of"),
            ("fail", {"kind": "slow", "delay_s": "-1"}, 400, "delay_s is at most"),
            ("fail", {"kind": "slow", "times": "x"}, 400, "is no number"),
            ("fail", {"kind": "changed", "word": "[]"}, 400, "a JSON object"),
            ("fail", {"kind": "changed"}, 400, ""),
        ):
            answer = await at.control(action, **given)
            assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text
        assert (await at.control("unplug")).json()["plugged"] is False
        assert (await at.control("unplug")).status_code == 409
        assert at.simulator.requests == {}

    run(test)


def test_faults_come_and_go() -> None:
    """For as many requests as asked, for one path, from the start, or until they are healed."""

    async def test(at: Bench) -> None:
        assert (await at.control("state")).json()["faults"] == ["server_error"]
        assert (await at.client.get("/api/status")).status_code == 500
        assert (await at.client.get("/api/status")).status_code == 200
        await at.control("fail", kind="not_found", path="/api/set")
        await at.control("fail", kind="html")
        assert (await at.set(amp=6)).status_code == 404
        assert "html" in (await at.client.get("/api/status")).headers["content-type"]
        assert (await at.control("heal", kind="html")).json()["faults"] == ["not_found"]
        assert (await at.control("heal")).json()["faults"] == []
        assert (await at.set(amp=6)).status_code == 200

    run(test, driven(faults=[Fault(FaultKind.SERVER_ERROR, times=1)]))


def test_a_slow_answer_takes_the_time_of_the_clock() -> None:
    """The delay belongs to the injected clock."""

    async def test(at: Bench) -> None:
        await at.control("fail", kind="slow", delay_s=30, times=1)
        await at.client.get("/api/status")
        assert at.clock.slept_s == [30.0]

    run(test)


def test_time_may_run_faster() -> None:
    """A charger at speed 60 gives an hour's energy in a minute."""

    async def test(at: Bench) -> None:
        at.simulator.wish("plug_in", phases=1)
        at.clock.jump(60)
        assert (await at.status())["wh"] == 3680.0

    run(test, driven(speed=60))


@pytest.mark.parametrize("given", [{"days": -1}, {"speed": 0}, {"lag_s": -1}, {"reboot_s": -1}])
def test_what_cannot_be_simulated_is_an_error(given: dict[str, float]) -> None:
    """Options are refused before anything listens."""
    with pytest.raises(ValueError, match="at least 0"):
        SimulatorOptions(**given)  # type: ignore[arg-type] # drawn from a table


def test_a_simulator_stops_while_somebody_waits() -> None:
    """An answer that never comes does not hold it up."""

    async def test(at: Bench) -> None:
        waiting = asyncio.create_task(at.client.get("/api/status"))
        async with asyncio.timeout(5):
            while not at.simulator.requests:  # noqa: ASYNC110 -- nothing tells that a request has come
                await asyncio.sleep(0)
            await at.simulator.stop()
        with pytest.raises(httpx.TransportError):
            await waiting

    run(test, driven(faults=[Fault(FaultKind.SILENT)]))
