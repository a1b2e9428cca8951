"""Wishes of a central system that wait until vehicles have charged: a reset, and connectors to go out of service.

What is answered with Scheduled is done. Connectors that wait are kept over a restart of the bridge; a reset is not, for
a restart of the bridge is all that such a reset would be.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from bridge.ports import Store
from bridge.types.command import SetAvailability
from bridge.types.ocpp.provisioning.boot_notification import BootReason
from bridge.types.ocpp.security_event import SecurityEvent, SecurityEventEnum
from bridge.types.words import CommandStatus

if TYPE_CHECKING:
    from bridge.uplink.station import Station

_LOG = logging.getLogger(__name__)
WHOLE_CHARGER = 0


class Postponed:
    """Those of one station. Lives on the event loop."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._inoperative: set[int] = set()
        """connectors that are to go out of service; 0 is the whole charger"""
        self.is_reset_wanted = False
        self.is_due = asyncio.Event()
        """set while something can be done"""

    @property
    def _prefix(self) -> str:
        return f"{self._station.outbox.station}/inoperative-when-idle/"

    @property
    def is_waiting(self) -> bool:
        """Whether anything waits."""
        return self.is_reset_wanted or bool(self._inoperative)

    @property
    def connectors(self) -> frozenset[int]:
        """Connectors that are to go out of service; 0 is the whole charger."""
        return frozenset(self._inoperative)

    def kept(self, store: Store) -> Mapping[str, str]:
        """Return what was kept. Belongs to the store's thread."""
        return store.settings(self._prefix)

    def restore(self, kept: Mapping[str, str]) -> None:
        """Go on with what was kept."""
        self._inoperative = {int(number) for number in kept}

    def reset_when_idle(self) -> None:
        """Begin anew as soon as no vehicle charges."""
        self.is_reset_wanted = True

    async def take_out_of_service(self, connector_id: int) -> None:
        """Take a connector, or with 0 the whole charger, out of service once it is idle. Raises StoreError."""
        name = f"{self._prefix}{connector_id}"
        await self._station.house.desk.run(lambda store: store.put_setting(name, "1"))
        self._inoperative.add(connector_id)

    async def forget(self, connector_id: int) -> None:
        """Let go of what waits for a connector, or with 0 for all: there is a newer wish. Raises StoreError."""
        gone = set(self._inoperative) if connector_id == WHOLE_CHARGER else self._inoperative & {connector_id}
        if not gone:
            return

        def drop(store: Store) -> None:
            with store.transaction():
                for number in gone:
                    store.drop_setting(f"{self._prefix}{number}")

        await self._station.house.desk.run(drop)
        self._inoperative -= gone

    def look(self, busy: Collection[int]) -> None:
        """Take note of the connectors at which vehicles charge."""
        if (self.is_reset_wanted and not busy) or self._idle(busy):
            self.is_due.set()

    def _idle(self, busy: Collection[int]) -> list[int]:
        return [number for number in sorted(self._inoperative) if not (busy if number == 0 else number in busy)]

    async def do_due(self, begin_anew: Callable[[], None]) -> None:
        """Do what can be done now: each command once. `begin_anew` closes the connection. Raises StoreError."""
        busy = await self._station.following.busy_connectors()
        self.is_due.clear()
        for connector_id in self._idle(busy):
            await self.forget(connector_id)
            outcome = await self._station.command(SetAvailability(connector_id=connector_id, operative=False))
            if outcome.status is not CommandStatus.DONE:
                where = f"connector {connector_id}" if connector_id else "the charger"
                _LOG.warning(
                    "%s: %s was to go out of service when idle and did not: %s",
                    self._station.name,
                    where,
                    outcome.detail or outcome.status,
                )
        if self.is_reset_wanted and not busy:
            await begin_station_anew(self._station, "OnIdle", BootReason.SCHEDULED_RESET, begin_anew)


async def begin_station_anew(station: Station, why: str, reason: BootReason, begin_anew: Callable[[], None]) -> None:
    """Journal it, boot again, and close the connection; no transaction is ended by it. Raises StoreError."""
    await station.security_event(SecurityEvent(type=SecurityEventEnum.RESET_OR_REBOOT, info=why))
    station.following.postponed.is_reset_wanted = False  # this is it
    station.reboot(reason)
    begin_anew()
