from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.go_e.wishes import OFF
from bridge.types.ocpp.base import parse_rfc3339
from tests.uplink.foreign.calls_v2 import profile
from tests.uplink.foreign.events import Params
from tests.uplink.foreign.site import Box, Site, go_e_site
from tests.uplink.foreign.talk import Talk, Talk2
from tests.uplink.foreign.test_commands import ACCEPTED

V201, V21 = Talk2("2.0.1"), Talk2("2.1")
_LIMIT_S = 3.0
_VOLTS = 230


async def charging(site: Site[Any]) -> tuple[Box, str]:
    """Let a vehicle charge; return the box and the id of the transaction."""
    await site.online()
    site.charger.wish("plug_in", current_a=32)
    begun = await site.event("Started")
    await site.status("Occupied")
    return Box(site.charger), str(begun["transactionInfo"]["transactionId"])


async def install(site: Site[Any], wanted: Params, evse_id: int = 1) -> Params:
    return await site.call("SetChargingProfile", evseId=evse_id, chargingProfile=wanted)


def in_watts(wanted: Params) -> Params:
    """Return a profile whose limits are watts."""
    wanted["chargingSchedule"][0]["chargingRateUnit"] = "W"
    return wanted


@pytest.mark.parametrize("talk", [V201, V21], ids=str)
def test_a_profile_becomes_amperes_and_goes_again(tmp_path: Path, talk: Talk) -> None:
    """A limit is offered within a poll or two, 0 pauses and keeps the transaction, and clearing lifts it."""

    async def scene() -> None:
        async with talk.csms() as csms, go_e_site(tmp_path, csms, version=talk.version) as site:
            box, _ = await charging(site)
            assert box.offered_a == 16
            assert site.charger.sets == []
            assert (await install(site, profile(10.9)))["status"] == "Accepted"
            await site.until(lambda: box.offered_a == 10, "10 A, rounded down", limit_s=_LIMIT_S)
            assert (await install(site, in_watts(profile(4600, 2, stackLevel=1))))["status"] == "Accepted"
            await site.until(lambda: box.offered_a == 6, "4600 W over three phases are 6.67 A", limit_s=_LIMIT_S)
            assert (await install(site, profile(5.9, 2, stackLevel=1)))["status"] == "Accepted"
            await site.until(lambda: box.setting("frc") == OFF, "less than 6 A is a pause", limit_s=_LIMIT_S)
            paused = await site.csms.wait_for("TransactionEvent")
            assert paused
            await site.csms.wait_until(
                lambda: any(e["transactionInfo"].get("chargingState") == "SuspendedEVSE" for e in site.events()),
                "the pause is told",
            )
            assert await site.call("ClearChargingProfile", chargingProfileId=2) == ACCEPTED
            await site.until(lambda: box.offered_a == 10, "the lower profile holds again", limit_s=_LIMIT_S)
            assert (await site.call("ClearChargingProfile", chargingProfileId=2))["status"] == "Unknown"
            criteria = {"chargingProfilePurpose": "TxDefaultProfile", "evseId": 1}
            assert await site.call("ClearChargingProfile", chargingProfileCriteria=criteria) == ACCEPTED
            await site.until(lambda: box.offered_a == 32, "what the wires can give", limit_s=_LIMIT_S)
            [story] = (await csms.ledger()).stories
            assert story.end is None

    asyncio.run(scene())


