from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.go_e.wishes import NEUTRAL, OFF
from bridge.uplink.v16.answers import ANSWERS, NOT_SUPPORTED
from tests.uplink.foreign.csms import ForeignCsms
from tests.uplink.foreign.events import CsmsOptions, ForeignCallError
from tests.uplink.foreign.site import STATION, TAG, Box, Site, etrel_site, go_e_site

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
CERTIFICATE = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}
FIRMWARE = {"location": "http://127.0.0.1/x", "retrieveDate": "2026-03-10T12:00:00Z"}
NOT_SUPPORTED_CALLS: dict[str, dict[str, Any]] = {
    "UpdateFirmware": FIRMWARE,
    "SignedUpdateFirmware": {
        "requestId": 1,
        "firmware": {
            "location": "http://127.0.0.1/x",
            "retrieveDateTime": "2026-03-10T12:00:00Z",
            "signingCertificate": "c",
            "signature": "s",
        },
    },
    "ReserveNow": {"connectorId": 1, "expiryDate": "2026-03-10T12:00:00Z", "idTag": "A", "reservationId": 1},
    "CancelReservation": {"reservationId": 1},
    "CertificateSigned": {"certificateChain": "c"},
    "InstallCertificate": {"certificateType": "CentralSystemRootCertificate", "certificate": "c"},
    "DeleteCertificate": {"certificateHashData": CERTIFICATE},
    "GetInstalledCertificateIds": {"certificateType": "CentralSystemRootCertificate"},
}
ANSWERED_CALLS: dict[str, dict[str, Any]] = {
    "ChangeAvailability": {"connectorId": 1, "type": "Inoperative"},
    "ChangeConfiguration": {"key": "HeartbeatInterval", "value": "300"},
    "ClearCache": {},
    "ClearChargingProfile": {},
    "DataTransfer": {"vendorId": "somebody", "messageId": "x", "data": "y"},
    "ExtendedTriggerMessage": {"requestedMessage": "Heartbeat"},
    "GetCompositeSchedule": {"connectorId": 1, "duration": 600},
    "GetConfiguration": {},
    "GetDiagnostics": {"location": "ftp://127.0.0.1:9/in"},
    "GetLocalListVersion": {},
    "GetLog": {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": "ftp://127.0.0.1:9/in"}},
    "RemoteStartTransaction": {"idTag": "A"},
    "RemoteStopTransaction": {"transactionId": 99},
    "Reset": {"type": "Soft"},
    "SendLocalList": {"listVersion": 1, "updateType": "Full", "localAuthorizationList": []},
    "SetChargingProfile": {
        "connectorId": 0,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}],
            },
        },
    },
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UnlockConnector": {"connectorId": 1},
}
"""Reset goes last: it ends the connection."""


async def refused(site: Site[Any], method: str, params: dict[str, Any]) -> str:
    with pytest.raises(ForeignCallError) as failed:
        await site.csms.call(STATION, method, params)
    assert failed.value.kind == "answered"
    return failed.value.code


@pytest.mark.parametrize("control", ["true", "false"])
def test_every_question_has_an_answer_that_keeps_to_the_schema(tmp_path: Path, control: str) -> None:
    """Each of the 26 questions of 1.6 and its security extension is answered, whether it may command or not."""
    assert set(ANSWERED_CALLS) == set(ANSWERS)
    assert set(NOT_SUPPORTED_CALLS) == set(NOT_SUPPORTED)

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms, ocpp=f"control: {control}") as site:
            await site.online()
            answers = {}
            for method, params in sorted(ANSWERED_CALLS.items(), key=lambda one: one[0] == "Reset"):
                answers[method] = await site.call(method, **params)
            for method, params in NOT_SUPPORTED_CALLS.items():
                await csms.wait_connected(STATION, 2)
                assert await refused(site, method, params) == "NotSupported", method
            assert (await csms.call_raw(STATION, "GetReport", {}))[:1] == [4]
            assert (await csms.call_raw(STATION, "GetReport", {"x": 1}))[2] == "NotImplemented"
            if control == "false":
                for method in ("ChangeAvailability", "RemoteStartTransaction", "RemoteStopTransaction"):
                    assert answers[method] == REJECTED
                assert answers["SetChargingProfile"] == {"status": "NotSupported"}
                assert answers["GetCompositeSchedule"] == REJECTED
                assert answers["GetDiagnostics"] == {}
                assert answers["GetLog"] == REJECTED
                assert site.charger.sets == []
            assert answers["UnlockConnector"] == {"status": "NotSupported"}
            assert answers["DataTransfer"] == {"status": "UnknownVendorId"}
            assert answers["ClearCache"] == REJECTED

    asyncio.run(scene())


