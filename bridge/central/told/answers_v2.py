"""What a station of OCPP 2.0.1 or 2.1 tells of its transactions, meters and connectors, and what it is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from bridge.central.told.happening import happening_of
from bridge.central.told.mending import read
from bridge.central.told.notices import Answer, Notices
from bridge.central.told.parts import Parts
from bridge.central.told.remarks import shown
from bridge.types.ocpp.base import Many, OcppType, Whole, take_ocpp
from bridge.types.ocpp.meter_value import MeterValue
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.ocpp.translate.status import StatusNotificationRequest
from bridge.types.ocpp.translate.transactions_back import event_from_v2
from bridge.types.ocpp.translate.words_v2 import ConnectorStatusEnumType
from bridge.types.ocpp.version import OcppVersion

Question = Callable[[Mapping[str, Any]], Awaitable[Answer]]

_WORDS: Final = frozenset(ConnectorStatusEnumType)
_EVENTS_READ: Final = 100
"""of one NotifyEvent"""
_STATE: Final = "AvailabilityState"
_PROBLEM: Final = "Problem"


class MeterValuesRequest(OcppType):
    """What the meter showed outside of a transaction [spec: OCPP 2.x]."""

    evse_id: Annotated[Whole, Field(ge=0)]
    """0 is the meter of the station as a whole"""
    meter_value: Annotated[Many[MeterValue], Field(min_length=1)]


class AnswersV2:
    """One station's, in one of the versions."""

    def __init__(self, parts: Parts, version: OcppVersion) -> None:
        self._parts = parts
        self.notices = Notices(parts, version).table
        self.questions: dict[str, Question] = {
            "Authorize": self._authorize,
            "MeterValues": self._meter_values,
            "NotifyEvent": self._events,
            "StatusNotification": self._status,
            "TransactionEvent": self._transaction_event,
        }

    async def _authorize(self, payload: Mapping[str, Any]) -> Answer:
        return {"idTokenInfo": self._token_info(payload["idToken"])}

    def _token_info(self, token: Mapping[str, Any]) -> dict[str, str]:
        status = self._parts.authorizing.status(token.get("idToken") or None)
        if status != "Accepted":
            self._parts.remarks.add("a tag that is not listed wants to charge")
        return {"status": status}

    async def _transaction_event(self, payload: Mapping[str, Any]) -> Answer:
        parts = self._parts
        event, notes = read(payload, lambda said: event_from_v2(said).model, is_v16=False)
        samples = parts.samples(event.meter_value)
        entered = await parts.enter(happening_of(event, samples, parts.clock.now()), notes)
        is_end = event.event_type is TransactionEvent.ENDED
        session = entered.session
        assert session is not None
        place, state = session.connector_id, event.transaction_info.charging_state
        running = parts.book.running_at(place)
        if entered.has_ended and running is None:
            parts.state.take_charging_state(place, None, is_over=True)
        elif running is not None and running.session_id == session.session_id and not is_end:
            before = parts.state.status(place)
            parts.state.take_charging_state(place, state, is_over=False)
            if parts.state.status(place) is not before:
                parts.on_news()
        if not is_end or entered.has_ended:
            parts.show(entered, samples, is_end=is_end)
        token = payload.get("idToken")
        return {} if token is None else {"idTokenInfo": self._token_info(token)}

    async def _meter_values(self, payload: Mapping[str, Any]) -> Answer:
        parts, place = self._parts, payload["evseId"]
        try:
            said, notes = read(payload, lambda each: take_ocpp(MeterValuesRequest, each).model, is_v16=False)
        except PayloadError:  # it fits the schema: to refuse it would have it sent again and again
            parts.remarks.once("meter values came that cannot be read at all")
            return {}
        for note in notes:
            parts.remarks.once(note)
        samples = parts.samples(said.meter_value)
        if place and samples:
            parts.state.know(place)
            session = parts.book.running_at(place)
            if parts.meter.take(place, samples, None if session is None else session.session_id):
                parts.card.clock_offset_s = parts.meter.clock_offset_s
                parts.on_news()
        return {}

    async def _status(self, payload: Mapping[str, Any]) -> Answer:
        parts = self._parts
        if payload["connectorStatus"] not in _WORDS:
            parts.state.take_unknown(payload["evseId"], shown(payload["connectorStatus"]))
            parts.on_news()
            return {}
        said, _ = read(payload, lambda each: take_ocpp(StatusNotificationRequest, each).model, is_v16=False)
        parts.state.source_at = said.timestamp
        parts.state.take_word(said.evse_id, said.connector_id, said.connector_status)
        parts.on_news()
        return {}

    async def _events(self, payload: Mapping[str, Any]) -> Answer:
        """Take the states and faults among the events; 2.1 tells states this way too [spec]."""
        for event in payload["eventData"][:_EVENTS_READ]:
            component, variable = event["component"], event["variable"]["name"]
            evse = component.get("evse") or {}
            value = event.get("actualValue")
            if variable == _STATE and component["name"] == "Connector" and value in _WORDS:
                word = ConnectorStatusEnumType(value)
                self._parts.state.take_word(evse.get("id") or 0, evse.get("connectorId") or 1, word)
                self._parts.on_news()
                continue
            told = [shown(event[key]) for key in ("techCode", "techInfo") if event.get(key)]
            named = f"{shown(component['name'])}.{shown(variable)} = {shown(value)}"
            is_over = bool(event.get("cleared")) or (variable == _PROBLEM and value == "false")
            if evse.get("id") and (variable == _PROBLEM or told):
                self._parts.state.take_alarm(evse["id"], None if is_over else ", ".join(told) or named)
                self._parts.on_news()
            if event.get("trigger") == "Alerting":
                over = " (over)" if is_over else ""
                self._parts.remarks.add(f"alert: {', '.join([named, *told])}{over}")
        return {}
