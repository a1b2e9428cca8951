"""The slots that a station has for network profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from bridge.uplink.configuration.station_facts import NETWORK_SLOTS

OWN: Final = NETWORK_SLOTS[0]
"""the slot of the connection that a person wrote into the config: no central system can overwrite it"""
FORMER: Final = -1
"""in place of a slot: what worked last, though its slot holds something else since"""
SETTABLE: Final = NETWORK_SLOTS[1:]


def fit_priority(priority: Iterable[int], usable: Collection[int]) -> tuple[int, ...]:
    """Return the slots of NetworkConfigurationPriority that can be connected with."""
    return tuple(slot for slot in priority if slot == OWN or slot in usable)


def priority_objection(priority: Iterable[int], usable: Collection[int]) -> str:
    """Return what speaks against a new NetworkConfigurationPriority, or nothing.

    A slot that holds nothing usable is refused when it is named, and not met at the next start [spec: B10; the reason
    is InvalidNetworkConf].
    """
    empty = [slot for slot in priority if slot != OWN and slot not in usable]
    return f"no network profile was set for slot {' and '.join(map(str, empty))}" if empty else ""
