"""What fits no type all the same costs itself and not the message: a station repeats for ever what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import ConnectorStatus, StopReason
from tests.central.told.scene import Scene

LONG = "A" * 60


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Scene]:
    """Return a station of 1.6."""
    scene = Scene(tmp_path)
    yield scene
    scene.close()


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Scene]:
    """Return a station of 2.0.1."""
    scene = Scene(tmp_path, OcppVersion.V201)
    yield scene
    scene.close()


def test_words_and_texts_of_its_own_lose_no_session_of_1_6(old: Scene) -> None:
    """A tag that is too long keeps its beginning; a reason that is not known is Other, and stands beside it."""
    begun = {"connectorId": 1, "idTag": LONG, "meterStart": 1000, "timestamp": old.at()}
    number = old.ask("StartTransaction", begun)["transactionId"]
    values = [
        {"value": "1250", "measurand": "Energy.Active.Import.Register"},
        {"value": "42", "measurand": "Mood.Of.The.Box"},
        {"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW", "context": "Whenever"},
    ]
    told = {"connectorId": 1, "transactionId": number, "meterValue": [{"timestamp": old.at(), "sampledValue": values}]}
    old.ask("MeterValues", told)
    ended = {"transactionId": number, "meterStop": 1500, "timestamp": old.at(60), "reason": "TiredOfIt"}
    old.ask("StopTransaction", ended)
    old.commit()
    ((_, session),) = old.store.sessions("carport")
    assert (session.energy_wh, session.id_token) == (500, LONG[:20])
    assert (session.stop_reason, session.stop_reason_raw) == (StopReason.OTHER, "TiredOfIt")


def test_words_and_texts_of_its_own_lose_no_session_of_2_x(new: Scene) -> None:
    """Triggers and states of charging that are not known say nothing; energy and times do."""

    def event(kind: str, number: int, wh: float, **info: Any) -> dict[str, Any]:
        value = {"value": wh, "measurand": "Energy.Active.Import.Register"}
        odd = {"value": 1.0, "measurand": "Mood"}
        return {
            "eventType": kind,
            "timestamp": new.at(number),
            "triggerReason": "JustBecause",
            "seqNo": number,
            "transactionInfo": {"transactionId": "t1", **info},
            "evse": {"id": 1},
            "idToken": {"idToken": LONG, "type": "Rune"},
            "meterValue": [{"timestamp": new.at(number), "sampledValue": [odd, value]}],
        }

    new.ask("TransactionEvent", event("Started", 0, 1000.0, chargingState="Humming"))
    new.ask("TransactionEvent", event("Ended", 1, 1500.0, stoppedReason="TiredOfIt"))
    new.commit()
    ((_, session),) = new.store.sessions("carport")
    assert (session.energy_wh, session.id_token) == (500, LONG[:36])
    assert session.stop_reason is StopReason.OTHER


def test_a_state_in_a_word_that_is_not_known_is_not_guessed(old: Scene) -> None:
    """It is shown as it was told, and the next one that is known counts again."""
    old.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Humming"})
    (reading,) = old.told.snapshot().connectors
    assert (reading.status, reading.status_raw) == (None, "Humming")
    told = {"connectorId": 1, "errorCode": "Gremlins", "status": "Faulted", "info": LONG, "vendorErrorCode": LONG}
    old.ask("StatusNotification", told)
    (reading,) = old.told.snapshot().connectors
    assert (reading.status, reading.fault) == (ConnectorStatus.FAULTED, f"OtherError: {LONG[:50]}, {LONG[:50]}")


def test_a_state_of_2_x_in_a_word_that_is_not_known_is_not_guessed(new: Scene) -> None:
    """Likewise."""
    told = {"timestamp": new.at(), "connectorStatus": "Humming", "evseId": 1, "connectorId": 1}
    new.ask("StatusNotification", told)
    (reading,) = new.told.snapshot().connectors
    assert (reading.status, reading.status_raw) == (None, "Humming")


@pytest.mark.parametrize("scene", ["old", "new"])
def test_a_name_that_is_too_long_keeps_nobody_from_booting(scene: str, request: pytest.FixtureRequest) -> None:
    """Serial numbers of more characters than OCPP has for them are a makers' habit."""
    station: Scene = request.getfixturevalue(scene)
    boot: dict[str, Any] = {"chargePointVendor": LONG, "chargePointModel": LONG, "chargePointSerialNumber": LONG}
    if station.version is not OcppVersion.V16:
        about = {"vendorName": LONG, "model": LONG, "serialNumber": LONG}
        boot = {"reason": "BecauseICan", "chargingStation": about}
    assert station.ask("BootNotification", boot)["status"] == "Accepted"
    assert station.told.identity is not None
    assert station.told.identity.serial_number == LONG
