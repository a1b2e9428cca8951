"""What a station needs of the bridge around it."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bridge.engine.recorder import Recorder
from bridge.ports import Clock, Commander, StoreDesk


@dataclass(frozen=True, slots=True)
class House:
    """What a station needs of the bridge."""

    desk: StoreDesk
    recorder: Recorder
    commander: Commander
    clock: Clock
    zone: ZoneInfo
