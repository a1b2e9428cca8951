"""What changed between two snapshots of one charger: the edges that are journaled. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bridge.types.charger import ConnectorReading, Snapshot
from bridge.types.journal import EntryKind
from bridge.types.words import ConnectorStatus

_REGISTER_STEP_WH = 1.0
"""a register may round down by less than this without having fallen"""


@dataclass(slots=True)
class _Connector:
    status: ConnectorStatus | None = None
    raw: str | None = None
    session_id: str | None = None
    last_wh: float | None = None
    """what the register said last"""
    carried_wh: float | None = None
    """what it said when the session began: many chargers show the last session's value until energy flows"""
    highest_wh: float | None = None
    fallen: bool = False

    def begin_session(self, session_id: str | None) -> None:
        """Forget the last session's values."""
        self.session_id = session_id
        self.carried_wh, self.highest_wh, self.fallen = self.last_wh, None, False

    def energy_wh(self, told_wh: float | None) -> float | None:
        """Return what a told session register means: None where it is the last session's, or has fallen."""
        self.last_wh = told_wh
        if told_wh is None or (told_wh > 0 and told_wh == self.carried_wh):
            return None
        self.carried_wh = None
        if self.highest_wh is not None and told_wh < self.highest_wh - _REGISTER_STEP_WH:
            self.fallen = True
            return None
        self.fallen = False
        self.highest_wh = max(told_wh, self.highest_wh or told_wh)
        return told_wh


@dataclass(frozen=True, slots=True)
class Changes:
    """What one snapshot brought: entries for the journal, the snapshot made sane, and whether sessions moved."""

    entries: tuple[tuple[EntryKind, dict[str, Any]], ...]
    snapshot: Snapshot
    session_edge: bool


@dataclass(slots=True)
class ChangeWatch:
    """Remembers the last state of every connector of one charger."""

    _connectors: dict[int, _Connector] = field(default_factory=dict)

    def restore(self, connector_id: int, status: ConnectorStatus | None, raw: str | None) -> None:
        """Go on from the last journaled state, so that a restart is no change of state."""
        self._connectors[connector_id] = _Connector(status, raw)

    def take(self, snapshot: Snapshot) -> Changes:
        """Compare with what was; a session register that falls within one session is taken out as nonsense.

        Such a register (0 after a reboot) is neither consumption nor its reversal: the reading says "not
        reported" until it has passed its highest value again, and the fall is journaled once.
        """
        entries: list[tuple[EntryKind, dict[str, Any]]] = []
        readings: list[ConnectorReading] = []
        edge = False
        for reading in snapshot.connectors:
            first = reading.connector_id not in self._connectors
            known = self._connectors.setdefault(reading.connector_id, _Connector())
            if _is_new_session(reading, known, first=first):
                edge = True
                known.begin_session(reading.session_id)
            if first or (reading.status, reading.status_raw) != (known.status, known.raw):
                entries.append((EntryKind.STATUS, _status_body(reading, known)))
                edge = edge or first or ConnectorStatus.CHARGING in {reading.status, known.status}
                known.status, known.raw = reading.status, reading.status_raw
            had_fallen = known.fallen
            energy_wh = known.energy_wh(reading.session_energy_wh)
            if known.fallen and not had_fallen:
                entries.append((EntryKind.REGISTER_RESET, _reset_body(reading, known)))
            if energy_wh != reading.session_energy_wh:
                reading = reading.model_copy(update={"session_energy_wh": energy_wh})  # noqa: PLW2901 -- made sane
            readings.append(reading)
        if any(one is not other for one, other in zip(readings, snapshot.connectors, strict=True)):
            snapshot = snapshot.model_copy(update={"connectors": tuple(readings)})
        return Changes(tuple(entries), snapshot, edge)


def _is_new_session(reading: ConnectorReading, known: _Connector, *, first: bool) -> bool:
    """Return whether another session has begun: by its id, or, for chargers without one, by the state."""
    if first:
        known.session_id = reading.session_id
        return False
    if reading.session_id is not None or known.session_id is not None:
        return reading.session_id != known.session_id
    idle = {ConnectorStatus.AVAILABLE, ConnectorStatus.PREPARING}
    return known.status in idle and reading.status is ConnectorStatus.CHARGING


def _reset_body(reading: ConnectorReading, known: _Connector) -> dict[str, Any]:
    return {
        "connector_id": reading.connector_id,
        "before_wh": known.highest_wh,
        "after_wh": reading.session_energy_wh,
    }


def _status_body(reading: ConnectorReading, known: _Connector) -> dict[str, Any]:
    return {
        "connector_id": reading.connector_id,
        "evse_id": reading.evse_id,
        "status": reading.status,
        "raw": reading.status_raw,
        "previous": known.status,
        "fault": reading.fault,
    }
