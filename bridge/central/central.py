"""The central-system side as a whole: its stations, and `bridge.ports.CentralSystem` for those who look and wish."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from bridge.central.house import CentralHouse, Member
from bridge.central.operations.catalogue import KINDS
from bridge.central.operations.redaction import redacted
from bridge.central.operations.text import parse_arguments
from bridge.central.roster import Roster
from bridge.central.secret import KnownSecret
from bridge.central.server import CentralServer
from bridge.central.station import Station
from bridge.central.uploads import Uploads
from bridge.engine.board import StationCard
from bridge.errors import BridgeError
from bridge.ports import Store
from bridge.types.journal import EntryKind
from bridge.types.operation import OperationKind, OperationResult

_LOG = logging.getLogger(__name__)
Joined = Callable[[Station], Awaitable[None]]
"""takes a station whom the owner has accepted, before it may connect"""


class Central:
    """All stations, known and waiting, and the server that they connect to."""

    def __init__(self, members: Sequence[Member], house: CentralHouse) -> None:
        self._house = house
        self._roster = Roster(members, house)
        self._roster.on_accept(self._join)
        self._uploads = None if house.options.upload_port is None else Uploads(house)
        self._stations: dict[str, Station] = {}
        self._joined: list[Joined] = []
        self.server = CentralServer(house, self._roster, self._find)

    async def restore(self) -> Sequence[Station]:
        """Go on from what is kept; returns all stations, those of the config first. Raises StoreError."""
        await self._roster.restore()
        return [await self._add(member) for member in self._roster.members]

    def on_join(self, joined: Joined) -> None:
        """Have `joined` awaited for each station that is accepted from now on."""
        self._joined.append(joined)

    async def run(self) -> None:
        """Serve until cancelled."""
        if self._uploads is None:
            await self.server.run()
            return
        uploads = asyncio.create_task(self._uploads.run(), name="uploads of stations")
        try:
            await self.server.run()
        finally:
            uploads.cancel()
            await asyncio.gather(uploads, return_exceptions=True)

    def pass_by(self) -> None:
        """Close the 5-minute rows that are over; due shortly after every fifth minute."""
        for station in self._stations.values():
            station.answering.pass_by()

    async def aclose(self) -> None:
        """Stop what is under way."""
        for station in self._stations.values():
            with contextlib.suppress(BridgeError):
                await station.aclose()

    # --- members -------------------------------------------------------------------------------------------------

    def _find(self, member: Member) -> Station:
        return self._stations[member.charger]

    async def _join(self, member: Member) -> None:
        station = await self._add(member)
        for joined in self._joined:
            await joined(station)

    async def _add(self, member: Member) -> Station:
        card = StationCard(member.charger, member.identity, member.security_profile, was_accepted=member.was_accepted)
        station = Station(member, self._house, card, self._uploads)
        await station.restore()
        self._house.board.stations[member.charger] = card
        self._stations[member.charger] = station
        return station

    async def accept(self, identity: str, charger: str) -> None:
        """Take a station from the waiting list; see `bridge.ports.CentralSystem`."""
        await self._roster.accept(identity, charger)

    async def turn_away(self, identity: str) -> None:
        """Take a station off the waiting list; see `bridge.ports.CentralSystem`."""
        await self._roster.turn_away(identity)

    # --- operations ----------------------------------------------------------------------------------------------

    def operations(self) -> Sequence[OperationKind]:
        """Return what can be asked of stations."""
        return KINDS

    def read_arguments(self, text: str) -> dict[str, Any]:
        """Return the arguments that a person wrote; see `bridge.ports.CentralSystem`."""
        return parse_arguments(text)

    async def operate(self, charger: str, operation: str, arguments: Mapping[str, Any], origin: str) -> OperationResult:
        """Journal the wish, have it done once, journal what became of it; see `bridge.ports.CentralSystem`."""
        station = self._stations.get(charger)
        if station is None:
            known = ", ".join(self._stations) or "none"
            raise LookupError(f"«{charger}» is no charger that speaks OCPP with the bridge; there are: {known}")
        asked = {"command": operation, "origin": origin, "given": redacted(arguments), "phase": "asked"}
        await self._journal(charger, asked)
        try:
            result = await station.operate(operation, arguments)
        except Exception as error:
            seen = error.seen if isinstance(error, BridgeError) else type(error).__name__
            await self._journal(charger, {**asked, "phase": "outcome", "status": "refused", "detail": seen})
            raise
        outcome = {"phase": "outcome", "status": result.outcome, "detail": result.detail}
        await self._journal(charger, {**asked, **outcome})
        _LOG.info("%s: %s for %s: %s", charger, operation, origin, result.outcome)
        return result

    async def _journal(self, charger: str, body: Mapping[str, Any]) -> None:
        now = self._house.clock.now()

        def put(store: Store) -> None:
            store.append(EntryKind.COMMAND, charger, now, body)

        await self._house.desk.run(put)
        self._house.recorder.announce()


def member_of(*, charger: str, where: str, password: SecretStr | None, identity: str, security_profile: int) -> Member:
    """Return the station that a charger of the config is."""
    secret = None if password is None else KnownSecret(password.get_secret_value())
    return Member(identity, charger, where, security_profile, secret)
