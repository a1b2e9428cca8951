"""How monitors are kept: one name each, and one for what holds for all of them."""

from __future__ import annotations

import json
from types import MappingProxyType

from bridge.ports import Store
from bridge.types.ocpp.v2.monitoring import MonitoringBase
from bridge.uplink.monitoring.monitor import pack, unpack
from bridge.uplink.monitoring.monitors import Monitors

EVENT_IDS_AT_ONCE = 1000
"""are set aside in one commit; a restart leaves out the rest of them"""
_MOST_EVENT_ID = 2**31 - 1


def restore(store: Store, station: str) -> Monitors:
    """Return the monitors as they were kept."""
    text = store.setting(_whole(station))
    body = {} if text is None else json.loads(text)
    custom = {int(number): unpack(int(number), kept) for number, kept in store.settings(_each(station)).items()}
    fresh = Monitors()
    return Monitors(
        base=MonitoringBase(body.get("base", fresh.base)),
        level=int(body.get("level", fresh.level)),
        removed=frozenset(body.get("removed", ())),
        next_id=int(body.get("next_id", fresh.next_id)),
        custom=MappingProxyType(dict(sorted(custom.items()))),
    )


def keep(store: Store, station: str, before: Monitors, after: Monitors) -> None:
    """Keep what has changed, all of it or nothing."""
    with store.transaction():
        for number in before.custom.keys() - after.custom.keys():
            store.drop_setting(f"{_each(station)}{number}")
        for number, monitor in after.custom.items():
            if before.custom.get(number) != monitor:
                store.put_setting(f"{_each(station)}{number}", pack(monitor))
        body = {
            "base": after.base.value,
            "level": after.level,
            "removed": sorted(after.removed),
            "next_id": after.next_id,
        }
        store.put_setting(_whole(station), json.dumps(body, separators=(",", ":")))


def alerting(store: Store, station: str) -> frozenset[int]:
    """Return the ids of the thresholds that were told to be exceeded, and not told to be back."""
    text = store.setting(f"{station}/monitoring/alerting")
    return frozenset() if text is None else frozenset(json.loads(text))


def keep_alerting(store: Store, station: str, ids: frozenset[int]) -> None:
    """Keep them: after a restart the central system is still owed the end of what it was told of [spec: N07.FR.14]."""
    store.put_setting(f"{station}/monitoring/alerting", json.dumps(sorted(ids), separators=(",", ":")))


def set_event_ids_aside(store: Store, station: str) -> int:
    """Return the first of `EVENT_IDS_AT_ONCE` ids of events that were never given; they begin anew after 2 * 10^9."""
    name = f"{station}/monitoring/event"
    with store.transaction():
        first = int(store.setting(name) or 1)
        if first > _MOST_EVENT_ID - EVENT_IDS_AT_ONCE:
            first = 1
        store.put_setting(name, str(first + EVENT_IDS_AT_ONCE))
    return first


def _each(station: str) -> str:
    return f"{station}/monitor/"


def _whole(station: str) -> str:
    return f"{station}/monitoring/state"
