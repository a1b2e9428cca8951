"""What a strict central system of OCPP 1.6 enters, answers and judges of what a station says. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

from tests.uplink.peer.book_keeping import ACCEPTED, BookKeeping
from tests.uplink.peer.ledger import Ledger, MeterRecord, Payload, SessionRecord, StatusRecord, StopRecord
from tests.uplink.peer.message_check import parse_timestamp
from tests.uplink.peer.status_rules import is_possible, may_follow

StartKey = tuple[str, int, str, str, int]


class Books(BookKeeping):
    """The ledgers of all stations of 1.6; a start with an unknown tag is answered with transaction id 0."""

    others: ClassVar[Mapping[str, Payload]] = {
        "DataTransfer": ACCEPTED,
        "SignCertificate": ACCEPTED,
        "DiagnosticsStatusNotification": {},
        "FirmwareStatusNotification": {},
        "LogStatusNotification": {},
        "SignedFirmwareStatusNotification": {},
    }

    def __init__(
        self, now: Callable[[], datetime], *, heartbeat_interval_s: int, concurrent: bool, lossy: bool
    ) -> None:
        super().__init__(now, heartbeat_interval_s=heartbeat_interval_s, lossy=lossy)
        self.concurrent = concurrent
        self._next_id = 1
        self._starts: dict[StartKey, SessionRecord] = {}
        self._started_by: set[tuple[str, str]] = set()
        self._entries |= {
            "StartTransaction": self._start,
            "StopTransaction": self._stop,
            "MeterValues": self._meter_values,
            "StatusNotification": self._status,
            "Authorize": self._authorize,
        }

    def place_of(self, payload: Payload) -> int | None:
        """Return the number of its connector."""
        connector_id: int | None = payload.get("connectorId")
        return connector_id

    def ended_by(self, action: str, payload: Payload) -> str | int | None:
        """Return the id in a StopTransaction."""
        return payload.get("transactionId") if action == "StopTransaction" else None

    def _start(self, ledger: Ledger, payload: Payload, message_id: str) -> Payload:
        told = (ledger.identity, message_id)
        key = _start_key(ledger.identity, payload)
        if key in self._starts:
            session = self._starts[key]
            session.start_count += 1
            if self.concurrent and told not in self._started_by:
                ledger.refused_starts.append(payload)
                return {"transactionId": 0, "idTagInfo": {"status": "ConcurrentTx"}}
            return {"transactionId": session.transaction_id, "idTagInfo": ACCEPTED}
        if payload["idTag"] in self.unknown_tags:
            ledger.refused_starts.append(payload)
            return {"transactionId": 0, "idTagInfo": {"status": "Invalid"}}
        self._judge_start(ledger, payload)
        session = SessionRecord(
            transaction_id=self._next_id,
            order=self._order,
            connector_id=payload["connectorId"],
            id_tag=payload["idTag"],
            started_at=parse_timestamp(payload["timestamp"]),
            meter_start_wh=payload["meterStart"],
            start_payload=payload,
        )
        self._next_id += 1
        self._started_by.add(told)
        self._starts[key] = session
        ledger.sessions[session.transaction_id] = ledger.latest[session.connector_id] = session
        return {"transactionId": session.transaction_id, "idTagInfo": ACCEPTED}

    def _judge_start(self, ledger: Ledger, payload: Payload) -> None:
        if payload["connectorId"] < 1:
            ledger.violations.append(f"StartTransaction on connector {payload['connectorId']}")
        running = ledger.running(payload["connectorId"])
        if running is not None and not running.stop_refused:
            ledger.violations.append(
                f"StartTransaction on connector {running.connector_id}"
                f" while transaction {running.transaction_id} runs there"
            )

    def _stop(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        session = ledger.sessions.get(payload["transactionId"])
        if session is None:
            ledger.violations.append(f"StopTransaction of unknown transaction {payload['transactionId']}")
            return {}
        session.stop_count += 1
        if session.stop is None:
            session.stop = StopRecord(
                order=self._order,
                at=parse_timestamp(payload["timestamp"]),
                meter_stop_wh=payload["meterStop"],
                id_tag=payload.get("idTag"),
                reason=payload.get("reason"),
                transaction_data=tuple(payload.get("transactionData", ())),
            )
            session.stop_payload = payload
        elif payload != session.stop_payload:
            ledger.violations.append(f"transaction {session.transaction_id} was stopped again, with other words")
        elif not self._may_repeat(ledger, "StopTransaction", payload):
            ledger.violations.append(f"transaction {session.transaction_id} was stopped again")
        return {}

    def _meter_values(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        records = [
            MeterRecord(self._order, payload["connectorId"], parse_timestamp(v["timestamp"]), tuple(v["sampledValue"]))
            for v in payload["meterValue"]
        ]
        transaction_id = payload.get("transactionId")
        if transaction_id is None:
            ledger.loose_values += records
            return {}
        session = ledger.sessions.get(transaction_id)
        if session is None:
            ledger.violations.append(f"MeterValues of transaction {transaction_id}, which was not started")
            return {}
        self._judge_values(ledger, session, payload)
        known = [(value.at, value.samples) for value in session.values]
        fresh = [record for record in records if (record.at, record.samples) not in known]
        session.values += fresh
        session.repeats += len(records) - len(fresh)
        if len(fresh) < len(records) and not self._may_repeat(ledger, "MeterValues", payload):
            ledger.violations.append(f"meter values of transaction {transaction_id} were told again")
        return {}

    @staticmethod
    def _judge_values(ledger: Ledger, session: SessionRecord, payload: Payload) -> None:
        if session.stop is not None:
            ledger.violations.append(f"MeterValues of transaction {session.transaction_id} after its end")
        if payload["connectorId"] != session.connector_id:
            ledger.violations.append(
                f"MeterValues of transaction {session.transaction_id} from connector {payload['connectorId']},"
                f" not {session.connector_id}"
            )

    def _status(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        connector_id, status = payload["connectorId"], payload["status"]
        told = ledger.statuses.setdefault(connector_id, [])
        if not is_possible(connector_id, status):
            ledger.violations.append(f"connector {connector_id} cannot be {status}")
        elif told and not self._may_be(ledger, told[-1], connector_id, payload):
            ledger.violations.append(f"status of connector {connector_id}: {told[-1].status} → {status}")
        at = payload.get("timestamp")
        told.append(
            StatusRecord(
                order=self._order,
                connection=ledger.connections,
                status=status,
                error_code=payload["errorCode"],
                at=None if at is None else parse_timestamp(at),
                payload=payload,
            )
        )
        return {}

    def _may_be(self, ledger: Ledger, last: StatusRecord, connector_id: int, payload: Payload) -> bool:
        lost, first_again = self._repeats(ledger, last, connector_id)
        if may_follow(last.status, payload["status"]):
            return True
        if last.status == payload["status"]:
            return lost or first_again or self.lossy or last.error_code != payload["errorCode"]
        return lost or (first_again and self.lossy)

    def _authorize(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        ledger.others.append(("Authorize", payload))
        return {"idTagInfo": {"status": "Invalid"} if payload["idTag"] in self.unknown_tags else ACCEPTED}


def _start_key(identity: str, payload: Payload) -> StartKey:
    return identity, payload["connectorId"], payload["idTag"], payload["timestamp"], payload["meterStart"]
