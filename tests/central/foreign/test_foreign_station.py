from __future__ import annotations

import asyncio
import json
import signal
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.central.foreign.station import IDENTITY, ForeignStation, StationOptions, StationTls
from tests.uplink.foreign.calls_v2 import ANSWERED_CALLS, NOT_SUPPORTED_CALLS, profile
from tests.uplink.foreign.certificates import Authority
from tests.uplink.foreign.events import ForeignCallError, ForeignProgramError
from tests.uplink.foreign.payloads import AT, START, STOP, VALUES
from tests.uplink.foreign.payloads_v2 import VALUE, event
from tests.uplink.peer.csms import CallRefusedError, Csms

VERSIONS = ("1.6", "2.0.1", "2.1")
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]},
}
CALLS_16: dict[str, dict[str, Any]] = {
    "CancelReservation": {"reservationId": 1},
    "CertificateSigned": {"certificateChain": "c"},
    "ChangeAvailability": {"connectorId": 1, "type": "Inoperative"},
    "ChangeConfiguration": {"key": "HeartbeatInterval", "value": "60"},
    "ClearCache": {},
    "ClearChargingProfile": {},
    "DataTransfer": {"vendorId": "somebody"},
    "DeleteCertificate": {
        "certificateHashData": {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": "a",
            "issuerKeyHash": "b",
            "serialNumber": "1",
        }
    },
    "ExtendedTriggerMessage": {"requestedMessage": "Heartbeat"},
    "GetCompositeSchedule": {"connectorId": 1, "duration": 600},
    "GetConfiguration": {},
    "GetDiagnostics": {"location": "ftp://127.0.0.1:9/in"},
    "GetInstalledCertificateIds": {"certificateType": "CentralSystemRootCertificate"},
    "GetLocalListVersion": {},
    "GetLog": {"logType": "SecurityLog", "requestId": 4, "log": {"remoteLocation": "ftp://127.0.0.1:9/in"}},
    "InstallCertificate": {"certificateType": "CentralSystemRootCertificate", "certificate": "c"},
    "RemoteStartTransaction": {"idTag": "A"},
    "RemoteStopTransaction": {"transactionId": 1},
    "ReserveNow": {"connectorId": 1, "expiryDate": AT, "idTag": "A", "reservationId": 1},
    "Reset": {"type": "Soft"},
    "SendLocalList": {"listVersion": 1, "updateType": "Full"},
    "SetChargingProfile": {"connectorId": 1, "csChargingProfiles": PROFILE},
    "SignedUpdateFirmware": {
        "requestId": 1,
        "firmware": {
            "location": "http://127.0.0.1/x",
            "retrieveDateTime": AT,
            "signingCertificate": "c",
            "signature": "s",
        },
    },
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UnlockConnector": {"connectorId": 1},
    "UpdateFirmware": {"location": "http://127.0.0.1/x", "retrieveDate": AT},
}
CALLS_2 = NOT_SUPPORTED_CALLS | ANSWERED_CALLS


def met(
    work: Callable[[ForeignStation, Csms], Awaitable[None]],
    version: str = "1.6",
    *,
    expects_violations: bool = False,
    settings: dict[str, str | None] | None = None,
) -> ForeignStation:
    """Let a station and our tests' own central system meet, and return the station with what it saw."""

    async def meet() -> ForeignStation:
        options = StationOptions(versions=(version,), settings=settings or {})
        async with (
            Csms(version=version) as csms,
            ForeignStation(csms.url, options, expects_violations=expects_violations) as station,
        ):
            await work(station, csms)
        return station

    return asyncio.run(meet())


