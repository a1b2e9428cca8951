"""One station as it is now → the facts that its device model is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.uplink.device_model.model_facts import EvseFacts, ModelFacts
from bridge.uplink.network.telling import told

if TYPE_CHECKING:
    from bridge.uplink.station import Station


def model_facts_of(station: Station) -> ModelFacts:
    """Return what is known of a station at this moment."""
    snapshot = station.charger.snapshot
    readings = {} if snapshot is None else {reading.connector_id: reading for reading in snapshot.connectors}
    is_heard = station.states.is_heard
    supply = station.supply
    return ModelFacts(
        now=station.house.clock.now(),
        version=station.version,
        identity=station.identity,
        evses=tuple(
            EvseFacts(
                evse_id=number,
                status=station.states.status(number),
                reading=readings.get(number) if is_heard else None,
            )
            for number in station.connectors
        ),
        is_heard=is_heard,
        abilities=station.abilities,
        phases=supply.phases,
        voltage_v=supply.voltage_v,
        max_current_a=supply.max_current_a,
        station_name=station.identity_in_use,
        time_zone=station.house.zone.key,
        security_profile=station.route.security_profile(station.configuration.settings.security_profile),
        active_network_profile=station.route.slot,
        network_profiles=told(station.route.profiles),
        local_list_entries=len(station.local_list) if station.has_begun else 0,
        charging_profiles=len(station.limits.installed) if station.has_begun else 0,
        monitoring_base=station.watch.monitors.base.value,
        monitoring_level=station.watch.monitors.level,
    )