def test_settings_are_told_and_changed(tmp_path: Path) -> None:
    """All, some and unknown ones are told; a change is taken, refused, or waits for a reboot; it outlives a restart."""

    async def scene() -> None:
        async with ForeignCsms() as csms:
            custom = 'control: true, custom_keys: {Tariff: "day"}'
            async with go_e_site(tmp_path, csms, ocpp=custom) as site:
                await site.online()
                everything = await site.call("GetConfiguration")
                assert "unknownKey" not in everything or everything["unknownKey"] == []
                values = {one["key"]: one.get("value") for one in everything["configurationKey"]}
                assert values["NumberOfConnectors"] == "1"
                assert values["SupportedFeatureProfiles"] == "Core,LocalAuthListManagement,SmartCharging,RemoteTrigger"
                assert (values["MaxChargingProfilesInstalled"], values["ChargingScheduleMaxPeriods"]) == ("50", "100")
                assert values["Tariff"] == "day"
                assert "AuthorizationKey" in values
                assert values["AuthorizationKey"] is None
                some = await site.call("GetConfiguration", key=["meterValueSampleInterval", "Nonsense", "x" * 50])
                assert [one["key"] for one in some["configurationKey"]] == ["MeterValueSampleInterval"]
                assert some["unknownKey"] == ["Nonsense", "x" * 50]

                async def change(key: str, value: str) -> str:
                    answer: str = (await site.call("ChangeConfiguration", key=key, value=value))["status"]
                    return answer

                assert await change("MeterValueSampleInterval", "60") == "Accepted"
                assert await change("MeterValueSampleInterval", "soon") == "Rejected"
                assert await change("MeterValueSampleInterval", "-1") == "Rejected"
                assert await change("NumberOfConnectors", "2") == "Rejected"
                assert await change("WebSocketPingInterval", "20") == "RebootRequired"
                assert await change("Nonsense", "1") == "NotSupported"
                assert await change("MeterValuesSampledData", "Energy.Active.Import.Register,Smell") == "Rejected"
                assert await change("Tariff", "night") == "Accepted"
                await site.stop()
                await site.start()
                await site.online(2)
                keys = ["MeterValueSampleInterval", "WebSocketPingInterval", "Tariff"]
                kept = await site.call("GetConfiguration", key=keys)
                assert [one["value"] for one in kept["configurationKey"]] == ["60", "20", "night"]

    asyncio.run(scene())


def test_a_remote_start_and_stop_reach_the_charger(tmp_path: Path) -> None:
    """The driver is looked up, the box let go with the profile's amperes, the tag told; a stop ends the transaction."""
    profile = {
        "chargingProfileId": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}]},
    }

    async def scene() -> None:
        options = CsmsOptions(tags={"STOLEN": "Blocked"})
        async with ForeignCsms(options) as csms, go_e_site(tmp_path, csms, waits_for_a_card=True) as site:
            box = Box(site.charger)
            await site.online()
            await site.set(AuthorizeRemoteTxRequests="true")
            site.charger.wish("plug_in")
            await site.status("Preparing")
            assert await site.call("RemoteStartTransaction", connectorId=1, idTag="STOLEN") == REJECTED
            assert await site.call("RemoteStartTransaction", connectorId=2, idTag="CARD-7") == REJECTED
            assert box.setting("trx") is None
            started = await site.call("RemoteStartTransaction", idTag="CARD-7", chargingProfile=profile)
            assert started == ACCEPTED
            assert csms.params("Authorize") == [{"idTag": "STOLEN"}, {"idTag": "CARD-7"}]
            assert (box.setting("trx"), box.setting("frc")) == (0, NEUTRAL)
            start = await site.told("StartTransaction")
            assert (start["idTag"], start["connectorId"]) == ("CARD-7", 1)
            await site.status("Charging")
            await site.until(lambda: box.offered_a == 10, "the profile's amperes are offered")
            assert await site.call("RemoteStartTransaction", idTag="CARD-8") == REJECTED
            assert await site.call("RemoteStopTransaction", transactionId=4711) == REJECTED
            [transaction] = (await csms.ledger()).transactions
            number = transaction.transaction_id
            assert await site.call("RemoteStopTransaction", transactionId=number) == ACCEPTED
            assert box.setting("frc") == OFF
            stop = await site.told("StopTransaction")
            assert (stop["transactionId"], stop["reason"]) == (number, "Remote")
            await site.status("Finishing")
            assert await site.call("RemoteStopTransaction", transactionId=number) == REJECTED
            site.charger.wish("unplug")
            await site.status("Available")
            assert box.setting("frc") == NEUTRAL

    asyncio.run(scene())


