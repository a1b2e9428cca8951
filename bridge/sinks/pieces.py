"""Pieces of a delivery: each is small, stands for one place of the journal, and is read from the store when sent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.ports import Store
from bridge.sinks.sink import Wording
from bridge.types.facts import from_epoch_s, from_epoch_us, to_epoch_us
from bridge.types.session import ChargingSession
from bridge.types.words import ConnectorStatus, Health

_US_PER_S = 1_000_000


class Piece(Protocol):
    """Something to deliver, at most a few hundred lines."""

    def lines(self, store: Store, wording: Wording) -> list[str]:
        """Read what the store holds of it now and word it; runs in the store's thread; raises StoreError."""


@dataclass(frozen=True, slots=True)
class PowerPiece:
    """Intervals of one measure, at most a day of them."""

    charger: str
    measure: str
    from_s: int
    to_s: int

    def lines(self, store: Store, wording: Wording) -> list[str]:
        """Word the intervals that have a value now."""
        return wording.power(
            self.charger, self.measure, store.power(self.charger, self.measure, self.from_s, self.to_s)
        )


@dataclass(frozen=True, slots=True)
class SessionsPiece:
    """Charging sessions of one charger that began near each other: one look at the store serves them all."""

    charger: str
    keys: frozenset[tuple[str, int]]
    """(session_id, started_us)"""

    def lines(self, store: Store, wording: Wording) -> list[str]:
        """Word the sessions, and with each those that began in the same second on the same connector.

        Sending the twins as well keeps their numbering right whatever order they came in.
        """
        by_second: dict[tuple[int, int], list[tuple[int, str, ChargingSession]]] = defaultdict(list)
        wanted = {started_us // _US_PER_S for _, started_us in self.keys}
        for (session_id, started_us), session in self._read(store).items():
            if started_us // _US_PER_S in wanted:
                place = started_us // _US_PER_S, session.connector_id
                by_second[place].append((started_us, session_id, session))
        return [
            wording.session(self.charger, session, twin)
            for _, twins in sorted(by_second.items())
            for twin, (_, _, session) in enumerate(sorted(twins, key=lambda t: t[:2]))
        ]

    def _read(self, store: Store) -> dict[tuple[str, int], ChargingSession]:
        seconds = [started_us // _US_PER_S for _, started_us in self.keys]
        near = store.sessions(self.charger, from_epoch_s(min(seconds)), from_epoch_s(max(seconds) + 1))
        found = {(session.session_id, to_epoch_us(session.started_at)): session for _, session in near}
        for key in self.keys - found.keys():
            session = store.session(self.charger, key[0], from_epoch_us(key[1]))
            if session is not None:
                found[key] = session
        return found


@dataclass(frozen=True, slots=True)
class ReadingsPiece:
    """The last reading of each connector in a batch; the others gave the power its shape and stay here."""

    charger: str
    from_s: int
    to_s: int

    def lines(self, store: Store, wording: Wording) -> list[str]:
        """Word one line per connector; nothing when the readings are no longer kept."""
        readings = store.readings(self.charger, from_epoch_s(self.from_s), from_epoch_s(self.to_s))
        last = {reading.connector_id: reading for reading in readings}
        return [line for reading in last.values() for line in wording.reading(self.charger, reading)]


@dataclass(frozen=True, slots=True)
class StatusPiece:
    """A connector changed its state; the journal tells it all."""

    charger: str
    connector_id: int
    at: datetime
    status: ConnectorStatus | None
    raw: str | None

    def lines(self, store: Store, wording: Wording) -> list[str]:  # noqa: ARG002 -- every piece is asked alike
        """Word it."""
        return wording.status(self.charger, self.connector_id, self.at, self.status, self.raw)


@dataclass(frozen=True, slots=True)
class HealthPiece:
    """A charger was heard again or no longer; the journal tells it all."""

    charger: str
    at: datetime
    health: Health

    def lines(self, store: Store, wording: Wording) -> list[str]:  # noqa: ARG002 -- every piece is asked alike
        """Word it."""
        return [wording.health(self.charger, self.at, self.health)]
