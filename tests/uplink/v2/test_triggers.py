from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.types.ocpp.version import OcppVersion
from bridge.types.transaction import TransactionPhase
from bridge.uplink.v2.triggers import trigger_message
from tests.uplink.v2.asking import BOTH, Asking, asking, reason

pytestmark = pytest.mark.parametrize("version", BOTH)


async def trigger(it: Asking, word: str, **payload: Any) -> tuple[str, str | None]:
    """Ask for a message."""
    return reason(await it.ask(trigger_message, "TriggerMessage", requestedMessage=word, **payload))


@pytest.mark.parametrize(
    ("word", "payload"),
    [
        ("Heartbeat", {}),
        ("LogStatusNotification", {"status": "Idle"}),
        ("FirmwareStatusNotification", {"status": "Idle"}),
    ],
)
def test_a_message_of_the_station_follows_the_answer(
    tmp_path: Path, version: OcppVersion, word: str, payload: dict[str, Any]
) -> None:
    """None is sent before it."""

    async def act(it: Asking) -> None:
        it.connect()
        answer = await it.answer(trigger_message, "TriggerMessage", requestedMessage=word)
        assert answer.payload == {"status": "Accepted"}
        assert it.said() == []
        assert answer.then is not None
        await answer.then()
        assert it.said() == [(word, payload)]

    asking(tmp_path, version, act)


def test_a_boot_is_told_again_only_where_the_last_one_was_not_accepted(tmp_path: Path, version: OcppVersion) -> None:
    """With the reason that it was asked for."""

    async def act(it: Asking) -> None:
        it.connect(boot="Pending")
        assert await trigger(it, "BootNotification") == ("Accepted", None)
        [(action, payload)] = it.said()
        assert (action, payload["reason"]) == ("BootNotification", "Triggered")

    async def accepted(it: Asking) -> None:
        it.connect()
        assert await trigger(it, "BootNotification") == ("Rejected", "NotEnabled")
        assert it.said() == []

    asking(tmp_path, version, act)
    asking(tmp_path, version, accepted)


def test_the_state_of_one_connector_is_told(tmp_path: Path, version: OcppVersion) -> None:
    """It has to be named."""

    async def act(it: Asking) -> None:
        it.connect()
        for place in ({}, {"evse": {"id": 1}}, {"evse": {"id": 0, "connectorId": 1}}):
            assert await trigger(it, "StatusNotification", **place) == ("Rejected", "MissingParam")
        assert it.said() == []
        assert await trigger(it, "StatusNotification", evse={"id": 2, "connectorId": 1}) == ("Accepted", None)
        [(action, payload)] = it.said()
        assert action == "StatusNotification"
        assert (payload["evseId"], payload["connectorId"], payload["connectorStatus"]) == (2, 1, "Available")

    asking(tmp_path, version, act, connectors=2)


def test_meter_values_are_those_of_now(tmp_path: Path, version: OcppVersion) -> None:
    """Of one EVSE or of all; they belong to no transaction."""

    async def act(it: Asking) -> None:
        it.connect()
        assert await trigger(it, "MeterValues", evse={"id": 1}) == ("Accepted", None)
        [(action, payload)] = it.said()
        assert (action, payload["evseId"]) == ("MeterValues", 1)
        sampled = payload["meterValue"][0]["sampledValue"]
        assert {one["context"] for one in sampled} == {"Trigger"}
        assert [one["value"] for one in sampled if one.get("measurand", "").startswith("Energy.Active")] == [1000.0]
        assert await trigger(it, "MeterValues") == ("Accepted", None)
        assert [said for said, _ in it.said()] == ["MeterValues"]

    asking(tmp_path, version, act)


def test_an_event_of_each_transaction_that_runs_is_kept(tmp_path: Path, version: OcppVersion) -> None:
    """It goes the way of all events; without a transaction there is none."""

    async def act(it: Asking) -> None:
        it.connect()
        assert await trigger(it, "TransactionEvent") == ("Rejected", "TxNotFound")
        await it.scene.charges("1", since_s=1.0)
        await it.station.following.look_at_news()
        look = it.station.outbox.look(it.scene.store, it.scene.clock.now(), it.station.terms())
        assert look.outgoing is not None
        await it.station.answered(look.outgoing, {})
        assert await trigger(it, "TransactionEvent", evse={"id": 1}) == ("Accepted", None)
        [transaction] = it.scene.store.transactions(it.station.outbox.station, TransactionPhase.RUNNING)
        assert transaction.updates[-1].trigger == "Trigger"
        assert it.station.has_work.is_set()
        look = it.station.outbox.look(it.scene.store, it.scene.clock.now(), it.station.terms())
        assert look.outgoing is not None
        payload = look.outgoing.call.payload
        it.station.schemas.check_request("TransactionEvent", payload)
        assert (payload["eventType"], payload["triggerReason"]) == ("Updated", "Trigger")
        assert await trigger(it, "TransactionEvent", evse={"id": 2}) == ("Rejected", "TxNotFound")

    asking(tmp_path, version, act, connectors=2)


@pytest.mark.parametrize(
    ("evse", "code"), [({"id": 9}, "UnknownEvse"), ({"id": 1, "connectorId": 2}, "UnknownConnectorId")]
)
def test_a_place_that_is_not_here_is_rejected(
    tmp_path: Path, version: OcppVersion, evse: dict[str, int], code: str
) -> None:
    """Whatever is asked for."""

    async def act(it: Asking) -> None:
        assert await trigger(it, "MeterValues", evse=evse) == ("Rejected", code)

    asking(tmp_path, version, act)


def test_what_is_never_sent_is_not_implemented(tmp_path: Path, version: OcppVersion) -> None:
    """Certificates and firmware, and in 2.1 what a vendor defines."""

    async def act(it: Asking) -> None:
        words = [
            "SignChargingStationCertificate",
            "SignV2GCertificate",
            "SignCombinedCertificate",
            "PublishFirmwareStatusNotification",
        ]
        for word in words:
            assert await trigger(it, word) == ("NotImplemented", "UnsupportedRequest")
        if version is OcppVersion.V21:
            assert await trigger(it, "SignV2G20Certificate") == ("NotImplemented", "UnsupportedRequest")
            custom = await trigger(it, "CustomTrigger", customTrigger="com.example")
            assert custom == ("NotImplemented", "UnsupportedRequest")

    asking(tmp_path, version, act)
