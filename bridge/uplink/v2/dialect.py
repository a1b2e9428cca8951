"""The words of OCPP 2.0.1 and 2.1 for what a station tells."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from bridge.types.charger import ChargerIdentity
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.base import Moment, OcppType, take_ocpp
from bridge.types.ocpp.boot_notification import BootNotificationResponse
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.facts import boot_of, register_value_of
from bridge.types.ocpp.id_token import IdToken, id_token_of
from bridge.types.ocpp.meter_value import Measurand, MeterValue, ReadingContext
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.provisioning.boot_notification import BootNotificationRequest, BootReason
from bridge.types.ocpp.provisioning.edition import Edition
from bridge.types.ocpp.provisioning.sending import to_peer
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.session_facts import ended_event_of, started_event_of
from bridge.types.ocpp.transaction import TransactionEventRequest, TransactionInfo, TriggerReason
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.translate.boot import boot_answer_from
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.security_events import security_event_notification
from bridge.types.ocpp.translate.transaction_answers import TransactionEventAnswer
from bridge.types.ocpp.translate.words_v2 import STATUSES
from bridge.types.ocpp.version import OcppVersion
from bridge.types.session import ChargingSession
from bridge.types.transaction import PendingUpdate, StationTransaction
from bridge.uplink.dialect import ACCEPTED, EventAnswer, Payload, Wording
from bridge.uplink.told.connector_states import ConnectorNotice

_CONNECTOR: Final = 1
"""each EVSE has one here"""
_WHOLE_STATION: Final = 0


def evse_of(connector_id: int) -> EVSE:
    """Return the place of a connector of the facts: an EVSE of that number with one connector."""
    return EVSE(id=connector_id, connector_id=_CONNECTOR)


class IdTokenInfo(OcppType):
    """What a central system says of a driver, as far as a bridge needs it [spec: OCPP 2.x IdTokenInfoType]."""

    status: str


class AuthorizeResponse(OcppType):
    """The answer to Authorize [spec: OCPP 2.x]."""

    id_token_info: IdTokenInfo


class HeartbeatResponse(OcppType):
    """The answer to Heartbeat [spec: OCPP 2.x]."""

    current_time: Moment


class TransactionEventResponse(TransactionEventAnswer):
    """The answer to TransactionEvent [spec: OCPP 2.x]."""

    id_token_info: IdTokenInfo | None = Field(default=None)


class DialectV2:
    """`bridge.uplink.dialect.Dialect` for 2.0.1 and 2.1."""

    numbers_events = True
    walks_states = False

    def __init__(self, edition: Edition) -> None:
        self._edition: Edition = edition
        self.version: OcppVersion = edition
        self.subprotocol = edition.subprotocol

    # --- the station itself --------------------------------------------------------------------------------------

    def boot(self, identity: ChargerIdentity, reason: BootReason) -> Wording:
        """Return the BootNotification."""
        request = BootNotificationRequest(reason=reason, charging_station=boot_of(identity))
        return Wording("BootNotification", to_peer(request, self._edition))

    def boot_answer(self, payload: object) -> BootNotificationResponse:
        """Read its answer."""
        return boot_answer_from(payload).model

    def heartbeat(self) -> Wording:
        """Return the Heartbeat."""
        return Wording("Heartbeat", {})

    def heartbeat_answer(self, payload: object) -> datetime:
        """Read the central system's time out of its answer."""
        return take_ocpp(HeartbeatResponse, payload).model.current_time

    def told_as(self, notice: ConnectorNotice) -> Hashable | None:
        """Return the word of a connector's state; the station as a whole has none."""
        return None if notice.connector_id == _WHOLE_STATION else STATUSES[notice.status]

    def status(self, notice: ConnectorNotice) -> Wording:
        """Return the StatusNotification of a connector."""
        payload = {
            "timestamp": to_rfc3339(notice.at),
            "connectorStatus": STATUSES[notice.status],
            "evseId": notice.connector_id,
            "connectorId": _CONNECTOR,
        }
        return Wording("StatusNotification", payload)

    def security_event(self, event: SecurityEvent, now: datetime) -> Wording:
        """Return SecurityEventNotification."""
        said = security_event_notification(event, self.version, now)
        return Wording("SecurityEventNotification", said.payload or {})

    # --- drivers -------------------------------------------------------------------------------------------------

    def authorize(self, token: IdToken) -> Wording:
        """Return Authorize."""
        return Wording("Authorize", {"idToken": self._said(token)})

    def authorize_answer(self, payload: object) -> str:
        """Read its answer."""
        return take_ocpp(AuthorizeResponse, payload).model.id_token_info.status

    # --- transactions --------------------------------------------------------------------------------------------

    def started(
        self, session: ChargingSession, transaction: StationTransaction, id_tag: str, *, offline: bool = False
    ) -> Wording | str:
        """Return Started; a driver whom nobody names is told as the tag of the config."""
        event = started_event_of(
            _floored(session), transaction.transaction_id or "", evse_of(session.connector_id), offline=offline or None
        )
        info = event.transaction_info.model_copy(
            update={
                "charging_state": transaction.charging_state,
                "remote_start_id": transaction.remote_start_id,
            }
        )
        longest = 36 if self.version is OcppVersion.V201 else 255
        named = event.id_token if event.id_token and len(event.id_token.id_token) <= longest else None
        token = named or (id_token_of(id_tag) if id_tag else None)
        is_remote = transaction.remote_start_id is not None
        trigger = TriggerReason.REMOTE_START if is_remote else event.trigger_reason
        told = event.model_copy(update={"transaction_info": info, "id_token": token, "trigger_reason": trigger})
        return self._event(told)

    def started_answer(self, payload: object) -> EventAnswer:
        """Read its answer: it was taken, and nothing of what is said is needed."""
        return self.event_answer(payload) or EventAnswer()

    def event_answer(self, payload: object) -> EventAnswer | None:
        """Read the answer to an event."""
        answer = _taken(payload)
        if answer is None:
            return None
        return EventAnswer(
            id_tag_status=ACCEPTED if answer.id_token_info is None else answer.id_token_info.status,
            total_cost=answer.total_cost,
            charging_priority=answer.charging_priority,
            personal_message=answer.updated_personal_message,
        )

    def metered(
        self,
        connector_id: int,
        transaction: StationTransaction | None,
        values: Sequence[MeterValue],
        *,
        is_aligned: bool = False,
        offline: bool = False,
    ) -> Wording:
        """Return Updated with values of a transaction, or MeterValues of an EVSE without one."""
        if transaction is None:
            said = [self._said(value) for value in values]
            return Wording("MeterValues", {"evseId": connector_id, "meterValue": said})
        event = TransactionEventRequest(
            event_type=TransactionEvent.UPDATED,
            timestamp=values[-1].timestamp,
            trigger_reason=TriggerReason.METER_VALUE_CLOCK if is_aligned else TriggerReason.METER_VALUE_PERIODIC,
            seq_no=transaction.seq_no,
            transaction_info=TransactionInfo(transaction_id=transaction.transaction_id or ""),
            offline=offline or None,
            meter_value=tuple(values),
        )
        return self._event(event)

    def updated(
        self,
        transaction: StationTransaction,
        update: PendingUpdate,
        values: Sequence[MeterValue],
        *,
        offline: bool = False,
    ) -> Wording:
        """Return Updated with a charging state, and values where there are some."""
        event = TransactionEventRequest(
            event_type=TransactionEvent.UPDATED,
            timestamp=update.at,
            trigger_reason=update.trigger,
            seq_no=transaction.seq_no,
            transaction_info=TransactionInfo(
                transaction_id=transaction.transaction_id or "", charging_state=update.charging_state
            ),
            offline=offline or None,
            meter_value=tuple(values) or None,
        )
        return self._event(event)

    def ended(
        self,
        session: ChargingSession,
        transaction: StationTransaction,
        register_wh: float | None,
        values: Sequence[MeterValue],
        *,
        offline: bool = False,
    ) -> Wording:
        """Return Ended with the registers at both ends, as far as they are known, and what else is wanted."""
        event = ended_event_of(session, transaction.transaction_id or "", transaction.seq_no, offline=offline or None)
        assert event is not None, "only a session that has ended is told an end"
        told = [value for value in values if not _is_edge(value)]
        known = _floored(session)
        if known.meter_start_wh is not None and register_wh is not None:
            told.append(register_value_of(known.meter_start_wh, session.started_at, ReadingContext.TRANSACTION_BEGIN))
        if register_wh is not None:
            told.append(register_value_of(math.floor(register_wh), event.timestamp, ReadingContext.TRANSACTION_END))
        told.sort(key=lambda value: value.timestamp)
        return self._event(event.model_copy(update={"meter_value": tuple(told) or None}))

    def _event(self, event: TransactionEventRequest) -> Wording:
        return Wording("TransactionEvent", self._said(event))

    def _said(self, model: OcppType) -> Payload:
        payload: dict[str, Any] | None = say(model, self.version).payload
        return payload or {}


def _taken(payload: object) -> TransactionEventResponse | None:
    """Take an answer, and where something in it is out of shape, at least what it says of the driver."""
    for told in (payload, {"idTokenInfo": payload.get("idTokenInfo")} if isinstance(payload, dict) else None):
        try:
            return take_ocpp(TransactionEventResponse, told).model
        except PayloadError:
            continue
    return None


def _floored(session: ChargingSession) -> ChargingSession:
    """Return a session with the registers as OCPP is told them: whole Wh, rounded down, in every version."""
    start_wh = session.meter_start_wh
    return session.model_copy(update={"meter_start_wh": None if start_wh is None else float(math.floor(start_wh))})


def _is_edge(value: MeterValue) -> bool:
    edges = (ReadingContext.TRANSACTION_BEGIN, ReadingContext.TRANSACTION_END)
    return all(
        item.context in edges and item.measurand is Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
        for item in value.sampled_value
    )
