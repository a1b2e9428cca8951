"""What a station needs of the bridge around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bridge.engine.recorder import Recorder
from bridge.ports import Clock, Commander, StoreDesk
from bridge.uplink.gathering import GatheringDesk
from bridge.uplink.journal import NewsBell, SharedJournal


@dataclass(frozen=True, slots=True)
class House:
    """What a station needs of the bridge; one for all of them."""

    desk: StoreDesk
    """stations reach the given one together"""
    recorder: Recorder
    commander: Commander
    clock: Clock
    zone: ZoneInfo
    journal: SharedJournal = field(default_factory=SharedJournal)
    bell: NewsBell = field(init=False)

    def __post_init__(self) -> None:
        # it is frozen from now on
        object.__setattr__(self, "desk", GatheringDesk(self.desk))
        object.__setattr__(self, "bell", NewsBell(self.desk, self.journal))
        self.recorder.on_commit(self.bell.ring)
