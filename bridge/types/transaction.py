"""Transactions: charging sessions as one station tells them to its central system."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bridge.types.facts import Fact, Instant
from bridge.types.ocpp.transaction import ChargingState, TriggerReason
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import IdTokenType


class TransactionPhase(StrEnum):
    """What the central system knows of a charging session. Stored; never renamed."""

    NEW = "new"
    """nothing was sent yet"""
    STARTING = "starting"
    """its start may have arrived: it is repeated, byte for byte, until it is answered"""
    RUNNING = "running"
    """the central system has it; meter values follow"""
    STOPPING = "stopping"
    """its end may have arrived: it is repeated likewise, and no meter value is sent any more"""
    TOLD = "told"
    """all of it has arrived"""
    DEAD = "dead"
    """a message of it was refused for good, and so the rest cannot be told either"""


class PendingUpdate(Fact):
    """Something about a transaction that OCPP 2.x tells with an Updated of its own, and that was not worded yet."""

    at: Instant
    trigger: TriggerReason
    charging_state: ChargingState | None = None


class StationTransaction(Fact):
    """How far a station is with one charging session; the key is (station, session_id, started_at)."""

    charger: str
    session_id: str
    started_at: Instant
    first_started_at: Instant | None = None
    """where the charger has corrected the start since: the one with which it was taken up"""
    phase: TransactionPhase = TransactionPhase.NEW
    transaction_id: str | None = None
    """the central system's number in OCPP 1.6, the station's own id in 2.x"""
    version: OcppVersion | None = None
    """in which it is told, from its start on; None before, and where it began when only 1.6 was spoken"""
    seq_no: int = 0
    """of its next event, in 2.x"""
    charging_state: ChargingState | None = None
    """the last one that was noted for it, in 2.x"""
    updates: tuple[PendingUpdate, ...] = ()
    """oldest first; in 2.x"""
    id_tag: str | None = None
    """who asked for it from afar, where the charger names nobody"""
    id_token_type: IdTokenType | None = None
    """of `id_tag`; None where OCPP 1.6 brought it, which has no types"""
    remote_start_id: int | None = None
    """of the question that began it from afar, in 2.x"""
    start_call: str | None = None
    """the frame as it was first sent"""
    stop_call: str | None = None
    """likewise; once there, no meter value follows"""
    meter_calls: tuple[str, ...] = ()
    """frames with meter values that are to be told: those that were refused once, and in 2.x all, for each has a number
    and is kept before it is sent"""
    sampled_until_at: Instant
    """periodic meter values are told up to this moment"""
    aligned_until_at: Instant
    """clock-aligned ones likewise"""
    sampled_wh: float | None = None
    """the highest register among the periodic ones that are told; it is not told to fall"""
    aligned_wh: float | None = None
    """likewise"""
    attempts: int = 0
    """how often the message at hand was refused; a line that broke does not count"""
    retry_at: Instant | None = None
    """the message at hand waits until then"""
    generation: int = 0
    """how often somebody let it be told again: a message of a later generation is not the one that was refused"""
    dead_in: TransactionPhase | None = None
    """the phase in which it died"""
    reason: str | None = None
    """why it died"""

    @property
    def named_at(self) -> datetime:
        """The start that names it in messages and dead letters: it stays when the charger corrects the start."""
        return self.first_started_at or self.started_at

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be told."""
        return self.phase not in {TransactionPhase.TOLD, TransactionPhase.DEAD}
