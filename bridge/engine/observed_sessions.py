"""The charging sessions of a charger that keeps no log, noted from what its polls say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from bridge.engine.observed_connector import ObservedConnector
from bridge.engine.observed_facts import ConnectorMemory
from bridge.ports import ReadingRow
from bridge.types.charger import Snapshot
from bridge.types.command import Command
from bridge.types.session import ChargingSession
from bridge.types.words import CommandStatus

_MEMORY = TypeAdapter(list[ConnectorMemory])


@dataclass(frozen=True, slots=True)
class Observed:
    """What one snapshot brought."""

    snapshot: Snapshot
    """with the states that readers should see"""
    sessions: tuple[ChargingSession, ...]
    """those that are new or have changed, in the order in which it happened"""
    edge: bool
    """whether something happened that nobody can fetch again"""
    due: bool
    """whether sessions and `ObservedSessions.memory` should be kept now"""


class ObservedSessions:
    """Notes the sessions of one charger; goes on after a restart where it was."""

    def __init__(self, gap: timedelta) -> None:
        self._gap = gap
        self._connectors: dict[int, ObservedConnector] = {}

    def restore(
        self, memory: str | None, running: Sequence[ChargingSession], readings: Iterable[ReadingRow]
    ) -> list[ChargingSession]:
        """Go on from what is kept; return the sessions that have to be ended because nothing is known of them.

        `running` are the open sessions, oldest first; `readings` are the latest ones, ascending: they tell when a
        connector was last seen.
        """
        known = {each.connector_id: each for each in _read(memory)}
        strays = []
        for session in running:
            earlier = self._connectors.get(session.connector_id)
            if earlier is not None and (stray := earlier.end_stray()) is not None:
                strays.append(stray)
            self._add(session.connector_id, known.get(session.connector_id), session)
        for connector_id, each in known.items():
            if connector_id not in self._connectors:
                self._add(connector_id, each, None)
        for row in readings:
            if row.connector_id in self._connectors:
                _see(self._connectors[row.connector_id].memory, row)
        return strays

    @property
    def memory(self) -> str:
        """What is known beside the running sessions, as `restore` takes it."""
        return _MEMORY.dump_json([each.memory for each in self._connectors.values()]).decode()

    def take(self, snapshot: Snapshot) -> Observed:
        """Go on by one snapshot."""
        noticed = []
        for reading in snapshot.connectors:
            connector = self._connectors.get(reading.connector_id) or self._add(reading.connector_id, None, None)
            noticed.append(connector.take(reading, snapshot.read_at))
        return Observed(
            snapshot.model_copy(update={"connectors": tuple(each.reading for each in noticed)}),
            tuple(session for each in noticed for session in each.sessions),
            edge=any(each.edge for each in noticed),
            due=any(each.due for each in noticed),
        )

    def note_command(self, command: Command, status: CommandStatus, at: datetime) -> None:
        """Take into account what was commanded; what ends by it is told by the next snapshot."""
        connector = self._connectors.get(getattr(command, "connector_id", 0))
        if connector is not None:
            connector.note_command(command, status, at)

    def _add(
        self, connector_id: int, memory: ConnectorMemory | None, running: ChargingSession | None
    ) -> ObservedConnector:
        connector = ObservedConnector(connector_id, self._gap, memory, running)
        self._connectors[connector_id] = connector
        return connector


def last_seen_at(memory: str | None) -> datetime | None:
    """Return when the charger had been seen when this was kept; None where nothing was."""
    return max((each.seen_at for each in _read(memory) if each.seen_at is not None), default=None)


def _read(memory: str | None) -> list[ConnectorMemory]:
    """Return what was kept; nothing where it cannot be read: then the register goes on from the running session."""
    if memory is None:
        return []
    try:
        return _MEMORY.validate_json(memory)
    except ValidationError:
        return []


def _see(memory: ConnectorMemory, row: ReadingRow) -> None:
    """Move the memory of a connector on to a reading that came after it and told of the same state."""
    if row.status is not memory.status or (memory.seen_at is not None and row.at <= memory.seen_at):
        return
    memory.seen_at = row.at
    if row.register_wh is not None:
        memory.register_wh = max(row.register_wh, memory.register_wh or 0.0)
    told_wh = row.session_energy_wh
    memory.session_energy_wh = None if told_wh is None else told_wh + memory.base_wh
