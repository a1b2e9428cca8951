from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.go_e.wishes import NEUTRAL, OFF
from bridge.types.ocpp.base import parse_rfc3339
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.site import STATION, Box, Site, go_e_site

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
SEED_DEFAULT: dict[str, Any] = {
    "conectorId": 1,
    "idTag": "000000001500495E",
    "chargingProfile": {
        "chargingProfileId": 1,
        "transactionId": 1,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "recurrencyKind": "Daily",
        "chargingSchedule": {
            "duration": 0,
            "startSchedule": "2023-09-14T00:00:00Z",
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [
                {"startPeriod": 1, "limit": 1000, "numberPhases": 1},
                {"startPeriod": 2, "limit": 2000, "numberPhases": 1},
            ],
            "minChargingRate": 0.1,
        },
    },
}
"""[doc: seed 000] with its placeholders filled in; the misspelt connector is its own"""
SEED_TX: dict[str, Any] = {
    "connectorId": 1,
    "csChargingProfiles": {
        "chargingProfileId": 1,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "duration": 10000,
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 1, "limit": 8.1}, {"startPeriod": 1000, "limit": 7000}],
        },
    },
}


def profile(limit: float, *, number: int = 1, unit: str = "A", **changes: Any) -> dict[str, Any]:
    """Return a SetChargingProfile for connector 1 with one limit."""
    wanted = {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
    }
    return {"connectorId": 1, "csChargingProfiles": wanted | changes}


async def charging(site: Site[Any]) -> Box:
    await site.online()
    site.charger.wish("plug_in", current_a=32)
    await site.told("StartTransaction")
    await site.status("Charging")
    return Box(site.charger)


def test_a_profile_becomes_amperes_and_goes_again(tmp_path: Path) -> None:
    """A limit is offered within a poll or two, 0 pauses and keeps the transaction, and clearing lifts it."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            box = await charging(site)
            assert box.offered_a == 16
            assert site.charger.sets == []
            assert await site.call("SetChargingProfile", **profile(10.9)) == ACCEPTED
            await site.until(lambda: box.offered_a == 10, "10 A, rounded down", limit_s=3)
            assert await site.call("SetChargingProfile", **profile(4600, number=2, unit="W", stackLevel=1)) == ACCEPTED
            await site.until(lambda: box.offered_a == 6, "4600 W over three phases are 6.67 A", limit_s=3)
            assert await site.call("SetChargingProfile", **profile(5.9, number=2, stackLevel=1)) == ACCEPTED
            await site.until(lambda: box.setting("frc") == OFF, "less than 6 A is a pause", limit_s=3)
            await site.status("SuspendedEVSE")
            assert site.card().limit_a == 0
            assert await site.call("ClearChargingProfile", id=2) == ACCEPTED
            await site.until(lambda: box.offered_a == 10, "the lower profile holds again", limit_s=3)
            await site.status("Charging")
            assert await site.call("ClearChargingProfile", id=2) == {"status": "Unknown"}
            assert await site.call("ClearChargingProfile") == ACCEPTED
            await site.until(lambda: box.offered_a == 32, "what the wires can give", limit_s=3)
            await site.until(lambda: site.card().limit_a is None, "the card says so")
            [transaction] = (await csms.ledger()).transactions
            assert (transaction.starts, transaction.stops) == (1, 0)

    asyncio.run(scene())


def test_a_limit_is_read_back(tmp_path: Path) -> None:
    """A person or another program that turns the charger up is overruled; one that turns it down is not."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            box = await charging(site)
            await site.call("SetChargingProfile", **profile(10))
            await site.until(lambda: box.offered_a == 10, "10 A", limit_s=3)
            await box.turn(amp=20)
            await site.until(lambda: box.offered_a == 10, "10 A again", limit_s=5)
            await box.turn(amp=6)
            count = len(site.charger.sets)
            began_s = site.clock.monotonic_s()
            await site.until(lambda: site.clock.monotonic_s() > began_s + 25, "it was read back twice")
            assert box.offered_a == 6
            assert len(site.charger.sets) == count

    asyncio.run(scene())


def test_profiles_outlive_the_bridge(tmp_path: Path) -> None:
    """After a restart the same composite holds, and a charger that was changed meanwhile is told again."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            box = await charging(site)
            own = profile(9, number=3, chargingProfilePurpose="TxProfile", stackLevel=2, transactionId=1)
            await site.call("SetChargingProfile", **profile(12))
            assert await site.call("SetChargingProfile", **own) == ACCEPTED
            await site.until(lambda: box.offered_a == 9, "9 A", limit_s=3)
            before = await site.call("GetCompositeSchedule", connectorId=1, duration=600)
            await site.stop()
            await box.turn(amp=25)
            await site.start()
            await site.online(2)
            await site.until(lambda: box.offered_a == 9, "9 A again", limit_s=5)
            after = await site.call("GetCompositeSchedule", connectorId=1, duration=600)
            assert (
                after["chargingSchedule"]["chargingSchedulePeriod"]
                == before["chargingSchedule"]["chargingSchedulePeriod"]
            )
            site.charger.wish("unplug")
            await site.told("StopTransaction")
            await site.until(lambda: box.setting("amp") == 12, "the profile of the transaction went with it", limit_s=5)

    asyncio.run(scene())


def test_a_profile_of_a_transaction_needs_it(tmp_path: Path) -> None:
    """Without one, or with the number of another, it is rejected; the whole station's belongs to connector 0."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            assert await site.call("SetChargingProfile", **SEED_TX) == REJECTED
            await charging(site)
            other = profile(9, chargingProfilePurpose="TxProfile", transactionId=77)
            assert await site.call("SetChargingProfile", **other) == REJECTED
            station = profile(9, chargingProfilePurpose="ChargePointMaxProfile", chargingProfileKind="Absolute")
            assert (await csms.call_raw(STATION, "SetChargingProfile", station))[2] == "PropertyConstraintViolation"
            assert await site.call("SetChargingProfile", **(station | {"connectorId": 0})) == ACCEPTED
            assert await site.call("SetChargingProfile", **(profile(9) | {"connectorId": 2})) == REJECTED

    asyncio.run(scene())


