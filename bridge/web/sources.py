"""What the answers are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bridge.engine.board import Board
from bridge.ports import CentralSystem, ChargePointInterface, Clock, StoreDesk


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything a route may ask."""

    desk: StoreDesk
    board: Board
    clock: Clock
    zone: ZoneInfo
    """for local times in tables and for dates in questions"""
    stations: Mapping[tuple[str, str], ChargePointInterface] = field(default_factory=dict)
    """by charger and central system, in the order of the config"""
    central: CentralSystem | None = None
    """the other side of chargers that connect by themselves; None where the config has none"""

    async def chargers(self) -> list[str]:
        """Return the ids of configured chargers, then those only the store remembers; raises StoreError."""
        kept = await self.desk.run(lambda store: store.chargers())
        configured = list(self.board.chargers)
        return configured + [charger for charger in kept if charger not in self.board.chargers]
