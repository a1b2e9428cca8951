"""Security events ↔ SecurityEventNotification, which is the same in all versions."""

from __future__ import annotations

from datetime import datetime

from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.base import Taken, take_ocpp
from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Said
from bridge.types.ocpp.version import OcppVersion


def security_event_notification(event: SecurityEvent, version: OcppVersion, now: datetime) -> Said:
    """Return SecurityEventNotification.req; an event without its time is of now."""
    said = say(event, version)
    payload = {"timestamp": to_rfc3339(now)} | (said.payload or {})
    if "info" in payload:
        payload["techInfo"] = payload.pop("info")
    return Said(payload, said.dropped)


def security_event_from(payload: object) -> Taken[SecurityEvent]:
    """Take a SecurityEventNotification.req of any version: it was sent, so it was critical. Raises PayloadError."""
    if isinstance(payload, dict) and "techInfo" in payload and "info" not in payload:
        payload = {"info" if key == "techInfo" else key: value for key, value in payload.items()}
    taken = take_ocpp(SecurityEvent, payload)
    return taken._replace(model=taken.model.model_copy(update={"critical": True}))