def test_a_charger_without_the_ability_is_not_pretended_to_have_it(tmp_path: Path) -> None:
    """One that only reads refuses what it cannot do, and restarts where that is asked for."""

    async def scene() -> None:
        async with ForeignCsms() as csms, etrel_site(tmp_path, csms) as site:
            await site.online()
            profiles = await site.call("GetConfiguration", key=["SupportedFeatureProfiles"])
            assert profiles["configurationKey"][0]["value"] == "Core,LocalAuthListManagement,RemoteTrigger"
            site.charger.wish("plug_in")
            await site.status("Preparing")
            for method in ("RemoteStartTransaction", "ChangeAvailability", "GetCompositeSchedule"):
                assert await site.call(method, **ANSWERED_CALLS[method]) == REJECTED
            profile = await site.call("SetChargingProfile", **ANSWERED_CALLS["SetChargingProfile"])
            assert profile == {"status": "NotSupported"}
            site.charger.wish("swipe")
            await site.told("StartTransaction")
            [transaction] = (await csms.ledger()).transactions
            assert await site.call("RemoteStopTransaction", transactionId=transaction.transaction_id) == REJECTED

    asyncio.run(scene())


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
def test_a_reset_boots_again_and_ends_nothing(tmp_path: Path, kind: str) -> None:
    """Soft is the station alone, Hard the charger's own restart; the connection is closed in order and made again."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.told("StartTransaction")
            assert await site.call("Reset", type=kind) == ACCEPTED
            assert (await csms.wait_disconnected(STATION)).code == 1001
            await site.online(2)
            await site.told("SecurityEventNotification")
            await csms.catch_up()
            assert len(csms.params("BootNotification")) == 2
            assert [one["rst"] for one in site.charger.sets if "rst" in one] == ["true"] * (kind == "Hard")
            assert csms.params("SecurityEventNotification")[0]["type"] == "ResetOrReboot"
            [transaction] = (await csms.ledger()).transactions
            assert (transaction.starts, transaction.stops) == (1, 0)

    asyncio.run(scene())


def test_each_message_can_be_triggered(tmp_path: Path) -> None:
    """Every word of TriggerMessage and ExtendedTriggerMessage gets its message, or NotImplemented."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.told("StartTransaction")
            await site.status("Charging")

            async def trigger(method: str, word: str, sent: str, **params: Any) -> dict[str, Any]:
                count = len(csms.params(sent))
                assert await site.call(method, requestedMessage=word, **params) == ACCEPTED
                return await site.told(sent, count + 1)

            for method in ("TriggerMessage", "ExtendedTriggerMessage"):
                await trigger(method, "BootNotification", "BootNotification")
                await trigger(method, "Heartbeat", "Heartbeat")
                values = await trigger(method, "MeterValues", "MeterValues", connectorId=1)
                assert values["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
                assert values["transactionId"] == 1
                state = await trigger(method, "StatusNotification", "StatusNotification", connectorId=1)
                assert (state["connectorId"], state["status"]) == (1, "Charging")
                await trigger(method, "MeterValues", "MeterValues")
                firmware = await site.call(method, requestedMessage="FirmwareStatusNotification")
                assert firmware == {"status": "NotImplemented"}
                other = await site.call(method, requestedMessage="MeterValues", connectorId=5)
                assert other == REJECTED
            diagnostics = await trigger(
                "TriggerMessage", "DiagnosticsStatusNotification", "DiagnosticsStatusNotification"
            )
            assert diagnostics == {"status": "Idle"}
            log = await trigger("ExtendedTriggerMessage", "LogStatusNotification", "LogStatusNotification")
            assert log["status"] == "Idle"
            sign = await site.call("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
            assert sign == {"status": "NotImplemented"}

    asyncio.run(scene())


def test_the_local_list_decides_before_the_central_system_is_asked(tmp_path: Path) -> None:
    """A full list and its changes are kept; a tag on it starts, or not, without a question."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms, waits_for_a_card=True) as site:
            await site.online()
            await site.set(AuthorizeRemoteTxRequests="true", LocalAuthListEnabled="true")

            async def send(version: int, kind: str, *entries: tuple[str, str | None]) -> str:
                listed = [{"idTag": t} | ({"idTagInfo": {"status": s}} if s else {}) for t, s in entries]
                answer = await site.call(
                    "SendLocalList", listVersion=version, updateType=kind, localAuthorizationList=listed
                )
                return str(answer["status"])

            assert await send(3, "Full", ("good", "Accepted"), ("bad", "Blocked")) == "Accepted"
            assert await send(3, "Differential", ("bad", None)) == "VersionMismatch"
            assert await send(4, "Differential", ("worse", "Expired")) == "Accepted"
            await site.stop()
            await site.start()
            await site.online(2)
            assert await site.call("GetLocalListVersion") == {"listVersion": 4}
            assert await site.call("RemoteStartTransaction", idTag="BAD") == REJECTED
            assert await site.call("RemoteStartTransaction", idTag="worse") == REJECTED
            site.charger.wish("plug_in")
            await site.status("Preparing")
            assert await site.call("RemoteStartTransaction", idTag="good") == ACCEPTED
            assert csms.params("Authorize") == []
            assert (await site.told("StartTransaction"))["idTag"] == "good"

    asyncio.run(scene())


def test_a_vendor_s_message_goes_up_and_its_answer_comes_back(tmp_path: Path) -> None:
    """Over EVerest's interface; without a connection it is Offline at once."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            await csms.script("DataTransfer", answer={"status": "Accepted", "data": "pong"})
            request = {"vendor_id": "maker", "message_id": "ping", "data": "1"}
            answer = await site.api("data_transfer", request)
            assert answer == {"status": "Accepted", "data": "pong"}
            assert csms.params("DataTransfer") == [{"vendorId": "maker", "messageId": "ping", "data": "1"}]
            assert await site.api("stop")
            assert not await site.api("stop")
            await csms.wait_disconnected(STATION)
            assert (await site.api("data_transfer", request))["status"] == "Offline"
            assert await site.api("restart")
            await site.online(2)

    asyncio.run(scene())


@pytest.mark.parametrize("number", [5, 0])
def test_a_driver_who_is_refused_is_stopped(tmp_path: Path, number: int) -> None:
    """By a tag of his own, whether or not the central system gave the transaction a number.

    Without one nothing more can be told of it: it is set aside with the reason.
    """

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms, waits_for_a_card=True) as site:
            box = Box(site.charger)
            await site.online()
            await csms.script("StartTransaction", answer={"transactionId": number, "idTagInfo": {"status": "Blocked"}})
            site.charger.wish("plug_in")
            await site.status("Preparing")
            assert await site.call("RemoteStartTransaction", idTag="CARD-7") == ACCEPTED
            await site.told("StartTransaction")
            await site.until(lambda: box.setting("frc") == OFF, "the charging is stopped")
            if number:
                assert (await site.told("StopTransaction"))["transactionId"] == number
            else:
                await site.until(lambda: site.card().dead_letters == 1, "it is set aside")
                await site.status("Finishing")
                assert csms.params("StopTransaction") == []

    asyncio.run(scene())


def test_nobody_is_stopped_for_the_tag_of_the_config(tmp_path: Path) -> None:
    """It stands for whoever it is: the central system is told by a security event, and the vehicle charges on."""

    async def scene() -> None:
        async with ForeignCsms() as csms, go_e_site(tmp_path, csms) as site:
            await site.online()
            await csms.script("StartTransaction", answer={"transactionId": 5, "idTagInfo": {"status": "Invalid"}})
            site.charger.wish("plug_in")
            assert (await site.told("StartTransaction"))["idTag"] == TAG
            event = await site.told("SecurityEventNotification")
            assert event["type"] == "IdTokenNotAccepted"
            assert "goes on" in event["techInfo"]
            site.charger.wish("unplug")
            assert (await site.told("StopTransaction"))["reason"] == "EVDisconnected"
            assert site.charger.sets == []

    asyncio.run(scene())
