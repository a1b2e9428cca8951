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
    highest_wh: float | None = None
    fallen: bool = False


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
            if first or (reading.status, reading.status_raw) != (known.status, known.raw):
                entries.append((EntryKind.STATUS, _status_body(reading, known)))
                edge = edge or ConnectorStatus.CHARGING in {reading.status, known.status} or first
                known.status, known.raw = reading.status, reading.status_raw
            if reading.session_id != known.session_id:
                edge = True
                known.session_id, known.highest_wh, known.fallen = reading.session_id, None, False
            energy_wh = reading.session_energy_wh
            if energy_wh is not None and known.highest_wh is not None:
                if energy_wh < known.highest_wh - _REGISTER_STEP_WH:
                    if not known.fallen:
                        body = {"connector_id": reading.connector_id}
                        entries.append(
                            (EntryKind.REGISTER_RESET, {**body, "before_wh": known.highest_wh, "after_wh": energy_wh})
                        )
                    known.fallen = True
                    reading = reading.model_copy(update={"session_energy_wh": None})  # noqa: PLW2901 -- replaced
                else:
                    known.fallen = False
            if energy_wh is not None:
                known.highest_wh = max(energy_wh, known.highest_wh or energy_wh)
            readings.append(reading)
        sane = snapshot.model_copy(update={"connectors": tuple(readings)})
        return Changes(tuple(entries), sane, edge)


def _status_body(reading: ConnectorReading, known: _Connector) -> dict[str, Any]:
    return {
        "connector_id": reading.connector_id,
        "evse_id": reading.evse_id,
        "status": reading.status,
        "raw": reading.status_raw,
        "previous": known.status,
        "fault": reading.fault,
    }
