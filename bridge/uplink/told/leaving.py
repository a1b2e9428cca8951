"""Connectors that vehicles have just left, and whose transactions are not told to their end yet. Pure.

A charger's log has the end of a session some seconds after its state has it. A connector that is Available while its
transaction runs is what central systems take for a lost transaction; so for a while it is told as Finishing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.types.words import ConnectorStatus
from bridge.uplink.told.connector_states import ConnectorNotice

LONGEST = timedelta(seconds=60)
"""after which it is told as it is, whatever the transaction does"""
_IN_USE = frozenset(
    {
        ConnectorStatus.CHARGING,
        ConnectorStatus.SUSPENDED_EV,
        ConnectorStatus.SUSPENDED_EVSE,
        ConnectorStatus.FINISHING,
    }
)


class Leaving:
    """The connectors of one charger that are free and were in use just before."""

    def __init__(self) -> None:
        self._since: dict[int, datetime] = {}

    def __bool__(self) -> bool:
        return bool(self._since)

    def take(
        self, connector_id: int, before: ConnectorStatus | None, status: ConnectorStatus | None, at: datetime
    ) -> None:
        """Take a change of a state."""
        if status is not ConnectorStatus.AVAILABLE:
            self._since.pop(connector_id, None)
        elif before in _IN_USE:
            self._since[connector_id] = at

    def told(self, notice: ConnectorNotice, begun: Collection[int], now: datetime) -> ConnectorNotice:
        """Return what is told instead of a notice; `begun` are the connectors whose transactions are not over there."""
        since = self._since.get(notice.connector_id)
        if since is None or notice.status is not ConnectorStatus.AVAILABLE:
            return notice
        if notice.connector_id in begun and timedelta(0) <= now - since < LONGEST:
            return replace(notice, status=ConnectorStatus.FINISHING)
        del self._since[notice.connector_id]
        return notice
