"""The monitors that every station has of itself.

A bridge has no hard-wired ones: what must be told is told with StatusNotification and SecurityEventNotification. So
`HardWiredOnly` leaves nothing.

| base | watches | severity |
|---|---|---|
| FactoryDefault | every change of Problem of the ChargingStation and of each EVSE | 4, error |
| All | that, and every change of AvailabilityState of the ChargingStation, of each EVSE and of each Connector, and of \
Problem of each Connector | 8, informational; Problem 4 |

FactoryDefault holds at the beginning: states of connectors are told by StatusNotification already, and every one twice
would help nobody. Their ids are made from where they stand, so they are the same after every start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from bridge.types.ocpp.event_data import EventNotificationType
from bridge.types.ocpp.v2.monitoring import MonitoringBase, MonitorType
from bridge.uplink.device_model.variable import ModelVariable, Place
from bridge.uplink.monitoring.monitor import Monitor

FIRST_CUSTOM_ID: Final = 10_000
"""ids below are those of preconfigured monitors"""
_MOST_EVSES: Final = 99
_ERROR: Final = 4
_INFORMATIONAL: Final = 8
_ANY_CHANGE: Final = 1.0
"""what the standard advises for a Delta on something that is no number [spec: N04.FR.17]"""
_SEVERITIES: Final = {"problem": _ERROR, "availabilitystate": _INFORMATIONAL}
_IDS: Final = {
    ("chargingstation", "availabilitystate"): 1,
    ("chargingstation", "problem"): 2,
    ("evse", "availabilitystate"): 1,
    ("evse", "problem"): 2,
    ("connector", "availabilitystate"): 11,
    ("connector", "problem"): 12,
}
"""within an EVSE's hundred"""


def preconfigured(variables: Iterable[ModelVariable], base: MonitoringBase) -> Iterator[Monitor]:
    """Yield the preconfigured monitors that this base makes active on these variables."""
    if base is MonitoringBase.HARD_WIRED_ONLY:
        return
    for variable in variables:
        place = variable.place
        monitor_id = _id_of(place)
        if monitor_id is None or not variable.supports_monitoring:
            continue
        if base is MonitoringBase.ALL or _is_recommended(place):
            yield Monitor(
                id=monitor_id,
                place=place,
                type=MonitorType.DELTA,
                value=_ANY_CHANGE,
                severity=_SEVERITIES[place.variable.casefold()],
                kind=EventNotificationType.PRECONFIGURED_MONITOR,
            )


def _is_recommended(place: Place) -> bool:
    return place.variable.casefold() == "problem" and place.component.casefold() != "connector"


def _id_of(place: Place) -> int | None:
    within = _IDS.get((place.component.casefold(), place.variable.casefold()))
    is_plain = place.component_instance is None and place.variable_instance is None
    evse_id, connector_id = place.evse_id or 0, place.connector_id
    if within is None or not is_plain or evse_id > _MOST_EVSES or connector_id not in (None, 1):
        return None
    return 100 * evse_id + within
