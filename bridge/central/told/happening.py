"""What happened to a transaction, in one form for all versions, with the registers that were told with it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.central.told.sample import Sample
from bridge.central.told.told_times import is_set
from bridge.types.ocpp.meter_value import ReadingContext
from bridge.types.ocpp.transaction import TransactionEventRequest
from bridge.types.ocpp.transaction_event import TransactionEvent
from bridge.types.words import IdTokenType, StopReason

_BEGIN = ReadingContext.TRANSACTION_BEGIN
_END = ReadingContext.TRANSACTION_END


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of a transaction. Registers in Wh; None means not told."""

    kind: TransactionEvent
    transaction_id: str
    """empty where the station does not know it yet: the start of 1.6"""
    at: datetime
    """by the station's clock, which may not be set"""
    arrived_at: datetime
    is_numbered: bool = False
    """whether the central system gives the transactions their numbers: 1.6"""
    connector_id: int | None = None
    id_token: str | None = None
    id_token_type: IdTokenType | None = None
    stop_reason: StopReason | None = None
    """of an end always; Local where it was not told [spec]"""
    stop_reason_raw: str | None = None
    charging_mode: str | None = None
    charging_s: float | None = None
    begin_wh: float | None = None
    """told as that of the transaction's begin"""
    begin_at: datetime | None = None
    """when that was read, where it is told with a time of its own"""
    end_wh: float | None = None
    """told as that of the transaction's end"""
    first_wh: float | None = None
    """the first that was told with it"""
    last_wh: float | None = None
    """the last that was told with it, other than that of the begin"""
    last_at: datetime | None = None
    """when that was read"""
    max_power_w: float | None = None

    @property
    def is_nameless(self) -> bool:
        """Whether it is of a transaction that a station of 1.6 began without ever getting its number."""
        return self.is_numbered and int(self.transaction_id or 0) <= 0

    @property
    def has_true_time(self) -> bool:
        """Whether the station's clock was set."""
        return is_set(self.at, self.arrived_at)

    @property
    def read_at(self) -> datetime:
        """When its last register was read; by our clock where the station's is not set."""
        at = self.last_at or self.at
        return at if is_set(at, self.arrived_at) else self.arrived_at


def happening_of(
    event: TransactionEventRequest,
    samples: Sequence[Sample],
    arrived_at: datetime,
    *,
    is_numbered: bool = False,
    own_wh: float | None = None,
    reason_raw: str | None = None,
) -> Happening:
    """Return what an event tells with the samples that came with it.

    `own_wh` is the register beside them, 1.6's meterStart or meterStop; it goes before those of samples.
    """
    kind, info, token = event.event_type, event.transaction_info, event.id_token
    registers = [
        (sample.at, sample.register_wh, sample.context) for sample in samples if sample.register_wh is not None
    ]
    begin_at, begin_wh = next(((at, wh) for at, wh, context in registers if context is _BEGIN), (None, None))
    end_wh = next((wh for _, wh, context in reversed(registers) if context is _END), None)
    later = [(at, wh) for at, wh, context in registers if context is not _BEGIN]
    if own_wh is not None and kind is TransactionEvent.STARTED:
        begin_wh = own_wh
    elif own_wh is not None:
        end_wh = own_wh or end_wh
    is_end = kind is TransactionEvent.ENDED
    return Happening(
        kind=kind,
        transaction_id=info.transaction_id,
        at=event.timestamp,
        arrived_at=arrived_at,
        is_numbered=is_numbered,
        connector_id=None if event.evse is None else event.evse.id,
        id_token=(token.id_token or None) if token is not None else None,
        id_token_type=None if token is None else token.type,
        stop_reason=(info.stopped_reason or StopReason.LOCAL) if is_end else None,
        stop_reason_raw=(reason_raw or info.stopped_reason) if is_end else None,
        charging_mode=info.operation_mode,
        charging_s=None if info.time_spent_charging is None else float(info.time_spent_charging),
        begin_wh=begin_wh,
        begin_at=begin_at,
        end_wh=end_wh,
        first_wh=registers[0][1] if registers else own_wh,
        last_wh=later[-1][1] if later else (own_wh if is_end else None),
        last_at=later[-1][0] if later else None,
        max_power_w=max((sample.power_w for sample in samples if sample.power_w is not None), default=None),
    )
