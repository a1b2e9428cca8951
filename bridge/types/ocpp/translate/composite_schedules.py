"""Schedules worked out by the station ↔ the answer to GetCompositeSchedule of all versions."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.types.ocpp.base import Many, Moment, OcppType, Taken, Whole, take_ocpp
from bridge.types.ocpp.charging_schedule import (
    PERIODS_AT_MOST,
    ChargingRateUnit,
    ChargingSchedule,
    ChargingSchedulePeriod,
    check_periods,
)
from bridge.types.ocpp.status_info import GenericStatus, StatusInfoType
from bridge.types.ocpp.translate.charging_profiles import Place, periods_from_v16, schedule_in_v16
from bridge.types.ocpp.translate.connectors import ConnectorNumbers
from bridge.types.ocpp.translate.editions import say
from bridge.types.ocpp.translate.said import Drop, Said
from bridge.types.ocpp.v16.smart_charging import GetCompositeScheduleConfirmation
from bridge.types.ocpp.version import OcppVersion


class CompositeSchedule(OcppType):
    """A schedule worked out [spec: OCPP 2.x CompositeScheduleType]."""

    evse_id: Annotated[Whole, Field(ge=0)]
    duration: Annotated[Whole, Field(ge=0)]
    """seconds"""
    schedule_start: Moment
    charging_rate_unit: ChargingRateUnit
    charging_schedule_period: Annotated[Many[ChargingSchedulePeriod], Field(min_length=1, max_length=PERIODS_AT_MOST)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_periods(self.charging_schedule_period, self.charging_rate_unit)
        return self


class GetCompositeScheduleResponse(OcppType):
    """The answer to GetCompositeSchedule [spec: OCPP 2.x]."""

    status: GenericStatus
    schedule: CompositeSchedule | None = None
    status_info: StatusInfoType | None = None


def composite_schedule(schedule: ChargingSchedule | None, version: OcppVersion, place: Place) -> Said:
    """Return GetCompositeSchedule.conf; None as schedule says that it could not be worked out.

    A schedule needs its start and its duration here; one that the version cannot say is answered as Rejected.
    """
    if schedule is None:
        return Said({"status": GenericStatus.REJECTED.value})
    said = say(schedule, version)
    if said.payload is None:
        return Said({"status": GenericStatus.REJECTED.value}, said.dropped)
    if schedule.start_schedule is None or schedule.duration is None:
        lacking = Drop("", "a composite schedule needs startSchedule and duration")
        return Said({"status": GenericStatus.REJECTED.value}, (*said.dropped, lacking))
    payload = {key: value for key, value in said.payload.items() if key != "evse"}
    status = {"status": GenericStatus.ACCEPTED.value}
    if version is OcppVersion.V16:
        if any(period["limit"] < 0 for period in payload["chargingSchedulePeriod"]):
            return Said(
                {"status": GenericStatus.REJECTED.value},
                (*said.dropped, Drop("chargingSchedulePeriod", "OCPP 1.6 knows no discharging")),
            )
        where = {"connectorId": place.connector_id, "scheduleStart": payload["startSchedule"]}
        return Said(status | where | {"chargingSchedule": schedule_in_v16(payload)}, said.dropped)
    dropped = said.dropped
    if payload.pop("minChargingRate", None) is not None:
        dropped = (*dropped, Drop("minChargingRate", f"OCPP {version} has no such field in a composite schedule"))
    start = payload.pop("startSchedule")
    return Said(
        status | {"schedule": payload | {"evseId": place.evse_id, "scheduleStart": start}},
        dropped,
    )


def composite_from_v16(payload: object, connectors: ConnectorNumbers) -> Taken[ChargingSchedule] | None:
    """Take a GetCompositeSchedule.conf of 1.6; None where the station could not work it out. Raises PayloadError."""
    taken = take_ocpp(GetCompositeScheduleConfirmation, payload)
    said = taken.model
    if said.charging_schedule is None:
        return None
    schedule = ChargingSchedule(
        evse=Place.of_connector(said.connector_id or 0, connectors).evse_id,
        charging_rate_unit=said.charging_schedule.charging_rate_unit,
        charging_schedule_period=periods_from_v16(said.charging_schedule),
        duration=said.charging_schedule.duration,
        start_schedule=said.schedule_start or said.charging_schedule.start_schedule,
        min_charging_rate=said.charging_schedule.min_charging_rate,
    )
    return Taken(schedule, taken.ignored)


def composite_from_v2(payload: object) -> Taken[ChargingSchedule] | None:
    """Take a GetCompositeSchedule.conf of 2.x; None where the station could not work it out. Raises PayloadError."""
    taken = take_ocpp(GetCompositeScheduleResponse, payload)
    said = taken.model.schedule
    if said is None:
        return None
    return Taken(
        ChargingSchedule(
            evse=said.evse_id,
            charging_rate_unit=said.charging_rate_unit,
            charging_schedule_period=said.charging_schedule_period,
            duration=said.duration,
            start_schedule=said.schedule_start,
        ),
        taken.ignored,
    )
