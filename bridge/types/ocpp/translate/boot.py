"""The answer to a BootNotification ↔ its payload in all versions."""

from __future__ import annotations

from bridge.types.ocpp.base import Taken, take_ocpp
from bridge.types.ocpp.boot_notification import BootNotificationResponse
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Said
from bridge.types.ocpp.version import OcppVersion


def boot_answer(response: BootNotificationResponse, version: OcppVersion) -> Said:
    """Return BootNotification.conf."""
    return say(response, version)


def boot_answer_from(payload: object) -> Taken[BootNotificationResponse]:
    """Take a BootNotification.conf of any version; an unknown field does not keep a station from booting."""
    return take_ocpp(BootNotificationResponse, payload)
