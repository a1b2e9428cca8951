"""What stations are answered in all versions; `Scene.ask` holds every answer against its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import StoreError
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.frames import Call
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.ocppj.schemas import Schemas
from bridge.types.journal import EntryKind
from bridge.types.ocpp.version import OcppVersion
from tests.central.told.scene import NOON, Scene

V16, V201, V21 = OcppVersion
NEWER = (V201, V21)
STATION = {"vendorName": "Acme", "model": "Wall 2", "serialNumber": "S1", "firmwareVersion": "1.0"}
BOOT = {"reason": "PowerUp", "chargingStation": STATION}
BOOTS: Mapping[OcppVersion, dict[str, Any]] = {
    V16: {
        "chargePointVendor": "Acme",
        "chargePointModel": "Wall 2",
        "chargeBoxSerialNumber": "S1",
        "firmwareVersion": "1.0",
    },
    V201: BOOT,
    V21: BOOT,
}


@pytest.fixture(params=OcppVersion)
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Return a station of each version."""
    scene = Scene(tmp_path, request.param, heartbeat="90s")
    yield scene
    scene.close()


def test_a_boot_is_accepted_and_tells_who_it_is(scene: Scene) -> None:
    """The answer has the time and the interval; the identity is kept over a restart."""
    answer = scene.ask("BootNotification", BOOTS[scene.version])
    assert answer == {"status": "Accepted", "currentTime": "2026-03-10T12:00:00Z", "interval": 90}
    assert scene.card.booted_at == NOON
    scene.restart()
    identity = scene.told.identity
    assert identity is not None
    assert (identity.vendor_name, identity.model) == ("Acme", "Wall 2")
    assert (identity.serial_number, identity.firmware_version) == ("S1", "1.0")


def test_what_follows_a_boot_is_told_the_version(scene: Scene) -> None:
    """The hook is called after the boot's answer, and after no other."""
    versions: list[OcppVersion] = []

    async def booted(version: OcppVersion) -> None:
        versions.append(version)

    scene.told.booted = booted
    scene.ask("Heartbeat")
    assert not versions
    scene.ask("BootNotification", BOOTS[scene.version])
    assert versions == [scene.version]


def test_a_heartbeat_gets_the_time(scene: Scene) -> None:
    """It is noted on the card, and is no news."""
    scene.wait(30)
    assert scene.ask("Heartbeat") == {"currentTime": "2026-03-10T12:00:30Z"}
    assert scene.card.heartbeat_at == scene.card.last_message_at == scene.clock.now()
    assert scene.news == 0


def test_a_vendors_message_is_unknown(scene: Scene) -> None:
    """It is remarked by its name; its data, which may hold anything, is shown nowhere."""
    told = {"vendorId": "com.acme\n\x1b[31m", "messageId": "hello", "data": "secret"}
    assert scene.ask("DataTransfer", told) == {"status": "UnknownVendorId"}
    assert "com.acme [31m, hello" in scene.remarks()
    assert "secret" not in scene.remarks()


def test_a_security_event_is_journaled_once_in_a_while(scene: Scene) -> None:
    """Each is remarked; one of the same type within five minutes costs no further commit."""
    for _ in range(3):
        told = {"type": "TamperDetectionActivated", "timestamp": scene.at(), "techInfo": "lid"}
        assert scene.ask("SecurityEventNotification", told) == {}
        scene.wait(200)
    scene.commit()
    entries = scene.store.journal(0, 100, {EntryKind.SECURITY})
    assert [entry.body for entry in entries] == [
        {"type": "TamperDetectionActivated", "info": "lid", "critical": True}
    ] * 2
    assert "security event TamperDetectionActivated: lid" in scene.remarks()


def test_no_certificate_is_signed(scene: Scene) -> None:
    """The bridge is nobody's authority."""
    assert scene.ask("SignCertificate", {"csr": "-----BEGIN"}) == {"status": "Rejected"}
    assert "BEGIN" not in scene.remarks()


@pytest.mark.parametrize(
    ("action", "told", "remark"),
    [
        ("FirmwareStatusNotification", {"status": "Downloading"}, "firmware: Downloading"),
        ("LogStatusNotification", {"status": "Uploading", "requestId": 1}, "log: Uploading"),
        ("FirmwareStatusNotification", {"status": "Idle"}, ""),
    ],
)
def test_progress_is_remarked(scene: Scene, action: str, told: dict[str, Any], remark: str) -> None:
    """How far an update or an upload is stands on the card, and that nothing is being done does not."""
    assert scene.ask(action, told) == {}
    assert scene.remarks() == remark


def test_what_stations_do_not_ask_is_refused(scene: Scene) -> None:
    """Whatever is not of a station's own is not supported, and nothing else fails."""
    for action in sorted(Schemas(scene.version).actions):
        questions = scene.told._in(scene.version)
        if action in questions.questions or action in questions.notices:
            continue
        with pytest.raises(RefusedQuestionError) as refused:
            scene.run(scene.told.answer(Call("1", action, {}), scene.version))
        assert refused.value.code is ErrorCode.NOT_SUPPORTED


def test_remarks_are_bounded(scene: Scene) -> None:
    """The same remark in a row only moves; of different ones the newest fifty stay, and none is long."""
    for _ in range(3):
        scene.ask("DataTransfer", {"vendorId": "V" * 255})
        scene.wait(1)
    assert len(scene.card.remarks) == 1
    assert scene.card.remarks[0].at > NOON
    assert len(scene.remarks()) < 201
    for number in range(60):
        scene.ask("DataTransfer", {"vendorId": f"V{number}"})
    assert len(scene.card.remarks) == 50


