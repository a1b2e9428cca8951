"""A charging session as a foreign station tells it, in each version of OCPP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.types.facts import to_rfc3339
from tests.central.foreign.site import tell_state
from tests.central.foreign.station import ForeignStation
from tests.uplink.foreign.events import Params

TAG = "04AABBCC"
_REGISTER = "Energy.Active.Import.Register"


@dataclass
class Tale:
    """One transaction at connector 1; the registers are in Wh, and told in kWh where `in_kwh`."""

    station: ForeignStation
    transaction_id: str = "5f2d8a4e-0000-4000-8000-000000000000"
    """in 1.6 the number that the central system gave"""
    in_kwh: bool = False
    is_offline: bool = False
    """whether the station says so, in 2.x"""
    told: list[tuple[str, Params]] = field(default_factory=list)
    """method and payload of all that was told, for repeats"""
    _seq_no: int = 0

    async def start(self, at: datetime, register_wh: float) -> None:
        """Tell the start."""
        if self.station.is_v2:
            begin = self._register(register_wh, "Transaction.Begin")
            token: Params = {"idToken": {"idToken": TAG, "type": "ISO14443"}, "evse": {"id": 1, "connectorId": 1}}
            await self._event("Started", at, [begin], "CablePluggedIn", **token)
            return
        start = {"connectorId": 1, "idTag": TAG, "meterStart": int(register_wh), "timestamp": to_rfc3339(at)}
        answer = await self._tell("StartTransaction", start)
        assert answer["idTagInfo"]["status"] == "Accepted"
        self.transaction_id = str(answer["transactionId"])

    async def charges(self, at: datetime) -> None:
        """Tell that energy flows."""
        await tell_state(self.station, "Charging", at)
        if self.station.is_v2:
            await self._event("Updated", at, [], "ChargingStateChanged", charging_state="Charging")

    async def meter(self, at: datetime, register_wh: float, *phases_w: float) -> None:
        """Tell a register and the power of each phase."""
        context = "Sample.Periodic"
        values = [self._register(register_wh, context)]
        values += [self._power(power_w, f"L{number}", context) for number, power_w in enumerate(phases_w, 1)]
        if self.station.is_v2:
            await self._event("Updated", at, values, "MeterValuePeriodic")
            return
        value = {"timestamp": to_rfc3339(at), "sampledValue": values}
        told = {"connectorId": 1, "transactionId": int(self.transaction_id), "meterValue": [value]}
        await self._tell("MeterValues", told)

    async def stop(self, at: datetime, register_wh: float) -> None:
        """Tell the end."""
        if self.station.is_v2:
            end = self._register(register_wh, "Transaction.End")
            await self._event("Ended", at, [end], "EVDeparted", reason="EVDisconnected")
        else:
            number = int(self.transaction_id)
            stop = {"transactionId": number, "meterStop": int(register_wh), "timestamp": to_rfc3339(at)}
            await self._tell("StopTransaction", {**stop, "reason": "EVDisconnected"})

    async def _tell(self, method: str, params: Params) -> Params:
        self.told.append((method, params))
        return await self.station.call(method, params)

    async def _event(
        self,
        event_type: str,
        at: datetime,
        values: list[Params],
        trigger: str,
        *,
        charging_state: str | None = None,
        reason: str | None = None,
        **more: Any,
    ) -> None:
        info = {"transactionId": self.transaction_id, "chargingState": charging_state, "stoppedReason": reason}
        event: Params = {
            "eventType": event_type,
            "timestamp": to_rfc3339(at),
            "triggerReason": trigger,
            "seqNo": self._seq_no,
            "transactionInfo": {key: value for key, value in info.items() if value is not None},
            **more,
        }
        if values:
            event["meterValue"] = [{"timestamp": to_rfc3339(at), "sampledValue": values}]
        if self.is_offline:
            event["offline"] = True
        self._seq_no += 1
        await self._tell("TransactionEvent", event)

    def _register(self, register_wh: float, context: str) -> Params:
        value, unit = (register_wh / 1000, "kWh") if self.in_kwh else (register_wh, "Wh")
        return self._value(value, _REGISTER, unit, context)

    def _power(self, power_w: float, phase: str, context: str) -> Params:
        return {**self._value(power_w, "Power.Active.Import", "W", context), "phase": phase}

    def _value(self, value: float, measurand: str, unit: str, context: str) -> Params:
        told: Params = {"measurand": measurand, "context": context}
        if self.station.is_v2:
            return {**told, "value": value, "unitOfMeasure": {"unit": unit}}
        return {**told, "value": f"{value:.4f}", "unit": unit}
