from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.go_e.wishes import NEUTRAL, OFF
from bridge.uplink.v2.answers import ANSWERS, NOT_SUPPORTED, NOT_SUPPORTED_2_1
from tests.uplink.foreign.calls_v2 import (
    ANSWERED_CALLS,
    NEEDS_ABILITY,
    NOT_SUPPORTED_CALLS,
    NOT_SUPPORTED_CALLS_2_1,
    profile,
)
from tests.uplink.foreign.reports import report
from tests.uplink.foreign.site import STATION, TAG, Box, etrel_site, go_e_site
from tests.uplink.foreign.talk import Talk2, place, settle
from tests.uplink.foreign.test_commands import ACCEPTED, refused

V201, V21 = Talk2("2.0.1"), Talk2("2.1")


def test_no_question_is_forgotten() -> None:
    """What a station answers, and what it names as beyond it, is all that 2.0.1 and 2.1 ask of a station."""
    assert set(ANSWERED_CALLS) == set(ANSWERS)
    asked_by_stations = {"GetCertificateStatus"}
    assert set(NOT_SUPPORTED_CALLS) == set(NOT_SUPPORTED) - asked_by_stations
    assert set(NOT_SUPPORTED_CALLS | NOT_SUPPORTED_CALLS_2_1) == set(NOT_SUPPORTED_2_1) - asked_by_stations


@pytest.mark.parametrize(("talk", "control"), [(V201, "true"), (V201, "false"), (V21, "true")], ids=str)
def test_every_question_has_an_answer_that_keeps_to_the_schema(tmp_path: Path, talk: Talk2, control: str) -> None:
    """Each question of the version is answered, whether this central system may command or not."""
    beyond = NOT_SUPPORTED_CALLS | (NOT_SUPPORTED_CALLS_2_1 if talk is V21 else {})

    async def scene() -> None:
        async with (
            talk.csms() as csms,
            go_e_site(tmp_path, csms, version=talk.version, ocpp=f"control: {control}") as site,
        ):
            await site.online()
            answers: dict[str, Any] = {}
            for method, params in sorted(ANSWERED_CALLS.items(), key=lambda one: one[0] == "Reset"):
                if method == "UnlockConnector" or (control == "false" and method in NEEDS_ABILITY):
                    assert await refused(site, method, params) == "NotSupported", method
                else:
                    answers[method] = await site.call(method, **params)
            for method, params in beyond.items():
                await csms.wait_connected(STATION, 2)
                assert await refused(site, method, params) == "NotSupported", method
            assert (await csms.call_raw(STATION, "RemoteStartTransaction", {"idTag": "A"}))[2] == "NotImplemented"
            assert (await csms.call_raw(STATION, "StatusNotification", {}))[2] == "NotImplemented"
            statuses = {method: answer.get("status") for method, answer in answers.items()}
            if control == "false":
                for method in ("ChangeAvailability", "GetLog", "RequestStartTransaction", "RequestStopTransaction"):
                    assert statuses[method] == "Rejected", method
                assert site.charger.sets == []
            else:
                assert statuses["SetChargingProfile"] == "Accepted"
                assert statuses["GetChargingProfiles"] == "NoProfiles"
                assert statuses["GetCompositeSchedule"] == "Accepted"
                assert statuses["GetLog"] == "Accepted"
            assert statuses["DataTransfer"] == "UnknownVendorId"
            assert statuses["ClearCache"] == "Rejected"
            assert statuses["CustomerInformation"] == "Accepted"
            assert (await site.told("NotifyCustomerInformation"))["requestId"] == 1
            assert (await site.told("NotifyReport"))["requestId"] == 2
            assert answers["GetTransactionStatus"] == {"messagesInQueue": False}
            assert answers["CostUpdated"] == {}

    asyncio.run(scene())


def token(text: str, sort: str = "Local") -> dict[str, Any]:
    return {"idToken": text, "type": sort}


