"""What a central system has on its books about one station."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Payload = dict[str, Any]

ENERGY = "Energy.Active.Import.Register"


@dataclass(frozen=True, slots=True)
class MeterRecord:
    """One meter value of a MeterValues.req, or of an Updated of 2.x; `order` counts everything that a station says."""

    order: int
    connector_id: int
    at: datetime
    samples: tuple[Payload, ...]

    @property
    def register_wh(self) -> float | None:
        """The energy register in Wh, of all phases together; None when the value does not tell it."""
        return register_wh_of(self.samples)


@dataclass(frozen=True, slots=True)
class StopRecord:
    """One StopTransaction.req, or an Ended of 2.x."""

    order: int
    at: datetime
    meter_stop_wh: float | None
    id_tag: str | None
    reason: str | None
    transaction_data: tuple[Payload, ...]


@dataclass(slots=True)
class EventRecord:
    """One TransactionEvent of 2.x."""

    order: int
    seq_no: int
    kind: str
    """Started, Updated, Ended"""
    at: datetime
    is_offline: bool
    """whether it says that it happened without a connection"""
    payload: Payload
    came_at: datetime
    """when it came first, on the central system's clock"""
    count: int = 1
    """how often it came"""


@dataclass(slots=True)
class SessionRecord:
    """One transaction, as it was told."""

    transaction_id: int | str
    """the central system's number in 1.6, the station's own id in 2.x"""
    order: int
    connector_id: int
    """in 2.x the EVSE"""
    id_tag: str
    started_at: datetime
    meter_start_wh: float | None
    """whole Wh in 1.6; None where an event of 2.x does not tell it"""
    start_payload: Payload
    values: list[MeterRecord] = field(default_factory=list)
    """in the order of arrival; what was told twice with the same words is kept once and counted in `repeats`"""
    stop: StopRecord | None = None
    stop_payload: Payload | None = None
    stop_refused: bool = False
    """a StopTransaction for it was answered with a CALLERROR on order"""
    start_count: int = 1
    stop_count: int = 0
    repeats: int = 0
    """meter values that were told again"""
    events: dict[int, EventRecord] = field(default_factory=dict)
    """in 2.x, by their numbers; of each the first that came"""
    is_forgotten: bool = False
    """whether the station has lost all that it knew of it"""

    @property
    def gaps(self) -> list[int]:
        """The numbers of events that did not come, though later ones did."""
        return [number for number in range(max(self.events, default=0)) if number not in self.events]


@dataclass(frozen=True, slots=True)
class StatusRecord:
    """One StatusNotification.req."""

    order: int
    connection: int
    """counts the station's connections from 1"""
    status: str
    error_code: str
    at: datetime | None
    payload: Payload


@dataclass(frozen=True, slots=True)
class BootRecord:
    """One BootNotification.req and how it was answered."""

    order: int
    answer: str
    """Accepted, Pending, Rejected; empty when no answer was given"""
    at_s: float
    """on the event loop's clock"""
    payload: Payload


@dataclass(slots=True)
class Ledger:
    """Everything that one station said and that was entered; what was refused stands in `refused`."""

    identity: str
    sessions: dict[int | str, SessionRecord] = field(default_factory=dict)
    """by transaction id, in the order in which they were begun"""
    latest: dict[int, SessionRecord] = field(default_factory=dict)
    """connector → the transaction that was begun there last"""
    earlier: list[SessionRecord] = field(default_factory=list)
    """what a station told before it lost its store and began to tell again under the same id"""
    statuses: dict[int, list[StatusRecord]] = field(default_factory=dict)
    """by connector, in order"""
    boots: list[BootRecord] = field(default_factory=list)
    heartbeats: int = 0
    security_events: list[Payload] = field(default_factory=list)
    loose_values: list[MeterRecord] = field(default_factory=list)
    """meter values outside of transactions"""
    refused_starts: list[Payload] = field(default_factory=list)
    """StartTransactions that were answered with transaction id 0"""
    refused: list[tuple[str, Payload]] = field(default_factory=list)
    """(action, payload) of what was answered with a CALLERROR"""
    others: list[tuple[str, Payload]] = field(default_factory=list)
    """(action, payload) of what has no book of its own: DataTransfer, Authorize, notifications of firmware, …"""
    calls: list[tuple[str, str, Payload]] = field(default_factory=list)
    """(message id, action, payload) of every CALL in the order of arrival, repeats and refused ones included"""
    stray_errors: list[tuple[str, str]] = field(default_factory=list)
    """(error code, description) of CALLERRORs for a message whose id the station could not read"""
    connections: int = 0
    violations: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether the last boot was accepted."""
        return bool(self.boots) and self.boots[-1].answer == "Accepted"

    def status(self, connector_id: int) -> str | None:
        """Return the last status of a connector."""
        told = self.statuses.get(connector_id)
        return told[-1].status if told else None

    def running(self, connector_id: int) -> SessionRecord | None:
        """Return the transaction that was begun last on a connector, unless it was stopped."""
        latest = self.latest.get(connector_id)
        runs = latest is not None and latest.stop is None and not latest.is_forgotten
        return latest if runs else None

    def said(self, action: str) -> list[Payload]:
        """Return the payloads of every CALL of one action."""
        return [payload for _, its_action, payload in self.calls if its_action == action]


def register_wh_of(samples: tuple[Payload, ...]) -> float | None:
    """Return the total energy register among the sampled values of one instant, in Wh; OCPP's defaults are applied."""
    for sample in samples:
        if sample.get("measurand", ENERGY) == ENERGY and "phase" not in sample and sample.get("format") != "SignedData":
            measure = sample.get("unitOfMeasure", {})  # of 2.x
            unit = sample.get("unit", measure.get("unit", "Wh"))
            scale = 10.0 ** int(measure.get("multiplier", 0)) * (1000.0 if unit == "kWh" else 1.0)
            return float(sample["value"]) * float(scale)
    return None
