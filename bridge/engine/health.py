"""Health of a charger by how lately it was heard, judged every five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.engine.board import Board, ChargerCard
from bridge.engine.recorder import Recorder
from bridge.ports import Clock
from bridge.types.facts import to_epoch_us
from bridge.types.journal import EntryKind
from bridge.types.words import Health


@dataclass(frozen=True, slots=True)
class HealthThresholds:
    """After how long a silence which word applies."""

    communication_fault_after_s: float = 600.0
    charger_fault_after_s: float = 3600.0


def judge(silence_s: float, thresholds: HealthThresholds) -> Health:
    """Return the word for a silence; each threshold belongs to the worse word."""
    if silence_s >= thresholds.charger_fault_after_s:
        return Health.CHARGER_FAULT
    if silence_s >= thresholds.communication_fault_after_s:
        return Health.COMMUNICATION_FAULT
    return Health.NORMAL


class HealthWatch:
    """Judges every charger and journals each change with its time.

    Silences are counted on the monotonic clock: a wall clock that jumps makes no charger ill.
    """

    def __init__(self, board: Board, recorder: Recorder, clock: Clock, thresholds: HealthThresholds) -> None:
        self._board = board
        self._recorder = recorder
        self._clock = clock
        self._thresholds = thresholds
        self._heard_s = dict.fromkeys(board.chargers, clock.monotonic_s())
        """when each was heard; one that joins later counts from then on"""

    def restore(self, charger: str, health: Health, since: datetime, last_heard_at: datetime | None) -> None:
        """Go on with the word that was journaled before a restart: only being heard makes it normal."""
        card = self._board.chargers[charger]
        self._heard_s.setdefault(charger, self._clock.monotonic_s())
        card.health, card.health_since = health, since
        if health is not Health.NORMAL:
            card.last_heard_at = last_heard_at
        if health is Health.COMMUNICATION_FAULT:
            self._heard_s[charger] -= self._thresholds.communication_fault_after_s
        elif health is Health.CHARGER_FAULT:
            self._heard_s[charger] -= self._thresholds.charger_fault_after_s

    def heard(self, charger: str, at: datetime) -> None:
        """Note that a charger answered; one that was ill is normal at once."""
        self._heard_s[charger] = self._clock.monotonic_s()
        card = self._board.chargers[charger]
        card.last_heard_at = at
        if card.health is not Health.NORMAL:
            self._change(card, Health.NORMAL)

    def check(self) -> None:
        """Judge all chargers; due every five minutes."""
        now_s = self._clock.monotonic_s()
        for charger, card in self._board.chargers.items():
            health = judge(now_s - self._heard_s.setdefault(charger, now_s), self._thresholds)
            if health is not card.health:
                self._change(card, health)

    def _change(self, card: ChargerCard, health: Health) -> None:
        now = self._clock.now()
        heard_us = None if card.last_heard_at is None else to_epoch_us(card.last_heard_at)
        body = {"health": health, "previous": card.health, "last_heard_us": heard_us}
        card.health, card.health_since = health, now
        self._recorder.note(EntryKind.HEALTH, card.charger, body)