def reason(answer: dict[str, Any]) -> str:
    """Return why an answer is no Accepted."""
    return str(answer["statusInfo"]["reasonCode"])


@pytest.mark.parametrize("talk", [V201, V21], ids=str)
def test_a_remote_start_and_stop_reach_the_charger(tmp_path: Path, talk: Talk2) -> None:
    """The driver is looked up, the box let go with the profile's amperes, the token told; a stop ends it."""
    own = profile(10, 7, "TxProfile")

    async def scene() -> None:
        async with (
            talk.csms(tags={"STOLEN": "Blocked"}) as csms,
            go_e_site(tmp_path, csms, version=talk.version, waits_for_a_card=True) as site,
        ):
            box = Box(site.charger)
            await site.online()
            await settle(site, talk, AuthorizeRemoteTxRequests="true")
            site.charger.wish("plug_in")
            await site.status("Occupied")

            async def start(text: str, number: int = 5, **more: Any) -> dict[str, Any]:
                return await site.call("RequestStartTransaction", idToken=token(text), remoteStartId=number, **more)

            assert reason(await start("STOLEN", evseId=1)) == "InvalidIdToken"
            assert reason(await start("CARD-7", evseId=2)) == "UnknownEvse"
            assert reason(await start("CARD-7", chargingProfile=profile(10))) == "InvalidProfile"
            assert box.setting("trx") is None
            assert (await start("CARD-7", chargingProfile=own))["status"] == "Accepted"
            assert csms.params("Authorize") == [{"idToken": token("STOLEN")}, {"idToken": token("CARD-7")}]
            assert (box.setting("trx"), box.setting("frc")) == (0, NEUTRAL)
            begun = await site.event("Started")
            assert (begun["idToken"], begun["triggerReason"]) == (token("CARD-7"), "RemoteStart")
            assert begun["transactionInfo"]["remoteStartId"] == 5
            await site.until(lambda: box.offered_a == 10, "the profile's amperes are offered")
            assert reason(await start("CARD-8")) == "TxInProgress"

            number = begun["transactionInfo"]["transactionId"]
            await csms.catch_up()
            assert (await site.call("GetTransactionStatus", transactionId=number))["ongoingIndicator"] is True
            assert await site.call("CostUpdated", totalCost=1.25, transactionId=number) == {}
            assert site.card().cost == 1.25
            assert reason(await site.call("RequestStopTransaction", transactionId="another")) == "TxNotFound"
            assert await site.call("RequestStopTransaction", transactionId=number) == ACCEPTED
            assert box.setting("frc") == OFF
            end = await site.event("Ended")
            assert end["transactionInfo"]["transactionId"] == number
            assert (end["triggerReason"], end["transactionInfo"]["stoppedReason"]) == ("RemoteStop", "Remote")
            await csms.catch_up()
            await site.until(lambda: site.card().open_transactions == 0, "the end was told")
            over = await site.call("GetTransactionStatus", transactionId=number)
            assert over == {"ongoingIndicator": False, "messagesInQueue": False}
            assert reason(await site.call("RequestStopTransaction", transactionId=number)) == "TxNotFound"
            site.charger.wish("unplug")
            await site.status("Available")

    asyncio.run(scene())


