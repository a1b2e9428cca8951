"""OCPP 1.6's words for what a station tells."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from datetime import datetime

from bridge.types.charger import ChargerIdentity
from bridge.types.ocpp.boot_notification import BootNotificationResponse
from bridge.types.ocpp.connector_state import ConnectorState
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.facts import boot_of
from bridge.types.ocpp.id_token import IdToken
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.session_facts import about_in_v16, ended_event_of, started_event_of
from bridge.types.ocpp.translate.boot import boot_answer_from
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.meter_values import values_in_v16
from bridge.types.ocpp.translate.security_events import security_event_notification
from bridge.types.ocpp.translate.status import status_notification
from bridge.types.ocpp.translate.transactions import ID_TAG_AT_MOST, messages_in_v16
from bridge.types.ocpp.v16.answers import (
    AuthorizeConfirmation,
    HeartbeatConfirmation,
    StartTransactionConfirmation,
    take_answer,
)
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import PendingUpdate, StationTransaction
from bridge.uplink.dialect import EventAnswer, Payload, Wording
from bridge.uplink.told.connector_states import ConnectorNotice

_HIGHEST_CONNECTOR = 99
NUMBERS = ConnectorNumbers(EVSE(id=number, connector_id=1) for number in range(1, _HIGHEST_CONNECTOR + 1))
"""1.6 numbers connectors through the whole charger, as the facts do; how they lie on EVSEs is nothing to it"""
_TEXT_AT_MOST = 20


def place_of(connector_id: int) -> EVSE | None:
    """Return the place of 1.6's number for the types; None for the whole station."""
    return NUMBERS.place(connector_id)


class DialectV16:
    """`bridge.uplink.dialect.Dialect` for 1.6-J."""

    version = OcppVersion.V16
    subprotocol = "ocpp1.6"
    numbers_events = False
    walks_states = True

    def boot(self, identity: ChargerIdentity, _reason: BootReason) -> Wording:
        """Return the BootNotification; what is longer than 1.6 allows is cut where a person reads it."""
        station = boot_of(identity)
        payload: Payload = {
            "chargePointVendor": station.vendor_name[:_TEXT_AT_MOST],
            "chargePointModel": station.model[:_TEXT_AT_MOST],
        }
        if station.serial_number is not None:
            payload["chargePointSerialNumber"] = station.serial_number
        if station.firmware_version is not None:
            payload["firmwareVersion"] = station.firmware_version
        return Wording("BootNotification", payload)

    def boot_answer(self, payload: object) -> BootNotificationResponse:
        """Read its answer."""
        return boot_answer_from(payload).model

    def heartbeat(self) -> Wording:
        """Return the Heartbeat."""
        return Wording("Heartbeat", {})

    def heartbeat_answer(self, payload: object) -> datetime:
        """Read the central system's time out of its answer."""
        return take_answer(HeartbeatConfirmation, payload).model.current_time

    def told_as(self, notice: ConnectorNotice) -> Hashable:
        """Return all that is told of a state."""
        return (notice.status, notice.error_code, notice.info, notice.vendor_error_code)

    def status(self, notice: ConnectorNotice) -> Wording:
        """Return the StatusNotification."""
        state = ConnectorState(
            status=notice.status,
            timestamp=notice.at,
            evse=place_of(notice.connector_id),
            error_code=notice.error_code,
            info=notice.info,
            vendor_error_code=notice.vendor_error_code,
        )
        said = status_notification(state, OcppVersion.V16, NUMBERS)
        return Wording("StatusNotification", said.payload or {})

    def authorize(self, token: IdToken) -> Wording:
        """Return Authorize."""
        return Wording("Authorize", {"idTag": token.id_token[:ID_TAG_AT_MOST]})

    def authorize_answer(self, payload: object) -> str:
        """Read its answer."""
        return take_answer(AuthorizeConfirmation, payload).model.id_tag_info.status.value

    def started(
        self,
        session: ChargingSession,
        _transaction: StationTransaction,
        id_tag: str,
        *,
        offline: bool = False,  # noqa: ARG002 -- its time says it
    ) -> Wording | str:
        """Return StartTransaction, or why it cannot be told."""
        if not 1 <= session.connector_id <= _HIGHEST_CONNECTOR:
            return f"its connector has the number {session.connector_id}, which this station has not"
        place = EVSE(id=session.connector_id, connector_id=1)
        event = started_event_of(session, "", place)
        start, *_ = messages_in_v16(event, about_in_v16(session, event, place, id_tag, None), NUMBERS)
        if start.said.payload is None:
            return "; ".join(drop.why for drop in start.said.dropped)
        return Wording(start.action, start.said.payload)

    def started_answer(self, payload: object) -> EventAnswer:
        """Read its answer: a number that is not positive is none, for nothing can be told under it [seen]."""
        answer = take_answer(StartTransactionConfirmation, payload).model
        number = str(answer.transaction_id) if answer.transaction_id > 0 else None
        return EventAnswer(number, answer.id_tag_info.status.value)

    def event_answer(self, _payload: object) -> None:
        """Read nothing out of the answers to the others."""

    def metered(
        self,
        connector_id: int,
        transaction: StationTransaction | None,
        values: Sequence[MeterValue],
        *,
        is_aligned: bool = False,  # noqa: ARG002 -- the values say it themselves
        offline: bool = False,  # noqa: ARG002 -- their time says it
    ) -> Wording:
        """Return MeterValues."""
        payload: Payload = {"connectorId": connector_id, "meterValue": values_in_v16(values, "meterValue")[0]}
        if transaction is not None and transaction.transaction_id is not None:
            payload["transactionId"] = int(transaction.transaction_id)
        return Wording("MeterValues", payload)

    def updated(
        self,
        _transaction: StationTransaction,
        _update: PendingUpdate,
        _values: Sequence[MeterValue],
        *,
        offline: bool = False,
    ) -> None:
        """Return nothing: StatusNotification tells a change of state in 1.6."""

    def ended(
        self,
        session: ChargingSession,
        transaction: StationTransaction,
        register_wh: float | None,
        values: Sequence[MeterValue],
        *,
        offline: bool = False,  # noqa: ARG002 -- its time says it
    ) -> Wording:
        """Return StopTransaction; the session has ended and the transaction has its number."""
        place = EVSE(id=session.connector_id, connector_id=1)
        event = ended_event_of(session, transaction.transaction_id or "", 1)
        assert event is not None, "only a session that has ended is told an end"
        assert transaction.transaction_id is not None, "a transaction without a number has not begun"
        assert register_wh is not None, "1.6 cannot tell an end without it"
        number = int(transaction.transaction_id)
        about = about_in_v16(session, event, place, "", number)._replace(meter_wh=math.floor(register_wh))
        told = event.model_copy(update={"meter_value": tuple(values) or None})
        (stop,) = messages_in_v16(told, about, NUMBERS)
        assert stop.said.payload is not None, "register and number are there"
        return Wording(stop.action, stop.said.payload)

    def security_event(self, event: SecurityEvent, now: datetime) -> Wording:
        """Return SecurityEventNotification [spec: security whitepaper]."""
        said = security_event_notification(event, OcppVersion.V16, now)
        return Wording("SecurityEventNotification", said.payload or {})
