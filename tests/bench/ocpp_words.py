"""What a station tells, in the words of the `ocpp` package; only the version in use is imported, as its users do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol

from bridge.types.charger import ConnectorReading
from bridge.types.ocpp.version import OcppVersion

_TRANSACTION = 7
_ID_TAG = "04AABBCC"
Readings = Sequence[tuple[datetime, ConnectorReading]]


class Words(Protocol):
    """Messages of one version."""

    charge_point: Any
    """the package's class"""

    def boot(self) -> Any:
        """Return the BootNotification."""

    def metered(self, number: int, readings: Readings) -> Any:
        """Return the periodic values of a transaction that runs; it is the message of this number."""

    def session(
        self, number: int, start: tuple[datetime, float], stop: tuple[datetime, float], values: Readings
    ) -> list[Any]:
        """Return a whole transaction; `start` and `stop` are when, and the register in Wh."""


class WordsV16:
    """Those of 1.6."""

    def __init__(self) -> None:
        self.charge_point: Any = import_module("ocpp.v16").ChargePoint  # it ships no types
        self._call: Any = import_module("ocpp.v16.call")

    def boot(self) -> Any:
        """Return the BootNotification."""
        return self._call.BootNotification(charge_point_model="B1", charge_point_vendor="Bench")

    def metered(self, _number: int, readings: Readings) -> Any:
        """Return MeterValues."""
        return self._metered(_TRANSACTION, readings)

    def session(
        self, number: int, start: tuple[datetime, float], stop: tuple[datetime, float], values: Readings
    ) -> list[Any]:
        """Return StartTransaction, MeterValues, StopTransaction."""
        transaction = number + 1
        return [
            self._call.StartTransaction(
                connector_id=1, id_tag=_ID_TAG, meter_start=int(start[1]), timestamp=_moment(start[0])
            ),
            self._metered(transaction, values),
            self._call.StopTransaction(
                meter_stop=int(stop[1]), timestamp=_moment(stop[0]), transaction_id=transaction, reason="Other"
            ),
        ]

    def _metered(self, transaction: int, readings: Readings) -> Any:
        told = [
            {
                "timestamp": _moment(at),
                "sampled_value": [
                    {"value": f"{value:.10g}", "context": "Sample.Periodic", "measurand": measurand, "unit": unit}
                    | ({} if phase is None else {"phase": phase})
                    for value, measurand, unit, phase in _values(one)
                ],
            }
            for at, one in readings
        ]
        return self._call.MeterValues(connector_id=1, transaction_id=transaction, meter_value=told)


class WordsV201:
    """Those of 2.0.1."""

    def __init__(self) -> None:
        self.charge_point: Any = import_module("ocpp.v201").ChargePoint
        self._call: Any = import_module("ocpp.v201.call")

    def boot(self) -> Any:
        """Return the BootNotification."""
        return self._call.BootNotification(charging_station={"model": "B1", "vendor_name": "Bench"}, reason="PowerUp")

    def metered(self, number: int, readings: Readings) -> Any:
        """Return an Updated."""
        told = [_moment_values(at, "Sample.Periodic", _values(one)) for at, one in readings]
        return self._event("Updated", readings[-1][0], "MeterValuePeriodic", number, _TRANSACTION, told)

    def session(
        self, number: int, start: tuple[datetime, float], stop: tuple[datetime, float], values: Readings
    ) -> list[Any]:
        """Return Started, Updated, Ended."""
        edges = [
            _moment_values(at, context, [(float(int(wh)), "Energy.Active.Import.Register", "Wh", None)])
            for (at, wh), context in ((start, "Transaction.Begin"), (stop, "Transaction.End"))
        ]
        told = [_moment_values(at, "Sample.Periodic", _values(one)) for at, one in values]
        started = self._event("Started", start[0], "Authorized", 0, number, edges[:1])
        started.evse = {"id": 1, "connector_id": 1}
        started.id_token = {"id_token": _ID_TAG, "type": "ISO14443"}
        ended = self._event("Ended", stop[0], "AbnormalCondition", 2, number, edges)
        ended.transaction_info["stopped_reason"] = "Other"
        return [started, self._event("Updated", values[-1][0], "MeterValuePeriodic", 1, number, told), ended]

    def _event(self, kind: str, at: datetime, trigger: str, seq_no: int, number: int, told: list[Any]) -> Any:
        return self._call.TransactionEvent(
            event_type=kind,
            timestamp=_moment(at),
            trigger_reason=trigger,
            seq_no=seq_no,
            transaction_info={"transaction_id": f"5f2d8a4e-0000-4000-8000-{number:012}"},
            meter_value=told,
        )


WORDS: dict[OcppVersion, type[WordsV16 | WordsV201]] = {OcppVersion.V16: WordsV16, OcppVersion.V201: WordsV201}
_Value = tuple[float | None, str, str, str | None]


def _moment(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat() + "Z"


def _moment_values(at: datetime, context: str, values: Sequence[_Value]) -> dict[str, Any]:
    """Return values of a moment as 2.0.1 has them."""
    return {
        "timestamp": _moment(at),
        "sampled_value": [
            {"value": value, "context": context, "measurand": measurand, "unit_of_measure": {"unit": unit}}
            | ({} if phase is None else {"phase": phase})
            for value, measurand, unit, phase in values
        ],
    }


def _values(reading: ConnectorReading) -> tuple[_Value, ...]:
    return (
        (int(reading.register_wh or 0), "Energy.Active.Import.Register", "Wh", None),
        (reading.power_w, "Power.Active.Import", "W", None),
        (reading.current_a, "Current.Import", "A", "L1"),
        (reading.current_l2_a, "Current.Import", "A", "L2"),
        (reading.current_l3_a, "Current.Import", "A", "L3"),
        (reading.voltage_l1_v, "Voltage", "V", "L1-N"),
        (reading.voltage_l2_v, "Voltage", "V", "L2-N"),
        (reading.voltage_l3_v, "Voltage", "V", "L3-N"),
    )