def test_a_composite_schedule_is_told_in_either_unit(tmp_path: Path) -> None:
    """It begins now, has the periods to come, and the default where no profile says anything."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            start_at = (site.clock.now() + timedelta(minutes=30)).replace(microsecond=0)
            schedule = profile(10)["csChargingProfiles"]["chargingSchedule"]
            schedule["startSchedule"] = start_at.isoformat()
            wanted = profile(10, chargingProfileKind="Absolute", chargingSchedule=schedule)
            assert await site.call("SetChargingProfile", **wanted) == ACCEPTED
            for unit, limits in (("A", [32, 10]), ("W", [22080, 6900]), (None, [32, 10])):
                ask = {"connectorId": 1, "duration": 3600} | ({"chargingRateUnit": unit} if unit else {})
                told = await site.call("GetCompositeSchedule", **ask)
                assert (told["status"], told["connectorId"]) == ("Accepted", 1)
                periods = told["chargingSchedule"]["chargingSchedulePeriod"]
                assert [period["limit"] for period in periods] == limits
                assert told["chargingSchedule"]["chargingRateUnit"] == (unit or "A")
                began_at = parse_rfc3339(told["scheduleStart"])
                assert began_at + timedelta(seconds=periods[1]["startPeriod"]) == start_at
            longest = await site.call("GetCompositeSchedule", connectorId=0, duration=2**31 - 1)
            assert longest["status"] == "Accepted"
            assert await site.call("GetCompositeSchedule", connectorId=2, duration=600) == REJECTED

    asyncio.run(scene())


def test_the_samples_of_a_central_system_in_use(tmp_path: Path) -> None:
    """Every sample of seed 000, sent as it stands there, does what it says."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            box = await charging(site)

            async def send(method: str, payload: dict[str, Any]) -> dict[str, Any]:
                kind, _, answer = await csms.call_raw(STATION, method, payload)
                assert kind == 3
                return dict(answer)

            assert await send("SetChargingProfile", SEED_DEFAULT) == ACCEPTED
            await site.until(lambda: box.setting("frc") == OFF, "2000 W over three phases are a pause", limit_s=3)
            assert await send("SetChargingProfile", SEED_TX) == ACCEPTED
            await site.until(lambda: site.card().limit_a == 0, "8.1 W are a pause", limit_s=3)
            told = await send("GetCompositeSchedule", {"connectorId": 1, "duration": 1000})
            assert told["status"] == "Accepted"
            assert 8.1 in [period["limit"] for period in told["chargingSchedule"]["chargingSchedulePeriod"]]
            everything = await send("GetConfiguration", {})
            assert len(everything["configurationKey"]) > 40
            some = await send("GetConfiguration", {"key": ["MeterValueSampleInterval", "ClockAlignedDataInterval"]})
            assert [one["value"] for one in some["configurationKey"]] == ["300", "0"]
            assert await send("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": 0}) == ACCEPTED
            assert await send("ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "1500"}) == ACCEPTED
            by_all = {"id": 1, "connectorId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 1}
            assert await send("ClearChargingProfile", by_all) == ACCEPTED
            assert await send("ClearChargingProfile", {"connectorId": 1, "id": 1}) == {"status": "Unknown"}
            assert await send("SetChargingProfile", SEED_TX) == ACCEPTED
            assert await send("ClearChargingProfile", {"connectorId": 1, "id": 1}) == ACCEPTED
            await site.until(lambda: box.setting("frc") == NEUTRAL, "nothing limits any more", limit_s=5)

    asyncio.run(scene())


def test_the_sample_of_a_remote_start_with_a_profile(tmp_path: Path) -> None:
    """Its default profile is refused, for OCPP allows one of the transaction only; with that it starts."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms, waits_for_a_card=True) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.status("Preparing")
            _, _, code, *_ = await csms.call_raw(STATION, "RemoteStartTransaction", SEED_DEFAULT)
            assert code == "PropertyConstraintViolation"
            own = {**SEED_DEFAULT["chargingProfile"], "chargingProfilePurpose": "TxProfile"}
            del own["transactionId"]
            kind, _, answer = await csms.call_raw(
                STATION, "RemoteStartTransaction", SEED_DEFAULT | {"chargingProfile": own}
            )
            assert (kind, answer) == (3, ACCEPTED)
            box = Box(site.charger)
            assert box.setting("trx") == 0
            await site.until(lambda: box.setting("frc") == OFF, "2000 W over three phases are a pause", limit_s=5)

    asyncio.run(scene())