def test_tags_of_the_list_may_charge(tmp_path: Path) -> None:
    """Without regard to case; a transaction of another one is kept all the same and told to be invalid."""
    scene = Scene(tmp_path, V16, id_tokens=("Anna", "04AABBCC"))
    assert scene.ask("Authorize", {"idTag": "ANNA"}) == {"idTagInfo": {"status": "Accepted"}}
    assert scene.ask("Authorize", {"idTag": "Bob"}) == {"idTagInfo": {"status": "Invalid"}}
    told = {"connectorId": 1, "idTag": "Bob", "meterStart": 1, "timestamp": scene.at()}
    answer = scene.ask("StartTransaction", told)
    assert answer["idTagInfo"] == {"status": "Invalid"}
    assert scene.session().session_id == str(answer["transactionId"])
    assert "Bob" not in scene.remarks()
    scene.close()


@pytest.mark.parametrize("version", NEWER)
def test_tokens_of_the_list_may_charge(tmp_path: Path, version: OcppVersion) -> None:
    """As in 1.6; who shows no tag is not on the list."""
    scene = Scene(tmp_path, version, id_tokens=("anna",))
    for tag, sort, status in (
        ("ANNA", "Central", "Accepted"),
        ("bob", "ISO14443", "Invalid"),
        ("", "NoAuthorization", "Invalid"),
    ):
        token = {"idToken": tag, "type": sort}
        assert scene.ask("Authorize", {"idToken": token}) == {"idTokenInfo": {"status": status}}
        answer = scene.event("Started", f"tx-{tag}", 0, 1000, evse=1, idToken=token)
        assert answer == {"idTokenInfo": {"status": status}}
    assert len(scene.sessions()) == 3
    scene.close()


@pytest.mark.parametrize("version", NEWER)
def test_reports_are_handed_on(tmp_path: Path, version: OcppVersion) -> None:
    """The parts of what was asked for go to who asked."""
    scene = Scene(tmp_path, version)
    parts: dict[str, dict[str, Any]] = {
        "NotifyReport": {"requestId": 1, "generatedAt": scene.at(), "seqNo": 0},
        "NotifyMonitoringReport": {"requestId": 2, "generatedAt": scene.at(), "seqNo": 0},
        "NotifyCustomerInformation": {"requestId": 3, "generatedAt": scene.at(), "seqNo": 0, "data": "x"},
        "NotifyDisplayMessages": {"requestId": 4},
        "ReportChargingProfiles": {
            "requestId": 5,
            "chargingLimitSource": "CSO",
            "evseId": 1,
            "chargingProfile": [profile()],
        },
    }
    for action, payload in parts.items():
        assert scene.ask(action, payload) == {}
    assert scene.reports == list(parts.items())
    scene.close()


@pytest.mark.parametrize("version", NEWER)
def test_notices_of_2_x(tmp_path: Path, version: OcppVersion) -> None:
    """What needs no more than to be heard is heard, and what is asked for and not made here is declined."""
    scene = Scene(tmp_path, version)
    notices: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("ClearedChargingLimit", {"chargingLimitSource": "EMS"}, {}),
        ("NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "EMS"}}, {}),
        ("ReservationStatusUpdate", {"reservationId": 1, "reservationUpdateStatus": "Expired"}, {}),
        ("PublishFirmwareStatusNotification", {"status": "Downloaded"}, {}),
        (
            "NotifyEVChargingSchedule",
            {"timeBase": scene.at(), "evseId": 1, "chargingSchedule": profile()["chargingSchedule"][0]},
            {"status": "Accepted"},
        ),
        (
            "NotifyEVChargingNeeds",
            {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "AC_single_phase"}},
            {"status": "Rejected"},
        ),
    ]
    for action, payload, answer in notices:
        assert scene.ask(action, payload) == answer
    assert "reservation: 1, Expired" in scene.remarks()
    scene.close()


def test_notices_of_2_1(tmp_path: Path) -> None:
    """What only 2.1 has and needs no more than to be heard."""
    scene = Scene(tmp_path, V21)
    notices: dict[str, dict[str, Any]] = {
        "NotifyDERAlarm": {"controlType": "VoltVar", "timestamp": scene.at()},
        "NotifyDERStartStop": {"controlId": "c", "started": True, "timestamp": scene.at()},
        "NotifyPriorityCharging": {"transactionId": "t", "activated": True},
        "NotifySettlement": {
            "pspRef": "p",
            "status": "Settled",
            "settlementAmount": 1,
            "settlementTime": scene.at(),
        },
        "NotifyWebPaymentStarted": {"evseId": 1, "timeout": 10},
        "ReportDERControl": {"requestId": 1},
    }
    for action, payload in notices.items():
        assert scene.ask(action, payload) == {}
    scene.close()


def test_a_store_that_refuses_is_no_answer(scene: Scene) -> None:
    """What could not be kept is not answered; what needs no store still is."""
    scene.desk.failing = StoreError("store", "full")
    begin = scene.start if scene.version is V16 else partial(scene.event, "Started", "tx-1", 0, 1000)
    with pytest.raises(StoreError):
        begin()
    assert scene.ask("Heartbeat")


@pytest.mark.parametrize("version", NEWER)
def test_values_outside_of_transactions(tmp_path: Path, version: OcppVersion) -> None:
    """2.x tells them by EVSE; those of EVSE 0 are the building's."""
    scene = Scene(tmp_path, version)
    sampled = [{"value": 120.5, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}}]
    for evse_id in (0, 2):
        values = [{"timestamp": scene.at(), "sampledValue": sampled}]
        assert scene.ask("MeterValues", {"evseId": evse_id, "meterValue": values}) == {}
    assert scene.told.connectors == (2,)
    assert scene.reading(2).power_w == 120.5
    scene.close()


def profile() -> dict[str, Any]:
    """Return a charging profile of 2.x."""
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}
        ],
    }
