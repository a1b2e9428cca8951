"""The book-keeping of a strict central system: what a station says is entered, answered and judged. No I/O."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.uplink.peer.ledger import BootRecord, Ledger, MeterRecord, Payload, SessionRecord, StatusRecord, StopRecord
from tests.uplink.peer.message_check import parse_timestamp
from tests.uplink.peer.status_rules import is_possible, may_follow

StartKey = tuple[str, int, str, str, int]
ACCEPTED = {"status": "Accepted"}
_OTHERS: dict[str, Payload] = {
    "DataTransfer": ACCEPTED,
    "SignCertificate": ACCEPTED,
    "DiagnosticsStatusNotification": {},
    "FirmwareStatusNotification": {},
    "LogStatusNotification": {},
    "SignedFirmwareStatusNotification": {},
}
"""what has no book of its own → the answer"""


class Books:
    """The ledgers of all stations. Payloads come in validated by the schemas."""

    def __init__(
        self, now: Callable[[], datetime], *, heartbeat_interval_s: int, concurrent: bool, lossy: bool
    ) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self.unknown_tags: set[str] = set()
        """id tags that are answered Invalid, with transaction id 0"""
        self.concurrent = concurrent
        self.lossy = lossy
        self._now = now
        self._heartbeat_interval_s = heartbeat_interval_s
        self._next_id = 1
        self._starts: dict[StartKey, SessionRecord] = {}
        self._started_by: set[tuple[str, str]] = set()
        self._unsure: set[str] = set()
        self._asked: set[tuple[str, str, int | None]] = set()
        self._order = 0
        self._entries: dict[str, Callable[[Ledger, Payload, str], Payload]] = {
            "StartTransaction": self._start,
            "StopTransaction": self._stop,
            "MeterValues": self._meter_values,
            "StatusNotification": self._status,
            "Heartbeat": self._heartbeat,
            "SecurityEventNotification": self._security_event,
            "Authorize": self._authorize,
        }

    def ledger(self, identity: str) -> Ledger:
        """Return the ledger of a station, opened when it is asked for first."""
        return self.ledgers.setdefault(identity, Ledger(identity))

    def knows(self, action: str) -> bool:
        """Say whether a station may call this action."""
        return action == "BootNotification" or action in self._entries or action in _OTHERS

    def admit(self, identity: str, action: str) -> bool:
        """Say whether the station may say this now, and note it when it may not: it must have been accepted first."""
        ledger = self.ledger(identity)
        if action == "BootNotification" or ledger.accepted or self._was_asked(identity, action):
            return True
        state = f"answered {ledger.boots[-1].answer or 'with nothing'}" if ledger.boots else "never sent"
        ledger.violations.append(f"{action} while the BootNotification was {state}")
        return False

    def boot(self, identity: str, payload: Payload, status: str, interval_s: int | None, at_s: float) -> Payload:
        """Enter a BootNotification and answer it; an empty status means that nothing will be answered."""
        self._order += 1
        self.ledger(identity).boots.append(BootRecord(self._order, status, at_s, payload))
        interval_s = self._heartbeat_interval_s if interval_s is None else interval_s
        return {"status": status, "currentTime": self.now_text(), "interval": interval_s}

    def enter(self, identity: str, action: str, payload: Payload, message_id: str) -> Payload:
        """Enter any other message and return the answer."""
        self._order += 1
        ledger = self.ledger(identity)
        if action in _OTHERS:
            ledger.others.append((action, payload))
            return _OTHERS[action]
        return self._entries[action](ledger, payload, message_id)

    def refuse(self, identity: str, action: str, payload: Payload) -> None:
        """Note what is answered with a CALLERROR."""
        ledger = self.ledger(identity)
        ledger.refused.append((action, payload))
        self.doubt(identity, action, payload)
        if action == "StopTransaction":
            for session in ledger.sessions.values():
                session.stop_refused |= session.transaction_id == payload.get("transactionId")

    def doubt(self, identity: str, action: str, payload: Payload) -> None:
        """Note that the station cannot know whether this was taken: to say it again is right."""
        self._unsure.add(_key(identity, action, payload))
        if action == "StatusNotification":
            self._asked.add((identity, action, payload.get("connectorId")))

    def asked(self, identity: str, payload: Payload) -> None:
        """Note a TriggerMessage: what it asks for may come, a status unchanged or before the boot is accepted."""
        action, connector_id = str(payload.get("requestedMessage")), payload.get("connectorId")
        connector_ids = [*self.ledger(identity).statuses] if connector_id is None else [connector_id]
        self._asked |= {(identity, action, each) for each in [None, *connector_ids]}

    def now_text(self) -> str:
        """Return this instant as OCPP writes it."""
        return self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

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
        asked = (ledger.identity, "StatusNotification", connector_id)
        lost = asked in self._asked
        self._asked.discard(asked)
        if may_follow(last.status, payload["status"]):
            return True
        first_again = last.connection != ledger.connections
        if last.status == payload["status"]:
            return lost or first_again or self.lossy or last.error_code != payload["errorCode"]
        return lost or (first_again and self.lossy)

    def _heartbeat(self, ledger: Ledger, _payload: Payload, _: str) -> Payload:
        ledger.heartbeats += 1
        return {"currentTime": self.now_text()}

    @staticmethod
    def _security_event(ledger: Ledger, payload: Payload, _: str) -> Payload:
        ledger.security_events.append(payload)
        return {}

    def _authorize(self, ledger: Ledger, payload: Payload, _: str) -> Payload:
        ledger.others.append(("Authorize", payload))
        return {"idTagInfo": {"status": "Invalid"} if payload["idTag"] in self.unknown_tags else ACCEPTED}

    def _was_asked(self, identity: str, action: str) -> bool:
        return any(asked[:2] == (identity, action) for asked in self._asked)

    def _may_repeat(self, ledger: Ledger, action: str, payload: Payload) -> bool:
        return self.lossy or _key(ledger.identity, action, payload) in self._unsure


def _start_key(identity: str, payload: Payload) -> StartKey:
    return identity, payload["connectorId"], payload["idTag"], payload["timestamp"], payload["meterStart"]


def _key(identity: str, action: str, payload: Payload) -> str:
    key: Any = [identity, action, payload]
    return json.dumps(key, sort_keys=True)
