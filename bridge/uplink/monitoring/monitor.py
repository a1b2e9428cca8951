"""One monitor: which variable it watches, and when it tells."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from bridge.types.ocpp.event_data import EventNotificationType
from bridge.types.ocpp.provisioning.notify_report import DataType
from bridge.types.ocpp.v2.monitoring import MonitorType
from bridge.uplink.device_model.variable import ModelVariable, Place

THRESHOLDS: Final = frozenset({MonitorType.UPPER_THRESHOLD, MonitorType.LOWER_THRESHOLD})
PERIODIC: Final = frozenset({MonitorType.PERIODIC, MonitorType.PERIODIC_CLOCK_ALIGNED})
_NUMBERS: Final = frozenset({DataType.DECIMAL, DataType.INTEGER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """A monitor. Two that are equal watch the same thing in the same way."""

    id: int
    place: Place
    type: MonitorType
    value: float
    """of the threshold or the change, in the variable's unit; of what is periodic, the seconds between, from 1 on"""
    severity: int
    """from 0 (danger) to 9 (debug)"""
    transaction: bool = False
    """whether it watches during transactions only"""
    kind: EventNotificationType = EventNotificationType.CUSTOM_MONITOR
    set_at: datetime | None = None
    """when a central system set it; sets one that was set again apart from the one before"""


def is_number(variable: ModelVariable) -> bool:
    """Return whether a variable's values are numbers."""
    return variable.data_type in _NUMBERS


def number_of(text: str | None) -> float | None:
    """Return a value as a number; None where it is none, or is not known."""
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def pack(monitor: Monitor) -> str:
    """Return the text in which a central system's monitor is kept."""
    body = {
        "place": {name: value for name, value in asdict(monitor.place).items() if value is not None},
        "type": monitor.type.value,
        "value": monitor.value,
        "severity": monitor.severity,
        "transaction": monitor.transaction,
        "set_at": None if monitor.set_at is None else monitor.set_at.isoformat(),
    }
    return json.dumps(body, separators=(",", ":"))


def unpack(monitor_id: int, text: str) -> Monitor:
    """Return the monitor that was kept so."""
    body = json.loads(text)
    return Monitor(
        id=monitor_id,
        place=Place(**body["place"]),
        type=MonitorType(body["type"]),
        value=float(body["value"]),
        severity=int(body["severity"]),
        transaction=bool(body["transaction"]),
        set_at=None if body["set_at"] is None else datetime.fromisoformat(body["set_at"]),
    )
