"""Drivers whom a central system refused after they had begun: stopped where that can be done, else told of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bridge.types.ocpp.security_event import SecurityEvent
from bridge.types.words import Ability, CommandStatus
from bridge.uplink.told.ledger import Begun

if TYPE_CHECKING:
    from bridge.uplink.station import Station


class UnwelcomeDrivers:
    """Those of one station. Lives on the event loop."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._waiting: dict[int, Begun] = {}
        """by connector, the transactions whose charging is to be stopped"""
        self.is_due = asyncio.Event()
        """set while somebody is to be turned away"""

    async def take(self, begun: Begun) -> None:
        """Take a running transaction whose driver was not accepted. Raises StoreError."""
        session, transaction = begun.session, begun.transaction
        assert session is not None
        # The tag of the config stands for "whoever it is": nobody can be refused by it.
        is_known = session.id_token is not None or transaction.id_tag is not None
        wanted = self._station.configuration.settings.stop_transaction_on_invalid_id
        if is_known and wanted and Ability.STOP_CHARGING in self._station.abilities:
            self._waiting[session.connector_id] = begun
            self.is_due.set()
            return
        await self._say_unwelcome(begun)

    async def turn_away(self) -> None:
        """Stop the charging of drivers who were refused, as far as it still goes on. Raises StoreError."""
        while self._waiting:
            connector_id, begun = next(iter(self._waiting.items()))
            if await self._is_running(begun):
                outcome = await self._station.stop_charging(connector_id)
                if outcome.status is not CommandStatus.DONE:
                    await self._say_unwelcome(begun)
            if self._waiting.get(connector_id) is begun:
                del self._waiting[connector_id]
        self.is_due.clear()

    async def _is_running(self, begun: Begun) -> bool:
        session = begun.session
        if session is None:
            return False
        charger, name, started_at = self._station.charger.charger, session.session_id, session.started_at
        now = await self._station.house.desk.run(lambda store: store.session(charger, name, started_at))
        return now is not None and now.ended_at is None

    async def _say_unwelcome(self, begun: Begun) -> None:
        assert begun.session is not None
        info = f"{begun.id_tag_status}; the charging at connector {begun.session.connector_id} goes on"
        await self._station.security_event(SecurityEvent(type="IdTokenNotAccepted", info=info, critical=True))