def test_profiles_are_reported(tmp_path: Path) -> None:
    """All that are installed, or those that fit, in parts behind the answer; they outlive the bridge."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            _, number = await charging(site)
            mine = profile(9, 3, "TxProfile", stackLevel=2, transactionId=number)
            default, station = profile(12, 4), profile(20, 5, "ChargingStationMaxProfile")
            assert (await install(site, mine))["status"] == "Accepted"
            assert (await install(site, default))["status"] == "Accepted"
            assert (await install(site, station, 0))["status"] == "Accepted"
            await site.stop()
            await site.start()
            await site.online(2)

            async def reported(request_id: int, evse_id: int | None = None, **criteria: Any) -> dict[int, Params]:
                place = {} if evse_id is None else {"evseId": evse_id}
                ask = {"requestId": request_id, "chargingProfile": criteria, **place}
                assert (await site.call("GetChargingProfiles", **ask))["status"] == "Accepted"

                def parts() -> list[Params]:
                    return [p for p in csms.params("ReportChargingProfiles") if p["requestId"] == request_id]

                await csms.wait_until(lambda: any(not p.get("tbc", False) for p in parts()), "the last part")
                return {one["id"]: one for part in parts() for one in part["chargingProfile"]}

            everything = await reported(1)
            assert everything.keys() == {3, 4, 5}
            assert everything[3]["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 9}]
            assert everything[3]["transactionId"] == number
            assert (await reported(2, chargingProfilePurpose="TxProfile")).keys() == {3}
            assert (await reported(3, evse_id=0)).keys() == {5}
            assert (await reported(4, chargingProfileId=[4, 99])).keys() == {4}
            nothing = await site.call("GetChargingProfiles", requestId=5, chargingProfile={"stackLevel": 9})
            assert nothing["status"] == "NoProfiles"

    asyncio.run(scene())


def test_a_profile_of_a_transaction_needs_it(tmp_path: Path) -> None:
    """Without one, or with the id of another, it is rejected with the reason."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()

            async def refusal(wanted: Params, evse_id: int = 1) -> str:
                answer = await install(site, wanted, evse_id)
                assert answer["status"] == "Rejected"
                return str(answer["statusInfo"]["reasonCode"])

            assert await refusal(profile(9, purpose="TxProfile", transactionId="T1")) == "TxNotFound"
            await charging(site)
            assert await refusal(profile(9, purpose="TxProfile", transactionId="T1")) == "TxNotFound"
            assert await refusal(profile(9, purpose="TxProfile")) in ("MissingParam", "InvalidProfile")
            assert await refusal(profile(9), 2) == "UnknownEvse"
            assert await refusal(profile(9, purpose="ChargingStationMaxProfile"), 1)
            assert await refusal(profile(9, purpose="ChargingStationExternalConstraints"), 1)

    asyncio.run(scene())


def test_a_composite_schedule_is_told_in_either_unit(tmp_path: Path) -> None:
    """It begins now, has the periods to come, and the default where no profile says anything."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            start_at = (site.clock.now() + timedelta(minutes=30)).replace(microsecond=0)
            wanted = profile(10, chargingProfileKind="Absolute")
            wanted["chargingSchedule"][0]["startSchedule"] = start_at.isoformat()
            assert (await install(site, wanted))["status"] == "Accepted"
            for unit, scale in (("A", 1), ("W", 3 * _VOLTS), (None, 1)):
                ask = {"evseId": 1, "duration": 3600} | ({"chargingRateUnit": unit} if unit else {})
                told = await site.call("GetCompositeSchedule", **ask)
                assert told["status"] == "Accepted"
                schedule = told["schedule"]
                assert (schedule["evseId"], schedule["chargingRateUnit"]) == (1, unit or "A")
                periods = schedule["chargingSchedulePeriod"]
                assert [period["limit"] for period in periods] == [32 * scale, 10 * scale]
                began_at = parse_rfc3339(schedule["scheduleStart"])
                assert began_at + timedelta(seconds=periods[1]["startPeriod"]) == start_at
            assert (await site.call("GetCompositeSchedule", evseId=0, duration=2**31 - 1))["status"] == "Accepted"
            assert (await site.call("GetCompositeSchedule", evseId=2, duration=600))["status"] == "Rejected"

    asyncio.run(scene())


def test_a_limit_that_somebody_else_set_is_told(tmp_path: Path) -> None:
    """A person who turns the charger down is a limit of another source, and told as over when he turns it up again."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            box, _ = await charging(site)
            await install(site, profile(14))
            await site.until(lambda: box.offered_a == 14, "14 A", limit_s=_LIMIT_S)
            await box.turn(amp=8)
            told = await site.told("NotifyChargingLimit")
            assert told["chargingLimit"]["chargingLimitSource"] == "Other"
            assert told["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 8
            await box.turn(amp=14)
            assert (await site.told("ClearedChargingLimit"))["chargingLimitSource"] == "Other"

    asyncio.run(scene())
