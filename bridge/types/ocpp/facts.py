"""What adapters tell and the store keeps → the OCPP-style types; sessions stand in `session_facts`.

None means not reported: such a value is left out and never told as 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from bridge.types.charger import ChargerIdentity, ConnectorReading
from bridge.types.facts import from_epoch_s
from bridge.types.ocpp.connector_state import ChargePointErrorCode, ConnectorState
from bridge.types.ocpp.evse import EVSE
from bridge.types.ocpp.meter_value import (
    Measurand,
    MeterValue,
    Phase,
    ReadingContext,
    SampledValue,
    UnitOfMeasure,
)
from bridge.types.ocpp.provisioning.boot_notification import ChargingStationType
from bridge.types.series import INTERVAL_S
from bridge.types.words import ConnectorStatus

_UNITS = {unit: UnitOfMeasure(unit=unit) for unit in ("Wh", "W", "A", "V")}
INFO_AT_MOST = 50
"""characters of `ConnectorState.info`"""
VENDOR_NAME_AT_MOST = 50
MODEL_AT_MOST = 20
SERIAL_NUMBER_AT_MOST = 25
FIRMWARE_VERSION_AT_MOST = 50
NOT_TOLD = "Unknown"
"""stands where a boot requires a text and the box tells none"""


def places_of(readings: Iterable[ConnectorReading]) -> dict[int, EVSE]:
    """Return the place of each connector by its number on the whole charger, in the order of these numbers.

    Facts number connectors through the whole charger; OCPP 2.x counts EVSEs from 1 without gaps, and connectors so
    within each EVSE [spec]. The values in their order are what `ConnectorNumbers` takes.
    """
    evse_ids = {reading.connector_id: reading.evse_id for reading in readings}
    ordered = sorted(set(evse_ids.values()))
    places: dict[int, EVSE] = {}
    taken = dict.fromkeys(ordered, 0)
    for connector_id, evse_id in sorted(evse_ids.items()):
        taken[evse_id] += 1
        places[connector_id] = EVSE(id=ordered.index(evse_id) + 1, connector_id=taken[evse_id])
    return places


def connector_state_of(reading: ConnectorReading, since: datetime, place: EVSE) -> ConnectorState | None:
    """Return the state that a connector is in `since` an aware moment; None where the charger's word is not known.

    A fault is told as OtherError with the charger's own words cut to 50 characters: no vendor's faults are mapped to
    OCPP's codes. A connector that is Faulted and tells no fault has OtherError too, for NoError would be untrue.
    """
    if reading.status is None:
        return None
    is_broken = bool(reading.fault) or reading.status is ConnectorStatus.FAULTED
    return ConnectorState(
        status=reading.status,
        timestamp=since,
        evse=place,
        error_code=ChargePointErrorCode.OTHER_ERROR if is_broken else None,
        info=reading.fault[:INFO_AT_MOST] if reading.fault else None,
    )


class Measured(Protocol):
    """What was measured at a connector at one moment: a reading, fresh or kept. None means not reported."""

    @property
    def power_w(self) -> float | None:
        """Of all phases together."""

    @property
    def current_a(self) -> float | None:
        """Of L1."""

    @property
    def current_l2_a(self) -> float | None:
        """Of L2."""

    @property
    def current_l3_a(self) -> float | None:
        """Of L3."""

    @property
    def current_offered_a(self) -> float | None:
        """Most that the vehicle may take of each phase."""

    @property
    def voltage_l1_v(self) -> float | None:
        """L1 against neutral."""

    @property
    def voltage_l2_v(self) -> float | None:
        """L2 against neutral."""

    @property
    def voltage_l3_v(self) -> float | None:
        """L3 against neutral."""


MEASURANDS = (
    Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
    Measurand.POWER_ACTIVE_IMPORT,
    Measurand.CURRENT_IMPORT,
    Measurand.CURRENT_OFFERED,
    Measurand.VOLTAGE,
)
"""What a reading can tell."""


def meter_value_of(
    reading: Measured,
    at: datetime,
    context: ReadingContext = ReadingContext.SAMPLE_PERIODIC,
    *,
    register_wh: float | None = None,
    measurands: Collection[Measurand] = MEASURANDS,
) -> MeterValue | None:
    """Return what was read at an aware moment, of these measurands; None where the reading has none of them.

    The session's energy is not told: it starts again with every session and is no register of the meter. Where the
    register stood is for the caller to know.
    """
    told = (
        (register_wh, Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, "Wh", None),
        (reading.power_w, Measurand.POWER_ACTIVE_IMPORT, "W", None),
        (reading.current_a, Measurand.CURRENT_IMPORT, "A", Phase.L1),
        (reading.current_l2_a, Measurand.CURRENT_IMPORT, "A", Phase.L2),
        (reading.current_l3_a, Measurand.CURRENT_IMPORT, "A", Phase.L3),
        (reading.current_offered_a, Measurand.CURRENT_OFFERED, "A", None),
        (reading.voltage_l1_v, Measurand.VOLTAGE, "V", Phase.L1_N),
        (reading.voltage_l2_v, Measurand.VOLTAGE, "V", Phase.L2_N),
        (reading.voltage_l3_v, Measurand.VOLTAGE, "V", Phase.L3_N),
    )
    sampled = tuple(
        _sampled(value, measurand, unit, context, phase)
        for value, measurand, unit, phase in told
        if value is not None and measurand in measurands
    )
    return MeterValue(timestamp=at, sampled_value=sampled) if sampled else None


def meter_values_of_intervals(intervals: Iterable[tuple[int, float | None]]) -> tuple[MeterValue, ...]:
    """Return clock-aligned samples of 5-minute power, each as (start in epoch seconds, W), of one connector.

    The facts stamp an interval with its start; OCPP tells it at its end, 300 s later, since it is not known before.
    An interval without a value is left out.
    """
    return tuple(
        MeterValue(
            timestamp=from_epoch_s(start_s + INTERVAL_S),
            sampled_value=(_sampled(power_w, Measurand.POWER_ACTIVE_IMPORT, "W", ReadingContext.SAMPLE_CLOCK),),
        )
        for start_s, power_w in intervals
        if power_w is not None
    )


def register_value_of(register_wh: float, at: datetime, context: ReadingContext) -> MeterValue:
    """Return the connector's energy register in Wh at an aware moment."""
    sampled = _sampled(register_wh, Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, "Wh", context)
    return MeterValue(timestamp=at, sampled_value=(sampled,))


def boot_of(identity: ChargerIdentity) -> ChargingStationType:
    """Return what a BootNotification tells of the station, within the limits of all peers.

    Vendor and model, which it requires, are cut to 50 and 20 characters and are `Unknown` when not told. A serial
    number over 25 or a firmware version over 50 characters is left out whole: cut, it would name another box or another
    firmware.
    """
    return ChargingStationType(
        vendor_name=(identity.vendor_name or NOT_TOLD)[:VENDOR_NAME_AT_MOST],
        model=(identity.model or NOT_TOLD)[:MODEL_AT_MOST],
        serial_number=_whole(identity.serial_number, SERIAL_NUMBER_AT_MOST),
        firmware_version=_whole(identity.firmware_version, FIRMWARE_VERSION_AT_MOST),
    )


def _whole(text: str | None, at_most: int) -> str | None:
    return text if text and len(text) <= at_most else None


def _sampled(
    value: float, measurand: Measurand, unit: str, context: ReadingContext, phase: Phase | None = None
) -> SampledValue:
    return SampledValue(value=value, measurand=measurand, context=context, phase=phase, unit_of_measure=_UNITS[unit])
