"""Which StatusNotification may follow which: OCPP 1.6's table, section 4.9 [spec]."""

from __future__ import annotations

from typing import Final

_SUSPENDED: Final = frozenset({"SuspendedEV", "SuspendedEVSE"})
_BUSY: Final = _SUSPENDED | {"Charging"}
FOLLOWERS: Final = {
    "Available": _BUSY | {"Preparing", "Reserved", "Unavailable"},
    "Preparing": _BUSY | {"Available", "Finishing"},
    "Charging": _SUSPENDED | {"Available", "Finishing", "Unavailable"},
    "SuspendedEV": (_BUSY - {"SuspendedEV"}) | {"Available", "Finishing", "Unavailable"},
    "SuspendedEVSE": (_BUSY - {"SuspendedEVSE"}) | {"Available", "Finishing", "Unavailable"},
    "Finishing": frozenset({"Available", "Preparing", "Unavailable"}),
    "Reserved": frozenset({"Available", "Preparing", "Unavailable"}),
    "Unavailable": _BUSY | {"Available", "Preparing"},
}
"""status → what may follow; Faulted may follow and precede everything"""
_OF_THE_STATION: Final = frozenset({"Available", "Unavailable", "Faulted"})


def is_possible(connector_id: int, status: str) -> bool:
    """Say whether a connector can be so: 0, the station as a whole, has only three states."""
    return connector_id != 0 or status in _OF_THE_STATION


def may_follow(before: str, after: str) -> bool:
    """Say whether a station may tell `after` when it told `before` last."""
    return before != after and ("Faulted" in {before, after} or after in FOLLOWERS[before])
