from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.central.foreign.site import CHARGER, central_site, station_at
from tests.central.foreign.tale import Tale

VERSIONS = ("1.6", "2.0.1", "2.1")

SAMPLES = {
    "SetChargingProfile": """\
{
  'connectorId': 1,
  'csChargingProfiles': {
    'chargingProfileId': 1,
    'stackLevel': 1,
    'chargingProfilePurpose': 'TxProfile',
    'chargingProfileKind': 'Absolute',
    'chargingSchedule': {
      'duration': 10000,
      'chargingRateUnit': 'W',
      'chargingSchedulePeriod': [
        {'startPeriod': 1, 'limit': 8.1},
        {'startPeriod': 1000, 'limit': 7000}
      ]
    }
  }
}
""",
    "GetConfiguration": '{"key": ["MeterValueSampleInterval", "ClockAlignedDataInterval"]}',
    "ChangeConfiguration": "{\n  'key': 'MeterValueSampleInterval',\n  'value': 0\n}",
    "GetCompositeSchedule": """\
{
  'connectorId': 1,     // required
  'duration': 1000      // required. time in seconds
}
""",
    "ClearChargingProfile": "{\n  'connectorId': 1, \n  'id': 1\n}",
}
"""as people have written them, in the order in which each one meets something"""
ACTIONS_2 = {"GetConfiguration": "GetVariables", "ChangeConfiguration": "SetVariables"}


@pytest.mark.parametrize("version", VERSIONS)
def test_each_sample_that_people_write_is_answered_by_the_station(tmp_path: Path, version: str) -> None:
    """Profiles, settings and schedules: each reaches the station in the words of its version, and does something."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            tale = Tale(station)
            await tale.start(site.clock.now(), 1000)
            await tale.charges(site.clock.now())
            await site.shown("Charging")
            answers = {}
            for operation, text in SAMPLES.items():
                action = operation if version == "1.6" else ACTIONS_2.get(operation, operation)
                count = len(station.asked(action))
                result = await site.operate(operation, text)
                assert (result["outcome"], result["operation"], result["version"]) == ("done", action, version), result
                assert await station.wait_asked(action, count + 1) == result["sent"]
                answers[operation] = result["answer"]
                if operation == "SetChargingProfile":
                    ((where, profile),) = await station.profiles()
                    assert (where, profile["stackLevel"]) == (1, 1)
                    assert str(profile["transactionId"]) == tale.transaction_id
            assert await station.profiles() == []
            settings = await station.settings()
            key = "MeterValueSampleInterval" if version == "1.6" else "SampledDataCtrlr.TxUpdatedInterval"
            assert settings[key] == "0"
            schedule = answers["GetCompositeSchedule"]["chargingSchedule" if version == "1.6" else "schedule"]
            assert [period["limit"] for period in schedule["chargingSchedulePeriod"]] == [8.1, 7000]

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS)
def test_all_settings_are_read(tmp_path: Path, version: str) -> None:
    """With nothing named all of them come; in 2.x those that have a key in 1.6, by that key."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            result = await site.operate("GetConfiguration")
            assert result["outcome"] == "done", result
            told = {one["key"]: one["value"] for one in result["answer"]["configurationKey"]}
            settings = await station.settings()
            if version == "1.6":
                assert told == settings
            assert told["HeartbeatInterval"] == "300"
            assert told["MeterValueSampleInterval"] == "30"

    asyncio.run(scene())


FURTHER: dict[str, dict[str, Any]] = {
    "ChangeAvailability": {"connectorId": 1, "type": "Inoperative"},
    "ClearCache": {},
    "DataTransfer": {"vendorId": "somebody"},
    "GetLocalListVersion": {},
    "RemoteStartTransaction": {"connectorId": 1, "idTag": "04AABBCC"},
    "RemoteStopTransaction": {"connectorId": 1},
    "Reset": {"type": "Soft"},
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UnlockConnector": {"connectorId": 1},
    "UpdateFirmware": {"location": "http://127.0.0.1/x", "retrieveDate": "2030-03-10T12:00:00Z"},
}
REFUSED = ("DataTransfer",)
NAMES_2 = {"RemoteStartTransaction": "RequestStartTransaction", "RemoteStopTransaction": "RequestStopTransaction"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_further_operations_are_answered(tmp_path: Path, version: str) -> None:
    """What else a person may wish reaches the station, and its yes or no comes back and into the journal."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            await Tale(station).start(site.clock.now(), 1000)
            await site.until(lambda: getattr(site.connector(), "session_id", None), "a session runs")
            for operation, arguments in FURTHER.items():
                action = operation if version == "1.6" else NAMES_2.get(operation, operation)
                count = len(station.asked(action))
                result = await site.operate(operation, arguments)
                assert result["outcome"] == ("refused" if operation in REFUSED else "done"), result
                assert await station.wait_asked(action, count + 1) == result["sent"]
            await station.wait_followed("FirmwareStatusNotification", 4)
            await station.wait_followed("Heartbeat")
            entries = await site.bridge.desk.run(lambda store: store.journal(0, 10_000))
            asked = [
                entry.body["command"]
                for entry in entries
                if entry.charger == CHARGER and entry.body.get("phase") == "outcome" and entry.body["origin"] == "api"
            ]
            assert asked == list(FURTHER)

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_report_is_put_together_from_its_parts(tmp_path: Path, version: str) -> None:
    """GetBaseReport and GetReport give all entries in one answer, however many messages they came in."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            result = await site.operate("GetBaseReport", {"reportBase": "FullInventory"})
            assert result["outcome"] == "done", result
            told = {
                f"{one['component']['name']}.{one['variable']['name']}": one["variableAttribute"][0]["value"]
                for one in result["answer"]["reportData"]
            }
            assert told == await station.settings()
            assert len([one for one in station.followed if one.method == "NotifyReport"]) > 1
            wanted = {"componentVariable": [{"component": {"name": "SampledDataCtrlr"}}]}
            result = await site.operate("GetReport", wanted)
            assert {one["component"]["name"] for one in result["answer"]["reportData"]} == {"SampledDataCtrlr"}

    asyncio.run(scene())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_no_and_a_silence_are_told_as_such(tmp_path: Path, version: str) -> None:
    """A rejection and a CALLERROR are refusals in the station's own words, and nothing is sent twice."""

    async def scene() -> None:
        async with central_site(tmp_path) as site, station_at(site, version) as station:
            await station.script("Reset", {"status": "Rejected"})
            await station.script("Reset", error=("InternalError", "the door is open"))
            result = await site.operate("Reset", {"type": "Soft"})
            assert (result["outcome"], result["answer"]["status"]) == ("refused", "Rejected")
            result = await site.operate("Reset", {"type": "Soft"})
            assert result["outcome"] == "refused"
            assert "the door is open" in result["detail"]
            assert len(station.asked("Reset")) == 2

    asyncio.run(scene())
