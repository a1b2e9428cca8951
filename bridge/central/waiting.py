"""What a station is told that nobody knows yet: to be patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.engine.board import WaitingCard
from bridge.ocppj.codes import ErrorCode
from bridge.ocppj.frames import Call
from bridge.ocppj.refusal import RefusedQuestionError
from bridge.ports import Clock
from bridge.types.ocpp.base import to_ocpp
from bridge.types.ocpp.boot_notification import BootNotificationResponse, RegistrationStatus
from bridge.types.ocpp.version import OcppVersion

PATIENCE_S: Final = 60
"""until it asks again; once it is accepted it is sent away at once, and comes back"""


class WaitingAnswers:
    """`bridge.central.talk.Answering` for a station on the waiting list: its card learns who it is."""

    def __init__(self, card: WaitingCard, clock: Clock) -> None:
        self._card = card
        self._clock = clock

    def heard(self) -> None:
        """Take note that it is still there."""
        self._card.last_at = self._clock.now()

    async def answer(self, call: Call, version: OcppVersion) -> Mapping[str, Any]:
        """Answer a boot with Pending and a heartbeat with the time; nothing else may be said before [spec]."""
        pending = RegistrationStatus.PENDING
        boot = to_ocpp(BootNotificationResponse(status=pending, current_time=self._clock.now(), interval=PATIENCE_S))
        match call.action:
            case "BootNotification":
                self._note(call.payload, version)
                return boot
            case "Heartbeat":
                return {"currentTime": boot["currentTime"]}
        raise RefusedQuestionError(ErrorCode.SECURITY_ERROR, "The charge point was not accepted yet.")

    def is_followed(self, call: Call) -> bool:
        """Say that nothing follows."""
        del call
        return False

    async def answered(self, call: Call, version: OcppVersion) -> None:
        """Do nothing."""

    def _note(self, payload: Mapping[str, Any], version: OcppVersion) -> None:
        card = self._card
        if version is OcppVersion.V16:
            card.vendor_name, card.model = payload["chargePointVendor"], payload["chargePointModel"]
            card.serial_number = payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber")
        else:
            station = payload["chargingStation"]
            card.vendor_name, card.model = station["vendorName"], station["model"]
            card.serial_number = station.get("serialNumber")
