"""`generalStatus` and `systemInformation` → facts; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.decoding import ShapeError, quote
from adapters.etrel.quantities import BUILDING_POWER, CLUSTER_POWER, CONNECTOR_POWER, CURRENT, ENERGY
from adapters.etrel.wire import (
    ClusterWire,
    LoadGuardWire,
    OnlineDataWire,
    PowerManagementWire,
    StatusWire,
    SystemInformationWire,
)
from adapters.etrel.words import read_status
from bridge.types.charger import ChargerIdentity, ConnectorReading, Snapshot

VENDOR_NAME = "Etrel"
HIGHEST_CONNECTOR = 99
"""as many as measures have names for"""
_NO_CENTRAL_SYSTEM = "disabled"
_NO_SESSION = (None, "", "0")
"""0 is taken as "none" [guess]: ids of real sessions count from 1"""
_NOT_MANAGED = PowerManagementWire()


def decode_identity(wire: SystemInformationWire) -> ChargerIdentity:
    """Return who the box says it is."""
    return ChargerIdentity(
        vendor_name=VENDOR_NAME,
        model=wire.model or None,
        serial_number=wire.serial_number or None,
        firmware_version=wire.operations_version or None,
        os_version=wire.os_version or None,
    )


def number_connectors(ids: Sequence[tuple[int, int]]) -> list[int]:
    """Return one number of the whole box for each (evse id, connector id), in the order given.

    Connector ids that are all different are kept, because the session log and the power profile name connectors
    by them. Ids that repeat from EVSE to EVSE would collide: then connectors count 1 … N in the order of
    (evse id, connector id), and the log and the profile are taken to count the same way [guess].
    """
    connector_ids = [connector_id for _, connector_id in ids]
    if len(set(connector_ids)) == len(ids) and all(0 < i <= HIGHEST_CONNECTOR for i in connector_ids):
        return connector_ids
    order = sorted(range(len(ids)), key=ids.__getitem__)
    numbers = [0] * len(ids)
    for number, index in enumerate(order, start=1):
        numbers[index] = number
    return numbers


def decode_status(wire: StatusWire, read_at: datetime, source_at: datetime | None) -> Snapshot:
    """Return how the box is; ShapeError when it tells no connector or more than 99."""
    notes: list[str] = []
    connectors = [(evse.evse_id, c.connector_id, c.online_data) for evse in wire.evses for c in evse.connectors]
    numbers = _numbers(wire)
    if numbers != [connector_id for _, connector_id, _ in connectors]:
        notes.append("connector ids repeat between EVSEs, so connectors are numbered over the whole charger")
    power = wire.power_management or _NOT_MANAGED
    return Snapshot(
        read_at=read_at,
        source_at=source_at,
        connectors=tuple(
            _decode_connector(evse_id, number, online, notes)
            for (evse_id, _, online), number in zip(connectors, numbers, strict=True)
        ),
        building_power_w=_building_power_w(power.load_guard, notes),
        cluster_power_w=_cluster_power_w(power.cluster, notes),
        reports_to_csms=_central_system(wire),
        notes=tuple(notes),
    )


def decode_measures(wire: StatusWire) -> tuple[str, ...]:
    """Return the measures that the power profile has: connectors, load guard if installed, cluster if enabled."""
    power = wire.power_management or _NOT_MANAGED
    measures = [f"connector{number}" for number in sorted(_numbers(wire))]
    if power.load_guard is not None and power.load_guard.is_installed:
        measures.append("building")
    if power.cluster is not None and power.cluster.is_enabled:
        measures.append("cluster")
    return tuple(measures)


def _numbers(wire: StatusWire) -> list[int]:
    ids = [(evse.evse_id, connector.connector_id) for evse in wire.evses for connector in evse.connectors]
    if not 0 < len(ids) <= HIGHEST_CONNECTOR:
        raise ShapeError(f"$.evses: 1 to {HIGHEST_CONNECTOR} connectors were expected, not {len(ids)}")
    return number_connectors(ids)


def _decode_connector(evse_id: int, number: int, online: OnlineDataWire | None, notes: list[str]) -> ConnectorReading:
    name = f"connector {number}"
    if online is None:
        notes.append(f"{name} gives no live data")
        online = OnlineDataWire()
    word = online.status or None
    status = None if word is None else read_status(word)
    if word is not None and status is None:
        notes.append(f"{name} says {quote(word)}, a state that is not known here; it is kept as it came")
    return ConnectorReading(
        evse_id=evse_id,
        connector_id=number,
        status=status,
        status_raw=word,
        power_w=CONNECTOR_POWER.read_noting(online.power, f"the power of {name}", notes),
        current_a=CURRENT.read_noting(online.phase1_current, f"the current of {name}", notes),
        current_offered_a=CURRENT.read_noting(online.target_current, f"the offered current of {name}", notes),
        session_id=None if online.session_id in _NO_SESSION else online.session_id,
        session_energy_wh=ENERGY.read_noting(online.consumed_energy, f"the session energy of {name}", notes),
        fault=_fault(online),
    )


def _fault(online: OnlineDataWire) -> str | None:
    parts = [part for part in (online.fault_event_type, online.fault_event_description) if part]
    return ": ".join(parts) or None


def _building_power_w(guard: LoadGuardWire | None, notes: list[str]) -> float | None:
    if guard is None or not guard.is_installed:
        return None
    if not guard.is_connected:
        notes.append("the load guard is installed and not connected, so the building's power is not known")
        return None
    return BUILDING_POWER.read_noting(guard.building_total_power, "the power of the building", notes)


def _cluster_power_w(cluster: ClusterWire | None, notes: list[str]) -> float | None:
    if cluster is None or not cluster.is_enabled:
        return None
    if cluster.all_chargers_connected is False:
        notes.append("not all chargers of the cluster are connected; its power lacks theirs")
    return CLUSTER_POWER.read_noting(cluster.total_power, "the power of the cluster", notes)


def _central_system(wire: StatusWire) -> str | None:
    word = wire.central_system.status if wire.central_system is not None else None
    return word if word and word.strip().casefold() != _NO_CENTRAL_SYSTEM else None