def test_a_token_that_the_central_system_made_up_is_not_looked_up(tmp_path: Path) -> None:
    """Central and NoAuthorization need no question; a transaction that runs already is named in the answer."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1", waits_for_a_card=True) as site:
            await site.online()
            await settle(site, V201, AuthorizeRemoteTxRequests="true")
            site.charger.wish("plug_in")
            await site.status("Occupied")
            begin = {"remoteStartId": 9, "idToken": {"idToken": "", "type": "NoAuthorization"}}
            assert (await site.call("RequestStartTransaction", **begin))["status"] == "Accepted"
            begun = await site.event("Started")
            assert begun["idToken"] == begin["idToken"]
            assert csms.params("Authorize") == []

    asyncio.run(scene())


def test_a_charger_without_the_ability_is_not_pretended_to_have_it(tmp_path: Path) -> None:
    """One that only reads refuses what it cannot do, and its device model says nothing of it."""

    async def scene() -> None:
        async with V201.csms() as csms, etrel_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            available = await site.call(
                "GetVariables",
                getVariableData=[place("SmartChargingCtrlr.Available"), place("SmartChargingCtrlr.Enabled")],
            )
            values = [one.get("attributeValue") for one in available["getVariableResult"]]
            assert values in (["false", "false"], ["false", None], [None, None])
            site.charger.wish("plug_in")
            await site.status("Occupied")
            for method in ("RequestStartTransaction", "ChangeAvailability"):
                assert (await site.call(method, **ANSWERED_CALLS[method]))["status"] == "Rejected", method
            for method in NEEDS_ABILITY:
                assert await refused(site, method, ANSWERED_CALLS[method]) == "NotSupported", method
            assert await refused(site, "UnlockConnector", ANSWERED_CALLS["UnlockConnector"]) == "NotSupported"
            site.charger.wish("swipe")
            begun = await site.event("Started")
            number = begun["transactionInfo"]["transactionId"]
            assert (await site.call("RequestStopTransaction", transactionId=number))["status"] == "Rejected"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("talk", "kind"),
    [(V201, "OnIdle"), (V201, "Immediate"), (V21, "ImmediateAndResume")],
    ids=str,
)
def test_a_reset_boots_again_and_ends_nothing(tmp_path: Path, talk: Talk2, kind: str) -> None:
    """Immediate is the charger's own restart, ImmediateAndResume the station's alone, OnIdle waits for the vehicle."""

    async def scene() -> None:
        async with talk.csms() as csms, go_e_site(tmp_path, csms, version=talk.version) as site:
            await site.online()
            site.charger.wish("plug_in")
            await site.event("Started")
            answer = await site.call("Reset", type=kind)
            assert answer["status"] == ("Scheduled" if kind == "OnIdle" else "Accepted")
            if kind == "OnIdle":
                assert reason(await site.call("Reset", type="OnIdle", evseId=1)) == "UnsupportedParam"
                assert csms.disconnects == []
                site.charger.wish("unplug")
                await site.event("Ended")
            assert (await csms.wait_disconnected(STATION)).code == 1001
            await site.online(2)
            assert (await site.told("BootNotification", 2))["reason"] in ("RemoteReset", "ScheduledReset")
            event = await site.told("SecurityEventNotification")
            assert event["type"] == "ResetOrReboot"
            assert [one["rst"] for one in site.charger.sets if "rst" in one] == ["true"] * (kind == "Immediate")
            await csms.catch_up()
            [story] = (await csms.ledger()).stories
            assert (story.end is not None) is (kind == "OnIdle")

    asyncio.run(scene())


def test_each_message_can_be_triggered(tmp_path: Path) -> None:
    """Every word of TriggerMessage gets its message, or why there is none."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            evse = {"id": 1, "connectorId": 1}

            async def trigger(word: str, **params: Any) -> dict[str, Any]:
                return await site.call("TriggerMessage", requestedMessage=word, **params)

            assert reason(await trigger("TransactionEvent")) == "TxNotFound"
            site.charger.wish("plug_in")
            await site.event("Started")
            await site.status("Occupied")
            for word in ("Heartbeat", "LogStatusNotification", "FirmwareStatusNotification"):
                count = len(csms.params(word))
                assert await trigger(word) == ACCEPTED
                await site.told(word, count + 1)
            assert csms.params("LogStatusNotification") == [{"status": "Idle"}]
            count = len(csms.params("StatusNotification"))
            assert await trigger("StatusNotification", evse=evse) == ACCEPTED
            assert (await site.told("StatusNotification", count + 1))["connectorStatus"] == "Occupied"
            assert await trigger("MeterValues", evse={"id": 1}) == ACCEPTED
            values = await site.told("MeterValues")
            assert values["evseId"] == 1
            assert {one["context"] for one in values["meterValue"][0]["sampledValue"]} == {"Trigger"}
            assert await trigger("TransactionEvent", evse={"id": 1}) == ACCEPTED
            event = await site.event("Updated", triggerReason="Trigger")
            assert {one["context"] for one in event["meterValue"][0]["sampledValue"]} == {"Trigger"}

            assert reason(await trigger("StatusNotification")) == "MissingParam"
            assert reason(await trigger("BootNotification")) == "NotEnabled"
            assert reason(await trigger("MeterValues", evse={"id": 5})) == "UnknownEvse"
            for word in ("SignChargingStationCertificate", "SignV2GCertificate", "PublishFirmwareStatusNotification"):
                assert (await trigger(word))["status"] == "NotImplemented", word

    asyncio.run(scene())


