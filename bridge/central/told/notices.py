"""Answers that are the same in all versions, and those to what is only taken note of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bridge.central.told.identity import identity_of
from bridge.central.told.mending import read
from bridge.central.told.parts import Parts
from bridge.central.told.remarks import shown
from bridge.types.facts import to_rfc3339
from bridge.types.journal import EntryKind
from bridge.types.ocpp.boot_notification import BootNotificationResponse, RegistrationStatus
from bridge.types.ocpp.translate.boot import boot_answer
from bridge.types.ocpp.translate.security_events import security_event_from
from bridge.types.ocpp.version import OcppVersion

Answer = Mapping[str, Any]
Notice = Callable[[Mapping[str, Any]], Answer]

_REPORTS: Final = (
    "NotifyCustomerInformation",
    "NotifyDisplayMessages",
    "NotifyMonitoringReport",
    "NotifyReport",
    "ReportChargingProfiles",
    "ReportDERControl",
)
"""parts of what was asked for"""
_UNREMARKED: Final = ("NotifyWebPaymentStarted", "NotifyPriorityCharging", "NotifySettlement")
_WORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "ClearedChargingLimit": ("a limit from elsewhere is gone", ("chargingLimitSource", "evseId")),
    "DiagnosticsStatusNotification": ("diagnostics", ("status",)),
    "FirmwareStatusNotification": ("firmware", ("status",)),
    "LogStatusNotification": ("log", ("status",)),
    "NotifyDERAlarm": ("alarm of the net", ("controlType", "gridEventFault")),
    "NotifyDERStartStop": ("a control of the net began or ended", ("controlId", "started")),
    "PublishFirmwareStatusNotification": ("published firmware", ("status",)),
    "ReservationStatusUpdate": ("reservation", ("reservationId", "reservationUpdateStatus")),
    "SignedFirmwareStatusNotification": ("firmware", ("status",)),
}
"""what is remarked: in which words, and which fields of it"""
_IDLE: Final = "Idle"
_SAME_EVENT_S: Final = 300.0
"""a security event of a type is journaled once in this time: each is a commit"""
_EVENT_TYPES: Final = 200


class Notices:
    """One station's, for one version."""

    def __init__(self, parts: Parts, version: OcppVersion) -> None:
        self._parts = parts
        self._version = version
        self._journaled_at_s: dict[str, float] = {}
        self.table: dict[str, Notice] = {
            "BootNotification": self._boot,
            "DataTransfer": self._data_transfer,
            "Heartbeat": self._heartbeat,
            "NotifyChargingLimit": self._charging_limit,
            "NotifyEVChargingNeeds": lambda _: {"status": "Rejected"},  # no schedules are made for ISO 15118
            "NotifyEVChargingSchedule": lambda _: {"status": "Accepted"},
            "SecurityEventNotification": self._security,
            "SignCertificate": self._sign,
        }
        """by action; only those that the version knows are ever asked for"""
        self.table |= {action: self._remarking(action) for action in _WORDS}
        self.table |= {action: self._reporting(action) for action in _REPORTS}
        self.table |= dict.fromkeys(_UNREMARKED, lambda _: {})

    def _boot(self, payload: Mapping[str, Any]) -> Answer:
        parts, now = self._parts, self._parts.clock.now()
        parts.card.booted_at = now
        identity = identity_of(payload, self._version)
        if identity != parts.identity:
            parts.identity = identity
            parts.recorder.take_identity(parts.charger, identity)
        reason = payload.get("reason")
        parts.remarks.add("booted" if reason is None else f"booted: {shown(reason)}")
        parts.on_news()
        answer = BootNotificationResponse(
            status=RegistrationStatus.ACCEPTED, current_time=now, interval=int(parts.options.heartbeat_s)
        )
        return boot_answer(answer, self._version).payload or {}

    def _heartbeat(self, _: Mapping[str, Any]) -> Answer:
        now = self._parts.clock.now()
        self._parts.card.heartbeat_at = now
        return {"currentTime": to_rfc3339(now)}

    def _data_transfer(self, payload: Mapping[str, Any]) -> Answer:
        """Take note of a vendor's own message, but not of its data, which may hold anything."""
        named = f"{shown(payload.get('vendorId'))}, {shown(payload.get('messageId'))}"
        self._parts.remarks.add(f"sent a message of its vendor that means nothing here: {named}")
        return {"status": "UnknownVendorId"}

    def _charging_limit(self, payload: Mapping[str, Any]) -> Answer:
        limit = payload.get("chargingLimit") or {}
        place = payload.get("evseId")
        where = "" if place is None else f" at EVSE {place}"
        self._parts.remarks.add(f"is limited from elsewhere{where}: {shown(limit.get('chargingLimitSource'))}")
        return {}

    def _sign(self, _: Mapping[str, Any]) -> Answer:
        self._parts.remarks.add("asked to have a certificate signed, which the bridge does not do")
        return {"status": "Rejected"}

    def _security(self, payload: Mapping[str, Any]) -> Answer:
        parts = self._parts
        event, _ = read(dict(payload), lambda said: security_event_from(said).model, is_v16=False)
        name, now_s = str(event.type), parts.clock.monotonic_s()
        info = "" if event.info is None else f": {shown(event.info)}"
        parts.remarks.add(f"security event {shown(name)}{info}")
        last_s = self._journaled_at_s.get(name)
        is_due = last_s is None or now_s - last_s >= _SAME_EVENT_S
        if is_due and (name in self._journaled_at_s or len(self._journaled_at_s) < _EVENT_TYPES):
            self._journaled_at_s[name] = now_s
            body = {"type": name, "info": event.info, "critical": event.critical}
            parts.recorder.note(EntryKind.SECURITY, parts.charger, body)
        return {}

    def _remarking(self, action: str) -> Notice:
        words, fields = _WORDS[action]

        def note(payload: Mapping[str, Any]) -> Answer:
            told = [shown(payload[field]) for field in fields if payload.get(field) is not None]
            if told != [_IDLE]:
                self._parts.remarks.add(f"{words}: {', '.join(told) or '?'}")
            return {}

        return note

    def _reporting(self, action: str) -> Notice:
        def hand_on(payload: Mapping[str, Any]) -> Answer:
            self._parts.on_report(action, payload)
            return {}

        return hand_on
