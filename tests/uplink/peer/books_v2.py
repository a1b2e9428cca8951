"""What a strict central system of OCPP 2.x enters, answers and judges of what a station says. No I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

from tests.uplink.peer.book_keeping import ACCEPTED, BookKeeping
from tests.uplink.peer.ledger import (
    EventRecord,
    Ledger,
    MeterRecord,
    Payload,
    SessionRecord,
    StatusRecord,
    StopRecord,
    register_wh_of,
)
from tests.uplink.peer.message_check import parse_timestamp

_NOTIFICATIONS = (
    "ClearedChargingLimit",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "NotifyChargingLimit",
    "NotifyCustomerInformation",
    "NotifyEvent",
    "NotifyMonitoringReport",
    "NotifyReport",
    "ReportChargingProfiles",
)
_CONNECTOR = 1


class Books2(BookKeeping):
    """The ledgers of all stations of 2.x: a transaction is known by the id that the station gives it."""

    others: ClassVar[Mapping[str, Payload]] = {
        "DataTransfer": ACCEPTED,
        "SignCertificate": ACCEPTED,
        **{action: {} for action in _NOTIFICATIONS},
    }

    def __init__(self, now: Callable[[], datetime], *, heartbeat_interval_s: int, lossy: bool) -> None:
        super().__init__(now, heartbeat_interval_s=heartbeat_interval_s, lossy=lossy)
        self._entries |= {
            "TransactionEvent": self._event,
            "MeterValues": self._meter_values,
            "StatusNotification": self._status,
            "Authorize": self._authorize,
        }

    def place_of(self, payload: Payload) -> int | None:
        """Return the number of its EVSE."""
        evse_id: int | None = payload.get("evseId", payload.get("evse", {}).get("id"))
        return evse_id

    def ended_by(self, action: str, payload: Payload) -> str | int | None:
        """Return the id in an Ended."""
        is_end = action == "TransactionEvent" and payload.get("eventType") == "Ended"
        return payload["transactionInfo"]["transactionId"] if is_end else None

    def forget(self, identity: str) -> None:
        """Note that a station lost its store: it may tell everything anew, under the same ids."""
        for session in self.ledger(identity).sessions.values():
            session.is_forgotten = True

    # --- transactions ------------------------------------------------------------------------------------------------

    def _event(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        transaction_id, number = payload["transactionInfo"]["transactionId"], payload["seqNo"]
        session = ledger.sessions.get(transaction_id)
        if session is not None and session.is_forgotten and number == 0:
            ledger.earlier.append(session)
            session = None
        if session is None:
            self._begin(ledger, payload)
        elif number in session.events:
            self._repeat(ledger, session, payload)
        else:
            self._go_on(ledger, session, payload)
        if "idToken" not in payload:
            return {}
        status = "Invalid" if payload["idToken"]["idToken"] in self.unknown_tags else "Accepted"
        return {"idTokenInfo": {"status": status}}

    def _begin(self, ledger: Ledger, payload: Payload) -> None:
        transaction_id, kind, number = (
            payload["transactionInfo"]["transactionId"],
            payload["eventType"],
            payload["seqNo"],
        )
        if (kind, number) != ("Started", 0):
            ledger.violations.append(f"transaction {transaction_id} begins with {kind} {number}")
            return
        evse = payload.get("evse", {})
        if evse.get("connectorId", _CONNECTOR) != _CONNECTOR or evse.get("id", 0) < 1:
            ledger.violations.append(f"Started at EVSE {evse.get('id')}, connector {evse.get('connectorId')}")
        evse_id = evse.get("id", 0)
        running = ledger.running(evse_id)
        if running is not None and not running.stop_refused:
            ledger.violations.append(
                f"Started on connector {evse_id} while transaction {running.transaction_id} runs there"
            )
        session = SessionRecord(
            transaction_id=transaction_id,
            order=self._order,
            connector_id=evse_id,
            id_tag=payload.get("idToken", {}).get("idToken", ""),
            started_at=parse_timestamp(payload["timestamp"]),
            meter_start_wh=_edge_wh(payload, "Transaction.Begin"),
            start_payload=payload,
        )
        self._note(session, payload)
        ledger.sessions[transaction_id] = ledger.latest[evse_id] = session

    def _note(self, session: SessionRecord, payload: Payload) -> None:
        session.events[payload["seqNo"]] = EventRecord(
            order=self._order,
            seq_no=payload["seqNo"],
            kind=payload["eventType"],
            at=parse_timestamp(payload["timestamp"]),
            is_offline=payload.get("offline", False),
            payload=payload,
            came_at=self._now(),
        )

    def _repeat(self, ledger: Ledger, session: SessionRecord, payload: Payload) -> None:
        event, name = session.events[payload["seqNo"]], f"event {payload['seqNo']} of {session.transaction_id}"
        event.count += 1
        session.start_count += event.kind == "Started"
        session.stop_count += event.kind == "Ended"
        if json.dumps(payload) != json.dumps(event.payload):
            ledger.violations.append(f"{name} came again with other words")
        elif not self._may_repeat(ledger, "TransactionEvent", payload):
            ledger.violations.append(f"{name} came again")

    def _go_on(self, ledger: Ledger, session: SessionRecord, payload: Payload) -> None:
        kind, number = payload["eventType"], payload["seqNo"]
        name = f"event {number} of {session.transaction_id}"
        if kind == "Started":
            ledger.violations.append(f"{name} is a second Started")
        if session.stop is not None:
            ledger.violations.append(f"{name} is {kind} after its end")
        if session.is_forgotten:
            ledger.violations.append(f"{name} came from a station that cannot know of it any more")
        if payload.get("evse", {}).get("id", session.connector_id) != session.connector_id:
            ledger.violations.append(f"{name} is at EVSE {payload['evse']['id']}, not {session.connector_id}")
        self._note(session, payload)
        if kind == "Ended":
            self._end(session, payload)
        else:
            session.values += self._records(session.connector_id, payload)

    def _end(self, session: SessionRecord, payload: Payload) -> None:
        session.stop_count += 1
        session.stop_payload = payload
        session.stop = StopRecord(
            order=self._order,
            at=parse_timestamp(payload["timestamp"]),
            meter_stop_wh=_edge_wh(payload, "Transaction.End"),
            id_tag=payload.get("idToken", {}).get("idToken"),
            reason=payload["transactionInfo"].get("stoppedReason"),
            transaction_data=tuple(payload.get("meterValue", ())),
        )

    def _records(self, evse_id: int, payload: Payload) -> list[MeterRecord]:
        return [
            MeterRecord(self._order, evse_id, parse_timestamp(value["timestamp"]), tuple(value["sampledValue"]))
            for value in payload.get("meterValue", ())
        ]

    # --- everything else ---------------------------------------------------------------------------------------------

    def _meter_values(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        ledger.loose_values += self._records(payload["evseId"], payload)
        return {}

    def _status(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        evse_id, status = payload["evseId"], payload["connectorStatus"]
        told = ledger.statuses.setdefault(evse_id, [])
        if evse_id < 1 or payload["connectorId"] != _CONNECTOR:
            ledger.violations.append(f"status of EVSE {evse_id}, connector {payload['connectorId']}")
        elif told and told[-1].status == status:
            lost, first_again = self._repeats(ledger, told[-1], evse_id)
            if not (lost or first_again or self.lossy):
                ledger.violations.append(f"status of connector {evse_id}: {status} → {status}")
        at = parse_timestamp(payload["timestamp"])
        told.append(StatusRecord(self._order, ledger.connections, status, "", at, payload))
        return {}

    def _authorize(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        ledger.others.append(("Authorize", payload))
        status = "Invalid" if payload["idToken"]["idToken"] in self.unknown_tags else "Accepted"
        return {"idTokenInfo": {"status": status}}


def _edge_wh(payload: Payload, context: str) -> float | None:
    """Return the register that an event tells as that of the beginning or of the end, in Wh."""
    for value in payload.get("meterValue", ()):
        samples = tuple(sample for sample in value["sampledValue"] if sample.get("context") == context)
        register_wh = register_wh_of(samples)
        if register_wh is not None:
            return register_wh
    return None