def test_the_local_list_decides_before_the_central_system_is_asked(tmp_path: Path) -> None:
    """A full list and its changes are kept over a restart; a token on it starts, or not, without a question."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1", waits_for_a_card=True) as site:
            await site.online()
            await settle(site, V201, AuthorizeRemoteTxRequests="true", LocalAuthListEnabled="true")

            async def send(version: int, kind: str, *entries: tuple[str, str | None]) -> str:
                listed = [{"idToken": token(t)} | ({"idTokenInfo": {"status": s}} if s else {}) for t, s in entries]
                answer = await site.call(
                    "SendLocalList", versionNumber=version, updateType=kind, localAuthorizationList=listed
                )
                return str(answer["status"])

            assert await send(3, "Full", ("good", "Accepted"), ("bad", "Blocked")) == "Accepted"
            assert await send(3, "Differential", ("bad", None)) == "VersionMismatch"
            assert await send(4, "Differential", ("worse", "Expired")) == "Accepted"
            assert await send(5, "Full", ("x", "Accepted"), ("X", "Blocked")) == "Failed"
            await site.stop()
            await site.start()
            await site.online(2)
            assert await site.call("GetLocalListVersion") == {"versionNumber": 4}
            for text in ("BAD", "worse"):
                begin = {"remoteStartId": 1, "idToken": token(text)}
                assert reason(await site.call("RequestStartTransaction", **begin)) == "InvalidIdToken"
            site.charger.wish("plug_in")
            await site.status("Occupied")
            begin = {"remoteStartId": 2, "idToken": token("good")}
            assert (await site.call("RequestStartTransaction", **begin))["status"] == "Accepted"
            assert csms.params("Authorize") == []
            assert (await site.event("Started"))["idToken"] == token("good")

    asyncio.run(scene())


def test_a_vendor_s_message_goes_up_and_its_answer_comes_back(tmp_path: Path) -> None:
    """Over EVerest's interface; any JSON is data in 2.x, and without a connection it is Offline at once."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            await csms.script("DataTransfer", answer={"status": "Accepted", "data": "pong"})
            request = {"vendor_id": "maker", "message_id": "ping", "data": "1"}
            answer = await site.api("data_transfer", request)
            assert (answer["status"], answer["data"]) == ("Accepted", "pong")
            [told] = csms.params("DataTransfer")
            assert (told["vendorId"], told["messageId"], told["data"]) == ("maker", "ping", "1")
            assert await site.api("stop")
            await csms.wait_disconnected(STATION)
            assert (await site.api("data_transfer", request))["status"] == "Offline"
            assert await site.api("restart")
            await site.online(2)

    asyncio.run(scene())


