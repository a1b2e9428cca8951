"""Transactions: charging sessions as one station tells them to its central system."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bridge.types.facts import Fact, Instant


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


class StationTransaction(Fact):
    """How far a station is with one charging session; the key is (station, session_id, started_at)."""

    charger: str
    session_id: str
    started_at: Instant
    first_started_at: Instant | None = None
    """where the charger has corrected the start since: the one with which it was taken up"""
    phase: TransactionPhase = TransactionPhase.NEW
    transaction_id: str | None = None
    """the central system's number in OCPP 1.6"""
    id_tag: str | None = None
    """as it was told"""
    start_call: str | None = None
    """the frame as it was first sent"""
    stop_call: str | None = None
    """likewise; once there, no meter value follows"""
    meter_calls: tuple[str, ...] = ()
    """frames with meter values that were refused once and are to be told again"""
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
