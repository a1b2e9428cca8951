"""What a station of OCPP 1.6 tells of its transactions, meters and connectors, and what it is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bridge.central.told.happening import happening_of
from bridge.central.told.mending import read
from bridge.central.told.notices import Answer, Notices
from bridge.central.told.parts import Parts
from bridge.central.told.remarks import shown
from bridge.central.told.state import MOST_CONNECTORS
from bridge.types.ocpp.connector_state import ConnectorState
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.payload_error import PayloadError
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.status import status_from_v16
from bridge.types.ocpp.translate.transactions_back import ended_from_v16, started_from_v16, updated_from_v16
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import ConnectorStatus

_STATUSES: Final = frozenset(ConnectorStatus)
Question = Callable[[Mapping[str, Any]], Awaitable[Answer]]

PLACES: Final = ConnectorNumbers(EVSE(id=number, connector_id=1) for number in range(1, MOST_CONNECTORS + 1))
"""1.6's connector n is EVSE n; how many there are is not known before they are told of"""


class AnswersV16:
    """One station's."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.notices = Notices(parts, OcppVersion.V16).table
        self.questions: dict[str, Question] = {
            "Authorize": self._authorize,
            "MeterValues": self._meter_values,
            "StartTransaction": self._start,
            "StatusNotification": self._status,
            "StopTransaction": self._stop,
        }

    async def _authorize(self, payload: Mapping[str, Any]) -> Answer:
        return {"idTagInfo": self._tag_info(payload["idTag"])}

    def _tag_info(self, tag: str) -> dict[str, str]:
        status = self._parts.authorizing.status(tag)
        if status != "Accepted":
            self._parts.remarks.add("a tag that is not listed wants to charge")
        return {"status": status}

    async def _start(self, payload: Mapping[str, Any]) -> Answer:
        """Give a transaction its number; it is kept whoever has begun it, for it may have charged offline."""
        parts = self._parts
        event, notes = read(payload, lambda said: started_from_v16(said, "", PLACES).model, is_v16=True)
        happening = happening_of(event, (), parts.clock.now(), is_numbered=True, own_wh=float(payload["meterStart"]))
        entered = await parts.enter(happening, notes)
        assert entered.session is not None
        if entered.has_begun:
            parts.show(entered, parts.samples(event.meter_value), is_end=False)
        return {"transactionId": int(entered.session.session_id), "idTagInfo": self._tag_info(payload["idTag"])}

    async def _stop(self, payload: Mapping[str, Any]) -> Answer:
        parts, name = self._parts, str(payload["transactionId"])
        event, notes = read(payload, lambda said: ended_from_v16(said, name, 1).model, is_v16=True)
        values = event.meter_value or ()
        happening = happening_of(
            event,
            parts.samples(values[:-1]),  # the last is meterStop itself
            parts.clock.now(),
            is_numbered=True,
            own_wh=float(payload["meterStop"]),
            reason_raw=payload.get("reason"),
        )
        entered = await parts.enter(happening, notes)
        if entered.has_ended:
            parts.show(entered, parts.samples(values), is_end=True)
        tag = payload.get("idTag")
        return {} if tag is None else {"idTagInfo": {"status": parts.authorizing.status(tag)}}

    async def _meter_values(self, payload: Mapping[str, Any]) -> Answer:
        parts, number = self._parts, payload.get("transactionId")
        name = str(number or 0)
        try:
            event, notes = read(payload, lambda said: updated_from_v16(said, name, 1, PLACES).model, is_v16=True)
        except PayloadError:  # it fits the schema: to refuse it would have it sent again and again
            parts.remarks.once("meter values came that cannot be read at all")
            return {}
        samples = parts.samples(event.meter_value)
        if number:
            happening = happening_of(event, samples, parts.clock.now(), is_numbered=True)
            entered = await parts.enter(happening, notes)
            if parts.show(entered, samples, is_end=False) is not None:
                return {}
        place = payload["connectorId"]
        if place and samples:  # 0 is the meter of the station as a whole
            parts.state.know(place)
            session = parts.book.running_at(place)
            if parts.meter.take(place, samples, None if session is None else session.session_id):
                parts.card.clock_offset_s = parts.meter.clock_offset_s
                parts.on_news()
        return {}

    async def _status(self, payload: Mapping[str, Any]) -> Answer:
        parts, now = self._parts, self._parts.clock.now()
        if payload["status"] not in _STATUSES:
            parts.state.take_unknown(payload["connectorId"], shown(payload["status"]))
            parts.on_news()
            return {}
        state, _ = read(payload, lambda said: status_from_v16(said, PLACES, now).model, is_v16=True)
        if payload.get("timestamp") is not None:
            parts.state.source_at = state.timestamp
        parts.state.take_status(payload["connectorId"], state.status, _fault(state))
        parts.on_news()
        return {}


def _fault(state: ConnectorState) -> str | None:
    """Return what is broken, as a person reads it; None where nothing is."""
    if state.error_code is None:
        return None
    more = [shown(text) for text in (state.info, state.vendor_error_code) if text]
    return f"{state.error_code.value}: {', '.join(more)}" if more else state.error_code.value
