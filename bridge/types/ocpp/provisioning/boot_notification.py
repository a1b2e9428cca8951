"""BootNotification, station → CSMS: who the station is and why it started; the answer says whether it may go on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.types.ocpp.base import Moment, OcppWord, Whole
from bridge.types.ocpp.boot_notification import RegistrationStatus
from bridge.types.ocpp.provisioning.edition import Sent
from bridge.types.ocpp.provisioning.extensible import Extensible
from bridge.types.ocpp.provisioning.status_info import StatusInfo


class BootReason(OcppWord):
    """Why the station started [spec]."""

    APPLICATION_RESET = "ApplicationReset"
    """its program gave up and started again"""
    FIRMWARE_UPDATE = "FirmwareUpdate"
    LOCAL_RESET = "LocalReset"
    """somebody on the spot"""
    POWER_UP = "PowerUp"
    REMOTE_RESET = "RemoteReset"
    """a Reset of the CSMS"""
    SCHEDULED_RESET = "ScheduledReset"
    """a Reset of the CSMS that waited until the station was idle, or the station's own timetable"""
    TRIGGERED = "Triggered"
    """not a start: the CSMS asked for the message with TriggerMessage"""
    UNKNOWN = "Unknown"
    WATCHDOG = "Watchdog"
    """the program hung"""


class ModemType(Extensible):
    """The card of the station's modem [spec]."""

    iccid: Annotated[str | None, Field(max_length=20)] = None
    """number of the SIM card"""
    imsi: Annotated[str | None, Field(max_length=20)] = None
    """number of the subscriber"""


class ChargingStationType(Extensible):
    """What the station is [spec]."""

    model: Annotated[str, Field(max_length=20), Sent(min_length=1)]
    vendor_name: Annotated[str, Field(max_length=50), Sent(min_length=1)]
    serial_number: Annotated[str | None, Field(max_length=25)] = None
    firmware_version: Annotated[str | None, Field(max_length=50)] = None
    modem: ModemType | None = None


class BootNotificationRequest(Extensible):
    """The first message of a station after a start; none of its others goes out before the answer Accepted [spec]."""

    reason: BootReason
    charging_station: ChargingStationType


class BootNotificationResponse(Extensible):
    """What the CSMS answers to a station that started [spec]."""

    current_time: Moment
    """the CSMS's clock, in UTC"""
    interval: Annotated[Whole, Sent(ge=0)]
    """seconds: when Accepted between heartbeats, otherwise until the next BootNotification.

    0 leaves the choice to the station [spec]; the schemas let a number below 0 pass, which can say no more than 0 does.
    """
    status: RegistrationStatus
    status_info: StatusInfo | None = None
