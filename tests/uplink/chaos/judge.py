"""Whether a central system ended with the truth: every session once, right times, right energies, in order."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from bridge.ports import ReadingRow, Store
from bridge.types.facts import to_epoch_s
from bridge.types.session import ChargingSession
from tests.uplink.chaos.contacts import Contacts
from tests.uplink.chaos.day import Day
from tests.uplink.chaos.life import CHARGER, ID_TAG, IDENTITY, STATION
from tests.uplink.peer.compare import compare
from tests.uplink.peer.csms import Csms
from tests.uplink.peer.ledger import Ledger, Payload, SessionRecord
from tests.uplink.peer.message_check import V16, parse_timestamp

ATTEMPTS = 5
"""TransactionMessageAttempts as the station has it"""
_MS = timedelta(milliseconds=1)
_TOLD = ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent")
_IN_2 = {"Preparing": "Occupied", "Charging": "Occupied", "Finishing": "Occupied"}
"""what 2.x says of connectors that are in use"""
_OF_THE_MOMENT = ("offline", "triggerReason")
"""fields of a Started that a bridge which lost its store may fill otherwise"""


def judge(day: Day, csms: Csms, store: Store, contacts: Contacts, *, every_s: int, dead: Collection[str]) -> list[str]:
    """Return a sentence for everything that is not as it must be.

    `dead` are the ids of sessions that were refused for good, and told again at the end.
    """
    ledger = csms.ledger(IDENTITY)
    sessions = [_as_told(day, session, list(ledger.sessions.values())) for session in day.sessions]
    found = compare(sessions, ledger, id_tag=ID_TAG, version=csms.version)
    start = "StartTransaction" if csms.version == V16 else "Started"
    unordered = tuple(f"{start} on connector {number} while" for number in _unordered(day, ledger, dead))
    found += [text for text in ledger.violations if not text.startswith(unordered)]
    for connector_id in day.connectors:
        status: str | None = day.reading(connector_id, day.end_at).status
        if csms.version != V16 and status is not None:
            status = _IN_2.get(status, status)
        if ledger.status(connector_id) != status:
            found.append(f"connector {connector_id} is {status}, and {ledger.status(connector_id)} was told last")
    if csms.version != V16:
        found += _faults_of_events(ledger, store, contacts)
    if not found:
        refused = _refused_values(store)
        for true, session in zip(day.sessions, sessions, strict=True):
            record = _record_of(session, list(ledger.sessions.values()))
            found += _faults_of_values(store, session, record, refused, every_s, true.started_at)
    return found


def _unordered(day: Day, ledger: Ledger, dead: Collection[str]) -> set[int]:
    """Return the connectors at which a session may be told while another one runs there for the central system.

    A message that was refused for good, or again and again not answered, holds up no other; and a station cannot know
    that it was entered all the same.
    """
    connectors = {session.connector_id for session in day.sessions if session.session_id in dead}
    of_transaction: dict[str | int, int] = {
        record.transaction_id: record.connector_id for record in ledger.sessions.values()
    }
    times = Counter(json.dumps([action, payload]) for _, action, payload in ledger.calls if action in _TOLD)
    for text, count in times.items():
        _, payload = json.loads(text)
        if count >= ATTEMPTS:
            info = payload.get("transactionInfo", payload)
            place = payload.get("connectorId") or payload.get("evse", {}).get("id")
            connectors.add(place or of_transaction.get(info.get("transactionId"), 0))
    return connectors


def _as_told(day: Day, session: ChargingSession, records: Sequence[SessionRecord]) -> ChargingSession:
    """Return a session with the start that it was told with, where the log corrected that when it was told already."""
    first_at = day.first_start(session)
    is_first = any(
        record.connector_id == session.connector_id and abs(record.started_at - first_at) < _MS for record in records
    )
    return session.model_copy(update={"started_at": first_at}) if is_first else session


def _record_of(session: ChargingSession, records: Sequence[SessionRecord]) -> SessionRecord:
    return next(
        record
        for record in records
        if record.connector_id == session.connector_id and abs(record.started_at - session.started_at) < _MS
    )


def _refused_values(store: Store) -> set[datetime]:
    """Return the moments whose values were refused for good and stand among the dead letters."""
    moments: set[datetime] = set()
    for letter in store.set_aside(STATION):
        body = json.loads(letter.payload)
        if body.get("only_values"):
            values = body["message"][3].get("meterValue", ())
            moments |= {parse_timestamp(value["timestamp"]) for value in values}
    return moments


def _faults_of_events(ledger: Ledger, store: Store, contacts: Contacts) -> Iterator[str]:
    """In 2.x no number is left out but that of a dead letter, each says where it happened, and ids are for ever."""
    lost = {
        (payload["transactionInfo"]["transactionId"], payload["seqNo"])
        for letter in store.set_aside(STATION)
        if (message := json.loads(letter.payload).get("message")) is not None
        if "transactionInfo" in (payload := message[3])
    }
    for record in ledger.sessions.values():
        yield from (
            f"event {number} of {record.transaction_id} was never told"
            for number in record.gaps
            if (record.transaction_id, number) not in lost
        )
        for event in record.events.values():
            was_offline = contacts.was_offline(event.at, event.came_at)
            if was_offline is not None and was_offline is not event.is_offline:
                yield (
                    f"event {event.seq_no}, {event.kind} of {record.transaction_id}, says offline: {event.is_offline},"
                    f" and at {event.at.isoformat()} it was {was_offline}; it came at {event.came_at.isoformat()}"
                )
    for record in ledger.earlier:
        again = ledger.sessions[record.transaction_id]
        before, after = (_lasting(one.start_payload) for one in (record, again))
        if before != after and record.started_at == again.started_at:
            yield f"transaction {record.transaction_id} began as {before}, and after the store was lost as {after}"


def _lasting(start: Payload) -> Payload:
    """Return what of a Started must be the same whoever tells it."""
    return {key: value for key, value in start.items() if key not in _OF_THE_MOMENT} | {"transactionInfo": None}


def _faults_of_values(
    store: Store,
    session: ChargingSession,
    record: SessionRecord,
    refused: set[datetime],
    every_s: int,
    true_start: datetime,
) -> Iterator[str]:
    """Every told value is a reading that was kept, and every whole period that has a reading was told.

    What was read before the true start belonged to the session only until the charger corrected that.
    """
    assert session.ended_at is not None
    name = f"session {session.session_id}, transaction {record.transaction_id}"
    rows = {
        row.at: row
        for row in store.readings(CHARGER, session.started_at, session.ended_at)
        if row.connector_id == session.connector_id
    }
    for value in record.values:
        row = _row_at(rows, value.at)
        if row is None or row.register_wh is None:
            yield f"{name}: a value of {value.at.isoformat()} was told, and nothing was read then"
        elif value.register_wh is not None and value.register_wh != math.floor(row.register_wh):
            yield f"{name}: the value of {value.at.isoformat()} is {value.register_wh} Wh, read were {row.register_wh}"
    if every_s:
        told = {to_epoch_s(at) // every_s for at in (*(value.at for value in record.values), *refused)}
        periods = {to_epoch_s(at) // every_s for at in rows if at >= true_start}
        due = {period for period in periods if (period + 1) * every_s <= to_epoch_s(session.ended_at)}
        for period in sorted(due - told):
            at = datetime.fromtimestamp(period * every_s, session.started_at.tzinfo)
            yield f"{name}: nothing was told of the period that begins at {at.isoformat()}"


def _row_at(rows: dict[datetime, ReadingRow], at: datetime) -> ReadingRow | None:
    return next((row for read_at, row in rows.items() if abs(read_at - at) < _MS), None)
