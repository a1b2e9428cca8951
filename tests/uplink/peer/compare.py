"""Where the ledger of a central system differs from the charger's log."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bridge.types.facts import to_epoch_s
from bridge.types.session import ChargingSession
from bridge.types.words import IdTokenType
from tests.uplink.peer.ledger import Ledger, SessionRecord, StopRecord, register_wh_of
from tests.uplink.peer.message_check import parse_timestamp

Index = dict[tuple[int, int], list[SessionRecord]]
LONGEST_TAG: Final[Mapping[str, int]] = {"1.6": 20, "2.0.1": 36, "2.1": 255}
"""characters of an idTag, or of an idToken [spec]"""
_HEX_DIGITS = (8, 14)
"""of a card of ISO14443 [spec: OCPP 2.x]"""

_MILLISECOND = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)
_AT_ONCE = timedelta()


def compare(
    sessions: Sequence[ChargingSession],
    ledger: Ledger,
    *,
    id_tag: str,
    version: str = "1.6",
    log_behind: timedelta = _AT_ONCE,
) -> list[str]:
    """Return a sentence for every difference; none when each session was told exactly once, rightly and in order.

    `id_tag` stands for a session whose charger named no token that fits. Registers are whole Wh, rounded down.
    Instants agree when they are the same down to the millisecond or, where only whole seconds were told, to the second.
    A running session has no end in the ledger. `log_behind` is how long after an end the charger's log may tell it:
    that a connector's state has changed may be told before, and with a later instant.
    """
    found: list[str] = []
    known: set[int | str] = set()
    index = _by_second(ledger)
    for session in sessions:
        records = _records_of(session, index)
        known |= {record.transaction_id for record in records}
        if len(records) != 1:
            found.append(
                f"session {session.session_id} of connector {session.connector_id}, {session.started_at.isoformat()},"
                f" was told {len(records)} times: transactions {[record.transaction_id for record in records]}"
            )
        for record in records:
            name = f"session {session.session_id}, transaction {record.transaction_id}"
            found += [f"{name}: {difference}" for difference in _differences(session, record, id_tag, version)]
            found += [f"{name}: {difference}" for difference in _faults_of_events(record, log_behind)]
    found += [
        f"transaction {record.transaction_id} is no session of the charger: connector {record.connector_id},"
        f" {record.started_at.isoformat()}"
        for record in ledger.sessions.values()
        if record.transaction_id not in known
    ]
    return found


def _by_second(ledger: Ledger) -> Index:
    index: Index = {}
    for record in ledger.sessions.values():
        index.setdefault((record.connector_id, to_epoch_s(record.started_at)), []).append(record)
    return index


def _records_of(session: ChargingSession, index: Index) -> list[SessionRecord]:
    second = to_epoch_s(session.started_at)
    near = [record for shift in (-1, 0, 1) for record in index.get((session.connector_id, second + shift), ())]
    return [record for record in near if _is_same(session.started_at, record.started_at)]


def _is_same(true_at: datetime, told_at: datetime) -> bool:
    """Say whether an instant, cut or rounded to the last digit that was told, is the true one."""
    unit = _MILLISECOND if told_at.microsecond else _SECOND
    return abs(true_at - told_at) < unit


def _differences(session: ChargingSession, record: SessionRecord, id_tag: str, version: str) -> Iterator[str]:
    yield from _differences_of_driver(session, record, id_tag, version)
    if session.meter_start_wh is not None and record.meter_start_wh != math.floor(session.meter_start_wh):
        yield f"meterStart is {record.meter_start_wh} Wh, not {math.floor(session.meter_start_wh)} Wh"
    yield from _differences_at_end(session, record.stop)
    told = [(value.at, value.register_wh) for value in record.values]
    yield from _faults_of_values("meter value", told, record)
    if record.stop is not None:
        data = record.stop.transaction_data
        told = [(parse_timestamp(v["timestamp"]), register_wh_of(tuple(v["sampledValue"]))) for v in data]
        yield from _faults_of_values("transactionData", told, record)
    yield from _faults_of_order(record)


def told_tag(session: ChargingSession, id_tag: str, version: str) -> str:
    """Return the tag with which a session is told; empty where nobody showed one, which 2.x can say."""
    token, sort = session.id_token, session.id_token_type
    if token is not None and len(token) > LONGEST_TAG[version]:
        token = sort = None
    if version == "1.6":
        return id_tag if not token or sort is IdTokenType.NO_AUTHORIZATION else token
    return id_tag if token is None or (not token and sort is None) else token


def _differences_of_driver(session: ChargingSession, record: SessionRecord, id_tag: str, version: str) -> Iterator[str]:
    token, sort = session.id_token, session.id_token_type
    if token is not None and len(token) > LONGEST_TAG[version]:
        token = sort = None
    if version == "1.6":
        tag = told_tag(session, id_tag, version)
        if record.id_tag != tag:
            yield f"idTag is {record.id_tag!r}, not {tag!r}"
        return
    told = record.start_payload.get("idToken")
    true = {"idToken": id_tag, "type": IdTokenType.CENTRAL.value}
    if token is not None and sort is not None:
        true = {"idToken": token, "type": sort.value}
    elif token:
        is_card = len(token) in _HEX_DIGITS and set(token.upper()) <= set("0123456789ABCDEF")
        true = {"idToken": token, "type": "ISO14443" if is_card else "Central"}
    if told != true:
        yield f"idToken is {told}, not {true}"


def _differences_at_end(session: ChargingSession, stop: StopRecord | None) -> Iterator[str]:
    if session.ended_at is None:
        if stop is not None:
            yield f"was stopped at {stop.at.isoformat()} and still runs"
        return
    if stop is None:
        yield f"was not stopped and ended at {session.ended_at.isoformat()}"
        return
    if not _is_same(session.ended_at, stop.at):
        yield f"was stopped at {stop.at.isoformat()}, not at {session.ended_at.isoformat()}"
    if session.meter_stop_wh is not None and stop.meter_stop_wh != math.floor(session.meter_stop_wh):
        yield f"meterStop is {stop.meter_stop_wh} Wh, not {math.floor(session.meter_stop_wh)} Wh"


def _faults_of_values(what: str, told: Sequence[tuple[datetime, float | None]], record: SessionRecord) -> Iterator[str]:
    """Values lie in the transaction, as it was told, in order of time, and their registers never fall."""
    last_at, last_wh = record.started_at, float(record.meter_start_wh or 0)
    stop = record.stop
    stop_wh = None if stop is None else stop.meter_stop_wh
    for at, register_wh in told:
        name = f"{what} of {at.isoformat()}"
        if at < record.started_at:
            yield f"{name} is older than the start"
        elif at < last_at:
            yield f"{name} came after that of {last_at.isoformat()}"
        if stop is not None and at > stop.at:
            yield f"{name} is younger than the end"
        last_at = at
        if register_wh is None:
            continue
        if register_wh < last_wh:
            yield f"{name}: the register fell from {last_wh:g} Wh to {register_wh:g} Wh"
        if stop_wh is not None and register_wh >= stop_wh + 1:
            yield f"{name}: the register is {register_wh:g} Wh, above meterStop, {stop_wh} Wh"
        last_wh = register_wh


def _faults_of_order(record: SessionRecord) -> Iterator[str]:
    stop_order = math.inf if record.stop is None else record.stop.order
    if stop_order < record.order:
        yield "the end was told before the start"
    for value in record.values:
        if not record.order < value.order < stop_order:
            yield f"the meter value of {value.at.isoformat()} was told out of order"


def _faults_of_events(record: SessionRecord, log_behind: timedelta) -> Iterator[str]:
    """In 2.x every event lies in its transaction, and nothing comes behind the Ended."""
    stop = record.stop
    for event in record.events.values():
        name = f"event {event.seq_no}, {event.kind} of {event.at.isoformat()},"
        if event.at < record.started_at:
            yield f"{name} is older than the start"
        was_asked_for = event.payload["triggerReason"] == "Trigger"  # when the charger's log was behind, perhaps
        if stop is not None and event.at > stop.at + log_behind and not was_asked_for:
            yield f"{name} is younger than the end"
    if stop is not None and record.events and record.events[max(record.events)].kind != "Ended":
        yield "the last event is not the end"