def test_a_driver_who_is_refused_is_stopped(tmp_path: Path) -> None:
    """The answer to Started says that the token of his own is blocked: the charging is stopped and its end told."""

    async def scene() -> None:
        async with (
            V201.csms(tags={"CARD-7": "Blocked"}) as csms,
            go_e_site(tmp_path, csms, version="2.0.1", waits_for_a_card=True) as site,
        ):
            box = Box(site.charger)
            await site.online()
            site.charger.wish("plug_in")
            await site.status("Occupied")
            begin = {"remoteStartId": 2, "idToken": token("CARD-7")}
            assert (await site.call("RequestStartTransaction", **begin))["status"] == "Accepted"
            await site.event("Started")
            await site.until(lambda: box.setting("frc") == OFF, "the charging is stopped")
            await site.event("Ended")

    asyncio.run(scene())


def test_nobody_is_stopped_for_the_tag_of_the_config(tmp_path: Path) -> None:
    """It stands for whoever it is: the central system is told by a security event, and the vehicle charges on."""

    async def scene() -> None:
        async with V201.csms(tags={TAG: "Invalid"}) as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            site.charger.wish("plug_in")
            assert (await site.event("Started"))["idToken"]["idToken"] == TAG
            event = await site.told("SecurityEventNotification")
            assert event["type"] == "IdTokenNotAccepted"
            assert "goes on" in event["techInfo"]
            site.charger.wish("unplug")
            await site.event("Ended")
            assert site.charger.sets == []

    asyncio.run(scene())


def test_monitors_are_set_told_of_and_cleared(tmp_path: Path) -> None:
    """Every status of the questions about monitors; a threshold is told when it is crossed, and when no longer."""

    async def scene() -> None:
        async with V201.csms() as csms, go_e_site(tmp_path, csms, version="2.0.1") as site:
            await site.online()
            everything = await report(site, "GetBaseReport", 1, reportBase="FullInventory")
            watched = [
                one
                for one in everything
                if one["variableCharacteristics"]["supportsMonitoring"]
                and one["variable"]["name"] == "Power"
                and one["variableCharacteristics"]["dataType"] in ("decimal", "integer")
            ]
            assert watched, "a power that can be watched"
            power = {key: watched[0][key] for key in ("component", "variable")}

            async def set_(**wanted: Any) -> dict[str, Any]:
                [result] = (await site.call("SetVariableMonitoring", setMonitoringData=[wanted]))["setMonitoringResult"]
                return dict(result)

            upper = {"value": 1000.0, "type": "UpperThreshold", "severity": 4}
            taken = await set_(**upper, **power)
            assert taken["status"] == "Accepted"
            assert (await set_(**upper, **power))["status"] == "Duplicate"
            assert (await set_(**upper, **place("FlyingMachine.Power")))["status"] == "UnknownComponent"
            assert (await set_(**upper, **place("TxCtrlr.Wings")))["status"] == "UnknownVariable"
            assert (await set_(**upper, **place("TxCtrlr.TxStartPoint")))["status"] in (
                "UnsupportedMonitorType",
                "Rejected",
            )
            monitors = await report(site, "GetMonitoringReport", 2)
            [mine] = [one for one in monitors if one["variable"] == power["variable"]]
            assert [one["id"] for one in mine["variableMonitoring"]] == [taken["id"]]

            site.charger.wish("plug_in")
            told = await site.told("NotifyEvent")
            event = next(one for one in told["eventData"] if one.get("variableMonitoringId") == taken["id"])
            assert (event["trigger"], event["eventNotificationType"]) == ("Alerting", "CustomMonitor")
            assert float(event["actualValue"]) > 1000
            site.charger.wish("unplug")
            await csms.wait_until(
                lambda: any(one.get("cleared") for told in csms.params("NotifyEvent") for one in told["eventData"]),
                "it is told as cleared",
            )
            assert await site.call("ClearVariableMonitoring", id=[taken["id"], 4711]) == {
                "clearMonitoringResult": [
                    {"id": taken["id"], "status": "Accepted"},
                    {"id": 4711, "status": "NotFound"},
                ]
            }
            assert (await site.call("SetMonitoringLevel", severity=10))["status"] == "Rejected"

    asyncio.run(scene())