@pytest.mark.parametrize("version", VERSIONS)
def test_it_speaks_as_a_station(version: str) -> None:
    """It boots and tells a session in its version, and a strict central system finds nothing wrong with that."""
    state_16 = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    state_2 = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    tells_16 = [("StatusNotification", state_16), ("StartTransaction", START), ("MeterValues", VALUES)]
    tells_2 = [
        ("StatusNotification", state_2),
        ("TransactionEvent", event()),
        ("TransactionEvent", event("Updated", 1, triggerReason="MeterValuePeriodic", meterValue=[VALUE])),
        ("TransactionEvent", event("Ended", 2)),
    ]

    async def work(station: ForeignStation, csms: Csms) -> None:
        assert station.protocol == f"ocpp{version}"
        assert (await station.boot(model="Other"))["status"] == "Accepted"
        tells = [*tells_16, ("StopTransaction", STOP)] if version == "1.6" else tells_2
        for method, params in tells:
            await station.call(method, params)
        calls = csms.ledger(IDENTITY).calls
        assert [(method, params) for _, method, params in calls[1:]] == tells
        assert "Other" in json.dumps(calls[0])
        assert csms.violations == []

    met(work, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_call_of_a_central_system_is_answered_and_noted(version: str) -> None:
    """Each gets an answer that keeps to its schema, and stands in the list."""
    calls = CALLS_16 if version == "1.6" else CALLS_2

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        for method, params in calls.items():
            await csms.call(IDENTITY, method, params)
            assert await station.wait_asked(method) == params
        assert [text for text in csms.violations if text.startswith(f"{IDENTITY}: answer")] == []

    assert len(met(work, version).received) == len(calls)


def test_settings_of_1_6_are_kept() -> None:
    """A key that it knows changes, one that is read only or unknown does not; it tells what it was told."""

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        for key, status in (
            ("HeartbeatInterval", "Accepted"),
            ("NumberOfConnectors", "Rejected"),
            ("Unheard", "NotSupported"),
            ("WebSocketPingInterval", "NotSupported"),
            ("Own", "Accepted"),
        ):
            answer = await csms.call(IDENTITY, "ChangeConfiguration", {"key": key, "value": "42"})
            assert answer == {"status": status}, key
        wanted = {"key": ["HeartbeatInterval", "Unheard"]}
        assert await csms.call(IDENTITY, "GetConfiguration", wanted) == {
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "42"}],
            "unknownKey": ["Unheard"],
        }
        everything = (await csms.call(IDENTITY, "GetConfiguration", {}))["configurationKey"]
        assert {one["key"]: one["value"] for one in everything} == await station.settings()

    met(work, settings={"WebSocketPingInterval": None, "Own": "1"})


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_report_of_2_x_comes_in_parts(version: str) -> None:
    """After the answer all variables come, numbered from 0, the last part without more to come; new values too."""
    place = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    elsewhere = {"component": {"name": "Nowhere"}, "variable": {"name": "X"}}
    wish = {"setVariableData": [{**place, "attributeValue": "42"}, {**elsewhere, "attributeValue": "1"}]}

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        results = (await csms.call(IDENTITY, "SetVariables", wish))["setVariableResult"]
        assert [one["attributeStatus"] for one in results] == ["Accepted", "UnknownComponent"]
        results = (await csms.call(IDENTITY, "GetVariables", {"getVariableData": [place]}))["getVariableResult"]
        assert [one["attributeValue"] for one in results] == ["42"]
        wanted = {"requestId": 7, "reportBase": "FullInventory"}
        assert await csms.call(IDENTITY, "GetBaseReport", wanted) == {"status": "Accepted"}
        settings = await station.settings()
        await station.wait_followed("NotifyReport", (len(settings) + 3) // 4)
        parts = [one.params for one in station.followed]
        assert [(part["requestId"], part["seqNo"], part["tbc"]) for part in parts] == [
            (7, number, number < len(parts) - 1) for number in range(len(parts))
        ]
        told = {
            f"{one['component']['name']}.{one['variable']['name']}": one["variableAttribute"][0]["value"]
            for part in parts
            for one in part["reportData"]
        }
        assert told == settings
        assert settings["OCPPCommCtrlr.HeartbeatInterval"] == "42"
        nothing = {"requestId": 8, "componentVariable": [elsewhere]}
        assert await csms.call(IDENTITY, "GetReport", nothing) == {"status": "EmptyResultSet"}

    met(work, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_charging_profiles_are_kept(version: str) -> None:
    """A profile is installed, answers a composite schedule, and is cleared; a second clearing finds nothing."""
    place = "connectorId" if version == "1.6" else "evseId"
    given = {"connectorId": 1, "csChargingProfiles": PROFILE}
    which = {"id": 1}
    if version != "1.6":
        given = {"evseId": 1, "chargingProfile": profile(16)}
        which = {"chargingProfileId": 1}

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        asked = {place: 1, "duration": 60}
        assert await csms.call(IDENTITY, "GetCompositeSchedule", asked) == {"status": "Rejected"}
        assert await csms.call(IDENTITY, "SetChargingProfile", given) == {"status": "Accepted"}
        assert [where for where, _ in await station.profiles()] == [1]
        composite = await csms.call(IDENTITY, "GetCompositeSchedule", asked)
        schedule = composite["chargingSchedule" if version == "1.6" else "schedule"]
        assert schedule["chargingSchedulePeriod"][0]["limit"] == 16
        assert await csms.call(IDENTITY, "ClearChargingProfile", which) == {"status": "Accepted"}
        assert await csms.call(IDENTITY, "ClearChargingProfile", which) == {"status": "Unknown"}
        assert await station.profiles() == []

    met(work, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_triggered_is_said_again(version: str) -> None:
    """The latest state of each connector comes once more; what was never said is refused."""
    states: list[dict[str, Any]] = [
        {"connectorId": number, "errorCode": "NoError", "status": "Available", "timestamp": AT} for number in (0, 1)
    ]
    if version != "1.6":
        states = [{"timestamp": AT, "connectorStatus": "Occupied", "evseId": n, "connectorId": 1} for n in (1, 2)]

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        asked = {"requestedMessage": "StatusNotification"}
        assert await csms.call(IDENTITY, "TriggerMessage", asked) == {"status": "Rejected"}
        for state in states:
            await station.call("StatusNotification", state)
        assert await csms.call(IDENTITY, "TriggerMessage", asked) == {"status": "Accepted"}
        for number, state in enumerate(states, 1):
            again = (await station.wait_followed("StatusNotification", number)).params
            assert again.pop("timestamp") > AT
            assert again == {key: value for key, value in state.items() if key != "timestamp"}

    met(work, version)


def test_a_script_lays_another_answer_over_the_usual() -> None:
    """Another status, an error, silence: as often as was said, then it is as before."""

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        await station.script("Reset", {"status": "Rejected"}, times=2)
        await station.script("Reset", error=("InternalError", "not today"))
        await station.script("ClearCache", silent=True)
        for status in ("Rejected", "Rejected"):
            assert await csms.call(IDENTITY, "Reset", {"type": "Soft"}) == {"status": status}
        with pytest.raises(CallRefusedError, match="InternalError: not today"):
            await csms.call(IDENTITY, "Reset", {"type": "Soft"})
        assert await csms.call(IDENTITY, "Reset", {"type": "Soft"}) == {"status": "Accepted"}
        with pytest.raises(TimeoutError):
            await csms.call(IDENTITY, "ClearCache", {}, limit_s=0.2)
        assert await csms.call(IDENTITY, "ClearCache", {}) == {"status": "Accepted"}
        await station.script("Reset", {"status": "Rejected"}, times=None)
        await station.unscript("Reset")
        assert await csms.call(IDENTITY, "Reset", {"type": "Soft"}) == {"status": "Accepted"}

    met(work)


@pytest.mark.parametrize(
    ("frame", "kind", "message"),
    [
        ([2, "m1", "Reset", {"type": "Now"}], "call", "must be equal to one of the allowed values"),
        ([2, "m1", "StartTransaction", START], "call", "a station calls that, not a central system"),
        ([2, "m1", "ClearCache", {}, 5], "frame", "a CALL has 4 elements"),
        ([2, "m1", "ReserveNow", {**CALLS_16["ReserveNow"], "connectorId": -1}], "call", "must not be negative"),
    ],
    ids=["against the schema", "not its business", "too long", "against the sense"],
)
def test_a_call_against_ocpp_is_a_violation(frame: list[Any], kind: str, message: str) -> None:
    """What the central system must not send is noted, and fails a test that did not expect it."""

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        await csms.exchange(IDENTITY, json.dumps(frame), "m1")
        await station.catch_up()

    (violation,) = met(work, expects_violations=True).violations
    assert (violation.by, violation.kind) == ("csms", kind)
    assert message in violation.message
    with pytest.raises(AssertionError, match="OCPP was violated"):
        met(work)


def test_an_answer_against_its_schema_is_a_violation() -> None:
    """The call fails as such, and the violation names what was wrong."""

    async def work(station: ForeignStation, csms: Csms) -> None:
        csms.script.say("BootNotification", {"status": "Perhaps", "currentTime": AT, "interval": 1})
        with pytest.raises(ForeignCallError) as failed:
            await station.boot()
        assert failed.value.kind == "bad answer"

    (violation,) = met(work, expects_violations=True).violations
    assert (violation.by, violation.kind, violation.method) == ("csms", "answer", "BootNotification")


def test_two_calls_at_once_are_a_violation() -> None:
    """A central system waits for an answer before it calls again."""

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        await station.script("ClearCache", delay_s=0.3)
        for number in (1, 2):
            await csms.send_text(IDENTITY, json.dumps([2, f"m{number}", "ClearCache", {}]))
        await station.wait_asked("ClearCache", 2)
        await csms.exchange(IDENTITY, json.dumps([2, "m3", "GetConfiguration", {}]), "m3")

    violations = met(work, expects_violations=True).violations
    assert {violation.message for violation in violations} == {"it came while another call was not answered"}


def test_what_the_test_sends_against_the_schema_is_not_sent() -> None:
    """A mistake of the test is one of the station, and nothing goes out; past the schema there is `call_raw`."""

    async def work(station: ForeignStation, csms: Csms) -> None:
        await station.boot()
        with pytest.raises(ForeignCallError) as failed:
            await station.call("StatusNotification", {"connectorId": 1})
        assert failed.value.kind == "not sent"
        kind, _, code, *_ = await station.call_raw("Nonsense", {})
        assert (kind, code) == (4, "NotImplemented")
        assert [name for _, name, _ in csms.ledger(IDENTITY).calls] == ["BootNotification", "Nonsense"]

    (violation,) = met(work, expects_violations=True).violations
    assert violation.by == "station"


def test_a_refusal_is_told_and_a_connection_may_be_made_again() -> None:
    """An error of the central system comes as it was sent; after an end of either side it connects once more."""

    async def work(station: ForeignStation, csms: Csms) -> None:
        csms.script.refuse("BootNotification", "InternalError")
        with pytest.raises(ForeignCallError) as failed:
            await station.boot()
        assert (failed.value.kind, failed.value.code) == ("answered", "InternalError")
        await station.disconnect()
        await station.connect()
        await station.boot()
        await csms.drop(IDENTITY, abruptly=True)
        assert (await station.ended(2))[0] == 1006
        with pytest.raises(ForeignCallError) as failed:
            await station.boot()
        assert failed.value.kind == "gone"
        await station.connect()
        await station.boot()
        await station.disconnect(force=True)

    met(work)


@pytest.mark.parametrize(("password", "status"), [("right", None), ("wrong", "401"), (None, "401")])
def test_it_shows_its_password(password: str | None, status: str | None) -> None:
    """With the right one it is let in; otherwise the status of HTTP is told."""

    async def scene() -> None:
        async with Csms(passwords={IDENTITY: "right"}) as csms:
            options = StationOptions(password=password)
            async with ForeignStation(csms.url, options, connects=False) as station:
                if status is None:
                    assert await station.connect() == "ocpp1.6"
                    return
                with pytest.raises(ForeignCallError) as refused:
                    await station.connect()
                assert (refused.value.kind, refused.value.code) == ("refused", status)

    asyncio.run(scene())


def test_it_trusts_whom_it_is_told_to_and_shows_its_certificate(tmp_path: Path) -> None:
    """It connects with TLS to a central system of its authority, and to no other; each shows the other what it has."""
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    server, client = authority.sign("csms"), authority.sign("station")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.cert, server.key)
    context.load_verify_locations(authority.cert)
    context.verify_mode = ssl.CERT_REQUIRED

    async def scene() -> None:
        async with Csms(ssl_context=context) as csms:
            good = StationOptions(tls=StationTls(authority.cert, client.cert, client.key))
            async with ForeignStation(csms.url, good) as station:
                await station.boot()
            bad = StationOptions(tls=StationTls(stranger.cert, client.cert, client.key))
            async with ForeignStation(csms.url, bad, connects=False) as station:
                with pytest.raises(ForeignCallError, match="refused"):
                    await station.connect()

    asyncio.run(scene())


def test_the_first_common_version_is_spoken() -> None:
    """A station of several versions takes the one that the central system speaks."""

    async def scene() -> None:
        options = StationOptions(versions=("2.1", "2.0.1", "1.6"))
        async with Csms(version="2.0.1") as csms, ForeignStation(csms.url, options) as station:
            assert station.protocol == "ocpp2.0.1"
            await station.boot()

    asyncio.run(scene())


def test_its_end_ends_every_wait() -> None:
    """A station that dies is an error at once, and its process does not outlive the block."""

    async def scene() -> None:
        async with Csms() as csms:
            async with ForeignStation(csms.url) as station:
                waited = asyncio.create_task(station.wait_asked("Reset", limit_s=60))
                await asyncio.sleep(0)
                station.send_signal(signal.SIGKILL)
                with pytest.raises(ForeignProgramError, match="ended"):
                    await waited
                with pytest.raises(ForeignProgramError, match="ended"):
                    await station.boot()
            async with ForeignStation(csms.url) as station:
                assert station.exit_code is None
            assert station.exit_code == 0

    asyncio.run(scene())
